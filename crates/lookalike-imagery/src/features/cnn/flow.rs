//! What a graph computes from what.

use std::collections::{HashMap, HashSet};

use super::proto::{Graph, Node, Tensor, ValueInfo};

/// A graph with its tensors looked up by name. No node takes what a later one makes.
#[derive(Debug)]
pub(super) struct Flow<'m, 'a> {
    pub(super) graph: &'m Graph<'a>,
    makers: HashMap<&'a str, usize>,
    initializers: HashMap<&'a str, &'m Tensor<'a>>,
    /// The inputs, and the tensors whose values (not only shapes) come from them.
    from_input: HashSet<&'a str>,
}

impl<'m, 'a> Flow<'m, 'a> {
    /// # Errors
    /// When a node takes a tensor that nothing before it makes, or two make the same.
    pub(super) fn new(graph: &'m Graph<'a>) -> Result<Self, String> {
        let initializers: HashMap<_, _> = graph
            .initializers
            .iter()
            .map(|tensor| (tensor.name, tensor))
            .collect();
        let inputs = graph.inputs.iter().map(|input| input.name);
        let mut flow = Self {
            graph,
            makers: HashMap::new(),
            from_input: inputs
                .filter(|name| !initializers.contains_key(name))
                .collect(),
            initializers,
        };
        for (index, node) in graph.nodes.iter().enumerate() {
            flow.add(index, node)?;
        }
        Ok(flow)
    }

    fn add(&mut self, index: usize, node: &'m Node<'a>) -> Result<(), String> {
        let unknown = node
            .inputs
            .iter()
            .find(|name| !name.is_empty() && !self.is_known(name));
        if let Some(name) = unknown {
            return Err(format!(
                "node {:?} takes {name:?}, which no node before it makes",
                node.label()
            ));
        }
        let carries_values = !matches!(node.op, "Shape" | "Size");
        let from_input = carries_values && node.uses().any(|name| self.from_input.contains(name));
        for &name in node.outputs.iter().filter(|name| !name.is_empty()) {
            if self.is_known(name) {
                return Err(format!(
                    "node {:?} makes {name:?}, which exists already",
                    node.label()
                ));
            }
            self.makers.insert(name, index);
            if from_input {
                self.from_input.insert(name);
            }
        }
        Ok(())
    }

    fn is_known(&self, name: &str) -> bool {
        self.makers.contains_key(name)
            || self.initializers.contains_key(name)
            || self.from_input.contains(name)
    }

    /// The node that makes a tensor, with its index.
    pub(super) fn maker(&self, tensor: &str) -> Option<(usize, &'m Node<'a>)> {
        let index = *self.makers.get(tensor)?;
        Some((index, &self.graph.nodes[index]))
    }

    pub(super) fn initializer(&self, tensor: &str) -> Option<&'m Tensor<'a>> {
        self.initializers.get(tensor).copied()
    }

    /// Whether a tensor's values come from an input, and are not constants or shapes.
    pub(super) fn is_from_input(&self, tensor: &str) -> bool {
        self.from_input.contains(tensor)
    }

    /// The first tensor that a node takes whose values come from an input.
    pub(super) fn data_of(&self, node: &Node<'a>) -> Option<&'a str> {
        node.inputs
            .iter()
            .copied()
            .find(|name| self.is_from_input(name))
    }

    /// The inputs that are not merely defaults of constants.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &'m ValueInfo<'a>> {
        self.graph
            .inputs
            .iter()
            .filter(|input| !self.initializers.contains_key(input.name))
    }

    /// The layers: first outputs of the nodes whose values come from an input, in the file's order.
    pub(super) fn layers(&self) -> impl Iterator<Item = (&'a str, &'m Node<'a>)> {
        self.graph.nodes.iter().filter_map(|node| {
            let tensor = *node.outputs.first()?;
            self.is_from_input(tensor).then_some((tensor, node))
        })
    }

    /// Which nodes, by index, some tensors need, if those tensors are given of which `is_given` is
    /// true; and which of the given are needed.
    pub(super) fn needed(
        &self,
        tensors: &[&'a str],
        is_given: impl Fn(&str) -> bool,
    ) -> (Vec<bool>, Vec<&'a str>) {
        let mut needed = vec![false; self.graph.nodes.len()];
        let mut given = Vec::new();
        let mut open = tensors.to_vec();
        while let Some(name) = open.pop() {
            if is_given(name) {
                if !given.contains(&name) {
                    given.push(name);
                }
            } else if let Some((index, node)) = self.maker(name)
                && !needed[index]
            {
                needed[index] = true;
                open.extend(node.uses());
            }
        }
        (needed, given)
    }
}
