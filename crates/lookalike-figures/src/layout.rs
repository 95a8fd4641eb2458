//! What figures have in common: margins, headings, legends.

use crate::canvas::{Anchor, Canvas, Frame, words};
use crate::fonts::{fit, width};
use crate::palette::{Paint, Rgb};

/// Free space around a figure.
pub(crate) const MARGIN: f64 = 24.0;

/// Title and subtitle, as every figure has them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Heading {
    pub(crate) title: String,
    pub(crate) subtitle: String,
}

impl Heading {
    /// How wide a figure should be at least, so that a heading of usual length need not be cut.
    pub(crate) fn width(&self) -> f64 {
        width(&self.title, 20.0, true)
            .max(width(&self.subtitle, 14.0, false))
            .min(640.0)
    }

    /// Draws the heading across `canvas`; returns where the rest may begin.
    pub(crate) fn draw(&self, canvas: &mut Canvas) -> f64 {
        let room = canvas.width - 2.0 * MARGIN;
        let mut y = MARGIN;
        if !self.title.is_empty() {
            y += 18.0;
            canvas.words(words(MARGIN, y, 20.0, fit(&self.title, 20.0, true, room)).bold());
            y += 8.0;
        }
        if !self.subtitle.is_empty() {
            y += 15.0;
            let text = fit(&self.subtitle, 14.0, false, room);
            canvas.words(words(MARGIN, y, 14.0, text).paint(Paint::MUTED));
            y += 5.0;
        }
        if y > MARGIN { y + 14.0 } else { y }
    }

    /// The heading in a sentence, for descriptions.
    pub(crate) fn spoken(&self, otherwise: &str) -> String {
        let parts: Vec<&str> = [self.title.as_str(), self.subtitle.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        if parts.is_empty() {
            otherwise.to_owned()
        } else {
            parts.join(", ")
        }
    }
}

/// What a colour stands for, and how often it occurs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) color: Rgb,
    pub(crate) name: String,
    pub(crate) count: usize,
}

/// Width of one column of the legend.
pub(crate) const LEGEND_WIDTH: f64 = 150.0;
const ENTRY: f64 = 24.0;

/// How many columns `entries` take within `height`.
pub(crate) fn legend_columns(entries: usize, height: f64) -> usize {
    let rows = ((height / ENTRY) as usize).max(1);
    entries.div_ceil(rows).clamp(1, 2)
}

/// Draws colour, name and number of samples, column by column; what finds no room in two columns
/// is summed up in the last line.
pub(crate) fn legend(canvas: &mut Canvas, frame: Frame, entries: &[Entry]) {
    let rows = ((frame.height / ENTRY) as usize).max(1);
    let columns = legend_columns(entries.len(), frame.height);
    let shown = if entries.len() > rows * columns {
        rows * columns - 1
    } else {
        entries.len()
    };
    let place = |i: usize| {
        let (column, row) = (i / rows, i % rows);
        (
            frame.x + column as f64 * LEGEND_WIDTH,
            frame.y + row as f64 * ENTRY,
        )
    };
    for (i, entry) in entries[..shown].iter().enumerate() {
        let (x, y) = place(i);
        canvas.rect(
            Frame::new(x, y + 4.0, 14.0, 14.0),
            3.0,
            Paint::fixed(entry.color),
        );
        let right = x + LEGEND_WIDTH - 20.0;
        let count = entry.count.to_string();
        let room = right - x - 22.0 - width(&count, 14.0, false) - 8.0;
        canvas.words(words(
            x + 22.0,
            y + 16.0,
            14.0,
            fit(&entry.name, 14.0, false, room),
        ));
        canvas.words(
            words(right, y + 16.0, 14.0, count)
                .anchor(Anchor::End)
                .paint(Paint::MUTED),
        );
    }
    if shown < entries.len() {
        let (x, y) = place(shown);
        let text = format!("and {} more", entries.len() - shown);
        canvas.words(words(x + 22.0, y + 16.0, 14.0, text).paint(Paint::MUTED));
    }
}

/// Gives a builder of figures its title and subtitle.
macro_rules! heading_setters {
    () => {
        /// A line above the figure, in bold. Default none.
        pub fn title(mut self, title: impl Into<String>) -> Self {
            self.heading.title = title.into();
            self
        }

        /// A line below the title. Default none.
        pub fn subtitle(mut self, subtitle: impl Into<String>) -> Self {
            self.heading.subtitle = subtitle.into();
            self
        }
    };
}
pub(crate) use heading_setters;
