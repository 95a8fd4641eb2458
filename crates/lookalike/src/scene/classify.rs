//! The last pass: every pixel gets its class.

use lookalike_imagery::raster::PixelAreas;
use lookalike_learn::Context;
use lookalike_learn::pixel_kmeans::{PixelBlocks, PixelClassifier};

use super::ClassSink;
use super::collect::Collected;
use super::order::spread;
use super::picture::{ClassPicture, Zoom};
use super::value::SceneValue;
use crate::Result;

/// How many pixels each class has, and what area they cover.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tally {
    /// Of "no data", then of class 1, class 2, …
    pub(super) pixels: Vec<u64>,
    /// The same in square metres, where the place is known.
    pub(super) square_metres: Option<Vec<f64>>,
}

impl Tally {
    fn new(n_classes: usize, areas: Option<&PixelAreas>) -> Self {
        Self {
            pixels: vec![0; n_classes + 1],
            square_metres: areas.map(|_| vec![0.0; n_classes + 1]),
        }
    }

    /// Adds the classes of one row.
    fn add_row(&mut self, classes: &[u16], square_metres: Option<f64>) {
        let mut counts = vec![0u32; self.pixels.len()];
        for &class in classes {
            counts[usize::from(class)] += 1;
        }
        for (sum, &count) in self.pixels.iter_mut().zip(&counts) {
            *sum += u64::from(count);
        }
        if let (Some(sums), Some(area)) = (&mut self.square_metres, square_metres) {
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += area * f64::from(count);
            }
        }
    }

    fn add(&mut self, other: &Self) {
        for (sum, count) in self.pixels.iter_mut().zip(&other.pixels) {
            *sum += count;
        }
        if let (Some(sums), Some(areas)) = (&mut self.square_metres, &other.square_metres) {
            for (sum, area) in sums.iter_mut().zip(areas) {
                *sum += area;
            }
        }
    }
}

/// The classes of one strip.
struct StripClasses {
    classes: Vec<u16>,
    confidence: Option<Vec<u8>>,
    tally: Tally,
}

/// What the last pass needs.
#[derive(Debug)]
pub(super) struct Classify<'a, V> {
    pub(super) collected: &'a Collected<V>,
    pub(super) classifier: &'a PixelClassifier,
    pub(super) n_classes: usize,
    pub(super) width: usize,
    pub(super) zoom: Zoom,
    pub(super) confidence: bool,
    pub(super) areas: Option<&'a PixelAreas>,
}

impl<V: SceneValue> Classify<'_, V> {
    /// Gives the classes of all pixels to `sink`, row by row from the top.
    pub(super) fn run(
        &self,
        sink: &mut (dyn ClassSink + Send),
        context: &Context,
    ) -> Result<(Tally, ClassPicture)> {
        let strips = self.collected.strips;
        let mut tally = Tally::new(self.n_classes, self.areas);
        let mut picture = ClassPicture::new(self.zoom);
        strips.in_turn(
            |buffer: &mut Vec<V>, i| {
                context.check()?;
                self.strip(i, buffer)
            },
            |i, strip| {
                context.report("classify", i, strips.len(), None);
                sink.write_rows(&strip.classes, strip.confidence.as_deref())?;
                picture.add(&strips.rows(i), &strip.classes);
                tally.add(&strip.tally);
                Ok(())
            },
        )?;
        context.report("classify", strips.len(), strips.len(), None);
        Ok((tally, picture))
    }

    fn strip(&self, i: usize, buffer: &mut Vec<V>) -> Result<StripClasses> {
        let strips = self.collected.strips;
        let n_pixels = strips.window(i).n_pixels();
        let valid = self.collected.valid[i].as_ref();
        let (labels, margins) = self.labels(i, buffer)?;
        let percent = |margin: f32| ((100.0 * margin).round() as u8).clamp(1, 100);
        let confidence = self.confidence.then(|| {
            let percents: Vec<u8> = margins.into_iter().map(percent).collect();
            spread(&percents, self.width, valid, n_pixels)
        });
        let classes = spread(&labels, self.width, valid, n_pixels);
        let mut tally = Tally::new(self.n_classes, self.areas);
        for (y, row) in strips.rows(i).zip(classes.chunks(self.width)) {
            tally.add_row(row, self.areas.map(|areas| areas.square_metres(y)));
        }
        Ok(StripClasses {
            classes,
            confidence,
            tally,
        })
    }

    /// The classes of the valid pixels of strip `i`, in the order in which they are kept, and their
    /// margins if they are wanted.
    fn labels(&self, i: usize, buffer: &mut Vec<V>) -> Result<(Vec<u16>, Vec<f32>)> {
        let store = &self.collected.store;
        let blocks = store.blocks_of(i);
        let n_pixels = store.start(blocks.end) - store.start(blocks.start);
        let mut labels = vec![0; n_pixels];
        let mut margins = vec![0.0; if self.confidence { n_pixels } else { 0 }];
        let mut start = 0;
        for block in blocks {
            let columns = store.read(block, buffer)?;
            let within = start..start + columns.n_pixels;
            let wanted = self.confidence.then(|| &mut margins[within.clone()]);
            self.classifier
                .classify(columns, &mut labels[within.clone()], wanted);
            start = within.end;
        }
        for label in &mut labels {
            // Class 0 is "no data".
            *label += 1;
        }
        Ok((labels, margins))
    }
}
