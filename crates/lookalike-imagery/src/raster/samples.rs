//! The pixels of one window, in the type that the file has.

use std::ops::Range;

/// The type of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say all")]
pub enum SampleType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl SampleType {
    /// Bytes of one sample.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }
}

impl SampleType {
    /// Whether a sample can have this value; of floating types, whether it is nearest to one.
    pub fn holds(self, value: f64) -> bool {
        let whole = |min: f64, max: f64| value.fract() == 0.0 && (min..=max).contains(&value);
        match self {
            Self::U8 => whole(0.0, 255.0),
            Self::I8 => whole(-128.0, 127.0),
            Self::U16 => whole(0.0, 65_535.0),
            Self::I16 => whole(-32_768.0, 32_767.0),
            Self::U32 => whole(0.0, f64::from(u32::MAX)),
            Self::I32 => whole(f64::from(i32::MIN), f64::from(i32::MAX)),
            Self::U64 => whole(0.0, u64::MAX as f64),
            Self::I64 => whole(i64::MIN as f64, i64::MAX as f64),
            Self::F32 => !value.is_finite() || (value as f32).is_finite(),
            Self::F64 => true,
        }
    }
}

/// Samples of one type.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say all")]
pub enum Samples {
    U8(Vec<u8>),
    I8(Vec<i8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    U64(Vec<u64>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// The pixels of one window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Block {
    /// Band after band, each row by row.
    pub samples: Samples,
    /// One number a pixel: 1, or 0 where a mask or an alpha band of the file says that there is
    /// nothing.
    pub valid: Vec<u8>,
}

impl Default for Samples {
    fn default() -> Self {
        Self::U8(Vec::new())
    }
}

/// Evaluates one expression for the vector inside [`Samples`], whatever its type.
macro_rules! for_samples {
    ($samples:expr, $values:ident => $body:expr) => {
        match $samples {
            $crate::raster::Samples::U8($values) => $body,
            $crate::raster::Samples::I8($values) => $body,
            $crate::raster::Samples::U16($values) => $body,
            $crate::raster::Samples::I16($values) => $body,
            $crate::raster::Samples::U32($values) => $body,
            $crate::raster::Samples::I32($values) => $body,
            $crate::raster::Samples::U64($values) => $body,
            $crate::raster::Samples::I64($values) => $body,
            $crate::raster::Samples::F32($values) => $body,
            $crate::raster::Samples::F64($values) => $body,
        }
    };
}
pub(crate) use for_samples;

impl Samples {
    /// No samples, of this type.
    pub fn empty(sample_type: SampleType) -> Self {
        match sample_type {
            SampleType::U8 => Self::U8(Vec::new()),
            SampleType::I8 => Self::I8(Vec::new()),
            SampleType::U16 => Self::U16(Vec::new()),
            SampleType::I16 => Self::I16(Vec::new()),
            SampleType::U32 => Self::U32(Vec::new()),
            SampleType::I32 => Self::I32(Vec::new()),
            SampleType::U64 => Self::U64(Vec::new()),
            SampleType::I64 => Self::I64(Vec::new()),
            SampleType::F32 => Self::F32(Vec::new()),
            SampleType::F64 => Self::F64(Vec::new()),
        }
    }

    /// Their type.
    pub fn sample_type(&self) -> SampleType {
        match self {
            Self::U8(_) => SampleType::U8,
            Self::I8(_) => SampleType::I8,
            Self::U16(_) => SampleType::U16,
            Self::I16(_) => SampleType::I16,
            Self::U32(_) => SampleType::U32,
            Self::I32(_) => SampleType::I32,
            Self::U64(_) => SampleType::U64,
            Self::I64(_) => SampleType::I64,
            Self::F32(_) => SampleType::F32,
            Self::F64(_) => SampleType::F64,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        for_samples!(self, values => values.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all, and keeps the buffer where it has this type already.
    pub fn clear_to(&mut self, sample_type: SampleType) {
        if self.sample_type() == sample_type {
            for_samples!(self, values => values.clear());
        } else {
            *self = Self::empty(sample_type);
        }
    }

    /// Appends `range` of `other`, which must have the same type.
    pub(crate) fn extend_from(&mut self, other: &Self, range: Range<usize>) {
        match (self, other) {
            (Self::U8(to), Self::U8(from)) => to.extend_from_slice(&from[range]),
            (Self::I8(to), Self::I8(from)) => to.extend_from_slice(&from[range]),
            (Self::U16(to), Self::U16(from)) => to.extend_from_slice(&from[range]),
            (Self::I16(to), Self::I16(from)) => to.extend_from_slice(&from[range]),
            (Self::U32(to), Self::U32(from)) => to.extend_from_slice(&from[range]),
            (Self::I32(to), Self::I32(from)) => to.extend_from_slice(&from[range]),
            (Self::U64(to), Self::U64(from)) => to.extend_from_slice(&from[range]),
            (Self::I64(to), Self::I64(from)) => to.extend_from_slice(&from[range]),
            (Self::F32(to), Self::F32(from)) => to.extend_from_slice(&from[range]),
            (Self::F64(to), Self::F64(from)) => to.extend_from_slice(&from[range]),
            _ => panic!("samples of two types"),
        }
    }
}
