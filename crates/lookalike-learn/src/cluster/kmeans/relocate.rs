//! What becomes of clusters that lost all their rows.

use super::lloyd::{Problem, Sums};
use crate::distance::squared_distance;

/// Moves each empty cluster to one of the rows that are farthest from their centres.
///
/// The row leaves the sums of its old cluster; rows without weight are nobody's. Nothing happens when every
/// row sits on its centre: then there are fewer distinct rows than clusters. The rule is scikit-learn's.
pub(crate) fn relocate_empty_clusters(
    problem: &Problem<'_>,
    sums: &mut Sums,
    centers: &[f32],
    labels: &[i32],
) {
    let empty: Vec<usize> = (0..sums.weights.len())
        .filter(|&c| sums.weights[c] == 0.0)
        .collect();
    if empty.is_empty() {
        return;
    }
    let d = problem.x.n_features();
    let distance = |i: usize| {
        let label = labels[i] as usize;
        squared_distance(problem.x.row(i), &centers[label * d..(label + 1) * d])
    };
    let mut farthest: Vec<(f64, usize)> = (0..labels.len())
        .filter(|&i| problem.weights[i] > 0.0)
        .map(|i| (distance(i), i))
        .filter(|(d, _)| *d > 0.0)
        .collect();
    let by_distance = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if empty.len() < farthest.len() {
        farthest.select_nth_unstable_by(empty.len(), by_distance);
        farthest.truncate(empty.len());
    }
    farthest.sort_unstable_by(by_distance);
    for (&cluster, &(_, row)) in empty.iter().zip(&farthest) {
        sums.relocate(
            labels[row] as usize,
            cluster,
            problem.x.row(row),
            problem.weights[row],
        );
    }
}

impl Sums {
    fn relocate(&mut self, from: usize, to: usize, row: &[f32], weight: f64) {
        let d = row.len();
        for (j, &v) in row.iter().enumerate() {
            let v = weight * f64::from(v);
            self.values[from * d + j] -= v;
            self.values[to * d + j] = v;
        }
        self.weights[from] -= weight;
        self.weights[to] = weight;
    }
}
