//! Pictures of a group in equal cells, with their names.

use crate::canvas::{Anchor, Canvas, Frame, words};
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::fonts::{fit, fit_end};
use crate::layout::{Heading, MARGIN, heading_setters};
use crate::palette::{CLASSES, Paint};
use crate::picture::Picture;

/// Side of the square that a picture is fitted into.
const CELL: f64 = 128.0;
const GAP: f64 = 14.0;
/// What the line of the name needs below a cell.
const CAPTION: f64 = 22.0;
/// Thickness of the frame around a marked picture.
const FRAME: f64 = 3.0;
/// Cells of one sheet at most; more belong on further pages.
const MAX_CELLS: usize = 400;

/// A picture of a [`ContactSheet`].
#[derive(Debug, Clone)]
pub struct SheetCell<'a> {
    picture: &'a Picture,
    name: String,
    marked: bool,
}

impl<'a> SheetCell<'a> {
    /// A picture and what stands below it, of which the end is kept where it is too long.
    pub fn new(picture: &'a Picture, name: impl Into<String>) -> Self {
        Self {
            picture,
            name: name.into(),
            marked: false,
        }
    }

    /// Draws a coloured frame around the picture. Default none.
    pub fn marked(mut self) -> Self {
        self.marked = true;
        self
    }
}

/// Pictures row by row in equal cells: each as large as its cell allows, in its own proportions; small
/// ones enlarged by whole numbers, every pixel a crisp square.
///
/// ```
/// use lookalike_figures::{ContactSheet, Picture, SheetCell};
///
/// let picture = Picture::from_rgba(2, 1, &[200, 0, 0, 255, 0, 0, 200, 255])?;
/// let cells = [
///     SheetCell::new(&picture, "cat.jpg"),
///     SheetCell::new(&picture, "perhaps a dog.jpg").marked(),
/// ];
/// let figure = ContactSheet::new(&cells).title("Cluster 3").mark("borderline").draw()?;
/// # Ok::<(), lookalike_figures::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ContactSheet<'a> {
    cells: &'a [SheetCell<'a>],
    columns: usize,
    mark: String,
    heading: Heading,
}

impl<'a> ContactSheet<'a> {
    /// Of 1 to 400 pictures, in the order in which they are shown.
    pub fn new(cells: &'a [SheetCell<'a>]) -> Self {
        Self {
            cells,
            columns: 6,
            mark: String::new(),
            heading: Heading::default(),
        }
    }

    /// Pictures in a row, 1 to 20. Default 6.
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = columns;
        self
    }

    /// What a frame means, in a line below the pictures if any has one. Default: no such line.
    pub fn mark(mut self, meaning: impl Into<String>) -> Self {
        self.mark = meaning.into();
        self
    }

    heading_setters!();

    /// Draws the figure. It is as wide as its columns even where they are not all filled, so that
    /// all pages of a group are equally wide.
    ///
    /// # Errors
    ///
    /// If there is no picture or more than 400, or not 1 to 20 columns.
    pub fn draw(&self) -> Result<Figure> {
        let count = self.cells.len();
        if !(1..=MAX_CELLS).contains(&count) {
            return Err(Error::input(format!(
                "pictures of a contact sheet must be between 1 and {MAX_CELLS}, got {count}"
            )));
        }
        if !(1..=20).contains(&self.columns) {
            return Err(Error::parameter(
                "columns",
                "be between 1 and 20",
                self.columns,
            ));
        }
        let rows = count.div_ceil(self.columns);
        let wide = self.columns as f64 * (CELL + GAP) - GAP;
        let mut canvas = Canvas::default();
        canvas.width = wide.max(self.heading.width()) + 2.0 * MARGIN;
        let top = self.heading.draw(&mut canvas);
        for (i, cell) in self.cells.iter().enumerate() {
            let x = MARGIN + (i % self.columns) as f64 * (CELL + GAP);
            let y = top + (i / self.columns) as f64 * (CELL + CAPTION + GAP);
            cell.draw(&mut canvas, Frame::new(x, y, CELL, CELL));
        }
        let mut bottom = top + rows as f64 * (CELL + CAPTION + GAP) - GAP;

        let marked = self.cells.iter().filter(|cell| cell.marked).count();
        if marked > 0 && !self.mark.is_empty() {
            let swatch = Frame::new(MARGIN + FRAME, bottom + 12.0 + FRAME, 10.0, 10.0);
            draw_frame(&mut canvas, swatch);
            let text = fit(&self.mark, 14.0, false, canvas.width - 2.0 * MARGIN - 26.0);
            canvas.words(words(MARGIN + 26.0, bottom + 25.0, 14.0, text).paint(Paint::MUTED));
            bottom += 30.0;
        }
        canvas.height = bottom + MARGIN;
        let mut description = format!("{}: {count} pictures", self.heading.spoken("Contact sheet"));
        if marked > 0 {
            description = format!("{description}, {marked} of them marked {}", self.mark);
        }
        Ok(Figure::new(canvas, description.trim_end().to_owned()))
    }
}

impl SheetCell<'_> {
    fn draw(&self, canvas: &mut Canvas, cell: Frame) {
        if self.marked {
            draw_frame(canvas, cell);
        } else {
            canvas.frame(cell, Paint::LINE);
            canvas.rect(cell, 0.0, Paint::TILE);
        }
        let (width, height) = self.picture.size();
        let (width, height) = (width as f64, height as f64);
        let scale = CELL / width.max(height);
        // Whole numbers keep the squares equal; they must not leave most of the cell empty.
        let scale = if scale >= 2.0 { scale.floor() } else { scale };
        let wide = (width * scale).round().clamp(1.0, CELL);
        let high = (height * scale).round().clamp(1.0, CELL);
        let place = Frame::new(
            cell.x + ((CELL - wide) / 2.0).floor(),
            cell.y + ((CELL - high) / 2.0).floor(),
            wide,
            high,
        );
        canvas.image(place, self.picture.clone(), scale >= 2.0);
        let name = fit_end(&self.name, 12.0, false, CELL);
        canvas.words(
            words(cell.x + CELL / 2.0, cell.y + CELL + 17.0, 12.0, name)
                .paint(Paint::MUTED)
                .anchor(Anchor::Middle),
        );
    }
}

/// A tile with a thick frame around it.
fn draw_frame(canvas: &mut Canvas, tile: Frame) {
    canvas.rect(tile.grown(FRAME), 2.0, Paint::fixed(CLASSES[1]));
    canvas.rect(tile, 0.0, Paint::TILE);
}
