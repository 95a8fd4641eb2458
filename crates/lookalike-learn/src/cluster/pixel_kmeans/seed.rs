//! Where k-means of pixels starts: greedy k-means++ on pixels drawn evenly.

use ndarray::Array2;
use rayon::prelude::*;

use super::blocks::{Columns, MemoryBlocks, PixelBlocks, PixelValue};
use crate::cluster::kmeans::init::plus_plus;
use crate::cluster::kmeans::spread::Spread;
use crate::input::Samples;
use crate::random::Random;
use crate::{Context, Result};

/// The stream of random numbers that draws samples for others.
const SAMPLE_STREAM: u64 = u64::MAX - 2;

/// Draws `count` of all pixels (all, where there are fewer), one from each of as many equal
/// stretches, with the random numbers of `seed`.
///
/// # Errors
/// When there are no pixels, `count` is 0, cancelled, or a block cannot be read.
pub fn sample<B: PixelBlocks>(
    blocks: &B,
    count: usize,
    seed: u64,
    context: &Context,
) -> Result<MemoryBlocks<B::Value>> {
    context.run(|| draw(blocks, count, Random::new(seed, SAMPLE_STREAM), context))
}

/// Draws `count` of all pixels, one from each of as many equal stretches. A pixel that counts many
/// times is as many pixels, and counts as often as it is drawn.
pub(super) fn draw<B: PixelBlocks>(
    blocks: &B,
    count: usize,
    random: Random,
    context: &Context,
) -> Result<MemoryBlocks<B::Value>> {
    let d = blocks.moments().n_features();
    let total = blocks.moments().weight as u64;
    let count = (count as u64).min(total);
    let pick = |i: u64| {
        let stretch = |i: u64| (u128::from(i) * u128::from(total) / u128::from(count)) as u64;
        stretch(i) + random.below(i, (stretch(i + 1) - stretch(i)) as usize) as u64
    };
    let starts = starts(blocks, context)?;
    blocks.begin_pass();
    let parts: Vec<Picked<B::Value>> = (0..blocks.n_blocks())
        .into_par_iter()
        .map_init(Vec::new, |buffer, block| {
            context.check()?;
            // The stretches that may have their pick in this block.
            let stretch_of =
                |place: u64| (u128::from(place) * u128::from(count) / u128::from(total)) as u64;
            let (first, last) = (stretch_of(starts[block]), stretch_of(starts[block + 1]));
            let within = starts[block]..starts[block + 1];
            let picks: Vec<u64> = (first.saturating_sub(1)..count.min(last + 2))
                .map(pick)
                .filter(|place| within.contains(place))
                .map(|place| place - within.start)
                .collect();
            if picks.is_empty() {
                return Ok(Picked::none(d));
            }
            Ok(Picked::new(blocks.read(block, buffer)?, &picks))
        })
        .collect::<Result<_>>()?;
    blocks.end_pass();
    let columns: Vec<Vec<B::Value>> = (0..d)
        .map(|j| {
            parts
                .iter()
                .flat_map(|part| part.columns[j].iter().copied())
                .collect()
        })
        .collect();
    let weighted = parts.iter().any(|part| part.weights.is_some());
    let weights = weighted.then(|| {
        let weights = parts.iter().filter_map(|part| part.weights.as_deref());
        weights.flatten().copied().collect()
    });
    let columns: Vec<&[B::Value]> = columns.iter().map(Vec::as_slice).collect();
    MemoryBlocks::new(&columns, weights)
}

/// How many pixels, counted by their weights, come before each block and before the end.
fn starts<B: PixelBlocks>(blocks: &B, context: &Context) -> Result<Vec<u64>> {
    let n_blocks = blocks.n_blocks();
    let n_pixels = blocks.moments().n_pixels;
    let mut starts: Vec<u64> = (0..=n_blocks)
        .map(|block| blocks.start(block) as u64)
        .collect();
    if blocks.moments().weight > n_pixels as f64 {
        let (mut start, mut buffer) = (0, Vec::new());
        for block in 0..n_blocks {
            context.check()?;
            starts[block] = start;
            let weights = blocks.read(block, &mut buffer)?.weights.unwrap_or_default();
            start += weights.iter().map(|&w| u64::from(w)).sum::<u64>();
        }
        starts[n_blocks] = start;
    }
    Ok(starts)
}

/// Pixels drawn from one block.
struct Picked<V> {
    columns: Vec<Vec<V>>,
    weights: Option<Vec<u32>>,
}

impl<V: PixelValue> Picked<V> {
    fn none(n_features: usize) -> Self {
        Self {
            columns: vec![Vec::new(); n_features],
            weights: None,
        }
    }

    /// The pixels at these places, counted by their weights, in ascending order.
    fn new(columns: Columns<'_, V>, places: &[u64]) -> Self {
        let (pixels, weights): (Vec<usize>, Option<Vec<u32>>) = match columns.weights {
            None => (places.iter().map(|&place| place as usize).collect(), None),
            Some(of_pixels) => {
                let mut ends = of_pixels.iter().scan(0, |end, &w| {
                    *end += u64::from(w);
                    Some(*end)
                });
                let (mut pixel, mut end) = (0, ends.next().unwrap_or(0));
                let mut pixels = Vec::with_capacity(places.len());
                for &place in places {
                    while place >= end {
                        pixel += 1;
                        end = ends.next().unwrap_or(u64::MAX);
                    }
                    pixels.push(pixel);
                }
                let drawn = pixels.chunk_by(|a, b| a == b);
                let (pixels, weights) = drawn.map(|same| (same[0], same.len() as u32)).unzip();
                (pixels, Some(weights))
            }
        };
        let of_column = |j: usize| {
            let column = columns.column(j);
            pixels.iter().map(|&i| column[i]).collect()
        };
        Self {
            columns: (0..columns.n_features()).map(of_column).collect(),
            weights,
        }
    }
}

/// Rows for k-means++: centred, and scaled so that plain distances are those that count.
pub(super) struct Rows {
    rows: Array2<f32>,
    weights: Vec<f64>,
    mean: Vec<f64>,
    scale: Vec<f64>,
}

impl Rows {
    /// The rows of all pixels of `blocks`, whose features have these weights in squared distances.
    pub(super) fn of<B: PixelBlocks>(blocks: &B, feature_weights: &[f64]) -> Result<Self> {
        let moments = blocks.moments();
        let d = moments.n_features();
        let mean: Vec<f64> = (0..d).map(|j| moments.mean(j)).collect();
        let scale: Vec<f64> = feature_weights.iter().map(|w| w.sqrt()).collect();
        let mut rows = Vec::with_capacity(moments.n_pixels as usize * d);
        let mut weights = Vec::with_capacity(moments.n_pixels as usize);
        let mut buffer = Vec::new();
        for block in 0..blocks.n_blocks() {
            let columns = blocks.read(block, &mut buffer)?;
            for i in 0..columns.n_pixels {
                for j in 0..d {
                    let value: f64 = columns.column(j)[i].into();
                    rows.push(((value - mean[j]) * scale[j]) as f32);
                }
                weights.push(columns.weights.map_or(1.0, |w| f64::from(w[i])));
            }
        }
        let shape = (weights.len(), d);
        Ok(Self {
            rows: Array2::from_shape_vec(shape, rows).expect("a row a pixel"),
            weights,
            mean,
            scale,
        })
    }

    /// The k×d centres of one start.
    pub(super) fn centers(&self, k: usize, random: Random, context: &Context) -> Result<Vec<f64>> {
        let samples = Samples::new(&self.rows)?;
        let spread = Spread::of(&samples);
        let chosen = plus_plus(&samples, &self.weights, &spread, k, random, context)?;
        let center = |i: usize| {
            let row = samples.row(i).iter().zip(self.mean.iter().zip(&self.scale));
            // A feature that does not count says nothing of where it is.
            let unscaled = row.map(|(&v, (&mean, &scale))| {
                if scale > 0.0 {
                    f64::from(v) / scale + mean
                } else {
                    mean
                }
            });
            unscaled.collect::<Vec<f64>>()
        };
        Ok(chosen.into_iter().flat_map(center).collect())
    }
}
