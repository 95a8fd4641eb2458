//! Draws every kind of figure, and a report that holds them all, from made-up results.
//!
//! `cargo run --release -p lookalike-figures --example gallery -- FOLDER`

use std::f32::consts::TAU;
use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs};

use lookalike_figures::{
    ConfusionHeatmap, Figure, PictureGrid, PictureMap, Report, ScatterMap, ScoreBars, Table, Theme,
};
use ndarray::{Array2, Array3};

type Failure = Box<dyn std::error::Error>;

/// Numbers that look random and are the same every time.
struct Noise(u64);

impl Noise {
    /// Uniform in 0..1.
    fn uniform(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// Nearly normal, mean 0, deviation 1.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.uniform()).sum::<f32>() - 6.0
    }
}

/// Blobs on a ring, one a class; with `noise`, some samples belong to none.
fn map(samples: usize, classes: usize, noise: bool) -> (Array2<f32>, Vec<i32>) {
    let mut random = Noise(7);
    let labels: Vec<i32> = (0..samples).map(|i| (i % classes) as i32).collect();
    let mut points = Array2::zeros((samples, 2));
    let mut shown = labels.clone();
    for (i, &label) in labels.iter().enumerate() {
        let turn = label as f32 / classes as f32 * TAU;
        let (far, wide) = if label % 3 == 0 {
            (28.0, 5.0)
        } else {
            (52.0, 7.0)
        };
        points[[i, 0]] = far * turn.cos() + wide * random.normal();
        points[[i, 1]] = 0.8 * far * turn.sin() + 0.7 * wide * random.normal();
        if noise && random.uniform() < 0.06 {
            shown[i] = -1;
        }
    }
    (points, shown)
}

/// Strokes that differ from class to class.
fn pictures(labels: &[i32]) -> Array3<f32> {
    let mut random = Noise(3);
    let mut pictures = Array3::zeros((labels.len(), 8, 8));
    for (i, &label) in labels.iter().enumerate() {
        let turn = label as f32 * 0.7 + 0.2 * random.normal();
        for ((row, column), value) in pictures
            .index_axis_mut(ndarray::Axis(0), i)
            .indexed_iter_mut()
        {
            let (x, y) = (column as f32 - 3.5, row as f32 - 3.5);
            let off = (x * turn.cos() + y * turn.sin() + (label % 3) as f32 - 1.0).abs();
            let ring = ((x * x + y * y).sqrt() - 2.6).abs();
            *value = (16.0 * (1.6 - off.min(ring)).clamp(0.0, 1.0)).round();
        }
    }
    pictures
}

fn confusion(classes: usize) -> Array2<u64> {
    Array2::from_shape_fn((classes, classes), |(t, p)| match (t, p) {
        _ if t == p => 178 - 7 * (t as u64 % 9),
        (8, 1) => 101,
        (9, 3) => 27,
        (t, p) if (3 * t + 5 * p) % 11 == 0 => (t + 2 * p) as u64 % 14,
        _ => 0,
    })
}

fn main() -> Result<(), Failure> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("which folder shall I write to?")?);
    fs::create_dir_all(&folder)?;

    let (points, labels) = map(1797, 10, false);
    let (_, clusters) = map(1797, 10, true);
    let (many, many_labels) = map(40_000, 24, true);
    let pictures = pictures(&labels);
    let captions: Vec<_> = (0..10)
        .map(|i| (i.to_string(), format!("{} samples", 160 + 7 * i)))
        .collect();
    let large = confusion(30);
    let oblong = confusion(12).slice(ndarray::s![..10, ..]).to_owned();
    let small = confusion(10);
    let names = [
        "Tree cover",
        "Grassland",
        "Cropland",
        "Built-up",
        "Water",
        "Bare",
        "Snow",
        "Wetland",
        "Moss",
        "Mangroves",
    ];

    let begin = Instant::now();
    let figures: Vec<(&str, Figure)> = vec![
        (
            "digits",
            PictureGrid::new(&pictures, 10, 10)
                .maximum(16.0)
                .title("The first hundred pictures")
                .draw()?,
        ),
        (
            "centers",
            PictureGrid::new(&pictures, 2, 5)
                .maximum(16.0)
                .captions(&vec![captions, vec![Default::default(); 1787]].concat())
                .title("Cluster centres")
                .subtitle("k-means; each with the digit that it stands for")
                .draw()?,
        ),
        (
            "confusion",
            ConfusionHeatmap::new(&small)
                .title("t-SNE + k-means")
                .subtitle("accuracy 0.94")
                .draw()?,
        ),
        (
            "confusion-names",
            ConfusionHeatmap::new(&small)
                .names(&names)
                .title("Land cover")
                .subtitle("k-means on six bands")
                .draw()?,
        ),
        (
            "confusion-30",
            ConfusionHeatmap::new(&large)
                .title("Thirty classes")
                .draw()?,
        ),
        (
            "confusion-oblong",
            ConfusionHeatmap::new(&oblong)
                .axes("true label", "cluster")
                .title("Twelve clusters, ten digits")
                .draw()?,
        ),
        (
            "confusion-2",
            ConfusionHeatmap::new(&confusion(2))
                .names(&["cat", "dog"])
                .title("Two classes")
                .draw()?,
        ),
        (
            "scatter",
            ScatterMap::new(&points, &labels)
                .title("t-SNE")
                .subtitle("coloured by true label")
                .draw()?,
        ),
        (
            "scatter-noise",
            ScatterMap::new(&points, &clusters)
                .title("t-SNE + DBSCAN")
                .subtitle("coloured by cluster")
                .draw()?,
        ),
        (
            "scatter-many",
            ScatterMap::new(&many, &many_labels)
                .title("Forty thousand samples")
                .subtitle("24 clusters")
                .draw()?,
        ),
        (
            "pictures",
            PictureMap::new(&points, &clusters, &pictures)
                .maximum(16.0)
                .title("The pictures on their map")
                .subtitle("coloured by cluster; one picture a place")
                .draw()?,
        ),
        (
            "scores",
            ScoreBars::new([
                "accuracy",
                "adjusted Rand index",
                "normalised mutual information",
            ])
            .row("k-means", &[0.793, 0.667, 0.740])
            .row("mini-batch k-means", &[0.775, 0.641, 0.719])
            .row("Ward", &[0.861, 0.794, 0.868])
            .row("PCA, k-means", &[0.791, 0.664, 0.738])
            .row("t-SNE, k-means", &[0.943, 0.884, 0.905])
            .row("t-SNE, DBSCAN", &[0.889, 0.847, 0.898])
            .row("t-SNE, Ward", &[0.943, 0.881, 0.905])
            .title("Seven ways compared")
            .subtitle("against the true labels; 1 is perfect")
            .draw()?,
        ),
    ];
    println!("drawn in {:.0} ms", 1e3 * begin.elapsed().as_secs_f64());

    let begin = Instant::now();
    for (name, figure) in &figures {
        let start = Instant::now();
        let png = figure.png(2.0)?;
        let middle = Instant::now();
        let svg = figure.svg()?;
        println!(
            "{name:18} png {:4.0} kB {:4.0} ms   svg {:4.0} kB {:4.0} ms",
            png.len() as f64 / 1e3,
            1e3 * (middle - start).as_secs_f64(),
            svg.len() as f64 / 1e3,
            1e3 * middle.elapsed().as_secs_f64()
        );
        fs::write(folder.join(format!("{name}.png")), png)?;
        fs::write(folder.join(format!("{name}.svg")), svg)?;
        let dark = figure.clone().theme(Theme::Dark).png(1.0)?;
        fs::write(folder.join(format!("{name}-dark.png")), dark)?;
    }
    println!("all in {:.0} ms", 1e3 * begin.elapsed().as_secs_f64());

    let figure = |name: &str| {
        &figures
            .iter()
            .find(|(n, _)| *n == name)
            .expect("a name from above")
            .1
    };
    let report = Report::new("1797 pictures, grouped by what they look like")
        .lead("Seven ways to cluster the pictures without knowing what they show, and how well each did.")
        .key_figures(&[("94.3 %", "accuracy of the best way, t-SNE then k-means"), ("0.61 s", "for its map and clusters"), ("10", "clusters found"), ("1797", "pictures")])
        .heading("Scores")
        .paragraph("Every way was judged against the true labels, which it had not seen. Accuracy gives each cluster the label that most of its members have.")
        .figure(figure("scores"), "The longer the bar, the better; blue is the best of its column.")?
        .table(
            &Table::new(["way", "clusters", "noise", "accuracy", "ARI", "NMI", "seconds"])
                .caption("The same in numbers")
                .row(["k-means", "10", "–", "0.793", "0.667", "0.740", "0.05"])
                .row(["t-SNE, k-means", "10", "–", "0.943", "0.884", "0.905", "0.66"])
                .row(["t-SNE, DBSCAN", "11", "124", "0.889", "0.847", "0.898", "0.62"])
                .highest_is_best("accuracy")
                .highest_is_best("ARI")
                .highest_is_best("NMI")
                .lowest_is_best("seconds"),
        )?
        .heading("The pictures")
        .figures(&[(figure("digits"), "The first hundred."), (figure("centers"), "What k-means takes for typical.")])?
        .heading("Maps")
        .figures(&[(figure("scatter"), "By true label."), (figure("scatter-noise"), "By cluster. Grey samples belong to none.")])?
        .figure(figure("pictures"), "Wherever several samples would lie on one another, one stands for all.")?
        .figure(figure("scatter-many"), "Many samples.")?
        .heading("Confusions")
        .figures(&[(figure("confusion"), "Eights are taken for ones."), (figure("confusion-names"), "Names turned where they are long.")])?
        .figures(&[(figure("confusion-30"), ""), (figure("confusion-oblong"), ""), (figure("confusion-2"), "")])?
        .details("Classification report of k-means", "              precision    recall  f1-score   support\n\n           0       0.99      0.99      0.99       178\n           1       0.62      0.30      0.40       182\n")
        .heading("Parameters")
        .parameters(&[("seed", "0"), ("n_clusters", "10"), ("perplexity", "30"), ("eps, min_samples", "5, 15")])
        .heading("What to try next")
        .next_steps(&[("Another seed, to see how much is luck:", "lookalike demo --seed 1 -o another"), ("Your own pictures:", "lookalike cluster my-pictures/ -k 12")])
        .footer("Made by lookalike 0.1.0");
    let html = report.html();
    println!("report {} kB", html.len() / 1000);
    fs::write(folder.join("report.html"), html)?;
    Ok(())
}
