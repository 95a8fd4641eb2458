//! TIFFs of one gray band, sound or not.

use std::fs;
use std::path::Path;

pub(crate) const COMPRESSION: u16 = 259;
pub(crate) const STRIP_OFFSETS: u16 = 273;

/// A TIFF of one strip with the directory before the pixels, and tags that overrule its own.
pub(crate) fn with_tags(
    width: usize,
    height: usize,
    pixels: &[u8],
    others: &[(u16, u32)],
    next_directory: u32,
) -> Vec<u8> {
    const LONG: u16 = 4;
    let n_tags = 8;
    let behind = 8 + 2 + 12 * n_tags + 4;
    let mut tags = [
        (256, width as u32),
        (257, height as u32),
        (258, 8),
        (COMPRESSION, 1),
        (STRIP_OFFSETS, behind),
        (277, 1),
        (278, height as u32),
        (279, pixels.len() as u32),
    ];
    for (tag, value) in &mut tags {
        if let Some(other) = others.iter().find(|other| other.0 == *tag) {
            *value = other.1;
        }
    }
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend((n_tags as u16).to_le_bytes());
    for (tag, value) in tags {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(LONG.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(next_directory.to_le_bytes());
    bytes.extend(pixels);
    bytes
}

/// Writes a sound TIFF.
pub(crate) fn write(path: &Path, width: usize, height: usize, pixels: &[u8]) {
    assert_eq!(pixels.len(), width * height);
    fs::write(path, with_tags(width, height, pixels, &[], 0)).unwrap();
}

/// Numbers that look random, the same everywhere.
pub(crate) fn noise(n: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut byte = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..n).map(|_| byte()).collect()
}
