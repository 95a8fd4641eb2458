//! Scenes: rasters whose pixels are clustered.

pub mod synthetic;
