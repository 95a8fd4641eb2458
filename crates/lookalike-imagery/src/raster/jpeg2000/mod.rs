//! JPEG 2000 files: JP2, and codestreams on their own.
//!
//! The decoder is a port of `OpenJPEG` without threads, so several threads may decode at once. Its
//! memory is decided by what the file claims: [`codestream`] and [`boxes`] read the claims first.

mod boxes;
mod codestream;
mod place;
mod strips;
mod tile_parts;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use jpeg2k::{DecodeArea, DecodeParameters, Image, ImageComponent};
use tempfile::TempPath;

use self::boxes::{Boxes, SIGNATURE};
use self::codestream::{Codestream, Refusal};
use self::strips::Strips;
use super::sample::{Sample, with_sample_type};
use super::{Band, Block, RasterInfo, RasterSource, Samples, Window, world_file};
use crate::{Error, Result};

/// Samples of all components that are decoded at once; the decoder keeps four bytes each, and as
/// much again for its own work.
const MAX_DECODED: usize = 40_000_000;
/// Rows of a strip are a multiple of this, so that code-blocks are rarely decoded twice.
const CODE_BLOCK: usize = 64;

/// A JPEG 2000 file.
///
/// Samples are those stored: of a palette the indices, of signed components signed numbers, neither
/// scaled to eight bits. A component that is opacity becomes the mask.
#[derive(Debug)]
pub(super) struct Jpeg2000 {
    info: RasterInfo,
    path: PathBuf,
    /// What the decoder opens, which chooses between JP2 and codestream by the name.
    readable: Readable,
    codestream: Codestream,
    /// The components that are bands.
    components: Vec<usize>,
    alpha: Option<usize>,
    /// Rows that are decoded at once, from the top of each row of tiles on.
    step: usize,
    strips: Strips,
}

#[derive(Debug)]
enum Readable {
    InPlace(PathBuf),
    Copy(TempPath),
}

impl AsRef<Path> for Readable {
    fn as_ref(&self) -> &Path {
        match self {
            Self::InPlace(path) => path,
            Self::Copy(path) => path,
        }
    }
}

/// Whether a file that begins with these bytes is JPEG 2000.
pub(super) fn is_jpeg2000(start: &[u8]) -> bool {
    start.starts_with(&SIGNATURE) || start.starts_with(b"\xFF\x4F\xFF\x51")
}

impl Jpeg2000 {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|cause| Error::io("read", path, cause))?;
        let mut file = BufReader::new(file);
        let (mut boxes, codestream) =
            read_headers(&mut file).map_err(|refusal| refuse(path, refusal))?;
        if boxes.is_sycc {
            let why = "colours in the space sYCC are not read, only grey, RGB and plain bands";
            return Err(Error::unsupported(path, why));
        }
        let (width, height) = (codestream.width(), codestream.height());
        let n_components = codestream.components.len();
        let step = rows_at_once(&codestream);
        if width * n_components * step > MAX_DECODED {
            let why = format!(
                "{step} rows of all components must have at most {MAX_DECODED} samples, there are {n_components} components of {width} columns"
            );
            return Err(Error::too_large(path, why));
        }
        let alpha = boxes
            .alpha
            .filter(|&alpha| alpha < n_components && n_components > 1);
        let components: Vec<usize> = (0..n_components).filter(|&c| Some(c) != alpha).collect();
        let mut georeference = place::georeference(&mut boxes);
        if georeference.is_none() {
            georeference = world_file::georeference(path)?;
        }
        let info = RasterInfo {
            name: path.display().to_string(),
            width,
            height,
            sample_type: codestream.sample_type(),
            bands: vec![Band::default(); components.len()],
            georeference,
            block: (width, step),
            palette: boxes.palette.filter(|_| components.len() == 1),
        };
        let format = if boxes.codestream.is_some() {
            "jp2"
        } else {
            "j2k"
        };
        Ok(Self {
            info,
            path: path.to_owned(),
            readable: readable(path, format)?,
            codestream,
            components,
            alpha,
            step,
            strips: Strips::default(),
        })
    }

    /// The strips, cut at the right and left as the tiles are, that together cover `window`.
    fn strips(&self, window: Window) -> impl Iterator<Item = Window> {
        let [left, top, ..] = self.codestream.area.map(|edge| edge as usize);
        let [tiles_left, tiles_top, tile_width, tile_height] =
            self.codestream.tiles.map(|edge| edge as usize);
        let columns = (left + window.x - tiles_left) / tile_width * tile_width + tiles_left;
        let x = columns.saturating_sub(left);
        let stop = (left + window.x + window.width - tiles_left).next_multiple_of(tile_width);
        let width = (stop + tiles_left - left).min(self.info.width) - x;

        let bottom = window.y + window.height;
        let mut y = window.y;
        std::iter::from_fn(move || {
            if y >= bottom {
                return None;
            }
            let inside_tile = (top + y - tiles_top) % tile_height;
            let start = y.saturating_sub(inside_tile % self.step);
            let to_tile_end = tile_height - inside_tile;
            let end =
                (y + (self.step - inside_tile % self.step).min(to_tile_end)).min(self.info.height);
            y = end;
            Some(Window {
                x,
                y: start,
                width,
                height: end - start,
            })
        })
    }

    fn decode(&self, area: Window) -> Result<Image> {
        let [left, top, ..] = self.codestream.area;
        let (x, y) = (left + area.x as u32, top + area.y as u32);
        let area_on_grid = DecodeArea::new(x, y, x + area.width as u32, y + area.height as u32);
        let parameters = DecodeParameters::new()
            .strict(true)
            .ignore_pclr_cmap_cdef()
            .decode_area(Some(area_on_grid));
        let image = Image::from_file_with(&self.readable, parameters).map_err(|cause| {
            let why =
                format!("its pixels are damaged, or coded in a way that is not read ({cause})");
            Error::damaged(&self.path, why)
        })?;
        let size = (area.width as u32, area.height as u32);
        let expected = self.codestream.components.iter();
        let as_announced = image.components().len() == expected.len()
            && image.components().iter().zip(expected).all(|(c, e)| {
                (c.width(), c.height()) == size
                    && (c.precision(), c.is_signed()) == (u32::from(e.bits), e.signed)
            });
        if as_announced {
            Ok(image)
        } else {
            let why = "its pixels are others than its header announces";
            Err(Error::damaged(&self.path, why))
        }
    }

    fn read_as<T: Sample>(&self, window: Window, bands: &[usize], block: &mut Block) -> Result<()> {
        let (samples, valid) = block.prepare::<T>(bands.len(), window.n_pixels());
        if window.n_pixels() == 0 {
            return Ok(());
        }
        let mut planes: Vec<&mut [T]> = samples.chunks_exact_mut(window.n_pixels()).collect();
        let components: Vec<usize> = bands.iter().map(|&band| self.components[band]).collect();
        for strip in self.strips(window) {
            let part = intersection(strip, window);
            if part == strip {
                let image = self.decode(part)?;
                let plane = |component: usize| image.components()[component].data();
                for (&component, target) in components.iter().zip(&mut planes) {
                    copy(plane(component), strip, target, window, part, T::from_i32);
                }
                if let Some(alpha) = self.alpha {
                    copy(plane(alpha), strip, valid, window, part, |a| {
                        u8::from(a != 0)
                    });
                }
            } else {
                let n_components = self.codestream.components.len();
                let decode = || {
                    let image = self.decode(strip)?;
                    let mut samples = Samples::default();
                    let all = image.components().iter().flat_map(ImageComponent::data);
                    T::buffer(&mut samples).extend(all.map(|&sample| T::from_i32(sample)));
                    Ok(samples)
                };
                let distribute = |samples: &Samples| {
                    let samples = T::slice(samples);
                    let plane = |component: usize| &samples[component * strip.n_pixels()..];
                    for (&component, target) in components.iter().zip(&mut planes) {
                        copy(plane(component), strip, target, window, part, |sample| {
                            sample
                        });
                    }
                    if let Some(alpha) = self.alpha {
                        let is_valid = |alpha| u8::from(alpha != T::default());
                        copy(plane(alpha), strip, valid, window, part, is_valid);
                    }
                };
                let bytes_per_pixel = n_components * size_of::<T>();
                let n_pixels = part.n_pixels();
                self.strips
                    .with(strip, bytes_per_pixel, n_pixels, decode, distribute)?;
            }
        }
        Ok(())
    }
}

impl RasterSource for Jpeg2000 {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read(&self, window: Window, bands: &[usize], block: &mut Block) -> Result<()> {
        self.info.assert_has(window, bands);
        with_sample_type!(self.info.sample_type, T => self.read_as::<T>(window, bands, block))
    }
}

fn read_headers(
    file: &mut (impl Read + Seek),
) -> std::result::Result<(Boxes, Codestream), Refusal> {
    let mut start = [0; SIGNATURE.len()];
    file.read_exact(&mut start)?;
    let boxes = match start {
        SIGNATURE => {
            let boxes = Boxes::read(file)?;
            if boxes.codestream.is_none() {
                return Err(Refusal::Damaged("it has no codestream".into()));
            }
            boxes
        }
        _ => Boxes::default(),
    };
    let end = file.seek(SeekFrom::End(0))?;
    let bytes = boxes.codestream.clone().unwrap_or(0..end);
    file.seek(SeekFrom::Start(bytes.start))?;
    let codestream = Codestream::read(file)?;
    // The header ends with the marker that begins the first tile-part.
    let tiles = file.stream_position()? - 2;
    tile_parts::check(file, tiles..bytes.end, &codestream)?;
    Ok((boxes, codestream))
}

fn refuse(path: &Path, refusal: Refusal) -> Error {
    match refusal {
        Refusal::Damaged(why) => Error::damaged(path, why),
        Refusal::Unsupported(why) => Error::unsupported(path, why),
        Refusal::TooLarge(why) => Error::too_large(path, why),
        Refusal::Io(cause) => Error::io("read", path, cause),
    }
}

/// The rows of a row of tiles, or of an even part of it where tiles are large.
fn rows_at_once(codestream: &Codestream) -> usize {
    let tile_height = (codestream.tiles[3] as usize).min(codestream.height());
    let samples_per_row = codestream.width() * codestream.components.len();
    let parts = (samples_per_row.saturating_mul(tile_height)).div_ceil(MAX_DECODED);
    if parts == 1 {
        return tile_height;
    }
    let at_most = MAX_DECODED / samples_per_row / CODE_BLOCK * CODE_BLOCK;
    let even = tile_height.div_ceil(parts).next_multiple_of(CODE_BLOCK);
    even.min(at_most.max(CODE_BLOCK))
}

/// The path where its extension is one that the decoder knows for `format`, else a copy.
fn readable(path: &Path, format: &str) -> Result<Readable> {
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    let known = match extension.to_ascii_lowercase().as_str() {
        "jp2" => "jp2",
        "j2k" | "j2c" | "jpc" => "j2k",
        _ => "",
    };
    if known == format && path.to_str().is_some() {
        return Ok(Readable::InPlace(path.to_owned()));
    }
    let copy = || {
        let copy = tempfile::Builder::new()
            .suffix(&format!(".{format}"))
            .tempfile()?;
        std::fs::copy(path, copy.path())?;
        Ok(Readable::Copy(copy.into_temp_path()))
    };
    copy().map_err(|cause| Error::io("copy", path, cause))
}

fn intersection(a: Window, b: Window) -> Window {
    let (x, y) = (a.x.max(b.x), a.y.max(b.y));
    Window {
        x,
        y,
        width: (a.x + a.width).min(b.x + b.width) - x,
        height: (a.y + a.height).min(b.y + b.height) - y,
    }
}

/// Copies the pixels of `part` from a plane that covers `source_area` to one that covers
/// `target_area`.
fn copy<S: Copy, T>(
    source: &[S],
    source_area: Window,
    target: &mut [T],
    target_area: Window,
    part: Window,
    convert: impl Fn(S) -> T,
) {
    for y in part.y..part.y + part.height {
        let row = |area: Window| {
            let start = (y - area.y) * area.width + part.x - area.x;
            start..start + part.width
        };
        for (target, &sample) in target[row(target_area)]
            .iter_mut()
            .zip(&source[row(source_area)])
        {
            *target = convert(sample);
        }
    }
}

#[cfg(test)]
mod tests;
