//! The tree of merges, in SciPy's linkage layout.

use serde::{Deserialize, Serialize};

use super::nn_chain::Found;
use crate::cluster::check_n_clusters;
use crate::{Error, Result};

/// A tree of merges: samples are the clusters 0 to n − 1, and merge i makes cluster n + i.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Dendrogram {
    merges: Vec<Merge>,
}

/// A tree as somebody may have written it.
#[derive(Deserialize)]
struct Unchecked {
    merges: Vec<Merge>,
}

/// Two clusters that become one: a row of SciPy's linkage matrix.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Merge {
    /// The cluster with the lower number.
    pub left: usize,
    /// The cluster with the higher number.
    pub right: usize,
    /// The distance between the two.
    pub height: f64,
    /// How many samples the new cluster has.
    pub size: usize,
    /// Whether the right one was found first: the numbering of scikit-learn's labels depends on it
    /// for single linkage.
    right_first: bool,
}

pub(super) fn check_height(name: &'static str, height: f64) -> Result<()> {
    // A threshold of infinity is sound: everything merges.
    if height >= 0.0 {
        return Ok(());
    }
    Err(Error::parameter(name, "be at least 0", height))
}

impl TryFrom<Unchecked> for Dendrogram {
    type Error = String;

    fn try_from(Unchecked { merges }: Unchecked) -> std::result::Result<Self, String> {
        let n = merges.len() + 1;
        // Of each cluster that is left.
        let mut sizes = vec![1; n];
        for (i, merge) in merges.iter().enumerate() {
            let &Merge { left, right, .. } = merge;
            let are_left = left < right && right < n + i && sizes[left] > 0 && sizes[right] > 0;
            if !are_left {
                return Err(format!(
                    "merge {i} must be of two clusters that are left, the lower one first, got {left} and {right}"
                ));
            }
            let size = sizes[left] + sizes[right];
            if merge.size != size {
                return Err(format!(
                    "merge {i} must be of {size} samples, got {}",
                    merge.size
                ));
            }
            (sizes[left], sizes[right]) = (0, 0);
            sizes.push(size);
        }
        let is_height = |merge: &Merge| merge.height >= 0.0;
        if !(merges.iter().all(is_height) && merges.is_sorted_by(|a, b| a.height <= b.height)) {
            return Err("merges must be by ascending height, from 0 on".to_owned());
        }
        Ok(Self { merges })
    }
}

impl Dendrogram {
    /// Sorts merges by height, first found first, and numbers the clusters.
    pub(super) fn from_unsorted(n_samples: usize, mut found: Vec<Found>) -> Self {
        found.sort_by(|a, b| a.height.total_cmp(&b.height));
        let mut clusters = Numbering::new(n_samples);
        let merges = found
            .into_iter()
            .map(
                |Found {
                     pair,
                     height,
                     ordered,
                 }| {
                    let [a, b] = pair.map(|sample| clusters.find(sample));
                    Merge {
                        left: a.min(b),
                        right: a.max(b),
                        height,
                        size: clusters.merge(a, b),
                        right_first: ordered && a > b,
                    }
                },
            )
            .collect();
        Self { merges }
    }

    /// How many samples the tree holds.
    pub fn n_samples(&self) -> usize {
        self.merges.len() + 1
    }

    /// All merges, by height.
    pub fn merges(&self) -> &[Merge] {
        &self.merges
    }

    /// The two clusters of each merge, as scikit-learn's `children_`.
    pub fn children(&self) -> impl ExactSizeIterator<Item = [usize; 2]> {
        self.merges.iter().map(|merge| [merge.left, merge.right])
    }

    /// The height of each merge, ascending.
    pub fn heights(&self) -> impl ExactSizeIterator<Item = f64> {
        self.merges.iter().map(|merge| merge.height)
    }

    /// The label of each sample when the tree is cut into `n_clusters`, numbered as scikit-learn
    /// numbers them.
    ///
    /// # Errors
    /// When `n_clusters` is 0 or above the number of samples.
    pub fn cut(&self, n_clusters: usize) -> Result<Vec<i32>> {
        let n = self.n_samples();
        check_n_clusters(n_clusters, n)?;
        // The clusters that are left after undoing the last merges. Their labels are their places
        // in the heap, so it has to be the heap of Python's `heapq`, move by move.
        let mut heap = vec![2 * n - 2];
        for _ in 1..n_clusters {
            let merge = &self.merges[heap[0] - n];
            let (first, second) = if merge.right_first {
                (merge.right, merge.left)
            } else {
                (merge.left, merge.right)
            };
            heap.push(first);
            let last = heap.len() - 1;
            sift_towards_root(&mut heap, 0, last);
            replace_root(&mut heap, second);
        }

        let mut labels = vec![-1; 2 * n - 1];
        for (label, cluster) in heap.into_iter().enumerate() {
            labels[cluster] = label as i32;
        }
        for (i, merge) in self.merges.iter().enumerate().rev() {
            if labels[n + i] >= 0 {
                labels[merge.left] = labels[n + i];
                labels[merge.right] = labels[n + i];
            }
        }
        labels.truncate(n);
        Ok(labels)
    }

    /// The label of each sample when merges at `height` and above are undone.
    ///
    /// # Errors
    /// When `height` is negative or NaN.
    pub fn cut_at(&self, height: f64) -> Result<Vec<i32>> {
        check_height("height", height)?;
        self.cut(self.n_clusters_at(height))
    }

    pub(super) fn n_clusters_at(&self, height: f64) -> usize {
        let below = self.merges.partition_point(|merge| merge.height < height);
        self.n_samples() - below
    }
}

/// `heapq._siftdown`, for a heap with the largest on top: moves the item at `at` towards `top`.
fn sift_towards_root(heap: &mut [usize], top: usize, mut at: usize) {
    while at > top {
        let parent = (at - 1) / 2;
        if heap[at] <= heap[parent] {
            break;
        }
        heap.swap(at, parent);
        at = parent;
    }
}

/// What `heapq.heappushpop` leaves, for a heap with the largest on top: an `item` below the root
/// takes its place, sinks to a leaf along the larger children, and rises again.
fn replace_root(heap: &mut [usize], item: usize) {
    if item >= heap[0] {
        return;
    }
    heap[0] = item;
    let mut at = 0;
    while 2 * at + 1 < heap.len() {
        let (left, right) = (2 * at + 1, 2 * at + 2);
        let larger = if right < heap.len() && heap[left] <= heap[right] {
            right
        } else {
            left
        };
        heap.swap(at, larger);
        at = larger;
    }
    sift_towards_root(heap, 0, at);
}

/// Which cluster a sample is in, while clusters merge.
struct Numbering {
    parents: Vec<usize>,
    sizes: Vec<usize>,
}

impl Numbering {
    fn new(n_samples: usize) -> Self {
        Self {
            parents: (0..n_samples).collect(),
            sizes: vec![1; n_samples],
        }
    }

    fn find(&mut self, mut cluster: usize) -> usize {
        while self.parents[cluster] != cluster {
            self.parents[cluster] = self.parents[self.parents[cluster]];
            cluster = self.parents[cluster];
        }
        cluster
    }

    /// Makes the next cluster of two; returns its size.
    fn merge(&mut self, a: usize, b: usize) -> usize {
        let merged = self.parents.len();
        self.parents[a] = merged;
        self.parents[b] = merged;
        self.parents.push(merged);
        let size = self.sizes[a] + self.sizes[b];
        self.sizes.push(size);
        size
    }
}
