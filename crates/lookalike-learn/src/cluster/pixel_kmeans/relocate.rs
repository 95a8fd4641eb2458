//! What becomes of clusters that lost all their pixels.

use super::blocks::{Columns, PixelValue};
use super::sums::Sums;

/// The pixels farthest from their centres, the farthest first; of equal ones the first met.
#[derive(Debug)]
pub(super) struct Farthest {
    count: usize,
    pixels: Vec<Far>,
}

#[derive(Debug)]
struct Far {
    distance: f64,
    label: usize,
    weight: f64,
    pixel: Vec<f64>,
}

impl Farthest {
    /// Keeps up to `count` pixels.
    pub(super) fn new(count: usize) -> Self {
        Self {
            count,
            pixels: Vec::with_capacity(count + 1),
        }
    }

    /// Keeps pixel `i` of `columns` if it is among the farthest so far, and not on its centre.
    pub(super) fn offer<V: PixelValue>(
        &mut self,
        distance: f64,
        label: usize,
        columns: Columns<'_, V>,
        i: usize,
    ) {
        let least = match self.pixels.last() {
            Some(last) if self.pixels.len() == self.count => last.distance,
            _ => 0.0,
        };
        if distance <= least {
            return;
        }
        self.insert(Far {
            distance,
            label,
            weight: columns.weights.map_or(1.0, |w| f64::from(w[i])),
            pixel: (0..columns.n_features())
                .map(|j| columns.column(j)[i].into())
                .collect(),
        });
    }

    /// Takes over the farthest of `later`, whose pixels come after those met so far.
    pub(super) fn merge(&mut self, later: Self) {
        for far in later.pixels {
            self.insert(far);
        }
    }

    fn insert(&mut self, far: Far) {
        let at = self.pixels.partition_point(|p| p.distance >= far.distance);
        self.pixels.insert(at, far);
        self.pixels.truncate(self.count);
    }
}

/// Moves each empty cluster to one of the farthest pixels, which leaves the sums of its old
/// cluster. Nothing happens where every pixel sits on its centre: then there are fewer distinct
/// pixels than clusters. The rule is scikit-learn's.
pub(super) fn relocate_empty_clusters(sums: &mut Sums, farthest: Farthest) {
    let empty: Vec<usize> = (0..sums.weights.len())
        .filter(|&c| sums.weights[c] == 0.0)
        .collect();
    for (cluster, far) in empty.into_iter().zip(farthest.pixels) {
        sums.add_pixel(far.label, &far.pixel, -far.weight);
        sums.add_pixel(cluster, &far.pixel, far.weight);
    }
}
