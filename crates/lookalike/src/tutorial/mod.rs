//! Seven ways to cluster 1797 handwritten digits, judged against their true labels.
//!
//! ```no_run
//! use lookalike::Context;
//! use lookalike::output::OutputFolder;
//! use lookalike::scene::SceneDemo;
//! use lookalike::tutorial::Tutorial;
//!
//! let results = Tutorial::new().seed(0).run(&Context::new())?;
//! for way in &results.ways {
//!     println!("{}: {:.3}", way.name, way.evaluation.scores.accuracy);
//! }
//! let mut folder = OutputFolder::create("lookalike-demo".as_ref(), false)?;
//! let scene = SceneDemo::run(0, &Context::new())?;
//! results.write(&scene, &mut folder)?;
//! folder.finish()?;
//! # Ok::<(), lookalike::Error>(())
//! ```

use lookalike_learn::datasets::{Digits, digits};
use lookalike_learn::metrics::{neighbor_recall_with, trustworthiness_with};
use lookalike_learn::{Context, KMeansModel, TsneModel};
use serde::Serialize;
use serde_json::Value;

use crate::Result;
use crate::evaluation::Evaluation;
use crate::stopwatch::Stopwatch;

mod figures;
mod files;
mod report;
mod ways;

/// Neighbours that are compared when the map is judged.
const MAP_NEIGHBORS: usize = 10;

/// The recipe of the tutorial.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tutorial {
    seed: u64,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct TutorialResults {
    /// The seed of all random numbers.
    pub seed: u64,
    /// The data.
    pub digits: Digits,
    /// The ways, in the order of the story.
    pub ways: Vec<Way>,
    /// Plain k-means, whose centres are pictures.
    pub kmeans: KMeansModel,
    /// The t-SNE map that three of the ways cluster.
    pub map: TsneModel,
    /// How well the map keeps neighbours.
    pub map_quality: MapQuality,
    /// Seconds of each step, in the order in which they were done.
    pub seconds: Vec<(&'static str, f64)>,
}

/// One way to cluster, and how well it did.
#[derive(Debug, Clone, Serialize)]
pub struct Way {
    /// What files and columns call it.
    pub key: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// What it does, in a sentence.
    #[serde(skip)]
    pub how: &'static str,
    /// Its parameters, defaults filled in.
    pub parameters: Value,
    /// What it reports of itself, such as its inertia.
    pub outcome: Value,
    /// The cluster of each sample, noise −1.
    #[serde(skip)]
    pub labels: Vec<i32>,
    /// Its scores against the true labels.
    pub evaluation: Evaluation,
    /// Seconds it takes by itself, a shared map included.
    #[serde(skip)]
    pub seconds: f64,
}

/// How well a map keeps the nearest neighbours of the data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MapQuality {
    /// How many neighbours are compared.
    pub n_neighbors: usize,
    /// Venna and Kaski's trustworthiness, 1 at best.
    pub trustworthiness: f64,
    /// Share of the neighbours in the data that are neighbours on the map.
    pub neighbor_recall: f64,
}

impl Tutorial {
    /// The tutorial with seed 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which random numbers to draw; default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Does all seven ways and judges them.
    ///
    /// # Errors
    /// When cancelled through `context`.
    pub fn run(&self, context: &Context) -> Result<TutorialResults> {
        let mut watch = Stopwatch::default();
        let digits = watch.time("read the digits", || Ok(digits()))?;
        let runs = ways::run_all(&digits, self.seed, context, &mut watch)?;
        let map_quality = watch.time("judge the map", || {
            let map = runs.map.embedding();
            Ok(MapQuality {
                n_neighbors: MAP_NEIGHBORS,
                trustworthiness: trustworthiness_with(&digits.data, map, MAP_NEIGHBORS, context)?,
                neighbor_recall: neighbor_recall_with(&digits.data, map, MAP_NEIGHBORS, context)?,
            })
        })?;
        Ok(TutorialResults {
            seed: self.seed,
            digits,
            ways: runs.ways,
            kmeans: runs.kmeans,
            map: runs.map,
            map_quality,
            seconds: watch.laps,
        })
    }
}

impl TutorialResults {
    /// The way with this key.
    pub fn way(&self, key: &str) -> Option<&Way> {
        self.ways.iter().find(|way| way.key == key)
    }
}
