//! A step of greedy k-means++ by partial products: most rows are nearer to a centre chosen before
//! than to any candidate, and their leading coordinates tell so.

use rayon::prelude::*;

use super::projection::Projection;
use crate::input::Samples;
use crate::linalg::row_products;
use crate::parallel::{BLOCK_ROWS, blocks};
use crate::simd;

/// Rows that come closer, and the squared distances to which they do.
type Closer = Vec<(usize, f32)>;

/// What a candidate does to the rows of a block.
#[derive(Default)]
struct Gain {
    closer: Closer,
    /// By how much the potential falls.
    fall: f64,
}

impl Gain {
    fn add(&mut self, row: usize, squared: f32, before: f32, weight: f64) {
        self.closer.push((row, squared));
        self.fall += weight * (f64::from(before) - f64::from(squared));
    }
}

/// Which of the `candidates` (rows) lowers the potential most; `closest`, the squared distance of
/// each row to its nearest centre, becomes what that candidate leaves.
pub(super) fn best_candidate(
    x: &Samples<'_>,
    weights: &[f64],
    projection: &Projection,
    candidates: &[usize],
    closest: &mut [f32],
) -> usize {
    let coordinates: Vec<f32> = candidates
        .iter()
        .flat_map(|&row| projection.points.of(row, projection.width()))
        .copied()
        .collect();
    let gains: Vec<Vec<Gain>> = blocks(x.n_samples(), BLOCK_ROWS)
        .map_init(Vec::new, |products, rows| {
            let width = projection.width();
            products.resize(candidates.len() * rows.len(), 0.0);
            let points = &projection.points.coordinates[rows.start * width..rows.end * width];
            row_products(&coordinates, points, width, products);
            candidates
                .iter()
                .zip(products.chunks_exact(rows.len()))
                .map(|(&candidate, products)| {
                    let mut gain = Gain::default();
                    let lengths = &projection.points.lengths;
                    let others = &lengths[rows.clone()];
                    let closest = &closest[rows.clone()];
                    let error = 2.0 * projection.relative_error() as f32;
                    let length = lengths[candidate];
                    simd::dispatch(
                        #[inline(always)]
                        || {
                            for_each_near(products, others, length, closest, error, |i| {
                                let row = rows.start + i;
                                let squared = squared_distance(x.row(row), x.row(candidate));
                                if squared < closest[i] {
                                    gain.add(row, squared, closest[i], weights[row]);
                                }
                            });
                        },
                    );
                    gain
                })
                .collect()
        })
        .collect();
    let fall = |c: usize| gains.iter().map(|block| block[c].fall).sum::<f64>();
    let best = (0..candidates.len())
        .rev()
        .max_by(|&a, &b| fall(a).total_cmp(&fall(b)))
        .expect("there is at least one candidate");
    for block in gains {
        for &(row, squared) in &block[best].closer {
            closest[row] = squared;
        }
    }
    best
}

/// Calls `work` for each row of which `products` do not tell that it is farther from a candidate
/// than `closest`.
#[inline(always)]
fn for_each_near(
    products: &[f32],
    lengths: &[f32],
    candidate_length: f32,
    closest: &[f32],
    error: f32,
    mut work: impl FnMut(usize),
) {
    const CHUNK: usize = 16;
    let may_be_near = |product: f32, length: f32, closest: f32| {
        let squares = length * length + candidate_length * candidate_length;
        // Lengths were rounded up, by less than the error of products.
        squares - 2.0 * product - error * squares <= closest
    };
    let chunks = products
        .chunks(CHUNK)
        .zip(lengths.chunks(CHUNK).zip(closest.chunks(CHUNK)));
    for (chunk, (products, (lengths, closest))) in chunks.enumerate() {
        let rows = products.iter().zip(lengths).zip(closest);
        let near = rows
            .clone()
            .fold(false, |any, ((&p, &l), &c)| any | may_be_near(p, l, c));
        if near {
            for (i, ((&p, &l), &c)) in rows.enumerate() {
                if may_be_near(p, l, c) {
                    work(chunk * CHUNK + i);
                }
            }
        }
    }
}

/// With as many sums as keep their rounding errors small.
#[inline(always)]
fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 32;
    let mut sums = [0.0f32; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for l in 0..LANES {
            let difference = a[l] - b[l];
            sums[l] += difference * difference;
        }
    }
    for (l, (a, b)) in a_rest.iter().zip(b_rest).enumerate() {
        sums[l] += (a - b) * (a - b);
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::kmeans::projection::tests::projected;
    use ndarray::ArrayView2;
    use proptest::prelude::*;

    proptest! {
        /// Whole numbers, the squared distances of which are exact.
        #[test]
        fn a_step_equals_one_that_measures_all_distances(
            n in 8usize..900,
            d in 2usize..20,
            p in 1usize..5,
            values in prop::collection::vec(-9i8..9, 900 * 20),
            steps in prop::collection::vec(prop::collection::vec(0usize..8, 1..5), 1..5),
        ) {
            let values: Vec<f32> = values[..n * d].iter().map(|&v| f32::from(v)).collect();
            let array = ArrayView2::from_shape((n, d), &values).unwrap();
            let x = Samples::new(&array).unwrap();
            let weights: Vec<f64> = (0..n).map(|i| (i % 3) as f64 + 1.0).collect();
            let projection = projected(&values, d, p.min(d));
            let mut closest = vec![1e9f32; n];
            let mut naive = closest.clone();
            for candidates in steps {
                let candidates: Vec<usize> = candidates.iter().map(|c| c * n / 8).collect();
                let best = best_candidate(&x, &weights, &projection, &candidates, &mut closest);
                let left: Vec<Vec<f32>> = candidates
                    .iter()
                    .map(|&c| {
                        let distance = |i| squared_distance(x.row(i), x.row(c));
                        (0..n).map(|i| naive[i].min(distance(i))).collect()
                    })
                    .collect();
                let potential = |c: usize| -> f64 {
                    left[c].iter().zip(&weights).map(|(&l, w)| w * f64::from(l)).sum()
                };
                prop_assert!((0..left.len()).all(|c| potential(best) <= potential(c)));
                naive = left[best].clone();
                prop_assert_eq!(&closest, &naive);
            }
        }
    }
}
