//! Pictures of a scene at the size of a screen.

use std::ops::Range;

use lookalike_imagery::raster::{RgbStretch, SampleType, Samples, Stretch};
use rayon::prelude::*;

use super::value::SceneValue;
use crate::{Error, Result};

/// The longest side of a JPEG, which every report has.
const MAX_SIDE: usize = 65_535;
/// Pixels of a picture at the most; while it is made, each takes some 50 bytes.
const MAX_PIXELS: usize = 1 << 28;

/// How a scene of `width`×`height` pixels becomes a picture: as it is where it is small enough, else
/// so that its longer side is that long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Zoom {
    width: usize,
    height: usize,
    pub(super) picture_width: usize,
    pub(super) picture_height: usize,
}

impl Zoom {
    /// `max_side` None for a picture of all pixels.
    pub(super) fn new(width: usize, height: usize, max_side: Option<usize>) -> Self {
        let longest = width.max(height);
        let side = |length: usize| match max_side {
            Some(max) if longest > max => ((length as u128 * max as u128 + longest as u128 / 2)
                / longest as u128)
                .max(1) as usize,
            _ => length,
        };
        Self {
            width,
            height,
            picture_width: side(width),
            picture_height: side(height),
        }
    }

    /// Refuses pictures that no format could hold, or no memory.
    pub(super) fn check(self) -> Result<()> {
        let (width, height) = (self.picture_width, self.picture_height);
        if width.max(height) <= MAX_SIDE && width * height <= MAX_PIXELS {
            return Ok(());
        }
        let rule =
            format!("give pictures of at most {MAX_SIDE} pixels a side and {MAX_PIXELS} in all");
        Err(Error::parameter(
            "max_side",
            &rule,
            format!("{width}×{height}"),
        ))
    }

    /// How many pixels of the scene one of the picture stands for, along each side.
    pub(super) fn factors(self) -> (f64, f64) {
        let factor = |scene: usize, picture: usize| scene as f64 / picture as f64;
        (
            factor(self.width, self.picture_width),
            factor(self.height, self.picture_height),
        )
    }

    /// The rows of the scene that row `y` of the picture shows.
    fn rows(self, y: usize) -> Range<usize> {
        y * self.height / self.picture_height..(y + 1) * self.height / self.picture_height
    }

    /// The columns of the scene that column `x` of the picture shows.
    fn columns(self, x: usize) -> Range<usize> {
        x * self.width / self.picture_width..(x + 1) * self.width / self.picture_width
    }

    /// The rows of the picture that show any of these rows of the scene.
    fn picture_rows(self, rows: &Range<usize>) -> Range<usize> {
        let first = rows.start * self.picture_height / self.height;
        let last = (rows.end * self.picture_height).div_ceil(self.height);
        first..last.min(self.picture_height)
    }
}

/// Pixels along each side of what a pixel of the picture shows that are averaged: more would hardly be
/// seen, and take time.
const SAMPLES: usize = 2;

/// Sum of each band, then the number of valid pixels; few pixels at that, for which f32 will do.
type Cell = [f32; 4];

/// Three bands of a scene, averaged over some of the pixels that each pixel of the picture shows.
#[derive(Debug)]
pub(super) struct BandPicture {
    zoom: Zoom,
    /// Rows of the picture that are held.
    rows: Range<usize>,
    /// Some rows each, one after the other.
    parts: Vec<Vec<Cell>>,
}

impl BandPicture {
    /// A picture without rows yet.
    pub(super) fn new(zoom: Zoom) -> Self {
        Self {
            zoom,
            rows: 0..0,
            parts: Vec::new(),
        }
    }

    /// The part of the picture that shows `rows` of the scene, of which `bands` hold the values.
    pub(super) fn of_strip<V: SceneValue>(
        zoom: Zoom,
        rows: &Range<usize>,
        bands: [&[V]; 3],
        valid: &[u8],
    ) -> Self {
        let picture_rows = zoom.picture_rows(rows);
        let mut part = vec![Cell::default(); picture_rows.len() * zoom.picture_width];
        let mut cells = part.iter_mut();
        let columns: Vec<Range<usize>> = (0..zoom.picture_width).map(|x| zoom.columns(x)).collect();
        for y in picture_rows.clone() {
            let within: Vec<usize> = evenly(zoom.rows(y)).filter(|y| rows.contains(y)).collect();
            for (columns, cell) in columns.iter().zip(&mut cells) {
                for row in &within {
                    let start = (row - rows.start) * zoom.width;
                    let pixels = evenly(columns.clone()).map(|column| start + column);
                    for pixel in pixels.filter(|&pixel| valid[pixel] != 0) {
                        for (sum, band) in cell.iter_mut().zip(bands) {
                            *sum += band[pixel].to_f32();
                        }
                        cell[3] += 1.0;
                    }
                }
            }
        }
        Self {
            zoom,
            rows: picture_rows,
            parts: vec![part],
        }
    }

    /// Adds the next part, whose first row may be the last one that is held.
    pub(super) fn add(&mut self, part: Self) {
        let n_shared = (self.rows.end - part.rows.start) * self.zoom.picture_width;
        self.rows.end = part.rows.end;
        for mut cells in part.parts {
            if let Some(last) = self.parts.last_mut().filter(|_| n_shared > 0) {
                let start = last.len() - n_shared;
                for (cell, shared) in last[start..].iter_mut().zip(cells.drain(..n_shared)) {
                    for (sum, value) in cell.iter_mut().zip(shared) {
                        *sum += value;
                    }
                }
            }
            if !cells.is_empty() {
                self.parts.push(cells);
            }
        }
    }

    /// Red, green, blue and opacity of every pixel, stretched.
    pub(super) fn rgba(&self, stretches: [Stretch; 3]) -> Vec<u8> {
        let stretch = RgbStretch::new(SampleType::F32, stretches);
        let rgba_of = |cells: &Vec<Cell>| {
            let mean = |band: usize| cells.iter().map(move |cell| cell[band] / cell[3].max(1.0));
            let samples = Samples::F32((0..3).flat_map(mean).collect());
            let valid: Vec<u8> = cells.iter().map(|cell| u8::from(cell[3] > 0.0)).collect();
            let mut rgba = Vec::with_capacity(4 * valid.len());
            stretch.rgba(&samples, &valid, &mut rgba);
            rgba
        };
        let parts: Vec<Vec<u8>> = self.parts.par_iter().map(rgba_of).collect();
        parts.concat()
    }
}

/// The classes of a scene: of the pixels that each pixel of the picture shows, the one in its middle.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ClassPicture {
    zoom: Zoom,
    /// Row by row, 0 where there is no data.
    pub(super) classes: Vec<u16>,
}

impl ClassPicture {
    pub(super) fn new(zoom: Zoom) -> Self {
        Self {
            zoom,
            classes: Vec::with_capacity(zoom.picture_width * zoom.picture_height),
        }
    }

    /// Adds rows of the scene, which must come in their order.
    pub(super) fn add(&mut self, rows: &Range<usize>, classes: &[u16]) {
        let zoom = self.zoom;
        for y in zoom.picture_rows(rows) {
            let row = middle(&zoom.rows(y));
            if !rows.contains(&row) {
                continue;
            }
            let row = &classes[(row - rows.start) * zoom.width..][..zoom.width];
            let columns = (0..zoom.picture_width).map(|x| row[middle(&zoom.columns(x))]);
            self.classes.extend(columns);
        }
    }
}

/// Up to [`SAMPLES`] of a range, evenly.
fn evenly(range: Range<usize>) -> impl Iterator<Item = usize> {
    let step = range.len().div_ceil(SAMPLES).max(1);
    range.step_by(step)
}

fn middle(range: &Range<usize>) -> usize {
    range.start + range.len() / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_scenes_are_shown_as_they_are() {
        let zoom = Zoom::new(3, 2, Some(3));
        assert_eq!((zoom.picture_width, zoom.picture_height), (3, 2));
        let values: [u8; 6] = [0, 10, 20, 30, 40, 50];
        let mut picture = BandPicture::new(zoom);
        let valid = [1, 1, 0, 1, 1, 1];
        for row in [0..1, 1..2] {
            let start = row.start * 3;
            let bands = [&values[start..]; 3];
            picture.add(BandPicture::of_strip(zoom, &row, bands, &valid[start..]));
        }
        let stretch = Stretch {
            low: 0.0,
            high: 51.0,
        };
        let rgba = picture.rgba([stretch; 3]);
        let expected: Vec<u8> = (0..6u8)
            .flat_map(|i| {
                if i == 2 {
                    [0; 4]
                } else {
                    [i * 50, i * 50, i * 50, 255]
                }
            })
            .collect();
        assert_eq!(rgba, expected);
        let mut classes = ClassPicture::new(zoom);
        classes.add(&(0..2), &[1, 2, 3, 4, 5, 6]);
        assert_eq!(classes.classes, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn strips_do_not_show() {
        let (width, height) = (101, 67);
        for max_side in [10, 33, 100, 1000] {
            let zoom = Zoom::new(width, height, Some(max_side));
            let band: Vec<u16> = (0..width * height).map(|i| (i * 7 % 251) as u16).collect();
            let valid: Vec<u8> = (0..width * height).map(|i| u8::from(i % 5 > 0)).collect();
            let labels: Vec<u16> = (0..width * height).map(|i| (i % 1009) as u16).collect();
            let stretch = [Stretch {
                low: 0.0,
                high: 250.0,
            }; 3];
            let whole = BandPicture::of_strip(zoom, &(0..height), [&band[..]; 3], &valid);
            let mut all = ClassPicture::new(zoom);
            all.add(&(0..height), &labels);
            assert_eq!(all.classes.len(), zoom.picture_width * zoom.picture_height);
            for rows in [1, 7, 20] {
                let mut picture = BandPicture::new(zoom);
                let mut classes = ClassPicture::new(zoom);
                for start in (0..height).step_by(rows) {
                    let rows = start..height.min(start + rows);
                    let pixels = rows.start * width..rows.end * width;
                    let bands = [&band[pixels.clone()]; 3];
                    picture.add(BandPicture::of_strip(
                        zoom,
                        &rows,
                        bands,
                        &valid[pixels.clone()],
                    ));
                    classes.add(&rows, &labels[pixels]);
                }
                assert_eq!(picture.rgba(stretch), whole.rgba(stretch));
                assert_eq!(classes, all);
            }
        }
    }
}
