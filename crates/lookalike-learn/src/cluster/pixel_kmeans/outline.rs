//! What is kept of each chunk, so that most of it need not be read again: extent and sums.
//!
//! Where only one centre can be nearest to what lies within the extent, the sums of the chunk are
//! that centre's.

use super::assign::{CHUNK, Chunk, Nearest};
use super::blocks::{Columns, PixelValue};
use crate::simd;

/// Sums added side by side, for each waits for the one before.
const LANES: usize = 8;

/// Extents and sums of all chunks of a block.
#[derive(Debug, Clone)]
pub(super) struct Outlines {
    n_features: usize,
    /// For each chunk the smallest value of each feature minus its origin.
    low: Vec<f32>,
    /// The largest.
    high: Vec<f32>,
    /// For each chunk the sum of each feature.
    sums: Vec<f64>,
    /// The weight of each chunk.
    weights: Vec<f64>,
}

/// Extent and sums of one chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outline<'a> {
    pub(super) low: &'a [f32],
    pub(super) high: &'a [f32],
    pub(super) sums: &'a [f64],
    pub(super) weight: f64,
}

impl Outlines {
    /// Of a block.
    pub(super) fn of<V: PixelValue>(
        nearest: &Nearest,
        columns: Columns<'_, V>,
        chunk: &mut Chunk,
    ) -> Self {
        let n_features = columns.n_features();
        let mut outlines = Self {
            n_features,
            low: Vec::new(),
            high: Vec::new(),
            sums: Vec::new(),
            weights: Vec::new(),
        };
        for start in (0..columns.n_pixels).step_by(CHUNK) {
            let len = CHUNK.min(columns.n_pixels - start);
            let weights = columns.weights.map(|w| &w[start..start + len]);
            nearest.load(columns, start, len, chunk);
            chunk.find_extent(len);
            outlines.low.extend_from_slice(&chunk.low);
            outlines.high.extend_from_slice(&chunk.high);
            for j in 0..n_features {
                let values = &columns.column(j)[start..start + len];
                outlines.sums.push(sum(values, weights));
            }
            outlines.weights.push(match weights {
                Some(weights) => weights.iter().map(|&w| f64::from(w)).sum(),
                None => len as f64,
            });
        }
        outlines
    }

    /// Chunk after chunk.
    pub(super) fn iter(&self) -> impl Iterator<Item = Outline<'_>> {
        let low = self.low.chunks_exact(self.n_features);
        let high = self.high.chunks_exact(self.n_features);
        let sums = self.sums.chunks_exact(self.n_features);
        let extents = low.zip(high).zip(sums).zip(&self.weights);
        extents.map(|(((low, high), sums), &weight)| Outline {
            low,
            high,
            sums,
            weight,
        })
    }
}

/// The sum of all values, weighted.
fn sum<V: PixelValue>(values: &[V], weights: Option<&[u32]>) -> f64 {
    match weights {
        Some(weights) => {
            let products = values.iter().zip(weights);
            products.map(|(&v, &w)| v.into() * f64::from(w)).sum()
        }
        None => simd::dispatch(
            #[inline(always)]
            || {
                let mut lanes = [0.0f64; LANES];
                let (groups, rest) = values.as_chunks::<LANES>();
                for group in groups {
                    for (lane, &value) in lanes.iter_mut().zip(group) {
                        *lane += value.into();
                    }
                }
                let rest = rest.iter().map(|&value| value.into()).sum::<f64>();
                lanes.iter().sum::<f64>() + rest
            },
        ),
    }
}
