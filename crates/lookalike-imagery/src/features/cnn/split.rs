//! Which parts of a graph the engine runs, and which convolutions are done here.

use std::collections::HashMap;

use super::flow::Flow;
use super::proto::{Node, Tensor, data_type};
use super::winograd::Convolution;

/// Convolutions of fewer channels are left to the engine: transforming would cost more than it saves.
const MIN_CHANNELS: i64 = 16;

/// A part of a graph, by the tensors that it takes and makes.
#[derive(Debug)]
pub(super) enum Part<'m, 'a> {
    Engine {
        inputs: Vec<&'a str>,
        outputs: Vec<&'a str>,
    },
    Convolution(Site<'m, 'a>),
}

/// A convolution that is done here, with the `ReLU` after it if nobody else takes what is between.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'m, 'a> {
    pub(super) node: &'m Node<'a>,
    pub(super) input: &'a str,
    pub(super) output: &'a str,
    relu: bool,
}

/// Cuts what `layer` needs into parts, in the order in which they can be run.
///
/// A tensor's level is the number of our convolutions on the longest way to it. The engine's nodes of
/// one level are one part.
pub(super) fn split<'m, 'a>(flow: &Flow<'m, 'a>, layer: &'a str) -> Vec<Part<'m, 'a>> {
    let sites = sites(flow, layer);
    let made_here: HashMap<_, _> = sites.iter().map(|site| (site.output, *site)).collect();
    let levels = levels(flow, &sites);
    let level_of = |tensor: &str| levels.get(tensor).copied().unwrap_or(0);
    let mut wanted = vec![layer];
    let mut parts = Vec::new();
    for level in (0..=level_of(layer)).rev() {
        for site in sites.iter().filter(|site| level_of(site.input) == level) {
            if wanted.contains(&site.output) {
                parts.push(Part::Convolution(*site));
                want(&mut wanted, site.input);
            }
        }
        let is_given = |tensor: &str| {
            let is_earlier = flow.maker(tensor).is_none() || level_of(tensor) < level;
            flow.is_from_input(tensor) && (is_earlier || made_here.contains_key(tensor))
        };
        let outputs: Vec<_> = wanted
            .iter()
            .copied()
            .filter(|tensor| level_of(tensor) == level && !is_given(tensor))
            .collect();
        if !outputs.is_empty() {
            let inputs = flow.needed(&outputs, is_given).1;
            for input in &inputs {
                want(&mut wanted, input);
            }
            parts.push(Part::Engine { inputs, outputs });
        }
    }
    parts.reverse();
    parts
}

fn want<'a>(wanted: &mut Vec<&'a str>, tensor: &'a str) {
    if !wanted.contains(&tensor) {
        wanted.push(tensor);
    }
}

fn levels<'a>(flow: &Flow<'_, 'a>, sites: &[Site<'_, 'a>]) -> HashMap<&'a str, usize> {
    let mut levels = HashMap::new();
    for node in &flow.graph.nodes {
        let of_inputs = node
            .uses()
            .filter_map(|name| levels.get(name).copied())
            .max()
            .unwrap_or(0);
        let is_site = sites.iter().any(|site| std::ptr::eq(site.node, node));
        let level = of_inputs + usize::from(is_site);
        levels.extend(node.outputs.iter().map(|name| (*name, level)));
    }
    levels
}

fn sites<'m, 'a>(flow: &Flow<'m, 'a>, layer: &str) -> Vec<Site<'m, 'a>> {
    let mut takers: HashMap<&str, Vec<&Node<'a>>> = HashMap::new();
    for node in &flow.graph.nodes {
        for name in node.uses() {
            takers.entry(name).or_default().push(node);
        }
    }
    let site = |node: &'m Node<'a>| {
        let (input, output) = (*node.inputs.first()?, *node.outputs.first()?);
        convolution(flow, node)?;
        let next = takers.get(output).map_or(&[][..], Vec::as_slice);
        Some(match next {
            [relu] if relu.op == "Relu" && output != layer => Site {
                node,
                input,
                output: relu.outputs.first()?,
                relu: true,
            },
            // The engine folds these into its own convolution.
            [next] if next.op == "BatchNormalization" => return None,
            _ => Site {
                node,
                input,
                output,
                relu: false,
            },
        })
    };
    flow.graph.nodes.iter().filter_map(site).collect()
}

impl Site<'_, '_> {
    /// The weights and all else of the convolution.
    pub(super) fn with_convolution<T>(
        &self,
        flow: &Flow<'_, '_>,
        then: impl FnOnce(Convolution<'_>) -> T,
    ) -> Option<T> {
        let (weights, bias, pads) = convolution(flow, self.node)?;
        let (n_out, n_in) = (weights.dims[0] as usize, weights.dims[1] as usize);
        let bias = match bias {
            Some(bias) => floats(bias)?,
            None => vec![0.0; n_out],
        };
        let weights = floats(weights)?;
        Some(then(Convolution {
            n_in,
            n_out,
            weights: &weights,
            bias,
            pads,
            relu: self.relu,
        }))
    }
}

type Parts<'m, 'a> = (&'m Tensor<'a>, Option<&'m Tensor<'a>>, [usize; 4]);

/// Weights, bias and padding of a convolution that can be done here: of 3×3, dense, without strides and
/// dilation, between enough channels, of constants that the file has as bytes.
fn convolution<'m, 'a>(flow: &Flow<'m, 'a>, node: &Node<'a>) -> Option<Parts<'m, 'a>> {
    let (input, weights, bias) = match node.inputs.as_slice() {
        [input, weights] | [input, weights, ""] => (input, weights, None),
        [input, weights, bias] => (input, weights, Some(flow.initializer(bias)?)),
        _ => return None,
    };
    let weights = flow.initializer(weights)?;
    let &[n_out, n_in, 3, 3] = weights.dims.as_slice() else {
        return None;
    };
    let are_ones = |name: &str| {
        node.attribute(name)
            .is_none_or(|all| all.integers.iter().all(|n| *n == 1))
    };
    let groups = node
        .attribute("group")
        .and_then(|group| group.integer)
        .unwrap_or(1);
    let is_plain = node.op == "Conv" && node.domain.is_empty() && flow.is_from_input(input);
    let has_size = n_in >= MIN_CHANNELS
        && n_out >= MIN_CHANNELS
        && has_floats(weights, n_in.checked_mul(n_out)?.checked_mul(9)?);
    let has_bias = bias.is_none_or(|bias| has_floats(bias, n_out));
    let is_ours = is_plain
        && groups == 1
        && are_ones("strides")
        && are_ones("dilations")
        && has_size
        && has_bias;
    is_ours.then_some((weights, bias, pads(node)?))
}

fn pads(node: &Node<'_>) -> Option<[usize; 4]> {
    match node.attribute("auto_pad").map_or(&b""[..], |pad| pad.text) {
        b"SAME_UPPER" | b"SAME_LOWER" => Some([1; 4]),
        b"" | b"NOTSET" => match node
            .attribute("pads")
            .map_or(&[][..], |pads| &pads.integers)
        {
            [] => Some([0; 4]),
            &[top, left, bottom, right] => {
                let pad = |n: i64| usize::try_from(n).ok().filter(|n| *n <= 2);
                Some([pad(top)?, pad(left)?, pad(bottom)?, pad(right)?])
            }
            _ => None,
        },
        b"VALID" => Some([0; 4]),
        _ => None,
    }
}

fn has_floats(tensor: &Tensor<'_>, n: i64) -> bool {
    let bytes = tensor.raw.map(|raw| raw.len() as u64);
    tensor.data_type == data_type::FLOAT
        && bytes == u64::try_from(n).ok().and_then(|n| n.checked_mul(4))
}

fn floats(tensor: &Tensor<'_>) -> Option<Vec<f32>> {
    Some(
        tensor
            .raw?
            .as_chunks()
            .0
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect(),
    )
}
