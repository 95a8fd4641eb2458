//! Class maps as Cloud Optimized `GeoTIFF`, written row by row.
//!
//! Band 1 holds the classes from 1, with their colours in the file and 0 for "no data"; band 2, where
//! it is wanted, holds the confidence in percent. Tiles of 512×512 are compressed by Deflate while
//! the rows arrive and wait in files without names beside the target, so that memory depends on the
//! width alone; the file gets its name when it is whole.

mod directory;
mod file;
mod overview;
mod pyramid;
#[cfg(test)]
mod tests;

pub use overview::Overviews;

use std::io;
use std::path::{Path, PathBuf};

use flate2::Compression;

use self::directory::Form;
use self::overview::Sample;
use self::pyramid::Pyramid;
use super::{Georeference, Rgb};
use crate::{Error, Result};

/// Most classes that a map can have.
pub const MAX_CLASSES: usize = u16::MAX as usize;

/// Deflate's effort: at 6, files are a tenth to a half smaller and take up to three times as long.
const COMPRESSION: u32 = 3;

/// What a class map is to be.
#[derive(Debug, Clone)]
pub struct ClassMapSpec {
    width: usize,
    height: usize,
    palette: Vec<Rgb>,
    georeference: Option<Georeference>,
    confidence: bool,
    overviews: Overviews,
    compression: u32,
}

impl ClassMapSpec {
    /// A map of this many columns and rows, with one colour for each class from class 1 on. Samples
    /// are u8 for up to 255 classes, u16 above.
    pub fn new(width: usize, height: usize, palette: Vec<Rgb>) -> Self {
        Self {
            width,
            height,
            palette,
            georeference: None,
            confidence: false,
            overviews: Overviews::default(),
            compression: COMPRESSION,
        }
    }

    /// Where the map lies; its tags are copied untouched. Default: not said.
    pub fn georeference(mut self, georeference: Option<Georeference>) -> Self {
        self.georeference = georeference;
        self
    }

    /// Whether a second band holds the confidence. Default: no.
    pub fn confidence(mut self, confidence: bool) -> Self {
        self.confidence = confidence;
        self
    }

    /// How overviews are made. Default: by mode.
    pub fn overviews(mut self, overviews: Overviews) -> Self {
        self.overviews = overviews;
        self
    }

    /// Deflate's effort, 0 (none) to 9. Default: 3.
    pub fn compression(mut self, level: u32) -> Self {
        self.compression = level;
        self
    }

    fn validate(&self) -> Result<()> {
        // GDAL counts columns and rows in 31 bits.
        let limit = i32::MAX as usize;
        for (name, size) in [("width", self.width), ("height", self.height)] {
            if size == 0 || size > limit {
                return Err(Error::parameter(name, format!("be 1 to {limit}"), size));
            }
        }
        let n_classes = self.palette.len();
        if n_classes == 0 || n_classes > MAX_CLASSES {
            let rule = format!("have 1 to {MAX_CLASSES} colours, one a class");
            return Err(Error::parameter("palette", rule, n_classes));
        }
        if self.compression > 9 {
            return Err(Error::parameter(
                "compression",
                "be 0 to 9",
                self.compression,
            ));
        }
        Ok(())
    }

    fn n_bands(&self) -> usize {
        1 + usize::from(self.confidence)
    }
}

/// Writes one class map, from the uppermost row to the lowest.
///
/// Tiles are compressed by the threads of the current rayon pool; the bytes of the file do not
/// depend on how many there are, nor on how the rows are cut into calls. Dropped before
/// [`finish`](Self::finish), nothing is left behind.
#[derive(Debug)]
pub struct ClassMapWriter {
    path: PathBuf,
    spec: ClassMapSpec,
    levels: Levels,
    /// Whether rows could not be written.
    has_failed: bool,
}

#[derive(Debug)]
enum Levels {
    U8(Pyramid<u8>),
    U16(Pyramid<u16>),
}

impl ClassMapWriter {
    /// Begins the file `path`, which will replace one of that name when it is whole.
    ///
    /// # Errors
    /// When the map would have no pixels or no classes, or too many of them; when the folder of
    /// `path` cannot be written.
    pub fn create(path: &Path, spec: ClassMapSpec) -> Result<Self> {
        spec.validate()?;
        let size = (spec.width, spec.height);
        let (n_bands, how) = (spec.n_bands(), spec.overviews);
        let level = Compression::new(spec.compression);
        let folder = folder_of(path);
        let levels = if u8::try_from(spec.palette.len()).is_ok() {
            Pyramid::new(size, n_bands, how, level, folder).map(Levels::U8)
        } else {
            Pyramid::new(size, n_bands, how, level, folder).map(Levels::U16)
        };
        Ok(Self {
            levels: levels.map_err(|e| Error::io("write", path, e))?,
            path: path.to_owned(),
            spec,
            has_failed: false,
        })
    }

    /// Adds whole rows: the class of each pixel, 0 where there is no data, and with
    /// [`confidence`](ClassMapSpec::confidence) its confidence in percent, 1 to 100.
    ///
    /// As 0 means "no data" in every band of a `GeoTIFF`, a pixel with a class has a confidence of
    /// at least 1; that of a pixel without data is not looked at.
    ///
    /// # Errors
    /// When the classes or the confidences do not fit the map, are out of range, or cannot be
    /// written.
    pub fn write_rows<C>(&mut self, classes: &[C], confidence: Option<&[u8]>) -> Result<()>
    where
        C: Copy + Into<u16>,
    {
        self.check_sound()?;
        self.check(classes, confidence)?;
        let width = self.spec.width;
        // Of rows that were not written it is not known which were.
        self.has_failed = true;
        let done = match &mut self.levels {
            Levels::U8(pyramid) => push(pyramid, width, classes, confidence),
            Levels::U16(pyramid) => push(pyramid, width, classes, confidence),
        };
        done.map_err(|e| Error::io("write", &self.path, e))?;
        self.has_failed = false;
        Ok(())
    }

    fn check_sound(&self) -> Result<()> {
        if self.has_failed {
            let cause = io::Error::other("rows before these could not be written");
            return Err(Error::io("write", &self.path, cause));
        }
        Ok(())
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When rows are missing, or the file cannot be written.
    pub fn finish(self) -> Result<()> {
        self.finish_as(None)
    }

    fn finish_as(self, form: Option<Form>) -> Result<()> {
        self.check_sound()?;
        let n_missing = self.n_missing();
        if n_missing > 0 {
            let rule = format!("be {} when the map is finished", self.spec.height);
            let n_rows = self.spec.height - n_missing;
            return Err(Error::parameter("the number of rows", rule, n_rows));
        }
        match self.levels {
            Levels::U8(pyramid) => file::write(&self.path, &self.spec, pyramid.levels, form),
            Levels::U16(pyramid) => file::write(&self.path, &self.spec, pyramid.levels, form),
        }
        .map_err(|e| Error::io("write", &self.path, e))
    }

    fn n_missing(&self) -> usize {
        match &self.levels {
            Levels::U8(pyramid) => pyramid.n_missing(),
            Levels::U16(pyramid) => pyramid.n_missing(),
        }
    }

    fn check<C>(&self, classes: &[C], confidence: Option<&[u8]>) -> Result<()>
    where
        C: Copy + Into<u16>,
    {
        let (width, n_missing) = (self.spec.width, self.n_missing());
        if !classes.len().is_multiple_of(width) || classes.len() / width > n_missing {
            let rule = format!("be of whole rows of {width} pixels, {n_missing} rows at most");
            return Err(Error::parameter("classes", rule, classes.len()));
        }
        let n_classes = self.spec.palette.len();
        let greatest = classes
            .iter()
            .fold(0_u16, |max, &class| max.max(class.into()));
        if usize::from(greatest) > n_classes {
            let rule = format!("be 0 to {n_classes}");
            return Err(Error::parameter("classes", rule, greatest));
        }
        let n_expected = if self.spec.confidence {
            classes.len()
        } else {
            0
        };
        let confidence = confidence.unwrap_or_default();
        if confidence.len() != n_expected {
            let rule = format!("have {n_expected} values");
            return Err(Error::parameter("confidence", rule, confidence.len()));
        }
        let mut of_classes = classes.iter().zip(confidence);
        let refused = of_classes.find(|&(&class, &c)| class.into() > 0 && !(1..=100).contains(&c));
        match refused {
            Some((_, value)) => Err(Error::parameter("confidence", "be 1 to 100 percent", value)),
            None => Ok(()),
        }
    }
}

/// Some rows at a time, so that a whole map in one call is not copied at once.
fn push<T: Sample, C: Copy + Into<u16>>(
    pyramid: &mut Pyramid<T>,
    width: usize,
    classes: &[C],
    confidence: Option<&[u8]>,
) -> std::io::Result<()> {
    const PIXELS: usize = 1 << 20;
    let step = (PIXELS / width).max(1) * width;
    let mut samples: Vec<T> = Vec::new();
    let mut percents: Vec<T> = Vec::new();
    for (i, classes) in classes.chunks(step).enumerate() {
        samples.clear();
        samples.extend(classes.iter().map(|&class| T::of(class.into())));
        let Some(confidence) = confidence else {
            pyramid.push(&[&samples])?;
            continue;
        };
        let confidence = &confidence[i * step..][..classes.len()];
        percents.clear();
        percents.extend(samples.iter().zip(confidence).map(|(&class, &percent)| {
            let has_data = class != T::default();
            T::of(if has_data { percent.into() } else { 0 })
        }));
        pyramid.push(&[&samples, &percents])?;
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
