//! Colours of classes.

/// Red, green and blue of sRGB.
pub type Rgb = [u8; 3];
