//! The kernel: the nearest centre of each pixel of a chunk.
//!
//! With o in the middle of the data, x' = x − o and c' = c − o, the centre nearest to x is the one
//! with the smallest score ½Σ w c'² − Σ x'(w c'), where w are the weights of the features. Scores
//! are computed in f32, a vector of pixels at a time. Their rounding error is bounded; where the
//! best two are closer than that, the pixel is decided again by distances in f64, the lowest index
//! first.

use pulp::{Simd, WithSimd};

use super::blocks::{Columns, Moments, PixelValue};
use crate::simd;

/// Pixels worked on at a time, so that their features stay in L1; few enough to be alike where
/// neighbours are.
pub(super) const CHUNK: usize = 256;
/// Vectors of pixels that are compared with a centre at once.
const GROUP: usize = 2;
/// Scores up to this, and all partial sums on the way to them, are finite in f32.
const CANNOT_OVERFLOW: f64 = f32::MAX as f64 / 4.0;

/// Centres prepared for assignments.
#[derive(Debug, Clone)]
pub(super) struct Nearest {
    /// k×d.
    centers: Vec<f64>,
    /// Of the features.
    weights: Vec<f64>,
    pub(super) origin: Vec<f32>,
    /// For each centre its score at the origin, then by how much that changes with each feature.
    pub(super) coefficients: Vec<f32>,
    /// The same the other way round: the scores of all centres, then how they change with each feature.
    pub(super) by_feature: Vec<f32>,
    /// Scores closer than this may be in the wrong order; infinite where f32 cannot tell at all.
    pub(super) error: f32,
}

/// The centres that pixels are compared with.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// In ascending order.
    pub(super) centers: Vec<f32>,
    /// Of each what [`Nearest::coefficients`] holds.
    pub(super) coefficients: Vec<f32>,
    /// Of all centres, while candidates are chosen.
    pub(super) scores: Vec<f32>,
}

/// Which centres a chunk of pixels is compared with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Compared {
    /// Those that may be nearest to one of the pixels.
    MayBeNearest,
    /// All, as [`Nearest::best_two_distances`] needs it.
    All,
}

/// Buffers that one thread uses again and again.
#[derive(Debug)]
pub(super) struct Chunk {
    /// Features minus their origins, [`CHUNK`] values each.
    pub(super) x: Vec<f32>,
    pub(super) labels: Vec<f32>,
    /// How often each pixel counts.
    pub(super) weights: Vec<f32>,
    /// The smallest and the largest value of each feature.
    pub(super) low: Vec<f32>,
    pub(super) high: Vec<f32>,
    pub(super) candidates: Candidates,
    best: Vec<f32>,
    second: Vec<f32>,
}

impl Chunk {
    pub(super) fn new(n_features: usize) -> Self {
        Self {
            x: vec![0.0; n_features * CHUNK],
            labels: vec![0.0; CHUNK],
            weights: vec![1.0; CHUNK],
            low: vec![0.0; n_features],
            high: vec![0.0; n_features],
            candidates: Candidates::default(),
            best: vec![0.0; CHUNK],
            second: vec![0.0; CHUNK],
        }
    }

    /// Multiplies the features by these weights, and keeps the weights.
    pub(super) fn weigh(&mut self, weights: &[u32]) {
        for (weight, &w) in self.weights.iter_mut().zip(weights) {
            *weight = w as f32;
        }
        let weights = &self.weights[..weights.len()];
        for x in self.x.chunks_exact_mut(CHUNK) {
            simd::dispatch(
                #[inline(always)]
                || {
                    for (x, w) in x.iter_mut().zip(weights) {
                        *x *= w;
                    }
                },
            );
        }
    }
}

impl Nearest {
    /// Prepares k×d `centers` for pixels of the extent of `moments`.
    pub(super) fn new(centers: &[f64], weights: &[f64], moments: &Moments) -> Self {
        let d = weights.len();
        // In the middle, where x' is smallest; a whole number, so that it is exact for whole ones.
        let origin: Vec<f32> = (0..d)
            .map(|j| (0.5 * moments.min[j] + 0.5 * moments.max[j]).round() as f32)
            .collect();
        let reach: Vec<f64> = (0..d).map(|j| reach(origin[j], moments, j)).collect();
        let mut coefficients = Vec::with_capacity(centers.len() / d * (d + 1));
        let mut largest = 0.0f64;
        for center in centers.chunks_exact(d) {
            let shifted = |j: usize| center[j] - f64::from(origin[j]);
            let offset: f64 = (0..d).map(|j| 0.5 * weights[j] * shifted(j).powi(2)).sum();
            coefficients.push(offset as f32);
            coefficients.extend((0..d).map(|j| (-weights[j] * shifted(j)) as f32));
            let products: f64 = (0..d)
                .map(|j| (weights[j] * shifted(j) * reach[j]).abs())
                .sum();
            largest = largest.max(offset + products);
        }
        // d products and their sum, the roundings of x', of the coefficients and of the result
        // (Higham 2002, section 3.1); twice, for two scores are compared.
        let error = 2.0 * (d + 4) as f64 * f64::from(f32::EPSILON) / 2.0 * largest
            + (d + 4) as f64 * f64::from(f32::MIN_POSITIVE);
        let error = if largest < CANNOT_OVERFLOW {
            (error * 1.001) as f32
        } else {
            f32::INFINITY
        };
        let by_feature = (0..=d)
            .flat_map(|j| coefficients.iter().skip(j).step_by(d + 1).copied())
            .collect();
        Self {
            centers: centers.to_vec(),
            weights: weights.to_vec(),
            origin,
            coefficients,
            by_feature,
            error,
        }
    }

    /// The largest distance of a value from its origin.
    pub(super) fn reach(&self, moments: &Moments) -> f32 {
        let reach = self
            .origin
            .iter()
            .enumerate()
            .map(|(j, &o)| reach(o, moments, j));
        reach.fold(0.0, f64::max) as f32
    }

    pub(super) fn n_features(&self) -> usize {
        self.weights.len()
    }

    pub(super) fn n_clusters(&self) -> usize {
        self.centers.len() / self.weights.len()
    }

    /// Fills `chunk` with pixels `start..start + len` of `columns`.
    pub(super) fn load<V: PixelValue>(
        &self,
        columns: Columns<'_, V>,
        start: usize,
        len: usize,
        chunk: &mut Chunk,
    ) {
        for (j, &origin) in self.origin.iter().enumerate() {
            let values = &columns.column(j)[start..start + len];
            let x = &mut chunk.x[j * CHUNK..j * CHUNK + len];
            simd::dispatch(
                #[inline(always)]
                || {
                    for (x, v) in x.iter_mut().zip(values) {
                        *x = v.to_f32() - origin;
                    }
                },
            );
        }
    }

    /// Fills `chunk` with pixels `start..start + len` of `columns` and finds their centres.
    pub(super) fn assign<V: PixelValue>(
        &self,
        columns: Columns<'_, V>,
        start: usize,
        len: usize,
        compared: Compared,
        chunk: &mut Chunk,
    ) {
        self.load(columns, start, len, chunk);
        match compared {
            Compared::All => self.all_candidates(&mut chunk.candidates),
            Compared::MayBeNearest => {
                chunk.find_extent(len);
                self.filter(&chunk.low, &chunk.high, &mut chunk.candidates);
                if let [only] = chunk.candidates.centers[..] {
                    chunk.labels[..len].fill(only);
                    return;
                }
            }
        }
        self.compare(columns, start, len, chunk);
    }

    /// Finds which of its candidates is nearest to each pixel of `chunk`: `start..start + len` of
    /// `columns`.
    pub(super) fn compare<V: PixelValue>(
        &self,
        columns: Columns<'_, V>,
        start: usize,
        len: usize,
        chunk: &mut Chunk,
    ) {
        self.best_two(len, chunk);
        let error = self.error;
        let (best, second) = (&chunk.best[..len], &chunk.second[..len]);
        let closest = simd::dispatch(
            #[inline(always)]
            || {
                let gaps = best.iter().zip(second).map(|(b, s)| s - b);
                gaps.fold(f32::INFINITY, |a, b| if a < b { a } else { b })
            },
        );
        if closest > error {
            return;
        }
        for i in 0..len {
            let certain = chunk.second[i] - chunk.best[i] > error;
            if !certain {
                let pixel = |j: usize| columns.column(j)[start + i].into();
                chunk.labels[i] = self.nearest_exactly(pixel) as f32;
            }
        }
    }

    fn best_two(&self, len: usize, chunk: &mut Chunk) {
        macro_rules! with_features {
            ($($d:literal)*) => {
                match self.n_features() {
                    $($d => simd::run(BestTwo::<$d> { n_features: $d, chunk, len }),)*
                    n_features => simd::run(BestTwo::<ANY> { n_features, chunk, len }),
                }
            };
        }
        with_features!(1 2 3 4 5 6 7 8);
    }

    /// The squared distance, in f64, of a pixel from a centre.
    fn squared_distance(&self, pixel: impl Fn(usize) -> f64, center: usize) -> f64 {
        let d = self.n_features();
        let center = &self.centers[center * d..(center + 1) * d];
        let terms = center.iter().zip(&self.weights).enumerate();
        terms.map(|(j, (c, w))| w * (pixel(j) - c).powi(2)).sum()
    }

    fn nearest_exactly(&self, pixel: impl Fn(usize) -> f64) -> usize {
        let mut best = (f64::INFINITY, 0);
        for center in 0..self.n_clusters() {
            let distance = self.squared_distance(&pixel, center);
            if distance < best.0 {
                best = (distance, center);
            }
        }
        best.1
    }

    /// Squared distances of pixel `i` of a chunk from its centre and from the second nearest.
    pub(super) fn best_two_distances(&self, chunk: &Chunk, i: usize) -> (f64, f64) {
        let x = |j: usize| f64::from(chunk.x[j * CHUNK + i]);
        let square: f64 = self
            .weights
            .iter()
            .enumerate()
            .map(|(j, w)| w * x(j).powi(2))
            .sum();
        let distance = |score: f32| (square + 2.0 * f64::from(score)).max(0.0);
        (distance(chunk.best[i]), distance(chunk.second[i]))
    }

    /// The squared distance of pixel `i` of `columns` from its centre.
    pub(super) fn distance_to<V: PixelValue>(
        &self,
        columns: Columns<'_, V>,
        i: usize,
        label: usize,
    ) -> f64 {
        self.squared_distance(|j| columns.column(j)[i].into(), label)
    }
}

/// The largest distance of a value of feature `j` from `origin`.
fn reach(origin: f32, moments: &Moments, j: usize) -> f64 {
    let origin = f64::from(origin);
    (moments.max[j] - origin).max(origin - moments.min[j])
}

/// More features than are worth code of their own.
const ANY: usize = 0;

/// The scan over all candidates, compiled for `D` features.
struct BestTwo<'a, const D: usize> {
    n_features: usize,
    chunk: &'a mut Chunk,
    len: usize,
}

impl<const D: usize> WithSimd for BestTwo<'_, D> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            n_features,
            chunk,
            len,
        } = self;
        let d = if D == ANY { n_features } else { D };
        let stride = CHUNK / S::F32_LANES;
        let x = &S::as_simd_f32s(&chunk.x).0[..d * stride];
        let best = &mut S::as_mut_simd_f32s(&mut chunk.best).0[..stride];
        let second = &mut S::as_mut_simd_f32s(&mut chunk.second).0[..stride];
        let labels = &mut S::as_mut_simd_f32s(&mut chunk.labels).0[..stride];
        let infinity = simd.splat_f32s(f32::INFINITY);
        for first in (0..len.div_ceil(S::F32_LANES)).step_by(GROUP) {
            let mut top = [infinity; GROUP];
            let mut next = [infinity; GROUP];
            let mut label = [simd.splat_f32s(0.0); GROUP];
            let candidates = &chunk.candidates;
            let coefficients = candidates.coefficients.chunks_exact(d + 1);
            for (&center, coefficients) in candidates.centers.iter().zip(coefficients) {
                let center = simd.splat_f32s(center);
                let mut score = [simd.splat_f32s(coefficients[0]); GROUP];
                for j in 0..d {
                    let slope = simd.splat_f32s(coefficients[j + 1]);
                    for g in 0..GROUP {
                        score[g] = simd.mul_add_e_f32s(slope, x[j * stride + first + g], score[g]);
                    }
                }
                for g in 0..GROUP {
                    let closer = simd.less_than_f32s(score[g], top[g]);
                    let worse = simd.max_f32s(score[g], top[g]);
                    next[g] = simd.min_f32s(worse, next[g]);
                    top[g] = simd.min_f32s(score[g], top[g]);
                    label[g] = simd.select_f32s(closer, center, label[g]);
                }
            }
            best[first..first + GROUP].copy_from_slice(&top);
            second[first..first + GROUP].copy_from_slice(&next);
            labels[first..first + GROUP].copy_from_slice(&label);
        }
    }
}
