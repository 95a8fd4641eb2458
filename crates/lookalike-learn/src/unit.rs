//! Values as bytes, where all are whole multiples of a unit: pixels as they are, or divided by 255.

use crate::input::Samples;
use crate::real::Real;
use crate::simd;

/// The unit is looked for in this many rows, spread evenly.
const SAMPLE: usize = 64;

/// What values are whole multiples of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unit<T> {
    size: f64,
    /// The size, of so few digits that its product with a byte is exact, and what is missing of it.
    parts: [T; 2],
    /// One over the size.
    inverse: T,
}

impl<T: Real> Unit<T> {
    /// The unit of which the values of some rows of `x` are up to 255 each; [`encode`](Self::encode) tells
    /// whether those of the others are.
    pub(crate) fn of(x: &Samples<'_, T>) -> Option<Self> {
        let values = || (0..SAMPLE).flat_map(|i| x.row(i * x.n_samples() / SAMPLE));
        let positive = values().map(|&v| v.into()).filter(|&v: &f64| v > 0.0);
        let least = positive.min_by(f64::total_cmp)?;
        // Pixels that were divided by a whole number are multiples of a fraction, of which the least is rounded.
        let fraction = 1.0 / (1.0 / least).round();
        [least, fraction]
            .into_iter()
            .map(Self::new)
            .find(|unit| values().all(|&v| unit.byte(v).1))
    }

    fn new(size: f64) -> Self {
        let coarse = T::from_f64(size).short_of_a_byte();
        Self {
            size,
            parts: [coarse, T::from_f64(size - coarse.into())],
            inverse: T::from_f64(1.0 / size),
        }
    }

    pub(crate) fn size(self) -> f64 {
        self.size
    }

    /// The value that a byte stands for: the size times the byte, rounded to the nearest but where it lies as good as
    /// between two.
    #[inline(always)]
    pub(crate) fn value(self, byte: u8) -> T {
        let [coarse, fine] = self.parts.map(|part| part * T::from(byte));
        coarse + fine
    }

    /// Values as bytes; whether each is what its byte [stands for](Self::value), but for the rounding of one
    /// operation in f64. What is not finite is not.
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
        let byte = (value * self.inverse).nearest_byte();
        (byte, value.is_nearly(self.value(byte)))
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
        let x = Samples::of_any_values(&array).unwrap();
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
        assert_eq!(bytes(|v| f32::from(v) * (1.0 / 255.0)), Some(all.clone()));
        assert_eq!(bytes(|v| f64::from(v) / 255.0), Some(all.clone()));
        assert_eq!(bytes(|v| f64::from(v) * 3e-300), Some(all));
    }

    #[test]
    fn what_is_between_or_beyond_has_none() {
        assert_eq!(bytes(|v| f32::from(v) + 0.5), None);
        assert_eq!(bytes(|v| f64::from(v) * (1.0 + 1e-12 * f64::from(v))), None);
        assert_eq!(
            bytes(|v| f32::from_bits(f32::from(v).to_bits() + u32::from(v == 9))),
            None
        );
        assert_eq!(
            bytes(|v| 2.0 * f32::from(v) + f32::from(u8::from(v == 0))),
            None
        );
        assert_eq!(bytes(|v| f32::from(v) - 1.0), None);
        assert_eq!(bytes(|v| f32::from(v) * 1e-39), None);
        assert_eq!(bytes(|_| 0.0f32), None);
        for other in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let or_other = |v: u8, other| if v == 9 { other } else { f64::from(v) };
            assert_eq!(bytes(|v| or_other(v, other)), None);
            assert_eq!(bytes(|v| or_other(v, other) as f32), None);
        }
    }
}
