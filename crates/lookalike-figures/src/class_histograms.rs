//! How the values of each band are distributed within each class.

use ndarray::{Array2, ArrayRef2};

use crate::axis::{Axis, Panel};
use crate::canvas::{Canvas, Frame, words};
use crate::class::{Class, check_classes, entries};
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::fonts::fit;
use crate::layout::{Heading, MARGIN, heading_setters, legend};
use crate::palette::Paint;

/// A band's diagram, without its title and numbers.
const SIZE: (f64, f64) = (370.0, 130.0);
/// Between diagrams, and above each for its title.
const GAP: (f64, f64) = (40.0, 36.0);

/// One diagram a band, with a curve for each class in the class's own colour.
///
/// Every curve is scaled to its own peak, so that small classes show as well as large ones: compare
/// where curves lie and how wide they are, not how high. A class without pixels has no curve.
///
/// ```
/// use lookalike_figures::{Class, ClassHistograms};
/// use ndarray::array;
///
/// let classes = [Class::new("water", [0, 0, 128]), Class::new("wood", [0, 128, 0])];
/// let figure = ClassHistograms::new(&classes)
///     .band("near infrared", (0.0, 4000.0), &array![[90, 10, 0, 0], [0, 10, 70, 20]])
///     .title("The classes, band by band")
///     .draw()?;
/// # Ok::<(), lookalike_figures::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ClassHistograms<'a> {
    classes: &'a [Class],
    bands: Vec<Band>,
    heading: Heading,
}

#[derive(Debug, Clone)]
struct Band {
    name: String,
    range: (f64, f64),
    counts: Array2<u64>,
}

impl<'a> ClassHistograms<'a> {
    /// Diagrams of these classes.
    pub fn new(classes: &'a [Class]) -> Self {
        Self {
            classes,
            bands: Vec::new(),
            heading: Heading::default(),
        }
    }

    /// Adds a band: how many pixels of each class (rows) fall into each of the equally wide bins
    /// (columns) that divide `range`.
    pub fn band(
        mut self,
        name: impl Into<String>,
        range: (f64, f64),
        counts: &ArrayRef2<u64>,
    ) -> Self {
        self.bands.push(Band {
            name: name.into(),
            range,
            counts: counts.to_owned(),
        });
        self
    }

    heading_setters!();

    /// Draws the figure.
    ///
    /// # Errors
    ///
    /// If there are no classes or no bands, or a band has not one row a class, no bins, or no range.
    pub fn draw(&self) -> Result<Figure> {
        self.check()?;
        let columns = self.bands.len().min(2);
        let rows = self.bands.len().div_ceil(columns);
        let (step_x, step_y) = (SIZE.0 + GAP.0, GAP.1 + SIZE.1 + Panel::BELOW);
        let wide = columns as f64 * step_x - GAP.0;

        let mut canvas = Canvas::default();
        canvas.width = wide.max(self.heading.width()) + 2.0 * MARGIN;
        let top = self.heading.draw(&mut canvas) - 10.0;
        for (i, band) in self.bands.iter().enumerate() {
            let x = MARGIN + (i % columns) as f64 * step_x;
            let y = top + (i / columns) as f64 * step_y + GAP.1;
            self.draw_band(&mut canvas, band, Frame::new(x, y, SIZE.0, SIZE.1));
        }
        let below = (MARGIN, top + rows as f64 * step_y + 14.0);
        let room = canvas.width - 2.0 * MARGIN;
        let entries = entries(self.classes, Paint::visible);
        canvas.height = legend(&mut canvas, below, room, &entries) + MARGIN - 6.0;

        let names: Vec<&str> = self.bands.iter().map(|band| band.name.as_str()).collect();
        let text = format!(
            "{}: distribution of {} classes in {}",
            self.heading.spoken("Histograms"),
            self.classes.len(),
            names.join(", ")
        );
        Ok(Figure::new(canvas, text))
    }

    fn draw_band(&self, canvas: &mut Canvas, band: &Band, frame: Frame) {
        let (low, high) = band.range;
        let panel = Panel {
            frame,
            x: Axis::new(low, high, 6, 0.0),
            // A little free above the peaks.
            y: Axis::new(0.0, 1.04, 1, 0.0),
        };
        let title = fit(&panel.x.title(&band.name), 15.0, true, frame.width);
        canvas.words(words(frame.x, frame.y - 10.0, 15.0, title).bold());
        canvas.rect(frame, 0.0, Paint::TILE);
        panel.draw_x(canvas);
        let bin = (high - low) / band.counts.ncols() as f64;
        for (class, counts) in self.classes.iter().zip(band.counts.outer_iter()) {
            let peak = counts.iter().copied().max().unwrap_or(0) as f64;
            let used = |i: &usize| counts[*i] > 0;
            let (Some(first), Some(last)) = (
                (0..counts.len()).find(used),
                (0..counts.len()).rev().find(used),
            ) else {
                continue;
            };
            let mut points = vec![panel.at(low + first as f64 * bin, 0.0)];
            for i in first..=last {
                let height = counts[i] as f64 / peak;
                points.extend([i, i + 1].map(|edge| panel.at(low + edge as f64 * bin, height)));
            }
            points.push(panel.at(low + (last + 1) as f64 * bin, 0.0));
            canvas.curve(points, 1.75, Paint::visible(class.color));
        }
    }

    fn check(&self) -> Result<()> {
        check_classes(self.classes)?;
        if self.bands.is_empty() {
            return Err(Error::input("bands must be at least one, got none"));
        }
        for Band {
            name,
            range,
            counts,
        } in &self.bands
        {
            let (rows, bins) = counts.dim();
            if rows != self.classes.len() || bins == 0 {
                return Err(Error::input(format!(
                    "counts of band '{name}' must have a row for each class ({}) and at least one \
                     bin, got {rows} × {bins}",
                    self.classes.len()
                )));
            }
            let (low, high) = *range;
            if !(low < high && low.abs().max(high.abs()) <= 1e300) {
                return Err(Error::parameter(
                    "range",
                    "go from a lower to a higher value",
                    format!("{low} to {high}"),
                ));
            }
        }
        Ok(())
    }
}
