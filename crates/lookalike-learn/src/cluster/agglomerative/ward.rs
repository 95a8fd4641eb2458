//! Ward's clusters by their centres and sizes, in O(n·d) memory.

use super::nn_chain::{Clusters, first_minimum};
use crate::input::Samples;
use crate::parallel::map_blocks;
use crate::simd::dispatch;

/// Centres that one task compares with the one in question.
const BLOCK: usize = 1024;

/// The clusters that are left, each in a slot. Slots ascend with the numbers of the clusters; the
/// slots of clusters that are gone are removed when they are a quarter of all.
#[derive(Debug)]
pub(super) struct Centroids {
    n_features: usize,
    centers: Vec<f64>,
    /// The number of the cluster in each slot.
    clusters: Vec<usize>,
    /// The slot of each cluster that is left.
    slots: Vec<usize>,
    /// The samples in the cluster of each slot, 0 where it is gone.
    sizes: Vec<f64>,
    n_left: usize,
}

impl Centroids {
    pub(super) fn new(samples: &Samples<'_>) -> Self {
        let n = samples.n_samples();
        Self {
            n_features: samples.n_features(),
            centers: samples.values().iter().map(|&v| f64::from(v)).collect(),
            clusters: (0..n).collect(),
            slots: (0..n).collect(),
            sizes: vec![1.0; n],
            n_left: n,
        }
    }

    fn center(&self, slot: usize) -> &[f64] {
        &self.centers[slot * self.n_features..(slot + 1) * self.n_features]
    }

    /// The square of the height at which two clusters would merge.
    #[inline]
    fn squared_height(&self, a: usize, b: usize) -> f64 {
        let (size_a, size_b) = (self.sizes[a], self.sizes[b]);
        let squared = squared_distance(self.center(a), self.center(b));
        2.0 * size_a * size_b / (size_a + size_b) * squared
    }

    fn compact(&mut self) {
        let d = self.n_features;
        let n = self.clusters.len();
        let left: Vec<usize> = (0..n).filter(|&slot| self.sizes[slot] > 0.0).collect();
        for (to, &from) in left.iter().enumerate() {
            self.centers.copy_within(from * d..(from + 1) * d, to * d);
        }
        self.centers.truncate(left.len() * d);
        self.clusters = left.iter().map(|&slot| self.clusters[slot]).collect();
        self.sizes = left.iter().map(|&slot| self.sizes[slot]).collect();
        for (slot, &cluster) in self.clusters.iter().enumerate() {
            self.slots[cluster] = slot;
        }
    }
}

impl Clusters for Centroids {
    fn nearest(&mut self, cluster: usize, preferred: Option<usize>) -> (usize, f64) {
        let slot = self.slots[cluster];
        let this = &*self;
        let minima = map_blocks(this.clusters.len(), BLOCK, |others| {
            let mut squared = [f64::INFINITY; BLOCK];
            dispatch(
                #[inline(always)]
                || {
                    for (squared, other) in squared.iter_mut().zip(others.clone()) {
                        if other != slot && this.sizes[other] > 0.0 {
                            *squared = this.squared_height(slot, other);
                        }
                    }
                },
            );
            let (at, least) = first_minimum(&squared[..others.len()]);
            (others.start + at, least)
        });
        let (nearest, squared) = minima
            .into_iter()
            .reduce(|best, other| if other.1 < best.1 { other } else { best })
            .expect("there are clusters left");
        match preferred {
            Some(preferred) if this.squared_height(slot, this.slots[preferred]) <= squared => {
                (preferred, squared.sqrt())
            }
            _ => (this.clusters[nearest], squared.sqrt()),
        }
    }

    fn merge(&mut self, dropped: usize, kept: usize, _height: f64) {
        let d = self.n_features;
        let (x, y) = (self.slots[dropped], self.slots[kept]);
        let (size_x, size_y) = (self.sizes[x], self.sizes[y]);
        for j in 0..d {
            let (a, b) = (self.centers[x * d + j], self.centers[y * d + j]);
            self.centers[y * d + j] = (size_x * a + size_y * b) / (size_x + size_y);
        }
        self.sizes[y] = size_x + size_y;
        self.sizes[x] = 0.0;
        self.n_left -= 1;
        if self.n_left < self.clusters.len() / 4 * 3 {
            self.compact();
        }
    }
}

#[inline]
fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0f64; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for l in 0..LANES {
            let difference = a[l] - b[l];
            lanes[l] += difference * difference;
        }
    }
    let mut sum: f64 = lanes.iter().sum();
    for (&a, &b) in a_rest.iter().zip(b_rest) {
        let difference = a - b;
        sum += difference * difference;
    }
    sum
}
