//! Any bytes are a TIFF or an error, within bounded memory.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lookalike_imagery::raster::{Block, GeoTiff, RasterSource, Window};

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = GeoTiff::from_bytes(bytes.to_vec(), "fuzz.tif") else {
        return;
    };
    let info = source.info();
    let bands: Vec<usize> = (0..info.bands.len().min(8)).collect();
    let (width, height) = (info.width.min(70), info.height.min(70));
    let mut block = Block::default();
    for (x, y) in [(0, 0), (info.width - width, info.height - height)] {
        let window = Window {
            x,
            y,
            width,
            height,
        };
        if source.read(window, &bands, &mut block).is_ok() {
            assert_eq!(block.valid.len(), width * height);
        }
    }
});
