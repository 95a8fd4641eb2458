//! The parts of an ONNX model that the cutter looks at, borrowed from the file.
//!
//! Every message that the engine will read is walked here, so that no length in it reaches beyond
//! its message. Source of the field numbers: <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>.

use super::wire::{Fault, Fields};

/// Graphs inside attributes (`If`, `Loop`) may be nested this deep.
const MAX_DEPTH: usize = 8;

/// A model: one graph, and fields that are passed on as they are.
#[derive(Debug)]
pub(super) struct Model<'a> {
    pub(super) ir_version: i64,
    pub(super) producer: &'a str,
    /// Each an `OperatorSetIdProto`.
    pub(super) opset_imports: Vec<&'a [u8]>,
    pub(super) graph: Graph<'a>,
}

/// A graph of operators.
#[derive(Debug, Default)]
pub(super) struct Graph<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) initializers: Vec<Tensor<'a>>,
    pub(super) inputs: Vec<ValueInfo<'a>>,
    pub(super) outputs: Vec<ValueInfo<'a>>,
    pub(super) value_infos: Vec<ValueInfo<'a>>,
}

/// An operator.
#[derive(Debug, Default)]
pub(super) struct Node<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) name: &'a str,
    pub(super) op: &'a str,
    pub(super) domain: &'a str,
    pub(super) inputs: Vec<&'a str>,
    pub(super) outputs: Vec<&'a str>,
    /// Tensors that graphs inside its attributes take from outside.
    pub(super) captured: Vec<&'a str>,
    pub(super) attributes: Vec<Attribute<'a>>,
}

/// An attribute of an operator: of its values, those that are looked at.
#[derive(Debug, Default)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a [u8],
    pub(super) float: Option<f32>,
    pub(super) integer: Option<i64>,
    pub(super) integers: Vec<i64>,
    pub(super) tensor: Option<Tensor<'a>>,
    graph: Option<Graph<'a>>,
}

/// A constant.
#[derive(Debug, Default)]
pub(super) struct Tensor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) name: &'a str,
    pub(super) dims: Vec<i64>,
    pub(super) data_type: i64,
    /// The values, little-endian, if the file has them so.
    pub(super) raw: Option<&'a [u8]>,
    /// `location`, `offset`, `length`, ... when the values are in another file.
    pub(super) external: Option<Vec<(&'a str, &'a str)>>,
}

/// A tensor's name, and what is known of its type.
#[derive(Debug, Default)]
pub(super) struct ValueInfo<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) name: &'a str,
    /// One of [`data_type`]; 0 if not said.
    pub(super) data_type: i64,
    pub(super) shape: Option<Vec<Dimension<'a>>>,
}

/// How far a tensor reaches along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension<'a> {
    /// Always so many.
    Fixed(i64),
    /// As many as the caller gives; the name may be empty.
    Free(&'a str),
}

/// Of `TensorProto.DataType`.
pub(super) mod data_type {
    pub(in super::super) const FLOAT: i64 = 1;

    /// What ONNX calls the type.
    pub(in super::super) fn name(data_type: i64) -> &'static str {
        const NAMES: [&str; 17] = [
            "UNDEFINED",
            "FLOAT",
            "UINT8",
            "INT8",
            "UINT16",
            "INT16",
            "INT32",
            "INT64",
            "STRING",
            "BOOL",
            "FLOAT16",
            "DOUBLE",
            "UINT32",
            "UINT64",
            "COMPLEX64",
            "COMPLEX128",
            "BFLOAT16",
        ];
        let index = usize::try_from(data_type).unwrap_or(usize::MAX);
        NAMES.get(index).copied().unwrap_or("of 8 bits or fewer")
    }
}

impl<'a> Model<'a> {
    /// Reads the whole structure of a model.
    pub(super) fn parse(file: &'a [u8]) -> Result<Self, Fault> {
        let (mut ir_version, mut producer, mut graph) = (None, "", None);
        let mut opset_imports = Vec::new();
        for field in Fields::new(file) {
            let (number, value) = field?;
            match number {
                1 => ir_version = Some(value.integer()?),
                2 => producer = value.text()?,
                7 => graph = Some(Graph::parse(value.bytes()?, MAX_DEPTH)?),
                8 => opset_imports.push(opset_import(value.bytes()?)?),
                _ => {}
            }
        }
        Ok(Self {
            ir_version: ir_version.ok_or("it has no version")?,
            producer,
            opset_imports,
            graph: graph.ok_or("it has no graph")?,
        })
    }
}

fn opset_import(message: &[u8]) -> Result<&[u8], Fault> {
    for field in Fields::new(message) {
        let (number, value) = field?;
        if number == 1 {
            value.text()?;
        }
    }
    Ok(message)
}

impl<'a> Graph<'a> {
    fn parse(message: &'a [u8], depth: usize) -> Result<Self, Fault> {
        let depth = depth
            .checked_sub(1)
            .ok_or("its graphs are nested too deep")?;
        let mut graph = Self::default();
        for field in Fields::new(message) {
            let (number, value) = field?;
            match number {
                1 => graph.nodes.push(Node::parse(value.bytes()?, depth)?),
                5 => graph.initializers.push(Tensor::parse(value.bytes()?)?),
                11 => graph.inputs.push(ValueInfo::parse(value.bytes()?)?),
                12 => graph.outputs.push(ValueInfo::parse(value.bytes()?)?),
                13 => graph.value_infos.push(ValueInfo::parse(value.bytes()?)?),
                15 => return Err("it has sparse weights, which are not supported"),
                _ => {}
            }
        }
        Ok(graph)
    }

    /// The names of its outputs, nodes and weights.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> + Clone {
        let outputs = self.outputs.iter().map(|output| output.name);
        let nodes = self.nodes.iter().flat_map(|node| [node.name, node.label()]);
        outputs
            .chain(nodes)
            .chain(self.initializers.iter().map(|weights| weights.name))
    }

    /// What its nodes use, graphs inside them included: more than they take from outside, which does
    /// no harm.
    fn uses(&self) -> impl Iterator<Item = &'a str> {
        let of_nodes = self.nodes.iter().flat_map(Node::uses);
        of_nodes.chain(self.outputs.iter().map(|output| output.name))
    }
}

impl<'a> Node<'a> {
    fn parse(message: &'a [u8], depth: usize) -> Result<Self, Fault> {
        let mut node = Self {
            bytes: message,
            ..Self::default()
        };
        for field in Fields::new(message) {
            let (number, value) = field?;
            match number {
                1 => node.inputs.push(value.text()?),
                2 => node.outputs.push(value.text()?),
                3 => node.name = value.text()?,
                4 => node.op = value.text()?,
                5 => node
                    .attributes
                    .push(Attribute::parse(value.bytes()?, depth)?),
                7 => node.domain = value.text()?,
                _ => {}
            }
        }
        let graphs = node
            .attributes
            .iter()
            .filter_map(|attribute| attribute.graph.as_ref());
        node.captured = graphs.flat_map(Graph::uses).collect();
        Ok(node)
    }

    /// The tensors that it takes, those of graphs inside it included. A name may be empty.
    pub(super) fn uses(&self) -> impl Iterator<Item = &'a str> {
        self.inputs.iter().chain(&self.captured).copied()
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }

    /// The node's name, or that of what it makes.
    pub(super) fn label(&self) -> &'a str {
        match self.name {
            "" => self.outputs.first().copied().unwrap_or_default(),
            name => name,
        }
    }
}

impl<'a> Attribute<'a> {
    fn parse(message: &'a [u8], depth: usize) -> Result<Self, Fault> {
        let mut attribute = Self::default();
        for field in Fields::new(message) {
            let (number, value) = field?;
            match number {
                1 => attribute.name = value.text()?,
                2 => attribute.float = Some(value.float()?),
                3 => attribute.integer = Some(value.integer()?),
                4 => attribute.text = value.bytes()?,
                5 => attribute.tensor = Some(Tensor::parse(value.bytes()?)?),
                6 => attribute.graph = Some(Graph::parse(value.bytes()?, depth)?),
                8 => value.integers(&mut attribute.integers)?,
                _ => {}
            }
        }
        Ok(attribute)
    }
}

impl<'a> Tensor<'a> {
    fn parse(message: &'a [u8]) -> Result<Self, Fault> {
        let mut tensor = Self {
            bytes: message,
            ..Self::default()
        };
        let (mut entries, mut is_external) = (Vec::new(), false);
        for field in Fields::new(message) {
            let (number, value) = field?;
            match number {
                1 => value.integers(&mut tensor.dims)?,
                2 => tensor.data_type = value.integer()?,
                8 => tensor.name = value.text()?,
                9 => tensor.raw = Some(value.bytes()?),
                13 => entries.push(entry(value.bytes()?)?),
                14 => is_external = value.integer()? == 1,
                _ => {}
            }
        }
        tensor.external = is_external.then_some(entries);
        Ok(tensor)
    }
}

/// A `StringStringEntryProto`.
fn entry(message: &[u8]) -> Result<(&str, &str), Fault> {
    let (mut key, mut text) = ("", "");
    for field in Fields::new(message) {
        match field? {
            (1, value) => key = value.text()?,
            (2, value) => text = value.text()?,
            _ => {}
        }
    }
    Ok((key, text))
}

impl<'a> ValueInfo<'a> {
    fn parse(message: &'a [u8]) -> Result<Self, Fault> {
        let mut info = Self {
            bytes: message,
            ..Self::default()
        };
        for field in Fields::new(message) {
            match field? {
                (1, value) => info.name = value.text()?,
                (2, value) => info.read_type(value.bytes()?)?,
                _ => {}
            }
        }
        Ok(info)
    }

    /// A `TypeProto`; only tensors have a type that is looked at.
    fn read_type(&mut self, message: &'a [u8]) -> Result<(), Fault> {
        for field in Fields::new(message) {
            match field? {
                (1, value) => self.read_tensor_type(value.bytes()?)?,
                (4 | 5 | 8 | 9, _) => return Err("it has values that are not tensors"),
                _ => {}
            }
        }
        Ok(())
    }

    fn read_tensor_type(&mut self, message: &'a [u8]) -> Result<(), Fault> {
        for field in Fields::new(message) {
            match field? {
                (1, value) => self.data_type = value.integer()?,
                (2, value) => {
                    let dims = Fields::new(value.bytes()?).filter_map(|field| match field {
                        Ok((1, value)) => Some(value.bytes().and_then(Dimension::parse)),
                        Ok(_) => None,
                        Err(fault) => Some(Err(fault)),
                    });
                    self.shape = Some(dims.collect::<Result<_, _>>()?);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl<'a> Dimension<'a> {
    fn parse(message: &'a [u8]) -> Result<Self, Fault> {
        let mut dimension = Self::Free("");
        for field in Fields::new(message) {
            match field? {
                (1, value) => dimension = Self::Fixed(value.integer()?),
                (2, value) => dimension = Self::Free(value.text()?),
                _ => {}
            }
        }
        Ok(dimension)
    }
}
