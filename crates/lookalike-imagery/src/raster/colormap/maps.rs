//! The colour maps of matplotlib by name.
//!
//! Their licences are in `colormaps.LICENSE`. This product includes color specifications and designs
//! developed by Cynthia Brewer (<http://colorbrewer.org/>).

use std::io::Read;
use std::sync::LazyLock;

use flate2::read::ZlibDecoder;

use super::{Rgb, interpolate, spread, suggestion};
use crate::{Error, Result};

/// One line a map, its name and its colours as hexadecimal digits, compressed by zlib: see
/// `testdata/generators/colormap.py`.
const COMPRESSED: &[u8] = include_bytes!("colormaps.bin");

/// Maps of at most so many colours are lists of colours to tell apart, not to interpolate.
const MAX_QUALITATIVE: usize = 20;

static MAPS: LazyLock<Vec<(String, Vec<Rgb>)>> = LazyLock::new(|| {
    let mut text = String::new();
    ZlibDecoder::new(COMPRESSED)
        .read_to_string(&mut text)
        .expect("it is part of the program, and a test reads it");
    text.lines()
        .filter_map(|line| {
            let (name, digits) = line.split_once(' ')?;
            let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
            let (pairs, _) = digits.as_bytes().as_chunks::<2>();
            let values: Vec<u8> = pairs
                .iter()
                .map(|&[a, b]| digit(a) * 16 + digit(b))
                .collect();
            let (colors, _) = values.as_chunks::<3>();
            Some((name.to_owned(), colors.to_vec()))
        })
        .collect()
});

/// The names of all maps, in alphabetical order; each has a reversed one that ends in `_r`.
pub fn colormap_names() -> impl Iterator<Item = &'static str> {
    MAPS.iter().map(|(name, _)| name.as_str())
}

/// The colours of classes 1 to `n_classes` from a map of matplotlib, such as `terrain` or
/// `viridis_r`, in any case.
///
/// Class i of k gets the colour at (i − 1) / (k − 1) of the way. Maps of colours to tell apart, such
/// as `tab10` and `Set1`, give their first k colours.
///
/// # Errors
/// When there is no such map, or when it has fewer colours to tell apart than there are classes.
pub fn colormap_colors(name: &str, n_classes: usize) -> Result<Vec<Rgb>> {
    let (plain, is_reversed) = match name.strip_suffix("_r") {
        Some(plain) => (plain, true),
        None => (name, false),
    };
    let found = MAPS.iter().find(|(known, _)| known == plain).or_else(|| {
        MAPS.iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(plain))
    });
    let Some((_, colors)) = found else {
        let value = format!("{name:?}{}", suggestion(plain, colormap_names()));
        let rule = "be a map of matplotlib, such as terrain, viridis or tab10";
        return Err(Error::parameter("colormap", rule, value));
    };
    let mut colors = colors.clone();
    if is_reversed {
        colors.reverse();
    }
    if colors.len() <= MAX_QUALITATIVE {
        if n_classes > colors.len() {
            let rule = format!("have a colour for each of {n_classes} classes");
            let value = format!("{name}, which has {}", colors.len());
            return Err(Error::parameter("colormap", rule, value));
        }
        colors.truncate(n_classes);
        return Ok(colors);
    }
    let n_colors = colors.len() as f64;
    Ok(spread(n_classes)
        .map(|at| {
            let step = (at * n_colors).floor().min(n_colors - 1.0) / (n_colors - 1.0);
            interpolate(&colors, if n_classes > colors.len() { at } else { step })
        })
        .collect())
}
