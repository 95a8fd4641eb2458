//! Which pixels have data.

use super::Samples;

/// Clears the `valid` of pixels that have no data in a band: its value of nodata, NaN or an
/// infinity.
///
/// `samples` begin with the bands of `nodata`, as many samples a band as `valid` is long; a value
/// that the sample type cannot hold is never met.
///
/// # Panics
/// When there are fewer samples.
pub fn mark_nodata(samples: &Samples, nodata: &[Option<f64>], valid: &mut [u8]) {
    macro_rules! whole {
        ($values:expr, $type:ty) => {
            for (values, nodata) in $values.chunks_exact(valid.len().max(1)).zip(nodata) {
                // A value that does not survive the conversion is not of this type.
                let nodata = nodata.filter(|&nodata| (nodata as $type) as f64 == nodata);
                if let Some(nodata) = nodata.map(|nodata| nodata as $type) {
                    for (valid, &value) in valid.iter_mut().zip(values) {
                        *valid &= u8::from(value != nodata);
                    }
                }
            }
        };
    }
    macro_rules! floating {
        ($values:expr, $type:ty) => {
            for (values, nodata) in $values.chunks_exact(valid.len().max(1)).zip(nodata) {
                // NaN is never equal to anything, and out in any case.
                let nodata = nodata.unwrap_or(f64::NAN) as $type;
                for (valid, &value) in valid.iter_mut().zip(values) {
                    *valid &= u8::from(value.is_finite() && value != nodata);
                }
            }
        };
    }
    assert!(
        samples.len() >= valid.len() * nodata.len(),
        "a sample for each pixel and band"
    );
    match samples {
        Samples::U8(values) => whole!(values, u8),
        Samples::I8(values) => whole!(values, i8),
        Samples::U16(values) => whole!(values, u16),
        Samples::I16(values) => whole!(values, i16),
        Samples::U32(values) => whole!(values, u32),
        Samples::I32(values) => whole!(values, i32),
        Samples::U64(values) => whole!(values, u64),
        Samples::I64(values) => whole!(values, i64),
        Samples::F32(values) => floating!(values, f32),
        Samples::F64(values) => floating!(values, f64),
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
