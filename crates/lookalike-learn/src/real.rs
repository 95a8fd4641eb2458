//! The two precisions in which rows may come.

use faer::traits::ComplexField;

/// f32 or f64: what rows are made of where a method takes both.
///
/// Most methods take f32 alone, see [`narrow`](crate::narrow()) for what becomes of f64.
pub trait Real: sealed::Sealed {}

impl Real for f32 {}
impl Real for f64 {}

pub(crate) mod sealed {
    use std::ops::{Mul, Sub};

    use super::ComplexField;

    /// What this crate needs to know of a precision.
    pub trait Sealed:
        ComplexField
        + Copy
        + Default
        + PartialOrd
        + Mul<Output = Self>
        + Sub<Output = Self>
        + From<u8>
        + Into<f64>
    {
        /// From 1 to the next greater number.
        const EPSILON: Self;

        /// Rounded to the nearest.
        fn from_f64(value: f64) -> Self;
        /// Whether it is neither NaN nor infinite.
        fn is_finite(self) -> bool;
        /// A value of either precision less the mean, times a power of two.
        fn centered<V: Sealed>(value: V, mean: f64, scale: f64) -> Self;
        /// The whole number nearest to one from 0 to 255; of others, any byte.
        fn nearest_byte(self) -> u8;
    }

    impl Sealed for f32 {
        const EPSILON: Self = f32::EPSILON;

        #[inline(always)]
        fn from_f64(value: f64) -> Self {
            value as f32
        }

        #[inline(always)]
        fn is_finite(self) -> bool {
            self.is_finite()
        }

        #[inline(always)]
        fn centered<V: Sealed>(value: V, mean: f64, scale: f64) -> Self {
            let value: f64 = value.into();
            value as f32 * scale as f32 - (mean * scale) as f32
        }

        #[inline(always)]
        fn nearest_byte(self) -> u8 {
            // The last bits of a sum of this size are whole.
            (self + 8_388_608.0).to_bits() as u8
        }
    }

    impl Sealed for f64 {
        const EPSILON: Self = f64::EPSILON;

        #[inline(always)]
        fn from_f64(value: f64) -> Self {
            value
        }

        #[inline(always)]
        fn is_finite(self) -> bool {
            self.is_finite()
        }

        #[inline(always)]
        fn centered<V: Sealed>(value: V, mean: f64, scale: f64) -> Self {
            (value.into() - mean) * scale
        }

        #[inline(always)]
        fn nearest_byte(self) -> u8 {
            // As in f32.
            (self + 4_503_599_627_370_496.0).to_bits() as u8
        }
    }
}
