//! How many clusters rows have.

use std::collections::BTreeMap;

use lookalike_learn::metrics::{
    calinski_harabasz_score_with, davies_bouldin_score_with, silhouette_score_with,
};
use lookalike_learn::{AgglomerativeClustering, Context, KMeans};
use ndarray::{Array2, ArrayRef2, Axis};

use super::cluster::Algorithm;
use crate::Result;
use crate::choice::{Choice, Trial, Words};

/// Rows that clusters are found in for each number of clusters.
const FIT_ROWS: usize = 10_000;
/// Rows by which each number of clusters is judged.
const JUDGE_ROWS: usize = 4_000;
/// Starts of k-means for each number of clusters: a poor start must not decide.
const N_INIT: usize = 3;

const WORDS: Words = Words {
    clusters: "clusters",
    rows: "pictures",
    silhouette: "silhouette",
    meaning: "pictures are most clearly nearer to their own cluster than to the next",
};

/// Tries `least` to `most` clusters on a sample of `rows`.
pub(super) fn choose(
    rows: &ArrayRef2<f32>,
    (least, most): (usize, usize),
    algorithm: Algorithm,
    seed: u64,
    context: &Context,
) -> Result<Choice> {
    let sample = evenly(rows, FIT_ROWS);
    let judged = evenly(&sample, JUDGE_ROWS);
    // More clusters than half of the rows would be judged by chance.
    let most = most.min(judged.nrows() / 2);
    let mut tried = Vec::new();
    let tree = match algorithm {
        Algorithm::Agglomerative { linkage } if most >= least => {
            let recipe = AgglomerativeClustering::new(least).linkage(linkage);
            Some(recipe.fit_with(&judged, context)?)
        }
        _ => None,
    };
    for k in least..=most {
        context.report("choose k", k - least, most + 1 - least, None);
        let labels = if let Some(model) = &tree {
            model.dendrogram().cut(k)?
        } else {
            let recipe = KMeans::new(k).n_init(N_INIT).seed(seed);
            let model = recipe.fit_with(&sample, context)?;
            model.predict_with(&judged, context)?
        };
        match judge(&judged, &labels, k, context)? {
            Some(trial) => tried.push(trial),
            // There are no more distinct rows.
            None => break,
        }
    }
    context.report("choose k", 1, 1, None);
    Ok(Choice::new(tried, least.min(rows.nrows()), WORDS))
}

/// At most `most` rows, evenly spaced.
fn evenly(rows: &ArrayRef2<f32>, most: usize) -> Array2<f32> {
    let n = rows.nrows();
    if n <= most {
        return rows.to_owned();
    }
    let picked: Vec<usize> = (0..most).map(|i| i * n / most).collect();
    rows.select(Axis(0), &picked)
}

/// None where `labels` are fewer than `k`.
fn judge(rows: &Array2<f32>, labels: &[i32], k: usize, context: &Context) -> Result<Option<Trial>> {
    let mut members: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
    for (row, &label) in labels.iter().enumerate() {
        members.entry(label).or_default().push(row);
    }
    if members.len() < k {
        return Ok(None);
    }
    Ok(Some(Trial {
        n_clusters: k,
        inertia: members.values().map(|own| spread(rows, own)).sum(),
        silhouette: silhouette_score_with(rows, labels, context)?,
        davies_bouldin: davies_bouldin_score_with(rows, labels, context)?,
        calinski_harabasz: calinski_harabasz_score_with(rows, labels, context)?,
    }))
}

/// The sum of the squared distances of these rows to their mean.
fn spread(rows: &Array2<f32>, own: &[usize]) -> f64 {
    let n = own.len() as f64;
    let column = |c: usize| {
        let values = || own.iter().map(|&row| f64::from(rows[[row, c]]));
        let mean = values().sum::<f64>() / n;
        values().map(|value| (value - mean).powi(2)).sum::<f64>()
    };
    (0..rows.ncols()).map(column).sum()
}
