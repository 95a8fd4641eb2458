//! The layers of a model, for who must choose one.

use std::path::Path;

use super::cut::cut;
use super::engine::{self, Engine};
use super::flow::Flow;
use super::input::Input;
use super::proto::{Dimension, Model, Node};
use super::{DEFAULT_SIDE, not_onnx, read_model};
use crate::{Error, Result};

/// A tensor that could be the features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// What it is chosen by.
    pub name: String,
    /// The kind of operator that makes it, as ONNX names it.
    pub op: String,
    /// Its sides, pictures first; `None` for a side that is free. No shape if neither the model says
    /// it nor the engine can run the model.
    pub shape: Option<Vec<Option<usize>>>,
}

/// The layers of an ONNX model, in the order in which they are computed.
///
/// What they need of the model is loaded and run once, on zeros, if the file does not say all shapes.
///
/// # Errors
/// When the file cannot be read or is no ONNX model.
pub fn layers(model: &Path) -> Result<Vec<Layer>> {
    let (file, path) = (read_model(model)?, model);
    let model = Model::parse(&file).map_err(|fault| not_onnx(path, fault))?;
    let flow = Flow::new(&model.graph).map_err(|fault| Error::damaged(path, fault))?;
    let mut layers = said(&flow);
    if layers.iter().any(|layer| layer.shape.is_none()) {
        measure(&mut layers, &model, &flow, path);
    }
    Ok(layers)
}

/// [`layers`] of a file in memory, which messages call `path`, with the shapes that it says itself.
///
/// # Errors
/// When it is no ONNX model.
pub fn layers_of_bytes(file: &[u8], path: &Path) -> Result<Vec<Layer>> {
    let model = Model::parse(file).map_err(|fault| not_onnx(path, fault))?;
    let flow = Flow::new(&model.graph).map_err(|fault| Error::damaged(path, fault))?;
    Ok(said(&flow))
}

fn said(flow: &Flow<'_, '_>) -> Vec<Layer> {
    let layer = |(name, node): (&str, &Node<'_>)| Layer {
        name: name.to_owned(),
        op: node.op.to_owned(),
        shape: said_shape(flow, name),
    };
    flow.layers().map(layer).collect()
}

fn said_shape(flow: &Flow<'_, '_>, tensor: &str) -> Option<Vec<Option<usize>>> {
    let graph = flow.graph;
    let info = graph
        .value_infos
        .iter()
        .chain(&graph.outputs)
        .find(|info| info.name == tensor)?;
    let side = |dimension: &Dimension<'_>| match dimension {
        Dimension::Fixed(n) => usize::try_from(*n).ok(),
        Dimension::Free(_) => None,
    };
    Some(info.shape.as_ref()?.iter().map(side).collect())
}

/// Fills in the shapes that a run tells. Of a model that cannot be run, only what the file says is known.
fn measure(layers: &mut [Layer], model: &Model<'_>, flow: &Flow<'_, '_>, path: &Path) {
    let names: Vec<_> = flow.layers().map(|(name, _)| name).collect();
    let run = || {
        let input = Input::of(flow, &flow.needed(&names, |_| false).0).ok()?;
        let engine = Engine::load(
            cut(model, flow, &names, &[], path).ok()?,
            &[&input.name],
            &names,
        )
        .ok()?;
        let size = input.size.unwrap_or((DEFAULT_SIDE, DEFAULT_SIDE));
        let shape = input.shape(input.batch.unwrap_or(1), size);
        let zeros = engine::zeros(shape);
        let values = engine.run(&[&zeros], &engine::threads()).ok()?;
        Some((input, values))
    };
    let Ok(Some((input, values))) = engine::apart(run) else {
        return;
    };
    for (layer, value) in layers.iter_mut().zip(values) {
        let mut sides: Vec<_> = engine::sides(&value)
            .iter()
            .map(|side| Some(*side))
            .collect();
        if let (None, Some(first)) = (input.batch, sides.first_mut()) {
            *first = None;
        }
        layer.shape.get_or_insert(sides);
    }
}
