//! How many classes a scene has.

use std::fmt::Write;

use lookalike_learn::metrics::{calinski_harabasz_score_with, davies_bouldin_score_with};
use lookalike_learn::pixel_kmeans::{MemoryBlocks, PixelBlocks, sample};
use lookalike_learn::{Context, PixelKMeans};
use serde::Serialize;

use super::store::PixelStore;
use super::value::SceneValue;
use crate::Result;

/// Pixels that k-means is fitted on for each number of classes.
const FIT_PIXELS: usize = 1 << 17;
/// Pixels by which each number of classes is judged.
const JUDGE_PIXELS: usize = 20_000;

/// How well each number of classes suits a sample of the pixels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// The number that was chosen: that of the highest simplified silhouette, or the least where
    /// none could be tried.
    pub n_classes: usize,
    /// The numbers that were tried: those for which a sample has distinct pixels enough.
    pub tried: Vec<Trial>,
}

/// How well one number of classes suits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Trial {
    /// The number of classes.
    pub n_classes: usize,
    /// The sum of the squared distances of the pixels to their centres, less is better.
    pub inertia: f64,
    /// How much nearer the best centre is than the second, 1 − a/b on average; 1 is best.
    pub simplified_silhouette: f64,
    /// See [`davies_bouldin_score`](lookalike_learn::metrics::davies_bouldin_score); 0 is best.
    pub davies_bouldin: f64,
    /// See [`calinski_harabasz_score`](lookalike_learn::metrics::calinski_harabasz_score); more is
    /// better.
    pub calinski_harabasz: f64,
}

impl Choice {
    /// Why, in a sentence or two.
    pub fn reason(&self) -> String {
        if self.tried.is_empty() {
            return format!(
                "A sample of the pixels has fewer than {} distinct ones: there is nothing to choose \
                 from.",
                self.n_classes
            );
        }
        let best = |key: fn(&Trial) -> f64| {
            let best = self
                .tried
                .iter()
                .reduce(|a, b| if key(b) > key(a) { b } else { a });
            best.map_or(0, |trial| trial.n_classes)
        };
        let (by_davies, by_calinski) = (best(|t| -t.davies_bouldin), best(|t| t.calinski_harabasz));
        let mut reason = format!(
            "{} classes have the highest simplified silhouette of a sample: pixels are most clearly \
             nearer to their own centre than to the next. ",
            self.n_classes
        );
        // Writing to a string cannot fail.
        let _ = if by_davies == self.n_classes && by_calinski == self.n_classes {
            write!(reason, "Davies–Bouldin and Calinski–Harabasz agree.")
        } else {
            write!(
                reason,
                "Davies–Bouldin would take {by_davies}, Calinski–Harabasz {by_calinski}."
            )
        };
        reason
    }
}

/// Tries `least` to `most` classes.
pub(super) fn choose<V: SceneValue>(
    recipe: impl Fn(usize) -> PixelKMeans,
    (least, most): (usize, usize),
    store: &PixelStore<V>,
    seed: u64,
    context: &Context,
) -> Result<Choice> {
    let pixels = sample(store, FIT_PIXELS, seed, context)?;
    let judged = sample(&pixels, JUDGE_PIXELS, seed, context)?;
    let mut tried: Vec<Trial> = Vec::new();
    for k in least..=most {
        context.report("choose k", k - least, most - least + 1, None);
        match try_one(&recipe(k), k, &pixels, &judged, context)? {
            Some(trial) => tried.push(trial),
            // There are no more distinct pixels.
            None => break,
        }
    }
    context.report("choose k", most - least + 1, most - least + 1, None);
    let best = tried.iter().copied().reduce(|best, trial| {
        if trial.simplified_silhouette > best.simplified_silhouette {
            trial
        } else {
            best
        }
    });
    Ok(Choice {
        n_classes: best.map_or(least, |best| best.n_classes),
        tried,
    })
}

fn try_one<V: SceneValue>(
    recipe: &PixelKMeans,
    k: usize,
    pixels: &MemoryBlocks<V>,
    judged: &MemoryBlocks<V>,
    context: &Context,
) -> Result<Option<Trial>> {
    let model = recipe.fit_with(pixels, context)?;
    if model.centers().nrows() < k {
        return Ok(None);
    }
    let classifier = model.classifier(judged.moments())?;
    let n_pixels = judged.moments().n_pixels as usize;
    let (mut labels, mut margins) = (vec![0u16; n_pixels], vec![0.0f32; n_pixels]);
    let mut first = 0;
    for block in 0..judged.n_blocks() {
        let mut buffer = Vec::new();
        let columns = judged.read(block, &mut buffer)?;
        let within = first..first + columns.n_pixels;
        classifier.classify(
            columns,
            &mut labels[within.clone()],
            Some(&mut margins[within.clone()]),
        );
        first = within.end;
    }
    let mut rows = judged.rows();
    for (mut column, weight) in rows.columns_mut().into_iter().zip(model.feature_weights()) {
        column.mapv_inplace(|v| (f64::from(v) * weight.sqrt()) as f32);
    }
    let labels: Vec<i32> = labels.into_iter().map(i32::from).collect();
    Ok(Some(Trial {
        n_classes: k,
        inertia: model.inertia(),
        simplified_silhouette: margins.iter().map(|&m| f64::from(m)).sum::<f64>() / n_pixels as f64,
        davies_bouldin: davies_bouldin_score_with(&rows, &labels, context).unwrap_or(f64::NAN),
        calinski_harabasz: calinski_harabasz_score_with(&rows, &labels, context)
            .unwrap_or(f64::NAN),
    }))
}
