//! The pixels of one window, in the type that the file has.

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

/// Does the same with the vector of whatever type: `with_samples!(samples, v => v.len())`.
macro_rules! with_samples {
    ($samples:expr, $v:ident => $body:expr) => {
        match $samples {
            $crate::raster::Samples::U8($v) => $body,
            $crate::raster::Samples::I8($v) => $body,
            $crate::raster::Samples::U16($v) => $body,
            $crate::raster::Samples::I16($v) => $body,
            $crate::raster::Samples::U32($v) => $body,
            $crate::raster::Samples::I32($v) => $body,
            $crate::raster::Samples::U64($v) => $body,
            $crate::raster::Samples::I64($v) => $body,
            $crate::raster::Samples::F32($v) => $body,
            $crate::raster::Samples::F64($v) => $body,
        }
    };
}
pub(crate) use with_samples;

impl Samples {
    /// No samples of a type.
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
        with_samples!(self, v => v.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes room for `len` samples of `sample_type`, in the memory that is there where the type
    /// stays. What they hold is left to the caller.
    pub(crate) fn prepare(&mut self, sample_type: SampleType, len: usize) {
        if self.sample_type() != sample_type {
            *self = Self::empty(sample_type);
        }
        with_samples!(self, v => v.resize(len, Default::default()));
    }
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
