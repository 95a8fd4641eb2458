//! The valid pixels of a scene: in memory as many as may be, the others in a scratch file.

use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use bytemuck::{cast_slice, cast_slice_mut};
use lookalike_imagery::read_exact_at;
use lookalike_learn::pixel_kmeans::{Columns, Moments, PixelBlocks};

use super::value::SceneValue;
use crate::{Error, Result};

/// Pixels of a block; the last of a strip may have fewer.
const BLOCK_PIXELS: usize = 1 << 15;

/// The valid pixels of one strip, cut into blocks.
#[derive(Debug)]
pub(super) struct StripPixels<V> {
    /// Block after block, each feature after feature.
    values: Vec<V>,
    n_pixels: usize,
    n_features: usize,
}

impl<V: SceneValue> StripPixels<V> {
    /// `n_pixels` of `n_features`, all 0.
    pub(super) fn new(n_pixels: usize, n_features: usize) -> Self {
        Self {
            values: vec![V::zeroed(); n_pixels * n_features],
            n_pixels,
            n_features,
        }
    }

    /// Sets a feature of all pixels.
    pub(super) fn set(&mut self, feature: usize, column: &[V]) {
        let blocks = self.values.chunks_mut(BLOCK_PIXELS * self.n_features);
        for (block, column) in blocks.zip(column.chunks(BLOCK_PIXELS)) {
            block[feature * column.len()..][..column.len()].copy_from_slice(column);
        }
    }

    pub(super) fn moments(&self) -> Moments {
        let mut moments = Moments::new(self.n_features);
        for values in self.values.chunks(BLOCK_PIXELS * self.n_features) {
            moments.add(&Moments::of(Columns {
                values,
                n_pixels: values.len() / self.n_features,
                weights: None,
            }));
        }
        moments
    }
}

/// Where the pixels of a strip are kept.
#[derive(Debug)]
enum Kept<V> {
    Memory(Vec<V>),
    /// From this byte of the scratch file on.
    File(u64),
}

/// A file without a name, which goes with the store.
#[derive(Debug)]
struct Scratch {
    file: File,
    length: u64,
}

/// Some pixels of a strip.
#[derive(Debug)]
struct Block {
    strip: usize,
    /// The pixels of the strip.
    within: Range<usize>,
    /// How many pixels of the scene come before.
    start: usize,
}

/// All valid pixels of a scene, strip by strip from its top, in blocks that are read again and again.
#[derive(Debug)]
pub(super) struct PixelStore<V> {
    strips: Vec<Kept<V>>,
    blocks: Vec<Block>,
    moments: Moments,
    /// Bytes of memory that may still be taken.
    room: u64,
    /// Where the scratch file goes.
    folder: PathBuf,
    scratch: Option<Scratch>,
    passes: Mutex<Passes>,
}

/// When passes over all pixels were.
#[derive(Debug, Default)]
struct Passes {
    begun: Option<Instant>,
    seconds: Vec<f64>,
}

impl<V: SceneValue> PixelStore<V> {
    /// Keeps pixels of `n_features`: up to so many bytes of them in memory, and what is more in a
    /// scratch file in `folder`.
    pub(super) fn new(n_features: usize, bytes: u64, folder: &Path) -> Self {
        Self {
            strips: Vec::new(),
            blocks: Vec::new(),
            moments: Moments::new(n_features),
            room: bytes,
            folder: folder.to_owned(),
            scratch: None,
            passes: Mutex::default(),
        }
    }

    /// Adds the pixels of the next strip, which have these moments.
    pub(super) fn push(&mut self, pixels: StripPixels<V>, moments: &Moments) -> Result<()> {
        let strip = self.strips.len();
        for first in (0..pixels.n_pixels).step_by(BLOCK_PIXELS) {
            self.blocks.push(Block {
                strip,
                within: first..pixels.n_pixels.min(first + BLOCK_PIXELS),
                start: self.n_pixels() + first,
            });
        }
        self.moments.add(moments);
        let bytes: &[u8] = cast_slice(&pixels.values);
        let n_bytes = bytes.len() as u64;
        let kept = if let Some(room) = self.room.checked_sub(n_bytes) {
            self.room = room;
            Kept::Memory(pixels.values)
        } else {
            Kept::File(self.write(bytes)?)
        };
        self.strips.push(kept);
        Ok(())
    }

    /// Writes to the scratch file, and returns from where on.
    fn write(&mut self, bytes: &[u8]) -> Result<u64> {
        let refused = |e| Error::io("write a scratch file to", &self.folder, e);
        let scratch = match &mut self.scratch {
            Some(scratch) => scratch,
            none => none.insert(Scratch {
                file: tempfile::tempfile_in(&self.folder).map_err(refused)?,
                length: 0,
            }),
        };
        scratch.file.write_all(bytes).map_err(refused)?;
        let start = scratch.length;
        scratch.length += bytes.len() as u64;
        Ok(start)
    }

    pub(super) fn n_pixels(&self) -> usize {
        self.moments.n_pixels as usize
    }

    /// Whether some of the pixels are in a scratch file.
    pub(super) fn is_in_file(&self) -> bool {
        self.scratch.is_some()
    }

    /// The blocks of a strip.
    pub(super) fn blocks_of(&self, strip: usize) -> Range<usize> {
        let first_of = |strip| self.blocks.partition_point(|block| block.strip < strip);
        first_of(strip)..first_of(strip + 1)
    }

    /// Seconds of each pass since this was asked last.
    pub(super) fn passes(&self) -> Vec<f64> {
        let passes = self.passes.lock();
        passes.map_or_else(
            |_| Vec::new(),
            |mut passes| std::mem::take(&mut passes.seconds),
        )
    }
}

impl<V: SceneValue> PixelBlocks for PixelStore<V> {
    type Value = V;

    fn n_blocks(&self) -> usize {
        self.blocks.len()
    }

    fn start(&self, block: usize) -> usize {
        self.blocks.get(block).map_or(self.n_pixels(), |b| b.start)
    }

    fn moments(&self) -> &Moments {
        &self.moments
    }

    fn read<'a>(
        &'a self,
        block: usize,
        buffer: &'a mut Vec<V>,
    ) -> lookalike_learn::Result<Columns<'a, V>> {
        let d = self.moments.n_features();
        let Block { strip, within, .. } = &self.blocks[block];
        let range = within.start * d..within.end * d;
        let values = match (&self.strips[*strip], &self.scratch) {
            (Kept::Memory(values), _) => &values[range],
            (Kept::File(start), scratch) => {
                buffer.resize(range.len(), V::zeroed());
                let offset = start + (range.start * size_of::<V>()) as u64;
                let file = scratch.as_ref().map(|scratch| &scratch.file);
                let file = file.expect("pixels in a file have a file");
                read_exact_at(file, cast_slice_mut(buffer), offset).map_err(|e| {
                    let folder = self.folder.display();
                    let message = format!("cannot read the scratch file in {folder}: {e}");
                    lookalike_learn::Error::unreadable(message)
                })?;
                &buffer[..]
            }
        };
        Ok(Columns {
            values,
            n_pixels: within.len(),
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

    const STRIPS: [usize; 5] = [0, 1, 40_000, 5, 70_000];

    fn filled(bytes: u64, folder: &Path) -> PixelStore<u16> {
        let value = |i: usize, j: usize| (i * 7 + j) as u16;
        let mut store = PixelStore::new(2, bytes, folder);
        let mut first = 0;
        for n in STRIPS {
            let mut pixels = StripPixels::new(n, 2);
            for j in 0..2 {
                let column: Vec<u16> = (first..first + n).map(|i| value(i, j)).collect();
                pixels.set(j, &column);
            }
            let moments = pixels.moments();
            store.push(pixels, &moments).unwrap();
            first += n;
        }
        store
    }

    #[test]
    fn memory_and_file_hold_the_same_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let memory = filled(u64::MAX, folder.path());
        let file = filled(0, folder.path());
        let both = filled(200_000, folder.path());
        assert!(file.is_in_file() && both.is_in_file() && !memory.is_in_file());
        let n_pixels: usize = STRIPS.iter().sum();
        for store in [&memory, &file, &both] {
            assert_eq!(store.moments(), memory.moments());
            assert_eq!(store.n_pixels(), n_pixels);
            assert_eq!(store.start(store.n_blocks()), n_pixels);
            let mut buffer = Vec::new();
            let mut i = 0;
            for (strip, n) in STRIPS.into_iter().enumerate() {
                let end = i + n;
                for block in store.blocks_of(strip) {
                    assert_eq!(store.start(block), i);
                    let columns = store.read(block, &mut buffer).unwrap();
                    for (x, y) in columns.column(0).iter().zip(columns.column(1)) {
                        assert_eq!((*x, *y), ((i * 7) as u16, (i * 7 + 1) as u16));
                        i += 1;
                    }
                }
                assert_eq!(i, end);
            }
        }
        assert!(memory.moments().min[1].abs() < 1e-12);
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            0,
            "the file has no name"
        );
    }

    #[test]
    fn passes_are_timed() {
        let store = PixelStore::<u16>::new(2, 0, Path::new(""));
        for _ in 0..2 {
            store.begin_pass();
            store.end_pass();
        }
        store.begin_pass();
        assert_eq!(store.passes().len(), 2);
        assert!(store.passes().is_empty());
    }
}
