//! The segmentation as one page.

use std::fmt::Write;

use lookalike_figures::{
    BandScatter, Cell, Class, ClassHistograms, Picture, Report, ScenePictures, Table,
};
use ndarray::{Array2, s};

use super::files::{percent, title};
use super::run::Segmentation;
use super::{Algorithm, Order, Scale};
use crate::Result;
use crate::words::plural;

/// Bins of a histogram.
const BINS: usize = 64;
/// Bands that get a histogram; of more, the page would only get long.
const MAX_HISTOGRAMS: usize = 12;
/// More classes than these cannot be told apart in a figure.
const MAX_CLASSES_DRAWN: usize = 24;

impl Segmentation {
    pub(super) fn report(&self, name: &str, scene: &Picture, classes: &Picture) -> Result<String> {
        let legend = self.legend();
        let mut pictures =
            ScenePictures::new(&[(scene, "the scene, stretched"), (classes, "its classes")])
                .classes(&legend);
        if self.n_invalid > 0 {
            pictures = pictures.no_data(self.invalid_share());
        }
        let mut report = Report::new(format!("The classes of {}", title(name)))
            .lead(&self.lead())
            .key_figures(&self.key_figures())
            .heading("The map")
            .figure(&pictures.draw()?, "")?
            .heading("The classes")
            .paragraph(&self.about_classes())
            .table(&self.table())?;
        if let Some(choice) = &self.choice {
            report = report
                .heading("How many classes")
                .paragraph(&choice.reason());
            if !choice.tried.is_empty() {
                report = report.figure(&choice.curves()?, "")?;
            }
        }
        if self.classes.len() <= MAX_CLASSES_DRAWN {
            report = self.figures_of_bands(report, &legend)?;
        }
        let report = report
            .heading("How it was done")
            .parameters(&self.parameters())
            .heading("What to try next")
            .next_steps(&[
                (
                    "The same classes on another scene with these bands, so that both can be compared.",
                    format!("lookalike segment ANOTHER.tif --model {}.model.json", title(name)),
                ),
                (
                    "Names and colours of your own.",
                    "lookalike segment SCENE.tif -k 4 --names water,wood,fields,town --colors \
                     navy,green,#E1AD01,#B90E0A"
                        .to_owned(),
                ),
                ("Let the number of classes be chosen.", "lookalike segment SCENE.tif -k auto".to_owned()),
            ])
            .footer(format!("Made by Lookalike {}.", env!("CARGO_PKG_VERSION")));
        Ok(report.html())
    }

    fn lead(&self) -> String {
        let (width, height) = self.size;
        let n_valid: u64 = self.classes.iter().map(|c| c.pixels).sum();
        let mut lead = format!(
            "{width}×{height} pixels of {}, {} of them with data, in {}",
            plural(self.bands.len(), "band"),
            n_valid,
            plural(self.classes.len(), "class")
        );
        lead.push_str(if self.was_fitted {
            " of pixels that look alike."
        } else {
            ", those of a model that was made before."
        });
        if let Some(wanted) = self.n_classes_wanted {
            // Writing to a string cannot fail.
            let _ = write!(
                lead,
                " {wanted} classes were asked for, but there are only {}.",
                plural(self.classes.len(), "distinct pixel")
            );
        }
        lead
    }

    fn key_figures(&self) -> Vec<(String, String)> {
        let largest = self.classes.iter().max_by_key(|c| c.pixels);
        let mut figures: Vec<(String, String)> = largest
            .map(|c| (percent(c.share), format!("largest class: {}", c.name)))
            .into_iter()
            .collect();
        if let Some(total) = self.total_area() {
            figures.push((area(total), "area with data".to_owned()));
        }
        if self.n_invalid > 0 {
            figures.push((
                self.invalid_share(),
                "of all pixels have no data".to_owned(),
            ));
        }
        figures
    }

    fn total_area(&self) -> Option<f64> {
        self.classes.iter().map(|c| c.square_metres).sum()
    }

    fn about_classes(&self) -> String {
        let order = match self.model.fit.order {
            Order::Brightness => "from dark to bright",
            Order::Size => "from the largest to the smallest",
        };
        let mut text = format!(
            "Classes are numbered {order}, so that they keep their numbers when the scene is \
             clustered again. Shares are of the pixels with data."
        );
        if let Some(why) = self.no_areas {
            let _ = write!(text, " There are no areas: {why}.");
        }
        text
    }

    fn table(&self) -> Table {
        let mut columns = vec![
            "class".to_owned(),
            "name".into(),
            "pixels".into(),
            "share".into(),
        ];
        if self.no_areas.is_none() {
            columns.push("hectares".into());
        }
        columns.extend(self.bands.iter().cloned());
        self.classes.iter().fold(Table::new(columns), |table, c| {
            let mut cells: Vec<Cell> = vec![
                Cell::swatch(c.color, c.class.to_string()),
                c.name.clone().into(),
                c.pixels.to_string().into(),
                percent(c.share).into(),
            ];
            if let Some(area) = c.square_metres {
                cells.push(format!("{:.1}", area / 10_000.0).into());
            }
            cells.extend(c.center.iter().map(|v| significant(*v).into()));
            table.row(cells)
        })
    }

    fn figures_of_bands(&self, report: Report, legend: &[Class]) -> Result<Report> {
        let classes: Vec<Class> = self
            .classes
            .iter()
            .map(|c| Class::new(c.name.clone(), c.color))
            .collect();
        let mut report = report.heading("Where the classes lie");
        if self.bands.len() > 1 {
            let (x, y) = self.telling_bands();
            let pixels = self.shown.pixels.select(ndarray::Axis(1), &[x, y]);
            let centers = Array2::from_shape_fn((self.classes.len(), 2), |(c, j)| {
                self.classes[c].center[if j == 0 { x } else { y }] as f32
            });
            let scatter = BandScatter::new(&pixels, &self.shown.labels, legend)
                .axes(self.bands[x].clone(), self.bands[y].clone())
                .centers(&centers)
                .draw()?;
            let caption = "Pixels drawn evenly from the scene, in the colours of their classes; the \
                           marks are the centres. The two bands are those that differ most from \
                           class to class.";
            report = report.figure(&scatter, caption)?;
        }
        let mut histograms = ClassHistograms::new(&classes);
        for band in 0..self.bands.len().min(MAX_HISTOGRAMS) {
            let (range, counts) = self.histogram(band);
            histograms = histograms.band(self.bands[band].clone(), range, &counts);
        }
        Ok(report.figure(&histograms.draw()?, "")?)
    }

    /// The two bands whose centres are spread most, compared with the spread of the pixels.
    fn telling_bands(&self) -> (usize, usize) {
        let spread = |values: &mut dyn Iterator<Item = f64>| {
            let values: Vec<f64> = values.collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64
        };
        let tells = |band: usize| {
            let centers = spread(&mut self.classes.iter().map(|c| c.center[band]));
            let pixels = spread(&mut self.shown.pixels.column(band).iter().map(|&v| f64::from(v)));
            if pixels > 0.0 { centers / pixels } else { 0.0 }
        };
        let scores: Vec<f64> = (0..self.bands.len()).map(tells).collect();
        let mut bands: Vec<usize> = (0..self.bands.len()).collect();
        bands.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        (bands[0].min(bands[1]), bands[0].max(bands[1]))
    }

    /// The pixels of each class by their values in a band.
    fn histogram(&self, band: usize) -> ((f64, f64), Array2<u64>) {
        let values = self.shown.pixels.slice(s![.., band]);
        let fold = |start: f32, f: fn(f32, f32) -> f32| values.iter().copied().fold(start, f);
        let (min, max) = (
            fold(f32::INFINITY, f32::min),
            fold(f32::NEG_INFINITY, f32::max),
        );
        let (min, max) = (f64::from(min), f64::from(max));
        // Of large values, 1 more may be the same.
        let width = if max > min {
            max - min
        } else {
            1.0f64.max(1e-3 * min.abs())
        };
        let mut counts = Array2::zeros((self.classes.len(), BINS));
        for (&value, &label) in values.iter().zip(&self.shown.labels) {
            let bin = (f64::from(value) - min) / width * BINS as f64;
            counts[[label as usize, (bin as usize).min(BINS - 1)]] += 1;
        }
        ((min, min + width), counts)
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let fit = &self.model.fit;
        let algorithm = match fit.algorithm {
            Algorithm::KMeans => "k-means",
            Algorithm::MiniBatch => "mini-batch k-means",
        };
        let scale = match self.model.scale {
            Scale::None => "none",
            Scale::Standard => "divided by their standard deviations",
            Scale::Percentile => "divided by the difference of percentiles",
        };
        let ended = if fit.converged {
            "converged"
        } else {
            "stopped at the limit"
        };
        let stretch = self
            .stretches
            .map(|s| format!("{} to {}", significant(s.low), significant(s.high)));
        vec![
            ("scene", self.scene.clone()),
            ("bands", self.bands.join(", ")),
            ("algorithm", algorithm.to_owned()),
            (
                "fitted on",
                format!("{} pixels of {}", fit.n_pixels, fit.scene),
            ),
            (
                "iterations over all pixels",
                format!("{}, {ended}", fit.n_iter),
            ),
            ("inertia", significant(fit.inertia)),
            ("scale of the bands", scale.to_owned()),
            ("seed", fit.seed.to_string()),
            (
                "stretch of the picture (red, green, blue)",
                stretch.join("; "),
            ),
        ]
    }
}

/// The scores of all numbers of classes that were tried.
/// About five digits.
fn significant(value: f64) -> String {
    let size = value.abs();
    if size >= 1e9 || (size > 0.0 && size < 1e-3) {
        format!("{value:.4e}")
    } else if size >= 1e4 {
        format!("{value:.0}")
    } else if size >= 1e2 {
        format!("{value:.1}")
    } else {
        format!("{value:.3}")
    }
}

/// Square metres as people say them.
fn area(square_metres: f64) -> String {
    if square_metres >= 1e7 {
        format!("{:.0} km²", square_metres / 1e6)
    } else {
        format!("{:.1} ha", square_metres / 1e4)
    }
}
