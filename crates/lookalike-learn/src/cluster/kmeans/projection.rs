//! Samples seen along their leading axes, and what that says of their scalar products.
//!
//! Let y and z be points less a mean, B a few (p) orthonormal axes, and y″ = y − Bᵀ(By) what of y
//! lies off these axes. Then y·z = By·Bz + y″·z″, and by Cauchy and Schwarz |y″·z″| ≤ ‖y″‖‖z″‖. Where the
//! axes hold most of the variance, as those of principal components do, p numbers a point bound a
//! product of d; with ‖y″‖ kept as one more coordinate, the product of the coordinates is the upper
//! bound itself.
//!
//! Bounds are made of f32 products. All that rounding may do to them, and all that the axes lack of
//! being orthonormal, is part of [`Projection::relative_error`].

use ndarray::Array2;
use rayon::prelude::*;

use super::aligned::AlignedRows;
use super::assign::row_lengths;
use super::spread::Spread;
use crate::decomposition::{Pca, SvdSolver};
use crate::distance::{product_error, squared_norm, squared_norms};
use crate::input::Samples;
use crate::linalg::row_products;
use crate::simd;
use crate::{Context, Result};

/// In fewer dimensions than these, reading all of them costs little more than reading some.
const MIN_FEATURES: usize = 128;
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
/// Deviations within these limits have squares and products that are normal numbers in f32.
const SAFE_DEVIATIONS: std::ops::Range<f64> = 1e-9..1e12;
/// Rows that are projected at a time: with their coordinates they stay in the cache.
const BLOCK: usize = 128;

/// The leading axes, and all samples along them.
pub(crate) struct Projection {
    mean: Vec<f32>,
    /// p×d.
    axes: Vec<f32>,
    relative_error: f64,
    pub(super) points: Points,
}

/// Points less the mean, along the axes.
#[derive(Default)]
pub(super) struct Points {
    /// Of each point By, then ‖y″‖, rounded up.
    pub(super) coordinates: AlignedRows,
    /// ‖y‖, rounded up.
    pub(super) lengths: Vec<f32>,
}

impl Points {
    /// The coordinates of a point.
    pub(super) fn of(&self, point: usize, width: usize) -> &[f32] {
        &self.coordinates.row(point)[..width]
    }
}

impl Projection {
    /// The axes of `x`, unless bounds by them promise nothing.
    pub(crate) fn of(x: &Samples<'_>, spread: &Spread, context: &Context) -> Result<Option<Self>> {
        let (n, d) = (x.n_samples(), x.n_features());
        let worthwhile = d >= MIN_FEATURES && n >= MIN_SAMPLES;
        if !worthwhile || !SAFE_DEVIATIONS.contains(&spread.largest_deviation) {
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
        let axes: Vec<f32> = pca
            .components()
            .iter()
            .map(|&v| v as f32)
            .take(p.min(most) * d)
            .collect();
        let mean = spread.mean.iter().map(|&m| m as f32).collect();
        let mut projection = Self::along(axes, mean);
        projection.points = projection.project(x.values());
        Ok(Some(projection))
    }

    fn along(axes: Vec<f32>, mean: Vec<f32>) -> Self {
        let d = mean.len();
        let p = axes.len() / d;
        let not_orthonormal = departure_from_orthonormal(&axes, d);
        // Of By, relative to ‖y‖: d roundings of each of the p products, one more for y itself.
        let of_coordinates = product_error(d + 2) * (p as f64).sqrt() * (1.0 + not_orthonormal);
        // Both points have such coordinates; the product of these is rounded, as are the offset and
        // the difference that make a score of it; y·z differs from By·Bz + y″·z″ by at most three
        // times what the axes lack.
        let relative_error =
            1.1 * (2.0 * of_coordinates + product_error(p + 8) + 3.0 * not_orthonormal);
        Self {
            mean,
            axes,
            relative_error,
            points: Points::default(),
        }
    }

    /// Numbers that stand for a point.
    pub(super) fn width(&self) -> usize {
        self.axes.len() / self.mean.len() + 1
    }

    pub(super) fn n_features(&self) -> usize {
        self.mean.len()
    }

    pub(super) fn length_of_mean(&self) -> f64 {
        squared_norm(&self.mean).sqrt()
    }

    /// By how much the product of the coordinates of two points may be below the product of the
    /// points less the mean, relative to the product of their lengths.
    pub(super) fn relative_error(&self) -> f64 {
        self.relative_error
    }

    /// `rows`, one after another, along the axes.
    pub(super) fn project(&self, rows: &[f32]) -> Points {
        let (d, width) = (self.mean.len(), self.width());
        let n = rows.len() / d;
        let mut coordinates = AlignedRows::zeros(n, width);
        let stride = coordinates.stride();
        let mut lengths = vec![0.0; n];
        coordinates
            .values_mut()
            .par_chunks_mut(BLOCK * stride)
            .zip(lengths.par_chunks_mut(BLOCK))
            .zip(rows.par_chunks(BLOCK * d))
            .for_each_init(
                || (vec![0.0; BLOCK * d], vec![0.0; BLOCK * (width - 1)]),
                |(centered, products), ((coordinates, lengths), rows)| {
                    let m = lengths.len();
                    let centered = &mut centered[..m * d];
                    let products = &mut products[..m * (width - 1)];
                    self.center(rows, centered);
                    row_products(centered, &self.axes, d, products);
                    lengths.copy_from_slice(&row_lengths(&squared_norms(centered, d)));
                    for ((out, along), &length) in coordinates
                        .chunks_exact_mut(stride)
                        .zip(products.chunks_exact(width - 1))
                        .zip(&*lengths)
                    {
                        out[..width - 1].copy_from_slice(along);
                        out[width - 1] = self.length_off_axes(along, f64::from(length));
                    }
                },
            );
        Points {
            coordinates,
            lengths,
        }
    }

    /// `rows` less the mean.
    pub(super) fn center(&self, rows: &[f32], centered: &mut [f32]) {
        simd::dispatch(
            #[inline(always)]
            || {
                let d = self.mean.len();
                for (out, row) in centered.chunks_exact_mut(d).zip(rows.chunks_exact(d)) {
                    for ((out, &v), &m) in out.iter_mut().zip(row).zip(&self.mean) {
                        *out = v - m;
                    }
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
    use crate::linalg::orthonormal_rows;
    use crate::random::Random;

    /// Rows of `d` values along `p` axes of any direction.
    pub(in crate::cluster::kmeans) fn projected(x: &[f32], d: usize, p: usize) -> Projection {
        let normal = Random::new(0, 0);
        let directions: Vec<f64> = (0..p * d).map(|i| normal.normal(i as u64)).collect();
        let axes = orthonormal_rows(&directions, d);
        let n = x.len() / d;
        let mean = (0..d).map(|j| x.iter().skip(j).step_by(d).sum::<f32>() / n as f32);
        let mut projection =
            Projection::along(axes.iter().map(|&v| v as f32).collect(), mean.collect());
        projection.points = projection.project(x);
        projection
    }

    #[test]
    fn products_of_coordinates_are_bounds_of_products() {
        let (n, d) = (40, 30);
        let draw = Random::new(1, 2);
        let x: Vec<f32> = (0..n * d).map(|i| draw.uniform(i) as f32 * 9.0).collect();
        let projection = projected(&x, d as usize, 7);
        let less_mean = |i: usize| {
            let row = x[i * d as usize..(i + 1) * d as usize].iter();
            let mean = projection.mean.iter();
            row.zip(mean).map(|(&v, &m)| f64::from(v) - f64::from(m))
        };
        let points = &projection.points;
        for i in 0..n as usize {
            for j in 0..n as usize {
                let exact: f64 = less_mean(i).zip(less_mean(j)).map(|(a, b)| a * b).sum();
                let product: f32 = (points.of(i, 8).iter().zip(points.of(j, 8)))
                    .map(|(a, b)| a * b)
                    .sum();
                let lengths = f64::from(points.lengths[i]) * f64::from(points.lengths[j]);
                let bound = f64::from(product) + projection.relative_error() * lengths;
                assert!(exact <= bound, "{i}·{j}: {exact}, not at most {bound}");
                let off_axes = |i| f64::from(points.of(i, 8)[7]);
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
