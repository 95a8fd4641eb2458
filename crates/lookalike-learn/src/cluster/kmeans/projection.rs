//! Samples seen along their leading axes, and what that says of their scalar products.
//!
//! Let y and z be points less a mean, B a few (p) orthonormal axes, and y″ = y − Bᵀ(By) what of y
//! lies off these axes. Then y·z = By·Bz + y″·z″, and by Cauchy and Schwarz |y″·z″| ≤ ‖y″‖‖z″‖. Where the
//! axes hold most of the variance, as those of principal components do, p numbers a point bound a
//! product of d; with ‖y″‖ kept as one more coordinate, the product of the coordinates is the upper
//! bound itself.
//!
//! Points of few features are taken whole: y″ is nothing, and what remains is that their products are made
//! of [words](super::words).
//!
//! Bounds are made of rounded products. All that rounding may do to them, and all that the axes lack of
//! being orthonormal, is part of [`Projection::relative_error`].

use ndarray::Array2;
use rayon::prelude::*;

use super::assign::row_lengths;
use super::bytes::Rows;
use super::spread::Spread;
use super::words::{Point, encode, error_of_words, n_words};
use crate::decomposition::{Pca, SvdSolver};
use crate::distance::{product_error, squared_norm, squared_norms};
use crate::input::Samples;
use crate::linalg::row_products;
use crate::simd;
use crate::{Context, Result};

/// In fewer dimensions than these, reading all of them costs little more than reading some.
const MIN_FEATURES: usize = 128;
/// In fewer dimensions than these, and for fewer clusters, a matrix product is as fast.
const MIN_WHOLE_FEATURES: usize = 8;
const MIN_WHOLE_CLUSTERS: usize = 64;
/// Fewer samples do not repay the search for axes.
const MIN_SAMPLES: usize = 4096;
/// The axes are those of this many samples, spread evenly.
const SAMPLE: usize = 2048;
/// Coordinates of a point come in this many at a time.
const STEP: usize = 16;
/// No more coordinates than this part of the features: they are memory beside that of the samples.
const MAX_SHARE: usize = 8;
/// Axes are added until they hold this share of the variance ...
const WANTED_VARIANCE: f64 = 0.85;
/// ... and there is no point in them if they hold no more than this.
const LEAST_VARIANCE: f64 = 0.5;
/// Distances from the mean within these limits have squares and products that are normal numbers in f32.
const SAFE_DISTANCES: std::ops::Range<f64> = 1e-9..1e12;
/// Points nearer to the mean count as being so far from it, which is far below any bound.
const LEAST_LENGTH: f32 = 1e-30;
/// Rows that are projected at a time: with their coordinates they stay in the cache.
const BLOCK: usize = 128;

/// The leading axes, and all samples along them.
pub(crate) struct Projection {
    mean: Vec<f32>,
    /// p×d; none where points have few features.
    axes: Vec<f32>,
    relative_error: f64,
    pub(super) points: Points,
}

/// Points less the mean, along the axes.
#[derive(Default)]
pub(super) struct Points {
    /// Of each point the `width` words of By, then ‖y″‖.
    words: Vec<i32>,
    width: usize,
    scales: Vec<f32>,
    /// ‖y″‖, rounded up.
    pub(super) off_axes: Vec<f32>,
    /// ‖y‖, rounded up.
    pub(super) lengths: Vec<f32>,
}

impl Points {
    /// The coordinates of a point.
    pub(super) fn of(&self, point: usize) -> Point<'_> {
        Point {
            words: &self.words[point * self.width..(point + 1) * self.width],
            scale: self.scales[point],
        }
    }
}

impl Projection {
    /// The axes of `x`, unless bounds by them promise nothing for so many clusters.
    pub(crate) fn of(
        x: &Samples<'_>,
        n_clusters: usize,
        spread: &Spread,
        context: &Context,
    ) -> Result<Option<Self>> {
        let d = x.n_features();
        let is_safe = SAFE_DISTANCES.contains(&spread.largest_distance);
        if !(is_safe && Self::may_repay(n_clusters, d)) {
            return Ok(None);
        }
        let mean = spread.mean.iter().map(|&m| m as f32).collect();
        let projection = if d < MIN_FEATURES {
            Some(Self::whole(mean))
        } else {
            Self::leading_axes(x, context)?.map(|axes| Self::along(axes, mean))
        };
        Ok(projection.map(|projection| Self {
            points: projection.project(spread.rows(x)),
            ..projection
        }))
    }

    /// Whether it is worth a try with so many clusters and features.
    pub(super) fn may_repay(n_clusters: usize, n_features: usize) -> bool {
        let whole = n_features >= MIN_WHOLE_FEATURES && n_clusters >= MIN_WHOLE_CLUSTERS;
        whole || n_features >= MIN_FEATURES
    }

    /// The leading axes (p×d) of `x`, where these are worth the search.
    fn leading_axes(x: &Samples<'_>, context: &Context) -> Result<Option<Vec<f32>>> {
        let (n, d) = (x.n_samples(), x.n_features());
        if n < MIN_SAMPLES {
            return Ok(None);
        }
        let sample = (0..SAMPLE).flat_map(|i| x.row(i * n / SAMPLE).iter().copied());
        let sample = Array2::from_shape_vec((SAMPLE, d), sample.collect()).expect("rows of d");
        let most = d / MAX_SHARE / STEP * STEP - 1;
        let pca = Pca::new(most)
            .svd_solver(SvdSolver::Randomized)
            .n_oversamples(0)
            .iterated_power(1)
            .fit_with(&sample, context)?;
        let mut held = 0.0;
        let needed = pca.explained_variance_ratio().iter().position(|share| {
            held += share;
            held >= WANTED_VARIANCE
        });
        if needed.is_none() && held <= LEAST_VARIANCE {
            return Ok(None);
        }
        let p = needed.map_or(most, |last| (last + 2).next_multiple_of(STEP) - 1);
        let axes = pca.components().iter().map(|&v| v as f32);
        Ok(Some(axes.take(p.min(most) * d).collect()))
    }

    /// No axes: points less the mean, as they are.
    fn whole(mean: Vec<f32>) -> Self {
        let of_products = error_of_words(mean.len()) + product_error(10);
        Self {
            mean,
            axes: Vec::new(),
            relative_error: 1.1 * of_products,
            points: Points::default(),
        }
    }

    fn along(axes: Vec<f32>, mean: Vec<f32>) -> Self {
        let d = mean.len();
        let p = axes.len() / d;
        let not_orthonormal = departure_from_orthonormal(&axes, d);
        // Of By, relative to ‖y‖: d roundings of each of the p products, one more for y itself.
        let of_coordinates = product_error(d + 2) * (p as f64).sqrt() * (1.0 + not_orthonormal);
        // Both points have such coordinates, in words; the product of these is rounded, as are the
        // scales, the offset and the difference that make a score of it; y·z differs from
        // By·Bz + y″·z″ by at most three times what the axes lack.
        let of_products = error_of_words(p + 1) + product_error(8);
        let relative_error = 1.1 * (2.0 * of_coordinates + of_products + 3.0 * not_orthonormal);
        Self {
            mean,
            axes,
            relative_error,
            points: Points::default(),
        }
    }

    /// Words that stand for a point.
    pub(super) fn width(&self) -> usize {
        n_words(if self.axes.is_empty() {
            self.mean.len()
        } else {
            self.axes.len() / self.mean.len() + 1
        })
    }

    pub(super) fn n_features(&self) -> usize {
        self.mean.len()
    }

    /// By how much the product of the coordinates of two points may be below the product of the
    /// points less the mean, relative to the product of their lengths.
    pub(super) fn relative_error(&self) -> f64 {
        self.relative_error
    }

    /// All rows of `x` along the axes.
    pub(super) fn project(&self, x: Rows<'_>) -> Points {
        let d = self.mean.len();
        let p = self.axes.len() / d;
        let (n, width) = (x.samples.n_samples(), self.width());
        let mut points = Points {
            words: vec![0; n * width],
            width,
            scales: vec![0.0; n],
            off_axes: vec![0.0; n],
            lengths: vec![0.0; n],
        };
        (
            points.words.par_chunks_mut(BLOCK * width),
            points.scales.par_chunks_mut(BLOCK),
            points.off_axes.par_chunks_mut(BLOCK),
            points.lengths.par_chunks_mut(BLOCK),
        )
            .into_par_iter()
            .enumerate()
            .for_each_init(
                || {
                    let coordinates = vec![0.0; p + 1];
                    let row = vec![0.0; d];
                    (row, vec![0.0; BLOCK * d], vec![0.0; BLOCK * p], coordinates)
                },
                |(row, centered, products, coordinates),
                 (block, (words, scales, off_axes, lengths))| {
                    let m = lengths.len();
                    let centered = &mut centered[..m * d];
                    let products = &mut products[..m * p];
                    for (i, centered) in (block * BLOCK..).zip(centered.chunks_exact_mut(d)) {
                        self.center(x.read(i, row), centered);
                    }
                    row_products(centered, &self.axes, d, products);
                    let squares = squared_norms(centered.chunks_exact(d));
                    for (i, length) in row_lengths(&squares).into_iter().enumerate() {
                        lengths[i] = length.max(LEAST_LENGTH);
                        let coordinates = if p == 0 {
                            &centered[i * d..(i + 1) * d]
                        } else {
                            let along = &products[i * p..(i + 1) * p];
                            off_axes[i] = self.length_off_axes(along, f64::from(lengths[i]));
                            coordinates[..p].copy_from_slice(along);
                            coordinates[p] = off_axes[i];
                            &coordinates[..]
                        };
                        let words = &mut words[i * width..(i + 1) * width];
                        scales[i] = simd::dispatch(
                            #[inline(always)]
                            || encode(coordinates, lengths[i], words),
                        );
                    }
                },
            );
        points
    }

    /// A row less the mean.
    pub(super) fn center(&self, row: &[f32], centered: &mut [f32]) {
        simd::dispatch(
            #[inline(always)]
            || {
                for ((out, &v), &m) in centered.iter_mut().zip(row).zip(&self.mean) {
                    *out = v - m;
                }
            },
        );
    }

    /// ‖y″‖ from By and ‖y‖, rounded up.
    fn length_off_axes(&self, along: &[f32], length: f64) -> f32 {
        // ‖y″‖² = ‖y‖² − ‖By‖² + By·(BBᵀ − 1)By.
        let surely_along = (squared_norm(along).sqrt() - self.relative_error * length).max(0.0);
        let square = (1.0 + self.relative_error) * length * length - surely_along * surely_along;
        let up = 1.0 + f64::from(f32::EPSILON);
        (square.max(0.0).sqrt() * up) as f32
    }
}

/// The norm of B·Bᵀ − 1.
fn departure_from_orthonormal(axes: &[f32], d: usize) -> f64 {
    let p = axes.len() / d;
    let axes: Vec<f64> = axes.iter().map(|&v| f64::from(v)).collect();
    let mut products = vec![0.0; p * p];
    row_products(&axes, &axes, d, &mut products);
    for i in 0..p {
        products[i * p + i] -= 1.0;
    }
    products.iter().map(|v| v * v).sum::<f64>().sqrt()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cluster::kmeans::words::tests::product;
    use crate::linalg::orthonormal_rows;
    use crate::random::Random;

    /// Rows of `d` values along `p` axes of any direction, or whole where there is none.
    pub(in crate::cluster::kmeans) fn projected(x: &[f32], d: usize, p: usize) -> Projection {
        let n = x.len() / d;
        let mean = (0..d).map(|j| x.iter().skip(j).step_by(d).sum::<f32>() / n as f32);
        let mut projection = if p == 0 {
            Projection::whole(mean.collect())
        } else {
            let normal = Random::new(0, 0);
            let directions: Vec<f64> = (0..p * d).map(|i| normal.normal(i as u64)).collect();
            let axes = orthonormal_rows(&directions, d);
            Projection::along(axes.iter().map(|&v| v as f32).collect(), mean.collect())
        };
        projection.points = projection.project(Rows::new(&Samples::of_rows(x, d), None));
        projection
    }

    #[test]
    fn products_of_coordinates_are_bounds_of_products() {
        let (n, d) = (40, 30);
        let draw = Random::new(1, 2);
        let x: Vec<f32> = (0..n * d).map(|i| draw.uniform(i) as f32 * 9.0).collect();
        for axes in [0, 7] {
            let projection = projected(&x, d as usize, axes);
            let less_mean = |i: usize| {
                let row = x[i * d as usize..(i + 1) * d as usize].iter();
                let mean = projection.mean.iter();
                row.zip(mean).map(|(&v, &m)| f64::from(v) - f64::from(m))
            };
            let points = &projection.points;
            for i in 0..n as usize {
                for j in 0..n as usize {
                    let exact: f64 = less_mean(i).zip(less_mean(j)).map(|(a, b)| a * b).sum();
                    let product = product(points.of(i), points.of(j));
                    let lengths = f64::from(points.lengths[i]) * f64::from(points.lengths[j]);
                    let bound = product + projection.relative_error() * lengths;
                    assert!(exact <= bound, "{i}·{j}: {exact}, not at most {bound}");
                    let off_axes = |i: usize| f64::from(points.off_axes[i]);
                    assert!(
                        exact
                            >= bound
                                - 2.0 * off_axes(i) * off_axes(j)
                                - 3.0 * projection.relative_error() * lengths
                    );
                }
            }
        }
    }
}
