//! The last pass: every pixel gets its class.

use lookalike_imagery::raster::PixelAreas;
use lookalike_learn::Context;
use lookalike_learn::pixel_kmeans::{PixelBlocks, PixelClassifier};
use rayon::prelude::*;

use super::ClassSink;
use super::collect::{Bits, Collected};
use super::picture::{ClassPicture, Zoom};
use super::store::PixelStore;
use super::strips::Strips;
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
        sink: &mut dyn ClassSink,
        context: &Context,
    ) -> Result<(Tally, ClassPicture)> {
        let Collected {
            strips,
            store,
            valid,
            ..
        } = self.collected;
        let offsets = self.offsets();
        let mut tally = Tally::new(self.n_classes, self.areas);
        let mut picture = ClassPicture::new(self.zoom);
        for batch in strips.batches() {
            context.report("classify", batch.start, strips.len(), None);
            let found: Vec<StripClasses> = batch
                .clone()
                .into_par_iter()
                .map_init(Vec::new, |buffer, i| {
                    context.check()?;
                    self.strip(*strips, i, offsets[i], valid[i].as_ref(), store, buffer)
                })
                .collect::<Result<_>>()?;
            for (i, strip) in batch.zip(found) {
                sink.write_rows(&strip.classes, strip.confidence.as_deref())?;
                picture.add(&strips.rows(i), &strip.classes);
                tally.add(&strip.tally);
            }
        }
        context.report("classify", strips.len(), strips.len(), None);
        Ok((tally, picture))
    }

    /// Where the valid pixels of each strip begin in the store.
    fn offsets(&self) -> Vec<usize> {
        let Collected { strips, valid, .. } = self.collected;
        let counts = (0..strips.len()).map(|i| match &valid[i] {
            Some(bits) => bits.count(),
            None => strips.window(i).n_pixels(),
        });
        counts
            .scan(0, |next, count| {
                let offset = *next;
                *next += count;
                Some(offset)
            })
            .collect()
    }

    fn strip(
        &self,
        strips: Strips,
        i: usize,
        offset: usize,
        valid: Option<&Bits>,
        store: &PixelStore<V>,
        buffer: &mut Vec<V>,
    ) -> Result<StripClasses> {
        let n_pixels = strips.window(i).n_pixels();
        let n_valid = valid.map_or(n_pixels, Bits::count);
        let (labels, margins) = self.labels(offset, n_valid, store, buffer)?;
        let percent = |margin: f32| ((100.0 * margin).round() as u8).clamp(1, 100);
        let percents = self
            .confidence
            .then(|| margins.into_iter().map(percent).collect());
        let classes = spread(labels, valid, n_pixels);
        let confidence = percents.map(|percents| spread(percents, valid, n_pixels));
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

    /// The classes of so many valid pixels from `offset` on, and their margins if they are wanted.
    fn labels(
        &self,
        offset: usize,
        n_pixels: usize,
        store: &PixelStore<V>,
        buffer: &mut Vec<V>,
    ) -> Result<(Vec<u16>, Vec<f32>)> {
        let mut labels = Vec::with_capacity(n_pixels);
        let mut margins = Vec::with_capacity(if self.confidence { n_pixels } else { 0 });
        let per_block = store.block_pixels();
        let (mut of_block, mut margins_of_block) = (Vec::new(), Vec::new());
        while labels.len() < n_pixels {
            let at = offset + labels.len();
            let columns = store.read(at / per_block, buffer)?;
            of_block.resize(columns.n_pixels, 0);
            margins_of_block.resize(if self.confidence { columns.n_pixels } else { 0 }, 0.0);
            let wanted = self.confidence.then_some(&mut margins_of_block[..]);
            self.classifier.classify(columns, &mut of_block, wanted);
            let start = at % per_block;
            let end = columns.n_pixels.min(start + n_pixels - labels.len());
            // Class 0 is "no data".
            labels.extend(of_block[start..end].iter().map(|label| label + 1));
            if self.confidence {
                margins.extend_from_slice(&margins_of_block[start..end]);
            }
        }
        Ok((labels, margins))
    }
}

/// Puts the values of valid pixels in their places, and 0 in all others.
fn spread<T: Copy + Default>(values: Vec<T>, valid: Option<&Bits>, n_pixels: usize) -> Vec<T> {
    let Some(valid) = valid else {
        return values;
    };
    let mut values = values.into_iter();
    let mut next = |i: usize| valid.get(i).then(|| values.next()).flatten();
    (0..n_pixels).map(|i| next(i).unwrap_or_default()).collect()
}
