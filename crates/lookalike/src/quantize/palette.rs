//! The colours that stand for all others.

use lookalike_learn::Context;
use std::cmp::Reverse;

use lookalike_learn::pixel_kmeans::{MemoryBlocks, PixelBlocks, PixelClassifier, PixelKMeans};
use ndarray::Array2;
use rayon::prelude::*;

use super::colors::{Colors, Lookup};
use super::pixels::{BLOCK, Color, Pixels, TRANSPARENT};
use super::space::{ColorSpace, N_FEATURES};
use super::tally::Tally;
use super::{MAX_ITER, Quantize};
use crate::{Error, ErrorKind, Result};

/// A palette, and which of its colours stands for each distinct colour of the picture.
#[derive(Debug)]
pub(super) struct Palette {
    pub(super) colors: Vec<Color>,
    pub(super) labels: Vec<u16>,
}

impl Palette {
    /// The most frequent colour first.
    pub(super) fn choose(colors: &Colors, recipe: &Quantize, context: &Context) -> Result<Self> {
        if colors.len() <= recipe.n_colors {
            let labels = (0..colors.len()).map(|i| i as u16).collect();
            return Ok(Self::by_frequency(&colors.colors, labels, colors));
        }
        // Transparent pixels stay transparent.
        let n_transparent = usize::from(colors.has_transparent());
        let n_visible = recipe.n_colors - n_transparent;
        if n_visible == 0 {
            let message = format!(
                "n_colors must be at least 2 for a picture with transparent pixels, got {}",
                recipe.n_colors
            );
            return Err(Error::new(ErrorKind::InvalidParameter, message));
        }
        let blocks = samples(colors, recipe.space)?;
        let weights = &recipe.space.weights()[..blocks.moments().n_features()];
        let model = PixelKMeans::new(n_visible)
            .n_init(recipe.n_init)
            .seed(recipe.seed)
            .max_iter(MAX_ITER)
            .feature_weights(weights.to_vec())
            .fit_with(&blocks, context)?;
        let centers = model.centers().rows();
        let mut palette: Vec<Color> = centers
            .into_iter()
            .map(|center| recipe.space.color(&center.to_vec()))
            .collect();
        palette.sort_unstable();
        palette.dedup();
        // Nearest to what is shown, not to the centres before they were rounded.
        let mut labels = nearest(&blocks, &palette, recipe.space)?;
        if n_transparent == 1 {
            labels.insert(0, palette.len() as u16);
            palette.push(TRANSPARENT);
        }
        Ok(Self::by_frequency(&palette, labels, colors))
    }

    /// The index in the palette of each pixel.
    pub(super) fn apply(
        &self,
        pixels: &Pixels<'_>,
        colors: &Colors,
        context: &Context,
    ) -> Result<(Vec<u16>, Tally)> {
        let mut tally = Tally::new(&self.colors);
        for ((&color, &count), &label) in colors.colors.iter().zip(&colors.counts).zip(&self.labels)
        {
            tally.add(color, label, count.into());
        }
        let lookup = Lookup::new(colors, &self.labels);
        let mut indices = vec![0; pixels.len()];
        indices
            .par_chunks_mut(BLOCK)
            .enumerate()
            .try_for_each_init(Vec::new, |buffer, (block, indices)| {
                context.check()?;
                let start = block * BLOCK;
                pixels.unpack(start..start + indices.len(), buffer);
                for (index, &color) in indices.iter_mut().zip(&*buffer) {
                    *index = lookup.of(color);
                }
                Ok::<_, Error>(())
            })?;
        Ok((indices, tally))
    }

    /// Brings the colours in order and leaves out those that stand for none.
    fn by_frequency(palette: &[Color], mut labels: Vec<u16>, colors: &Colors) -> Self {
        let mut counts = vec![0u64; palette.len()];
        for (&label, &count) in labels.iter().zip(&colors.counts) {
            counts[usize::from(label)] += u64::from(count);
        }
        let mut order: Vec<usize> = (0..palette.len()).filter(|&i| counts[i] > 0).collect();
        order.sort_by_key(|&i| (Reverse(counts[i]), palette[i]));
        let mut renamed = vec![0; palette.len()];
        for (new, &old) in order.iter().enumerate() {
            renamed[old] = new as u16;
        }
        for label in &mut labels {
            *label = renamed[usize::from(*label)];
        }
        Self {
            colors: order.into_iter().map(|i| palette[i]).collect(),
            labels,
        }
    }
}

/// The visible colours. Opaque ones have no need of their fourth feature.
fn samples(colors: &Colors, space: ColorSpace) -> Result<MemoryBlocks<f32>> {
    let first = usize::from(colors.has_transparent());
    let visible = &colors.colors[first..];
    let rows: Vec<_> = visible.par_iter().map(|&c| space.features(c)).collect();
    let n_features = N_FEATURES - usize::from(colors.visible_are_opaque());
    let columns: Vec<Vec<f32>> = (0..n_features)
        .map(|j| rows.iter().map(|row| row[j]).collect())
        .collect();
    let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
    Ok(MemoryBlocks::new(
        &columns,
        Some(colors.counts[first..].to_vec()),
    )?)
}

/// The index in `palette` of the colour nearest to each of `blocks`.
fn nearest(blocks: &MemoryBlocks<f32>, palette: &[Color], space: ColorSpace) -> Result<Vec<u16>> {
    let n_features = blocks.moments().n_features();
    let features = palette.iter().map(|&color| space.features(color));
    let features: Vec<_> = features.collect();
    let centers = Array2::from_shape_fn((palette.len(), n_features), |(c, j)| {
        f64::from(features[c][j])
    });
    let weights = &space.weights()[..n_features];
    let classifier = PixelClassifier::new(&centers, weights, blocks.moments())?;
    Ok(classifier.labels(blocks)?)
}
