//! The files of the tutorial.

use std::fmt::Write;

use serde_json::{Value, json};

use super::TutorialResults;
use super::figures::render;
use crate::Result;
use crate::output::OutputFolder;
use crate::scene::SceneDemo;

impl TutorialResults {
    /// Writes `report.html` with both chapters, `metrics.json`, `labels.csv`, the figures as PNG and
    /// as SVG, and the files of the scene.
    ///
    /// All of them are the same, byte for byte, on any number of threads.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, scene: &SceneDemo, folder: &mut OutputFolder) -> Result<()> {
        let figures = self.figures()?;
        folder.write("report.html", self.report(&figures, scene)?.as_bytes())?;
        let metrics = self.metrics(scene);
        folder.write("metrics.json", format!("{metrics:#}\n").as_bytes())?;
        folder.write("labels.csv", self.labels_csv().as_bytes())?;
        for (name, contents) in render(&figures)? {
            folder.write(name, &contents)?;
        }
        scene.write(folder)
    }

    /// Everything measured but times, as one JSON document.
    pub fn metrics(&self, scene: &SceneDemo) -> Value {
        let (n_samples, n_features) = self.digits.data.dim();
        json!({
            "dataset": {
                "name": "digits", "n_samples": n_samples, "n_features": n_features,
                "n_classes": self.digits.target_names.len(),
            },
            "seed": self.seed,
            "map": {
                "method": "t-SNE", "kl_divergence": self.map.kl_divergence(),
                "n_iter": self.map.n_iter(), "quality": self.map_quality,
            },
            "ways": self.ways,
            "scene": scene.metrics(),
        })
    }

    /// One row a digit: its true label, its place on the map, its cluster by each way.
    fn labels_csv(&self) -> String {
        let keys: Vec<&str> = self.ways.iter().map(|way| way.key).collect();
        let mut csv = format!("index,target,map_x,map_y,{}\n", keys.join(","));
        for (i, target) in self.digits.target.iter().enumerate() {
            let at = self.map.embedding().row(i);
            // Writing to a string cannot fail.
            let _ = write!(csv, "{i},{target},{},{}", at[0], at[1]);
            for way in &self.ways {
                let _ = write!(csv, ",{}", way.labels[i]);
            }
            csv.push('\n');
        }
        csv
    }
}
