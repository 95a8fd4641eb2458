//! Exact percentiles of samples of any type, in passes of bounded memory.

use super::keys::{bits, count_keys, for_each_key, value};
use super::{SampleType, Samples};
use crate::{Error, Result};

/// Bits of a key that one pass settles at least.
const STEP: u32 = 16;
/// Samples that one pass keeps before it counts instead.
const KEEP: usize = 1 << 22;

/// Finds percentiles of the valid samples that are shown to it, in as few passes as their type and
/// number need: one for 8 and 16 bits, and for up to 4 million samples of any type; two for 32
/// bits; two to four for 64 bits.
///
/// Percentiles are those of `NumPy`'s `nanpercentile` with its linear interpolation, computed in
/// `f64` from the exact order statistics. A pass, or a thread's share of it, keeps at
/// most 4 million samples (32 MiB), or two tables of 512 KiB a percentile.
///
/// ```
/// use lookalike_imagery::raster::{PercentileFinder, SampleType, Samples};
///
/// // Blocks of one band, whose last pixel has no data.
/// let blocks = [Samples::F32(vec![4.0, 1.0, 3.0]), Samples::F32(vec![2.0, 5.0, -99.0])];
/// let valid = [[1, 1, 1], [1, 1, 0]];
///
/// let mut finder = PercentileFinder::new(SampleType::F32, &[5.0, 50.0])?;
/// let found = loop {
///     let mut pass = finder.pass();
///     for (samples, valid) in blocks.iter().zip(&valid) {
///         pass.add(samples, 0, valid);
///     }
///     if let Some(found) = finder.refine(pass)? {
///         break found;
///     }
/// };
/// assert_eq!(found, [1.2, 3.0]);
/// # Ok::<(), lookalike_imagery::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PercentileFinder {
    sample_type: SampleType,
    percents: Vec<f64>,
    keep: usize,
    /// How many of the high bits of the keys are settled.
    depth: u32,
    /// Where the wanted samples lie, in ascending order.
    ranges: Vec<Range>,
    /// Number of samples, once known.
    count: Option<u64>,
    /// Ranks and keys that are settled.
    found: Vec<(u64, u64)>,
}

/// The keys that begin with some bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    prefix: u64,
    /// How many keys are smaller than all of these.
    below: u64,
    /// How many there are, once known.
    count: Option<u64>,
}

/// What one pass over the samples, or one thread of it, has seen.
#[derive(Debug, Clone)]
pub struct PercentilePass {
    sample_type: SampleType,
    keep: usize,
    depth: u32,
    slots: Vec<(u64, Slot)>,
}

#[derive(Debug, Clone)]
enum Slot {
    Kept(Vec<u64>),
    Counted(Vec<u64>),
}

impl PercentileFinder {
    /// Looks for `percents` (0 to 100 each, in any order) of samples of this type.
    ///
    /// # Errors
    /// When a percentile is not within 0 to 100.
    pub fn new(sample_type: SampleType, percents: &[f64]) -> Result<Self> {
        for percent in percents {
            check_percent(*percent)?;
        }
        Ok(Self {
            sample_type,
            percents: percents.to_vec(),
            keep: if bits(sample_type) > STEP { KEEP } else { 0 },
            depth: 0,
            ranges: vec![Range {
                prefix: 0,
                below: 0,
                count: None,
            }],
            count: None,
            found: Vec::new(),
        })
    }

    /// Begins a pass, or one thread's share of it.
    pub fn pass(&self) -> PercentilePass {
        let slot = || {
            if self.keep == 0 {
                Slot::Counted(vec![0; 1 << STEP.min(bits(self.sample_type))])
            } else {
                Slot::Kept(Vec::new())
            }
        };
        PercentilePass {
            sample_type: self.sample_type,
            keep: self.keep / self.ranges.len().max(1),
            depth: self.depth,
            slots: self.ranges.iter().map(|r| (r.prefix, slot())).collect(),
        }
    }

    /// Takes in a whole pass; returns the percentiles in the order in which they were asked for, or
    /// nothing if another pass over the same samples is needed. Without any samples they are NaN.
    ///
    /// # Errors
    /// When the samples are not those of the pass before.
    ///
    /// # Panics
    /// When the pass was begun before the last call of this.
    pub fn refine(&mut self, pass: PercentilePass) -> Result<Option<Vec<f64>>> {
        assert_eq!(
            pass.depth, self.depth,
            "a pass from before the last refinement"
        );
        let step = STEP.min(bits(self.sample_type));
        let ranges = std::mem::take(&mut self.ranges);
        for (range, (_, slot)) in ranges.iter().zip(&pass.slots) {
            if range.count.is_some_and(|count| count != slot.count()) {
                return Err(Error::parameter(
                    "samples",
                    "be the same in every pass",
                    "others",
                ));
            }
        }
        let count = *self
            .count
            .get_or_insert_with(|| pass.slots.iter().map(|(_, slot)| slot.count()).sum());
        if count == 0 {
            return Ok(Some(vec![f64::NAN; self.percents.len()]));
        }
        let wanted = wanted_ranks(&self.percents, count);
        for (range, (_, slot)) in ranges.iter().zip(pass.slots) {
            let within = range.below..range.below + slot.count();
            let ranks = wanted.iter().filter(|rank| within.contains(rank));
            match slot {
                Slot::Kept(mut keys) => {
                    keys.sort_unstable();
                    self.found
                        .extend(ranks.map(|&rank| (rank, keys[(rank - range.below) as usize])));
                }
                Slot::Counted(counts) => {
                    for &rank in ranks {
                        let (bin, below) = bin_of_rank(&counts, rank - range.below);
                        let prefix = range.prefix << step | bin as u64;
                        if self.depth + step == bits(self.sample_type) {
                            self.found.push((rank, prefix));
                        } else if self.ranges.last().is_none_or(|last| last.prefix != prefix) {
                            self.ranges.push(Range {
                                prefix,
                                below: range.below + below,
                                count: Some(counts[bin]),
                            });
                        }
                    }
                }
            }
        }
        self.depth += step;
        if self.ranges.is_empty() {
            Ok(Some(self.percentiles(count)))
        } else {
            Ok(None)
        }
    }

    fn percentiles(&self, count: u64) -> Vec<f64> {
        let at_rank = |rank| {
            let key = self.found.iter().find(|found| found.0 == rank);
            key.map_or(f64::NAN, |&(_, key)| value(self.sample_type, key))
        };
        self.percents
            .iter()
            .map(|&percent| interpolate(percent, count, at_rank))
            .collect()
    }
}

impl PercentilePass {
    /// Takes in the valid samples of one band (counted from 0 within the block) of a block;
    /// `valid` has one number a pixel, 0 for invalid ones. NaN is left out too.
    ///
    /// Percentiles over several bands together are those of a pass to which all of them were added.
    ///
    /// # Panics
    /// When the samples are of another type, or fewer than `valid` says.
    pub fn add(&mut self, samples: &Samples, band: usize, valid: &[u8]) {
        if let [(_, Slot::Counted(counts))] = &mut self.slots[..]
            && bits(self.sample_type) <= STEP
        {
            return count_keys(self.sample_type, samples, band, valid, counts);
        }
        let (known, tables) = (bits(self.sample_type) - self.depth, self.tables());
        if let [(_, slot)] = &mut self.slots[..]
            && self.depth == 0
        {
            for_each_key(self.sample_type, samples, band, valid, |key| {
                slot.add(key, tables);
            });
            return;
        }
        for_each_key(self.sample_type, samples, band, valid, |key| {
            let prefix = key >> known;
            if let Some((_, slot)) = self.slots.iter_mut().find(|slot| slot.0 == prefix) {
                slot.add(key, tables);
            }
        });
    }

    /// Takes in another thread's share of the same pass.
    ///
    /// # Panics
    /// When the two are not of the same pass of one finder.
    pub fn merge(&mut self, other: Self) {
        assert_eq!(self.depth, other.depth, "shares of two passes");
        assert_eq!(self.slots.len(), other.slots.len(), "shares of two finders");
        let tables = self.tables();
        for ((_, slot), (_, other)) in self.slots.iter_mut().zip(other.slots) {
            match other {
                Slot::Kept(keys) => keys.into_iter().for_each(|key| slot.add(key, tables)),
                Slot::Counted(counts) => {
                    for (sum, count) in slot.counted(tables).iter_mut().zip(counts) {
                        *sum += count;
                    }
                }
            }
        }
    }

    fn tables(&self) -> Tables {
        Tables {
            shift: (bits(self.sample_type) - self.depth).saturating_sub(STEP),
            keep: self.keep,
            bins: 1 << STEP.min(bits(self.sample_type)),
        }
    }
}

/// How the keys of a pass become the bins of a table.
#[derive(Debug, Clone, Copy)]
struct Tables {
    /// Low bits that are left for later passes.
    shift: u32,
    keep: usize,
    bins: usize,
}

impl Tables {
    fn bin(self, key: u64) -> usize {
        (key >> self.shift) as usize & (self.bins - 1)
    }
}

impl Slot {
    #[inline(always)]
    fn add(&mut self, key: u64, tables: Tables) {
        match self {
            Self::Kept(keys) if keys.len() < tables.keep => keys.push(key),
            _ => self.counted(tables)[tables.bin(key)] += 1,
        }
    }

    /// The table, into which what was kept goes first.
    fn counted(&mut self, tables: Tables) -> &mut Vec<u64> {
        if let Self::Kept(keys) = self {
            let mut counts = vec![0; tables.bins];
            for &key in &*keys {
                counts[tables.bin(key)] += 1;
            }
            *self = Self::Counted(counts);
        }
        match self {
            Self::Counted(counts) => counts,
            Self::Kept(_) => unreachable!("it was turned into a table above"),
        }
    }

    fn count(&self) -> u64 {
        match self {
            Self::Kept(keys) => keys.len() as u64,
            Self::Counted(counts) => counts.iter().sum(),
        }
    }
}

pub(super) fn check_percent(percent: f64) -> Result<()> {
    if (0.0..=100.0).contains(&percent) {
        Ok(())
    } else {
        Err(Error::parameter(
            "percentile",
            "be between 0 and 100",
            percent,
        ))
    }
}

/// Where a percentile of `count` samples lies between two ranks: the lower of them, and how far
/// towards the next.
fn place(percent: f64, count: u64) -> (u64, f64) {
    let place = (count - 1) as f64 * (percent / 100.0);
    (place as u64, place.fract())
}

/// The ranks that the percentiles need, in ascending order.
fn wanted_ranks(percents: &[f64], count: u64) -> Vec<u64> {
    let mut ranks: Vec<u64> = percents
        .iter()
        .flat_map(|&percent| {
            let (rank, _) = place(percent, count);
            [rank, (rank + 1).min(count - 1)]
        })
        .collect();
    ranks.sort_unstable();
    ranks.dedup();
    ranks
}

/// A percentile of `count` samples (at least one) by `NumPy`'s linear interpolation, in its order
/// of operations; `at_rank` gives the sample of a rank, from 0.
pub(super) fn interpolate(percent: f64, count: u64, at_rank: impl Fn(u64) -> f64) -> f64 {
    let (rank, part) = place(percent, count);
    let (low, high) = (at_rank(rank), at_rank((rank + 1).min(count - 1)));
    let step = high - low;
    if part < 0.5 {
        low + step * part
    } else {
        high - step * (1.0 - part)
    }
}

/// The bin that holds the sample of this rank, and how many samples lie in the bins before.
///
/// # Panics
/// When there are not that many samples.
pub(super) fn bin_of_rank(counts: &[u64], rank: u64) -> (usize, u64) {
    let mut below = 0;
    for (bin, &count) in counts.iter().enumerate() {
        if rank < below + count {
            return (bin, below);
        }
        below += count;
    }
    panic!("rank {rank} of {below} samples")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sorts everything.
    fn plainly(values: &[f64], percents: &[f64]) -> Vec<f64> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        percents
            .iter()
            .map(|&percent| {
                let place = (sorted.len() - 1) as f64 * (percent / 100.0);
                let next = sorted.len().min(place as usize + 2) - 1;
                let (low, high) = (sorted[place as usize], sorted[next]);
                let part = place.fract();
                if part < 0.5 {
                    low + (high - low) * part
                } else {
                    high - (high - low) * (1.0 - part)
                }
            })
            .collect()
    }

    /// Every third block is one share, as several threads would do it; also returns the passes.
    fn find(samples: &[Samples], percents: &[f64], keep: usize) -> (Vec<f64>, usize) {
        let mut finder = PercentileFinder::new(samples[0].sample_type(), percents).unwrap();
        finder.keep = keep;
        for passes in 1..=4 {
            let mut pass = finder.pass();
            for share in 0..3 {
                let mut part = finder.pass();
                for block in samples.iter().skip(share).step_by(3) {
                    part.add(block, 0, &vec![1; block.len()]);
                }
                pass.merge(part);
            }
            if let Some(found) = finder.refine(pass).unwrap() {
                return (found, passes);
            }
        }
        panic!("four passes settle 64 bits")
    }

    fn blocks<T: Copy>(
        values: &[T],
        size: usize,
        make: impl Fn(Vec<T>) -> Samples,
    ) -> Vec<Samples> {
        values
            .chunks(size)
            .map(|block| make(block.to_vec()))
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn passes_of_any_size_equal_sorting(
            values in prop::collection::vec(
                prop_oneof![-1e3_f64..1e3, -1e-3..1e-3, Just(0.0), Just(1.0)], 1..400),
            percents in prop::collection::vec(0.0..=100.0_f64, 1..4),
            keep in prop_oneof![Just(0_usize), Just(5), Just(150), Just(10_000)],
            size in 1_usize..50,
        ) {
            let (found, passes) = find(&blocks(&values, size, Samples::F64), &percents, keep);
            prop_assert_eq!(&found, &plainly(&values, &percents));
            prop_assert!(keep < values.len() || passes == 1);

            let single: Vec<f32> = values.iter().map(|&v| v as f32).collect();
            let (found, passes) = find(&blocks(&single, size, Samples::F32), &percents, keep);
            let wide: Vec<f64> = single.iter().map(|&v| f64::from(v)).collect();
            prop_assert_eq!(&found, &plainly(&wide, &percents));
            prop_assert!(passes <= 2);

            let whole: Vec<i64> = values.iter().map(|&v| (v * 1e9) as i64).collect();
            let (found, _) = find(&blocks(&whole, size, Samples::I64), &percents, keep);
            let wide: Vec<f64> = whole.iter().map(|&v| v as f64).collect();
            prop_assert_eq!(&found, &plainly(&wide, &percents));

            let short: Vec<i16> = values.iter().map(|&v| v as i16).collect();
            let (found, passes) = find(&blocks(&short, size, Samples::I16), &percents, 0);
            let wide: Vec<f64> = short.iter().map(|&v| f64::from(v)).collect();
            prop_assert_eq!(&found, &plainly(&wide, &percents));
            prop_assert_eq!(passes, 1);
        }
    }

    #[test]
    fn other_samples_in_the_second_pass_are_noticed() {
        let mut finder = PercentileFinder::new(SampleType::F32, &[50.0]).unwrap();
        finder.keep = 0;
        let mut show = |values: Vec<f32>| {
            let mut pass = finder.pass();
            pass.add(&Samples::F32(values), 0, &[1; 3]);
            finder.refine(pass)
        };
        assert_eq!(show(vec![1.0, 2.0, f32::NAN]).unwrap(), None);
        assert_eq!(
            show(vec![1.0, 7.0, f32::NAN]).unwrap_err().to_string(),
            "samples must be the same in every pass, got others"
        );
    }
}
