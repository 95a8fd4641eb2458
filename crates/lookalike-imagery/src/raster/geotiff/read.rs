//! Reading windows of an [`Image`], block by block.

use super::codec::{Codec, Decompressor};
use super::fault::fault;
use super::grid::shared;
use super::image::{Decoder, Image, RowDecoder};
use super::rows::{Coding, Interleaved, Stored};
use super::tags;
use crate::raster::Window;
use crate::{Error, Result};

/// A compressed block may be this many times as large as what it stands for, and a little more.
const MAX_EXPANSION: u64 = 4;
const EXPANSION_SLACK: u64 = 4096;

/// Rows that are not compressed are read by about this many bytes, however tall their block is.
const RAW_BYTES: usize = 1 << 20;

/// The reading of one window, with memory that serves one block after the other.
struct Reading<'a> {
    image: &'a Image,
    window: Window,
    bytes: Vec<u8>,
    decompressor: Decompressor,
}

/// The rows of one block that a window needs.
struct Rows<'a> {
    bytes: &'a mut [u8],
    row_bytes: usize,
    /// Columns before the first wanted one.
    skip: usize,
    coding: Coding,
}

/// A block and the place of its samples.
#[derive(Clone, Copy)]
struct Place {
    number: usize,
    plane: usize,
    /// The pixels of the image that the block covers.
    covered: Window,
    /// Those of them that are wanted.
    part: Window,
}

impl Image {
    /// Reads `samples` (numbers of samples of a pixel) of `window`, band after band, into `out`.
    pub(super) fn read<T: Stored>(
        &self,
        window: Window,
        samples: &[usize],
        out: &mut [T],
    ) -> Result<()> {
        if window.n_pixels() == 0 {
            return Ok(());
        }
        let bands = out.chunks_exact_mut(window.n_pixels());
        let mut wanted: Vec<(usize, &mut [T])> = samples.iter().copied().zip(bands).collect();
        let mut reading = Reading {
            image: self,
            window,
            bytes: Vec::new(),
            decompressor: Decompressor::default(),
        };
        if self.grid.planes == 1 {
            return reading.plane(0, &mut wanted);
        }
        wanted.iter_mut().try_for_each(|band| {
            // In its plane, a sample stands alone.
            let plane = std::mem::take(&mut band.0);
            reading.plane(plane, std::slice::from_mut(band))
        })
    }

    /// How many rows of a block are read together: all, where that spares decompressing it again.
    pub(super) fn rows_at_once(&self) -> usize {
        match self.decoder {
            Decoder::Rows(rows) if rows.codec == Codec::None => {
                let row_samples = self.grid.block_width * self.grid.interleaved;
                (RAW_BYTES / (row_samples * self.sample_type.bytes())).max(1)
            }
            _ => self.grid.block_height,
        }
    }

    /// What stands in blocks that are not stored: the value of nodata, as GDAL has it, or zero.
    fn absent_sample<T: Stored>(&self) -> T {
        let text = &self.absent;
        let number = || tags::parse_nodata(text).map(T::from_f64);
        text.parse().ok().or_else(number).unwrap_or_default()
    }
}

impl Reading<'_> {
    fn plane<T: Stored>(&mut self, plane: usize, wanted: &mut [(usize, &mut [T])]) -> Result<()> {
        let image = self.image;
        image
            .grid
            .blocks(plane, self.window)
            .try_for_each(|(number, covered)| {
                let whole = shared(covered, self.window);
                let rows = image.rows_at_once();
                (0..whole.height).step_by(rows).try_for_each(|row| {
                    let part = Window {
                        y: whole.y + row,
                        height: rows.min(whole.height - row),
                        ..whole
                    };
                    let place = Place {
                        number,
                        plane,
                        covered,
                        part,
                    };
                    self.block(place, wanted)
                })
            })
    }

    fn block<T: Stored>(&mut self, place: Place, wanted: &mut [(usize, &mut [T])]) -> Result<()> {
        let image = self.image;
        let (window, part) = (self.window, place.part);
        let target = |row: usize| {
            let start = (part.y - window.y + row) * window.width + part.x - window.x;
            start..start + part.width
        };
        if image.blocks[place.number].is_absent() {
            let value = image.absent_sample();
            for (_, out) in wanted {
                (0..part.height).for_each(|row| out[target(row)].fill(value));
            }
            return Ok(());
        }
        let rows = match image.decoder {
            Decoder::Rows(decoder) => self.decompress(place, decoder)?,
            Decoder::Reader => self.decode_image(place)?,
        };
        let of = image.grid.interleaved;
        for (row, bytes) in rows.bytes.chunks_exact_mut(rows.row_bytes).enumerate() {
            rows.coding.prepare(bytes, of);
            for (sample, out) in wanted.iter_mut() {
                let band = Interleaved { index: *sample, of };
                rows.coding
                    .take(bytes, rows.skip, band, &mut out[target(row)]);
            }
        }
        Ok(())
    }

    /// Decompresses a block as far as it is needed.
    fn decompress(&mut self, place: Place, decoder: RowDecoder) -> Result<Rows<'_>> {
        let (image, covered, part) = (self.image, place.covered, place.part);
        let path = &image.file.path;
        let damaged = |why: String| {
            Error::damaged(
                path,
                format!("strip or tile {} is damaged: {why}", place.number),
            )
        };
        let row_samples = image.grid.block_width * image.grid.interleaved;
        let row_bytes = decoder
            .coding
            .row_bytes(row_samples, image.sample_type.bytes())
            .ok_or_else(|| damaged("its rows are too long".to_owned()))?;
        let before = (part.y - covered.y) * row_bytes;
        let needed = before + part.height * row_bytes;
        let whole = needed == image.grid.stored_rows(covered) * row_bytes;

        let stored = image.blocks[place.number];
        let limit = MAX_EXPANSION * (image.grid.stored_rows(covered) * row_bytes) as u64;
        if decoder.codec != Codec::None && stored.bytes > limit + EXPANSION_SLACK {
            return Err(damaged(format!(
                "it takes {} bytes, more than its pixels can",
                stored.bytes
            )));
        }
        let (skipped, length) = if decoder.codec == Codec::None {
            let length = stored.bytes.saturating_sub(before as u64);
            (before, length.min((needed - before) as u64))
        } else {
            (0, stored.bytes)
        };
        let source = image.file.tiff.source();
        let mut data = source
            .read_exact_at(stored.offset + skipped as u64, length as usize)
            .map_err(|e| fault(path, e))?;
        if decoder.bits_reversed {
            for byte in &mut data {
                *byte = byte.reverse_bits();
            }
        }
        self.bytes.resize(needed - skipped, 0);
        self.decompressor
            .run(decoder.codec, &data, &mut self.bytes, whole)
            .map_err(damaged)?;
        Ok(Rows {
            bytes: &mut self.bytes[before - skipped..],
            row_bytes,
            skip: part.x - covered.x,
            coding: decoder.coding,
        })
    }

    /// Has the TIFF reader decode a block.
    fn decode_image(&mut self, place: Place) -> Result<Rows<'_>> {
        let Window {
            x,
            y,
            width,
            height,
        } = place.part;
        let image = self.image;
        let (tiff, ifd) = (&image.file.tiff, image.ifd());
        let decoded = if image.grid.planes == 1 {
            tiff.read_window_bytes_from_ifd(ifd, y, x, height, width)
        } else {
            tiff.read_band_window_bytes_from_ifd(ifd, place.plane, y, x, height, width)
        };
        self.bytes = decoded.map_err(|e| fault(&image.file.path, e))?;
        Ok(Rows {
            row_bytes: width * image.grid.interleaved * image.sample_type.bytes(),
            bytes: &mut self.bytes,
            skip: 0,
            coding: Coding::Plain {
                big_endian: cfg!(target_endian = "big"),
            },
        })
    }
}
