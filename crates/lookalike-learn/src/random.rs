//! Counter-based random numbers: (seed, stream, item) → number.
//!
//! Any number can be drawn without drawing those before it, so that neither the order of the work
//! nor the number of threads can change a result. The mixing function is the finaliser of
//! `SplitMix64` (Steele, Lea, Flood: *Fast splittable pseudorandom number generators*, OOPSLA 2014),
//! applied once for the stream and once for the item.

/// One stream of random numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Random {
    key: u64,
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Random {
    /// The stream with number `stream` of `seed`.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        Self {
            key: mix(mix(seed.wrapping_add(GOLDEN)).wrapping_add(stream.wrapping_mul(GOLDEN))),
        }
    }

    /// A stream below this one.
    pub(crate) fn split(self, stream: u64) -> Self {
        Self::new(self.key, stream)
    }

    /// 64 random bits for `item`.
    pub(crate) fn bits(self, item: u64) -> u64 {
        mix(self.key.wrapping_add(item.wrapping_mul(GOLDEN)))
    }

    /// Uniform in [0, 1), with 53 random bits.
    pub(crate) fn uniform(self, item: u64) -> f64 {
        (self.bits(item) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in `0..bound`, by a widening product (bias below 2⁻⁶⁴·`bound`).
    pub(crate) fn below(self, item: u64, bound: usize) -> usize {
        ((u128::from(self.bits(item)) * bound as u128) >> 64) as usize
    }

    /// Standard normal, by Box and Muller; items 2i and 2i+1 share their uniforms.
    pub(crate) fn normal(self, item: u64) -> f64 {
        let pair = item & !1;
        let radius = (-2.0 * (1.0 - self.uniform(pair)).ln()).sqrt();
        let angle = std::f64::consts::TAU * self.uniform(pair + 1);
        if item == pair {
            radius * angle.cos()
        } else {
            radius * angle.sin()
        }
    }

    /// `count` different numbers of `0..n`, in random order: the start of a Fisher–Yates shuffle.
    pub(crate) fn sample(self, n: usize, count: usize) -> Vec<usize> {
        let mut items: Vec<usize> = (0..n).collect();
        for i in 0..count.min(n) {
            items.swap(i, i + self.below(i as u64, n - i));
        }
        items.truncate(count);
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniforms_have_the_moments_of_the_uniform_distribution() {
        let random = Random::new(3, 5);
        let draws: Vec<f64> = (0..100_000).map(|i| random.uniform(i)).collect();
        let mean = draws.iter().sum::<f64>() / 1e5;
        let variance = draws.iter().map(|u| (u - mean).powi(2)).sum::<f64>() / 1e5;
        assert!((mean - 0.5).abs() < 0.004, "mean {mean}");
        assert!((variance - 1.0 / 12.0).abs() < 0.002, "variance {variance}");
    }

    #[test]
    fn normals_have_the_moments_of_the_normal_distribution() {
        let random = Random::new(0, 0);
        let draws: Vec<f64> = (0..100_000).map(|i| random.normal(i)).collect();
        let mean = draws.iter().sum::<f64>() / 1e5;
        let variance = draws.iter().map(|z| z * z).sum::<f64>() / 1e5;
        assert!(mean.abs() < 0.015, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.02, "variance {variance}");
    }

    #[test]
    fn a_sample_has_no_repeats() {
        let mut sample = Random::new(1, 2).sample(1000, 1000);
        sample.sort_unstable();
        assert!(sample.into_iter().eq(0..1000));
    }

    #[test]
    fn streams_differ() {
        let draw = |seed, stream| Random::new(seed, stream).bits(0);
        assert_ne!(draw(0, 0), draw(0, 1));
        assert_ne!(draw(0, 1), draw(1, 0));
    }
}
