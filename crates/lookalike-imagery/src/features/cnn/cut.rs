//! A model without what some layers do not need.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use super::external;
use super::flow::Flow;
use super::proto::{Model, Node};
use super::wire::{write_bytes, write_integer, write_length};
use crate::Result;

/// The model whose outputs are `layers`: an ONNX file that holds the nodes and weights needed for
/// them if `given` are inputs, in the order of `model`, and nothing else. Weights beside the file come
/// into it.
///
/// # Errors
/// When weights beside the file cannot be read.
pub(super) fn cut<'a>(
    model: &Model<'a>,
    flow: &Flow<'_, 'a>,
    layers: &[&'a str],
    given: &[&'a str],
    path: &Path,
) -> Result<Vec<u8>> {
    let graph = &model.graph;
    let (needed, _) = flow.needed(layers, |name| given.contains(&name));
    let nodes = || {
        graph
            .nodes
            .iter()
            .zip(&needed)
            .filter_map(|(node, needed)| needed.then_some(node))
    };
    let used: HashSet<_> = nodes()
        .flat_map(|node| node.uses().chain(node.outputs.iter().copied()))
        .collect();

    let weights = graph
        .initializers
        .iter()
        .filter(|weights| used.contains(weights.name));
    let weights: Result<Vec<Cow<'_, [u8]>>> = weights
        .map(|weights| external::inlined(weights, path))
        .collect();
    let weights = weights?;
    let n_bytes = weights.iter().map(|weights| weights.len() + 16).sum();
    let mut message = Vec::with_capacity(n_bytes);
    for weights in weights {
        write_bytes(&mut message, 5, &weights);
    }
    for node in nodes() {
        write_bytes(&mut message, 1, &for_inference(node));
    }
    for input in graph
        .inputs
        .iter()
        .filter(|input| used.contains(input.name))
    {
        write_bytes(&mut message, 11, input.bytes);
    }
    let is_input = |name: &str| graph.inputs.iter().any(|input| input.name == name);
    for name in given.iter().filter(|name| !is_input(name)) {
        write_bytes(&mut message, 11, &untyped(name));
    }
    for layer in layers {
        write_bytes(&mut message, 12, &untyped(layer));
    }
    let inner = |name: &&str| used.contains(name) && !layers.contains(name);
    for info in graph
        .value_infos
        .iter()
        .filter(|info| info.shape.is_some() && inner(&info.name))
    {
        write_bytes(&mut message, 13, info.bytes);
    }

    let mut head = Vec::new();
    write_integer(&mut head, 1, model.ir_version);
    write_bytes(&mut head, 2, model.producer.as_bytes());
    for import in &model.opset_imports {
        write_bytes(&mut head, 8, import);
    }
    write_length(&mut head, 7, message.len());
    message.splice(0..0, head);
    Ok(message)
}

/// A `ValueInfoProto` that says only the name.
fn untyped(name: &str) -> Vec<u8> {
    let mut info = Vec::new();
    write_bytes(&mut info, 1, name.as_bytes());
    info
}

/// The node; of dropout, which is for training, what it is otherwise: the identity.
fn for_inference<'a>(node: &Node<'a>) -> Cow<'a, [u8]> {
    let ("Dropout", [data, ..], [same, ..]) = (node.op, &node.inputs[..], &node.outputs[..]) else {
        return Cow::Borrowed(node.bytes);
    };
    let mut identity = Vec::new();
    for (field, text) in [(1, *data), (2, *same), (3, node.name), (4, "Identity")] {
        write_bytes(&mut identity, field, text.as_bytes());
    }
    Cow::Owned(identity)
}
