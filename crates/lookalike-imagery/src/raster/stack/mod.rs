//! Several rasters of one place as the bands of one.

use std::path::Path;

use rayon::prelude::*;

use super::resample::{Axis, Coarse, Resampler, Resampling};
use super::sample::{Sample, with_sample_type};
use super::{Block, CrsKind, Georeference, RasterInfo, RasterSource, SampleType, Samples, Window};
use crate::{Error, Result};

/// Corners of two grids that are nearer than this share of a pixel are one.
const SAME_PLACE: f64 = 0.01;

/// Bands of several sources, all on the finest of their grids.
///
/// Every source covers the same extent. Sources without georeference must have the finest grid's
/// size. Samples get the smallest type that holds those of all sources. A pixel is valid where it is
/// in all sources that are read.
#[derive(Debug)]
pub(super) struct Stack {
    info: RasterInfo,
    layers: Vec<Layer>,
    /// Of each band, its layer, and which band of that layer's source it is.
    bands: Vec<(usize, usize)>,
}

#[derive(Debug)]
struct Layer {
    source: Box<dyn RasterSource>,
    /// None where the source has the finest grid.
    resampler: Option<Resampler>,
}

/// A band of a layer, and where its samples are to go.
type Target<'a, T> = (usize, &'a mut [T]);

impl Stack {
    /// Stacks bands, counted from 0, of sources in the given order.
    ///
    /// # Errors
    /// When the sources lie on different places or in different reference systems, when their sizes
    /// do not tell which is finer, or when no type holds the samples of all.
    ///
    /// # Panics
    /// When there is no source, or a source lacks a band.
    pub(super) fn new(
        sources: Vec<(Box<dyn RasterSource>, Vec<usize>)>,
        resampling: Resampling,
    ) -> Result<Self> {
        let n_pixels = |info: &RasterInfo| info.width * info.height;
        let (finest, _) = sources
            .iter()
            .max_by_key(|(source, _)| n_pixels(source.info()))
            .expect("a stack has at least one source");
        let mut info = finest.info().clone();
        let placed = sources
            .iter()
            .map(|(source, _)| source.info())
            .find(|other| {
                (other.width, other.height) == (info.width, info.height)
                    && other.georeference.is_some()
            });
        info.georeference = placed.and_then(|other| other.georeference.clone());
        info.palette = None;
        info.bands.clear();
        info.sample_type = sources[0].0.info().sample_type;

        let mut bands = Vec::new();
        let mut layers = Vec::new();
        for (source, of_source) in sources {
            let other = source.info();
            check_grid(&info, other)?;
            info.sample_type =
                common_type(info.sample_type, other.sample_type).ok_or_else(|| {
                    let why = format!(
                        "no type of samples holds both its {:?} and the {:?} of the bands before",
                        other.sample_type, info.sample_type
                    );
                    Error::unsupported(Path::new(&other.name), why)
                })?;
            bands.extend(of_source.iter().map(|&band| (layers.len(), band)));
            info.bands
                .extend(of_source.iter().map(|&band| other.bands[band].clone()));
            let is_finest = (other.width, other.height) == (info.width, info.height);
            let axis = |coarse, fine| Axis { coarse, fine };
            let resampler = (!is_finest).then(|| Resampler {
                x: axis(other.width, info.width),
                y: axis(other.height, info.height),
                resampling,
            });
            layers.push(Layer { source, resampler });
        }
        Ok(Self {
            info,
            layers,
            bands,
        })
    }

    /// Lets messages call it `name`.
    pub(super) fn named(mut self, name: String) -> Self {
        self.info.name = name;
        self
    }

    fn read_as<T: Sample>(&self, window: Window, bands: &[usize], block: &mut Block) -> Result<()> {
        let (samples, valid) = block.prepare::<T>(bands.len(), window.n_pixels());
        if window.n_pixels() == 0 {
            return Ok(());
        }
        let mut targets: Vec<Vec<Target<'_, T>>> = self.layers.iter().map(|_| Vec::new()).collect();
        for (&band, plane) in bands
            .iter()
            .zip(samples.chunks_exact_mut(window.n_pixels()))
        {
            let (layer, of_source) = self.bands[band];
            targets[layer].push((of_source, plane));
        }
        let masks: Vec<Vec<u8>> = self
            .layers
            .par_iter()
            .zip(targets)
            .filter(|(_, targets)| !targets.is_empty())
            .map(|(layer, targets)| layer.read(window, targets))
            .collect::<Result<_>>()?;
        for mask in masks {
            for (valid, other) in valid.iter_mut().zip(mask) {
                *valid &= other;
            }
        }
        Ok(())
    }
}

impl Layer {
    /// Reads bands of the window of the finest grid, and returns which pixels are valid.
    fn read<T: Sample>(&self, window: Window, targets: Vec<Target<'_, T>>) -> Result<Vec<u8>> {
        let mut block = Block::default();
        let bands: Vec<usize> = targets.iter().map(|(band, _)| *band).collect();
        let read = self
            .resampler
            .map_or(window, |resampler| resampler.needed(window));
        self.source.read(read, &bands, &mut block)?;
        let Block { samples, valid } = block;
        let samples = widened::<T>(samples);
        for ((band, target), samples) in targets
            .into_iter()
            .zip(samples.chunks_exact(read.n_pixels()))
        {
            match &self.resampler {
                None => target.copy_from_slice(samples),
                Some(resampler) => {
                    let coarse = Coarse {
                        window: read,
                        samples,
                        valid: &valid,
                        nodata: self.source.info().bands[band].nodata,
                    };
                    resampler.samples(coarse, window, target);
                }
            }
        }
        let Some(resampler) = &self.resampler else {
            return Ok(valid);
        };
        let mut fine = vec![1; window.n_pixels()];
        resampler.valid(read, &valid, window, &mut fine);
        Ok(fine)
    }
}

impl RasterSource for Stack {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read(&self, window: Window, bands: &[usize], block: &mut Block) -> Result<()> {
        self.info.assert_has(window, bands);
        with_sample_type!(self.info.sample_type, T => self.read_as::<T>(window, bands, block))
    }
}

/// The samples as those of a type that holds them: the same, or one that `f64` holds between.
fn widened<T: Sample>(mut samples: Samples) -> Vec<T> {
    if samples.sample_type() == T::TYPE {
        return std::mem::take(T::buffer(&mut samples));
    }
    with_sample_type!(samples.sample_type(), S => {
        S::slice(&samples).iter().map(|sample| T::from_f64(sample.to_f64())).collect()
    })
}

/// The smallest type that holds all samples of two; none where that takes integers of more than 53
/// bits in another type.
pub(super) fn common_type(a: SampleType, b: SampleType) -> Option<SampleType> {
    use SampleType::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    // Bits of integers without sign, and whether there is one.
    let integer = |sample_type| match sample_type {
        U8 => Some((8, false)),
        U16 => Some((16, false)),
        U32 => Some((32, false)),
        U64 => Some((64, false)),
        I8 => Some((7, true)),
        I16 => Some((15, true)),
        I32 => Some((31, true)),
        I64 => Some((63, true)),
        F32 | F64 => None,
    };
    match (integer(a), integer(b)) {
        _ if a == b => Some(a),
        (Some((bits_a, signed_a)), Some((bits_b, signed_b))) => {
            match (bits_a.max(bits_b), signed_a || signed_b) {
                (..=8, false) => Some(U8),
                (..=16, false) => Some(U16),
                (..=32, false) => Some(U32),
                (_, false) => Some(U64),
                (..=7, true) => Some(I8),
                (..=15, true) => Some(I16),
                (..=31, true) => Some(I32),
                (..=63, true) => Some(I64),
                (_, true) => None,
            }
        }
        (Some((bits, _)), None) | (None, Some((bits, _))) => match bits {
            ..=16 if a == F32 || b == F32 => Some(F32),
            ..=32 => Some(F64),
            _ => None,
        },
        (None, None) => Some(F64),
    }
}

/// Refuses a grid that is neither the finest one nor a coarser one of the same extent.
fn check_grid(finest: &RasterInfo, other: &RasterInfo) -> Result<()> {
    let same_size = (finest.width, finest.height) == (other.width, other.height);
    let is_coarser = other.width <= finest.width && other.height <= finest.height;
    let (Some(ours), Some(theirs)) = (&finest.georeference, &other.georeference) else {
        return if same_size {
            Ok(())
        } else {
            Err(different_grids(finest, other))
        };
    };
    let same_place = match (ours.transform(), theirs.transform()) {
        (Some(ours), Some(theirs)) => is_same_extent(
            (finest.width, finest.height),
            ours,
            (other.width, other.height),
            theirs,
        ),
        _ => same_size,
    };
    if is_coarser && same_place && is_same_system(ours, theirs) {
        Ok(())
    } else {
        Err(different_grids(finest, other))
    }
}

fn different_grids(finest: &RasterInfo, other: &RasterInfo) -> Error {
    let why = format!(
        "its grid must be that of {}, {}, or a coarser one of the same extent; it is {}",
        finest.name,
        describe(finest),
        describe(other)
    );
    Error::damaged(Path::new(&other.name), why)
}

fn describe(info: &RasterInfo) -> String {
    let size = format!("{}×{} pixels", info.width, info.height);
    let Some(georeference) = &info.georeference else {
        return format!("{size} without georeference");
    };
    let place = georeference
        .transform()
        .map_or_else(String::new, |transform| {
            let [left, top] = corner(transform, 0.0, 0.0);
            let [right, bottom] = corner(transform, info.width as f64, info.height as f64);
            format!(" from ({left}, {top}) to ({right}, {bottom})")
        });
    let system = georeference
        .epsg()
        .map_or_else(String::new, |code| format!(" in EPSG:{code}"));
    format!("{size}{place}{system}")
}

fn corner(t: [f64; 6], column: f64, row: f64) -> [f64; 2] {
    [
        t[0] + column * t[1] + row * t[2],
        t[3] + column * t[4] + row * t[5],
    ]
}

/// Whether three corners of two grids are at the same places.
fn is_same_extent(
    size: (usize, usize),
    fine: [f64; 6],
    coarse_size: (usize, usize),
    coarse: [f64; 6],
) -> bool {
    let determinant = fine[1] * fine[5] - fine[2] * fine[4];
    [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)].iter().all(|&(u, v)| {
        let [x, y] = corner(fine, u * size.0 as f64, v * size.1 as f64);
        let [other_x, other_y] = corner(coarse, u * coarse_size.0 as f64, v * coarse_size.1 as f64);
        let (dx, dy) = (other_x - x, other_y - y);
        let columns = (dx * fine[5] - dy * fine[2]) / determinant;
        let rows = (dy * fine[1] - dx * fine[4]) / determinant;
        columns.abs() <= SAME_PLACE && rows.abs() <= SAME_PLACE
    })
}

/// Whether two reference systems are one as far as they are known: by their codes, else by the keys
/// that define them.
fn is_same_system(a: &Georeference, b: &Georeference) -> bool {
    const GEO_KEYS: [u16; 2] = [34735, 34736];
    if let (Some(a), Some(b)) = (a.epsg(), b.epsg()) {
        return a == b;
    }
    if a.kind() == CrsKind::Unknown || b.kind() == CrsKind::Unknown {
        return true;
    }
    let keys = |georeference: &Georeference| {
        let tags = georeference.tags().iter();
        let keys = tags.filter(|tag| GEO_KEYS.contains(&tag.tag)).cloned();
        keys.collect::<Vec<_>>()
    };
    keys(a) == keys(b)
}

#[cfg(test)]
mod tests;
