//! Is each sample closer to its own cluster than to the next?

use ndarray::ArrayRef2;

use super::groups::Groups;
use crate::distance::{SCALED_EXPONENT, scaling_exponent, squared_distance, squared_norm};
use crate::input::Samples;
use crate::linalg::row_products;
use crate::parallel::map_blocks;
use crate::simd::{LANES, dispatch};
use crate::{Context, Error, Result};

/// Samples that one task compares with all others.
const ROWS: usize = 256;
/// Samples that they are compared with at a time: the products of the two stay in L2.
const COLUMNS: usize = 512;
/// Below this share of ‖a‖² + ‖b‖², a squared distance has lost digits to cancellation and is
/// computed again in f64.
const NEAR: f32 = 1.0 / 64.0;

/// The mean silhouette over all samples: −1 (all in the wrong cluster) to 1 (compact, far apart).
///
/// Rousseeuw: *Silhouettes*, J. Comput. Appl. Math. 1987; Euclidean distances, all pairs of them,
/// with never more than a block in memory. Noise (−1) counts as a cluster: leave it out beforehand
/// where it should not.
///
/// ```
/// use lookalike_learn::metrics::silhouette_score;
/// use ndarray::array;
///
/// let x = array![[0.0, 0.0], [0.0, 1.0], [9.0, 0.0], [9.0, 1.0]];
/// let score = silhouette_score(&x, &[0, 0, 1, 1])?;
/// assert!((score - 0.8893).abs() < 1e-4);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
///
/// # Errors
/// When `x` is empty or not finite, the labels are not one a row, or they do not form between 2
/// and n − 1 clusters.
pub fn silhouette_score(x: &ArrayRef2<f32>, labels: &[i32]) -> Result<f64> {
    silhouette_score_with(x, labels, &Context::default())
}

/// [`silhouette_score`] with given threads and cancellation.
///
/// # Errors
/// As [`silhouette_score`], and when cancelled.
pub fn silhouette_score_with(x: &ArrayRef2<f32>, labels: &[i32], context: &Context) -> Result<f64> {
    let samples = silhouette_samples_with(x, labels, context)?;
    Ok(samples.iter().sum::<f64>() / samples.len() as f64)
}

/// The silhouette of each sample, (b − a) / max(a, b): a is its mean distance to the others of its
/// cluster, b the least mean distance to another cluster. 0 for the only member of a cluster.
///
/// # Errors
/// As [`silhouette_score`].
pub fn silhouette_samples(x: &ArrayRef2<f32>, labels: &[i32]) -> Result<Vec<f64>> {
    silhouette_samples_with(x, labels, &Context::default())
}

/// [`silhouette_samples`] with given threads and cancellation.
///
/// # Errors
/// As [`silhouette_score`], and when cancelled.
pub fn silhouette_samples_with(
    x: &ArrayRef2<f32>,
    labels: &[i32],
    context: &Context,
) -> Result<Vec<f64>> {
    context.run(|| {
        let samples = Samples::new(x)?;
        let groups = Groups::new(&samples, labels)?;
        let columns = CenteredGroups::new(&samples, &groups);
        let blocks = map_blocks(samples.n_samples(), ROWS, |places| {
            context.check()?;
            Ok(columns.silhouettes(&groups.order()[places]))
        });
        let mut by_sample = vec![0.0; samples.n_samples()];
        let mut places = groups.order().iter();
        for block in blocks {
            for (value, &i) in block?.into_iter().zip(&mut places) {
                by_sample[i] = value;
            }
        }
        Ok::<_, Error>(by_sample)
    })
}

/// All samples, cluster by cluster, each cluster with its own mean as the origin.
///
/// Distances to a cluster are computed there, so that the matrix product loses few digits however
/// tight the cluster is and however far from the rest.
struct CenteredGroups<'a> {
    samples: &'a Samples<'a>,
    groups: &'a Groups,
    /// A power of two, with which squares are far from the limits of f32.
    scale: f64,
    origins: Vec<f32>,
    values: Vec<f32>,
    norms: Vec<f32>,
}

impl<'a> CenteredGroups<'a> {
    fn new(samples: &'a Samples<'a>, groups: &'a Groups) -> Self {
        let d = samples.n_features();
        let origins: Vec<f32> = groups
            .means(samples)
            .iter()
            .map(|&mean| mean as f32)
            .collect();
        let largest = samples.columns().largest_deviation();
        let scale = 2f64.powi(scaling_exponent(largest, SCALED_EXPONENT));
        let mut values = Vec::with_capacity(samples.values().len());
        for (g, origin) in origins.chunks_exact(d).enumerate() {
            for &i in groups.members(g) {
                let row = samples.row(i).iter().zip(origin);
                values.extend(row.map(|(&v, &o)| shifted(v, o, scale)));
            }
        }
        let norms = values
            .chunks_exact(d)
            .map(|row| squared_norm(row) as f32)
            .collect();
        Self {
            samples,
            groups,
            scale,
            origins,
            values,
            norms,
        }
    }

    fn silhouettes(&self, rows: &[usize]) -> Vec<f64> {
        let d = self.samples.n_features();
        let mut local = vec![0.0f32; rows.len() * d];
        let mut products = vec![0.0f32; rows.len() * COLUMNS];
        let mut own = vec![0.0f64; rows.len()];
        let mut nearest = vec![f64::INFINITY; rows.len()];
        for (g, origin) in self.origins.chunks_exact(d).enumerate() {
            for (row, &i) in local.chunks_exact_mut(d).zip(rows) {
                for ((l, &v), &o) in row.iter_mut().zip(self.samples.row(i)).zip(origin) {
                    *l = shifted(v, o, self.scale);
                }
            }
            let sums = self.distance_sums(rows, &local, g, &mut products);
            let members = self.groups.members(g);
            for ((&i, sum), (own, nearest)) in
                rows.iter().zip(sums).zip(own.iter_mut().zip(&mut nearest))
            {
                if members.binary_search(&i).is_ok() {
                    *own = sum / (members.len() as f64 - 1.0);
                } else {
                    *nearest = nearest.min(sum / members.len() as f64);
                }
            }
        }
        own.iter()
            .zip(&nearest)
            .map(|(&a, &b)| {
                // 0/0: the only member of its cluster, or all distances zero.
                let silhouette = (b - a) / a.max(b);
                if silhouette.is_nan() { 0.0 } else { silhouette }
            })
            .collect()
    }

    /// The sum of the scaled distances of each of `rows` (`local` in the coordinates of group `g`) to the
    /// members of `g`.
    fn distance_sums(
        &self,
        rows: &[usize],
        local: &[f32],
        g: usize,
        products: &mut [f32],
    ) -> Vec<f64> {
        let d = self.samples.n_features();
        let norms: Vec<f32> = local
            .chunks_exact(d)
            .map(|row| squared_norm(row) as f32)
            .collect();
        let mut sums = vec![0.0; rows.len()];
        let places = self.groups.places(g);
        for start in places.clone().step_by(COLUMNS) {
            let columns = start..places.end.min(start + COLUMNS);
            let products = &mut products[..rows.len() * columns.len()];
            let members = &self.groups.order()[columns.clone()];
            row_products(
                local,
                &self.values[columns.start * d..columns.end * d],
                d,
                products,
            );
            for (k, products) in products.chunks_exact_mut(columns.len()).enumerate() {
                let row = self.samples.row(rows[k]);
                let exact = |j: usize| {
                    squared_distance(row, self.samples.row(members[j])).sqrt() * self.scale
                };
                sums[k] += sum_of_roots(products, norms[k], &self.norms[columns.clone()], exact);
            }
        }
        sums
    }
}

/// A value seen from the origin of a cluster.
fn shifted(value: f32, origin: f32, scale: f64) -> f32 {
    ((f64::from(value) - f64::from(origin)) * scale) as f32
}

/// Σⱼ √(‖a‖² + ‖bⱼ‖² − 2a·bⱼ), where `exact(j)` gives the root once more.
///
/// What `products` held, a·bⱼ, is lost.
fn sum_of_roots(
    products: &mut [f32],
    a_norm: f32,
    b_norms: &[f32],
    exact: impl Fn(usize) -> f64,
) -> f64 {
    const IN_DOUBT: f32 = -1.0;
    let roots = products;
    let doubtful = dispatch(
        #[inline(always)]
        || {
            let mut doubtful = 0u32;
            for (value, &b_norm) in roots.iter_mut().zip(b_norms) {
                let scale = a_norm + b_norm;
                let squared = scale - 2.0 * *value;
                let is_clear = squared >= scale * NEAR;
                *value = if is_clear { squared.sqrt() } else { IN_DOUBT };
                doubtful += u32::from(!is_clear);
            }
            doubtful
        },
    );
    if doubtful > 0 {
        for (j, root) in roots
            .iter_mut()
            .enumerate()
            .filter(|(_, root)| **root < 0.0)
        {
            *root = exact(j) as f32;
        }
    }
    dispatch(
        #[inline(always)]
        || {
            let (chunks, rest) = roots.as_chunks::<LANES>();
            let mut lanes = [0.0f64; LANES];
            for chunk in chunks {
                for l in 0..LANES {
                    lanes[l] += f64::from(chunk[l]);
                }
            }
            let rest = rest.iter().map(|&root| f64::from(root));
            lanes.iter().sum::<f64>() + rest.sum::<f64>()
        },
    )
}
