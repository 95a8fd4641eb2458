//! How many classes a scene has.

use lookalike_learn::metrics::{calinski_harabasz_score_with, davies_bouldin_score_with};
use lookalike_learn::pixel_kmeans::{MemoryBlocks, PixelBlocks, sample};
use lookalike_learn::{Context, PixelKMeans};

use super::store::PixelStore;
use super::value::SceneValue;
use crate::Result;
use crate::choice::{Choice, Trial, Words};

/// Pixels that k-means is fitted on for each number of classes.
const FIT_PIXELS: usize = 1 << 17;
/// Pixels by which each number of classes is judged.
const JUDGE_PIXELS: usize = 20_000;

const WORDS: Words = Words {
    clusters: "classes",
    rows: "pixels",
    silhouette: "simplified silhouette",
    meaning: "pixels are most clearly nearer to their own centre than to the next",
};

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
            // The pixels that judge may all be of one class.
            Some(trial) if !trial.is_judged() => {}
            Some(trial) => tried.push(trial),
            // There are no more distinct pixels.
            None => break,
        }
    }
    context.report("choose k", most - least + 1, most - least + 1, None);
    Ok(Choice::new(tried, least, WORDS))
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
        n_clusters: k,
        inertia: model.inertia(),
        silhouette: margins.iter().map(|&m| f64::from(m)).sum::<f64>() / n_pixels as f64,
        davies_bouldin: davies_bouldin_score_with(&rows, &labels, context).unwrap_or(f64::NAN),
        calinski_harabasz: calinski_harabasz_score_with(&rows, &labels, context)
            .unwrap_or(f64::NAN),
    }))
}
