//! Data for the benches: the same numbers in every run, on every machine.

use ndarray::Array2;

/// Samples in round clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Blobs {
    /// n×d: cluster centres uniform in [−10, 10), samples around them with deviation 1.
    pub data: Array2<f32>,
    /// The cluster of each sample.
    pub target: Vec<i32>,
}

/// Draws `n_samples` rows of `n_features` numbers, in turn from each of `n_centers` clusters.
///
/// ```
/// let blobs = lookalike_benchmarks::blobs(100, 3, 5);
/// assert_eq!(blobs.data.dim(), (100, 3));
/// assert_eq!(blobs.target[..6], [0, 1, 2, 3, 4, 0]);
/// ```
pub fn blobs(n_samples: usize, n_features: usize, n_centers: usize) -> Blobs {
    let mut random = SplitMix64(0);
    let centers =
        Array2::from_shape_simple_fn((n_centers, n_features), || 20.0 * random.uniform() - 10.0);
    let data = Array2::from_shape_fn((n_samples, n_features), |(i, j)| {
        (centers[[i % n_centers, j]] + random.normal()) as f32
    });
    let target = (0..n_samples).map(|i| (i % n_centers) as i32).collect();
    Blobs { data, target }
}

/// Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators".
struct SplitMix64(u64);

impl SplitMix64 {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The sum of twelve uniform numbers: near enough to normal for a bench.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}
