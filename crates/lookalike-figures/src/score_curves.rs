//! Scores for several numbers of clusters, one small diagram a score.

use crate::axis::{Axis, Panel};
use crate::canvas::{Anchor, Canvas, Frame, words};
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::fonts::{fit, width};
use crate::layout::{Heading, MARGIN, heading_setters};
use crate::markup::push;
use crate::palette::{CLASSES, Paint};

/// A diagram's own size, without its title and numbers.
const SIZE: (f64, f64) = (330.0, 150.0);
/// Between diagrams, and above each for its title.
const GAP: (f64, f64) = (36.0, 52.0);

/// Scores over the number of clusters: what a choice of k is made from.
///
/// Each score has a diagram and a scale of its own. The chosen number is marked in all of them.
///
/// ```
/// use lookalike_figures::ScoreCurves;
///
/// let figure = ScoreCurves::new(&[2, 3, 4, 5])
///     .curve("silhouette", "higher is better", &[0.41, 0.52, 0.61, 0.48])
///     .curve("Davies–Bouldin", "lower is better", &[0.93, 0.71, 0.55, 0.78])
///     .chosen(4)
///     .title("How many classes?")
///     .draw()?;
/// # Ok::<(), lookalike_figures::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ScoreCurves {
    n_clusters: Vec<usize>,
    curves: Vec<Curve>,
    chosen: Option<usize>,
    heading: Heading,
}

#[derive(Debug, Clone)]
struct Curve {
    name: String,
    hint: String,
    values: Vec<f64>,
}

impl ScoreCurves {
    /// `n_clusters` are the numbers that were tried, in ascending order.
    pub fn new(n_clusters: &[usize]) -> Self {
        Self {
            n_clusters: n_clusters.to_vec(),
            curves: Vec::new(),
            chosen: None,
            heading: Heading::default(),
        }
    }

    /// Adds a score: its name, how to read it (`higher is better`), and one value for each number
    /// of clusters.
    pub fn curve(
        mut self,
        name: impl Into<String>,
        hint: impl Into<String>,
        values: &[f64],
    ) -> Self {
        self.curves.push(Curve {
            name: name.into(),
            hint: hint.into(),
            values: values.to_vec(),
        });
        self
    }

    /// Marks the number of clusters that was chosen. Default none.
    pub fn chosen(mut self, n_clusters: usize) -> Self {
        self.chosen = Some(n_clusters);
        self
    }

    heading_setters!();

    /// Draws the figure.
    ///
    /// # Errors
    ///
    /// If there are no numbers or no scores, the numbers do not ascend, a score has not one finite
    /// value a number, or the chosen number is not among them.
    pub fn draw(&self) -> Result<Figure> {
        self.check()?;
        let columns = self.curves.len().min(2);
        let rows = self.curves.len().div_ceil(columns);
        let step_x = Panel::LEFT + SIZE.0 + GAP.0;
        let step_y = GAP.1 + SIZE.1 + Panel::BELOW;

        let mut canvas = Canvas::default();
        canvas.width = (columns as f64 * step_x - GAP.0).max(self.heading.width()) + 2.0 * MARGIN;
        let top = self.heading.draw(&mut canvas) - 10.0;
        canvas.height = top + rows as f64 * step_y + 26.0 + MARGIN - 8.0;
        for (i, curve) in self.curves.iter().enumerate() {
            let x = MARGIN + Panel::LEFT + (i % columns) as f64 * step_x;
            let y = top + (i / columns) as f64 * step_y + GAP.1;
            self.draw_curve(&mut canvas, curve, Frame::new(x, y, SIZE.0, SIZE.1));
        }
        let below = words(
            MARGIN,
            canvas.height - MARGIN,
            13.0,
            "across: number of clusters k",
        );
        canvas.words(below.paint(Paint::MUTED));

        let names: Vec<&str> = self
            .curves
            .iter()
            .map(|curve| curve.name.as_str())
            .collect();
        let mut text = format!(
            "{}: {} for {} to {} clusters",
            self.heading.spoken("Scores"),
            names.join(", "),
            self.n_clusters[0],
            self.n_clusters[self.n_clusters.len() - 1]
        );
        if let Some(chosen) = self.chosen {
            push(&mut text, format_args!("; {chosen} chosen"));
        }
        Ok(Figure::new(canvas, text))
    }

    fn draw_curve(&self, canvas: &mut Canvas, curve: &Curve, frame: Frame) {
        let (first, last) = (
            self.n_clusters[0],
            self.n_clusters[self.n_clusters.len() - 1],
        );
        // Half a step free on both sides, so that the outermost dots are whole.
        let panel = Panel {
            frame,
            x: Axis::new(first as f64 - 0.5, last as f64 + 0.5, 8, 1.0),
            y: Axis::around(curve.values.iter().copied(), 0.1, 4),
        };
        let title = panel.y.title(&curve.name);
        let (x, y) = (frame.x - Panel::LEFT, frame.y - 14.0);
        let room = frame.width + Panel::LEFT;
        let title = fit(&title, 15.0, true, room);
        let left = room - width(&title, 15.0, true) - 10.0;
        canvas.words(words(x, y, 15.0, title).bold());
        // At the other end, because fonts of web pages may be wider.
        let text = fit(&curve.hint, 13.0, false, left.max(0.0));
        let hint = words(x + room, y, 13.0, text).anchor(Anchor::End);
        canvas.words(hint.paint(Paint::MUTED));

        panel.draw_y(canvas);
        panel.draw_x(canvas);
        let points: Vec<(f64, f64)> = self
            .n_clusters
            .iter()
            .zip(&curve.values)
            .map(|(&k, &value)| panel.at(k as f64, value))
            .collect();
        let blue = Paint::fixed(CLASSES[0]);
        canvas.curve(points.clone(), 2.0, blue);
        canvas.dots(points.clone(), 3.0, blue);
        let chosen = self.n_clusters.iter().position(|&k| Some(k) == self.chosen);
        if let (Some(at), Some(k)) = (chosen, self.chosen) {
            let (x, y) = points[at];
            canvas.line((x, frame.y), (x, frame.y + frame.height), Paint::MUTED);
            canvas.dots(vec![(x, y)], 8.0, Paint::PAPER);
            canvas.dots(vec![(x, y)], 6.0, Paint::fixed(CLASSES[1]));
            let label = format!("k = {k}");
            let long = width(&label, 13.0, true) + 8.0;
            let right = x + long < frame.x + frame.width;
            let x = if right { x + 6.0 } else { x - long + 2.0 };
            // Where the curve is not: at the other end of the diagram.
            let high = y < frame.y + frame.height / 2.0;
            let y = frame.y + if high { frame.height - 8.0 } else { 12.0 };
            canvas.words(words(x, y, 13.0, label).bold().halo(4.0));
        }
    }

    fn check(&self) -> Result<()> {
        let numbers = self.n_clusters.len();
        if numbers == 0 || self.curves.is_empty() {
            return Err(Error::input(format!(
                "scores must be at least one, for at least one number of clusters, got {} for {numbers}",
                self.curves.len()
            )));
        }
        if !self.n_clusters.is_sorted_by(|a, b| a < b) {
            let got = format!("{:?}", self.n_clusters);
            return Err(Error::parameter("n_clusters", "ascend", got));
        }
        for Curve { name, values, .. } in &self.curves {
            if values.len() != numbers {
                return Err(Error::input(format!(
                    "score '{name}' must have a value for each number of clusters ({numbers}), \
                     got {}",
                    values.len()
                )));
            }
            if let Some(value) = values
                .iter()
                .find(|value| value.is_nan() || value.abs() > 1e300)
            {
                return Err(Error::parameter(
                    "score",
                    "be finite and at most 1e300",
                    value,
                ));
            }
        }
        match self.chosen {
            Some(chosen) if !self.n_clusters.contains(&chosen) => Err(Error::parameter(
                "chosen",
                "be one of the numbers of clusters",
                chosen,
            )),
            _ => Ok(()),
        }
    }
}
