//! How alike the samples are: the joint probabilities P of t-SNE, in sparse form.

use std::ops::Range;

use rayon::prelude::*;

use crate::neighbors::Neighbors;
use crate::parallel::BLOCK_ROWS;
use crate::simd;

/// The entropy of a row may miss the logarithm of the perplexity by this, as in scikit-learn.
const ENTROPY_TOLERANCE: f64 = 1e-5;
const MAX_SEARCH_STEPS: usize = 100;

/// A symmetric sparse matrix of probabilities that add up to 1, by compressed rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Affinities {
    /// Where each row starts in `columns` and `values`; one more entry than rows.
    pub(crate) starts: Vec<usize>,
    /// Ascending within a row; never the row itself.
    pub(crate) columns: Vec<u32>,
    pub(crate) values: Vec<f32>,
}

impl Affinities {
    /// Gaussian affinities of each row to its neighbours at the given perplexity, made symmetric:
    /// `p_ij` = (`p_j|i` + `p_i|j`) / 2n.
    pub(crate) fn new(neighbors: Neighbors, perplexity: f64) -> Self {
        let k = neighbors.indices().ncols();
        let (indices, mut conditional) = neighbors.into_parts();
        conditional.par_chunks_mut(k * BLOCK_ROWS).for_each(|rows| {
            let mut p = vec![0.0f64; k];
            for row in rows.chunks_exact_mut(k) {
                conditional_probabilities(row, perplexity, &mut p);
                for (value, &p) in row.iter_mut().zip(&p) {
                    *value = p as f32;
                }
            }
        });
        let edges = Edges::new(indices, &conditional, k);
        drop(conditional);
        edges.symmetric()
    }

    /// The same with row and column `order[i]` as number i; rows keep the order of their values.
    pub(crate) fn reordered(self, order: &[u32]) -> Self {
        let mut place = vec![0u32; order.len()];
        for (i, &row) in order.iter().enumerate() {
            place[row as usize] = i as u32;
        }
        let old = |row: u32| self.starts[row as usize]..self.starts[row as usize + 1];
        let mut starts = Vec::with_capacity(self.starts.len());
        starts.push(0);
        for &row in order {
            starts.push(starts[starts.len() - 1] + old(row).len());
        }
        let columns = gathered(&self.columns, old, order, &starts, |j| place[j as usize]);
        drop(self.columns);
        let values = gathered(&self.values, old, order, &starts, |value| value);
        Self {
            starts,
            columns,
            values,
        }
    }

    pub(crate) fn n_samples(&self) -> usize {
        self.starts.len() - 1
    }
}

/// Of each row, the k that it names.
struct Edges {
    indices: Vec<u32>,
    /// The sum of the probabilities of both ways; where there is no way back, that of the one way, with a
    /// minus.
    values: Vec<f32>,
    k: usize,
    /// The sum of the probabilities of all ways; n, but for rounding.
    total: f64,
}

impl Edges {
    /// Of each row, given k neighbours and their probabilities.
    fn new(indices: Vec<u32>, conditional: &[f32], k: usize) -> Self {
        let named_by = |i: usize| &indices[i * k..(i + 1) * k];
        let mut values = vec![0.0; indices.len()];
        values
            .par_chunks_mut(k)
            .zip(conditional.par_chunks(k))
            .enumerate()
            .for_each(|(i, (values, conditional_of_i))| {
                simd::dispatch(
                    #[inline(always)]
                    || {
                        let edges = named_by(i).iter().zip(conditional_of_i);
                        for (value, (&j, &p)) in values.iter_mut().zip(edges) {
                            let j = j as usize;
                            *value = match place_in(named_by(j), i as u32) {
                                Some(at) => p + conditional[j * k + at],
                                None => -p,
                            };
                        }
                    },
                );
            });
        Self {
            indices,
            values,
            k,
            total: conditional.iter().map(|&p| f64::from(p)).sum(),
        }
    }

    /// The mean of both directions, divided by n. Rows that name one another have one entry each, of
    /// both directions; a row that is named, and does not name, gets an entry, too.
    fn symmetric(self) -> Affinities {
        let k = self.k;
        let one_way = || {
            let edges = self.indices.iter().zip(&self.values).enumerate();
            let one_way = edges.filter(|(_, (_, value))| value.is_sign_negative());
            one_way.map(|(edge, (&j, &value))| ((edge / k) as u32, j as usize, -value))
        };
        let n = self.indices.len() / k;
        let mut starts = vec![k; n + 1];
        starts[0] = 0;
        for (_, j, _) in one_way() {
            starts[j + 1] += 1;
        }
        for i in 0..n {
            starts[i + 1] += starts[i];
        }
        let mut columns = vec![0u32; starts[n]];
        let mut values = vec![0.0f32; starts[n]];
        // The entries of a row begin with those that it names.
        let mut free: Vec<usize> = starts[..n].iter().map(|&start| start + k).collect();
        for (i, j, p) in one_way() {
            (columns[free[j]], values[free[j]]) = (i, p);
            free[j] += 1;
        }
        drop(free);
        let total = 2.0 * self.total;
        blocks(&starts, &mut columns)
            .into_par_iter()
            .zip(blocks(&starts, &mut values))
            .enumerate()
            .for_each(|(b, (columns, values))| {
                let first = b * BLOCK_ROWS;
                let rows = first..n.min(first + BLOCK_ROWS);
                let mut named = Vec::with_capacity(k);
                for i in rows {
                    let edges = i * k..(i + 1) * k;
                    let edges = self.indices[edges.clone()].iter().zip(&self.values[edges]);
                    named.clear();
                    named.extend(edges.map(|(&j, value)| (j, value.abs())));
                    named.sort_unstable_by_key(|&(j, _)| j);
                    let row = starts[i] - starts[first]..starts[i + 1] - starts[first];
                    let (columns, values) = (&mut columns[row.clone()], &mut values[row]);
                    merge(&named, columns, values);
                    for value in values {
                        *value = (f64::from(*value) / total) as f32;
                    }
                }
            });
        Affinities {
            starts,
            columns,
            values,
        }
    }
}

/// Puts what a row names among the entries behind, which name it; both ascend.
fn merge(named: &[(u32, f32)], columns: &mut [u32], values: &mut [f32]) {
    let (mut at, mut behind) = (0, named.len());
    for place in 0..columns.len() {
        let is_named = match named.get(at) {
            Some(&(j, _)) => behind == columns.len() || j < columns[behind],
            None => false,
        };
        (columns[place], values[place]) = if is_named {
            at += 1;
            named[at - 1]
        } else {
            behind += 1;
            (columns[behind - 1], values[behind - 1])
        };
    }
}

/// Where `wanted` stands in `row`, if it does.
#[inline(always)]
fn place_in(row: &[u32], wanted: u32) -> Option<usize> {
    // Looking at each alone would leave at the first, which is not done in vectors.
    const AT_ONCE: usize = 16;
    for (c, chunk) in row.chunks(AT_ONCE).enumerate() {
        let mut found = false;
        for &index in chunk {
            found |= index == wanted;
        }
        if found {
            let within = chunk.iter().position(|&index| index == wanted);
            return within.map(|at| c * AT_ONCE + at);
        }
    }
    None
}

/// The entries of blocks of rows.
fn blocks<'a, T>(starts: &[usize], mut entries: &'a mut [T]) -> Vec<&'a mut [T]> {
    let mut blocks = Vec::new();
    for first in (0..starts.len() - 1).step_by(BLOCK_ROWS) {
        let end = starts[(first + BLOCK_ROWS).min(starts.len() - 1)];
        let (block, rest) = entries.split_at_mut(end - starts[first]);
        blocks.push(block);
        entries = rest;
    }
    blocks
}

/// What `made_of` makes of the entries of rows in another order, given where each was and is to be.
fn gathered<T: Copy + Default + Send + Sync>(
    entries: &[T],
    old: impl Fn(u32) -> Range<usize> + Sync,
    order: &[u32],
    starts: &[usize],
    made_of: impl Fn(T) -> T + Sync,
) -> Vec<T> {
    let mut new = vec![T::default(); entries.len()];
    blocks(starts, &mut new)
        .into_par_iter()
        .zip(order.par_chunks(BLOCK_ROWS))
        .for_each(|(mut block, rows)| {
            for &row in rows {
                let from = &entries[old(row)];
                let (to, rest) = block.split_at_mut(from.len());
                block = rest;
                for (new, &entry) in to.iter_mut().zip(from) {
                    *new = made_of(entry);
                }
            }
        });
    new
}

/// Probabilities in proportion to exp(−β·d²), with β such that their perplexity is the one asked.
///
/// Newton's method on ln β, kept inside a bracket: the entropy falls as β grows, with slope
/// −β²·Var(d²) in ln β.
fn conditional_probabilities(distances: &[f32], perplexity: f64, p: &mut [f64]) {
    let target = perplexity.ln();
    let square = |d: f32| f64::from(d) * f64::from(d);
    // Neighbours are sorted; with the smallest taken off, the sum never underflows to zero.
    let nearest = distances.first().map_or(0.0, |&d| square(d));
    let squares: Vec<f64> = distances.iter().map(|&d| square(d) - nearest).collect();
    let mean_square = squares.iter().sum::<f64>() / squares.len() as f64;
    let mut log_beta = if mean_square > 0.0 {
        -mean_square.ln()
    } else {
        0.0
    };
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut sum = 0.0;
    for _ in 0..MAX_SEARCH_STEPS {
        let beta = log_beta.exp();
        sum = 0.0;
        let (mut first, mut second) = (0.0, 0.0);
        for (p, &square) in p.iter_mut().zip(&squares) {
            *p = (-beta * square).exp();
            sum += *p;
            first += *p * square;
            second += *p * square * square;
        }
        let mean = first / sum;
        let variance = (second / sum - mean * mean).max(0.0);
        let excess = sum.ln() + beta * mean - target;
        let slope = beta * beta * variance;
        if excess.abs() <= ENTROPY_TOLERANCE || (slope == 0.0 && low.is_finite()) {
            break;
        }
        if excess > 0.0 {
            low = log_beta;
        } else {
            high = log_beta;
        }
        let newton = log_beta + (excess / slope).clamp(-1.0, 1.0);
        log_beta = if newton > low && newton < high {
            newton
        } else if low.is_finite() && high.is_finite() {
            f64::midpoint(low, high)
        } else {
            log_beta + excess.signum()
        };
    }
    for p in p {
        *p /= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn rows_have_the_perplexity_asked_for() {
        let random = Random::new(1, 0);
        for row in 0..200 {
            let scale = 10f64.powi(row % 9 - 4);
            let mut distances: Vec<f32> = (0..90)
                .map(|j| (scale * (1.0 + random.uniform(row as u64 * 90 + j))) as f32)
                .collect();
            distances.sort_by(f32::total_cmp);
            let mut p = vec![0.0; 90];
            conditional_probabilities(&distances, 30.0, &mut p);
            let entropy: f64 = p.iter().filter(|&&p| p > 0.0).map(|p| -p * p.ln()).sum();
            assert!((entropy - 30f64.ln()).abs() < 2e-5, "row {row}: {entropy}");
        }
    }

    #[test]
    fn equal_distances_make_equal_probabilities() {
        for distance in [0.0, 1.0] {
            let mut p = vec![0.0; 10];
            conditional_probabilities(&[distance; 10], 3.0, &mut p);
            assert!(p.iter().all(|p| (p - 0.1).abs() < 1e-12), "{p:?}");
        }
    }

    #[test]
    fn more_duplicates_than_the_perplexity_share_it_all() {
        let mut distances = [0.0f32; 10];
        distances[8..].fill(5.0);
        let mut p = vec![0.0; 10];
        conditional_probabilities(&distances, 3.0, &mut p);
        assert!(p[8..].iter().all(|&p| p < 1e-6), "{p:?}");
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn joint_probabilities_equal_their_naive_twin() {
        let (n, k) = (1100, 19);
        let x = ndarray::Array2::from_shape_fn((n, 3), |(i, j)| ((i * 7 + j * 11) as f32).sin());
        let neighbors = crate::neighbors::k_nearest(&x, k).unwrap();
        let mut dense = vec![0.0; n * n];
        let mut p = vec![0.0; k];
        for i in 0..n {
            let distances = neighbors.distances().row(i).to_vec();
            conditional_probabilities(&distances, 6.0, &mut p);
            for (&j, p) in neighbors.indices().row(i).iter().zip(&p) {
                dense[i * n + j as usize] += p / (2 * n) as f64;
                dense[j as usize * n + i] += p / (2 * n) as f64;
            }
        }
        let named =
            |i: usize, j: usize| neighbors.indices().row(i).iter().any(|&l| l as usize == j);
        let p = Affinities::new(neighbors.clone(), 6.0);
        for i in 0..n {
            let entries = p.starts[i]..p.starts[i + 1];
            let columns = p.columns[entries.clone()].iter().map(|&j| j as usize);
            assert!(
                columns
                    .clone()
                    .eq((0..n).filter(|&j| named(i, j) || named(j, i)))
            );
            for (j, &value) in columns.zip(&p.values[entries]) {
                let want = dense[i * n + j];
                assert!((f64::from(value) - want).abs() <= 2e-7 * want, "{i} {j}");
            }
        }
        assert_eq!(p.columns.len(), p.starts[n]);
    }

    #[test]
    fn joint_probabilities_are_those_of_scikit_learn() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../testdata/golden/tsne.json"
        );
        let golden: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let golden = &golden["affinities"];
        let n = golden["rows"].as_u64().unwrap() as usize;
        let digits = crate::datasets::digits().data;
        let x = digits.slice(ndarray::s![..n, ..]);
        let neighbors = crate::neighbors::k_nearest(&x, n - 1).unwrap();
        let p = Affinities::new(neighbors, golden["perplexity"].as_f64().unwrap());
        let mut upper = Vec::new();
        for i in 0..n {
            for e in p.starts[i]..p.starts[i + 1] {
                if p.columns[e] as usize > i {
                    upper.push(f64::from(p.values[e]));
                }
            }
        }
        let want = golden["p"].as_array().unwrap();
        assert_eq!(upper.len(), want.len());
        for (at, (got, want)) in upper.iter().zip(want).enumerate() {
            let want = want.as_f64().unwrap();
            assert!(
                (got - want).abs() < 1e-4 * want + 1e-9,
                "{at}: {got} {want}"
            );
        }
    }
}
