//! Any bytes are a picture or an error, within bounded memory.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use lookalike_imagery::picture::{PicturePixels, decode_bytes};

fuzz_target!(|bytes: &[u8]| {
    let Ok(picture) = decode_bytes(bytes, Path::new("fuzz")) else {
        return;
    };
    let n_samples = match &picture.pixels {
        PicturePixels::U8(samples) => samples.len(),
        PicturePixels::U16(samples) => samples.len(),
    };
    assert_eq!(n_samples, picture.n_pixels() * picture.channels.count());
});
