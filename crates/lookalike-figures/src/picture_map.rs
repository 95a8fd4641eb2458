//! The samples' own pictures, laid out on their map.

use ndarray::{ArrayRef2, ArrayRef3};

use crate::canvas::Canvas;
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::input::{check_map, check_pictures, shrink};
use crate::layout::{Heading, MARGIN, heading_setters, legend};
use crate::map::{Cells, Projection, entries, groups};
use crate::palette::{Paint, class_color};
use crate::raster::Raster;

const WIDTH: f64 = 960.0;
const HEIGHTS: (f64, f64) = (400.0, 960.0);
/// Largest side of a picture on the page.
const PICTURE: f64 = 20.0;

/// A two-dimensional map drawn with the samples' own little pictures, in the colours of their labels.
///
/// **Which pictures are shown.** Many would lie on top of one another, so the map is divided into
/// square cells of one picture's size. Each cell that any sample falls into shows one picture, at
/// the cell's own place: that of the sample nearest to the cell's middle, the first of them if
/// several are equally near. No picture is shown twice or covered.
///
/// ```
/// use lookalike_figures::PictureMap;
/// use ndarray::{Array3, array};
///
/// let map = array![[0.0, 0.0], [5.0, 5.0]];
/// let pictures = Array3::from_elem((2, 8, 8), 1.0);
/// let figure = PictureMap::new(&map, &[0, 1], &pictures).draw()?;
/// # Ok::<(), lookalike_figures::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PictureMap<'a> {
    points: &'a ArrayRef2<f32>,
    labels: &'a [i32],
    pictures: &'a ArrayRef3<f32>,
    maximum: Option<f32>,
    names: Vec<String>,
    heading: Heading,
}

impl<'a> PictureMap<'a> {
    /// `points` has one row and two columns a sample, `labels` one number a sample, `pictures` one
    /// grey picture a sample (number, height, width), with 0 for paper.
    pub fn new(
        points: &'a ArrayRef2<f32>,
        labels: &'a [i32],
        pictures: &'a ArrayRef3<f32>,
    ) -> Self {
        Self {
            points,
            labels,
            pictures,
            maximum: None,
            names: Vec::new(),
            heading: Heading::default(),
        }
    }

    /// The value of full ink; values beyond are clipped. Default: the largest value there is.
    pub fn maximum(mut self, maximum: f32) -> Self {
        self.maximum = Some(maximum);
        self
    }

    /// What label 0, 1, 2, … is called. Default: its number.
    pub fn names<S: ToString>(mut self, names: &[S]) -> Self {
        self.names = names.iter().map(ToString::to_string).collect();
        self
    }

    heading_setters!();

    /// Draws the figure.
    ///
    /// # Errors
    ///
    /// If `points` has no rows, not two columns, or a value that is not finite; if there is not one
    /// label and one picture a point; if the pictures have no pixels or a value that is not finite.
    pub fn draw(&self) -> Result<Figure> {
        check_map(self.points, self.labels)?;
        let full = check_pictures(self.pictures, self.maximum)?;
        if self.pictures.dim().0 != self.labels.len() {
            return Err(Error::input(format!(
                "pictures must be as many as points ({}), got {}",
                self.labels.len(),
                self.pictures.dim().0
            )));
        }
        let groups = groups(self.labels);
        let entries = entries(&groups, &self.names);

        let mut canvas = Canvas::default();
        canvas.width = WIDTH + 2.0 * MARGIN;
        let top = self.heading.draw(&mut canvas);
        let map = Projection::new(self.points, (MARGIN, top), WIDTH, HEIGHTS, 16.0);
        let below = (MARGIN, top + map.frame.height + 12.0);
        canvas.height = legend(&mut canvas, below, WIDTH, &entries) + MARGIN - 6.0;
        canvas.frame(map.frame, Paint::LINE);
        let shown = self.draw_pictures(&mut canvas, &map, full);

        let description = format!(
            "{}: map of {} samples in {} groups, drawn with the pictures of {shown} of them",
            self.heading.spoken("Picture map"),
            self.labels.len(),
            entries.len()
        );
        Ok(Figure::new(canvas, description))
    }

    /// One raster for all pictures, at their own resolution, one empty pixel around each.
    fn draw_pictures(&self, canvas: &mut Canvas, map: &Projection, full: f32) -> usize {
        let (_, height, width) = self.pictures.dim();
        let limit = 2 * PICTURE as usize;
        let block = height.max(width).div_ceil(limit);
        let (height, width) = (height.div_ceil(block), width.div_ceil(block));
        let side = height.max(width) + 1;
        let longest = (side - 1) as f64;
        let scale = if longest <= PICTURE {
            // Half pixels become whole ones in a picture file at scale 2.
            (2.0 * PICTURE / longest).floor() / 2.0
        } else {
            PICTURE / longest
        };
        let cell = side as f64 * scale;

        let cells = Cells::new(self.points, map, cell);
        let (across, down) = cells.size();
        let mut raster = Raster::clear(across * side, down * side);
        let mut shown = 0;
        for (at, sample) in cells.samples.iter().enumerate() {
            let &Some(i) = sample else { continue };
            shown += 1;
            let (top, start) = (at / across * side, at % across * side);
            let color = class_color(self.labels[i]);
            let picture = shrink(&self.pictures.index_axis(ndarray::Axis(0), i), limit);
            let (inset_y, inset_x) = ((side - height) / 2, (side - width) / 2);
            for ((row, column), &value) in picture.indexed_iter() {
                raster.set(
                    top + inset_y + row,
                    start + inset_x + column,
                    color,
                    value / full,
                );
            }
        }
        canvas.image(cells.frame(), raster, scale >= 1.0);
        shown
    }
}
