//! How far a map is from the samples.

use std::f64::consts::LN_2;

use rayon::prelude::*;

use super::affinity::Affinities;
use super::forces::{Coordinates, TASK_ROWS};
use crate::simd;

/// The Kullback–Leibler divergence Σ pᵢⱼ·ln(pᵢⱼ·z/qᵢⱼ), given the sum z of all qᵢⱼ.
pub(super) fn kl_divergence<const D: usize>(p: &Affinities, y: &Coordinates<D>, z: f64) -> f64 {
    let log_z = z.ln();
    let parts: Vec<f64> = (0..p.n_samples())
        .into_par_iter()
        .with_min_len(TASK_ROWS)
        .map_init(Vec::new, |ratios, i| {
            let row = p.starts[i]..p.starts[i + 1];
            let values = &p.values[row.clone()];
            ratios.clear();
            ratios.extend(p.columns[row].iter().zip(values).map(|(&j, &value)| {
                let square = y.iter().fold(1.0, |square, axis| {
                    square + f64::from(axis[i] - axis[j as usize]).powi(2)
                });
                f64::from(value) * square
            }));
            simd::dispatch(
                #[inline(always)]
                || take_logarithms(ratios),
            );
            let terms = values.iter().zip(ratios);
            terms
                .map(|(&value, ratio)| f64::from(value) * (*ratio + log_z))
                .sum()
        })
        .collect();
    parts.into_iter().sum()
}

/// Natural logarithms of normal numbers above zero, to a few roundings; something finite of zero.
///
/// In vectors, which the compiler does not make of the library's: with m between √½ and √2 and
/// s = (m − 1)/(m + 1), ln(2ᵉ·m) = e·ln 2 + 2·(s + s³/3 + s⁵/5 + …).
#[inline(always)]
fn take_logarithms(values: &mut [f64]) {
    const MANTISSA: u64 = (1 << 52) - 1;
    const SQRT_HALF: u64 = 0x3FE6_A09E_667F_3BCD;
    for value in values {
        // Bits less those of √½ count powers of two from there.
        let bits = value.to_bits().wrapping_sub(SQRT_HALF);
        let power = (bits as i64 >> 52) as i32;
        let m = f64::from_bits((bits & MANTISSA) + SQRT_HALF);
        let s = (m - 1.0) / (m + 1.0);
        let square = s * s;
        let mut series = 0.0;
        for odd in [19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
            series = series * square + 1.0 / odd;
        }
        *value = f64::from(power) * LN_2 + 2.0 * (s + s * square * series);
    }
}

#[cfg(test)]
mod tests {
    use super::take_logarithms;

    #[test]
    fn logarithms_are_those_of_the_library() {
        let numbers: Vec<f64> = (-3000..3000)
            .map(|i| (f64::from(i) * 0.11).exp() * (1.0 + f64::from(i % 7) * 1e-3))
            .chain([
                1.0,
                1.0 + f64::EPSILON,
                0.5f64.sqrt(),
                2f64.sqrt(),
                1e-300,
                f64::MAX,
            ])
            .collect();
        let mut logarithms = numbers.clone();
        take_logarithms(&mut logarithms);
        for (number, got) in numbers.iter().zip(logarithms) {
            let expected = number.ln();
            let error = 4.0 * f64::EPSILON * expected.abs().max(1.0);
            assert!(
                (got - expected).abs() <= error,
                "{number}: {got} {expected}"
            );
        }
        let mut zero = [0.0];
        take_logarithms(&mut zero);
        assert!(zero[0].is_finite());
    }
}
