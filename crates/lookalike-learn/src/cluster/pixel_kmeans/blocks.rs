//! Pixels as they come: block by block, each feature in a row of its own.

use ndarray::Array2;

use crate::parallel::map_blocks;
use crate::simd;
use crate::{Error, Result};

/// Pixels of a block of [`MemoryBlocks`]: a block of four features of 16 bits fits in L2.
const BLOCK_PIXELS: usize = 1 << 15;

/// A number of which features may consist.
pub trait PixelValue: Copy + Default + PartialOrd + Into<f64> + Send + Sync + 'static {
    /// Whether all values are whole numbers within 2¹⁶ of each other, so that differences and
    /// sums of a few hundred are exact in f32.
    const WHOLE: bool;

    /// As f32, without loss.
    fn to_f32(self) -> f32;
}

macro_rules! pixel_value {
    ($($type:ty: $whole:literal),*) => {$(
        impl PixelValue for $type {
            const WHOLE: bool = $whole;

            #[inline(always)]
            fn to_f32(self) -> f32 {
                self.into()
            }
        }
    )*};
}

pixel_value!(u8: true, i8: true, u16: true, i16: true, f32: false);

/// The pixels of one block.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a, V> {
    /// Feature after feature, `n_pixels` values each.
    pub values: &'a [V],
    /// How many pixels there are.
    pub n_pixels: usize,
    /// How often each pixel counts; None where each counts once.
    pub weights: Option<&'a [u32]>,
}

impl<'a, V> Columns<'a, V> {
    /// The values of one feature.
    pub fn column(&self, feature: usize) -> &'a [V] {
        &self.values[feature * self.n_pixels..(feature + 1) * self.n_pixels]
    }

    /// How many features each pixel has.
    pub fn n_features(&self) -> usize {
        self.values.len() / self.n_pixels.max(1)
    }
}

/// Pixels that are read again and again, block by block, by several threads at once.
///
/// What belongs to which block must not depend on the number of threads or the memory there is:
/// results of floating-point features depend on it.
pub trait PixelBlocks: Sync {
    /// The type of all values.
    type Value: PixelValue;

    /// How many blocks there are.
    fn n_blocks(&self) -> usize;

    /// How many pixels come before `block`; of the number of blocks, how many there are in all.
    fn start(&self, block: usize) -> usize;

    /// What was learnt of the pixels when they were collected.
    fn moments(&self) -> &Moments;

    /// The pixels of `block`, in `buffer` where they have to be fetched.
    ///
    /// # Errors
    /// When they cannot be fetched; see [`Error::unreadable`].
    fn read<'a>(
        &'a self,
        block: usize,
        buffer: &'a mut Vec<Self::Value>,
    ) -> Result<Columns<'a, Self::Value>>;

    /// Told before each pass over all blocks.
    fn begin_pass(&self) {}

    /// Told after each pass over all blocks, unless it failed.
    fn end_pass(&self) {}
}

/// Count, extent and power sums of the features of pixels, weighted.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// How many pixels there are, each once.
    pub n_pixels: u64,
    /// The sum of their weights.
    pub weight: f64,
    /// The sum of each feature.
    pub sums: Vec<f64>,
    /// The sum of the squares of each feature.
    pub squares: Vec<f64>,
    /// The smallest value of each feature, infinity where there are no pixels.
    pub min: Vec<f64>,
    /// The largest value of each feature, −infinity where there are no pixels.
    pub max: Vec<f64>,
}

impl Moments {
    /// Of no pixels with `n_features` features.
    pub fn new(n_features: usize) -> Self {
        Self {
            n_pixels: 0,
            weight: 0.0,
            sums: vec![0.0; n_features],
            squares: vec![0.0; n_features],
            min: vec![f64::INFINITY; n_features],
            max: vec![f64::NEG_INFINITY; n_features],
        }
    }

    /// Of the pixels of one block.
    pub fn of<V: PixelValue>(columns: Columns<'_, V>) -> Self {
        let mut moments = Self::new(columns.n_features());
        moments.n_pixels = columns.n_pixels as u64;
        moments.weight = match columns.weights {
            Some(weights) => weights.iter().map(|&w| f64::from(w)).sum(),
            None => columns.n_pixels as f64,
        };
        for j in 0..columns.n_features() {
            let column = columns.column(j);
            let of_column = match columns.weights {
                Some(weights) => {
                    let mut lane = Lane::NONE;
                    for (&v, &w) in column.iter().zip(weights) {
                        lane.take(v.into(), f64::from(w));
                    }
                    lane
                }
                None => Lane::of(column),
            };
            moments.sums[j] = of_column.sum;
            moments.squares[j] = of_column.square;
            moments.min[j] = of_column.min;
            moments.max[j] = of_column.max;
        }
        moments
    }

    /// Adds those of the next block; blocks must come in their order.
    pub fn add(&mut self, next: &Self) {
        // How many features no pixels have is not known.
        if next.n_pixels == 0 {
            return;
        }
        self.n_pixels += next.n_pixels;
        self.weight += next.weight;
        for j in 0..self.sums.len() {
            self.sums[j] += next.sums[j];
            self.squares[j] += next.squares[j];
            self.min[j] = self.min[j].min(next.min[j]);
            self.max[j] = self.max[j].max(next.max[j]);
        }
    }

    /// How many features each pixel has.
    pub fn n_features(&self) -> usize {
        self.sums.len()
    }

    /// The mean of a feature.
    pub fn mean(&self, feature: usize) -> f64 {
        self.sums[feature] / self.weight
    }

    /// The variance of a feature (of all pixels, not of a sample of more).
    pub fn variance(&self, feature: usize) -> f64 {
        let mean = self.mean(feature);
        (self.squares[feature] / self.weight - mean * mean).max(0.0)
    }
}

/// Sum, sum of squares and extent of some values.
///
/// Of whole numbers up to 2¹⁶, sums of 2¹⁵ of their squares are below 2⁵³, hence exact.
#[derive(Clone, Copy)]
struct Lane {
    sum: f64,
    square: f64,
    min: f64,
    max: f64,
}

impl Lane {
    const NONE: Self = Self {
        sum: 0.0,
        square: 0.0,
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
    };

    #[inline(always)]
    fn take(&mut self, value: f64, weight: f64) {
        self.sum += weight * value;
        self.square += weight * value * value;
        self.min = if value < self.min { value } else { self.min };
        self.max = if value > self.max { value } else { self.max };
    }

    /// Of all values, several at once, for each sum waits for the one before.
    fn of<V: PixelValue>(values: &[V]) -> Self {
        const LANES: usize = 8;
        simd::dispatch(
            #[inline(always)]
            || {
                let mut lanes = [Self::NONE; LANES];
                let (groups, rest) = values.as_chunks::<LANES>();
                for group in groups {
                    for (lane, &value) in lanes.iter_mut().zip(group) {
                        lane.take(value.into(), 1.0);
                    }
                }
                for (lane, &value) in lanes.iter_mut().zip(rest) {
                    lane.take(value.into(), 1.0);
                }
                lanes.into_iter().fold(Self::NONE, |all, lane| Self {
                    sum: all.sum + lane.sum,
                    square: all.square + lane.square,
                    min: all.min.min(lane.min),
                    max: all.max.max(lane.max),
                })
            },
        )
    }
}

/// Pixels in memory.
#[derive(Debug, Clone)]
pub struct MemoryBlocks<V> {
    /// Block after block, each feature after feature.
    values: Vec<V>,
    weights: Option<Vec<u32>>,
    n_pixels: usize,
    moments: Moments,
}

impl<V: PixelValue> MemoryBlocks<V> {
    /// Pixels whose features are `columns`, all of one length; pixel i counts `weights[i]` times,
    /// or once.
    ///
    /// # Errors
    /// When there are no columns or no pixels, lengths differ, a value is not finite, or a weight
    /// is 0.
    pub fn new(columns: &[&[V]], weights: Option<Vec<u32>>) -> Result<Self> {
        let n_pixels = columns.first().map_or(0, |column| column.len());
        if n_pixels == 0 {
            return Err(Error::input(format!(
                "pixels must have at least one row (pixel) and one column (feature), got {n_pixels} \
                 rows and {} columns",
                columns.len()
            )));
        }
        if let Some((j, column)) = (0..).zip(columns).find(|(_, c)| c.len() != n_pixels) {
            return Err(Error::input(format!(
                "columns must all be {n_pixels} long, as the first, got {} for column {j}",
                column.len()
            )));
        }
        for (j, column) in columns.iter().enumerate() {
            let finite = |v: V| -> bool { v.into().is_finite() };
            if let Some(i) = column.iter().position(|&v| !finite(v)) {
                return Err(Error::non_finite("pixels", i, j, column[i].into()));
            }
        }
        if let Some(weights) = &weights {
            if weights.len() != n_pixels {
                let rule = format!("have one weight for each of the {n_pixels} pixels");
                return Err(Error::parameter("weights", rule, weights.len()));
            }
            if let Some(i) = weights.iter().position(|&w| w == 0) {
                let value = format!("0 for pixel {i}");
                return Err(Error::parameter("weights", "be positive", value));
            }
        }
        let mut values = Vec::with_capacity(n_pixels * columns.len());
        for start in (0..n_pixels).step_by(BLOCK_PIXELS) {
            for column in columns {
                values.extend_from_slice(&column[start..n_pixels.min(start + BLOCK_PIXELS)]);
            }
        }
        let mut blocks = Self {
            values,
            weights,
            n_pixels,
            moments: Moments::new(columns.len()),
        };
        let n_blocks = n_pixels.div_ceil(BLOCK_PIXELS);
        let parts = map_blocks(n_blocks, 1, |b| Moments::of(blocks.block(b.start)));
        for part in &parts {
            blocks.moments.add(part);
        }
        Ok(blocks)
    }

    /// One row a pixel, one column a feature.
    pub fn rows(&self) -> Array2<f32> {
        let d = self.moments.n_features();
        let mut rows = Array2::zeros((self.n_pixels, d));
        for block in 0..self.n_blocks() {
            let columns = self.block(block);
            for j in 0..d {
                let first = block * BLOCK_PIXELS;
                for (i, v) in (first..).zip(columns.column(j)) {
                    rows[[i, j]] = v.to_f32();
                }
            }
        }
        rows
    }

    fn block(&self, block: usize) -> Columns<'_, V> {
        let pixels = self.start(block)..self.start(block + 1);
        let d = self.moments.n_features();
        Columns {
            values: &self.values[pixels.start * d..pixels.end * d],
            n_pixels: pixels.len(),
            weights: self.weights.as_ref().map(|w| &w[pixels]),
        }
    }
}

impl<V: PixelValue> PixelBlocks for MemoryBlocks<V> {
    type Value = V;

    fn n_blocks(&self) -> usize {
        self.n_pixels.div_ceil(BLOCK_PIXELS)
    }

    fn start(&self, block: usize) -> usize {
        self.n_pixels.min(block * BLOCK_PIXELS)
    }

    fn moments(&self) -> &Moments {
        &self.moments
    }

    fn read<'a>(&'a self, block: usize, _: &'a mut Vec<V>) -> Result<Columns<'a, V>> {
        Ok(self.block(block))
    }
}
