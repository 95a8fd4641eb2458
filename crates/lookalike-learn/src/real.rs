//! The two precisions in which rows may come.

use faer::traits::ComplexField;

/// f32 or f64: what rows are made of where a method takes both.
///
/// Most methods take f32 alone, see [`narrow`](crate::narrow()) for what becomes of f64.
pub trait Real: sealed::Sealed {}

impl Real for f32 {}
impl Real for f64 {}

pub(crate) mod sealed {
    use super::ComplexField;

    /// What this crate needs to know of a precision.
    pub trait Sealed: ComplexField + Copy + Default + Send + Sync + Into<f64> {
        /// Rounded to the nearest.
        fn from_f64(value: f64) -> Self;
        /// Whether it is neither NaN nor infinite.
        fn is_finite(self) -> bool;
        /// A value of either precision less the mean, times a power of two.
        fn centered<V: Sealed>(value: V, mean: f64, scale: f64) -> Self;
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
        fn centered<V: Sealed>(value: V, mean: f64, scale: f64) -> Self {
            let value: f64 = value.into();
            value as f32 * scale as f32 - (mean * scale) as f32
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
        fn centered<V: Sealed>(value: V, mean: f64, scale: f64) -> Self {
            (value.into() - mean) * scale
        }
    }
}
