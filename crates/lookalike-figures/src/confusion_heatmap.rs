//! The confusion matrix as coloured, numbered squares.

use ndarray::ArrayRef2;

use crate::canvas::{Anchor, Canvas, Frame, words};
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::fonts::{fit, width};
use crate::layout::{Heading, MARGIN, heading_setters};
use crate::palette::{Paint, Ramp};

const WIDTH: f64 = 540.0;
const GAP: f64 = 2.0;

/// How often each true label was predicted as each label.
///
/// The matrix is given as scikit-learn's `confusion_matrix` gives it, a row for each true label and
/// a column for each predicted one, and drawn the other way round: true labels across, predicted
/// labels down. So a column of the figure is one true class and shows where its samples went.
///
/// The colour grows with the square root of the count, so that rare confusions show. In a square
/// matrix the diagonal is blue, what lies off it is orange, and recall and precision stand at the
/// edges; likewise where the predicted names begin with all the true ones and go on, say with noise.
/// Any other matrix, and one that is [`plain`](Self::plain), is blue all over. Empty cells
/// stay blank.
///
/// ```
/// use lookalike_figures::ConfusionHeatmap;
/// use ndarray::array;
///
/// let figure = ConfusionHeatmap::new(&array![[50, 3], [0, 47]])
///     .names(&["cat", "dog"])
///     .title("k-means")
///     .subtitle("accuracy 0.97")
///     .draw()?;
/// # Ok::<(), lookalike_figures::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ConfusionHeatmap<'a> {
    counts: &'a ArrayRef2<u64>,
    true_names: Option<Vec<String>>,
    predicted_names: Option<Vec<String>>,
    true_title: String,
    predicted_title: String,
    plain: bool,
    heading: Heading,
}

impl<'a> ConfusionHeatmap<'a> {
    /// `counts[[t, p]]`: samples of true label `t` that were predicted as `p`.
    pub fn new(counts: &'a ArrayRef2<u64>) -> Self {
        Self {
            counts,
            true_names: None,
            predicted_names: None,
            true_title: "true label".to_owned(),
            predicted_title: "predicted label".to_owned(),
            plain: false,
            heading: Heading::default(),
        }
    }

    /// Names of the true and the predicted labels, where they are the same. Default 0, 1, 2, …
    pub fn names<S: ToString>(self, names: &[S]) -> Self {
        self.true_names(names).predicted_names(names)
    }

    /// Names of the true labels: one for each row of the matrix.
    pub fn true_names<S: ToString>(mut self, names: &[S]) -> Self {
        self.true_names = Some(names.iter().map(ToString::to_string).collect());
        self
    }

    /// Names of the predicted labels: one for each column of the matrix.
    pub fn predicted_names<S: ToString>(mut self, names: &[S]) -> Self {
        self.predicted_names = Some(names.iter().map(ToString::to_string).collect());
        self
    }

    /// What the two axes are called. Default "true label" and "predicted label".
    pub fn axes(mut self, across: impl Into<String>, down: impl Into<String>) -> Self {
        self.true_title = across.into();
        self.predicted_title = down.into();
        self
    }

    /// One colour all over and no recall and precision: the diagonal has no meaning, as with
    /// clusters that were not matched to classes. Default false.
    pub fn plain(mut self, plain: bool) -> Self {
        self.plain = plain;
        self
    }

    heading_setters!();

    /// Draws the figure.
    ///
    /// # Errors
    ///
    /// If the matrix has no cells or more than 200 labels on a side, or there are not as many names
    /// as labels.
    pub fn draw(&self) -> Result<Figure> {
        let (trues, predictions) = self.counts.dim();
        if trues == 0 || predictions == 0 || trues.max(predictions) > 200 {
            return Err(Error::input(format!(
                "a confusion matrix must have between 1 and 200 rows and columns, got \
                 {trues} × {predictions}"
            )));
        }
        let across = named(self.true_names.as_deref(), trues, "true_names")?;
        let down = named(
            self.predicted_names.as_deref(),
            predictions,
            "predicted_names",
        )?;
        let named_alike = self.true_names.is_some() && down.starts_with(&across);
        let matched = !self.plain && (trues == predictions || named_alike);
        let rates = matched && trues <= 20;

        let step = (WIDTH / trues.max(predictions) as f64)
            .floor()
            .clamp(12.0, 60.0);
        let size = (step * 0.42).clamp(7.0, 15.0);
        let longest = |names: &[String]| {
            names
                .iter()
                .map(|name| width(name, size, false))
                .fold(0.0, f64::max)
                .min(140.0)
        };
        let turned = longest(&across) > step - 2.0;
        let rate = if rates { 58.0 } else { 0.0 };

        // Left to right: axis title, names, matrix, precision. Top to bottom: matrix, names,
        // recall, axis title.
        let mut canvas = Canvas::default();
        let left = MARGIN + 26.0 + longest(&down).max(if rates { 38.0 } else { 0.0 }) + 10.0;
        let (wide, high) = (trues as f64 * step, predictions as f64 * step);
        canvas.width = (left + wide + rate).max(self.heading.width() + MARGIN) + MARGIN;
        let top = self.heading.draw(&mut canvas) + if rates { 22.0 } else { 0.0 };
        let names = if turned {
            longest(&across) + 10.0
        } else {
            size + 12.0
        };
        let recall = if rates { 24.0 } else { 0.0 };
        canvas.height = top + high + names + recall + 24.0 + MARGIN;
        let matrix = Frame::new(left, top, wide, high);

        self.draw_cells(&mut canvas, matrix, step, size, matched);
        draw_names(&mut canvas, matrix, step, size, (&across, &down), turned);
        if rates {
            self.draw_rates(&mut canvas, matrix, step, top + high + names + 13.0);
        }
        canvas.words(
            words(
                left + wide / 2.0,
                top + high + names + recall + 20.0,
                14.0,
                &*self.true_title,
            )
            .paint(Paint::MUTED)
            .anchor(Anchor::Middle),
        );
        canvas.words(
            words(
                MARGIN + 12.0,
                top + high / 2.0,
                14.0,
                &*self.predicted_title,
            )
            .paint(Paint::MUTED)
            .anchor(Anchor::Middle)
            .turned(-90.0),
        );
        Ok(Figure::new(canvas, self.description(matched)))
    }

    fn draw_cells(&self, canvas: &mut Canvas, matrix: Frame, step: f64, size: f64, matched: bool) {
        let most = self.counts.iter().copied().max().unwrap_or(0).max(1) as f64;
        let gap = if step < 20.0 { 1.0 } else { GAP };
        for ((t, p), &count) in self.counts.indexed_iter() {
            let (x, y) = (matrix.x + t as f64 * step, matrix.y + p as f64 * step);
            let cell = Frame::new(x + gap / 2.0, y + gap / 2.0, step - gap, step - gap);
            if count == 0 {
                canvas.rect(cell, 2.0, Paint::TILE);
                continue;
            }
            let ramp = if matched && t != p {
                Ramp::MISS
            } else {
                Ramp::HIT
            };
            let paint = ramp.at((count as f64 / most).sqrt());
            canvas.rect(cell, 2.0, paint);
            let text = count.to_string();
            let fitting = size * ((step - 4.0) / width(&text, size, false)).min(1.0);
            let number = words(
                x + step / 2.0,
                y + step / 2.0 + 0.36 * fitting,
                fitting,
                text,
            )
            .paint(paint.readable())
            .anchor(Anchor::Middle);
            canvas.words(if matched && t == p {
                number.bold()
            } else {
                number
            });
        }
    }

    /// The share of each true class that was found, and of each predicted class that is right.
    fn draw_rates(&self, canvas: &mut Canvas, matrix: Frame, step: f64, baseline: f64) {
        let text = |hits: u64, all: u64| match all {
            0 => "–".to_owned(),
            all => format!("{:.2}", hits as f64 / all as f64),
        };
        let size = (step * 0.34).clamp(9.0, 13.0);
        let right = matrix.x + matrix.width + 12.0;
        for i in 0..self.counts.nrows() {
            let hits = self.counts[[i, i]];
            let middle = (i as f64 + 0.5) * step;
            canvas.words(
                words(
                    matrix.x + middle,
                    baseline,
                    size,
                    text(hits, self.counts.row(i).sum()),
                )
                .paint(Paint::MUTED)
                .anchor(Anchor::Middle),
            );
            let precision = text(hits, self.counts.column(i).sum());
            canvas.words(
                words(right, matrix.y + middle + 0.36 * size, size, precision).paint(Paint::MUTED),
            );
        }
        canvas.words(
            words(matrix.x - 10.0, baseline, 12.0, "recall")
                .paint(Paint::MUTED)
                .anchor(Anchor::End),
        );
        canvas.words(words(right, matrix.y - 8.0, 12.0, "precision").paint(Paint::MUTED));
    }

    fn description(&self, matched: bool) -> String {
        let (trues, predictions) = self.counts.dim();
        let heading = self.heading.spoken("Confusion matrix");
        let all: u64 = self.counts.sum();
        if !matched {
            return format!(
                "{heading}: {all} samples of {trues} true labels by {predictions} predicted labels"
            );
        }
        let right: u64 = self.counts.diag().sum();
        format!(
            "{heading}: confusion matrix of {trues} labels, {right} of {all} samples on the diagonal"
        )
    }
}

fn named(names: Option<&[String]>, count: usize, what: &'static str) -> Result<Vec<String>> {
    match names {
        None => Ok((0..count).map(|i| i.to_string()).collect()),
        Some(names) if names.len() == count => Ok(names.to_vec()),
        Some(names) => Err(Error::parameter(
            what,
            format!("be as many as the matrix has labels ({count})"),
            names.len(),
        )),
    }
}

fn draw_names(
    canvas: &mut Canvas,
    matrix: Frame,
    step: f64,
    size: f64,
    (across, down): (&[String], &[String]),
    turned: bool,
) {
    let bottom = matrix.y + matrix.height;
    for (i, name) in across.iter().enumerate() {
        let middle = matrix.x + (i as f64 + 0.5) * step;
        let text = fit(name, size, false, 140.0);
        canvas.words(if turned {
            words(middle + 0.36 * size, bottom + 7.0, size, text)
                .anchor(Anchor::End)
                .turned(-90.0)
        } else {
            words(middle, bottom + size + 5.0, size, text).anchor(Anchor::Middle)
        });
    }
    for (i, name) in down.iter().enumerate() {
        let middle = matrix.y + (i as f64 + 0.5) * step;
        let text = fit(name, size, false, 140.0);
        canvas.words(words(matrix.x - 9.0, middle + 0.36 * size, size, text).anchor(Anchor::End));
    }
}
