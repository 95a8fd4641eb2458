//! Lloyd's iterations over blocks of pixels.
//!
//! Of each chunk of pixels its extent and its sums are kept from one pass to the next, and nothing of
//! each pixel. Where only one centre can be nearest, the pixels are not read again. Blocks are shared out to a fixed number of partitions; each is summed block by block by
//! one thread, and the partitions' sums are added in their order. Sums of whole numbers are exact
//! in any case.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::assign::{CHUNK, Chunk, Compared, Nearest};
use super::blocks::{Columns, PixelBlocks};
use super::outline::Outlines;
use super::relocate::{Farthest, relocate_empty_clusters};
use super::sums::{Summation, Sums};
use crate::{Context, Result};

/// No more partitions than this, and no more sums than these bytes for all of them.
const MAX_PARTITIONS: usize = 64;
const MAX_SUMS_BYTES: usize = 32 << 20;

/// The pixels and how they are compared.
pub(super) struct Problem<'a, B> {
    pub(super) blocks: &'a B,
    /// Of the features, in squared distances.
    pub(super) weights: &'a [f64],
    pub(super) context: &'a Context,
    /// Whether the context is told of each pass.
    tells: bool,
    /// Of each block, once a pass has seen it.
    outlines: Vec<OnceLock<Outlines>>,
}

/// A block that is read when it is looked at.
struct Block<'a, B: PixelBlocks> {
    blocks: &'a B,
    number: usize,
    /// Taken by reading.
    buffer: Option<&'a mut Vec<B::Value>>,
    columns: Option<Columns<'a, B::Value>>,
}

impl<'a, B: PixelBlocks> Block<'a, B> {
    fn columns(&mut self) -> Result<Columns<'a, B::Value>> {
        if let Some(buffer) = self.buffer.take() {
            self.columns = Some(self.blocks.read(self.number, buffer)?);
        }
        Ok(self.columns.expect("a block that failed ends the pass"))
    }
}

/// What one start led to.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// k×d.
    pub(super) centers: Vec<f64>,
    /// The weight of the pixels nearest to each centre.
    pub(super) sizes: Vec<f64>,
    pub(super) inertia: f64,
    pub(super) converged: bool,
    pub(super) n_iter: usize,
}

impl<'a, B: PixelBlocks> Problem<'a, B> {
    pub(super) fn new(
        blocks: &'a B,
        weights: &'a [f64],
        context: &'a Context,
        tells: bool,
    ) -> Self {
        Self {
            blocks,
            weights,
            context,
            tells,
            outlines: (0..blocks.n_blocks()).map(|_| OnceLock::new()).collect(),
        }
    }

    /// Iterates from `centers` until they move by no more than `tol` (sum of squares), or for
    /// `max_iter` passes.
    pub(super) fn iterate(&self, mut centers: Vec<f64>, max_iter: usize, tol: f64) -> Result<Run> {
        let mut n_iter = 0;
        let (sums, converged) = loop {
            let sums = self.pass(&self.nearest(&centers))?;
            if n_iter == max_iter {
                break (sums, false);
            }
            n_iter += 1;
            if self.tells {
                let inertia = self.inertia(&centers, &sums);
                self.context
                    .report("k-means", n_iter, max_iter, Some(inertia));
            }
            let moved = self.moved(&centers, sums.clone())?;
            let shift = self.shift(&centers, &moved);
            centers = moved;
            if shift == 0.0 {
                break (sums, true);
            }
            if shift <= tol {
                break (self.pass(&self.nearest(&centers))?, true);
            }
        };
        Ok(Run {
            inertia: self.inertia(&centers, &sums),
            sizes: sums.weights,
            centers,
            converged,
            n_iter,
        })
    }

    fn nearest(&self, centers: &[f64]) -> Nearest {
        Nearest::new(centers, self.weights, self.blocks.moments())
    }

    /// The means of the clusters; a cluster that stays empty stays where it is.
    fn moved(&self, centers: &[f64], mut sums: Sums) -> Result<Vec<f64>> {
        let n_empty = sums.weights.iter().filter(|&&w| w == 0.0).count();
        if n_empty > 0 {
            let farthest = self.farthest(&self.nearest(centers), n_empty)?;
            relocate_empty_clusters(&mut sums, farthest);
        }
        let d = self.weights.len();
        let clusters = centers.chunks_exact(d).zip(sums.values.chunks_exact(d));
        let moved = clusters.zip(&sums.weights).flat_map(|((old, sum), &w)| {
            let mean = move |(&old, &sum): (&f64, &f64)| if w > 0.0 { sum / w } else { old };
            old.iter().zip(sum).map(mean)
        });
        Ok(moved.collect())
    }

    fn shift(&self, from: &[f64], to: &[f64]) -> f64 {
        let weights = self.weights.iter().cycle();
        let moves = from.iter().zip(to).zip(weights);
        moves.map(|((a, b), w)| w * (a - b).powi(2)).sum()
    }

    /// Σ w(x² − 2c·x + c²) over all pixels.
    fn inertia(&self, centers: &[f64], sums: &Sums) -> f64 {
        let d = self.weights.len();
        let squares = &self.blocks.moments().squares;
        let mut inertia: f64 = squares.iter().zip(self.weights).map(|(s, w)| s * w).sum();
        let clusters = centers.chunks_exact(d).zip(sums.values.chunks_exact(d));
        for ((center, sum), size) in clusters.zip(&sums.weights) {
            for ((c, s), w) in center.iter().zip(sum).zip(self.weights) {
                inertia += w * c * (c * size - 2.0 * s);
            }
        }
        inertia.max(0.0)
    }

    /// One pass over all pixels: the sums of those nearest to each centre.
    fn pass(&self, nearest: &Nearest) -> Result<Sums> {
        let (k, d) = (nearest.n_clusters(), nearest.n_features());
        let reach = nearest.reach(self.blocks.moments());
        let parts = self.partitions(k, |block, summation: &mut Option<Summation>, chunk| {
            let summation = summation
                .get_or_insert_with(|| Summation::new::<B::Value>(k, &nearest.origin, reach));
            let outlines = self.outlines(nearest, block, chunk)?;
            for (c, outline) in outlines.iter().enumerate() {
                nearest.filter(outline.low, outline.high, &mut chunk.candidates);
                if let [only] = chunk.candidates.centers[..] {
                    summation.add_chunk(only as usize, outline);
                    continue;
                }
                let columns = block.columns()?;
                let start = c * CHUNK;
                let len = CHUNK.min(columns.n_pixels - start);
                nearest.load(columns, start, len, chunk);
                nearest.compare(columns, start, len, chunk);
                summation.add(columns, start, len, chunk);
            }
            Ok(())
        })?;
        let mut sums = Sums::zero(k, d);
        for part in parts.into_iter().flatten() {
            sums.add(&part.finish());
        }
        Ok(sums)
    }

    fn outlines(
        &self,
        nearest: &Nearest,
        block: &mut Block<'_, B>,
        chunk: &mut Chunk,
    ) -> Result<&Outlines> {
        let kept = &self.outlines[block.number];
        if let Some(outlines) = kept.get() {
            return Ok(outlines);
        }
        let columns = block.columns()?;
        Ok(kept.get_or_init(|| Outlines::of(nearest, columns, chunk)))
    }

    /// The `count` pixels that are farthest from their centres.
    fn farthest(&self, nearest: &Nearest, count: usize) -> Result<Farthest> {
        let k = nearest.n_clusters();
        let parts = self.partitions(k, |block, farthest: &mut Option<Farthest>, chunk| {
            let columns = block.columns()?;
            let farthest = farthest.get_or_insert_with(|| Farthest::new(count));
            for start in (0..columns.n_pixels).step_by(CHUNK) {
                let len = CHUNK.min(columns.n_pixels - start);
                nearest.assign(columns, start, len, Compared::MayBeNearest, chunk);
                for i in start..start + len {
                    let label = chunk.labels[i - start] as usize;
                    farthest.offer(nearest.distance_to(columns, i, label), label, columns, i);
                }
            }
            Ok(())
        })?;
        let mut all = Farthest::new(count);
        for part in parts.into_iter().flatten() {
            all.merge(part);
        }
        Ok(all)
    }

    /// Shares the blocks out to partitions, each with a state that `work` brings along from block to
    /// block.
    fn partitions<T: Send>(
        &self,
        k: usize,
        work: impl Fn(&mut Block<'_, B>, &mut Option<T>, &mut Chunk) -> Result<()> + Sync,
    ) -> Result<Vec<Option<T>>> {
        let d = self.weights.len();
        let n_blocks = self.blocks.n_blocks();
        let affordable = (MAX_SUMS_BYTES / (8 * k * d)).clamp(1, MAX_PARTITIONS);
        let n_parts = n_blocks.min(affordable);
        self.blocks.begin_pass();
        let states = (0..n_parts)
            .into_par_iter()
            .map_init(
                || (Chunk::new(d), Vec::new()),
                |(chunk, buffer), part| {
                    let mut state = None;
                    for number in part * n_blocks / n_parts..(part + 1) * n_blocks / n_parts {
                        self.context.check()?;
                        let mut block = Block {
                            blocks: self.blocks,
                            number,
                            buffer: Some(&mut *buffer),
                            columns: None,
                        };
                        work(&mut block, &mut state, chunk)?;
                    }
                    Ok(state)
                },
            )
            .collect::<Result<_>>()?;
        self.blocks.end_pass();
        Ok(states)
    }
}
