//! Where k-means starts.

use std::ops::Range;

use rayon::prelude::*;

use super::few::Few;
use super::partial_init::PartialInit;
use super::spread::Spread;
use crate::distance::squared_distance;
use crate::input::Samples;
use crate::linalg::row_products;
use crate::parallel::{BLOCK_ROWS, map_blocks};
use crate::random::Random;
use crate::simd;
use crate::{Context, Result};

/// `k` different rows, each with a probability in proportion to its weight.
///
/// The k smallest of −ln(u)/w: Efraimidis and Spirakis, *Weighted random sampling with a
/// reservoir*, 2006.
pub(crate) fn random_rows(weights: &[f64], k: usize, random: Random) -> Vec<usize> {
    let mut keys: Vec<(f64, usize)> = weights
        .iter()
        .enumerate()
        .map(|(i, weight)| (-(1.0 - random.uniform(i as u64)).ln() / weight, i))
        // A weight of zero makes a key of infinity, or NaN where the draw is zero as well.
        .map(|(key, i)| (if key.is_nan() { f64::INFINITY } else { key }, i))
        .collect();
    let by_key = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if k < keys.len() {
        keys.select_nth_unstable_by(k, by_key);
        keys.truncate(k);
    }
    keys.sort_unstable_by(by_key);
    keys.into_iter().map(|(_, i)| i).collect()
}

/// Greedy k-means++: the rows that become the first centres.
///
/// Arthur and Vassilvitskii, *k-means++: the advantages of careful seeding*, SODA 2007, with
/// 2 + ⌊ln k⌋ candidates a step, of which the one that leaves the smallest potential is taken, as
/// in scikit-learn.
pub(crate) fn plus_plus(
    x: &Samples<'_>,
    weights: &[f64],
    spread: &Spread,
    k: usize,
    random: Random,
    context: &Context,
) -> Result<Vec<usize>> {
    let n_trials = 2 + (k as f64).ln() as usize;
    let first = Cumulated::new(weights.len(), |i| weights[i]).pick(random.uniform(0));
    let mut chosen = vec![first];
    let mut closest = vec![f32::INFINITY; x.n_samples()];
    let partial =
        (spread.projection.as_ref()).map(|p| PartialInit::new(spread.rows(x), weights, p));
    let step = |candidates: &[usize], closest: &mut Vec<f32>| {
        if let Some(partial) = &partial {
            return partial.best_candidate(candidates, closest);
        }
        let (best, left) = best_candidate(x, weights, spread, candidates, closest);
        *closest = left;
        best
    };
    step(&[first], &mut closest);
    while chosen.len() < k {
        context.check()?;
        let potential = Cumulated::new(closest.len(), |i| weights[i] * f64::from(closest[i]));
        let draw = random.split(chosen.len() as u64);
        let candidates: Vec<usize> = (0..n_trials as u64)
            .map(|trial| potential.pick(draw.uniform(trial)))
            .collect();
        chosen.push(candidates[step(&candidates, &mut closest)]);
    }
    Ok(chosen)
}

/// Which candidate leaves the smallest potential, and the squared distances that it leaves.
fn best_candidate(
    x: &Samples<'_>,
    weights: &[f64],
    spread: &Spread,
    candidates: &[usize],
    closest: &[f32],
) -> (usize, Vec<f32>) {
    let (n, d) = (x.n_samples(), x.n_features());
    let mut candidates: Vec<Candidate> = candidates
        .iter()
        .map(|&row| Candidate::new(x, spread, row))
        .collect();
    let shifted: Vec<f32> = candidates
        .iter()
        .flat_map(|c| c.shifted.iter().copied())
        .collect();
    let few = Few::new(&shifted, d, spread.bytes.as_ref());
    for candidate in &mut candidates {
        candidate.length += spread.length_of_error(few.as_ref().map_or(0.0, Few::error));
    }
    let mut left = vec![0.0f32; candidates.len() * n];

    // Each task gets its rows of every candidate's distances.
    let mut columns: Vec<_> = left
        .chunks_exact_mut(n)
        .map(|c| c.chunks_mut(BLOCK_ROWS))
        .collect();
    let tasks: Vec<Vec<&mut [f32]>> = (0..n.div_ceil(BLOCK_ROWS))
        .map(|_| columns.iter_mut().filter_map(Iterator::next).collect())
        .collect();
    let potentials: Vec<Vec<f64>> = tasks
        .into_par_iter()
        .enumerate()
        .map(|(b, left)| {
            let rows = b * BLOCK_ROWS..n.min((b + 1) * BLOCK_ROWS);
            let mut products = vec![0.0f32; candidates.len() * rows.len()];
            match &few {
                Some(few) => {
                    let which: Vec<usize> = rows.clone().collect();
                    few.products(x, &which, &mut products);
                }
                None => row_products(&shifted, x.block(rows.clone()), d, &mut products),
            }
            candidates
                .iter()
                .zip(products.chunks_exact(rows.len()).zip(left))
                .map(|(candidate, (products, left))| {
                    candidate.distances(x, spread, rows.clone(), products, left);
                    take_minimum(left, &closest[rows.clone()], &weights[rows.clone()])
                })
                .collect()
        })
        .collect();

    let total = |c: usize| potentials.iter().map(|p| p[c]).sum::<f64>();
    let best = (0..candidates.len())
        .min_by(|&a, &b| total(a).total_cmp(&total(b)))
        .expect("there is at least one candidate");
    left.truncate((best + 1) * n);
    (best, left.split_off(best * n))
}

/// A row c as a would-be centre. With m the mean,
/// ‖x − c‖² = ‖x − m‖² + ‖c − m‖² + 2m·(c − m) − 2x·(c − m),
/// so that the samples need not be copied to be centred.
struct Candidate {
    row: usize,
    /// Scaled c − m.
    shifted: Vec<f32>,
    /// Scaled ‖c − m‖² + 2m·(c − m).
    constant: f32,
    /// Scaled ‖c − m‖, or more where products are off.
    length: f32,
}

impl Candidate {
    fn new(x: &Samples<'_>, spread: &Spread, row: usize) -> Self {
        let shifted = x
            .row(row)
            .iter()
            .zip(&spread.mean)
            .map(|(&v, m)| spread.squared_scale * (f64::from(v) - m));
        let along_mean: f64 = shifted.clone().zip(&spread.mean).map(|(v, m)| v * m).sum();
        let squared_norm = f64::from(spread.squared_norms[row]);
        Self {
            row,
            shifted: shifted.map(|v| v as f32).collect(),
            constant: (squared_norm + 2.0 * along_mean) as f32,
            length: squared_norm.sqrt() as f32,
        }
    }

    /// The squared distances of `rows` to this candidate, given their products with `shifted`.
    fn distances(
        &self,
        x: &Samples<'_>,
        spread: &Spread,
        rows: Range<usize>,
        products: &[f32],
        out: &mut [f32],
    ) {
        let norms = &spread.squared_norms[rows.clone()];
        let doubtful_below = &spread.doubtful_below[rows.clone()];
        let all_sure = simd::dispatch(
            #[inline(always)]
            || {
                let mut sure = true;
                for i in 0..out.len() {
                    out[i] = norms[i] + self.constant - 2.0 * products[i];
                    sure &= is_sure(out[i], doubtful_below[i] * self.length);
                }
                sure
            },
        );
        if !all_sure {
            for (i, row) in rows.enumerate() {
                if !is_sure(out[i], doubtful_below[i] * self.length) {
                    let squared = squared_distance(x.row(row), x.row(self.row));
                    out[i] = (spread.squared_scale * squared) as f32;
                }
            }
        }
    }
}

/// Overflow and NaN are no proof either.
#[inline(always)]
fn is_sure(squared: f32, doubtful_below: f32) -> bool {
    squared > doubtful_below && squared < f32::INFINITY
}

/// Lowers `left` to `closest` where that is smaller; the weighted sum of what is left.
fn take_minimum(left: &mut [f32], closest: &[f32], weights: &[f64]) -> f64 {
    const LANES: usize = 8;
    simd::dispatch(
        #[inline(always)]
        || {
            let mut lanes = [0.0f64; LANES];
            let (left_chunks, left_rest) = left.as_chunks_mut::<LANES>();
            let (closest_chunks, closest_rest) = closest.as_chunks::<LANES>();
            let (weight_chunks, weight_rest) = weights.as_chunks::<LANES>();
            for ((left, closest), weights) in left_chunks
                .iter_mut()
                .zip(closest_chunks)
                .zip(weight_chunks)
            {
                for l in 0..LANES {
                    left[l] = if closest[l] < left[l] {
                        closest[l]
                    } else {
                        left[l]
                    };
                    lanes[l] += weights[l] * f64::from(left[l]);
                }
            }
            let mut sum: f64 = lanes.iter().sum();
            for ((left, &closest), weight) in
                left_rest.iter_mut().zip(closest_rest).zip(weight_rest)
            {
                *left = left.min(closest);
                sum += weight * f64::from(*left);
            }
            sum
        },
    )
}

/// Cumulated weights, by blocks, to draw rows in proportion to them.
struct Cumulated<F> {
    before: Vec<f64>,
    n: usize,
    weight: F,
}

impl<F: Fn(usize) -> f64 + Sync> Cumulated<F> {
    fn new(n: usize, weight: F) -> Self {
        let sums = map_blocks(n, BLOCK_ROWS, |rows| rows.map(&weight).sum::<f64>());
        let before = std::iter::once(0.0)
            .chain(sums.into_iter().scan(0.0, |total, sum| {
                *total += sum;
                Some(*total)
            }))
            .collect();
        Self { before, n, weight }
    }

    /// The first row at which the cumulated weight reaches the share `uniform` of the total.
    fn pick(&self, uniform: f64) -> usize {
        let target = uniform * self.before[self.before.len() - 1];
        let block = self
            .before
            .partition_point(|&sum| sum < target)
            .saturating_sub(1);
        let mut sum = self.before[block];
        let mut last_positive = block * BLOCK_ROWS;
        for i in block * BLOCK_ROWS..self.n.min((block + 1) * BLOCK_ROWS) {
            let weight = (self.weight)(i);
            sum += weight;
            if weight > 0.0 {
                last_positive = i;
                if sum >= target {
                    break;
                }
            }
        }
        last_positive
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::kmeans::bytes::Bytes;
    use ndarray::Array2;
    use proptest::prelude::*;

    proptest! {
        /// Rows that differ from the candidate in one feature, which is little beside their lengths.
        #[test]
        fn distances_are_within_the_tolerated_error(
            d in 128usize..300,
            level in 20u8..120,
            step in 1u8..30,
            unit in prop::sample::select(vec![1.0f32, 1.0 / 255.0]),
            in_bytes: bool,
        ) {
            let value = |(i, j): (usize, usize)| match j {
                0 => if i < 90 { 255 } else { 1 },
                _ if j == i => level + step * (i % 4) as u8,
                _ => level,
            };
            let x = Array2::from_shape_fn((100, d), |at| f32::from(value(at)) * unit);
            let samples = Samples::new(&x).unwrap();
            let mut spread = Spread::of(&samples);
            spread.bytes = Bytes::of_any_size(&samples).filter(|_| in_bytes);
            prop_assert_eq!(spread.bytes.is_some(), in_bytes);
            let (weights, closest) = (vec![1.0; 100], vec![f32::INFINITY; 100]);
            let (_, left) = best_candidate(&samples, &weights, &spread, &[8], &closest);
            for (i, left) in left.into_iter().enumerate() {
                let exact = squared_distance(samples.row(i), samples.row(8));
                let off = (f64::from(left) / spread.squared_scale - exact).abs();
                prop_assert!(off <= exact / 64.0, "{}: {} instead of {}", i, left, exact);
            }
        }
    }
}
