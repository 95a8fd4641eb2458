//! What code for every type of samples needs to know of one.

use super::{Block, RasterInfo, SampleType, Samples, Window};

/// A number that can be a sample.
pub(crate) trait Sample: Copy + Default + PartialEq + Send + Sync + 'static {
    /// Its type.
    const TYPE: SampleType;

    /// Its value; exact but for 64-bit integers beyond 2⁵³.
    fn to_f64(self) -> f64;

    /// The sample nearest to a value: rounded half up for integers, within the type's range.
    fn from_f64(value: f64) -> Self;

    /// The sample of a value within the type's range.
    fn from_i32(value: i32) -> Self;

    /// The samples, which must be of this type.
    fn slice(samples: &Samples) -> &[Self];

    /// The buffer in `samples`, which become samples of this type if they are not.
    fn buffer(samples: &mut Samples) -> &mut Vec<Self>;
}

fn half_up(value: f64) -> f64 {
    // The sum of a value and ½ may be rounded.
    let floor = value.floor();
    if value - floor >= 0.5 {
        floor + 1.0
    } else {
        floor
    }
}

macro_rules! sample {
    ($type:ty, $variant:ident, $to_f64:expr, $round:expr) => {
        impl Sample for $type {
            const TYPE: SampleType = SampleType::$variant;

            fn to_f64(self) -> f64 {
                let convert: fn($type) -> f64 = $to_f64;
                convert(self)
            }

            fn from_f64(value: f64) -> Self {
                let round: fn(f64) -> f64 = $round;
                round(value) as $type
            }

            fn from_i32(value: i32) -> Self {
                value as $type
            }

            fn slice(samples: &Samples) -> &[Self] {
                match samples {
                    Samples::$variant(samples) => samples,
                    _ => panic!("samples of type {:?} were expected", Self::TYPE),
                }
            }

            fn buffer(samples: &mut Samples) -> &mut Vec<Self> {
                if !matches!(samples, Samples::$variant(_)) {
                    *samples = Samples::$variant(Vec::new());
                }
                match samples {
                    Samples::$variant(buffer) => buffer,
                    _ => unreachable!("it was made so above"),
                }
            }
        }
    };
}

sample!(u8, U8, f64::from, half_up);
sample!(i8, I8, f64::from, half_up);
sample!(u16, U16, f64::from, half_up);
sample!(i16, I16, f64::from, half_up);
sample!(u32, U32, f64::from, half_up);
sample!(i32, I32, f64::from, half_up);
sample!(u64, U64, |v| v as f64, half_up);
sample!(i64, I64, |v| v as f64, half_up);
sample!(f32, F32, f64::from, |v| v);
sample!(f64, F64, |v| v, |v| v);

/// Evaluates `$body` with `$T` as the Rust type of the [`SampleType`].
macro_rules! with_sample_type {
    ($sample_type:expr, $T:ident => $body:expr) => {
        match $sample_type {
            $crate::raster::SampleType::U8 => {
                type $T = u8;
                $body
            }
            $crate::raster::SampleType::I8 => {
                type $T = i8;
                $body
            }
            $crate::raster::SampleType::U16 => {
                type $T = u16;
                $body
            }
            $crate::raster::SampleType::I16 => {
                type $T = i16;
                $body
            }
            $crate::raster::SampleType::U32 => {
                type $T = u32;
                $body
            }
            $crate::raster::SampleType::I32 => {
                type $T = i32;
                $body
            }
            $crate::raster::SampleType::U64 => {
                type $T = u64;
                $body
            }
            $crate::raster::SampleType::I64 => {
                type $T = i64;
                $body
            }
            $crate::raster::SampleType::F32 => {
                type $T = f32;
                $body
            }
            $crate::raster::SampleType::F64 => {
                type $T = f64;
                $body
            }
        }
    };
}
pub(crate) use with_sample_type;

impl Block {
    /// Makes room for `n_bands` bands of `n_pixels` pixels, all valid; the samples are to be
    /// overwritten.
    pub(crate) fn prepare<T: Sample>(
        &mut self,
        n_bands: usize,
        n_pixels: usize,
    ) -> (&mut [T], &mut [u8]) {
        let samples = T::buffer(&mut self.samples);
        samples.resize(n_bands * n_pixels, T::default());
        self.valid.clear();
        self.valid.resize(n_pixels, 1);
        (samples, &mut self.valid)
    }
}

impl RasterInfo {
    /// Panics unless `window` and `bands` are of this raster, as [`RasterSource::read`] asks.
    ///
    /// [`RasterSource::read`]: super::RasterSource::read
    pub(crate) fn assert_has(&self, window: Window, bands: &[usize]) {
        let inside = |start: usize, length: usize, end: usize| {
            start.checked_add(length).is_some_and(|stop| stop <= end)
        };
        assert!(
            inside(window.x, window.width, self.width)
                && inside(window.y, window.height, self.height),
            "{window:?} is not inside {}, which is {}×{}",
            self.name,
            self.width,
            self.height
        );
        let n_bands = self.bands.len();
        assert!(
            bands.iter().all(|&band| band < n_bands),
            "{} has {n_bands} bands, asked were {bands:?}",
            self.name
        );
    }
}

#[cfg(test)]
mod tests {
    use super::Sample;

    #[test]
    fn values_are_rounded_half_up() {
        let exact = 9_007_199_254_740_991i64;
        assert_eq!(i64::from_f64(exact as f64), exact);
        assert_eq!(i64::from_f64(-exact as f64), -exact);
        let halves = [-1.5, -0.5, 0.499_999_999_999_999_94, 0.5, 2.5];
        assert_eq!(halves.map(i32::from_f64), [-1, 0, 0, 1, 3]);
    }
}
