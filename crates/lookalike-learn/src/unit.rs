//! Values as bytes, where all are whole multiples of a unit: pixels as they are, or divided by 255.

use crate::input::Samples;
use crate::real::Real;
use crate::simd;

/// The unit is the smallest value of this many rows, spread evenly.
const SAMPLE: usize = 64;

/// What values are whole multiples of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unit<T> {
    size: T,
    /// One over the size.
    inverse: T,
}

impl<T: Real> Unit<T> {
    /// The unit of which the values of some rows of `x` are up to 255 each; [`encode`](Self::encode) tells
    /// whether those of the others are.
    pub(crate) fn of(x: &Samples<'_, T>) -> Option<Self> {
        let values = || (0..SAMPLE).flat_map(|i| x.row(i * x.n_samples() / SAMPLE));
        let positive = values().map(|&v| v.into()).filter(|&v: &f64| v > 0.0);
        let size = positive.min_by(f64::total_cmp)?;
        let unit = Self {
            size: T::from_f64(size),
            inverse: T::from_f64(1.0 / size),
        };
        values().all(|&v| unit.byte(v).1).then_some(unit)
    }

    pub(crate) fn size(self) -> T {
        self.size
    }

    /// Values as bytes; whether each is as many units, but for the rounding of one operation.
    pub(crate) fn encode(self, values: &[T], bytes: &mut [u8]) -> bool {
        simd::dispatch(
            #[inline(always)]
            || {
                let mut all = true;
                for (byte, &value) in bytes.iter_mut().zip(values) {
                    let has_byte;
                    (*byte, has_byte) = self.byte(value);
                    all &= has_byte;
                }
                all
            },
        )
    }

    #[inline(always)]
    fn byte(self, value: T) -> (u8, bool) {
        let count = (value * self.inverse).nearest_byte();
        let rest = value - self.size * T::from(count);
        let error = T::EPSILON * value;
        (count, rest <= error && T::default() - rest <= error)
    }
}

#[cfg(test)]
mod tests {
    use super::Unit;
    use crate::input::Samples;
    use crate::real::Real;
    use ndarray::Array2;

    fn bytes<T: Real>(values: impl Fn(u8) -> T) -> Option<Vec<u8>> {
        let array = Array2::from_shape_fn((2, 128), |(i, j)| values((i * 128 + j) as u8));
        let x = Samples::new(&array).unwrap();
        let mut bytes = vec![0; 256];
        let all = Unit::of(&x)?.encode(x.values(), &mut bytes);
        all.then_some(bytes)
    }

    #[test]
    fn pixels_of_either_precision_have_bytes() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(bytes(f32::from), Some(all.clone()));
        assert_eq!(bytes(f64::from), Some(all.clone()));
        assert_eq!(bytes(|v| f32::from(v) / 255.0), Some(all.clone()));
        assert_eq!(bytes(|v| f64::from(v) / 255.0), Some(all.clone()));
        assert_eq!(bytes(|v| f64::from(v) * 3e-300), Some(all));
    }

    #[test]
    fn what_is_between_or_beyond_has_none() {
        assert_eq!(bytes(|v| f32::from(v) + 0.5), None);
        assert_eq!(bytes(|v| f64::from(v) * (1.0 + 1e-12 * f64::from(v))), None);
        assert_eq!(
            bytes(|v| 2.0 * f32::from(v) + f32::from(u8::from(v == 0))),
            None
        );
        assert_eq!(bytes(|v| f32::from(v) - 1.0), None);
        assert_eq!(bytes(|v| f32::from(v) * 1e-39), None);
        assert_eq!(bytes(|_| 0.0f32), None);
    }
}
