//! Where k-means of pixels starts: greedy k-means++ on pixels drawn evenly.

use ndarray::Array2;
use rayon::prelude::*;

use super::blocks::{Columns, MemoryBlocks, PixelBlocks, PixelValue};
use crate::cluster::kmeans::init::{Spread, plus_plus};
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

/// Draws `count` of all pixels, one from each of as many equal stretches.
pub(super) fn draw<B: PixelBlocks>(
    blocks: &B,
    count: usize,
    random: Random,
    context: &Context,
) -> Result<MemoryBlocks<B::Value>> {
    let d = blocks.moments().n_features();
    let n = blocks.moments().n_pixels as usize;
    let count = count.min(n);
    let pick = |i: usize| {
        let (start, end) = (stretch(i, n, count), stretch(i + 1, n, count));
        start + random.below(i as u64, end - start)
    };
    let picks: Vec<usize> = (0..count).map(pick).collect();
    let per_block = blocks.block_pixels();
    blocks.begin_pass();
    let parts: Vec<Picked<B::Value>> = picks
        .chunk_by(|a, b| a / per_block == b / per_block)
        .collect::<Vec<_>>()
        .into_par_iter()
        .map_init(Vec::new, |buffer, picks| {
            context.check()?;
            let block = picks[0] / per_block;
            let columns = blocks.read(block, buffer)?;
            Ok(Picked::new(columns, picks, block * per_block))
        })
        .collect::<Result<_>>()?;
    let columns: Vec<Vec<B::Value>> = (0..d)
        .map(|j| {
            parts
                .iter()
                .flat_map(|part| part.columns[j].iter().copied())
                .collect()
        })
        .collect();
    let weighted = parts.first().is_some_and(|part| part.weights.is_some());
    let weights = weighted.then(|| {
        let weights = parts.iter().filter_map(|part| part.weights.as_deref());
        weights.flatten().copied().collect()
    });
    let columns: Vec<&[B::Value]> = columns.iter().map(Vec::as_slice).collect();
    MemoryBlocks::new(&columns, weights)
}

/// Where stretch `i` of `count` equal ones of `0..n` begins.
fn stretch(i: usize, n: usize, count: usize) -> usize {
    (i as u128 * n as u128 / count as u128) as usize
}

/// Pixels drawn from one block.
struct Picked<V> {
    columns: Vec<Vec<V>>,
    weights: Option<Vec<u32>>,
}

impl<V: PixelValue> Picked<V> {
    fn new(columns: Columns<'_, V>, picks: &[usize], first: usize) -> Self {
        let of_column = |j: usize| {
            let column = columns.column(j);
            picks.iter().map(|&i| column[i - first]).collect()
        };
        Self {
            columns: (0..columns.n_features()).map(of_column).collect(),
            weights: columns
                .weights
                .map(|w| picks.iter().map(|&i| w[i - first]).collect()),
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
