//! Which features are taken of pictures.

use std::path::{Path, PathBuf};

use lookalike_imagery::collection::Item;
use lookalike_imagery::features::cnn::{Cnn, CnnOptions, Pool, Preprocess};
use lookalike_imagery::features::{Color, Descriptor, Features, Pixels};
use lookalike_imagery::picture::{Picture, decode};
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
        /// Brings all pictures to so many pixels a side; by default they stay as they are where they
        /// are small and equal, and are brought to 32 where they are not.
        size: Option<usize>,
        /// By default grey where all that are looked at are.
        color: Option<Color>,
    },
    /// Histograms of gradients and colours.
    Descriptor,
    /// A layer of the neural network in a file.
    Cnn(PathBuf, CnnOptions),
}

/// Features as they are computed: all that is needed to compute them of other pictures.
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
    /// See [`Cnn`].
    Cnn {
        /// The absolute path of the model.
        #[serde(serialize_with = "as_text")]
        model: PathBuf,
        /// The tensor that is taken.
        layer: String,
        /// How pictures are prepared.
        preprocess: Preprocess,
        /// How maps become numbers.
        pool: Pool,
        /// Whether rows get length 1.
        normalize: bool,
        /// What the rows depend on, the content of the model included.
        settings: String,
    },
}

/// Whatever it is made of.
fn as_text<S: serde::Serializer>(path: &Path, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.collect_str(&path.display())
}

/// Features that were chosen, ready to be taken.
#[derive(Debug)]
pub struct ChosenFeatures {
    /// How they are made.
    pub recipe: FeatureRecipe,
    /// What was chosen and why, in words.
    pub why: Vec<String>,
    /// They themselves.
    pub features: Box<dyn Features>,
}

impl FeatureChoice {
    /// Looks at some of the pictures where that is needed, and at the network.
    ///
    /// # Errors
    /// When `size` is 0, or the network cannot be used.
    pub fn choose(&self, items: &[Item]) -> Result<ChosenFeatures> {
        match self {
            Self::Auto => {
                let seen = Seen::of(items);
                if let (true, Some((width, height))) = (seen.is_small, seen.size) {
                    let color = seen.color;
                    let reason = "all pictures looked at are that small and of one size";
                    pixels(width, height, color, reason)
                } else {
                    let why = "features: descriptor of shapes and colours (no network is given)";
                    ready(FeatureRecipe::Descriptor, vec![why.to_owned()])
                }
            }
            Self::Pixels { size: Some(0), .. } => Err(Error::parameter("size", "be at least 1", 0)),
            Self::Pixels {
                size: Some(size),
                color: Some(color),
            } => pixels(*size, *size, *color, "as asked for"),
            Self::Pixels { size, color } => {
                let seen = Seen::of(items);
                let color = color.unwrap_or(seen.color);
                match (size, seen.size) {
                    (Some(size), _) => pixels(*size, *size, color, "as asked for"),
                    (None, Some((width, height))) if seen.is_small => {
                        let reason = "pictures of other sizes are resized";
                        pixels(width, height, color, reason)
                    }
                    (None, _) => {
                        let reason =
                            "all pictures are resized, as they are large or of unequal size";
                        pixels(DEFAULT_SIZE, DEFAULT_SIZE, color, reason)
                    }
                }
            }
            Self::Descriptor => {
                let why = "features: descriptor of shapes and colours";
                ready(FeatureRecipe::Descriptor, vec![why.to_owned()])
            }
            Self::Cnn(model, options) => network(model, options),
        }
    }
}

fn pixels(width: usize, height: usize, color: Color, reason: &str) -> Result<ChosenFeatures> {
    let recipe = FeatureRecipe::Pixels {
        width,
        height,
        color,
    };
    let why = format!("features: {} ({reason})", recipe.words());
    ready(recipe, vec![why])
}

fn ready(recipe: FeatureRecipe, why: Vec<String>) -> Result<ChosenFeatures> {
    Ok(ChosenFeatures {
        features: recipe.open(None)?,
        recipe,
        why,
    })
}

fn network(model: &Path, options: &CnnOptions) -> Result<ChosenFeatures> {
    let cnn = Cnn::open(model, options)?;
    let recipe = FeatureRecipe::Cnn {
        model: std::path::absolute(model).unwrap_or_else(|_| model.to_owned()),
        layer: cnn.layer().to_owned(),
        preprocess: cnn.preprocess(),
        pool: options.pool,
        normalize: options.normalize,
        settings: cnn.settings(),
    };
    let mut why = vec![format!("features: {}", recipe.words())];
    why.extend(cnn.choices().iter().cloned());
    Ok(ChosenFeatures {
        recipe,
        why,
        features: Box::new(cnn),
    })
}

impl FeatureRecipe {
    /// The features, of the network in `network` where it is no longer where it was.
    ///
    /// # Errors
    /// When the network cannot be used, or is another.
    pub fn open(&self, network: Option<&Path>) -> Result<Box<dyn Features>> {
        Ok(match self {
            Self::Pixels {
                width,
                height,
                color,
            } => Box::new(Pixels::new(*width, *height, *color)?),
            Self::Descriptor => Box::new(Descriptor),
            Self::Cnn {
                model,
                layer,
                preprocess,
                pool,
                normalize,
                settings,
            } => {
                let model = network.unwrap_or(model);
                let options = CnnOptions {
                    layer: Some(layer.clone()),
                    preprocess: Some(*preprocess),
                    pool: *pool,
                    normalize: *normalize,
                };
                let cnn = Cnn::open(model, &options)?;
                if cnn.settings() != *settings {
                    let message = format!(
                        "{} must be the network that the model was made with, but it is another",
                        model.display()
                    );
                    return Err(Error::new(ErrorKind::InvalidInput, message));
                }
                Box::new(cnn)
            }
        })
    }

    /// What they are, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Pixels {
                width,
                height,
                color,
            } => format!("pixels, {width}×{height} {color}"),
            Self::Descriptor => "descriptor of shapes and colours".to_owned(),
            Self::Cnn { model, layer, .. } => {
                let name = model.file_name().unwrap_or_default().to_string_lossy();
                format!("layer {layer} of {name}")
            }
        }
    }
}

/// What some of the pictures have in common.
struct Seen {
    /// Columns and rows, where they are those of all.
    size: Option<(usize, usize)>,
    is_small: bool,
    color: Color,
}

impl Seen {
    /// Looks at some of the pictures, evenly spaced, until they have nothing in common. Those that
    /// cannot be read do not count.
    fn of(items: &[Item]) -> Self {
        let count = items.len().min(LOOKED_AT);
        let some = (0..count).map(|i| &items[i * items.len() / count]);
        let mut pictures = some.filter_map(|item| decode(&item.path).ok());
        let Some(first) = pictures.next() else {
            return Self {
                size: None,
                is_small: false,
                color: Color::Rgb,
            };
        };
        let size = |picture: &Picture| (picture.width, picture.height);
        let mut seen = Self {
            size: Some(size(&first)),
            is_small: first.width.max(first.height) <= SMALL,
            color: Color::of(&first),
        };
        while seen.size.is_some() && seen.is_small || seen.color == Color::Gray {
            let Some(next) = pictures.next() else { break };
            if Some(size(&next)) != seen.size {
                seen.size = None;
            }
            seen.is_small &= next.width.max(next.height) <= SMALL;
            if Color::of(&next) == Color::Rgb {
                seen.color = Color::Rgb;
            }
        }
        seen
    }
}
