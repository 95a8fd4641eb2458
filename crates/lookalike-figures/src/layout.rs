//! What figures have in common: margins, headings, legends.

use crate::canvas::{Canvas, Frame, words};
use crate::fonts::{self, fit};
use crate::palette::Paint;

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
        fonts::width(&self.title, 20.0, true)
            .max(fonts::width(&self.subtitle, 14.0, false))
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

/// What a colour stands for, and a number that belongs to it, such as how often it occurs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) paint: Paint,
    pub(crate) name: String,
    pub(crate) note: String,
}

/// An entry of the legend is at least this wide, and this high.
const ENTRY: (f64, f64) = (136.0, 25.0);
/// Lines of the legend at most.
const LINES: usize = 8;

/// Draws colour, name and number, line by line; what finds no room is summed up at the
/// end. Returns where the legend ends.
pub(crate) fn legend(
    canvas: &mut Canvas,
    (left, top): (f64, f64),
    width: f64,
    entries: &[Entry],
) -> f64 {
    let columns = (width / ENTRY.0) as usize;
    let shown = if entries.len() > LINES * columns {
        LINES * columns - 1
    } else {
        entries.len()
    };
    let wide = width / columns as f64;
    let place = |i: usize| {
        (
            left + (i % columns) as f64 * wide,
            top + (i / columns) as f64 * ENTRY.1,
        )
    };
    for (i, entry) in entries[..shown].iter().enumerate() {
        let (x, y) = place(i);
        let swatch = Frame::new(x, y + 4.0, 14.0, 14.0);
        canvas.rect(swatch, 3.0, entry.paint);
        if entry.paint.fades() {
            canvas.outline(swatch, 3.0, Paint::LINE);
        }
        let room = wide - 22.0 - 8.0 - fonts::width(&entry.note, 14.0, false) - 12.0;
        let name = fit(&entry.name, 14.0, false, room);
        let after = x + 22.0 + fonts::width(&name, 14.0, false) + 8.0;
        canvas.words(words(x + 22.0, y + 16.0, 14.0, name));
        canvas.words(words(after, y + 16.0, 14.0, &*entry.note).paint(Paint::MUTED));
    }
    if shown < entries.len() {
        let (x, y) = place(shown);
        let text = format!("and {} more", entries.len() - shown);
        canvas.words(words(x + 22.0, y + 16.0, 14.0, text).paint(Paint::MUTED));
    }
    place(entries.len().min(LINES * columns).saturating_sub(1)).1 + ENTRY.1
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
