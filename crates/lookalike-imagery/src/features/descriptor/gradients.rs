//! Histograms of oriented gradients.

use std::f32::consts::TAU;

use super::oklab::Oklab;

/// Cells a side: the grid covers the picture whatever its size.
const CELLS: usize = 6;
/// Directions from dark to light, all around.
const ORIENTATIONS: usize = 12;
const PER_ROW: usize = CELLS * ORIENTATIONS;
pub(super) const N_FEATURES: usize = CELLS * PER_ROW;

/// A neighbourhood of weaker gradients is taken for flat. Lightness goes from 0 to 1.
const FLAT: f32 = 0.05;
/// No orientation counts for more of its neighbourhood.
const MAX_SHARE: f32 = 0.3;

/// Cell after cell, row by row, the strength of each orientation; a unit vector, or all 0.
pub(super) fn histograms(colors: &[Oklab], width: usize, height: usize) -> Vec<f32> {
    let mut shares = shares_of_neighbourhoods(&cells(colors, width, height));
    let length = (shares.iter().map(|s| s * s).sum::<f32>() + 1e-9).sqrt();
    for share in &mut shares {
        *share /= length;
    }
    shares
}

/// The mean strength of the gradients in each cell by orientation. A pixel is shared by the nearest four
/// cells and the nearest two orientations.
fn cells(colors: &[Oklab], width: usize, height: usize) -> Vec<f32> {
    let (across, down) = (nearest_cells(width), nearest_cells(height));
    let lightness = |x: usize, y: usize| colors[y * width + x].lightness;
    let mut cells = vec![0.0; N_FEATURES];
    for (y, &(upper, upper_weight)) in down.iter().enumerate() {
        let (above, below) = (y.saturating_sub(1), (y + 1).min(height - 1));
        let mut row = [0.0; PER_ROW];
        for (x, &(left, left_weight)) in across.iter().enumerate() {
            let (before, after) = (x.saturating_sub(1), (x + 1).min(width - 1));
            let dx = lightness(after, y) - lightness(before, y);
            let dy = lightness(x, below) - lightness(x, above);
            let strength = (dx * dx + dy * dy).sqrt();
            if strength == 0.0 {
                continue;
            }
            let angle = dy.atan2(dx) / TAU * ORIENTATIONS as f32;
            let angle = if angle < 0.0 {
                angle + ORIENTATIONS as f32
            } else {
                angle
            };
            let first = angle as usize % ORIENTATIONS;
            let second = (first + 1) % ORIENTATIONS;
            let to_second = angle.fract() * strength;
            for (cell, weight) in [(left, left_weight), (left + 1, 1.0 - left_weight)] {
                row[cell * ORIENTATIONS + first] += weight * (strength - to_second);
                row[cell * ORIENTATIONS + second] += weight * to_second;
            }
        }
        for (cell, weight) in [(upper, upper_weight), (upper + 1, 1.0 - upper_weight)] {
            let cells = &mut cells[cell * PER_ROW..(cell + 1) * PER_ROW];
            for (cell, value) in cells.iter_mut().zip(row) {
                *cell += weight * value;
            }
        }
    }
    let pixels_a_cell = (width * height) as f32 / (CELLS * CELLS) as f32;
    for cell in &mut cells {
        *cell /= pixels_a_cell;
    }
    cells
}

/// Of each pixel along a side, the first of the two cells whose centres are nearest, and its weight.
fn nearest_cells(side: usize) -> Vec<(usize, f32)> {
    let last = (CELLS - 1) as f32;
    (0..side)
        .map(|i| {
            let position = (i as f32 + 0.5) / side as f32 * CELLS as f32 - 0.5;
            let position = position.clamp(0.0, last);
            let cell = (position as usize).min(CELLS - 2);
            (cell, 1.0 - (position - cell as f32))
        })
        .collect()
}

/// Each cell as a share of the neighbourhoods of 2×2 cells that it belongs to, the mean over them.
fn shares_of_neighbourhoods(cells: &[f32]) -> Vec<f32> {
    let cell = |y: usize, x: usize| {
        let start = (y * CELLS + x) * ORIENTATIONS;
        start..start + ORIENTATIONS
    };
    let energy = |y: usize, x: usize| cells[cell(y, x)].iter().map(|v| v * v).sum::<f32>();
    let mut shares = vec![0.0; N_FEATURES];
    let mut n_neighbourhoods = [[0.0f32; CELLS]; CELLS];
    for y in 0..CELLS - 1 {
        for x in 0..CELLS - 1 {
            let corners = [(y, x), (y, x + 1), (y + 1, x), (y + 1, x + 1)];
            let sum: f32 = corners.iter().map(|&(y, x)| energy(y, x)).sum();
            let strength = (sum + FLAT * FLAT).sqrt();
            for (y, x) in corners {
                n_neighbourhoods[y][x] += 1.0;
                for i in cell(y, x) {
                    shares[i] += (cells[i] / strength).min(MAX_SHARE);
                }
            }
        }
    }
    for (shares, n) in shares
        .chunks_exact_mut(ORIENTATIONS)
        .zip(n_neighbourhoods.as_flattened())
    {
        for share in shares {
            *share /= n;
        }
    }
    shares
}
