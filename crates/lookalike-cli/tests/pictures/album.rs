//! Folders of pictures to cluster.

use std::fs;
use std::path::Path;
use std::process::Output;

use lookalike::datasets::digits;
use lookalike::imagery::picture::{encode_jpeg, encode_png};
use tempfile::{TempDir, tempdir};

use crate::common::lookalike;

/// The first `n` digits as PNG files of 8×8 pixels, in a folder a digit: `digits/3/0017.png`.
pub(crate) fn digit_files(n: usize) -> TempDir {
    let folder = tempdir().unwrap();
    let digits = digits();
    for row in 0..n {
        let pixels = digits.data.row(row);
        let rgba: Vec<u8> = pixels
            .iter()
            .flat_map(|&ink| {
                let value = (ink * 15.9) as u8;
                [value, value, value, 255]
            })
            .collect();
        let class = folder.path().join(format!("digits/{}", digits.target[row]));
        fs::create_dir_all(&class).unwrap();
        let file = encode_png(8, 8, &rgba).unwrap();
        fs::write(class.join(format!("{row:04}.png")), file).unwrap();
    }
    folder
}

/// Twelve photos of 120×80 pixels: six reddish, six bluish, with stripes of their own.
pub(crate) fn photos() -> TempDir {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("photos")).unwrap();
    for i in 0..12usize {
        let rgba: Vec<u8> = (0..120 * 80)
            .flat_map(|at| {
                let stripe = ((at % 120) / (9 + i)) % 3 * 20;
                let (red, blue) = if i % 2 == 0 { (200, 30) } else { (30, 200) };
                [red + stripe as u8, 60, blue + stripe as u8, 255]
            })
            .collect();
        let file = encode_jpeg(120, 80, &rgba, 90, [0; 3]).unwrap();
        let name = format!(
            "photos/{}-{i:02}.jpg",
            if i % 2 == 0 { "red" } else { "blue" }
        );
        fs::write(folder.path().join(name), file).unwrap();
    }
    folder
}

/// Runs the program with a cache of its own.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    let cache = folder.join("cache");
    let cache = cache.to_str().unwrap();
    lookalike(folder, &[arguments, &["--cache", cache]].concat())
}

/// The records of a CSV file, header first.
pub(crate) fn csv(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    let fields = |line: &str| line.split(',').map(str::to_owned).collect();
    text.lines().map(fields).collect()
}
