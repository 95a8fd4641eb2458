//! Which pixels have data.

use super::sample::Sample;
use super::samples::for_samples;
use super::{SampleType, Samples};

/// Clears the `valid` of pixels that have no data in a band: its value of nodata, NaN or an
/// infinity.
///
/// `samples` begin with the bands of `nodata`, as many samples a band as `valid` is long; a value
/// that the sample type cannot hold is never met.
///
/// # Panics
/// When there are fewer samples.
pub fn mark_nodata(samples: &Samples, nodata: &[Option<f64>], valid: &mut [u8]) {
    assert!(
        samples.len() >= valid.len() * nodata.len(),
        "a sample for each pixel and band"
    );
    for_samples!(samples, values => {
        let bands = values.chunks_exact(valid.len().max(1));
        for (values, nodata) in bands.zip(nodata) {
            mark_band(values, *nodata, valid);
        }
    });
}

fn mark_band<T: Sample>(values: &[T], nodata: Option<f64>, valid: &mut [u8]) {
    let is_floating = matches!(T::TYPE, SampleType::F32 | SampleType::F64);
    let is_finite = |value: T| !is_floating || value.to_f64().is_finite();
    match nodata.filter(|&nodata| T::TYPE.holds(nodata)) {
        Some(nodata) => {
            let nodata = T::from_f64(nodata);
            for (valid, &value) in valid.iter_mut().zip(values) {
                *valid &= u8::from(is_finite(value) && value != nodata);
            }
        }
        None if is_floating => {
            for (valid, &value) in valid.iter_mut().zip(values) {
                *valid &= u8::from(is_finite(value));
            }
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valid(samples: &Samples, nodata: &[Option<f64>]) -> Vec<u8> {
        let mut valid = vec![1, 1, 1, 0];
        mark_nodata(samples, nodata, &mut valid);
        valid
    }

    #[test]
    fn a_pixel_is_valid_when_every_band_is() {
        let two_bands = Samples::U8(vec![0, 1, 2, 3, 4, 5, 255, 7]);
        assert_eq!(valid(&two_bands, &[None, None]), [1, 1, 1, 0]);
        assert_eq!(valid(&two_bands, &[Some(0.0), None]), [0, 1, 1, 0]);
        assert_eq!(valid(&two_bands, &[Some(0.0), Some(255.0)]), [0, 1, 0, 0]);
        // Bands that are not used do not count.
        assert_eq!(valid(&two_bands, &[Some(255.0)]), [1, 1, 1, 0]);
    }

    #[test]
    fn nodata_that_the_type_cannot_hold_is_never_met() {
        let bytes = Samples::U8(vec![0, 1, 255, 0]);
        assert_eq!(valid(&bytes, &[Some(-1.0)]), [1, 1, 1, 0]);
        assert_eq!(valid(&bytes, &[Some(256.0)]), [1, 1, 1, 0]);
        assert_eq!(valid(&bytes, &[Some(0.5)]), [1, 1, 1, 0]);
        assert_eq!(valid(&bytes, &[Some(f64::NAN)]), [1, 1, 1, 0]);
    }

    #[test]
    fn what_is_not_finite_has_no_data() {
        let floats = Samples::F32(vec![f32::NAN, f32::NEG_INFINITY, -3.4e38, 0.0]);
        assert_eq!(valid(&floats, &[None]), [0, 0, 1, 0]);
        let as_written = f64::from(-3.4e38f32);
        assert_eq!(valid(&floats, &[Some(as_written)]), [0, 0, 0, 0]);
        // The decimal digits of a tag need not be those of the nearest f32.
        assert_eq!(valid(&floats, &[Some(-3.4e38)]), [0, 0, 0, 0]);
        let doubles = Samples::F64(vec![1.0, -9999.0, f64::INFINITY, 0.0]);
        assert_eq!(valid(&doubles, &[Some(-9999.0)]), [1, 0, 0, 0]);
    }
}
