//! What a model wants to be given.

use super::flow::Flow;
use super::proto::{Dimension, ValueInfo, data_type};

/// A batch may have this many numbers: 1 GiB.
const MAX_NUMBERS: usize = 1 << 28;

/// The order of a batch's axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Pictures, channels, rows, columns.
    ChannelsFirst,
    /// Pictures, rows, columns, channels.
    ChannelsLast,
}

/// The one input of a model: a batch of pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) name: String,
    pub(super) layout: Layout,
    /// Pictures a batch; free if the model says no number.
    pub(super) batch: Option<usize>,
    /// 1 or 3.
    pub(super) n_channels: usize,
    /// Rows and columns; free if the model says no numbers.
    pub(super) size: Option<(usize, usize)>,
}

impl Input {
    /// The input of the nodes that are needed.
    ///
    /// # Errors
    /// When there is not one, it is not of floats, or no batch of pictures of 1 or 3 channels.
    pub(super) fn of(flow: &Flow<'_, '_>, needed_nodes: &[bool]) -> Result<Self, String> {
        let nodes = flow
            .graph
            .nodes
            .iter()
            .zip(needed_nodes)
            .filter(|(_, needed)| **needed);
        let used: Vec<&str> = nodes.flat_map(|(node, _)| node.uses()).collect();
        let inputs: Vec<_> = flow
            .inputs()
            .filter(|input| used.contains(&input.name))
            .collect();
        match inputs.as_slice() {
            [input] => Self::read(input),
            [] => Err("the layer depends on no input".to_owned()),
            several => {
                let names: Vec<_> = several.iter().map(|input| input.name).collect();
                let names = names.join(", ");
                Err(format!(
                    "a model must take one input, the pictures; this layer needs {}: {names}",
                    several.len()
                ))
            }
        }
    }

    fn read(info: &ValueInfo<'_>) -> Result<Self, String> {
        if info.data_type != data_type::FLOAT {
            let type_name = data_type::name(info.data_type);
            return Err(format!(
                "the input {} must be of type FLOAT, it is {type_name}",
                info.name
            ));
        }
        let sides = match info.shape.as_deref() {
            Some(&[a, b, c, d]) => [a, b, c, d].map(fixed),
            // An exporter that says nothing is PyTorch's.
            None => [None; 4],
            Some(other) => {
                let n_axes = other.len();
                return Err(format!(
                    "the input {} must have 4 axes, it has {n_axes}",
                    info.name
                ));
            }
        };
        let [batch, a, b, c] = sides;
        let is_channels = |side: Option<usize>| side.is_some_and(|n| n == 1 || n == 3);
        let (layout, n_channels, size) = if is_channels(a) || !is_channels(c) {
            (Layout::ChannelsFirst, a, b.zip(c))
        } else {
            (Layout::ChannelsLast, c, a.zip(b))
        };
        let n_channels = n_channels.unwrap_or(3);
        if n_channels != 1 && n_channels != 3 {
            let [_, a, b, c] = sides.map(|side| side.map_or("?".to_owned(), |n| n.to_string()));
            return Err(format!(
                "the input {} must have 1 or 3 channels, its pictures are {a}×{b}×{c}",
                info.name
            ));
        }
        let n_numbers = [
            batch,
            Some(n_channels),
            size.map(|(height, _)| height),
            size.map(|(_, width)| width),
        ];
        let n_numbers = n_numbers
            .iter()
            .flatten()
            .try_fold(1_usize, |n, side| n.checked_mul(*side));
        if n_numbers.is_none_or(|n| n > MAX_NUMBERS) {
            return Err(format!(
                "the input {} must have at most {MAX_NUMBERS} numbers, it is {sides:?}",
                info.name
            ));
        }
        Ok(Self {
            name: info.name.to_owned(),
            layout,
            batch,
            n_channels,
            size,
        })
    }

    /// The shape of a batch of `n` pictures.
    pub(super) fn shape(&self, n: usize, (height, width): (usize, usize)) -> [usize; 4] {
        match self.layout {
            Layout::ChannelsFirst => [n, self.n_channels, height, width],
            Layout::ChannelsLast => [n, height, width, self.n_channels],
        }
    }
}

/// Exporters write 0 and −1 for what is free.
fn fixed(dimension: Dimension<'_>) -> Option<usize> {
    match dimension {
        Dimension::Fixed(n) => usize::try_from(n).ok().filter(|n| *n > 0),
        Dimension::Free(_) => None,
    }
}
