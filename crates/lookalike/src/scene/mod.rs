//! Scenes: every pixel of a raster gets a class.
//!
//! [`Segment`] is the recipe. Running it reads the scene once, leaves out pixels without data, finds
//! the classes of all others by k-means (or takes those of a [`SceneModel`]), and hands the class of
//! every pixel to a [`ClassSink`]: a GeoTIFF in the making, or memory. What does not fit in memory
//! goes through a scratch file. The classes are the same, bit for bit, whatever the memory and the
//! number of threads.
//!
//! ```
//! use lookalike::ClusterCount;
//! use lookalike::scene::{ClassMemory, Segment};
//! use lookalike::scene::synthetic::SyntheticScene;
//! use lookalike::Context;
//!
//! let scene = SyntheticScene::new(0);
//! let raster = scene.raster();
//! let segment = Segment::new(ClusterCount::Exactly(4));
//! let mut classes = ClassMemory::default();
//! let found = segment.run(&raster, None, |_| Ok(&mut classes), &Context::new())?.0;
//! assert_eq!(classes.classes.len(), raster.info().width * raster.info().height);
//! assert_eq!(found.classes.len(), 4);
//! # use lookalike::imagery::raster::RasterSource;
//! # Ok::<(), lookalike::Error>(())
//! ```

mod choose;
mod classify;
mod collect;
mod demo;
mod files;
mod fit;
mod memory;
mod model;
mod options;
mod order;
mod picture;
mod report;
mod run;
mod store;
mod strips;
pub mod synthetic;
mod value;

pub use demo::SceneDemo;
pub use files::PictureFormat;
pub use model::{FitRecord, ModelClass, SceneModel};
pub use options::{
    Algorithm, Colors, DEFAULT_CHOICE, DEFAULT_MAX_SIDE, DEFAULT_N_INIT, Order, Scale, Segment,
};
pub use run::{ClassSummary, Segmentation, Timings};

use lookalike_imagery::raster::ClassMapWriter;

use crate::Result;

/// Takes the classes of a scene, row by row from its top.
pub trait ClassSink {
    /// Takes whole rows: the class of each pixel from 1 on, 0 where there is no data, and with
    /// [`Segment::confidence`] the confidence of each in percent.
    ///
    /// # Errors
    /// When they cannot be kept.
    fn write_rows(&mut self, classes: &[u16], confidence: Option<&[u8]>) -> Result<()>;
}

impl ClassSink for ClassMapWriter {
    fn write_rows(&mut self, classes: &[u16], confidence: Option<&[u8]>) -> Result<()> {
        Ok(ClassMapWriter::write_rows(self, classes, confidence)?)
    }
}

impl<S: ClassSink + ?Sized> ClassSink for &mut S {
    fn write_rows(&mut self, classes: &[u16], confidence: Option<&[u8]>) -> Result<()> {
        (**self).write_rows(classes, confidence)
    }
}

/// Classes in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassMemory {
    /// The class of each pixel, row by row; 0 is "no data".
    pub classes: Vec<u16>,
    /// The confidence of each pixel in percent, where it was asked for.
    pub confidence: Vec<u8>,
}

impl ClassSink for ClassMemory {
    fn write_rows(&mut self, classes: &[u16], confidence: Option<&[u8]>) -> Result<()> {
        self.classes.extend_from_slice(classes);
        self.confidence
            .extend_from_slice(confidence.unwrap_or_default());
        Ok(())
    }
}
