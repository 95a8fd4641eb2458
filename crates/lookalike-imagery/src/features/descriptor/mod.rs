//! What a picture looks like, without a network and its weights.

mod colors;
mod gradients;
mod layout;
mod oklab;

use std::borrow::Cow;

use ndarray::{ArrayView1, ArrayViewMut2};

use self::oklab::Oklab;
use super::Features;
use crate::Result;
use crate::picture::{Filter, Picture, resize};

/// A picture of longer sides is resized until its longer one has this many pixels.
const WORKING_SIDE: usize = 128;

/// How much each part counts. The first two are unit vectors: a weight is then the length of the part.
const GRADIENTS_WEIGHT: f32 = 1.0;
const COLORS_WEIGHT: f32 = 0.5;
const LAYOUT_WEIGHT: f32 = 0.5;

/// A description of a photo or drawing of any size by what is seen in it at a glance.
///
/// Three parts stand one after the other, all taken in the perceptual space Oklab, of the picture brought to
/// 128 pixels on its longer side where it has more:
///
/// * **gradients**, 6×6 cells of 12 orientations: how strongly lightness rises in which direction where
///   (histograms of oriented gradients of Dalal and Triggs 2005, with signed orientations and a cell
///   normalised by its neighbourhoods as in Felzenszwalb et al. 2010). A unit vector, weight 1;
/// * **colours**, 6×7×7 bins of lightness, green–red and blue–yellow: the square roots of the shares of
///   pixels, so that distances are Hellinger's. A unit vector, weight 0.5;
/// * **layout**, the picture as 4×4 pixels, in which differences of colour count four times those of
///   lightness. Weight 0.5.
///
/// Votes are shared between neighbouring bins, so that small changes of a picture change little. A constant
/// picture has no gradients; a grey one lies on the grey axis of the colours. Distances are Euclidean.
///
/// Cells, bins and weights were chosen by the clusters and neighbours that they gave on 2000 pictures of
/// CIFAR-10 and 3000 digits of MNIST: see `docs/BENCHMARKS.md`. Nothing is fitted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Descriptor;

impl Descriptor {
    fn row(picture: &Picture) -> Result<Vec<f32>> {
        let rgb = working_copy(picture)?.to_rgb8();
        let colors: Vec<Oklab> = oklab::of_rgb8(&rgb);
        let parts = [
            (
                GRADIENTS_WEIGHT,
                gradients::histograms(&colors, rgb.width, rgb.height),
            ),
            (COLORS_WEIGHT, colors::histogram(&colors)),
            (LAYOUT_WEIGHT, layout::tiny_picture(&rgb)?),
        ];
        Ok(parts
            .iter()
            .flat_map(|(weight, part)| part.iter().map(move |value| weight * value))
            .collect())
    }
}

impl Features for Descriptor {
    fn n_features(&self) -> usize {
        gradients::N_FEATURES + colors::N_FEATURES + layout::N_FEATURES
    }

    fn settings(&self) -> String {
        format!(
            "descriptor 1: side {WORKING_SIDE}, {} gradients × {GRADIENTS_WEIGHT}, \
             {} colors × {COLORS_WEIGHT}, {} layout × {LAYOUT_WEIGHT}",
            gradients::N_FEATURES,
            colors::N_FEATURES,
            layout::N_FEATURES
        )
    }

    fn extract(&self, pictures: &[Picture], mut rows: ArrayViewMut2<'_, f32>) -> Result<()> {
        assert_eq!(rows.dim(), (pictures.len(), self.n_features()));
        for (picture, mut row) in pictures.iter().zip(rows.rows_mut()) {
            row.assign(&ArrayView1::from(&Self::row(picture)?));
        }
        Ok(())
    }
}

fn working_copy(picture: &Picture) -> Result<Cow<'_, Picture>> {
    let longer = picture.width.max(picture.height);
    if longer <= WORKING_SIDE {
        return Ok(Cow::Borrowed(picture));
    }
    let brought = |side: usize| ((2 * side * WORKING_SIDE + longer) / (2 * longer)).max(1);
    let (width, height) = (brought(picture.width), brought(picture.height));
    resize(picture, width, height, Filter::Bilinear).map(Cow::Owned)
}

#[cfg(test)]
mod tests;
