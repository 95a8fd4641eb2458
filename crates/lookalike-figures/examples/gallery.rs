//! Draws every kind of figure, and a report that holds them all, from made-up results.
//!
//! `cargo run --release -p lookalike-figures --example gallery -- FOLDER`
#![allow(clippy::print_stdout)]

use std::f32::consts::TAU;
use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs};

use lookalike_figures::{
    ConfusionHeatmap, Figure, PictureGrid, PictureMap, Report, Result, ScatterMap, ScoreBars,
    Table, Theme,
};
use ndarray::{Array2, Array3, s};

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

type Named = (&'static str, Figure);

fn grids(pictures: &Array3<f32>) -> Result<Vec<Named>> {
    let captions: Vec<_> = (0..10)
        .map(|i| (i.to_string(), format!("{} samples", 160 + 7 * i)))
        .collect();
    let digits = PictureGrid::new(pictures, 10, 10)
        .maximum(16.0)
        .title("The first hundred");
    let centers = pictures.slice(s![..10, .., ..]);
    let centers = PictureGrid::new(&centers, 2, 5)
        .maximum(16.0)
        .captions(&captions)
        .title("Cluster centres")
        .subtitle("k-means; each with the digit that it stands for");
    Ok(vec![
        ("digits", digits.draw()?),
        ("centers", centers.draw()?),
    ])
}

fn heatmaps() -> Result<Vec<Named>> {
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
    let (two, ten, thirty) = (confusion(2), confusion(10), confusion(30));
    let oblong = confusion(12);
    let oblong = oblong.slice(s![..10, ..]);
    let plain = ConfusionHeatmap::new(&ten)
        .title("t-SNE, k-means")
        .subtitle("accuracy 0.94");
    let named = ConfusionHeatmap::new(&ten)
        .names(&names)
        .title("Land cover");
    let large = ConfusionHeatmap::new(&thirty).title("Thirty classes");
    let oblong = ConfusionHeatmap::new(&oblong)
        .axes("true label", "cluster")
        .title("Twelve clusters, ten digits");
    let small = ConfusionHeatmap::new(&two)
        .names(&["cat", "dog"])
        .title("Two classes");
    Ok(vec![
        ("confusion", plain.draw()?),
        ("confusion-names", named.draw()?),
        ("confusion-30", large.draw()?),
        ("confusion-oblong", oblong.draw()?),
        ("confusion-2", small.draw()?),
    ])
}

fn maps(points: &Array2<f32>, labels: &[i32], pictures: &Array3<f32>) -> Result<Vec<Named>> {
    let (_, clusters) = map(1797, 10, true);
    let (many, many_labels) = map(40_000, 24, true);
    let truth = ScatterMap::new(points, labels)
        .title("t-SNE")
        .subtitle("coloured by true label");
    let found = ScatterMap::new(points, &clusters)
        .title("t-SNE, DBSCAN")
        .subtitle("coloured by cluster");
    let many = ScatterMap::new(&many, &many_labels)
        .title("Forty thousand samples")
        .subtitle("24 clusters");
    let drawn = PictureMap::new(points, &clusters, pictures)
        .maximum(16.0)
        .title("The pictures on their map")
        .subtitle("coloured by cluster; one picture a place");
    Ok(vec![
        ("scatter", truth.draw()?),
        ("scatter-noise", found.draw()?),
        ("scatter-many", many.draw()?),
        ("pictures", drawn.draw()?),
    ])
}

fn scores() -> Result<Vec<Named>> {
    let bars = ScoreBars::new([
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
    .subtitle("against the true labels; 1 is perfect");
    Ok(vec![("scores", bars.draw()?)])
}

fn table() -> Table {
    Table::new([
        "way", "clusters", "noise", "accuracy", "ARI", "NMI", "seconds",
    ])
    .caption("The same in numbers")
    .row(["k-means", "10", "–", "0.793", "0.667", "0.740", "0.05"])
    .row([
        "t-SNE, k-means",
        "10",
        "–",
        "0.943",
        "0.884",
        "0.905",
        "0.66",
    ])
    .row([
        "t-SNE, DBSCAN",
        "11",
        "124",
        "0.889",
        "0.847",
        "0.898",
        "0.62",
    ])
    .highest_is_best("accuracy")
    .highest_is_best("ARI")
    .highest_is_best("NMI")
    .lowest_is_best("seconds")
}

fn report(figures: &[Named]) -> Result<String> {
    let figure = |name: &str| {
        &figures
            .iter()
            .find(|(n, _)| *n == name)
            .expect("drawn above")
            .1
    };
    let page = Report::new("1797 pictures, grouped by what they look like")
        .lead("Seven ways to cluster them without knowing what they show, and how well each did.")
        .key_figures(&[
            ("94.3 %", "accuracy of the best way, t-SNE then k-means"),
            ("0.66 s", "for its map and clusters"),
            ("10", "clusters found"),
            ("1797", "pictures"),
        ])
        .heading("Scores")
        .paragraph("Every way was judged against the true labels, which it had not seen.")
        .figure(
            figure("scores"),
            "The longer the bar, the better; blue is best.",
        )?
        .table(&table())?
        .heading("Pictures")
        .figures(&[
            (figure("digits"), "The first hundred of them."),
            (figure("centers"), "What k-means takes for typical."),
        ])?
        .heading("Maps")
        .figures(&[
            (figure("scatter"), "By true label."),
            (
                figure("scatter-noise"),
                "By cluster. Grey samples belong to none.",
            ),
        ])?
        .figure(
            figure("pictures"),
            "Where many lie on one another, one stands for all.",
        )?
        .figure(figure("scatter-many"), "Many samples.")?
        .heading("Confusions")
        .figures(&[
            (figure("confusion"), "Eights are taken for ones."),
            (
                figure("confusion-names"),
                "Names are turned where they are long.",
            ),
            (figure("confusion-30"), "Thirty classes."),
            (
                figure("confusion-oblong"),
                "Clusters that were not matched to classes.",
            ),
        ])?
        .figure(figure("confusion-2"), "")?
        .details(
            "Classification report",
            "   precision    recall  f1-score   support\n …",
        )
        .heading("Parameters")
        .parameters(&[
            ("seed", "0"),
            ("n_clusters", "10"),
            ("eps, min_samples", "5, 15"),
        ])
        .heading("What to try next")
        .next_steps(&[
            (
                "Another seed, to see how much is luck:",
                "lookalike demo --seed 1 -o another",
            ),
            ("Your own pictures:", "lookalike cluster my-pictures/ -k 12"),
        ])
        .footer("Made-up results, drawn by lookalike-figures.");
    Ok(page.html())
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("which folder shall I write to?")?);
    fs::create_dir_all(&folder)?;
    let (points, labels) = map(1797, 10, false);
    let pictures = pictures(&labels);

    let begin = Instant::now();
    let figures = [
        grids(&pictures)?,
        heatmaps()?,
        maps(&points, &labels, &pictures)?,
        scores()?,
    ]
    .concat();
    println!(
        "{} figures drawn in {} ms",
        figures.len(),
        begin.elapsed().as_millis()
    );

    let begin = Instant::now();
    for (name, figure) in &figures {
        let start = Instant::now();
        let png = figure.png(2.0)?;
        let middle = Instant::now();
        let svg = figure.svg()?;
        println!(
            "{name:18} png {:5} kB {:4} ms   svg {:5} kB {:4} ms",
            png.len() / 1000,
            (middle - start).as_millis(),
            svg.len() / 1000,
            middle.elapsed().as_millis()
        );
        fs::write(folder.join(format!("{name}.png")), png)?;
        fs::write(folder.join(format!("{name}.svg")), svg)?;
    }
    println!("PNG and SVG files in {} ms", begin.elapsed().as_millis());

    let begin = Instant::now();
    let page = report(&figures)?;
    println!(
        "report of {} kB in {} ms",
        page.len() / 1000,
        begin.elapsed().as_millis()
    );
    fs::write(folder.join("report.html"), page)?;
    for (name, figure) in figures {
        let dark = figure.theme(Theme::Dark).png(1.0)?;
        fs::write(folder.join(format!("{name}-dark.png")), dark)?;
    }
    Ok(())
}
