//! The valid pixels of a scene, in memory or in a scratch file.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use bytemuck::{cast_slice, cast_slice_mut};
use lookalike_imagery::read_exact_at;
use lookalike_learn::pixel_kmeans::{Columns, Moments, PixelBlocks};
use rayon::prelude::*;

use super::value::SceneValue;
use crate::{Error, Result};

/// Pixels of a block; the last block may have fewer.
const BLOCK_PIXELS: usize = 1 << 15;

/// Where pixels are kept.
#[derive(Debug)]
enum Keeping<V> {
    Memory(Vec<V>),
    File { file: File, folder: PathBuf },
}

/// All valid pixels of a scene, row by row from its top, in blocks that are read again and again.
#[derive(Debug)]
pub(super) struct PixelStore<V> {
    keeping: Keeping<V>,
    moments: Moments,
    passes: Mutex<Passes>,
}

/// When passes over all pixels were.
#[derive(Debug, Default)]
struct Passes {
    begun: Option<Instant>,
    seconds: Vec<f64>,
}

/// A store in the making.
#[derive(Debug)]
pub(super) struct StoreBuilder<V> {
    keeping: Keeping<V>,
    moments: Moments,
    /// The pixels of the block that is not full yet, feature by feature.
    tail: Vec<Vec<V>>,
    /// Full blocks that are not counted in yet.
    full: Vec<V>,
}

impl<V: SceneValue> StoreBuilder<V> {
    /// Keeps pixels of `n_features` in memory, about `n_pixels` of them.
    pub(super) fn in_memory(n_features: usize, n_pixels: usize) -> Self {
        let whole_blocks = n_pixels.next_multiple_of(BLOCK_PIXELS);
        Self::new(
            n_features,
            Keeping::Memory(Vec::with_capacity(whole_blocks * n_features)),
        )
    }

    /// Keeps pixels of `n_features` in a file without a name in `folder`, which goes with the store.
    pub(super) fn in_file(n_features: usize, folder: &Path) -> Result<Self> {
        let file = tempfile::tempfile_in(folder)
            .map_err(|e| Error::io("write a scratch file to", folder, e))?;
        let folder = folder.to_owned();
        Ok(Self::new(n_features, Keeping::File { file, folder }))
    }

    fn new(n_features: usize, keeping: Keeping<V>) -> Self {
        Self {
            keeping,
            moments: Moments::new(n_features),
            tail: vec![Vec::with_capacity(BLOCK_PIXELS); n_features],
            full: Vec::new(),
        }
    }

    /// Adds pixels, feature by feature.
    pub(super) fn push(&mut self, columns: &[Vec<V>]) {
        let n_pixels = columns[0].len();
        let mut done = 0;
        while done < n_pixels {
            let take = (BLOCK_PIXELS - self.tail[0].len()).min(n_pixels - done);
            for (tail, column) in self.tail.iter_mut().zip(columns) {
                tail.extend_from_slice(&column[done..done + take]);
            }
            done += take;
            if self.tail[0].len() == BLOCK_PIXELS {
                self.empty_tail();
            }
        }
    }

    fn empty_tail(&mut self) {
        for tail in &mut self.tail {
            self.full.append(tail);
        }
    }

    /// Counts in and puts away the blocks that have become full.
    pub(super) fn settle(&mut self) -> Result<()> {
        let d = self.tail.len();
        let block = |values| Columns {
            values,
            n_pixels: BLOCK_PIXELS,
            weights: None,
        };
        let moments: Vec<Moments> = self
            .full
            .par_chunks_exact(BLOCK_PIXELS * d)
            .map(|values| Moments::of(block(values)))
            .collect();
        self.put_away(&moments)
    }

    fn put_away(&mut self, moments: &[Moments]) -> Result<()> {
        for block in moments {
            self.moments.add(block);
        }
        match &mut self.keeping {
            Keeping::Memory(values) => values.append(&mut self.full),
            Keeping::File { file, folder } => {
                file.write_all(cast_slice(&self.full))
                    .map_err(|e| Error::io("write a scratch file to", folder, e))?;
                self.full.clear();
            }
        }
        Ok(())
    }

    /// All pixels that were added.
    pub(super) fn finish(mut self) -> Result<PixelStore<V>> {
        self.settle()?;
        let n_pixels = self.tail[0].len();
        if n_pixels > 0 {
            self.empty_tail();
            let last = Moments::of(Columns {
                values: &self.full,
                n_pixels,
                weights: None,
            });
            self.put_away(&[last])?;
        }
        Ok(PixelStore {
            keeping: self.keeping,
            moments: self.moments,
            passes: Mutex::default(),
        })
    }
}

impl<V: SceneValue> PixelStore<V> {
    pub(super) fn n_pixels(&self) -> usize {
        self.moments.n_pixels as usize
    }

    /// Whether the pixels are in a scratch file.
    pub(super) fn is_in_file(&self) -> bool {
        matches!(self.keeping, Keeping::File { .. })
    }

    /// Seconds of each pass since this was asked last.
    pub(super) fn passes(&self) -> Vec<f64> {
        let passes = self.passes.lock();
        passes.map_or_else(
            |_| Vec::new(),
            |mut passes| std::mem::take(&mut passes.seconds),
        )
    }

    fn block_range(&self, block: usize) -> std::ops::Range<usize> {
        let d = self.moments.n_features();
        let end = self.n_pixels().min((block + 1) * BLOCK_PIXELS);
        block * BLOCK_PIXELS * d..end * d
    }
}

impl<V: SceneValue> PixelBlocks for PixelStore<V> {
    type Value = V;

    fn block_pixels(&self) -> usize {
        BLOCK_PIXELS
    }

    fn moments(&self) -> &Moments {
        &self.moments
    }

    fn read<'a>(
        &'a self,
        block: usize,
        buffer: &'a mut Vec<V>,
    ) -> lookalike_learn::Result<Columns<'a, V>> {
        let range = self.block_range(block);
        let n_pixels = range.len() / self.moments.n_features();
        let values = match &self.keeping {
            Keeping::Memory(values) => &values[range],
            Keeping::File { file, folder } => {
                buffer.resize(range.len(), V::zeroed());
                let offset = (range.start * size_of::<V>()) as u64;
                read_exact_at(file, cast_slice_mut(buffer), offset).map_err(|e| {
                    let folder = folder.display();
                    let message = format!("cannot read the scratch file in {folder}: {e}");
                    lookalike_learn::Error::unreadable(message)
                })?;
                &buffer[..]
            }
        };
        Ok(Columns {
            values,
            n_pixels,
            weights: None,
        })
    }

    fn begin_pass(&self) {
        if let Ok(mut passes) = self.passes.lock() {
            passes.begun = Some(Instant::now());
        }
    }

    fn end_pass(&self) {
        if let Ok(mut passes) = self.passes.lock()
            && let Some(begun) = passes.begun.take()
        {
            passes.seconds.push(begun.elapsed().as_secs_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(mut builder: StoreBuilder<u16>) -> PixelStore<u16> {
        let value = |i: usize, j: usize| (i * 7 + j) as u16;
        let mut first = 0;
        for n in [0, 1, 40_000, 5, 70_000] {
            let column = |j: usize| (first..first + n).map(|i| value(i, j)).collect();
            builder.push(&[column(0), column(1)]);
            builder.settle().unwrap();
            first += n;
        }
        builder.finish().unwrap()
    }

    #[test]
    fn memory_and_file_hold_the_same_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let memory = filled(StoreBuilder::in_memory(2, 1000));
        let file = filled(StoreBuilder::in_file(2, folder.path()).unwrap());
        assert!(file.is_in_file() && !memory.is_in_file());
        assert_eq!(memory.n_pixels(), 110_006);
        assert_eq!(memory.moments(), file.moments());
        assert_eq!(
            (memory.moments().min[1], memory.moments().n_pixels),
            (0.0, 110_006)
        );
        let (mut a, mut b) = (Vec::new(), Vec::new());
        let mut i = 0;
        for block in 0..memory.n_blocks() {
            let (a, b) = (
                memory.read(block, &mut a).unwrap(),
                file.read(block, &mut b).unwrap(),
            );
            assert_eq!((a.values, a.n_pixels), (b.values, b.n_pixels));
            for (x, y) in a.column(0).iter().zip(a.column(1)) {
                assert_eq!((*x, *y), ((i * 7) as u16, (i * 7 + 1) as u16));
                i += 1;
            }
        }
        assert_eq!(i, 110_006);
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            0,
            "the file has no name"
        );
    }

    #[test]
    fn passes_are_timed() {
        let store = filled(StoreBuilder::in_memory(2, 1000));
        for _ in 0..2 {
            store.begin_pass();
            store.end_pass();
        }
        store.begin_pass();
        assert_eq!(store.passes().len(), 2);
        assert!(store.passes().is_empty());
    }
}
