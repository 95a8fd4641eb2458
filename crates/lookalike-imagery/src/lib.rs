//! Files to rows of numbers and back: collections of pictures, rasters of any number of bands, class maps,
//! colours.
//!
//! Files are hostile: sizes are checked before anything is allocated, what cannot be read gives an
//! [`Error`] that names the file and the feature, and no value is ever silently wrong.

pub mod cache;
pub mod collection;
pub mod features;
pub mod picture;
pub mod raster;

mod error;
mod positioned;

pub use error::{Error, ErrorKind, Result};
pub use positioned::read_exact_at;
