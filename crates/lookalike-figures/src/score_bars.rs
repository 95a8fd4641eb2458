//! Ways compared: one row a way, one column of bars a score.

use crate::canvas::{Canvas, Frame, words};
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::fonts::{fit, width};
use crate::layout::{Heading, MARGIN, heading_setters};
use crate::palette::{CLASSES, Paint};

const ROW: f64 = 34.0;
const BAR: f64 = 150.0;
/// From one column of bars to the next: bar, number, space.
const COLUMN: f64 = BAR + 78.0;

/// Scores of several ways side by side, as bars with their values.
///
/// All bars share one scale that ends at 1, the best that accuracy, ARI or NMI can be; a negative
/// score has no bar. The best value of each score is bold and its bar blue, as displayed, so that
/// equal figures are treated alike.
///
/// See [`Figure`] for an example.
#[derive(Debug, Clone)]
pub struct ScoreBars {
    scores: Vec<String>,
    rows: Vec<(String, Vec<f64>)>,
    heading: Heading,
}

impl ScoreBars {
    /// `scores` names what is compared, such as `["accuracy", "ARI", "NMI"]`.
    pub fn new<S: Into<String>>(scores: impl IntoIterator<Item = S>) -> Self {
        Self {
            scores: scores.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
            heading: Heading::default(),
        }
    }

    /// Adds a way and its values, in the order of the scores; none may be above 1.
    pub fn row(mut self, way: impl Into<String>, values: &[f64]) -> Self {
        self.rows.push((way.into(), values.to_vec()));
        self
    }

    heading_setters!();

    /// Draws the figure.
    ///
    /// # Errors
    ///
    /// If there are no scores or no rows, or a row has not one value a score, or a value is above 1
    /// or not finite.
    pub fn draw(&self) -> Result<Figure> {
        if self.scores.is_empty() || self.rows.is_empty() {
            return Err(Error::input(format!(
                "a comparison must have at least one score and one row, got {} and {}",
                self.scores.len(),
                self.rows.len()
            )));
        }
        for (way, values) in &self.rows {
            if values.len() != self.scores.len() {
                return Err(Error::input(format!(
                    "row '{way}' must have a value for each score ({}), got {}",
                    self.scores.len(),
                    values.len()
                )));
            }
            // Rounding may carry a perfect score past 1.
            if let Some(value) = values.iter().find(|v| !v.is_finite() || **v > 1.0 + 1e-9) {
                return Err(Error::parameter("score", "be finite and at most 1", value));
            }
        }

        let names = self.rows.iter().map(|(way, _)| width(way, 15.0, false));
        let left = MARGIN + names.fold(0.0, f64::max).clamp(60.0, 300.0) + 20.0;
        let mut canvas = Canvas::default();
        canvas.width = (left + self.scores.len() as f64 * COLUMN - 20.0 + MARGIN)
            .max(self.heading.width() + 2.0 * MARGIN);
        let top = self.heading.draw(&mut canvas) + 26.0;
        canvas.height = top + self.rows.len() as f64 * ROW + MARGIN - 6.0;

        for (i, (way, _)) in self.rows.iter().enumerate() {
            let y = top + i as f64 * ROW;
            canvas.line((MARGIN, y), (canvas.width - MARGIN, y), Paint::LINE);
            canvas.words(words(
                MARGIN,
                y + 22.0,
                15.0,
                fit(way, 15.0, false, left - MARGIN - 16.0),
            ));
        }
        for (j, score) in self.scores.iter().enumerate() {
            let x = left + j as f64 * COLUMN;
            let text = fit(score, 14.0, false, COLUMN - 16.0);
            canvas.words(words(x, top - 10.0, 14.0, text).paint(Paint::MUTED));
            self.draw_score(&mut canvas, j, x, top);
        }
        let description = format!(
            "{}: {} of {} ways",
            self.heading.spoken("Comparison"),
            self.scores.join(", "),
            self.rows.len()
        );
        Ok(Figure::new(canvas, description))
    }

    fn draw_score(&self, canvas: &mut Canvas, score: usize, x: f64, top: f64) {
        let shown = |values: &[f64]| format!("{:.3}", values[score]).replace('-', "−");
        let best = self
            .rows
            .iter()
            .max_by(|a, b| a.1[score].total_cmp(&b.1[score]))
            .map(|(_, values)| shown(values));
        for (i, (_, values)) in self.rows.iter().enumerate() {
            let y = top + i as f64 * ROW;
            let text = shown(values);
            let is_best = best.as_ref() == Some(&text);
            canvas.rect(Frame::new(x, y + 11.0, BAR, 12.0), 2.0, Paint::TILE);
            let length = BAR * values[score].clamp(0.0, 1.0);
            if length > 0.0 {
                let paint = if is_best {
                    Paint::fixed(CLASSES[0])
                } else {
                    Paint::pair([0x9d, 0xb4, 0xc9], [0x55, 0x6b, 0x80])
                };
                canvas.rect(Frame::new(x, y + 11.0, length, 12.0), 2.0, paint);
            }
            let number = words(x + BAR + 10.0, y + 22.0, 15.0, text);
            canvas.words(if is_best { number.bold() } else { number });
        }
    }
}
