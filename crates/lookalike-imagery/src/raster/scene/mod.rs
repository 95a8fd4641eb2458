//! Opening what a user names: a file, a product's folder, or several files of one place.

use std::path::{Path, PathBuf};

use super::labelled::Labelled;
use super::product::open_product;
use super::stack::Stack;
use super::{RasterInfo, RasterSource, Resampling, open};
use crate::{Error, Result};

/// Opens one file, the folder of a product, or several of them stacked, as one raster.
///
/// `bands` chooses bands and their order, by name or by number from 1; without it all bands of files
/// are there, and the usual ones of products (see [`open_product`]). Bands of several files that have
/// no name are called after their file.
///
/// # Errors
/// When there is no path, a file cannot be read, files lie on different grids (the message names
/// both), or a band is not there.
pub fn open_scene(
    paths: &[PathBuf],
    bands: Option<&[String]>,
    resampling: Resampling,
) -> Result<Box<dyn RasterSource>> {
    let scene = match paths {
        [] => return Err(Error::parameter("inputs", "be one file at least", "none")),
        [folder] if folder.is_dir() => return open_product(folder, bands, resampling),
        [file] => open(file)?,
        several => {
            let mut sources: Vec<(Box<dyn RasterSource>, Vec<usize>)> = Vec::new();
            for path in several {
                let source = open_one(path, resampling)?;
                let n_bands = source.info().bands.len();
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                let name = |number, name: &str| match name {
                    "" if n_bands == 1 => stem.clone().into_owned(),
                    "" => format!("{stem}.{}", number + 1),
                    name => name.to_owned(),
                };
                sources.push((
                    Box::new(Labelled::new(source, name)),
                    (0..n_bands).collect(),
                ));
            }
            Box::new(Stack::new(sources, resampling)?)
        }
    };
    let Some(bands) = bands else {
        return Ok(scene);
    };
    let chosen: Vec<usize> = bands
        .iter()
        .map(|band| find_band(scene.info(), band))
        .collect::<Result<_>>()?;
    if chosen.is_empty() {
        return Err(Error::parameter("bands", "name one band at least", "none"));
    }
    if chosen.iter().copied().eq(0..scene.info().bands.len()) {
        return Ok(scene);
    }
    Ok(Box::new(Stack::new(vec![(scene, chosen)], resampling)?))
}

fn open_one(path: &Path, resampling: Resampling) -> Result<Box<dyn RasterSource>> {
    if path.is_dir() {
        open_product(path, None, resampling)
    } else {
        open(path)
    }
}

/// The number, from 0, of a band given by its number from 1 or by its name.
fn find_band(info: &RasterInfo, band: &str) -> Result<usize> {
    let n_bands = info.bands.len();
    let by_name = |(_, known): &(usize, &super::Band)| known.name.eq_ignore_ascii_case(band);
    let mut named = info.bands.iter().enumerate().filter(by_name);
    match (named.next(), named.next(), band.parse::<usize>()) {
        (Some((index, _)), None, _) => return Ok(index),
        (None, _, Ok(number)) if (1..=n_bands).contains(&number) => return Ok(number - 1),
        _ => {}
    }
    let names: Vec<&str> = info.bands.iter().map(|band| band.name.as_str()).collect();
    let rule = if names.iter().all(|name| name.is_empty()) {
        format!("be numbers from 1 to {n_bands}")
    } else {
        format!(
            "be numbers from 1 to {n_bands} or names that one band has ({})",
            names.join(", ")
        )
    };
    Err(Error::parameter("bands", rule, band))
}

#[cfg(test)]
mod tests;
