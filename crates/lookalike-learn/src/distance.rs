//! Squared Euclidean distances in f64, and how far from them matrix products in f32 may be.

use crate::simd::dispatch;

/// The squared distance of two rows, in f64: what decides where a decision is close.
#[inline(always)]
pub(crate) fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0f64; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for l in 0..LANES {
            let difference = f64::from(a[l]) - f64::from(b[l]);
            lanes[l] += difference * difference;
        }
    }
    let mut sum: f64 = lanes.iter().sum();
    for (&a, &b) in a_rest.iter().zip(b_rest) {
        let difference = f64::from(a) - f64::from(b);
        sum += difference * difference;
    }
    sum
}

/// Points of a group: points that one is compared with at once.
pub(crate) const GROUP: usize = 32;

/// Lays up to [`GROUP`] rows out feature by feature; the places that are left hold infinity.
pub(crate) fn lay_out_group<'a>(rows: impl Iterator<Item = &'a [f32]>, group: &mut [f32]) {
    group.fill(f32::INFINITY);
    for (at, row) in rows.enumerate() {
        for (j, &value) in row.iter().enumerate() {
            group[j * GROUP + at] = value;
        }
    }
}

/// The squared distances of `point` to the points of a group, in f64, summed in the order of the
/// features.
#[inline]
pub(crate) fn group_distances(point: &[f32], group: &[f32]) -> [f64; GROUP] {
    let (columns, _) = group.as_chunks::<GROUP>();
    let mut sums = [0.0f64; GROUP];
    dispatch(
        #[inline(always)]
        || {
            for (column, &p) in columns.iter().zip(point) {
                let p = f64::from(p);
                for (sum, &value) in sums.iter_mut().zip(column) {
                    let difference = f64::from(value) - p;
                    *sum += difference * difference;
                }
            }
        },
    );
    sums
}

/// The squared length of a row, in f64.
#[inline(always)]
pub(crate) fn squared_norm(a: &[f32]) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0f64; LANES];
    let (chunks, rest) = a.as_chunks::<LANES>();
    for chunk in chunks {
        for l in 0..LANES {
            lanes[l] += f64::from(chunk[l]) * f64::from(chunk[l]);
        }
    }
    let rest = rest.iter().map(|&v| f64::from(v) * f64::from(v));
    lanes.iter().sum::<f64>() + rest.sum::<f64>()
}

/// The squared lengths of all rows.
pub(crate) fn squared_norms<'a>(rows: impl Iterator<Item = &'a [f32]>) -> Vec<f64> {
    let mut norms = Vec::with_capacity(rows.size_hint().0);
    dispatch(
        #[inline(always)]
        || {
            for row in rows {
                norms.push(squared_norm(row));
            }
        },
    );
    norms
}

/// What has the largest absolute value is scaled to this binary exponent: products of f32 then
/// cannot overflow, and what underflows is far below the rounding of the rest.
pub(crate) const SCALED_EXPONENT: i32 = 40;

/// The exponent of the power of two that brings `largest` to between 2^`exponent` and twice that, and
/// 0 for zero.
///
/// Such a factor changes no digit, and products of f32 then neither overflow nor vanish, whatever the
/// unit of the data.
pub(crate) fn scaling_exponent(largest: f64, exponent: i32) -> i32 {
    if largest > 0.0 {
        exponent - largest.log2().floor() as i32
    } else {
        0
    }
}

/// By how much a scalar product of two f32 rows may be off, relative to the product of their
/// lengths: d roundings of f32, whatever the order of the sum (Higham 2002, section 3.1), plus the
/// rounding of the result.
pub(crate) fn product_error(d: usize) -> f64 {
    (d as f64 + 2.0) * f64::from(f32::EPSILON) / 2.0
}
