//! The contrast stretch: samples of any type as bytes that a person can look at.

use std::fmt;
use std::str::FromStr;

use super::keys::{Sortable, bits, value};
use super::samples::for_samples;
use super::{SampleType, Samples};
use crate::{Error, Result};

/// Which percentiles become black and white: `5,95` on the command line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StretchPercentiles {
    low: f64,
    high: f64,
}

impl StretchPercentiles {
    /// The percentiles that become black and white.
    ///
    /// # Errors
    /// Unless 0 ≤ low < high ≤ 100.
    pub fn new(low: f64, high: f64) -> Result<Self> {
        if 0.0 <= low && low < high && high <= 100.0 {
            Ok(Self { low, high })
        } else {
            Err(refused(format_args!("{low},{high}")))
        }
    }

    /// The percentile that becomes black.
    pub fn low(self) -> f64 {
        self.low
    }

    /// The percentile that becomes white.
    pub fn high(self) -> f64 {
        self.high
    }
}

/// 5 and 95.
impl Default for StretchPercentiles {
    fn default() -> Self {
        Self {
            low: 5.0,
            high: 95.0,
        }
    }
}

impl FromStr for StretchPercentiles {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let number = |part: &str| part.trim().parse().ok();
        let (low, high) = text
            .split_once(',')
            .and_then(|(low, high)| number(low).zip(number(high)))
            .ok_or_else(|| refused(format_args!("'{text}'")))?;
        Self::new(low, high)
    }
}

impl fmt::Display for StretchPercentiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.low, self.high)
    }
}

fn refused(got: fmt::Arguments<'_>) -> Error {
    let rule = "be two percentiles from 0 to 100, the lower one first, such as 5,95";
    Error::parameter("stretch", rule, got)
}

/// The values of one band that become black and white; what lies between grows linearly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// This value and all below become 0.
    pub low: f64,
    /// This value and all above become 255.
    pub high: f64,
}

impl Stretch {
    /// The byte of a value, rounded to the nearest. Where `low` and `high` are the same, as in a
    /// band of one value, that value becomes 128. NaN becomes 0.
    pub fn byte(self, value: f64) -> u8 {
        if self.low >= self.high && (self.low..=self.high).contains(&value) {
            return 128;
        }
        // Conversion clamps, and takes NaN to 0; infinities come of low = high.
        ((value - self.low) / (self.high - self.low) * 255.0).round() as u8
    }
}

/// Three bands and their stretches, made ready for many blocks: a table for types of 8 and 16 bits.
#[derive(Debug, Clone)]
pub struct RgbStretch {
    sample_type: SampleType,
    bands: [Stretch; 3],
    /// The byte of each key, band by band; empty for wider types.
    tables: [Vec<u8>; 3],
}

impl RgbStretch {
    /// Stretches samples of this type to red, green and blue.
    pub fn new(sample_type: SampleType, bands: [Stretch; 3]) -> Self {
        let table = |stretch: Stretch| match bits(sample_type) {
            wide if wide > 16 => Vec::new(),
            bits => (0..1 << bits)
                .map(|key| stretch.byte(value(sample_type, key)))
                .collect(),
        };
        Self {
            sample_type,
            bands,
            tables: bands.map(table),
        }
    }

    /// Appends red, green, blue and opacity of every pixel of a block of three bands to `rgba`;
    /// pixels whose `valid` is 0 become clear black.
    ///
    /// # Panics
    /// When the samples are of another type, or not three a pixel.
    pub fn rgba(&self, samples: &Samples, valid: &[u8], rgba: &mut Vec<u8>) {
        assert_eq!(
            samples.sample_type(),
            self.sample_type,
            "samples of another type"
        );
        assert_eq!(
            samples.len(),
            3 * valid.len(),
            "samples must be three a pixel"
        );
        let start = rgba.len();
        rgba.extend(
            valid
                .iter()
                .flat_map(|&valid| [0, 0, 0, u8::from(valid != 0) * 255]),
        );
        for (channel, (stretch, table)) in self.bands.iter().zip(&self.tables).enumerate() {
            let pixels = rgba[start..].chunks_exact_mut(4).zip(valid);
            let first = channel * valid.len();
            for_samples!(samples, values => {
                for ((pixel, &valid), &sample) in pixels.zip(&values[first..]) {
                    if valid != 0 {
                        pixel[channel] = sample.byte(*stretch, table);
                    }
                }
            });
        }
    }
}

/// A sample as a byte: by the table if there is one.
trait Stretched: Sortable {
    fn byte(self, stretch: Stretch, table: &[u8]) -> u8;
}

macro_rules! by_table {
    ($($type:ty),*) => {
        $(impl Stretched for $type {
            fn byte(self, _: Stretch, table: &[u8]) -> u8 {
                self.key().map_or(0, |key| table[key as usize])
            }
        })*
    };
}
macro_rules! by_value {
    ($($type:ty),*) => {
        $(impl Stretched for $type {
            #[allow(clippy::cast_lossless, reason = "of the types for which it is not")]
            fn byte(self, stretch: Stretch, _: &[u8]) -> u8 {
                stretch.byte(self as f64)
            }
        })*
    };
}
by_table!(u8, i8, u16, i16);
by_value!(u32, i32, u64, i64, f32, f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_parsed_or_refused() {
        assert_eq!(
            "5,95".parse::<StretchPercentiles>().unwrap(),
            StretchPercentiles::default()
        );
        let parsed: StretchPercentiles = " 0 , 99.5".parse().unwrap();
        assert_eq!((parsed.low(), parsed.high()), (0.0, 99.5));
        assert_eq!(parsed.to_string(), "0,99.5");
        for (text, got) in [
            ("95,5", "95,5"),
            ("-1,101", "-1,101"),
            ("5,5", "5,5"),
            ("NaN,5", "NaN,5"),
            ("a,b", "'a,b'"),
            ("5", "'5'"),
            ("1,2,3", "'1,2,3'"),
            ("", "''"),
        ] {
            assert_eq!(
                text.parse::<StretchPercentiles>().unwrap_err().to_string(),
                format!(
                    "stretch must be two percentiles from 0 to 100, the lower one first, such as \
                     5,95, got {got}"
                )
            );
        }
    }

    #[test]
    fn bytes_grow_linearly_and_are_clamped() {
        let stretch = Stretch {
            low: 100.0,
            high: 355.0,
        };
        let bytes = [-1e300, 99.0, 100.0, 100.6, 227.0, 355.0, 1e9, f64::NAN];
        assert_eq!(
            bytes.map(|v| stretch.byte(v)),
            [0, 0, 0, 1, 127, 255, 255, 0]
        );
        let constant = Stretch {
            low: 7.0,
            high: 7.0,
        };
        assert_eq!([6.0, 7.0, 8.0].map(|v| constant.byte(v)), [0, 128, 255]);
        let nothing = Stretch {
            low: f64::NAN,
            high: f64::NAN,
        };
        assert_eq!(nothing.byte(3.0), 0);
    }

    #[test]
    fn tables_and_values_give_the_same_picture() {
        let bands =
            [(-3.0, 250.0), (0.5, 99.5), (80.0, 80.0)].map(|(low, high)| Stretch { low, high });
        let values: Vec<u8> = (0..=255).chain(0..=255).chain(0..=255).collect();
        let mut valid = vec![1; 256];
        valid[9] = 0;
        let picture = |samples: Samples| {
            let mut rgba = vec![42];
            RgbStretch::new(samples.sample_type(), bands).rgba(&samples, &valid, &mut rgba);
            rgba
        };
        let expected: Vec<u8> = std::iter::once(42)
            .chain((0..256_u16).flat_map(|i| {
                let channels = bands.map(|band| band.byte(f64::from(i)));
                if i == 9 {
                    [0; 4]
                } else {
                    [channels[0], channels[1], channels[2], 255]
                }
            }))
            .collect();
        let wide = |v: &u8| f64::from(*v);
        assert_eq!(picture(Samples::U8(values.clone())), expected);
        assert_eq!(
            picture(Samples::I16(values.iter().map(|&v| v.into()).collect())),
            expected
        );
        assert_eq!(
            picture(Samples::I64(values.iter().map(|&v| v.into()).collect())),
            expected
        );
        assert_eq!(
            picture(Samples::F64(values.iter().map(wide).collect())),
            expected
        );
    }
}
