//! The sums of the pixels of each cluster.

use pulp::{Simd, WithSimd};

use super::assign::{CHUNK, Chunk};
use super::blocks::{Columns, PixelValue};
use super::outline::Outline;
use crate::simd::{self, LANES};

/// Clusters up to which it is faster to add all pixels to all sums, masked, a vector at a time.
const MAX_MASKED: usize = 24;
/// Tables in turn where pixels are added one by one: neighbours often are of one cluster, and a sum
/// would have to wait for the one before.
const TABLES: usize = 4;
/// Whole numbers below this are exact in f32.
const EXACT_BELOW: f32 = 16_777_216.0;

/// The sums of the features of each cluster.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sums {
    /// k×d.
    pub(super) values: Vec<f64>,
    /// The weight of each cluster.
    pub(super) weights: Vec<f64>,
}

impl Sums {
    pub(super) fn zero(k: usize, d: usize) -> Self {
        Self {
            values: vec![0.0; k * d],
            weights: vec![0.0; k],
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (a, b) in self.values.iter_mut().zip(&other.values) {
            *a += b;
        }
        for (a, b) in self.weights.iter_mut().zip(&other.weights) {
            *a += b;
        }
    }

    /// Adds one pixel, or takes it away where `weight` is negative.
    pub(super) fn add_pixel(&mut self, label: usize, pixel: &[f64], weight: f64) {
        let weighted: Vec<f64> = pixel.iter().map(|v| weight * v).collect();
        self.add_pixels(label, &weighted, weight);
    }

    /// Adds pixels of these sums and this weight.
    pub(super) fn add_pixels(&mut self, label: usize, sums: &[f64], weight: f64) {
        let d = sums.len();
        let of_label = &mut self.values[label * d..(label + 1) * d];
        for (sum, v) in of_label.iter_mut().zip(sums) {
            *sum += v;
        }
        self.weights[label] += weight;
    }
}

/// Adds up chunk after chunk.
#[derive(Debug)]
pub(super) struct Summation {
    sums: Sums,
    /// Sums of the features where pixels are added one by one: [`TABLES`] of them, k×d each.
    tables: Vec<f64>,
    origin: Vec<f32>,
    /// For each cluster the vector of its weights, then one of each feature minus its origin; empty
    /// where pixels are added one by one.
    lanes: Vec<f32>,
    /// How much more weight may be added to a lane before it could get inexact.
    room: usize,
    capacity: usize,
}

impl Summation {
    /// `reach` is the largest distance of a value from its origin.
    pub(super) fn new<V: PixelValue>(k: usize, origin: &[f32], reach: f32) -> Self {
        let d = origin.len();
        let capacity = (EXACT_BELOW / reach.max(1.0)) as usize;
        let masked = V::WHOLE && k <= MAX_MASKED;
        Self {
            sums: Sums::zero(k, d),
            tables: vec![0.0; TABLES * k * d],
            origin: origin.to_vec(),
            lanes: vec![0.0; if masked { k * (d + 1) * LANES } else { 0 }],
            room: capacity,
            capacity,
        }
    }

    /// Adds pixels `start..start + len` of `columns`, which are in `chunk` with their labels.
    pub(super) fn add<V: PixelValue>(
        &mut self,
        columns: Columns<'_, V>,
        start: usize,
        len: usize,
        chunk: &mut Chunk,
    ) {
        let weights = columns.weights.map(|w| &w[start..start + len]);
        let needed = weight_of_a_lane(weights);
        if self.lanes.is_empty() || needed > self.capacity {
            self.add_one_by_one(columns, start, &chunk.labels[..len]);
            return;
        }
        // What is left of the chunk belongs to no cluster.
        chunk.labels[len..].fill(-1.0);
        if self.room < needed {
            self.flush();
        }
        self.room -= needed;
        if let Some(weights) = weights {
            chunk.weigh(weights);
        }
        simd::run(Masked {
            chunk,
            lanes: &mut self.lanes,
            d: self.origin.len(),
            len,
        });
    }

    /// Adds all pixels of a chunk to the sums of one cluster.
    pub(super) fn add_chunk(&mut self, label: usize, outline: Outline<'_>) {
        self.sums.add_pixels(label, outline.sums, outline.weight);
    }

    fn add_one_by_one<V: PixelValue>(
        &mut self,
        columns: Columns<'_, V>,
        start: usize,
        labels: &[f32],
    ) {
        let (len, d) = (labels.len(), self.origin.len());
        let mut rows = [0usize; CHUNK];
        let mut weights = [1.0f64; CHUNK];
        for (row, &label) in rows.iter_mut().zip(labels) {
            *row = label as usize;
        }
        if let Some(of_pixels) = columns.weights {
            for (weight, &w) in weights.iter_mut().zip(&of_pixels[start..start + len]) {
                *weight = f64::from(w);
            }
        }
        let (rows, weights) = (&mut rows[..len], &weights[..len]);
        for (&label, weight) in rows.iter().zip(weights) {
            self.sums.weights[label] += weight;
        }
        let table = self.sums.values.len();
        for (i, row) in rows.iter_mut().enumerate() {
            *row = *row * d + i % TABLES * table;
        }
        for j in 0..d {
            let column = &columns.column(j)[start..start + len];
            for ((&v, weight), &row) in column.iter().zip(weights).zip(&*rows) {
                self.tables[row + j] += v.into() * weight;
            }
        }
    }

    fn flush(&mut self) {
        let d = self.origin.len();
        for (label, lanes) in self.lanes.chunks_exact(LANES * (d + 1)).enumerate() {
            let total = |at: usize| -> f64 {
                let lanes = &lanes[at * LANES..(at + 1) * LANES];
                lanes.iter().map(|&v| f64::from(v)).sum()
            };
            let weight = total(0);
            self.sums.weights[label] += weight;
            for (j, &origin) in self.origin.iter().enumerate() {
                self.sums.values[label * d + j] += total(j + 1) + weight * f64::from(origin);
            }
        }
        self.lanes.fill(0.0);
        self.room = self.capacity;
    }

    pub(super) fn finish(mut self) -> Sums {
        if !self.lanes.is_empty() {
            self.flush();
        }
        let n_values = self.sums.values.len();
        for table in self.tables.chunks_exact(n_values) {
            for (sum, value) in self.sums.values.iter_mut().zip(table) {
                *sum += value;
            }
        }
        self.sums
    }
}

/// No lane gets more weight from a chunk of pixels of these weights (1 each without).
fn weight_of_a_lane(weights: Option<&[u32]>) -> usize {
    let n_vectors = CHUNK / simd::f32_lanes();
    weights.map_or(n_vectors, |weights| {
        let (mut total, mut largest) = (0, 0);
        for &weight in weights {
            total += u64::from(weight);
            largest = weight.max(largest);
        }
        (total as usize).min(largest as usize * n_vectors)
    })
}

/// Adds a chunk to the sums of its candidates.
struct Masked<'a> {
    chunk: &'a Chunk,
    lanes: &'a mut [f32],
    d: usize,
    len: usize,
}

/// Features that are added at once, so that their sums stay in registers.
const TILE: usize = 4;

impl WithSimd for Masked<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            chunk,
            lanes,
            d,
            len,
        } = self;
        let n_vectors = len.div_ceil(S::F32_LANES);
        let stride = CHUNK / S::F32_LANES;
        let labels = &S::as_simd_f32s(&chunk.labels).0[..n_vectors];
        let weights = &S::as_simd_f32s(&chunk.weights).0[..n_vectors];
        let zero = simd.splat_f32s(0.0);
        let of_center = (d + 1) * LANES;
        for &center in &chunk.candidates.centers {
            let lanes = &mut lanes[center as usize * of_center..][..of_center];
            let (counts, sums) = lanes.split_at_mut(LANES);
            let members = Members {
                labels,
                center: simd.splat_f32s(center),
            };
            let count = &mut S::as_mut_simd_f32s(counts).0[0];
            for (&label, &weight) in labels.iter().zip(weights) {
                let is_member = simd.equal_f32s(label, members.center);
                *count = simd.add_f32s(*count, simd.select_f32s(is_member, weight, zero));
            }
            let x = S::as_simd_f32s(&chunk.x).0.chunks(TILE * stride);
            for (x, sums) in x.zip(sums.chunks_mut(TILE * LANES)) {
                match sums.len() / LANES {
                    1 => members.add::<1>(simd, x, sums),
                    2 => members.add::<2>(simd, x, sums),
                    3 => members.add::<3>(simd, x, sums),
                    _ => members.add::<TILE>(simd, x, sums),
                }
            }
        }
    }
}

/// The pixels of one cluster.
struct Members<'a, S: Simd> {
    labels: &'a [S::f32s],
    center: S::f32s,
}

impl<S: Simd> Members<'_, S> {
    /// Adds `T` of their features.
    #[inline(always)]
    fn add<const T: usize>(&self, simd: S, x: &[S::f32s], sums: &mut [f32]) {
        let zero = simd.splat_f32s(0.0);
        let stride = CHUNK / S::F32_LANES;
        let mut columns = [&[][..]; T];
        let mut totals = [zero; T];
        for t in 0..T {
            columns[t] = &x[t * stride..t * stride + self.labels.len()];
            totals[t] = S::as_simd_f32s(&sums[t * LANES..(t + 1) * LANES]).0[0];
        }
        for (i, &label) in self.labels.iter().enumerate() {
            let is_member = simd.equal_f32s(label, self.center);
            for t in 0..T {
                let value = simd.select_f32s(is_member, columns[t][i], zero);
                totals[t] = simd.add_f32s(totals[t], value);
            }
        }
        for t in 0..T {
            S::as_mut_simd_f32s(&mut sums[t * LANES..(t + 1) * LANES]).0[0] = totals[t];
        }
    }
}
