//! Pictures of any kind, laid out on their map.

use ndarray::ArrayRef2;

use crate::canvas::{Canvas, Frame};
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::input::check_map;
use crate::layout::{Heading, MARGIN, heading_setters, legend};
use crate::map::{Cells, Projection, entries, groups};
use crate::palette::{Paint, class_color};
use crate::picture::Picture;

const WIDTH: f64 = 1200.0;
const HEIGHTS: (f64, f64) = (500.0, 1200.0);
/// Side of a cell, its gap and its frame in the colour of the label.
const CELL: f64 = 40.0;
const GAP: f64 = 3.0;
const FRAME: f64 = 2.0;

/// A two-dimensional map drawn with thumbnails of the pictures, each in a frame of its label's colour.
///
/// **Which pictures are shown.** Many would lie on top of one another, so the map is divided into
/// square cells. Each cell that any sample falls into shows one picture, at the cell's own place:
/// that of the sample nearest to the cell's middle, the first of them if several are equally near.
/// [`shown`](Self::shown) says which, so that only those need be read.
///
/// ```
/// use lookalike_figures::{Picture, ThumbnailMap};
/// use ndarray::array;
///
/// let points = array![[0.0, 0.0], [5.0, 5.0], [5.0, 5.0]];
/// let map = ThumbnailMap::new(&points, &[0, 1, 1]);
/// let pictures: Vec<Picture> = map
///     .shown()?
///     .iter()
///     .map(|_| Picture::from_rgba(1, 1, &[200, 0, 0, 255]))
///     .collect::<Result<_, _>>()?;
/// assert_eq!(pictures.len(), 2);
/// let figure = map.draw(&pictures)?;
/// # Ok::<(), lookalike_figures::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ThumbnailMap<'a> {
    points: &'a ArrayRef2<f32>,
    labels: &'a [i32],
    names: Vec<String>,
    heading: Heading,
}

impl<'a> ThumbnailMap<'a> {
    /// Longest side of a thumbnail, in CSS pixels.
    pub const PICTURE: f64 = CELL - GAP - 2.0 * FRAME;

    /// `points` has one row and two columns a sample, `labels` one number a sample.
    pub fn new(points: &'a ArrayRef2<f32>, labels: &'a [i32]) -> Self {
        Self {
            points,
            labels,
            names: Vec::new(),
            heading: Heading::default(),
        }
    }

    /// What label 0, 1, 2, … is called. Default: its number.
    pub fn names<S: ToString>(mut self, names: &[S]) -> Self {
        self.names = names.iter().map(ToString::to_string).collect();
        self
    }

    heading_setters!();

    /// The samples whose pictures [`draw`](Self::draw) takes, in its order.
    ///
    /// # Errors
    ///
    /// If `points` has no rows, not two columns, or a value that is not finite; if there is not one
    /// label a point.
    pub fn shown(&self) -> Result<Vec<usize>> {
        check_map(self.points, self.labels)?;
        let cells = Cells::new(self.points, &self.projection(0.0), CELL);
        Ok(cells.samples.into_iter().flatten().collect())
    }

    /// Draws the figure with one picture for each sample of [`shown`](Self::shown).
    ///
    /// # Errors
    ///
    /// As [`shown`](Self::shown), and if there are more or fewer pictures.
    pub fn draw(&self, pictures: &[Picture]) -> Result<Figure> {
        let shown = self.shown()?;
        if pictures.len() != shown.len() {
            return Err(Error::input(format!(
                "pictures must be as many as are shown ({}), got {}",
                shown.len(),
                pictures.len()
            )));
        }
        let groups = groups(self.labels);
        let entries = entries(&groups, &self.names);
        let mut canvas = Canvas::default();
        canvas.width = WIDTH + 2.0 * MARGIN;
        let top = self.heading.draw(&mut canvas);
        let map = self.projection(top);
        let below = (MARGIN, top + map.frame.height + 12.0);
        canvas.height = legend(&mut canvas, below, WIDTH, &entries) + MARGIN - 6.0;
        canvas.frame(map.frame, Paint::LINE);

        let cells = Cells::new(self.points, &map, CELL);
        let places = (0..).zip(&cells.samples);
        let places = places.filter_map(|(at, sample)| Some((cells.place(at), (*sample)?)));
        for ((place, sample), picture) in places.zip(pictures) {
            let color = Paint::fixed(class_color(self.labels[sample]));
            draw_thumbnail(&mut canvas, place, picture, color);
        }
        let description = format!(
            "{}: map of {} samples in {} groups, drawn with the pictures of {} of them",
            self.heading.spoken("Picture map"),
            self.labels.len(),
            entries.len(),
            pictures.len()
        );
        Ok(Figure::new(canvas, description))
    }

    fn projection(&self, top: f64) -> Projection {
        Projection::new(self.points, (MARGIN, top), WIDTH, HEIGHTS, CELL / 2.0)
    }
}

/// A picture in the middle of its cell, in its own proportions, on a tile of this colour.
fn draw_thumbnail(canvas: &mut Canvas, (x, y): (f64, f64), picture: &Picture, color: Paint) {
    let (width, height) = picture.size();
    let scale = ThumbnailMap::PICTURE / width.max(height) as f64;
    let side = |pixels: usize| (pixels as f64 * scale).round().max(1.0);
    let (wide, high) = (side(width), side(height));
    let place = Frame::new(
        x + ((CELL - wide) / 2.0).floor(),
        y + ((CELL - high) / 2.0).floor(),
        wide,
        high,
    );
    canvas.rect(place.grown(FRAME), 1.0, color);
    canvas.image(place, picture.clone(), scale >= 1.0);
}
