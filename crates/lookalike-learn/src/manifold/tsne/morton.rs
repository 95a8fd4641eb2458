//! The Morton curve (Z-order): points that are near on it are near on the map.

use rayon::prelude::*;

use super::forces::{Coordinates, range};

/// Bits of a code for each axis.
const fn bits(n_axes: usize) -> u32 {
    63 / n_axes as u32
}

/// The points along the curve.
pub(super) fn order<const D: usize>(y: &Coordinates<D>) -> Vec<u32> {
    let ranges = y.each_ref().map(|axis| range(axis));
    let width = ranges
        .iter()
        .map(|(low, high)| high - low)
        .fold(f32::MIN_POSITIVE, f32::max);
    let scale = 2f64.powi(bits(D) as i32) / (f64::from(width) * (1.0 + 1e-6));
    let codes = (0..y[0].len()).into_par_iter();
    let mut codes: Vec<(u64, u32)> = codes
        .map(|i| {
            let code = (0..D).fold(0, |code, a| {
                let step = (f64::from(y[a][i] - ranges[a].0) * scale) as u64;
                code | spread_bits(step, D as u32) << a
            });
            (code, i as u32)
        })
        .collect();
    codes.par_sort_unstable();
    codes.into_iter().map(|(_, i)| i).collect()
}

/// Puts `gap` − 1 zeros between the bits of `value`.
fn spread_bits(value: u64, gap: u32) -> u64 {
    match gap {
        1 => value,
        2 => {
            let mut v = value & 0x7FFF_FFFF;
            v = (v | v << 16) & 0x0000_FFFF_0000_FFFF;
            v = (v | v << 8) & 0x00FF_00FF_00FF_00FF;
            v = (v | v << 4) & 0x0F0F_0F0F_0F0F_0F0F;
            v = (v | v << 2) & 0x3333_3333_3333_3333;
            (v | v << 1) & 0x5555_5555_5555_5555
        }
        _ => {
            let mut v = value & 0x1F_FFFF;
            v = (v | v << 32) & 0x001F_0000_0000_FFFF;
            v = (v | v << 16) & 0x001F_0000_FF00_00FF;
            v = (v | v << 8) & 0x100F_00F0_0F00_F00F;
            v = (v | v << 4) & 0x10C3_0C30_C30C_30C3;
            (v | v << 2) & 0x1249_2492_4924_9249
        }
    }
}
