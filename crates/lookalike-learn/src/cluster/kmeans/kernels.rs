//! What the partial ways do beside matrix products: find the rows that bounds leave open, and
//! multiply single rows in full.

use pulp::{Simd, WithSimd};

use crate::simd;

/// Puts into `open` the rows whose lower bound, `offset` less their product, is within their limit.
pub(super) fn rows_within(products: &[f32], limits: &[f32], offset: f32, open: &mut Vec<u32>) {
    const CHUNK: usize = 16;
    open.clear();
    simd::dispatch(
        #[inline(always)]
        || {
            let (product_chunks, product_rest) = products.as_chunks::<CHUNK>();
            let (limit_chunks, limit_rest) = limits.as_chunks::<CHUNK>();
            let chunks = product_chunks.iter().zip(limit_chunks);
            for (chunk, (products, limits)) in chunks.enumerate() {
                let mut within = [0u32; CHUNK];
                for l in 0..CHUNK {
                    within[l] = u32::from(offset - products[l] <= limits[l]);
                }
                if within.iter().sum::<u32>() > 0 {
                    for l in 0..CHUNK {
                        if within[l] > 0 {
                            open.push((chunk * CHUNK + l) as u32);
                        }
                    }
                }
            }
            let start = product_chunks.len() * CHUNK;
            for (l, (&product, &limit)) in product_rest.iter().zip(limit_rest).enumerate() {
                if offset - product <= limit {
                    open.push((start + l) as u32);
                }
            }
        },
    );
}

/// (x − m)·z, with no more roundings than values.
#[inline]
pub(super) fn centered_product(x: &[f32], m: &[f32], z: &[f32]) -> f32 {
    simd::run(Differences::<false> { a: x, b: m, z })
}

/// ‖a − b‖², with no more roundings than values.
#[inline]
pub(super) fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    simd::run(Differences::<true> { a, b, z: a })
}

/// The differences of `a` and `b` times themselves, or times `z`, added up.
struct Differences<'a, const SQUARED: bool> {
    a: &'a [f32],
    b: &'a [f32],
    z: &'a [f32],
}

impl<const SQUARED: bool> WithSimd for Differences<'_, SQUARED> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        const SUMS: usize = 4;
        let (a, a_rest) = S::as_simd_f32s(self.a);
        let (b, b_rest) = S::as_simd_f32s(self.b);
        let (z, z_rest) = S::as_simd_f32s(self.z);
        let mut sums = [simd.splat_f32s(0.0); SUMS];
        let (a_groups, a_single) = a.as_chunks::<SUMS>();
        let (b_groups, b_single) = b.as_chunks::<SUMS>();
        let (z_groups, z_single) = z.as_chunks::<SUMS>();
        for ((a, b), z) in a_groups.iter().zip(b_groups).zip(z_groups) {
            for s in 0..SUMS {
                let difference = simd.sub_f32s(a[s], b[s]);
                let times = if SQUARED { difference } else { z[s] };
                sums[s] = simd.mul_add_e_f32s(difference, times, sums[s]);
            }
        }
        for ((&a, &b), &z) in a_single.iter().zip(b_single).zip(z_single) {
            let difference = simd.sub_f32s(a, b);
            let times = if SQUARED { difference } else { z };
            sums[0] = simd.mul_add_e_f32s(difference, times, sums[0]);
        }
        let halves = [
            simd.add_f32s(sums[0], sums[1]),
            simd.add_f32s(sums[2], sums[3]),
        ];
        let mut sum = simd.reduce_sum_f32s(simd.add_f32s(halves[0], halves[1]));
        for ((a, b), z) in a_rest.iter().zip(b_rest).zip(z_rest) {
            let difference = a - b;
            sum += difference * if SQUARED { difference } else { *z };
        }
        sum
    }
}
