//! How alike the samples are: the joint probabilities P of t-SNE, in sparse form.

use rayon::prelude::*;

use crate::neighbors::Neighbors;
use crate::parallel::BLOCK_ROWS;

/// The entropy of a row may miss the logarithm of the perplexity by this, as in scikit-learn.
const ENTROPY_TOLERANCE: f64 = 1e-5;
const MAX_SEARCH_STEPS: usize = 100;

/// A symmetric sparse matrix of probabilities that add up to 1, by compressed rows.
#[derive(Debug, Clone, PartialEq)]
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
    pub(crate) fn new(neighbors: &Neighbors, perplexity: f64) -> Self {
        let (n, k) = neighbors.indices().dim();
        let indices = neighbors
            .indices()
            .as_slice()
            .expect("made in standard layout");
        let distances = neighbors
            .distances()
            .as_slice()
            .expect("made in standard layout");
        let mut conditional = vec![0.0f64; n * k];
        conditional
            .par_chunks_mut(k * BLOCK_ROWS)
            .zip(distances.par_chunks(k * BLOCK_ROWS))
            .for_each(|(conditional, distances)| {
                for (p, d) in conditional
                    .chunks_exact_mut(k)
                    .zip(distances.chunks_exact(k))
                {
                    conditional_probabilities(d, perplexity, p);
                }
            });
        Self::symmetric(indices, &conditional, n, k)
    }

    fn symmetric(indices: &[u32], conditional: &[f64], n: usize, k: usize) -> Self {
        // Who names each row as a neighbour, in ascending order.
        let mut incoming_starts = vec![0usize; n + 1];
        for &j in indices {
            incoming_starts[j as usize + 1] += 1;
        }
        for i in 0..n {
            incoming_starts[i + 1] += incoming_starts[i];
        }
        let mut filled = incoming_starts.clone();
        let mut incoming = vec![(0u32, 0.0f64); n * k];
        for (edge, &j) in indices.iter().enumerate() {
            incoming[filled[j as usize]] = ((edge / k) as u32, conditional[edge]);
            filled[j as usize] += 1;
        }

        let total: f64 = 2.0 * conditional.iter().sum::<f64>();
        let rows: Vec<Vec<(u32, f32)>> = (0..n)
            .into_par_iter()
            .map(|i| {
                let named = i * k..(i + 1) * k;
                let named = indices[named.clone()]
                    .iter()
                    .copied()
                    .zip(conditional[named].iter().copied());
                let naming = &incoming[incoming_starts[i]..incoming_starts[i + 1]];
                let mut row: Vec<(u32, f64)> = named.chain(naming.iter().copied()).collect();
                row.sort_by_key(|&(j, _)| j);
                row.dedup_by(|next, kept| {
                    let same = next.0 == kept.0;
                    if same {
                        kept.1 += next.1;
                    }
                    same
                });
                row.into_iter()
                    .map(|(j, p)| (j, (p / total) as f32))
                    .collect()
            })
            .collect();
        let mut starts = vec![0];
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        for row in rows {
            columns.extend(row.iter().map(|e| e.0));
            values.extend(row.iter().map(|e| e.1));
            starts.push(columns.len());
        }
        Self {
            starts,
            columns,
            values,
        }
    }

    /// The same with row and column `order[i]` as number i; rows keep the order of their values.
    pub(crate) fn reordered(&self, order: &[u32]) -> Self {
        let mut place = vec![0u32; order.len()];
        for (i, &row) in order.iter().enumerate() {
            place[row as usize] = i as u32;
        }
        let mut starts = Vec::with_capacity(self.starts.len());
        starts.push(0);
        for &row in order {
            let length = self.starts[row as usize + 1] - self.starts[row as usize];
            starts.push(starts[starts.len() - 1] + length);
        }
        let mut columns = vec![0; self.columns.len()];
        let mut values = vec![0.0; self.values.len()];
        let (mut columns_left, mut values_left) = (&mut columns[..], &mut values[..]);
        let mut blocks = Vec::new();
        for rows in order.chunks(BLOCK_ROWS) {
            let length: usize = rows
                .iter()
                .map(|&row| self.starts[row as usize + 1] - self.starts[row as usize])
                .sum();
            let (block_columns, rest) = std::mem::take(&mut columns_left).split_at_mut(length);
            columns_left = rest;
            let (block_values, rest) = std::mem::take(&mut values_left).split_at_mut(length);
            values_left = rest;
            blocks.push((rows, block_columns, block_values));
        }
        blocks.into_par_iter().for_each(|(rows, columns, values)| {
            let mut end = 0;
            for &row in rows {
                let from = self.starts[row as usize]..self.starts[row as usize + 1];
                let to = end..end + from.len();
                end = to.end;
                values[to.clone()].copy_from_slice(&self.values[from.clone()]);
                for (column, &old) in columns[to].iter_mut().zip(&self.columns[from]) {
                    *column = place[old as usize];
                }
            }
        });
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
        let p = Affinities::new(&neighbors, golden["perplexity"].as_f64().unwrap());
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
