//! The rank in the data of each sample's nearest neighbours in a map.

use std::ops::Range;

use crate::distance::{
    SCALED_EXPONENT, product_error, scaling_exponent, squared_distance, squared_norms,
};
use crate::input::Samples;
use crate::linalg::row_products;
use crate::parallel::map_blocks;
use crate::simd::{LANES, dispatch};
use crate::{Context, Result};

/// Samples that one task ranks.
const ROWS: usize = 128;
/// Samples that they are compared with at a time.
const COLUMNS: usize = 512;

/// For each sample, the ranks in `x` of its `k` nearest neighbours in `map`: sample by sample, from
/// the nearest in the map on.
///
/// Rank 1 is the nearest other sample; of equally distant ones the lower index comes first, in both
/// spaces. Ranks are counted over blocks of products, so that memory stays O(n·k); where f32 cannot
/// tell which of two is nearer, f64 decides.
pub(super) fn ranks_of_map_neighbors(
    x: &Samples<'_>,
    map: &Samples<'_>,
    k: usize,
    context: &Context,
) -> Result<Vec<u32>> {
    let (n, d) = (x.n_samples(), x.n_features());
    let columns = x.columns();
    let scale = 2f64.powi(scaling_exponent(
        columns.largest_deviation(),
        SCALED_EXPONENT,
    ));
    let mut centered = x.values().to_vec();
    for row in centered.chunks_exact_mut(d) {
        for (v, m) in row.iter_mut().zip(&columns.means) {
            *v = ((f64::from(*v) - m) * scale) as f32;
        }
    }
    let norms = squared_norms(centered.chunks_exact(d));
    let data = Data {
        x,
        centered,
        squared_scale: scale * scale,
        norms,
    };
    let map = Map::new(map);
    let blocks = map_blocks(n, ROWS, |rows| {
        context.check()?;
        let targets: Vec<Vec<Target>> = rows
            .clone()
            .map(|i| {
                let neighbors = map.nearest(i, k).into_iter();
                neighbors.map(|j| Target::new(x, i, j)).collect()
            })
            .collect();
        Ok(data.ranks(rows.start, targets, context)?.concat())
    });
    let mut ranks = Vec::with_capacity(n * k);
    for block in blocks {
        ranks.extend(block?);
    }
    Ok(ranks)
}

/// A map with each coordinate in one piece, so that a loop over the samples is one over numbers.
struct Map<'a> {
    rows: &'a Samples<'a>,
    coordinates: Vec<f32>,
}

impl<'a> Map<'a> {
    fn new(rows: &'a Samples<'a>) -> Self {
        let columns = 0..rows.n_features();
        let values = |c| {
            rows.values()
                .iter()
                .skip(c)
                .step_by(rows.n_features())
                .copied()
        };
        let coordinates = columns.flat_map(values).collect();
        Self { rows, coordinates }
    }

    /// The `k` nearest other samples of sample `i`, nearest first.
    fn nearest(&self, i: usize, k: usize) -> Vec<usize> {
        let n = self.rows.n_samples();
        let mut nearest: Vec<(f64, usize)> = Vec::with_capacity(k + 1);
        let mut farthest = f64::INFINITY;
        let mut distances = [0.0f64; COLUMNS];
        for start in (0..n).step_by(COLUMNS) {
            let columns = start..n.min(start + COLUMNS);
            let distances = &mut distances[..columns.len()];
            let least = self.distances(i, columns.clone(), distances);
            if least >= farthest {
                continue;
            }
            for (j, &distance) in columns.zip(&*distances).filter(|&(j, _)| j != i) {
                if distance < farthest {
                    let place = nearest.partition_point(|&(other, _)| other <= distance);
                    nearest.insert(place, (distance, j));
                    nearest.truncate(k);
                    if nearest.len() == k {
                        farthest = nearest[k - 1].0;
                    }
                }
            }
        }
        nearest.into_iter().map(|(_, j)| j).collect()
    }

    /// Squared distances of sample `i` to some others, and the least of them.
    fn distances(&self, i: usize, columns: Range<usize>, distances: &mut [f64]) -> f64 {
        let coordinates = self.coordinates.chunks_exact(self.rows.n_samples());
        dispatch(
            #[inline(always)]
            || {
                distances.fill(0.0);
                for (&a, b) in self.rows.row(i).iter().zip(coordinates) {
                    for (sum, &b) in distances.iter_mut().zip(&b[columns.clone()]) {
                        let difference = f64::from(a) - f64::from(b);
                        *sum += difference * difference;
                    }
                }
                let (chunks, rest) = distances.as_chunks::<LANES>();
                let mut least = [f64::INFINITY; LANES];
                for chunk in chunks {
                    for l in 0..LANES {
                        least[l] = if chunk[l] < least[l] {
                            chunk[l]
                        } else {
                            least[l]
                        };
                    }
                }
                let least = least.iter().chain(rest);
                least.fold(f64::INFINITY, |least, &value| least.min(value))
            },
        )
    }
}

/// A neighbour whose rank is being counted.
struct Target {
    index: usize,
    squared: f64,
    /// How many samples were found to be nearer.
    nearer: u32,
}

impl Target {
    fn new(x: &Samples<'_>, i: usize, index: usize) -> Self {
        Self {
            index,
            squared: squared_distance(x.row(i), x.row(index)),
            nearer: 0,
        }
    }
}

struct Data<'a> {
    x: &'a Samples<'a>,
    /// Less their mean, and scaled.
    centered: Vec<f32>,
    squared_scale: f64,
    norms: Vec<f64>,
}

impl Data<'_> {
    fn ranks(
        &self,
        first: usize,
        mut targets: Vec<Vec<Target>>,
        context: &Context,
    ) -> Result<Vec<Vec<u32>>> {
        let (n, d) = (self.x.n_samples(), self.x.n_features());
        let rows = first..first + targets.len();
        let block = &self.centered[rows.start * d..rows.end * d];
        let mut products = vec![0.0f32; rows.len() * COLUMNS.min(n)];
        for start in (0..n).step_by(COLUMNS) {
            context.check()?;
            let columns = start..n.min(start + COLUMNS);
            let others = &self.centered[columns.start * d..columns.end * d];
            let norms = &self.norms[columns.clone()];
            let largest = norms
                .iter()
                .fold(0.0, |largest: f64, &norm| largest.max(norm));
            let norms: Vec<f32> = norms.iter().map(|&norm| norm as f32).collect();
            let products = &mut products[..rows.len() * columns.len()];
            row_products(block, others, d, products);
            for ((i, row), targets) in rows
                .clone()
                .zip(products.chunks_exact_mut(columns.len()))
                .zip(&mut targets)
            {
                to_distances(row, self.norms[i] as f32, &norms);
                if columns.contains(&i) {
                    // No sample is its own neighbour.
                    row[i - columns.start] = f32::INFINITY;
                }
                let reach = self.norms[i].sqrt() + largest.sqrt();
                let error = (product_error(d) + 4.0 * f64::from(f32::EPSILON)) * reach * reach;
                for target in targets {
                    self.count_nearer(target, i, row, columns.start, error);
                }
            }
        }
        let rank = |target: Target| target.nearer + 1;
        Ok(targets
            .into_iter()
            .map(|t| t.into_iter().map(rank).collect())
            .collect())
    }

    /// Counts the samples of a block that are nearer to sample `i` than `target` is; `distances` to
    /// the block that starts with sample `start` are off by up to `error`.
    fn count_nearer(
        &self,
        target: &mut Target,
        i: usize,
        distances: &[f32],
        start: usize,
        error: f64,
    ) {
        let squared = target.squared * self.squared_scale;
        let surely = (squared - error) as f32;
        let perhaps = (squared + error) as f32;
        let (nearer, doubtful) = dispatch(
            #[inline(always)]
            || {
                let (mut nearer, mut doubtful) = (0u32, 0u32);
                for &distance in distances {
                    nearer += u32::from(distance < surely);
                    doubtful += u32::from(distance >= surely && distance <= perhaps);
                }
                (nearer, doubtful)
            },
        );
        target.nearer += nearer;
        if doubtful == 0 {
            return;
        }
        let in_doubt = |distance: f32| distance >= surely && distance <= perhaps;
        for (j, _) in distances
            .iter()
            .enumerate()
            .filter(|(_, distance)| in_doubt(**distance))
        {
            let j = start + j;
            let squared = squared_distance(self.x.row(i), self.x.row(j));
            target.nearer += u32::from((squared, j) < (target.squared, target.index));
        }
    }
}

/// Turns a·bⱼ into ‖a‖² + ‖bⱼ‖² − 2a·bⱼ, in place.
fn to_distances(products: &mut [f32], a_norm: f32, b_norms: &[f32]) {
    dispatch(
        #[inline(always)]
        || {
            for (value, b_norm) in products.iter_mut().zip(b_norms) {
                *value = a_norm + b_norm - 2.0 * *value;
            }
        },
    );
}
