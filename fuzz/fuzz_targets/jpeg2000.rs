//! Any bytes are JPEG 2000 or an error, within bounded memory.

#![no_main]

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;

use libfuzzer_sys::fuzz_target;
use lookalike_imagery::raster::{Block, Window, open};

thread_local! {
    /// The decoder reads files only.
    static FOLDER: RefCell<tempfile::TempDir> = RefCell::new(tempfile::tempdir().unwrap());
}

fuzz_target!(|bytes: &[u8]| {
    let extension = match bytes {
        [0, 0, 0, 0x0C, b'j', b'P', ..] => "jp2",
        [0xFF, 0x4F, 0xFF, 0x51, ..] => "j2k",
        _ => return,
    };
    let path: PathBuf = FOLDER.with_borrow(|folder| folder.path().join("fuzz").with_extension(extension));
    fs::write(&path, bytes).unwrap();
    let Ok(source) = open(&path) else {
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
