//! A scene cut into strips of whole rows, which are read by several threads at once.

use std::ops::Range;
use std::sync::Mutex;

use lookalike_imagery::raster::{RasterInfo, Window};
use rayon::prelude::*;

use super::order::BAND_ROWS;
use crate::Result;

/// Pixels that a strip should have: enough to be worth a task, few enough to be held by each thread.
const STRIP_PIXELS: usize = 1 << 18;
/// Pixels of each thread that are worked on at once where strips can be so small.
const PIXELS_AT_ONCE: usize = 1 << 20;
/// Strips of each thread that are worked on at once at the most.
const STRIPS_AT_ONCE: usize = 2;

/// How a scene is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Strips {
    width: usize,
    height: usize,
    rows: usize,
}

impl Strips {
    /// Strips of whole blocks of the file, so that none is decoded twice, and of whole bands where
    /// blocks are.
    pub(super) fn of(info: &RasterInfo) -> Self {
        let block = info.block.1.max(1);
        let unit = if BAND_ROWS.is_multiple_of(block) {
            BAND_ROWS
        } else {
            block
        };
        let wanted = STRIP_PIXELS / info.width;
        Self {
            width: info.width,
            height: info.height,
            rows: (wanted / unit).max(1) * unit,
        }
    }

    pub(super) fn len(self) -> usize {
        self.height.div_ceil(self.rows)
    }

    /// The rows of strip `i`.
    pub(super) fn rows(self, i: usize) -> Range<usize> {
        i * self.rows..self.height.min((i + 1) * self.rows)
    }

    /// The pixels of strip `i`.
    pub(super) fn window(self, i: usize) -> Window {
        let rows = self.rows(i);
        Window {
            x: 0,
            y: rows.start,
            width: self.width,
            height: rows.len(),
        }
    }

    /// Has all threads `work` on strip after strip, each with a buffer that serves strip after strip, and
    /// puts away what comes of them in their order, one batch while the next is worked on.
    pub(super) fn in_turn<B: Default + Send, T: Send>(
        self,
        work: impl Fn(&mut B, usize) -> Result<T> + Sync,
        mut put_away: impl FnMut(usize, T) -> Result<()> + Send,
    ) -> Result<()> {
        // Not a buffer a batch: the system would have to fetch and clear its pages each time.
        let spare = Mutex::new(Vec::new());
        let lock = || {
            spare
                .lock()
                .expect("no thread panics while it holds the lock")
        };
        let work_on = |batch: Range<usize>| -> Result<Vec<(usize, T)>> {
            batch
                .into_par_iter()
                .map(|i| {
                    let mut buffer = lock().pop().unwrap_or_default();
                    let done = work(&mut buffer, i)?;
                    lock().push(buffer);
                    Ok((i, done))
                })
                .collect()
        };
        let mut batches = self.batches();
        let mut ready = batches.next().map(work_on).transpose()?;
        while let Some(batch) = ready {
            let next = batches.next();
            let (put_away, worked) = rayon::join(
                || {
                    batch
                        .into_iter()
                        .try_for_each(|(i, done)| put_away(i, done))
                },
                || next.map(work_on).transpose(),
            );
            put_away?;
            ready = worked?;
        }
        Ok(())
    }

    /// Batches of strips that are worked on at once before their results are put together in order.
    pub(super) fn batches(self) -> impl Iterator<Item = Range<usize>> {
        let n = self.len();
        let size = self.at_once();
        (0..n)
            .step_by(size)
            .map(move |first| first..n.min(first + size))
    }

    /// Strips of a batch.
    pub(super) fn at_once(self) -> usize {
        let affordable = PIXELS_AT_ONCE / (self.width * self.rows);
        rayon::current_num_threads() * affordable.clamp(1, STRIPS_AT_ONCE)
    }

    /// Pixels of a strip at the most.
    pub(super) fn max_pixels(self) -> usize {
        self.width * self.rows.min(self.height)
    }
}
