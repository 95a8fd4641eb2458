//! The two precisions in which rows may come.

use faer::traits::ComplexField;

/// f32 or f64: what rows are made of where a method takes both.
///
/// Most methods take f32 alone, see [`narrow`](crate::narrow()) for what becomes of f64.
pub trait Real: sealed::Sealed {}

impl Real for f32 {}
impl Real for f64 {}

pub(crate) mod sealed {
    use std::ops::{Add, Mul};

    use super::ComplexField;

    /// What this crate needs to know of a precision.
    pub trait Sealed:
        ComplexField
        + Copy
        + Default
        + PartialOrd
        + Add<Output = Self>
        + Mul<Output = Self>
        + From<u8>
        + Into<f64>
    {
        /// Rounded to the nearest.
        fn from_f64(value: f64) -> Self;
        /// Whether it is neither NaN nor infinite.
        fn is_finite(self) -> bool;
        /// The whole number nearest to one from 0 to 255; of others, any byte.
        fn nearest_byte(self) -> u8;
        /// Without its last eight digits, so that its products with bytes are exact.
        fn short_of_a_byte(self) -> Self;
        /// Whether it is this finite number, but for the rounding of one operation in f64.
        fn is_nearly(self, other: Self) -> bool;
    }

    impl Sealed for f32 {
        #[inline(always)]
        fn from_f64(value: f64) -> Self {
            value as f32
        }

        #[inline(always)]
        fn is_finite(self) -> bool {
            self.is_finite()
        }

        #[inline(always)]
        fn nearest_byte(self) -> u8 {
            // The last bits of a sum of this size are whole.
            (self + 8_388_608.0).to_bits() as u8
        }

        fn short_of_a_byte(self) -> Self {
            Self::from_bits(self.to_bits() & !0xff)
        }

        #[inline(always)]
        #[expect(
            clippy::float_cmp,
            reason = "what an operation in f64 rounds away is far below a digit of f32"
        )]
        fn is_nearly(self, other: Self) -> bool {
            self == other
        }
    }

    impl Sealed for f64 {
        #[inline(always)]
        fn from_f64(value: f64) -> Self {
            value
        }

        #[inline(always)]
        fn is_finite(self) -> bool {
            self.is_finite()
        }

        #[inline(always)]
        fn nearest_byte(self) -> u8 {
            // As in f32.
            (self + 4_503_599_627_370_496.0).to_bits() as u8
        }

        fn short_of_a_byte(self) -> Self {
            Self::from_bits(self.to_bits() & !0xff)
        }

        #[inline(always)]
        fn is_nearly(self, other: Self) -> bool {
            (self - other).abs() <= f64::EPSILON * other
        }
    }
}
