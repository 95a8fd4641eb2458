//! Which features are taken of pictures.

use std::path::{Path, PathBuf};

use lookalike_imagery::collection::Item;
use lookalike_imagery::features::cnn::{Cnn, CnnOptions, Pool, Preprocess};
use lookalike_imagery::features::{Color, Descriptor, Features, Pixels};
use lookalike_imagery::picture::{Channels, decode};
use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

/// Pictures that are looked at to choose features: evenly spaced ones.
const LOOKED_AT: usize = 32;
/// Bitmaps of at most this side count as small.
const SMALL: usize = 64;
/// Side that pictures are brought to where they are not small and equal.
const DEFAULT_SIZE: usize = 32;

/// Features as they are asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum FeatureChoice {
    /// Pixels where pictures are small and equal, else the descriptor.
    Auto,
    /// Pixels.
    Pixels {
        /// Brings all pictures to so many pixels a side; default: as they are where they are small and
        /// equal, else 32.
        size: Option<usize>,
        /// Default: grey where all that are looked at are.
        color: Option<Color>,
    },
    /// Histograms of gradients and colours.
    Descriptor,
    /// A layer of a neural network.
    Cnn(CnnOptions, PathBuf),
}

/// Features as they are computed: enough to compute them again for other pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum FeatureRecipe {
    /// See [`Pixels`].
    Pixels {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// Grey or colour.
        color: Color,
    },
    /// See [`Descriptor`].
    Descriptor,
}
