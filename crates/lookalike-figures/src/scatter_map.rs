//! Points in the plane, coloured by label.

use ndarray::ArrayRef2;

use crate::canvas::Canvas;
use crate::error::Result;
use crate::figure::Figure;
use crate::input::check_map;
use crate::layout::{Heading, MARGIN, heading_setters, legend};
use crate::map::{Projection, dot_radius, draw_names, entries, groups};
use crate::palette::{Paint, class_color};
use crate::raster::Raster;

const WIDTH: f64 = 700.0;
const HEIGHTS: (f64, f64) = (320.0, 700.0);
/// With more points than this they are drawn as pixels, to keep files small.
const MAX_DOTS: usize = 20_000;
/// Pixels of that picture to the CSS pixel.
const DENSITY: f64 = 2.0;

/// A two-dimensional map of the samples, such as t-SNE makes, coloured by label.
///
/// Both axes have the same scale and no ticks, since distances on such a map have no unit. Noise
/// (any label below 0) is grey and lies below everything else. Every cluster carries its name at its
/// middle, so that nobody depends on colours. Beyond 20 000 points the points become one picture
/// within the SVG, and lie in the order of the samples instead of label by label.
///
/// ```
/// use lookalike_figures::ScatterMap;
/// use ndarray::array;
///
/// let map = array![[0.0, 0.0], [0.1, 0.2], [5.0, 5.0], [5.2, 5.1], [2.0, 9.0]];
/// let figure = ScatterMap::new(&map, &[0, 0, 1, 1, -1]).title("t-SNE, DBSCAN").draw()?;
/// # Ok::<(), lookalike_figures::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ScatterMap<'a> {
    points: &'a ArrayRef2<f32>,
    labels: &'a [i32],
    names: Vec<String>,
    heading: Heading,
}

impl<'a> ScatterMap<'a> {
    /// `points` has one row and two columns a sample; `labels` one number a sample.
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

    /// Draws the figure.
    ///
    /// # Errors
    ///
    /// If `points` has no rows, not two columns, or a value that is not finite, or if there is not
    /// one label a point.
    pub fn draw(&self) -> Result<Figure> {
        check_map(self.points, self.labels)?;
        let groups = groups(self.labels);
        let entries = entries(&groups, &self.names);

        let mut canvas = Canvas::default();
        canvas.width = WIDTH + 2.0 * MARGIN;
        let top = self.heading.draw(&mut canvas);
        let radius = dot_radius(self.points.nrows());
        let map = Projection::new(self.points, (MARGIN, top), WIDTH, HEIGHTS, 14.0);
        let below = (MARGIN, top + map.frame.height + 12.0);
        canvas.height = legend(&mut canvas, below, WIDTH, &entries) + MARGIN - 6.0;

        canvas.frame(map.frame, Paint::LINE);
        let place = |i: usize| (self.points[[i, 0]], self.points[[i, 1]]);
        if self.points.nrows() > MAX_DOTS {
            let side = |length: f64| (length * DENSITY) as usize;
            let mut raster = Raster::clear(side(map.frame.width), side(map.frame.height));
            let mut order: Vec<usize> = (0..self.labels.len()).collect();
            order.sort_by_key(|&i| self.labels[i] >= 0);
            for i in order {
                let (x, y) = place(i);
                let (x, y) = map.within(x, y);
                let color = class_color(self.labels[i]);
                raster.dot(x * DENSITY, y * DENSITY, radius * DENSITY, color);
            }
            canvas.image(map.frame, raster, false);
        } else {
            for group in &groups {
                let centres = group.members.iter().map(|&i| {
                    let (x, y) = place(i);
                    map.on_page(x, y)
                });
                let paint = Paint::fixed(class_color(group.label));
                canvas.dots(centres.collect(), radius, paint);
            }
        }
        draw_names(&mut canvas, &map, self.points, &groups, &self.names);

        let description = format!(
            "{}: map of {} samples in {} groups",
            self.heading.spoken("Scatter plot"),
            self.labels.len(),
            entries.len()
        );
        Ok(Figure::new(canvas, description))
    }
}
