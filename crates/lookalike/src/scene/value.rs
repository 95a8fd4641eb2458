//! The types in which pixels are kept.

use std::borrow::Cow;

use lookalike_imagery::raster::Samples;
use lookalike_learn::Context;
use lookalike_learn::pixel_kmeans::{MemoryBlocks, PixelBlocks, PixelValue, distinct};

/// A type in which pixels are kept while they are clustered: that of the file for 8 and 16 bits,
/// f32 for all others.
pub(super) trait SceneValue: PixelValue + bytemuck::Pod {
    /// Samples as this type.
    fn of(samples: &Samples) -> Cow<'_, [Self]>;

    /// The distinct pixels with their counts, where clustering them is less work.
    ///
    /// # Errors
    /// When cancelled, or the pixels cannot be read.
    fn distinct<B: PixelBlocks<Value = Self>>(
        _: &B,
        _: &Context,
    ) -> lookalike_learn::Result<Option<MemoryBlocks<Self>>> {
        Ok(None)
    }
}

macro_rules! as_stored {
    ($variant:ident) => {
        fn of(samples: &Samples) -> Cow<'_, [Self]> {
            match samples {
                Samples::$variant(values) => Cow::Borrowed(values),
                _ => unreachable!("the type of the samples decides on the type of the pixels"),
            }
        }
    };
}

impl SceneValue for u8 {
    as_stored!(U8);

    fn distinct<B: PixelBlocks<Value = Self>>(
        blocks: &B,
        context: &Context,
    ) -> lookalike_learn::Result<Option<MemoryBlocks<Self>>> {
        distinct(blocks, context)
    }
}

impl SceneValue for i8 {
    as_stored!(I8);
}

impl SceneValue for u16 {
    as_stored!(U16);
}

impl SceneValue for i16 {
    as_stored!(I16);
}

impl SceneValue for f32 {
    fn of(samples: &Samples) -> Cow<'_, [Self]> {
        match samples {
            Samples::F32(values) => Cow::Borrowed(values),
            Samples::F64(values) => values.iter().map(|&v| v as f32).collect(),
            Samples::U32(values) => values.iter().map(|&v| v as f32).collect(),
            Samples::I32(values) => values.iter().map(|&v| v as f32).collect(),
            Samples::U64(values) => values.iter().map(|&v| v as f32).collect(),
            Samples::I64(values) => values.iter().map(|&v| v as f32).collect(),
            Samples::U8(values) => values.iter().map(|&v| f32::from(v)).collect(),
            Samples::I8(values) => values.iter().map(|&v| f32::from(v)).collect(),
            Samples::U16(values) => values.iter().map(|&v| f32::from(v)).collect(),
            Samples::I16(values) => values.iter().map(|&v| f32::from(v)).collect(),
        }
    }
}
