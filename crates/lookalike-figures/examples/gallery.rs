//! Draws every kind of figure, and a report that holds them all, from made-up results.
//!
//! `cargo run --release -p lookalike-figures --example gallery -- FOLDER`
#![allow(clippy::print_stdout)]

use std::f32::consts::TAU;
use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs};

use lookalike_figures::{
    BandScatter, Cell, Class, ClassHistograms, ConfusionHeatmap, Figure, Picture, PictureGrid,
    PictureMap, Report, Result, ScatterMap, ScenePictures, ScoreBars, ScoreCurves, Table, Theme,
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

/// Name, colour, and typical values in two bands.
const LAND: [(&str, [u8; 3], [f32; 2]); 4] = [
    ("water", [0x00, 0x00, 0x80], [420.0, 210.0]),
    ("wood", [0x00, 0x80, 0x00], [310.0, 2900.0]),
    ("town", [0xb9, 0x0e, 0x0a], [1900.0, 2200.0]),
    ("crops", [0xe1, 0xad, 0x01], [900.0, 4100.0]),
];

/// A round island with a town in its middle, which no instrument has seen in one corner.
fn island(width: usize, height: usize) -> Vec<Option<usize>> {
    let mut random = Noise(11);
    let (half_x, half_y) = (width as f32 / 2.0, height as f32 / 2.0);
    (0..width * height)
        .map(|i| {
            let (x, y) = ((i % width) as f32, (i / width) as f32);
            let far = ((x - half_x) / half_x).hypot((y - half_y) / half_y) + 0.02 * random.normal();
            match far {
                _ if x + 2.0 * y < 60.0 => None,
                _ if far < 0.25 => Some(2),
                _ if far < 0.6 && (x / 22.0).sin() * (y / 15.0).cos() < 0.2 => Some(3),
                _ if far < 0.8 => Some(1),
                _ => Some(0),
            }
        })
        .collect()
}

fn classes() -> Vec<Class> {
    let shares = ["47.1 %", "29.8 %", "4.9 %", "18.2 %"];
    let class =
        |(land, share): (&(&str, [u8; 3], [f32; 2]), _)| Class::new(land.0, land.1).note(share);
    LAND.iter().zip(shares).map(class).collect()
}

fn scene() -> Result<Vec<Named>> {
    let mut random = Noise(12);
    let (width, height) = (360, 240);
    let land = island(width, height);
    let map: Vec<u8> = land
        .iter()
        .flat_map(|land| match land {
            Some(class) => [LAND[*class].1[0], LAND[*class].1[1], LAND[*class].1[2], 255],
            None => [0; 4],
        })
        .collect();
    let values: Vec<[f32; 2]> = land
        .iter()
        .map(|land| {
            LAND[land.unwrap_or(0)]
                .2
                .map(|v| v + 90.0 * random.normal() + 0.05 * v * random.normal())
        })
        .collect();
    let photo: Vec<u8> = land
        .iter()
        .zip(&values)
        .flat_map(|(land, v)| {
            let byte = |v: f32| (v / 16.0).clamp(0.0, 255.0) as u8;
            let alpha = if land.is_some() { 255 } else { 0 };
            [byte(v[1]), byte(v[0] * 2.0), byte(v[0] * 3.0), alpha]
        })
        .collect();
    let (map, photo) = (
        Picture::from_rgba(width, height, &map)?,
        Picture::from_rgba(width, height, &photo)?,
    );
    let classes = classes();

    let (mut points, mut labels, mut counts) =
        (Vec::new(), Vec::new(), vec![Array2::zeros((4, 64)); 2]);
    for (i, (land, v)) in land.iter().zip(&values).enumerate() {
        let Some(class) = *land else { continue };
        for band in 0..2 {
            let bin = (v[band] / 5000.0 * 64.0).clamp(0.0, 63.0) as usize;
            counts[band][[class, bin]] += 1;
        }
        if i % 11 == 0 {
            points.extend(v);
            labels.push(class as i32);
        }
    }
    let points = Array2::from_shape_vec((labels.len(), 2), points).expect("two values a label");
    let centers = Array2::from_shape_fn((4, 2), |(class, band)| LAND[class].2[band]);
    let pair = ScenePictures::new(&[(&photo, "bands 2, 1, 1, stretched"), (&map, "classes")])
        .classes(&classes)
        .no_data("2.1 %")
        .title("An island")
        .subtitle("360 × 240 pixels, 2 bands");
    let alone = ScenePictures::new(&[(&map, "")])
        .classes(&classes)
        .title("Four classes");
    let scatter = BandScatter::new(&points, &labels, &classes)
        .axes("red", "near infrared")
        .centers(&centers)
        .title("Two bands")
        .subtitle("one pixel in eleven, and the centres of the classes");
    let histograms = ClassHistograms::new(&classes)
        .band("red", (0.0, 5000.0), &counts[0])
        .band("near infrared", (0.0, 5000.0), &counts[1])
        .title("The classes, band by band")
        .subtitle("each curve scaled to its own peak");
    let curves = ScoreCurves::new(&[2, 3, 4, 5, 6, 7, 8])
        .curve(
            "inertia",
            "look for the bend",
            &[9.1e10, 4.2e10, 1.3e10, 1.1e10, 0.97e10, 0.9e10, 0.84e10],
        )
        .curve(
            "silhouette",
            "higher is better",
            &[0.48, 0.57, 0.71, 0.62, 0.51, 0.44, 0.41],
        )
        .curve(
            "Davies–Bouldin",
            "lower is better",
            &[0.91, 0.66, 0.42, 0.63, 0.79, 0.88, 0.93],
        )
        .curve(
            "Calinski–Harabasz",
            "higher is better",
            &[21e3, 33e3, 71e3, 64e3, 59e3, 55e3, 52e3],
        )
        .chosen(4)
        .title("How many classes?")
        .subtitle("each number tried on a sample of 20 000 pixels");
    Ok(vec![
        ("scene", pair.draw()?),
        ("scene-classes", alone.draw()?),
        ("bands", scatter.draw()?),
        ("histograms", histograms.draw()?),
        ("curves", curves.draw()?),
    ])
}

fn areas() -> Table {
    let mut table = Table::new(["class", "pixels", "share"]).caption("Areas");
    for ((name, color, _), (pixels, share)) in LAND.iter().zip([
        ("40 694", "47.1 %"),
        ("25 747", "29.8 %"),
        ("4 234", "4.9 %"),
        ("15 725", "18.2 %"),
    ]) {
        table = table.row([Cell::swatch(*color, *name), pixels.into(), share.into()]);
    }
    table
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
        .heading("A scene")
        .figure(
            figure("scene"),
            "What the satellite saw, and what it is made of.",
        )?
        .table(&areas())?
        .figures(&[
            (figure("bands"), "Where the classes lie."),
            (figure("curves"), "Four it is."),
        ])?
        .figure(figure("histograms"), "How the classes differ.")?
        .figure(figure("scene-classes"), "")?
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
        scene()?,
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
