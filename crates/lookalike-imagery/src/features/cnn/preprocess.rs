//! From a picture to what a family of networks was trained on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::input::{Input, Layout};
use crate::picture::{Filter, Picture, PicturePixels, resize};
use crate::{Error, Result};

/// What is done to a picture before a network sees it: the convention of the networks' family.
///
/// | | channels | values | size |
/// |---|---|---|---|
/// | `Imagenet` | RGB | (x/255 − mean) / std of `ImageNet` | shorter side to 8/7 of the input, bilinear; centre crop |
/// | `KerasCaffe` | BGR | x − mean of `ImageNet` | stretched, nearest pixel |
/// | `KerasTf` | RGB | x/127.5 − 1 | stretched, nearest pixel |
/// | `Clip` | RGB | (x/255 − mean) / std of CLIP | shorter side to the input, bicubic; centre crop |
/// | `None` | RGB | x, 0 to 255 | stretched, bilinear |
///
/// Sources: `torchvision.transforms`, `keras.applications.imagenet_utils` with
/// `keras.utils.load_img`, `OpenAI`'s `clip.load`. For networks of one channel pictures become grey, and
/// mean and std are the averages over the channels. Transparent pictures lie on white.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preprocess {
    /// torchvision and timm.
    Imagenet,
    /// VGG and the first `ResNets` of Keras.
    KerasCaffe,
    /// `MobileNet`, Inception, Xception of Keras.
    KerasTf,
    /// CLIP and its kin.
    Clip,
    /// Only the size is changed.
    None,
}

/// A picture longer than this many times its shorter side loses its ends before it is resized by the
/// shorter side; the crop takes only the centre anyway.
const MAX_ASPECT: usize = 16;

impl Preprocess {
    /// All, in the order of their documentation.
    pub const ALL: [Self; 5] = [
        Self::Imagenet,
        Self::KerasCaffe,
        Self::KerasTf,
        Self::Clip,
        Self::None,
    ];

    /// What it is called on the command line and in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Imagenet => "imagenet",
            Self::KerasCaffe => "keras-caffe",
            Self::KerasTf => "keras-tf",
            Self::Clip => "clip",
            Self::None => "none",
        }
    }

    /// Divisor, then means and standard deviations in the order of the network's channels.
    fn values(self) -> (f32, [f32; 3], [f32; 3]) {
        match self {
            Self::Imagenet => (255.0, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
            Self::KerasCaffe => (1.0, [103.939, 116.779, 123.68], [1.0; 3]),
            Self::KerasTf => (127.5, [1.0; 3], [1.0; 3]),
            Self::Clip => {
                let mean = [0.481_454_66, 0.457_827_5, 0.408_210_73];
                (255.0, mean, [0.268_629_54, 0.261_302_6, 0.275_777_1])
            }
            Self::None => (1.0, [0.0; 3], [1.0; 3]),
        }
    }

    /// The picture at the input's size, 8 bits, RGB or grey.
    pub(super) fn fit(
        self,
        picture: &Picture,
        n_channels: usize,
        size: (usize, usize),
    ) -> Result<Picture> {
        let picture = if n_channels == 1 {
            picture.to_gray8()
        } else {
            picture.to_rgb8()
        };
        let (height, width) = size;
        match self {
            // int(floor(size / 0.875)), 256 for 224.
            Self::Imagenet => {
                shorter_side(&picture, height.max(width) * 8 / 7, Filter::Bilinear, size)
            }
            Self::Clip => shorter_side(&picture, height.max(width), Filter::Bicubic, size),
            Self::KerasCaffe | Self::KerasTf => Ok(nearest(&picture, width, height)),
            Self::None => resize(&picture, width, height, Filter::Bilinear),
        }
    }

    /// Writes a picture that [`fit`](Self::fit)s as the network's numbers.
    pub(super) fn write(self, picture: &Picture, layout: Layout, into: &mut [f32]) {
        let levels = levels(picture);
        let n_channels = picture.channels.count();
        let (divisor, means, stds) = self.values();
        for channel in 0..n_channels {
            let from = if self == Self::KerasCaffe {
                n_channels - 1 - channel
            } else {
                channel
            };
            let (mean, std) = match n_channels {
                1 => (average(means), average(stds)),
                _ => (means[channel], stds[channel]),
            };
            let value = |level: usize| (level as f32 / divisor - mean) / std;
            let values: [f32; 256] = std::array::from_fn(value);
            let levels = levels.iter().skip(from).step_by(n_channels);
            let numbers = levels.map(|level| values[usize::from(*level)]);
            match layout {
                Layout::ChannelsFirst => {
                    let plane = into.chunks_exact_mut(picture.n_pixels()).nth(channel);
                    plane
                        .into_iter()
                        .flatten()
                        .zip(numbers)
                        .for_each(|(to, number)| *to = number);
                }
                Layout::ChannelsLast => {
                    let to = into.iter_mut().skip(channel).step_by(n_channels);
                    to.zip(numbers).for_each(|(to, number)| *to = number);
                }
            }
        }
    }
}

fn average(values: [f32; 3]) -> f32 {
    values.iter().sum::<f32>() / 3.0
}

/// As torchvision's `Resize(side)` and `CenterCrop(size)`.
fn shorter_side(
    picture: &Picture,
    side: usize,
    filter: Filter,
    size: (usize, usize),
) -> Result<Picture> {
    let shorter = picture.width.min(picture.height);
    let longest = shorter.saturating_mul(MAX_ASPECT);
    let (width, height) = (picture.width.min(longest), picture.height.min(longest));
    let picture = &picture.crop(
        (picture.width - width) / 2,
        (picture.height - height) / 2,
        width,
        height,
    )?;
    // int(side * long / short)
    let scaled = |length: usize| (side as u128 * length as u128 / shorter as u128) as usize;
    let resized = resize(picture, scaled(width), scaled(height), filter)?;
    let (crop_height, crop_width) = size;
    let left = half_to_even(resized.width - crop_width);
    let top = half_to_even(resized.height - crop_height);
    resized.crop(left, top, crop_width, crop_height)
}

/// As Pillow's `resize` with `NEAREST`, which adds steps where [`resize`] multiplies: on sides such as
/// 640, pixels of 224 lie on borders between pixels, and the rounding error of the sum decides.
fn nearest(picture: &Picture, width: usize, height: usize) -> Picture {
    let places = |from: usize, to: usize| {
        let step = from as f64 / to as f64;
        let mut at = step * 0.5;
        let place = std::iter::repeat_with(move || {
            let place = at as usize;
            at += step;
            place.min(from - 1)
        });
        place.take(to)
    };
    let n_channels = picture.channels.count();
    let columns: Vec<_> = places(picture.width, width)
        .map(|x| x * n_channels)
        .collect();
    let mut pixels = Vec::with_capacity(width * height * n_channels);
    for y in places(picture.height, height) {
        let row = &levels(picture)[y * picture.width * n_channels..];
        for x in &columns {
            pixels.extend_from_slice(&row[*x..x + n_channels]);
        }
    }
    Picture {
        width,
        height,
        channels: picture.channels,
        pixels: PicturePixels::U8(pixels),
    }
}

/// The samples of a picture that was made one of 8 bits.
fn levels(picture: &Picture) -> &[u8] {
    match &picture.pixels {
        PicturePixels::U8(levels) => levels,
        PicturePixels::U16(_) => &[],
    }
}

/// Python's `round(n / 2)`.
fn half_to_even(n: usize) -> usize {
    n / 2 + n % 2 * (n / 2 % 2)
}

impl fmt::Display for Preprocess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Preprocess {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|preset| preset.name() == name);
        let rule = || format!("be one of {}", Self::ALL.map(Self::name).join(", "));
        found.ok_or_else(|| Error::parameter("preprocess", rule(), format!("{name:?}")))
    }
}

/// The convention that a graph looks like, and by what.
pub(super) fn guess<'a>(
    input: &Input,
    producer: &str,
    names: &(impl Iterator<Item = &'a str> + Clone),
) -> (Preprocess, String) {
    let has = |part: &str| {
        names
            .clone()
            .any(|name| name.to_ascii_lowercase().contains(part))
    };
    let (preset, why) = if input.layout == Layout::ChannelsLast
        || producer.contains("keras")
        || producer.contains("tf2onnx")
    {
        of_keras(has)
    } else if has("image_embeds") || has("clip") || has("visual.") || has("vision_model") {
        (Preprocess::Clip, "names as CLIP's")
    } else if input.name == "pixel_values" && (has("/vit/") || has("vit.")) {
        (
            Preprocess::KerasTf,
            "names as those of Hugging Face's ViT, which takes −1 to 1",
        )
    } else {
        (Preprocess::Imagenet, "channels come first, as in PyTorch")
    };
    (preset, why.to_owned())
}

fn of_keras(has: impl Fn(&str) -> bool) -> (Preprocess, &'static str) {
    if has("rescaling") || has("normalization/") {
        (
            Preprocess::None,
            "a Keras model that scales its input itself",
        )
    } else if has("_concat") && has("conv2_block1") {
        (Preprocess::Imagenet, "names as those of Keras' DenseNet")
    } else if (has("block1_conv1") && !has("block1_conv1_bn"))
        || (has("conv2_block1") && !has("preact"))
    {
        (
            Preprocess::KerasCaffe,
            "names as those of Keras' VGG and ResNet",
        )
    } else {
        (Preprocess::KerasTf, "a Keras model")
    }
}
