//! The convolutions of a graph that are done here, with what follows each.

use std::collections::HashMap;

use super::convolution::{Clamp, Convolution, Shape};
use super::flow::Flow;
use super::proto::{Node, Tensor, data_type};

/// More than any network has; a depthwise convolution lays its input out by strides.
const MAX_STRIDE: usize = 4;

/// A convolution that is done here, together with the normalization and the `ReLU` after it if nobody
/// else takes what is between.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'m, 'a> {
    pub(super) node: &'m Node<'a>,
    pub(super) input: &'a str,
    pub(super) output: &'a str,
    shape: Shape,
    weights: &'m Tensor<'a>,
    bias: Option<&'m Tensor<'a>>,
    normalization: Option<Normalization<'m, 'a>>,
    clamp: Clamp,
}

/// A `BatchNormalization` of constants.
#[derive(Debug, Clone, Copy)]
struct Normalization<'m, 'a> {
    scale: &'m Tensor<'a>,
    bias: &'m Tensor<'a>,
    mean: &'m Tensor<'a>,
    variance: &'m Tensor<'a>,
    epsilon: f32,
}

/// The convolutions of a graph that is to yield `layer`.
pub(super) fn sites<'m, 'a>(flow: &Flow<'m, 'a>, layer: &str) -> Vec<Site<'m, 'a>> {
    let mut takers: HashMap<&str, Vec<&'m Node<'a>>> = HashMap::new();
    for node in &flow.graph.nodes {
        for name in node.uses() {
            takers.entry(name).or_default().push(node);
        }
    }
    // The one node that takes a tensor, if there is only one and the tensor itself is not wanted.
    let next = |tensor: &str| match takers.get(tensor).map(Vec::as_slice) {
        Some([node]) if tensor != layer => Some(*node),
        _ => None,
    };
    let site = |node: &'m Node<'a>| {
        let mut site = convolution(flow, node)?;
        if let Some(next) = next(site.output).filter(|next| next.op == "BatchNormalization") {
            // The engine folds it into its own convolution where it cannot be folded here.
            site.normalization = Some(normalization(flow, next, site.shape.n_out)?);
            site.output = next.outputs.first()?;
        }
        if let Some((next, clamp)) =
            next(site.output).and_then(|next| Some((next, clamp(flow, next)?)))
        {
            site.clamp = clamp;
            site.output = next.outputs.first()?;
        }
        Some(site)
    };
    flow.graph.nodes.iter().filter_map(site).collect()
}

impl Site<'_, '_> {
    /// The convolution with its weights. None when a tensor has other bytes than it said.
    pub(super) fn convolution(&self) -> Option<Convolution> {
        let n_out = self.shape.n_out;
        let mut weights = floats(self.weights)?;
        let mut bias = match self.bias {
            Some(bias) => floats(bias)?,
            None => vec![0.0; n_out],
        };
        if let Some(normalization) = &self.normalization {
            let [scale, shift, mean, variance] = [
                floats(normalization.scale)?,
                floats(normalization.bias)?,
                floats(normalization.mean)?,
                floats(normalization.variance)?,
            ];
            let kernels = weights.chunks_exact_mut(self.shape.n_weights() / n_out);
            for (i, (kernel, bias)) in kernels.zip(&mut bias).enumerate() {
                let deviation = (f64::from(variance[i]) + f64::from(normalization.epsilon)).sqrt();
                let factor = f64::from(scale[i]) / deviation;
                let moved = (f64::from(*bias) - f64::from(mean[i])) * factor + f64::from(shift[i]);
                *bias = moved as f32;
                for weight in kernel {
                    *weight = (f64::from(*weight) * factor) as f32;
                }
            }
        }
        Some(Convolution {
            shape: self.shape,
            weights,
            bias,
            clamp: self.clamp,
        })
    }
}

/// A convolution without dilation, of constants that the file has as bytes, of a shape that is faster
/// here.
fn convolution<'m, 'a>(flow: &Flow<'m, 'a>, node: &'m Node<'a>) -> Option<Site<'m, 'a>> {
    let (input, weights, bias) = match node.inputs.as_slice() {
        [input, weights] | [input, weights, ""] => (*input, *weights, None),
        [input, weights, bias] => (*input, *weights, Some(flow.initializer(bias)?)),
        _ => return None,
    };
    if node.op != "Conv" || !node.domain.is_empty() || !flow.is_from_input(input) {
        return None;
    }
    let weights = flow.initializer(weights)?;
    let shape = shape(node, weights)?;
    let has_bias = bias.is_none_or(|bias| has_floats(bias, shape.n_out));
    (has_bias && shape.is_done_here()).then_some(Site {
        node,
        input,
        output: node.outputs.first()?,
        shape,
        weights,
        bias,
        normalization: None,
        clamp: Clamp::NONE,
    })
}

fn shape(node: &Node<'_>, weights: &Tensor<'_>) -> Option<Shape> {
    let positive = |n: i64| usize::try_from(n).ok().filter(|n| *n > 0);
    let &[n_out, n_in, rows, columns] = weights.dims.as_slice() else {
        return None;
    };
    let [n_out, n_in, rows, columns] = [
        positive(n_out)?,
        positive(n_in)?,
        positive(rows)?,
        positive(columns)?,
    ];
    let n_weights = n_out
        .checked_mul(n_in)?
        .checked_mul(rows)?
        .checked_mul(columns)?;
    let groups = node.attribute("group").and_then(|group| group.integer);
    let groups = positive(groups.unwrap_or(1))?;
    let integers = |name: &str| node.attribute(name).map_or(&[][..], |all| &all.integers);
    let strides = match integers("strides") {
        [] => [1; 2],
        &[rows, columns] => [positive(rows)?, positive(columns)?],
        _ => return None,
    };
    let is_plain = integers("dilations").iter().all(|n| *n == 1)
        && strides.iter().all(|stride| *stride <= MAX_STRIDE)
        && has_floats(weights, n_weights);
    let [top, left, bottom, right] = pads(node, [rows, columns], strides)?;
    is_plain.then_some(Shape {
        n_out,
        n_in: n_in.checked_mul(groups)?,
        groups,
        size: [rows, columns],
        strides,
        before: [top, left],
        after: [bottom, right],
    })
}

/// Rows and columns of zeros; none if they depend on the size of the maps, or are as many as the kernel
/// has.
fn pads(node: &Node<'_>, size: [usize; 2], strides: [usize; 2]) -> Option<[usize; 4]> {
    match node.attribute("auto_pad").map_or(&b""[..], |pad| pad.text) {
        b"SAME_UPPER" | b"SAME_LOWER" if strides == [1; 2] && size.iter().all(|n| n % 2 == 1) => {
            Some([size[0] / 2, size[1] / 2, size[0] / 2, size[1] / 2])
        }
        b"" | b"NOTSET" => match node
            .attribute("pads")
            .map_or(&[][..], |pads| &pads.integers)
        {
            [] => Some([0; 4]),
            &[top, left, bottom, right] => {
                let pad = |n: i64, size: usize| usize::try_from(n).ok().filter(|n| *n < size);
                let [rows, columns] = size;
                Some([
                    pad(top, rows)?,
                    pad(left, columns)?,
                    pad(bottom, rows)?,
                    pad(right, columns)?,
                ])
            }
            _ => None,
        },
        b"VALID" => Some([0; 4]),
        _ => None,
    }
}

fn normalization<'m, 'a>(
    flow: &Flow<'m, 'a>,
    node: &Node<'a>,
    n_channels: usize,
) -> Option<Normalization<'m, 'a>> {
    let &[_, scale, bias, mean, variance] = node.inputs.as_slice() else {
        return None;
    };
    let is_trained = node
        .attribute("training_mode")
        .is_none_or(|mode| mode.integer == Some(0));
    let constant = |name: &str| {
        flow.initializer(name)
            .filter(|one| has_floats(one, n_channels))
    };
    (is_trained && node.domain.is_empty() && node.outputs.len() == 1).then_some(())?;
    Some(Normalization {
        scale: constant(scale)?,
        bias: constant(bias)?,
        mean: constant(mean)?,
        variance: constant(variance)?,
        epsilon: match node.attribute("epsilon") {
            Some(epsilon) => epsilon.float?,
            None => 1e-5,
        },
    })
}

/// What a `Relu`, or a `Clip` between constants, does.
fn clamp(flow: &Flow<'_, '_>, node: &Node<'_>) -> Option<Clamp> {
    let limit = |name: Option<&&str>, default: f32| match name {
        None | Some(&"") => Some(default),
        Some(name) => {
            let limit = flow
                .initializer(name)
                .filter(|limit| has_floats(limit, 1))?;
            floats(limit)?
                .first()
                .copied()
                .filter(|limit| !limit.is_nan())
        }
    };
    match (node.op, node.domain) {
        ("Relu", "") => Some(Clamp::RELU),
        // Before opset 11 the limits are attributes: the engine's.
        ("Clip", "") if node.attributes.is_empty() => Some(Clamp {
            low: limit(node.inputs.get(1), f32::MIN)?,
            high: limit(node.inputs.get(2), f32::MAX)?,
        }),
        _ => None,
    }
}

fn has_floats(tensor: &Tensor<'_>, n: usize) -> bool {
    let bytes = tensor.raw.map(<[u8]>::len);
    tensor.data_type == data_type::FLOAT && bytes == n.checked_mul(4)
}

fn floats(tensor: &Tensor<'_>) -> Option<Vec<f32>> {
    let numbers = tensor.raw?.as_chunks().0;
    Some(
        numbers
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect(),
    )
}
