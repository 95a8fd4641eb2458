//! Folders that agencies deliver: each band a file of its own.

mod landsat;
mod sentinel2;

use std::path::{Path, PathBuf};

use super::labelled::Labelled;
use super::stack::Stack;
use super::{RasterSource, Resampling, SampleType, open};
use crate::{Error, Result};

/// The bands of a product.
#[derive(Debug)]
struct Product {
    bands: Vec<BandFile>,
    /// The bands that are opened when none are named; none where no choice is obvious.
    usual: &'static [&'static str],
}

#[derive(Debug)]
struct BandFile {
    name: String,
    path: PathBuf,
    /// What is added to its values.
    offset: i32,
}

/// Opens the folder of a Sentinel-2 product or Landsat scene as one raster with named bands.
///
/// Sentinel-2, levels 1C and 2A: bands `B01` to `B12` and `B8A`, each in its finest resolution;
/// B02, B03, B04 and B08 when none are named. The offset of processing baselines from 04.00 on is
/// added, so that values compare with older ones: 0 stays "no data", 65535 stays "saturated", and
/// what would fall below 1 becomes 1.
///
/// Landsat 1 to 9, levels 1 and 2: bands `B1` to `B11`, those of the file names; B2 to B5 of
/// Landsat 8 and 9, B1 to B4 of Landsat 4 to 7 when none are named. 0 means "no data".
///
/// Bands come in the order of `bands`, on the grid of the finest of them.
///
/// # Errors
/// When the folder is no such product, lacks a band that is asked for (the message lists those
/// there are), or a file cannot be read; and as for stacks of files.
pub fn open_product(
    path: &Path,
    bands: Option<&[String]>,
    resampling: Resampling,
) -> Result<Box<dyn RasterSource>> {
    let product = match sentinel2::scan(path)? {
        Some(product) => product,
        None => landsat::scan(path)?.ok_or_else(|| {
            let why = "a folder must be a Sentinel-2 product (with GRANULE/…/IMG_DATA) or a Landsat \
                       scene (with …_B1.TIF and so on)";
            Error::unsupported(path, why)
        })?,
    };
    let usual: Vec<String> = product.usual.iter().map(|&name| name.to_owned()).collect();
    let mut sources: Vec<(Box<dyn RasterSource>, Vec<usize>)> = Vec::new();
    for name in bands.unwrap_or(&usual) {
        let band = product.find(name)?;
        let source = open(&band.path)?;
        let info = source.info();
        if info.bands.len() != 1 {
            let why = format!(
                "the file of a band must have one band, got {}",
                info.bands.len()
            );
            return Err(Error::damaged(&band.path, why));
        }
        if band.offset != 0 && info.sample_type != SampleType::U16 {
            let why = format!(
                "values to which the product adds an offset must be U16, got {:?}",
                info.sample_type
            );
            return Err(Error::unsupported(&band.path, why));
        }
        let labelled = Labelled::new(source, |_, _| band.name.clone())
            .without_data_at_zero()
            .with_offset(band.offset);
        sources.push((Box::new(labelled), vec![0]));
    }
    if sources.is_empty() {
        return Err(product.unknown("no band"));
    }
    let stack = Stack::new(sources, resampling)?;
    Ok(Box::new(stack.named(path.display().to_string())))
}

impl Product {
    /// The band of that name, whose number may lack the leading zero.
    fn find(&self, name: &str) -> Result<&BandFile> {
        let plain = |name: &str| {
            let name = name.to_ascii_uppercase();
            let number = name
                .strip_prefix('B')
                .map(|n| n.trim_start_matches('0').to_owned());
            number.unwrap_or(name)
        };
        let wanted = plain(name);
        let found = self.bands.iter().find(|band| plain(&band.name) == wanted);
        found.ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> Error {
        let names: Vec<&str> = self.bands.iter().map(|band| band.name.as_str()).collect();
        let rule = format!("be among those of the product, {}", names.join(", "));
        Error::parameter("bands", rule, name)
    }
}

/// What is in a folder, in the order of the names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let io = |cause| Error::io("read", folder, cause);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        paths.push(entry.map_err(io)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// The name of a file or folder.
fn name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
