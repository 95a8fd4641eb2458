//! How often each value of 8 or 16 bits occurs, and what follows from that exactly.

use super::keys::{bits, count_keys, value};
use super::percentile::{bin_of_rank, check_percent, interpolate};
use super::{SampleType, Samples};
use crate::Result;

/// How often each value occurs among valid samples of 8 or 16 bits.
///
/// Counts are exact and so are the merging of histograms, in any order, and all that is derived
/// from them. For other types there is [`PercentileFinder`](super::PercentileFinder).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    sample_type: SampleType,
    /// By value, from the least that the type can hold.
    counts: Vec<u64>,
}

/// Figures of one band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandStatistics {
    /// How many samples are valid.
    pub count: u64,
    /// The least of them; NaN if there are none, as all that follows.
    pub min: f64,
    /// The largest of them.
    pub max: f64,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation: the square root of the mean squared deviation, as `NumPy`'s `std`.
    pub std: f64,
}

impl Histogram {
    /// An empty histogram; none for types wider than 16 bits.
    pub fn new(sample_type: SampleType) -> Option<Self> {
        (bits(sample_type) <= 16).then(|| Self {
            sample_type,
            counts: vec![0; 1 << bits(sample_type)],
        })
    }

    /// Counts the valid samples of one band (counted from 0 within the block) of a block; `valid`
    /// has one number a pixel, 0 for invalid ones.
    ///
    /// # Panics
    /// When the samples are of another type, or fewer than `valid` says.
    pub fn add(&mut self, samples: &Samples, band: usize, valid: &[u8]) {
        count_keys(self.sample_type, samples, band, valid, &mut self.counts);
    }

    /// Adds the counts of another histogram: another thread's, or another band's for figures over
    /// all bands together.
    ///
    /// # Panics
    /// When it counts samples of another type.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(
            self.sample_type, other.sample_type,
            "histograms of two types"
        );
        for (sum, count) in self.counts.iter_mut().zip(&other.counts) {
            *sum += count;
        }
    }

    /// The values that occur and how often, in ascending order.
    pub fn counts(&self) -> impl Iterator<Item = (f64, u64)> {
        self.counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(key, &count)| (value(self.sample_type, key as u64), count))
    }

    /// Percentiles (0 to 100 each), as `NumPy`'s `nanpercentile` interpolates them; NaN if nothing
    /// was counted.
    ///
    /// # Errors
    /// When a percentile is not within 0 to 100.
    pub fn percentiles(&self, percents: &[f64]) -> Result<Vec<f64>> {
        let count = self.counts.iter().sum();
        let at_rank = |rank| {
            let (key, _) = bin_of_rank(&self.counts, rank);
            value(self.sample_type, key as u64)
        };
        percents
            .iter()
            .map(|&percent| {
                check_percent(percent)?;
                Ok(if count == 0 {
                    f64::NAN
                } else {
                    interpolate(percent, count, at_rank)
                })
            })
            .collect()
    }

    /// Count, extremes, mean and deviation, from integer sums.
    pub fn statistics(&self) -> BandStatistics {
        let (mut count, mut sum, mut squares) = (0_i128, 0_i128, 0_i128);
        let (mut min, mut max) = (f64::NAN, f64::NAN);
        for (value, times) in self.counts() {
            let (whole, times) = (value as i128, i128::from(times));
            count += times;
            sum += whole * times;
            squares += whole * whole * times;
            if min.is_nan() {
                min = value;
            }
            max = value;
        }
        let n = count as f64;
        BandStatistics {
            count: count as u64,
            min,
            max,
            mean: sum as f64 / n,
            std: ((count * squares - sum * sum) as f64).sqrt() / n,
        }
    }
}
