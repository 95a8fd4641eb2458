//! A scene and the map of its classes, side by side, with a legend.

use crate::canvas::{Canvas, Frame, words};
use crate::class::{Class, entries};
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::fonts::fit;
use crate::layout::{Entry, Heading, MARGIN, heading_setters, legend};
use crate::markup::push;
use crate::palette::Paint;
use crate::picture::Picture;

/// How wide one picture, and several together, may be.
const WIDTHS: (f64, f64) = (760.0, 1040.0);
/// How high they may be.
const HEIGHT: f64 = 680.0;
/// Between neighbours.
const GAP: f64 = 20.0;
/// Small pictures are enlarged up to this.
const MAX_SCALE: f64 = 12.0;

/// Up to three pictures in a row, such as a scene and the map of its classes, with a legend below.
///
/// Clear pixels show a quiet tone of the paper, so that a place without data is not taken for a
/// white one. Enlarged pixels keep hard edges, since a colour between two classes would be a third.
///
/// ```
/// use lookalike_figures::{Class, Picture, ScenePictures};
///
/// let map = Picture::from_rgba(2, 1, &[0, 0, 128, 255, 0, 128, 0, 255])?;
/// let classes = [
///     Class::new("water", [0, 0, 128]).note("50.0 %"),
///     Class::new("wood", [0, 128, 0]).note("50.0 %"),
/// ];
/// let figure = ScenePictures::new(&[(&map, "")]).classes(&classes).title("Classes").draw()?;
/// # Ok::<(), lookalike_figures::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ScenePictures<'a> {
    pictures: Vec<(&'a Picture, String)>,
    classes: &'a [Class],
    no_data: Option<String>,
    hard_edges: bool,
    heading: Heading,
}

impl<'a> ScenePictures<'a> {
    /// One to three pictures from left to right, each with a caption, which may be empty.
    pub fn new<S: ToString>(pictures: &[(&'a Picture, S)]) -> Self {
        Self {
            pictures: pictures
                .iter()
                .map(|(picture, caption)| (*picture, caption.to_string()))
                .collect(),
            classes: &[],
            no_data: None,
            hard_edges: false,
            heading: Heading::default(),
        }
    }

    /// What the colours mean, in the order of the legend. Default: no legend.
    pub fn classes(mut self, classes: &'a [Class]) -> Self {
        self.classes = classes;
        self
    }

    /// Ends the legend with the clear pixels, and this number beside them, such as `3.1 %`.
    pub fn no_data(mut self, note: impl Into<String>) -> Self {
        self.no_data = Some(note.into());
        self
    }

    heading_setters!();

    /// Keeps hard edges where a picture is made smaller, too: a colour between those of two classes
    /// would be that of a third. Default: smooth, which looks better in a browser.
    pub fn hard_edges(mut self) -> Self {
        self.hard_edges = true;
        self
    }

    /// Draws the figure.
    ///
    /// # Errors
    ///
    /// If there is no picture, or more than three.
    pub fn draw(&self) -> Result<Figure> {
        let count = self.pictures.len();
        if !(1..=3).contains(&count) {
            return Err(Error::input(format!(
                "pictures of a scene must be between 1 and 3, got {count}"
            )));
        }
        let room = if count == 1 {
            WIDTHS.0
        } else {
            (WIDTHS.1 - (count - 1) as f64 * GAP) / count as f64
        };
        let sizes: Vec<(f64, f64)> = self
            .pictures
            .iter()
            .map(|(picture, _)| fitted(picture, room))
            .collect();
        let wide = sizes.iter().map(|size| size.0).sum::<f64>() + (count - 1) as f64 * GAP;
        let high = sizes.iter().map(|size| size.1).fold(0.0, f64::max);
        let captions = self.pictures.iter().any(|(_, caption)| !caption.is_empty());

        let mut canvas = Canvas::default();
        canvas.width = wide.max(self.heading.width()).max(300.0) + 2.0 * MARGIN;
        let top = self.heading.draw(&mut canvas);
        let mut x = MARGIN;
        for ((picture, caption), (width, height)) in self.pictures.iter().zip(sizes) {
            let frame = Frame::new(x, top, width, height);
            canvas.frame(frame, Paint::LINE);
            canvas.rect(frame, 0.0, Paint::TILE);
            let crisp = self.hard_edges || picture.size().0 as f64 <= width;
            canvas.image(frame, (*picture).clone(), crisp);
            if !caption.is_empty() {
                let caption = fit(caption, 14.0, false, width);
                canvas.words(words(x, top + high + 21.0, 14.0, caption).paint(Paint::MUTED));
            }
            x += width + GAP;
        }
        let mut bottom = top + high + if captions { 30.0 } else { 0.0 };

        let mut entries = entries(self.classes, Paint::fixed);
        if let Some(note) = &self.no_data {
            entries.push(Entry {
                paint: Paint::TILE,
                name: "no data".to_owned(),
                note: note.clone(),
            });
        }
        if !entries.is_empty() {
            let room = canvas.width - 2.0 * MARGIN;
            bottom = legend(&mut canvas, (MARGIN, bottom + 10.0), room, &entries) - 6.0;
        }
        canvas.height = bottom + MARGIN;
        Ok(Figure::new(canvas, self.description()))
    }

    fn description(&self) -> String {
        let shown = |(picture, caption): &(&Picture, String)| {
            let (width, height) = picture.size();
            let size = format!("{width} × {height} pixels");
            if caption.is_empty() {
                size
            } else {
                format!("{caption}, {size}")
            }
        };
        let pictures: Vec<String> = self.pictures.iter().map(shown).collect();
        let mut text = format!("{}: {}", self.heading.spoken("Scene"), pictures.join("; "));
        if !self.classes.is_empty() {
            let shares: Vec<String> = self
                .classes
                .iter()
                .take(20)
                .map(|class| {
                    format!("{} {}", class.name, class.note)
                        .trim_end()
                        .to_owned()
                })
                .collect();
            let count = self.classes.len();
            push(
                &mut text,
                format_args!("; {count} classes: {}", shares.join(", ")),
            );
        }
        text
    }
}

/// Width and height on the page.
fn fitted(picture: &Picture, room: f64) -> (f64, f64) {
    let (width, height) = picture.size();
    let (width, height) = (width as f64, height as f64);
    let scale = (room / width).min(HEIGHT / height).min(MAX_SCALE);
    (
        (width * scale).round().max(1.0),
        (height * scale).round().max(1.0),
    )
}
