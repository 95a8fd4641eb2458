//! The figures of the tutorial.

use lookalike_figures::{ConfusionHeatmap, Figure, PictureGrid, PictureMap, ScatterMap, ScoreBars};
use ndarray::{Array3, s};
use rayon::prelude::*;

use super::{TutorialResults, Way};
use crate::Result;
use crate::evaluation::NOISE;

/// Ink of a full pixel.
const INK: f32 = 16.0;
/// Pixels of a PNG for each of the drawing.
const PNG_SCALE: f32 = 2.0;

/// A figure with its file name, without extension.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) figure: Figure,
}

/// A figure as files: name with extension, contents.
pub(super) type File = (String, Vec<u8>);

impl TutorialResults {
    /// Draws all figures, side by side.
    pub(super) fn figures(&self) -> Result<Vec<Named>> {
        type Draw<'a> = Box<dyn Fn() -> Result<Figure> + Send + Sync + 'a>;
        let mut jobs: Vec<(String, Draw<'_>)> = vec![
            ("digits".to_owned(), Box::new(|| self.first_hundred())),
            ("centers".to_owned(), Box::new(|| self.centers())),
            ("scores".to_owned(), Box::new(|| self.scores())),
            ("map-truth".to_owned(), Box::new(|| self.map_of_truth())),
            (
                "map-pictures".to_owned(),
                Box::new(|| self.map_of_pictures()),
            ),
        ];
        for way in &self.ways {
            if way.key.starts_with("tsne") {
                let name = format!("map-{}", way.key.replace('_', "-"));
                jobs.push((name, Box::new(|| self.map_of_clusters(way))));
            }
            let name = format!("confusion-{}", way.key.replace('_', "-"));
            jobs.push((name, Box::new(|| confusion(way))));
        }
        jobs.into_par_iter()
            .map(|(name, draw)| {
                Ok(Named {
                    name,
                    figure: draw()?,
                })
            })
            .collect()
    }

    fn first_hundred(&self) -> Result<Figure> {
        let pictures = self.digits.images.slice(s![..100, .., ..]);
        let figure = PictureGrid::new(&pictures, 10, 10)
            .maximum(INK)
            .title("What is to be grouped")
            .subtitle("the first hundred of 1797 handwritten digits")
            .draw()?;
        Ok(figure)
    }

    /// The centres of plain k-means, by the digit that they stand for.
    fn centers(&self) -> Result<Figure> {
        let way = &self.ways[0];
        let mut clusters = way.evaluation.matching.clusters().to_vec();
        clusters.sort_by_key(|c| (c.label, c.cluster));
        let captions: Vec<(String, String)> = clusters
            .iter()
            .map(|c| {
                let label = c
                    .label
                    .map_or_else(|| "–".to_owned(), |label| label.to_string());
                (label, format!("{} samples", c.size))
            })
            .collect();
        let centers = self.kmeans.cluster_centers();
        let pictures = Array3::from_shape_fn((clusters.len(), 8, 8), |(c, row, column)| {
            centers[[clusters[c].cluster as usize, row * 8 + column]]
        });
        let figure = PictureGrid::new(&pictures, 2, 5)
            .maximum(INK)
            .captions(&captions)
            .title("What k-means found")
            .subtitle("the mean of each cluster, titled with the digit most of its members show")
            .draw()?;
        Ok(figure)
    }

    fn scores(&self) -> Result<Figure> {
        let bars = ScoreBars::new(["accuracy", "adjusted Rand", "normalised mutual information"])
            .title("Seven ways compared")
            .subtitle("agreement with the true labels; 1 is perfect");
        let bars = self.ways.iter().fold(bars, |bars, way| {
            let scores = &way.evaluation.scores;
            let values = [
                scores.accuracy,
                scores.adjusted_rand,
                scores.normalized_mutual_info,
            ];
            bars.row(way.name, &values)
        });
        Ok(bars.draw()?)
    }

    fn map_of_truth(&self) -> Result<Figure> {
        let figure = ScatterMap::new(self.map.embedding(), &self.digits.target)
            .title("The t-SNE map")
            .subtitle("coloured by the digit that each picture shows, which t-SNE never saw")
            .draw()?;
        Ok(figure)
    }

    fn map_of_clusters(&self, way: &Way) -> Result<Figure> {
        let scores = &way.evaluation.scores;
        let noise = if scores.n_noise == 0 {
            String::new()
        } else {
            format!(", {} samples are noise", scores.n_noise)
        };
        let figure = ScatterMap::new(self.map.embedding(), &way.labels)
            .title(way.name)
            .subtitle(format!(
                "coloured by cluster: {} clusters{noise}",
                scores.n_clusters
            ))
            .draw()?;
        Ok(figure)
    }

    fn map_of_pictures(&self) -> Result<Figure> {
        let images = &self.digits.images;
        let figure = PictureMap::new(self.map.embedding(), &self.digits.target, images)
            .maximum(INK)
            .title("The digits on their map")
            .subtitle("each in its place, where there is room; coloured by true label")
            .draw()?;
        Ok(figure)
    }
}

fn confusion(way: &Way) -> Result<Figure> {
    let matrix = &way.evaluation.confusion_matrix;
    let classes: Vec<usize> = (0..matrix.labels.len())
        .filter(|&i| matrix.labels[i] != NOISE)
        .collect();
    // Noise is predicted, never true: it has a row of its own, and no column.
    let predicted: Vec<usize> = classes
        .iter()
        .copied()
        .chain((0..matrix.labels.len()).filter(|&i| matrix.labels[i] == NOISE))
        .collect();
    let counts = matrix.counts.select(ndarray::Axis(0), &classes);
    let counts = counts.select(ndarray::Axis(1), &predicted);
    let name = |&i: &usize| match matrix.labels[i] {
        NOISE => "noise".to_owned(),
        label => label.to_string(),
    };
    let figure = ConfusionHeatmap::new(&counts)
        .true_names(&classes.iter().map(name).collect::<Vec<_>>())
        .predicted_names(&predicted.iter().map(name).collect::<Vec<_>>())
        .title(way.name)
        .subtitle(format!("accuracy {:.3}", way.evaluation.scores.accuracy))
        .draw()?;
    Ok(figure)
}

/// All figures as PNG and SVG.
pub(super) fn render(figures: &[Named]) -> Result<Vec<File>> {
    let files: Vec<[File; 2]> = figures
        .par_iter()
        .map(|Named { name, figure }| {
            let png = (format!("figures/{name}.png"), figure.png(PNG_SCALE)?);
            let svg = (format!("figures/{name}.svg"), figure.svg()?.into_bytes());
            Ok([png, svg])
        })
        .collect::<Result<_>>()?;
    Ok(files.into_iter().flatten().collect())
}
