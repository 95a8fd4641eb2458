//! From a layer's tensor to a row a picture.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::flow::Flow;
use super::input::{Input, Layout};
use crate::{Error, Result};

/// How the places of a map, or the tokens of a transformer, become one number a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pool {
    /// Their mean.
    #[default]
    #[serde(rename = "avg")]
    Average,
    /// The largest.
    Max,
}

impl Pool {
    /// What it is called on the command line and in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Average => "avg",
            Self::Max => "max",
        }
    }

    fn of(self, values: impl ExactSizeIterator<Item = f32>) -> f32 {
        match self {
            Self::Average => {
                let n = values.len() as f64;
                (values.map(f64::from).sum::<f64>() / n) as f32
            }
            // Of `f32::max`, NaN would not come out.
            Self::Max => values.fold(f32::NEG_INFINITY, |most, value| {
                if value > most || value.is_nan() {
                    value
                } else {
                    most
                }
            }),
        }
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Pool {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "avg" => Ok(Self::Average),
            "max" => Ok(Self::Max),
            _ => Err(Error::parameter(
                "pool",
                "be one of avg, max",
                format!("{name:?}"),
            )),
        }
    }
}

/// What the axes of a layer's tensor are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Pictures, numbers.
    Vector { n: usize },
    /// Pictures, tokens, numbers.
    Tokens { n_tokens: usize, n: usize },
    /// Pictures, channels, places.
    ChannelsFirst { n: usize, n_places: usize },
}

impl Shape {
    /// # Errors
    /// When the tensor has no numbers a picture, or its axes are not known.
    pub(super) fn of(
        sides: &[usize],
        n_pictures: usize,
        layout: Option<Layout>,
    ) -> std::result::Result<Self, String> {
        if sides.first() != Some(&n_pictures) || sides.contains(&0) {
            let rule = format!(
                "for {n_pictures} pictures the layer must have as many rows, its shape is {sides:?}"
            );
            return Err(rule);
        }
        match (sides, layout) {
            (&[_, n], _) => Ok(Self::Vector { n }),
            (&[_, n_tokens, n], _) => Ok(Self::Tokens { n_tokens, n }),
            (&[_, n, height, width], Some(Layout::ChannelsFirst)) => Ok(Self::ChannelsFirst {
                n,
                n_places: height * width,
            }),
            (&[_, height, width, n], Some(Layout::ChannelsLast)) => Ok(Self::Tokens {
                n_tokens: height * width,
                n,
            }),
            (&[_, _, _, _], None) => Err(format!(
                "which axis of the layer has the channels is not clear, its shape is {sides:?}"
            )),
            _ => Err(format!(
                "a layer must have 2 to 4 axes, its shape is {sides:?}"
            )),
        }
    }

    /// Numbers a row.
    pub(super) fn n_features(self) -> usize {
        match self {
            Self::Vector { n } | Self::Tokens { n, .. } | Self::ChannelsFirst { n, .. } => n,
        }
    }

    pub(super) fn is_pooled(self) -> bool {
        !matches!(self, Self::Vector { .. })
    }

    /// The row of one picture, from its part of the tensor.
    pub(super) fn row(self, values: &[f32], pool: Pool, row: &mut [f32]) {
        match self {
            Self::Vector { .. } => row.copy_from_slice(values),
            Self::Tokens { n_tokens, n } => {
                for (j, number) in row.iter_mut().enumerate() {
                    *number = pool.of((0..n_tokens).map(|token| values[token * n + j]));
                }
            }
            Self::ChannelsFirst { n_places, .. } => {
                for (places, number) in values.chunks_exact(n_places).zip(row) {
                    *number = pool.of(places.iter().copied());
                }
            }
        }
    }
}

/// Which axis of a tensor of four has the channels, as far as the graph tells.
pub(super) fn layout_of(flow: &Flow<'_, '_>, input: &Input, tensor: &str) -> Option<Layout> {
    let mut tensor = tensor;
    while let Some((_, node)) = flow.maker(tensor) {
        match node.op {
            "Conv"
            | "ConvTranspose"
            | "MaxPool"
            | "AveragePool"
            | "GlobalAveragePool"
            | "GlobalMaxPool"
            | "BatchNormalization"
            | "InstanceNormalization"
            | "LRN"
            | "Resize" => {
                return Some(Layout::ChannelsFirst);
            }
            "MatMul" | "LayerNormalization" => return Some(Layout::ChannelsLast),
            "Transpose" => {
                return match node.attribute("perm")?.integers.as_slice() {
                    [0, 2, 3, 1] => Some(Layout::ChannelsLast),
                    [0, 3, 1, 2] => Some(Layout::ChannelsFirst),
                    _ => None,
                };
            }
            "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Expand" | "Gather" | "Einsum" => {
                return None;
            }
            _ => tensor = flow.data_of(node)?,
        }
    }
    (tensor == input.name).then_some(input.layout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_not_hidden() {
        for pool in [Pool::Average, Pool::Max] {
            for values in [[f32::NAN, 1.0], [1.0, f32::NAN]] {
                assert!(pool.of(values.into_iter()).is_nan());
            }
        }
    }

    #[test]
    fn maps_and_tokens_are_pooled() {
        let values = [1.0, 2.0, 3.0, 4.0, 8.0, 6.0];
        let pooled = |shape: Shape, pool: Pool| {
            let mut row = vec![0.0; shape.n_features()];
            shape.row(&values, pool, &mut row);
            row
        };
        let channels = Shape::of(&[1, 2, 1, 3], 1, Some(Layout::ChannelsFirst)).unwrap();
        assert_eq!(pooled(channels, Pool::Average), [2.0, 6.0]);
        assert_eq!(pooled(channels, Pool::Max), [3.0, 8.0]);
        let places = Shape::of(&[1, 1, 3, 2], 1, Some(Layout::ChannelsLast)).unwrap();
        assert_eq!(pooled(places, Pool::Average), [4.0, 4.0]);
        let tokens = Shape::of(&[1, 3, 2], 1, None).unwrap();
        assert_eq!(pooled(tokens, Pool::Max), [8.0, 6.0]);
    }

    #[test]
    fn shapes_that_are_no_rows_are_refused() {
        let message = |sides: &[usize]| Shape::of(sides, 2, None).unwrap_err();
        assert!(
            message(&[1, 7]).contains("for 2 pictures"),
            "{}",
            message(&[1, 7])
        );
        assert!(message(&[2]).contains("2 to 4 axes"));
        assert!(message(&[2, 3, 4, 5]).contains("is not clear"));
        assert!(message(&[2, 0]).contains("[2, 0]"));
    }
}
