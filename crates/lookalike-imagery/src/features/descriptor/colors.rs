//! Which colours a picture has, wherever.

use super::oklab::Oklab;

/// Bins of lightness, from black to white.
const LIGHTNESS_BINS: usize = 6;
/// Bins of each of the two axes of colour; the middle one is grey.
const COLOR_BINS: usize = 7;
/// Stronger colours than this count as this strong.
const STRONGEST: f32 = 0.2;
pub(super) const N_FEATURES: usize = LIGHTNESS_BINS * COLOR_BINS * COLOR_BINS;

/// The square roots of the shares of the pixels; a pixel is shared by the nearest eight bins.
pub(super) fn histogram(colors: &[Oklab]) -> Vec<f32> {
    let mut histogram = vec![0.0f32; N_FEATURES];
    let color_axis = |value: f32| nearest_bins((value + STRONGEST) / (2.0 * STRONGEST), COLOR_BINS);
    for color in colors {
        let (lightness, to_lighter) = nearest_bins(color.lightness, LIGHTNESS_BINS);
        let (green_red, to_redder) = color_axis(color.green_red);
        let (blue_yellow, to_yellower) = color_axis(color.blue_yellow);
        for (i, weight) in [(lightness, 1.0 - to_lighter), (lightness + 1, to_lighter)] {
            for (j, redness) in [(green_red, 1.0 - to_redder), (green_red + 1, to_redder)] {
                let start = (i * COLOR_BINS + j) * COLOR_BINS + blue_yellow;
                let weight = weight * redness;
                histogram[start] += weight * (1.0 - to_yellower);
                histogram[start + 1] += weight * to_yellower;
            }
        }
    }
    let n = colors.len() as f32;
    for share in &mut histogram {
        *share = (*share / n).sqrt();
    }
    histogram
}

/// The first of the two bins nearest to a value from 0 to 1, and the weight of the second.
fn nearest_bins(value: f32, n_bins: usize) -> (usize, f32) {
    let position = value.clamp(0.0, 1.0) * (n_bins - 1) as f32;
    let first = (position as usize).min(n_bins - 2);
    (first, position - first as f32)
}
