//! Colours of classes: named one by one, interpolated, or taken from a named map.

mod default;
mod maps;
mod names;
#[cfg(test)]
mod tests;

pub use default::default_colors;
pub use maps::{colormap_colors, colormap_names};
pub use names::parse_colors;

use crate::{Error, Result};

/// Red, green and blue of sRGB.
pub type Rgb = [u8; 3];

/// The colours of classes 1 to `n_classes` from a list.
///
/// As many colours as classes are taken in order. Fewer or more are interpolated: class i of k gets
/// the colour at (i − 1) / (k − 1) of the way, as from matplotlib's
/// `LinearSegmentedColormap.from_list`, whose steps of 1/256 are kept for up to 256 classes.
///
/// # Errors
/// When there is no colour, or one for several classes.
pub fn class_colors(colors: &[Rgb], n_classes: usize) -> Result<Vec<Rgb>> {
    if colors.len() == n_classes {
        return Ok(colors.to_vec());
    }
    if colors.len() < 2 && n_classes > 0 {
        let rule = format!("be at least 2 for {n_classes} classes");
        return Err(Error::parameter("colors", rule, colors.len()));
    }
    Ok(spread(n_classes)
        .map(|at| {
            let step = (at * 256.0).floor().min(255.0) / 255.0;
            interpolate(colors, if n_classes > 256 { at } else { step })
        })
        .collect())
}

/// Evenly from 0 to 1.
fn spread(n_classes: usize) -> impl Iterator<Item = f64> {
    let last = n_classes.saturating_sub(1).max(1) as f64;
    (0..n_classes).map(move |i| i as f64 / last)
}

/// The colour at `at`, 0 to 1, of colours that stand evenly.
fn interpolate(colors: &[Rgb], at: f64) -> Rgb {
    let place = at * (colors.len() - 1) as f64;
    let before = (place.floor() as usize).min(colors.len() - 1);
    let after = (before + 1).min(colors.len() - 1);
    let share = place - before as f64;
    std::array::from_fn(|channel| {
        let (a, b) = (colors[before][channel], colors[after][channel]);
        (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8
    })
}

/// `; did you mean …?` with the names nearest to `wanted`, or nothing.
fn suggestion<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> String {
    let wanted = wanted.to_lowercase();
    let mut near: Vec<(usize, &str)> = names
        .map(|name| (strsim::osa_distance(&wanted, &name.to_lowercase()), name))
        .filter(|&(distance, name)| distance <= 2.min(name.len() / 3 + 1))
        .collect();
    near.sort_unstable();
    let near: Vec<&str> = near.into_iter().take(3).map(|(_, name)| name).collect();
    if near.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", near.join(", "))
    }
}
