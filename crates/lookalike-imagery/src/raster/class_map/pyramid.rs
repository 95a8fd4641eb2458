//! The levels of a class map while its rows arrive: compressed tiles in files without names.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use rayon::prelude::*;

use super::overview::{Overviews, Sample, reduce};

/// Columns and rows of a tile.
pub(super) const TILE: usize = 512;
/// So many tiles are compressed at once at least, to keep all threads busy on narrow rasters too.
const BATCH: usize = 32;

/// One level: the map itself, or an overview.
#[derive(Debug)]
pub(super) struct Level<T> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) planes: Vec<Plane<T>>,
    rows_done: usize,
}

/// One band of a level.
#[derive(Debug)]
pub(super) struct Plane<T> {
    /// Place in the spill file and length of each tile, row by row.
    pub(super) tiles: Vec<(u64, u32)>,
    pub(super) spill: File,
    pub(super) spilled: u64,
    /// The rows that are not compressed yet.
    rows: Vec<T>,
}

/// All levels of one map, the finest first.
#[derive(Debug)]
pub(super) struct Pyramid<T> {
    pub(super) levels: Vec<Level<T>>,
    how: Overviews,
    compression: Compression,
}

impl<T: Sample> Plane<T> {
    fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            tiles: Vec::new(),
            spill: tempfile::tempfile_in(folder)?,
            spilled: 0,
            rows: Vec::new(),
        })
    }

    /// Compresses the waiting rows and appends them to the spill file.
    fn spill(&mut self, width: usize, compression: Compression) -> io::Result<()> {
        let n_across = width.div_ceil(TILE);
        let n_tiles = (self.rows.len() / width).div_ceil(TILE) * n_across;
        let compressed: Vec<Vec<u8>> = (0..n_tiles)
            .into_par_iter()
            .map_init(
                || (ZlibEncoder::new(Vec::new(), compression), Vec::new()),
                |(encoder, bytes), tile| {
                    let (x, y) = (tile % n_across * TILE, tile / n_across * TILE);
                    cut_tile(&self.rows, width, x, y, bytes);
                    encoder.write_all(bytes)?;
                    encoder.reset(Vec::new())
                },
            )
            .collect::<io::Result<_>>()?;
        let mut bytes = Vec::new();
        for tile in &compressed {
            // Around each tile what GDAL's layout "COG" has there: its length, and its end again.
            bytes.extend_from_slice(&(tile.len() as u32).to_le_bytes());
            let place = self.spilled + bytes.len() as u64;
            self.tiles.push((place, tile.len() as u32));
            bytes.extend_from_slice(tile);
            bytes.extend_from_slice(&tile[tile.len() - 4..]);
        }
        self.spilled += bytes.len() as u64;
        self.spill.write_all(&bytes)
    }
}

impl<T: Sample> Level<T> {
    fn new(width: usize, height: usize, n_planes: usize, folder: &Path) -> io::Result<Self> {
        Ok(Self {
            width,
            height,
            planes: (0..n_planes)
                .map(|_| Plane::new(folder))
                .collect::<io::Result<_>>()?,
            rows_done: 0,
        })
    }

    /// Rows that are compressed together: whole rows of tiles.
    fn batch_rows(&self) -> usize {
        BATCH.div_ceil(self.width.div_ceil(TILE)) * TILE
    }

    fn n_waiting(&self) -> usize {
        self.planes[0].rows.len() / self.width
    }

    fn is_batch_whole(&self) -> bool {
        let n_waiting = self.n_waiting();
        n_waiting == self.batch_rows() || self.rows_done + n_waiting == self.height
    }
}

impl<T: Sample> Pyramid<T> {
    pub(super) fn new(
        (width, height): (usize, usize),
        n_planes: usize,
        how: Overviews,
        compression: Compression,
        folder: &Path,
    ) -> io::Result<Self> {
        let mut levels = vec![Level::new(width, height, n_planes, folder)?];
        while let Some(last) = levels.last()
            && how != Overviews::None
            && last.width.max(last.height) > TILE
        {
            let (width, height) = (last.width.div_ceil(2), last.height.div_ceil(2));
            levels.push(Level::new(width, height, n_planes, folder)?);
        }
        Ok(Self {
            levels,
            how,
            compression,
        })
    }

    /// Rows that the finest level still lacks.
    pub(super) fn n_missing(&self) -> usize {
        let finest = &self.levels[0];
        finest.height - finest.rows_done - finest.n_waiting()
    }

    /// Adds rows to the finest level: one slice a plane, not more rows than are missing.
    pub(super) fn push(&mut self, planes: &[&[T]]) -> io::Result<()> {
        self.push_to(0, planes)
    }

    fn push_to(&mut self, level: usize, planes: &[&[T]]) -> io::Result<()> {
        let mut at = 0;
        while at < planes[0].len() {
            let target = &mut self.levels[level];
            let room = (target.batch_rows() - target.n_waiting()) * target.width;
            let end = planes[0].len().min(at + room);
            for (plane, rows) in target.planes.iter_mut().zip(planes) {
                plane.rows.extend_from_slice(&rows[at..end]);
            }
            at = end;
            if target.is_batch_whole() {
                self.spill(level)?;
            }
        }
        Ok(())
    }

    /// Compresses the rows of a whole batch and hands them to the next level.
    fn spill(&mut self, level: usize) -> io::Result<()> {
        let has_next = level + 1 < self.levels.len();
        let source = &mut self.levels[level];
        for plane in &mut source.planes {
            plane.spill(source.width, self.compression)?;
        }
        if has_next {
            let waiting: Vec<&[T]> = source.planes.iter().map(|plane| &plane.rows[..]).collect();
            let halves = reduce(&waiting, source.width, self.how);
            let halves: Vec<&[T]> = halves.iter().map(Vec::as_slice).collect();
            self.push_to(level + 1, &halves)?;
        }
        let source = &mut self.levels[level];
        source.rows_done += source.n_waiting();
        for plane in &mut source.planes {
            plane.rows.clear();
        }
        Ok(())
    }
}

/// The bytes of the tile whose upper left pixel is (x, y), filled up with 0.
fn cut_tile<T: Sample>(rows: &[T], width: usize, x: usize, y: usize, bytes: &mut Vec<u8>) {
    bytes.clear();
    let end = width.min(x + TILE);
    for row in rows.chunks_exact(width).skip(y).take(TILE) {
        T::append_bytes(&row[x..end], bytes);
        let filled = bytes.len().next_multiple_of(TILE * T::BYTES);
        bytes.resize(filled, 0);
    }
    bytes.resize(TILE * TILE * T::BYTES, 0);
}
