//! The mutual information that two random labelings of given cluster sizes share on average.

use super::contingency::Contingency;

/// Beyond this share of the likeliest term, the terms of a sum that falls off faster than
/// geometrically cannot reach the last bit.
const NEGLIGIBLE: f64 = 1e-30;

/// The exact expectation, in nats, under random permutation of the labels.
///
/// Vinh, Epps and Bailey (JMLR 2010, equation 24a) sum over all counts that a cell can have. Here
/// each cell's hypergeometric distribution is walked from its mode outwards, by ratios of
/// neighbouring terms, until the terms vanish, and is normalised by its own sum: no factorials,
/// and O(√n) terms instead of O(n). A cell depends on the sizes of its row and column only, so
/// equal sizes are done once.
pub(super) fn expected_mutual_information(table: &Contingency) -> f64 {
    let rows = distinct(&table.class_sizes);
    let columns = distinct(&table.cluster_sizes);
    let mut sum = 0.0;
    for &(a, a_times) in &rows {
        for &(b, b_times) in &columns {
            sum += (a_times * b_times) as f64 * expected_cell(a, b, table.n_samples);
        }
    }
    sum
}

/// The different sizes, ascending, and how often each occurs.
fn distinct(sizes: &[u64]) -> Vec<(u64, u64)> {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    sizes
        .chunk_by(|a, b| a == b)
        .map(|same| (same[0], same.len() as u64))
        .collect()
}

/// The expectation of k/n·ln(n·k/(a·b)), where k is how many of `b` samples drawn out of `n` are
/// among `a` given ones.
fn expected_cell(a: u64, b: u64, n: u64) -> f64 {
    let (least, most) = ((a + b).saturating_sub(n), a.min(b));
    let mode =
        ((u128::from(a + 1) * u128::from(b + 1) / u128::from(n + 2)) as u64).clamp(least, most);
    let term = |k: u64| {
        if k == 0 {
            return 0.0;
        }
        let k = k as f64;
        k / n as f64 * (n as f64 * k / (a as f64 * b as f64)).ln()
    };
    // The probability of k+1 over that of k.
    let ratio = |k: u64| {
        ((a - k) as f64 * (b - k) as f64) / ((k + 1) as f64 * ((n + k + 1) - a - b) as f64)
    };
    let (mut total, mut weighted) = (1.0, term(mode));
    let mut weight = 1.0;
    for k in mode..most {
        weight *= ratio(k);
        if weight < NEGLIGIBLE {
            break;
        }
        total += weight;
        weighted += weight * term(k + 1);
    }
    weight = 1.0;
    for k in (least..mode).rev() {
        weight /= ratio(k);
        if weight < NEGLIGIBLE {
            break;
        }
        total += weight;
        weighted += weight * term(k);
    }
    weighted / total
}
