//! Pixels in the plane of two bands, and the centres of their classes.

use ndarray::ArrayRef2;

use crate::axis::{Axis, Panel};
use crate::canvas::{Anchor, Canvas, Frame, words};
use crate::class::{Class, check_classes, entries};
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::fonts::{fit, width};
use crate::input::check_map;
use crate::layout::{Heading, MARGIN, heading_setters, legend};
use crate::map::dot_radius;
use crate::palette::Paint;

const SIZE: (f64, f64) = (640.0, 500.0);
/// Points drawn at most, to keep files small.
const MAX_DOTS: usize = 12_000;
/// The points are drawn in so many layers, each with all classes, so that no class covers another.
const LAYERS: usize = 12;
/// Share of the points beyond either end of an axis, at most.
const BEYOND: f64 = 0.001;
/// More centres than this carry no names.
const MAX_NAMES: usize = 24;

/// Pixels by their values in two bands, in the colours of their classes, with the classes' centres.
///
/// The axes leave out the outermost thousandth of the points at each end, unless a centre lies
/// there. Of more than 12 000 points, as many evenly chosen ones are drawn.
///
/// ```
/// use lookalike_figures::{BandScatter, Class};
/// use ndarray::array;
///
/// let pixels = array![[210.0, 90.0], [190.0, 80.0], [400.0, 2900.0], [420.0, 3100.0]];
/// let classes = [Class::new("water", [0, 0, 128]), Class::new("wood", [0, 128, 0])];
/// let figure = BandScatter::new(&pixels, &[0, 0, 1, 1], &classes)
///     .axes("red", "near infrared")
///     .centers(&array![[200.0, 85.0], [410.0, 3000.0]])
///     .draw()?;
/// # Ok::<(), lookalike_figures::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BandScatter<'a> {
    points: &'a ArrayRef2<f32>,
    labels: &'a [i32],
    classes: &'a [Class],
    centers: Option<&'a ArrayRef2<f32>>,
    across: String,
    up: String,
    heading: Heading,
}

impl<'a> BandScatter<'a> {
    /// `points` has a row a pixel and a column for each of the two bands; `labels` the number of
    /// each pixel's class, from 0.
    pub fn new(points: &'a ArrayRef2<f32>, labels: &'a [i32], classes: &'a [Class]) -> Self {
        Self {
            points,
            labels,
            classes,
            centers: None,
            across: String::new(),
            up: String::new(),
            heading: Heading::default(),
        }
    }

    /// The two bands' names. Default none.
    pub fn axes(mut self, across: impl Into<String>, up: impl Into<String>) -> Self {
        self.across = across.into();
        self.up = up.into();
        self
    }

    /// The classes' centres: a row a class. Default none.
    pub fn centers(mut self, centers: &'a ArrayRef2<f32>) -> Self {
        self.centers = Some(centers);
        self
    }

    heading_setters!();

    /// Draws the figure.
    ///
    /// # Errors
    ///
    /// If `points` has no rows, not two columns, or a value that is not finite; if there is not one
    /// label a point, or a label without a class; if `centers` has not a row a class and two
    /// columns, or a value that is not finite.
    pub fn draw(&self) -> Result<Figure> {
        self.check()?;
        let mut canvas = Canvas::default();
        let left = MARGIN + 24.0 + Panel::LEFT;
        canvas.width = left + SIZE.0 + MARGIN;
        let top = self.heading.draw(&mut canvas);
        let frame = Frame::new(left, top, SIZE.0, SIZE.1);
        let panel = Panel {
            frame,
            x: self.axis(0),
            y: self.axis(1),
        };
        canvas.rect(frame, 0.0, Paint::TILE);
        panel.draw_y(&mut canvas);
        panel.draw_x(&mut canvas);
        self.draw_names(&mut canvas, &panel);
        let drawn = self.draw_points(&mut canvas, &panel);
        self.draw_centers(&mut canvas, &panel);

        let below = (left, top + SIZE.1 + Panel::BELOW + 32.0);
        let entries = entries(self.classes, Paint::visible);
        canvas.height = legend(&mut canvas, below, SIZE.0, &entries) + MARGIN - 6.0;
        let text = format!(
            "{}: {drawn} pixels of {} classes by two bands, {} and {}",
            self.heading.spoken("Scatter plot"),
            self.classes.len(),
            self.across,
            self.up
        );
        Ok(Figure::new(canvas, text))
    }

    fn axis(&self, column: usize) -> Axis {
        let mut values: Vec<f32> = self.points.column(column).to_vec();
        values.sort_unstable_by(f32::total_cmp);
        let cut = (values.len() as f64 * BEYOND) as usize;
        let inner = [values[cut], values[values.len() - 1 - cut]];
        let centers = self
            .centers
            .iter()
            .flat_map(|centers| centers.column(column));
        let shown = inner.iter().chain(centers).map(|&value| f64::from(value));
        Axis::around(shown, 0.03, 7)
    }

    fn draw_names(&self, canvas: &mut Canvas, panel: &Panel) {
        let Frame {
            x,
            y,
            width,
            height,
        } = panel.frame;
        let across = fit(&panel.x.title(&self.across), 14.0, false, width);
        let up = fit(&panel.y.title(&self.up), 14.0, false, height);
        let below = y + height + Panel::BELOW + 18.0;
        for name in [
            words(x + width / 2.0, below, 14.0, across),
            words(MARGIN + 12.0, y + height / 2.0, 14.0, up).turned(-90.0),
        ] {
            canvas.words(name.paint(Paint::MUTED).anchor(Anchor::Middle));
        }
    }

    /// Returns how many there are.
    fn draw_points(&self, canvas: &mut Canvas, panel: &Panel) -> usize {
        let count = self.labels.len();
        let chosen = count.min(MAX_DOTS);
        let mut layers = vec![vec![Vec::new(); self.classes.len()]; LAYERS];
        let mut drawn = 0;
        for nth in 0..chosen {
            let i = nth * count / chosen;
            let (x, y) = (
                f64::from(self.points[[i, 0]]),
                f64::from(self.points[[i, 1]]),
            );
            if panel.holds(x, y) {
                layers[nth % LAYERS][self.labels[i] as usize].push(panel.at(x, y));
                drawn += 1;
            }
        }
        let radius = dot_radius(chosen);
        for layer in layers {
            for (class, centres) in self.classes.iter().zip(layer) {
                if !centres.is_empty() {
                    canvas.dots(centres, radius, Paint::visible(class.color));
                }
            }
        }
        drawn
    }

    fn draw_centers(&self, canvas: &mut Canvas, panel: &Panel) {
        let Some(centers) = self.centers else { return };
        let places: Vec<(f64, f64)> = centers
            .outer_iter()
            .map(|center| panel.at(f64::from(center[0]), f64::from(center[1])))
            .collect();
        canvas.dots(places.clone(), 10.0, Paint::INK);
        canvas.dots(places.clone(), 8.5, Paint::PAPER);
        for (class, &place) in self.classes.iter().zip(&places) {
            canvas.dots(vec![place], 6.5, Paint::visible(class.color));
        }
        if self.classes.len() > MAX_NAMES {
            return;
        }
        let right = panel.frame.x + panel.frame.width;
        for (class, &(x, y)) in self.classes.iter().zip(&places) {
            let name = fit(&class.name, 14.0, true, 150.0);
            let beside = if x + 15.0 + width(&name, 14.0, true) < right {
                words(x + 15.0, y + 5.0, 14.0, name)
            } else {
                words(x - 15.0, y + 5.0, 14.0, name).anchor(Anchor::End)
            };
            canvas.words(beside.bold().halo(4.0));
        }
    }

    fn check(&self) -> Result<()> {
        check_map(self.points, self.labels)?;
        check_classes(self.classes)?;
        let known = 0..self.classes.len() as i64;
        if let Some(label) = self
            .labels
            .iter()
            .find(|l| !known.contains(&i64::from(**l)))
        {
            let rule = format!("be between 0 and the last class ({})", known.end - 1);
            return Err(Error::parameter("label", rule, label));
        }
        let Some(centers) = self.centers else {
            return Ok(());
        };
        if centers.dim() != (self.classes.len(), 2) {
            return Err(Error::input(format!(
                "centers must have a row for each class ({}) and 2 columns, got {} × {}",
                self.classes.len(),
                centers.nrows(),
                centers.ncols()
            )));
        }
        match centers.indexed_iter().find(|(_, value)| !value.is_finite()) {
            Some(((row, column), &value)) => {
                Err(Error::non_finite("centers", &[row, column], value))
            }
            None => Ok(()),
        }
    }
}
