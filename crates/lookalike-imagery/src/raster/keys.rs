//! Samples of any type as unsigned numbers in the same order, for counting and for percentiles.

use super::samples::for_samples;
use super::{SampleType, Samples};

/// A sample type whose order is that of unsigned keys.
pub(super) trait Sortable: Copy {
    /// The key, in the low bits that the type has; none for NaN.
    fn key(self) -> Option<u64>;
}

macro_rules! sortable_integers {
    ($($type:ty as $unsigned:ty),*) => {
        $(impl Sortable for $type {
            fn key(self) -> Option<u64> {
                Some(u64::from((self as $unsigned) ^ (<$type>::MIN as $unsigned)))
            }
        })*
    };
}
sortable_integers!(
    u8 as u8, i8 as u8, u16 as u16, i16 as u16, u32 as u32, i32 as u32, u64 as u64, i64 as u64
);

macro_rules! sortable_floats {
    ($($type:ty as $unsigned:ty),*) => {
        $(impl Sortable for $type {
            fn key(self) -> Option<u64> {
                // Larger negative numbers have larger bits, and every sign bit is the wrong way.
                let sign: $unsigned = 1 << (<$unsigned>::BITS - 1);
                let bits = self.to_bits();
                let key = if bits & sign == 0 { bits | sign } else { !bits };
                (!self.is_nan()).then_some(u64::from(key))
            }
        })*
    };
}
sortable_floats!(f32 as u32, f64 as u64);

/// The sample that has this key, as a number.
pub(super) fn value(sample_type: SampleType, key: u64) -> f64 {
    let sign = 1 << (bits(sample_type) - 1);
    let flipped = key ^ sign;
    match sample_type {
        SampleType::U8 | SampleType::U16 | SampleType::U32 | SampleType::U64 => key as f64,
        SampleType::I8 => f64::from(flipped as i8),
        SampleType::I16 => f64::from(flipped as i16),
        SampleType::I32 => f64::from(flipped as i32),
        SampleType::I64 => flipped as i64 as f64,
        SampleType::F32 => {
            let key = key as u32;
            let sign = 1 << 31;
            f64::from(f32::from_bits(if key & sign == 0 {
                !key
            } else {
                key ^ sign
            }))
        }
        SampleType::F64 => f64::from_bits(if key & sign == 0 { !key } else { flipped }),
    }
}

/// How many bits a key has.
pub(super) fn bits(sample_type: SampleType) -> u32 {
    match sample_type {
        SampleType::U8 | SampleType::I8 => 8,
        SampleType::U16 | SampleType::I16 => 16,
        SampleType::U32 | SampleType::I32 | SampleType::F32 => 32,
        SampleType::U64 | SampleType::I64 | SampleType::F64 => 64,
    }
}

/// Calls `each` with the key of every valid sample of one band of a block; NaN is never valid.
///
/// # Panics
/// When `samples` are of another type, or fewer than `valid` says for that band.
pub(super) fn for_each_key(
    sample_type: SampleType,
    samples: &Samples,
    band: usize,
    valid: &[u8],
    mut each: impl FnMut(u64),
) {
    assert_eq!(
        samples.sample_type(),
        sample_type,
        "samples of another type"
    );
    let n = valid.len();
    for_samples!(samples, values => {
        for (sample, &valid) in values[band * n..(band + 1) * n].iter().zip(valid) {
            if valid != 0
                && let Some(key) = sample.key()
            {
                each(key);
            }
        }
    });
}

/// Adds to `counts`, by key, how often each value of 8 or 16 bits occurs among the valid samples of
/// one band of a block.
///
/// # Panics
/// When `samples` are of another type, or fewer than `valid` says for that band.
pub(super) fn count_keys(
    sample_type: SampleType,
    samples: &Samples,
    band: usize,
    valid: &[u8],
    counts: &mut [u64],
) {
    assert_eq!(
        samples.sample_type(),
        sample_type,
        "samples of another type"
    );
    let n = valid.len();
    for_samples!(samples, values => {
        let values = &values[band * n..(band + 1) * n];
        for (values, valid) in values.chunks(COUNTED_AT_ONCE).zip(valid.chunks(COUNTED_AT_ONCE)) {
            count(values, valid, counts);
        }
    });
}

/// Samples of which counts of 32 bits cannot overflow.
const COUNTED_AT_ONCE: usize = 1 << 31;
/// Tables in turn: neighbours often are equal, and a count would have to wait for the one before.
const TABLES: usize = 2;

fn count<T: Sortable>(values: &[T], valid: &[u8], counts: &mut [u64]) {
    let n_keys = counts.len();
    let mut tables = vec![0u32; TABLES * n_keys];
    let (values, last_value) = values.as_chunks::<TABLES>();
    let (valid, last_valid) = valid.as_chunks::<TABLES>();
    let mut add = |table: usize, value: &T, valid: u8| {
        let key = value.key().map_or(0, |key| key as usize);
        tables[table * n_keys + key] += u32::from(valid != 0);
    };
    for (values, valid) in values.iter().zip(valid) {
        for table in 0..TABLES {
            add(table, &values[table], valid[table]);
        }
    }
    for (value, &valid) in last_value.iter().zip(last_valid) {
        add(0, value, valid);
    }
    for table in tables.chunks_exact(n_keys) {
        for (sum, &count) in counts.iter_mut().zip(table) {
            *sum += u64::from(count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ascending<T: Sortable>(sample_type: SampleType, values: &[T], expected: &[f64]) {
        let keys: Vec<u64> = values.iter().filter_map(|v| v.key()).collect();
        assert!(keys.is_sorted(), "{sample_type:?}: {keys:x?}");
        let back: Vec<f64> = keys.iter().map(|&key| value(sample_type, key)).collect();
        assert_eq!(back, expected, "{sample_type:?}");
    }

    #[test]
    fn keys_keep_order_and_value() {
        ascending(SampleType::U8, &[0_u8, 1, 255], &[0.0, 1.0, 255.0]);
        ascending(
            SampleType::I8,
            &[-128_i8, -1, 0, 127],
            &[-128.0, -1.0, 0.0, 127.0],
        );
        ascending(SampleType::U16, &[0_u16, 40_000], &[0.0, 40_000.0]);
        ascending(
            SampleType::I16,
            &[-32_768_i16, -5, 7],
            &[-32_768.0, -5.0, 7.0],
        );
        ascending(SampleType::U32, &[3_u32, u32::MAX], &[3.0, 4_294_967_295.0]);
        ascending(
            SampleType::I32,
            &[i32::MIN, -1, 1],
            &[-2_147_483_648.0, -1.0, 1.0],
        );
        ascending(SampleType::U64, &[3_u64, 1 << 60], &[3.0, 2_f64.powi(60)]);
        ascending(
            SampleType::I64,
            &[i64::MIN, -1, 9],
            &[-(2_f64.powi(63)), -1.0, 9.0],
        );
        let floats = [
            f64::NEG_INFINITY,
            -1e300,
            -1.5,
            -0.0,
            0.0,
            1e-310,
            2.0,
            f64::INFINITY,
        ];
        ascending(SampleType::F64, &floats, &floats);
        let floats = [-3.5_f32, -1e-40, 0.0, f32::NAN, 1.0, f32::MAX];
        let kept = [-3.5_f32, -1e-40, 0.0, 1.0, f32::MAX].map(f64::from);
        ascending(SampleType::F32, &floats, &kept);
    }
}
