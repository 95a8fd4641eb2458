//! How many clusters: given, or chosen.

use std::fmt::Write;

use lookalike_figures::{Figure, ScoreCurves};
use serde::Serialize;

use crate::Result;

/// How many clusters to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterCount {
    /// This many.
    Exactly(usize),
    /// The number of this range, ends included, that suits a sample best.
    Between(usize, usize),
}

/// How well each number of clusters suits a sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// The number that was chosen: that of the highest silhouette, or the least where none could be
    /// tried.
    pub n_clusters: usize,
    /// The numbers that were tried and could be judged: those for which the sample has distinct rows enough.
    pub tried: Vec<Trial>,
    #[serde(skip)]
    words: Words,
}

/// How well one number of clusters suits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Trial {
    /// The number of clusters.
    pub n_clusters: usize,
    /// The sum of the squared distances of the rows to their centres, less is better.
    pub inertia: f64,
    /// Of pixels the simplified silhouette: how much nearer the best centre is than the second,
    /// 1 − a/b on average. Of others the
    /// [`silhouette_score`](lookalike_learn::metrics::silhouette_score). 1 is best.
    pub silhouette: f64,
    /// See [`davies_bouldin_score`](lookalike_learn::metrics::davies_bouldin_score); 0 is best.
    pub davies_bouldin: f64,
    /// See [`calinski_harabasz_score`](lookalike_learn::metrics::calinski_harabasz_score); more is
    /// better.
    pub calinski_harabasz: f64,
}

/// What a job calls its clusters, its rows, and the score that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) clusters: &'static str,
    pub(crate) rows: &'static str,
    pub(crate) silhouette: &'static str,
    pub(crate) meaning: &'static str,
}

impl Trial {
    /// Whether all scores say something.
    pub(crate) fn is_judged(&self) -> bool {
        let scores = [self.silhouette, self.davies_bouldin, self.calinski_harabasz];
        scores.iter().all(|score| score.is_finite())
    }
}

impl Choice {
    /// Of equal ones the least number; `least` where none was tried.
    pub(crate) fn new(tried: Vec<Trial>, least: usize, words: Words) -> Self {
        let best = tried.iter().copied().reduce(|best, trial| {
            if trial.silhouette > best.silhouette {
                trial
            } else {
                best
            }
        });
        Self {
            n_clusters: best.map_or(least, |best| best.n_clusters),
            tried,
            words,
        }
    }

    /// Why, in a sentence or two.
    pub fn reason(&self) -> String {
        let Words {
            clusters,
            rows,
            silhouette,
            meaning,
        } = self.words;
        let chosen = self.n_clusters;
        if self.tried.is_empty() {
            return format!(
                "A sample of the {rows} is too small, or has too few distinct ones, to judge {chosen} \
                 {clusters} or more: there is nothing to choose from."
            );
        }
        let best = |key: fn(&Trial) -> f64| {
            let best = self
                .tried
                .iter()
                .reduce(|a, b| if key(b) > key(a) { b } else { a });
            best.map_or(0, |trial| trial.n_clusters)
        };
        let (by_davies, by_calinski) = (best(|t| -t.davies_bouldin), best(|t| t.calinski_harabasz));
        let mut reason =
            format!("{chosen} {clusters} have the highest {silhouette} of a sample: {meaning}. ");
        // Writing to a string cannot fail.
        let _ = if by_davies == chosen && by_calinski == chosen {
            write!(reason, "Davies–Bouldin and Calinski–Harabasz agree.")
        } else {
            write!(
                reason,
                "Davies–Bouldin would take {by_davies}, Calinski–Harabasz {by_calinski}."
            )
        };
        reason
    }

    /// The scores over the numbers that were tried.
    pub(crate) fn curves(&self) -> Result<Figure> {
        let of = |value: fn(&Trial) -> f64| self.tried.iter().map(value).collect::<Vec<f64>>();
        let numbers: Vec<usize> = self.tried.iter().map(|t| t.n_clusters).collect();
        let higher = "higher is better";
        Ok(ScoreCurves::new(&numbers)
            .curve("inertia", "always falls", &of(|t| t.inertia))
            .curve(self.words.silhouette, higher, &of(|t| t.silhouette))
            .curve(
                "Davies–Bouldin",
                "lower is better",
                &of(|t| t.davies_bouldin),
            )
            .curve("Calinski–Harabasz", higher, &of(|t| t.calinski_harabasz))
            .chosen(self.n_clusters)
            .draw()?)
    }
}
