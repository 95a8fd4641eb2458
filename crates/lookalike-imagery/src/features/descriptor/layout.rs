//! Which colours are where, roughly.

use super::oklab;
use crate::Result;
use crate::picture::{Filter, Picture, resize};

/// Pixels a side.
const SIDE: usize = 4;
/// How much a difference of colour counts beside one of lightness: colours lie closer together.
const COLOR_WEIGHT: f32 = 4.0;
/// Between black and white.
const MIDDLE_LIGHTNESS: f32 = 0.5;
pub(super) const N_FEATURES: usize = SIDE * SIDE * 3;

/// The picture in a few pixels, row by row, middle grey at 0. A difference is the root of the mean square
/// over the pixels.
pub(super) fn tiny_picture(rgb: &Picture) -> Result<Vec<f32>> {
    let tiny = oklab::of_rgb8(&resize(rgb, SIDE, SIDE, Filter::Box)?);
    Ok(tiny
        .iter()
        .flat_map(|color| {
            [
                color.lightness - MIDDLE_LIGHTNESS,
                COLOR_WEIGHT * color.green_red,
                COLOR_WEIGHT * color.blue_yellow,
            ]
        })
        .map(|value| value / SIDE as f32)
        .collect())
}
