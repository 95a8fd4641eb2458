//! The convolutions of a graph that are done here, with what follows each.

use std::collections::HashMap;
use std::ptr;

use super::convolution::{Clamp, Convolution, Shape};
use super::flow::Flow;
use super::proto::{Node, Tensor, data_type};

/// More than any network has; a depthwise convolution lays its input out by strides.
const MAX_STRIDE: usize = 4;

/// A convolution that is done here, together with the normalization, the sum with another tensor and the
/// `ReLU` after it if nobody else takes what is between.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'m, 'a> {
    pub(super) input: &'a str,
    /// What is added to the convolution.
    pub(super) addend: Option<&'a str>,
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

/// What is known of maps: they are what sites make of the tensor `base`. Their sides are
/// ⌊(n + `offset`) / `divisor`⌋ where those of `base` are n; such a law holds for one convolution and hence
/// for many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Maps<'a> {
    base: &'a str,
    n_channels: usize,
    offset: [i64; 2],
    divisor: [i64; 2],
}

impl<'a> Maps<'a> {
    fn new(base: &'a str, n_channels: usize) -> Self {
        Self {
            base,
            n_channels,
            offset: [0; 2],
            divisor: [1; 2],
        }
    }

    /// None where numbers are beyond all reason.
    fn after(self, shape: &Shape) -> Option<Self> {
        let mut maps = Self {
            n_channels: shape.n_out,
            ..self
        };
        for i in 0..2 {
            let whole = |n: usize| i64::try_from(n).ok();
            let (pads, stride) = (shape.before[i] + shape.after[i], whole(shape.strides[i])?);
            let more = whole(pads)? + stride - whole(shape.size[i])?;
            maps.offset[i] = more
                .checked_mul(self.divisor[i])?
                .checked_add(self.offset[i])?;
            maps.divisor[i] = self.divisor[i].checked_mul(stride)?;
        }
        Some(maps)
    }
}

/// Finds the sites of a graph, node by node.
struct Finder<'f, 'm, 'a> {
    flow: &'f Flow<'m, 'a>,
    layer: &'f str,
    takers: HashMap<&'a str, Vec<&'m Node<'a>>>,
    maps: HashMap<&'a str, Maps<'a>>,
    sites: Vec<Site<'m, 'a>>,
}

/// The convolutions of a graph that is to yield `layer`.
pub(super) fn sites<'m, 'a>(flow: &Flow<'m, 'a>, layer: &str) -> Vec<Site<'m, 'a>> {
    let mut takers: HashMap<&str, Vec<&'m Node<'a>>> = HashMap::new();
    for node in &flow.graph.nodes {
        for name in node.uses() {
            takers.entry(name).or_default().push(node);
        }
    }
    let mut finder = Finder {
        flow,
        layer,
        takers,
        maps: HashMap::new(),
        sites: Vec::new(),
    };
    for node in &flow.graph.nodes {
        // What cannot be done here, the engine does.
        let _ = finder.convolution(node).or_else(|| finder.sum(node));
    }
    finder.sites
}

impl<'m, 'a> Finder<'_, 'm, 'a> {
    /// The one node that takes a tensor, if there is only one and the tensor itself is not wanted.
    fn next(&self, tensor: &str) -> Option<&'m Node<'a>> {
        match self.takers.get(tensor)?.as_slice() {
            [node] if tensor != self.layer => Some(*node),
            _ => None,
        }
    }

    fn convolution(&mut self, node: &'m Node<'a>) -> Option<()> {
        let mut site = convolution(self.flow, node)?;
        let base = Maps::new(site.input, site.shape.n_in);
        let maps = self
            .maps
            .entry(site.input)
            .or_insert(base)
            .after(&site.shape)?;
        let normalized = self.next(site.output);
        if let Some(next) = normalized.filter(|next| next.op == "BatchNormalization") {
            // The engine folds it into its own convolution where it cannot be folded here.
            site.normalization = Some(normalization(self.flow, next, site.shape.n_out)?);
            site.output = next.outputs.first()?;
        }
        self.clamp(&mut site);
        self.maps.insert(site.output, maps);
        self.sites.push(site);
        Some(())
    }

    /// Adds to the later of two sites what the other makes, or to the one what it took long before.
    fn sum(&mut self, node: &'m Node<'a>) -> Option<()> {
        let &[left, right] = node.inputs.as_slice() else {
            return None;
        };
        let maps = *self.maps.get(left)?;
        if (node.op, node.domain) != ("Add", "") || self.maps.get(right) != Some(&maps) {
            return None;
        }
        let is_plain = |site: &Site<'_, '_>| site.addend.is_none() && site.clamp == Clamp::NONE;
        let is_here = |output: &str| {
            (output == left || output == right)
                && self.next(output).is_some_and(|next| ptr::eq(next, node))
        };
        let mut sites = self.sites.iter();
        let index = sites.rposition(|site| is_plain(site) && is_here(site.output))?;
        let mut site = self.sites[index];
        site.addend = Some(if site.output == left { right } else { left });
        site.output = node.outputs.first()?;
        self.clamp(&mut site);
        self.maps.insert(site.output, maps);
        self.sites[index] = site;
        Some(())
    }

    /// Lets the site do what comes behind it if it is a clamp.
    fn clamp(&self, site: &mut Site<'m, 'a>) {
        let next = self.next(site.output);
        let clamped = next.and_then(|next| Some((clamp(self.flow, next)?, *next.outputs.first()?)));
        if let Some((clamp, output)) = clamped {
            (site.clamp, site.output) = (clamp, output);
        }
    }
}

impl<'a> Site<'_, 'a> {
    /// Channels of its input.
    pub(super) fn n_in(&self) -> usize {
        self.shape.n_in
    }

    /// The tensors that it takes.
    pub(super) fn takes(&self) -> impl Iterator<Item = &'a str> {
        [Some(self.input), self.addend].into_iter().flatten()
    }

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
        input,
        addend: None,
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
