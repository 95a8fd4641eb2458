//! Lloyd's iterations: assign every row to its nearest centre, move every centre to the mean of
//! its rows, until nothing changes.
//!
//! The rows are cut into fixed partitions. Each keeps the sums of its own rows by cluster and
//! brings them up to date while a block of rows is still in the cache; after the first iteration
//! only rows that change their cluster are added and subtracted, and rows that are sure to keep it
//! are not looked at. The partitions' sums are added in
//! their order.

use rayon::prelude::*;

use super::assign::{NearestCenter, Scratch, row_lengths};
use super::bounds::Wear;
use super::few::are_few;
use super::partial::PartialNearest;
use super::projection::Projection;
use super::relocate::relocate_empty_clusters;
use super::spread::Spread;
use super::{block_rows, inertia_of};
use crate::input::Samples;
use crate::parallel::{BLOCK_ROWS, sum_blocks};
use crate::simd;
use crate::{Context, Result};

/// Rows below which a partition is not worth a task of its own.
const MIN_PARTITION_ROWS: usize = 2048;
/// No more partitions than this, and no more sums than these bytes for all of them.
const MAX_PARTITIONS: usize = 64;
const MAX_SUMS_BYTES: usize = 32 << 20;
/// A product in full, of one row with one centre, takes as long as this many per feature of a
/// matrix product.
const COST_OF_FULL_PRODUCT: usize = 4;
/// More than this many quarters of the rows of a partition are not worth gathering.
const MOST: usize = 3;

/// An inertia of less than this part of the sum of all squares is not told from sums: these are exact
/// to twelve digits or more.
const LEAST_SHARE: f64 = 1e-3;

/// What one start led to.
pub(crate) struct Run {
    pub(crate) centers: Vec<f32>,
    pub(crate) labels: Vec<i32>,
    pub(crate) inertia: f64,
    pub(crate) converged: bool,
    pub(crate) history: Vec<f64>,
}

/// The samples with all that does not change from start to start.
pub(crate) struct Problem<'a> {
    pub(crate) x: &'a Samples<'a>,
    pub(crate) weights: &'a [f64],
    spread: &'a Spread,
    lengths: Vec<f32>,
    weighted_squares: f64,
}

/// The sums of the rows of each cluster.
#[derive(Clone)]
pub(crate) struct Sums {
    /// k×d.
    pub(crate) values: Vec<f64>,
    pub(crate) weights: Vec<f64>,
    /// Rows of positive weight: tells an empty cluster from one whose weights were rounded away.
    counts: Vec<u64>,
}

/// What is known of the rows: the label of each, and how long it is sure to keep it, a number for
/// each gap.
struct State {
    labels: Vec<i32>,
    until: Vec<f32>,
    parts: Vec<Sums>,
}

struct Partition<'a> {
    first_row: usize,
    labels: &'a mut [i32],
    until: &'a mut [f32],
    sums: &'a mut Sums,
}

/// How nearest centres are found.
enum Nearest<'a> {
    Plain(NearestCenter<'a>),
    Partial(PartialNearest<'a>),
}

impl<'a> Nearest<'a> {
    fn new(projection: Option<&'a Projection>, centers: &'a [f32], spread: &'a Spread) -> Self {
        projection
            .and_then(|projection| PartialNearest::new(projection, centers))
            .map_or_else(
                || {
                    let bytes = spread.bytes.as_ref();
                    Self::Plain(NearestCenter::around(centers, &spread.mean, bytes))
                },
                Self::Partial,
            )
    }

    /// Whether rows that do not follow one another are copied first.
    fn copies_rows(&self) -> bool {
        match self {
            Self::Plain(nearest) => nearest.copies_rows(),
            Self::Partial(_) => false,
        }
    }
}

/// What an assignment of all rows did.
#[derive(Clone, Copy, Default)]
struct Work {
    /// Rows with another label than before.
    changed: usize,
    /// Rows that were not sure to keep their label.
    rows: usize,
    /// Products of a row and a centre that bounds could not replace.
    full_products: usize,
}

impl Work {
    fn and(self, other: Self) -> Self {
        Self {
            changed: self.changed + other.changed,
            rows: self.rows + other.rows,
            full_products: self.full_products + other.full_products,
        }
    }
}

impl<'a> Problem<'a> {
    pub(crate) fn new(x: &'a Samples<'a>, weights: &'a [f64], spread: &'a Spread) -> Self {
        Self {
            x,
            weights,
            spread,
            lengths: row_lengths(&spread.squares),
            weighted_squares: sum_blocks(x.n_samples(), BLOCK_ROWS, |rows| {
                let squares = spread.squares[rows.clone()].iter();
                squares.zip(&weights[rows]).map(|(s, w)| s * w).sum()
            }),
        }
    }

    fn partition_rows(&self, k: usize) -> usize {
        let n = self.x.n_samples();
        let affordable = MAX_SUMS_BYTES / (8 * k * self.x.n_features());
        let partitions = (n / MIN_PARTITION_ROWS).clamp(1, affordable.clamp(1, MAX_PARTITIONS));
        n.div_ceil(partitions).next_multiple_of(BLOCK_ROWS)
    }

    /// Iterates from k×d `centers` until labels repeat, the centres move by no more than `tol`
    /// (sum of squares), or `max_iter` is reached.
    pub(crate) fn iterate(
        &self,
        mut centers: Vec<f32>,
        max_iter: usize,
        tol: f64,
        context: &Context,
    ) -> Result<Run> {
        let (n, d) = (self.x.n_samples(), self.x.n_features());
        let k = centers.len() / d;
        let partition_rows = self.partition_rows(k);
        let mut wear = Wear::none(k, are_few(k, d));
        let mut state = State {
            labels: vec![-1; n],
            until: vec![0.0; n * wear.n_gaps()],
            parts: vec![Sums::zero(k, d); n.div_ceil(partition_rows)],
        };
        let mut history = Vec::new();
        let mut converged = false;
        let mut strictly = false;
        let mut projection = self.spread.projection.as_ref();
        for iteration in 1..=max_iter {
            context.check()?;
            let nearest = Nearest::new(projection, &centers, self.spread);
            let done = self.assign(&nearest, &wear, &mut state, partition_rows);
            // First centres are single rows, which have more off the axes than means of many have.
            let bounds = projection.map_or(0, |projection| done.rows * k * projection.width());
            let cost = bounds + COST_OF_FULL_PRODUCT * d * done.full_products;
            if iteration > 1 && cost > done.rows * k * d {
                projection = None;
            }
            let mut sums = Sums::total(&state.parts);
            history.push(sums.inertia(&centers, self.weighted_squares));
            context.report("k-means", iteration, max_iter, history.last().copied());
            relocate_empty_clusters(self, &mut sums, &centers, &state.labels);
            let moved = sums.means();
            let shift: f64 = centers
                .iter()
                .zip(&moved)
                .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
                .sum();
            wear.add(&centers, &moved, d);
            centers = moved;
            // Empty clusters may have moved, though no label has changed.
            strictly = done.changed == 0 && shift == 0.0;
            converged = strictly || shift <= tol;
            if converged {
                break;
            }
        }
        if !strictly {
            let nearest = Nearest::new(projection, &centers, self.spread);
            self.assign(&nearest, &wear, &mut state, partition_rows);
        }
        let inertia = self.final_inertia(&centers, &state);
        Ok(Run {
            centers,
            labels: state.labels,
            inertia,
            converged,
            history,
        })
    }

    /// Brings labels and sums up to date with the centres of `nearest`.
    fn assign(
        &self,
        nearest: &Nearest<'_>,
        wear: &Wear,
        state: &mut State,
        partition_rows: usize,
    ) -> Work {
        state
            .labels
            .par_chunks_mut(partition_rows)
            .zip(state.until.par_chunks_mut(partition_rows * wear.n_gaps()))
            .zip(state.parts.par_iter_mut())
            .enumerate()
            .map_init(
                || (Scratch::default(), vec![0; BLOCK_ROWS]),
                |(scratch, fresh), (p, ((labels, until), sums))| {
                    let mut part = Partition {
                        first_row: p * partition_rows,
                        labels,
                        until,
                        sums,
                    };
                    self.assign_partition(nearest, wear, &mut part, scratch, fresh)
                },
            )
            .reduce(Work::default, Work::and)
    }

    fn assign_partition(
        &self,
        nearest: &Nearest<'_>,
        wear: &Wear,
        part: &mut Partition<'_>,
        scratch: &mut Scratch,
        fresh: &mut [i32],
    ) -> Work {
        let mut open = wear.open_rows(part.labels, part.until);
        if nearest.copies_rows() && open.len() > MOST * part.labels.len() / 4 {
            open = (0..part.labels.len()).collect();
        }
        for row in &mut open {
            *row += part.first_row;
        }
        let mut done = Work {
            rows: open.len(),
            ..Work::default()
        };
        let x = self.spread.rows(self.x);
        for rows in open.chunks(block_rows(self.x.n_features())) {
            let fresh = &mut fresh[..rows.len()];
            match nearest {
                Nearest::Plain(nearest) => self.assign_plainly(nearest, rows, fresh, scratch),
                Nearest::Partial(nearest) => {
                    done.full_products +=
                        nearest.assign(x, rows, fresh, &mut scratch.gaps, &mut scratch.partial);
                }
            }
            for (i, (&row, &new)) in rows.iter().zip(&*fresh).enumerate() {
                let at = row - part.first_row;
                let gaps = scratch.gaps.iter().skip(i).step_by(rows.len()).copied();
                let until = at * wear.n_gaps()..(at + 1) * wear.n_gaps();
                wear.until(new, gaps, &mut part.until[until]);
                let old = std::mem::replace(&mut part.labels[at], new);
                if old != new {
                    done.changed += 1;
                    scratch.row.resize(self.x.n_features(), 0.0);
                    let values = x.read(row, &mut scratch.row);
                    part.sums.bring(values, self.weights[row], old, new);
                }
            }
        }
        done
    }

    fn assign_plainly(
        &self,
        nearest: &NearestCenter<'_>,
        rows: &[usize],
        labels: &mut [i32],
        scratch: &mut Scratch,
    ) {
        let lengths: Vec<f32> = rows.iter().map(|&row| self.lengths[row]).collect();
        nearest.assign(self.x, rows, &lengths, labels, scratch);
        let squares = rows.iter().map(|&row| self.spread.square_around_mean(row));
        let squares: Vec<f64> = squares.collect();
        nearest.find_gaps(&lengths, labels, &squares, scratch);
    }

    /// The inertia from the sums of the clusters, unless too many of its digits cancel.
    fn final_inertia(&self, centers: &[f32], state: &State) -> f64 {
        let of_sums = Sums::total(&state.parts).inertia(centers, self.weighted_squares);
        if of_sums > LEAST_SHARE * self.weighted_squares {
            of_sums
        } else {
            sum_blocks(self.x.n_samples(), BLOCK_ROWS, |rows| {
                let (labels, weights) = (&state.labels[rows.clone()], &self.weights[rows.clone()]);
                let rows: Vec<usize> = rows.collect();
                inertia_of(self.x, &rows, weights, centers, labels)
            })
        }
    }
}

impl Sums {
    fn zero(k: usize, d: usize) -> Self {
        Self {
            values: vec![0.0; k * d],
            weights: vec![0.0; k],
            counts: vec![0; k],
        }
    }

    fn n_features(&self) -> usize {
        self.values.len() / self.weights.len()
    }

    /// Brings a row from its old cluster, −1 if it has none, to a new one.
    fn bring(&mut self, row: &[f32], weight: f64, old: i32, new: i32) {
        simd::dispatch(
            #[inline(always)]
            || {
                if old >= 0 {
                    self.add(old as usize, row, -weight);
                }
                self.add(new as usize, row, weight);
            },
        );
    }

    /// Adds a row to a cluster, or takes it away when `weight` is negative.
    #[inline(always)]
    fn add(&mut self, cluster: usize, row: &[f32], weight: f64) {
        let d = row.len();
        let sums = &mut self.values[cluster * d..(cluster + 1) * d];
        for (sum, &v) in sums.iter_mut().zip(row) {
            *sum += weight * f64::from(v);
        }
        self.weights[cluster] += weight;
        if weight > 0.0 {
            self.counts[cluster] += 1;
        } else if weight < 0.0 {
            self.counts[cluster] -= 1;
        }
    }

    fn total(parts: &[Self]) -> Self {
        let mut total = parts[0].clone();
        for part in &parts[1..] {
            for (t, v) in total.values.iter_mut().zip(&part.values) {
                *t += v;
            }
            for (t, v) in total.weights.iter_mut().zip(&part.weights) {
                *t += v;
            }
            for (t, v) in total.counts.iter_mut().zip(&part.counts) {
                *t += v;
            }
        }
        let d = total.n_features();
        for cluster in 0..total.counts.len() {
            if total.counts[cluster] == 0 {
                total.weights[cluster] = 0.0;
                total.values[cluster * d..(cluster + 1) * d].fill(0.0);
            }
        }
        total
    }

    /// Σ w‖x‖² − 2 Σ c·(its rows' sum) + Σ ‖c‖²·(its rows' weight).
    fn inertia(&self, centers: &[f32], weighted_squares: f64) -> f64 {
        let d = self.n_features();
        let mut inertia = weighted_squares;
        for ((center, sum), weight) in centers
            .chunks_exact(d)
            .zip(self.values.chunks_exact(d))
            .zip(&self.weights)
        {
            for (&c, s) in center.iter().zip(sum) {
                let c = f64::from(c);
                inertia += c * (c * weight - 2.0 * s);
            }
        }
        inertia.max(0.0)
    }

    /// The mean of each cluster. A cluster that is still empty takes the place of the heaviest, as
    /// in scikit-learn, where it does no harm.
    fn means(&self) -> Vec<f32> {
        let d = self.n_features();
        let heaviest = (0..self.weights.len())
            .rev()
            .max_by(|&a, &b| self.weights[a].total_cmp(&self.weights[b]));
        let heaviest = heaviest.expect("there is at least one cluster");
        (0..self.weights.len())
            .flat_map(|cluster| {
                let source = if self.weights[cluster] > 0.0 {
                    cluster
                } else {
                    heaviest
                };
                let weight = self.weights[source];
                self.values[source * d..(source + 1) * d]
                    .iter()
                    .map(move |v| (v / weight) as f32)
            })
            .collect()
    }
}
