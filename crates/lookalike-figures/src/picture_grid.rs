//! Pictures in rows and columns.

use ndarray::ArrayRef3;

use crate::canvas::{Anchor, Canvas, Frame, words};
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::fonts::fit;
use crate::input::{check_pictures, shrink};
use crate::layout::{Heading, MARGIN, heading_setters};
use crate::palette::Paint;
use crate::raster::Raster;

/// How wide all pictures of a row may be together.
const WIDTH: f64 = 760.0;
/// Between neighbours.
const GAP: f64 = 8.0;
/// What two lines of caption need below a picture.
const CAPTION: f64 = 50.0;

/// Small grey pictures side by side: ink on paper, every pixel a crisp square.
///
/// Pictures are drawn row by row in their order; those beyond `rows × columns` are left out.
///
/// ```
/// use lookalike_figures::PictureGrid;
/// use ndarray::Array3;
///
/// let centers = Array3::from_shape_fn((10, 8, 8), |(_, i, j)| (i + j) as f32);
/// let captions: Vec<_> = (0..10).map(|i| (i.to_string(), "180 samples".to_owned())).collect();
/// let figure = PictureGrid::new(&centers, 2, 5)
///     .maximum(16.0)
///     .captions(&captions)
///     .title("Cluster centres")
///     .draw()?;
/// # Ok::<(), lookalike_figures::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PictureGrid<'a> {
    pictures: &'a ArrayRef3<f32>,
    rows: usize,
    columns: usize,
    maximum: Option<f32>,
    captions: &'a [(String, String)],
    heading: Heading,
}

impl<'a> PictureGrid<'a> {
    /// `pictures` has the shape (number, height, width); 0 is paper.
    pub fn new(pictures: &'a ArrayRef3<f32>, rows: usize, columns: usize) -> Self {
        Self {
            pictures,
            rows,
            columns,
            maximum: None,
            captions: &[],
            heading: Heading::default(),
        }
    }

    /// The value of full ink; values beyond are clipped. Default: the largest value there is.
    pub fn maximum(mut self, maximum: f32) -> Self {
        self.maximum = Some(maximum);
        self
    }

    /// A bold line and a smaller one below each picture; either may be empty. Default none.
    pub fn captions(mut self, captions: &'a [(String, String)]) -> Self {
        self.captions = captions;
        self
    }

    heading_setters!();

    /// Draws the figure.
    ///
    /// # Errors
    ///
    /// If `rows` or `columns` is 0 or above 100, there are no pictures or pixels, a value is not
    /// finite, `maximum` is not above 0, or there are captions but not one for every picture.
    pub fn draw(&self) -> Result<Figure> {
        let full = check_pictures(self.pictures, self.maximum)?;
        for (name, value) in [("rows", self.rows), ("columns", self.columns)] {
            if !(1..=100).contains(&value) {
                return Err(Error::parameter(name, "be between 1 and 100", value));
            }
        }
        let count = self.pictures.dim().0;
        if !self.captions.is_empty() && self.captions.len() != count {
            return Err(Error::input(format!(
                "captions must be as many as pictures ({count}), got {}",
                self.captions.len()
            )));
        }
        let shown = count.min(self.rows * self.columns);
        let columns = self.columns.min(shown);
        let rows = shown.div_ceil(columns);

        let room = (WIDTH / columns as f64 - GAP).clamp(12.0, 144.0);
        let (cell_width, cell_height) = self.cell(room);
        let caption = if self.captions.is_empty() {
            0.0
        } else {
            CAPTION
        };
        let step_x = cell_width
            + if self.captions.is_empty() {
                GAP
            } else {
                2.0 * GAP
            };
        let step_y = cell_height + caption + GAP;

        let mut canvas = Canvas::default();
        let wide = columns as f64 * step_x - (step_x - cell_width);
        canvas.width = (wide + 2.0 * MARGIN).max(self.heading.width() + 2.0 * MARGIN);
        let top = self.heading.draw(&mut canvas);
        canvas.height = top + rows as f64 * step_y - GAP + MARGIN;

        for (i, picture) in self.pictures.outer_iter().take(shown).enumerate() {
            let x = MARGIN + (i % columns) as f64 * step_x;
            let y = (top + (i / columns) as f64 * step_y).round();
            let frame = Frame::new(x, y, cell_width, cell_height);
            // Twice the room: what a picture file at scale 2 can show.
            let picture = shrink(&picture, 2 * room as usize);
            let (height, width) = picture.dim();
            let raster = Raster::ink(width, height, |row, column| picture[[row, column]] / full);
            canvas.frame(frame, Paint::LINE);
            canvas.image(frame, raster, width as f64 <= cell_width);
            if let Some((first, second)) = self.captions.get(i) {
                let (middle, below) = (x + cell_width / 2.0, y + cell_height);
                let room = step_x - 4.0;
                canvas.words(
                    words(middle, below + 21.0, 17.0, fit(first, 17.0, true, room))
                        .bold()
                        .anchor(Anchor::Middle),
                );
                canvas.words(
                    words(middle, below + 39.0, 13.0, fit(second, 13.0, false, room))
                        .paint(Paint::MUTED)
                        .anchor(Anchor::Middle),
                );
            }
        }
        let description = format!(
            "{}: {shown} grey pictures in {rows} rows of {columns}",
            self.heading.spoken("Pictures")
        );
        Ok(Figure::new(canvas, description))
    }

    /// Size of a picture on the page: whole pixels to the sample where it fits, so that all
    /// squares come out equal.
    fn cell(&self, room: f64) -> (f64, f64) {
        let (_, height, width) = self.pictures.dim();
        let longest = height.max(width) as f64;
        let scale = if longest <= room {
            (room / longest).floor()
        } else {
            room / longest
        };
        (
            (width as f64 * scale).max(1.0),
            (height as f64 * scale).max(1.0),
        )
    }
}
