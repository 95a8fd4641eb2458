//! What the two maps share: where points fall, and what their labels are called.

use ndarray::ArrayRef2;

use crate::canvas::{Anchor, Canvas, Frame, words};
use crate::fonts::fit;
use crate::layout::Entry;
use crate::palette::{Paint, class_color};

/// The plane of the points laid into a rectangle of the page, both axes to the same scale, the
/// second one upwards.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Projection {
    pub(crate) frame: Frame,
    centre: (f64, f64),
    scale: f64,
}

impl Projection {
    /// Fits the points into `width`, and a height that suits them but keeps within
    /// `heights.0..=heights.1`; `edge` pixels stay free on every side.
    pub(crate) fn new(
        points: &ArrayRef2<f32>,
        corner: (f64, f64),
        width: f64,
        heights: (f64, f64),
        edge: f64,
    ) -> Self {
        let range = |column: usize| {
            points
                .column(column)
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &v| {
                    (a.min(f64::from(v)), b.max(f64::from(v)))
                })
        };
        let ((left, right), (bottom, top)) = (range(0), range(1));
        let (wide, high) = (right - left, top - bottom);
        let room = width - 2.0 * edge;
        let height = if wide > 0.0 {
            (room * high / wide + 2.0 * edge).clamp(heights.0, heights.1)
        } else {
            heights.1
        }
        .round();
        // All points at one place: any scale will do.
        let per = |pixels: f64, range: f64| {
            if range > 0.0 {
                pixels / range
            } else {
                f64::INFINITY
            }
        };
        let scale = per(room, wide).min(per(height - 2.0 * edge, high));
        Self {
            frame: Frame::new(corner.0, corner.1, width, height),
            centre: (f64::midpoint(left, right), f64::midpoint(bottom, top)),
            scale: if scale.is_finite() { scale } else { 1.0 },
        }
    }

    /// Where a point falls, in pixels from the frame's top left.
    pub(crate) fn within(&self, x: f32, y: f32) -> (f64, f64) {
        (
            self.frame.width / 2.0 + (f64::from(x) - self.centre.0) * self.scale,
            self.frame.height / 2.0 - (f64::from(y) - self.centre.1) * self.scale,
        )
    }

    /// Where a point falls on the page.
    pub(crate) fn on_page(&self, x: f32, y: f32) -> (f64, f64) {
        let (x, y) = self.within(x, y);
        (self.frame.x + x, self.frame.y + y)
    }
}

/// Square cells that cover a map, each with the sample nearest to its middle, the first of them if
/// several are equally near.
#[derive(Debug, Clone)]
pub(crate) struct Cells {
    side: f64,
    across: usize,
    down: usize,
    /// From the frame's top left to that of the first cell.
    inset: (f64, f64),
    corner: (f64, f64),
    /// Row by row; none where no sample falls.
    pub(crate) samples: Vec<Option<usize>>,
}

impl Cells {
    /// Cells of this side, in CSS pixels.
    pub(crate) fn new(points: &ArrayRef2<f32>, map: &Projection, side: f64) -> Self {
        let Frame { width, height, .. } = map.frame;
        let (across, down) = ((width / side) as usize, (height / side) as usize);
        let inset = (
            (width - across as f64 * side) / 2.0,
            (height - down as f64 * side) / 2.0,
        );
        let mut nearest: Vec<Option<(f64, usize)>> = vec![None; across * down];
        for (i, point) in points.outer_iter().enumerate() {
            let (x, y) = map.within(point[0], point[1]);
            let (x, y) = ((x - inset.0) / side, (y - inset.1) / side);
            let column = (x.max(0.0) as usize).min(across - 1);
            let row = (y.max(0.0) as usize).min(down - 1);
            let (dx, dy) = (x - column as f64 - 0.5, y - row as f64 - 0.5);
            let away = dx * dx + dy * dy;
            let place = &mut nearest[row * across + column];
            if place.is_none_or(|(least, _)| away < least) {
                *place = Some((away, i));
            }
        }
        Self {
            side,
            across,
            down,
            inset,
            corner: (map.frame.x, map.frame.y),
            samples: nearest
                .iter()
                .map(|place| Some(place.as_ref()?.1))
                .collect(),
        }
    }

    /// Cells in a row, and rows.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.across, self.down)
    }

    /// All cells on the page.
    pub(crate) fn frame(&self) -> Frame {
        let (x, y) = self.place(0);
        let (wide, high) = (self.across as f64, self.down as f64);
        Frame::new(x, y, wide * self.side, high * self.side)
    }

    /// The top left of a cell on the page.
    pub(crate) fn place(&self, at: usize) -> (f64, f64) {
        let (row, column) = (at / self.across, at % self.across);
        (
            (self.corner.0 + self.inset.0).round() + column as f64 * self.side,
            (self.corner.1 + self.inset.1).round() + row as f64 * self.side,
        )
    }
}

/// The samples of one label.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    /// −1 for noise, whatever negative number it had.
    pub(crate) label: i32,
    pub(crate) members: Vec<usize>,
}

/// Samples by label: noise first, then by number.
pub(crate) fn groups(labels: &[i32]) -> Vec<Group> {
    let mut order: Vec<(i32, usize)> = labels
        .iter()
        .enumerate()
        .map(|(i, &label)| (label.max(-1), i))
        .collect();
    order.sort_unstable();
    order
        .chunk_by(|a, b| a.0 == b.0)
        .map(|run| Group {
            label: run[0].0,
            members: run.iter().map(|&(_, i)| i).collect(),
        })
        .collect()
}

/// How large a dot among so many should be, in pixels.
pub(crate) fn dot_radius(count: usize) -> f64 {
    (95.0 / (count as f64).sqrt() + 0.5).clamp(0.9, 5.0)
}

/// What a label is called: by `names`, or by its number.
pub(crate) fn name(label: i32, names: &[String]) -> String {
    match usize::try_from(label) {
        Err(_) => "noise".to_owned(),
        Ok(index) => names
            .get(index)
            .cloned()
            .unwrap_or_else(|| label.to_string()),
    }
}

/// Legend of the groups, noise last.
pub(crate) fn entries(groups: &[Group], names: &[String]) -> Vec<Entry> {
    let entry = |group: &Group| Entry {
        paint: Paint::fixed(class_color(group.label)),
        name: name(group.label, names),
        note: group.members.len().to_string(),
    };
    let (noise, clusters): (Vec<_>, Vec<_>) = groups.iter().partition(|group| group.label < 0);
    clusters.into_iter().chain(noise).map(entry).collect()
}

/// Writes each cluster's name at its middle: the member nearest to the median of its members.
pub(crate) fn draw_names(
    canvas: &mut Canvas,
    projection: &Projection,
    points: &ArrayRef2<f32>,
    groups: &[Group],
    names: &[String],
) {
    for group in groups.iter().filter(|group| group.label >= 0) {
        let median = |column: usize| {
            let mut values: Vec<f32> = group.members.iter().map(|&i| points[[i, column]]).collect();
            let middle = values.len() / 2;
            *values.select_nth_unstable_by(middle, f32::total_cmp).1
        };
        let (x, y) = (f64::from(median(0)), f64::from(median(1)));
        let away = |&&i: &&usize| {
            let (dx, dy) = (f64::from(points[[i, 0]]) - x, f64::from(points[[i, 1]]) - y);
            dx * dx + dy * dy
        };
        let nearest = group
            .members
            .iter()
            .min_by(|a, b| away(a).total_cmp(&away(b)));
        let Some(&member) = nearest else { continue };
        let (x, y) = projection.on_page(points[[member, 0]], points[[member, 1]]);
        canvas.words(
            words(
                x,
                y + 7.2,
                20.0,
                fit(&name(group.label, names), 20.0, true, 120.0),
            )
            .bold()
            .anchor(Anchor::Middle)
            .halo(4.5),
        );
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn both_axes_have_one_scale_and_fit() {
        let points = array![[0.0, 0.0], [10.0, 0.0], [10.0, 40.0]];
        let map = Projection::new(&points, (5.0, 7.0), 400.0, (100.0, 420.0), 10.0);
        assert_eq!(map.frame, Frame::new(5.0, 7.0, 400.0, 420.0));
        assert_eq!(map.within(0.0, 0.0), (150.0, 410.0));
        assert_eq!(map.on_page(10.0, 40.0), (255.0, 17.0));
    }

    #[test]
    fn one_point_lies_in_the_middle() {
        let map = Projection::new(&array![[3.0, 4.0]], (0.0, 0.0), 100.0, (50.0, 80.0), 10.0);
        assert_eq!(map.within(3.0, 4.0), (50.0, 40.0));
    }

    #[test]
    fn noise_comes_first_among_groups_and_last_in_the_legend() {
        let found = groups(&[2, -1, 0, 2, -7]);
        let labels: Vec<_> = found.iter().map(|g| (g.label, g.members.clone())).collect();
        assert_eq!(labels, [(-1, vec![1, 4]), (0, vec![2]), (2, vec![0, 3])]);
        let names: Vec<_> = entries(&found, &["zero".to_owned()])
            .into_iter()
            .map(|entry| (entry.name, entry.note))
            .collect();
        let expected = [("zero", "1"), ("2", "2"), ("noise", "2")];
        assert_eq!(
            names,
            expected.map(|(name, note)| (name.to_owned(), note.to_owned()))
        );
    }
}
