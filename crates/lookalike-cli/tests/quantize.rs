//! `lookalike quantize` as a user meets it.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use std::fs;
use std::path::Path;

use common::{entries, lookalike, refusal, stderr, stdout};
use lookalike::imagery::picture::{Channels, PicturePixels, decode, encode_jpeg, encode_png};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// A folder with `photo.png`, 90×60 pixels of many colours, whose left part has this alpha.
fn folder(alpha: u8) -> TempDir {
    let folder = tempdir().unwrap();
    let file = encode_png(90, 60, &pixels(alpha)).unwrap();
    fs::write(folder.path().join("photo.png"), file).unwrap();
    folder
}

fn pixels(alpha: u8) -> Vec<u8> {
    let pixel = |i: usize| {
        let (x, y) = (i % 90, i / 90);
        [
            x * 2,
            y * 4,
            (x * y) % 256,
            if x < 30 { alpha.into() } else { 255 },
        ]
        .map(|v| v as u8)
    };
    (0..90 * 60).flat_map(pixel).collect()
}

fn json(output: &std::process::Output) -> Value {
    assert!(output.status.success(), "{}", stderr(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn distinct(path: &Path) -> usize {
    let picture = decode(path).unwrap();
    let PicturePixels::U8(samples) = &picture.pixels else {
        panic!("8 bits were written");
    };
    let pixels = samples.chunks_exact(picture.channels.count());
    pixels.collect::<std::collections::BTreeSet<_>>().len()
}

#[test]
fn a_photo_becomes_a_png_with_a_palette_beside_the_user() {
    let folder = folder(255);
    let output = lookalike(folder.path(), &["quantize", "photo.png", "-k", "5"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("photo.png: 90×60 pixels, 5 of "), "{text}");
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(lines.len(), 5, "{text}");
    assert!(!text.contains('\x1b'), "no swatches where nobody sees them");
    assert!(
        text.contains("PSNR: ") && text.contains(" bytes before, "),
        "{text}"
    );
    assert!(stderr(&output).contains("Wrote photo.quantized.png"));
    let written = [
        "photo.png",
        "photo.quantized.png",
        "photo.quantized.png.run.json",
    ];
    assert_eq!(entries(folder.path()), written);
    let file = folder.path().join("photo.quantized.png");
    assert_eq!(distinct(&file), 5);
    // 4 bits a pixel, with a palette.
    assert_eq!(fs::read(&file).unwrap()[24..26], [4, 3]);
    let run = fs::read(folder.path().join("photo.quantized.png.run.json")).unwrap();
    let run: Value = serde_json::from_slice(&run).unwrap();
    assert_eq!(run["command"], "quantize");
    assert_eq!(run["arguments"]["n_colors"], 5);
    assert_eq!(run["arguments"]["dither"], "none");
    assert_eq!(run["inputs"][0]["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn json_tells_all_and_files_do_not_depend_on_threads() {
    let folder = folder(0);
    let mut files = Vec::new();
    for threads in ["1", "2", "8"] {
        let name = format!("{threads}.png");
        let mut arguments = vec!["quantize", "photo.png", "-k", "20", "--quiet", "--json"];
        arguments.extend(["--dither", "floyd-steinberg", "--space", "oklab"]);
        arguments.extend(["-o", &name, "--threads", threads]);
        let output = lookalike(folder.path(), &arguments);
        assert!(output.stderr.is_empty(), "{}", stderr(&output));
        let results = json(&output);
        let palette = results["palette"].as_array().unwrap();
        assert_eq!(palette.len(), 20);
        assert!(palette.iter().any(|color| color["hex"] == "#00000000"));
        let shares = palette.iter().map(|color| color["share"].as_f64().unwrap());
        assert!((shares.sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(results["psnr"].as_f64().unwrap() > 20.0);
        let file = fs::read(folder.path().join(&name)).unwrap();
        assert_eq!(results["bytes_after"], file.len());
        files.push(file);
    }
    assert!(files[0] == files[1] && files[0] == files[2]);
    assert_eq!(
        decode(&folder.path().join("1.png")).unwrap().channels,
        Channels::Rgba
    );
}

#[test]
fn the_palette_alone_is_printed_and_nothing_written() {
    let folder = folder(255);
    let arguments = ["quantize", "photo.png", "-k", "3", "--palette-only"];
    let text = stdout(&lookalike(folder.path(), &arguments));
    assert_eq!(text.lines().count(), 3, "{text}");
    let printed = json(&lookalike(
        folder.path(),
        &[&arguments[..], &["--json"]].concat(),
    ));
    let palette = printed["palette"].as_array().unwrap();
    for (line, color) in text.lines().zip(palette) {
        assert!(line.starts_with(color["hex"].as_str().unwrap()), "{line}");
    }
    assert_eq!(entries(folder.path()), ["photo.png"]);
}

#[test]
fn the_extension_chooses_the_format() {
    let folder = folder(255);
    for (name, start) in [
        ("a.jpg", &b"\xFF\xD8\xFF"[..]),
        ("below/a.webp", b"RIFF"),
        ("a.png", b"\x89PNG"),
    ] {
        let output = lookalike(
            folder.path(),
            &["quantize", "photo.png", "-k", "9", "-o", name],
        );
        assert!(output.status.success(), "{}", stderr(&output));
        let file = fs::read(folder.path().join(name)).unwrap();
        assert!(file.starts_with(start), "{name}");
    }
    // More colours than a palette holds.
    let output = lookalike(
        folder.path(),
        &["quantize", "photo.png", "-k", "300", "-o", "b.png"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(distinct(&folder.path().join("b.png")), 300);
}

#[test]
fn a_picture_of_few_colors_stays_as_it_is_and_that_is_said() {
    let folder = tempdir().unwrap();
    let file = encode_png(2, 1, &[1, 2, 3, 255, 4, 5, 6, 255]).unwrap();
    fs::write(folder.path().join("two.png"), file).unwrap();
    let text = stdout(&lookalike(folder.path(), &["quantize", "two.png"]));
    assert!(text.contains("2 of 2 colours kept"), "{text}");
    assert!(
        text.contains("PSNR: infinite, no pixel has changed"),
        "{text}"
    );
    let arguments = ["quantize", "two.png", "--json", "-o", "again.png"];
    let results = json(&lookalike(folder.path(), &arguments));
    assert_eq!(results["lossless"], true);
    assert!(results["psnr"].is_null());
}

#[test]
fn outputs_are_replaced_only_when_asked() {
    let folder = folder(255);
    let output = folder.path().join("photo.quantized.png");
    fs::write(&output, "mine").unwrap();
    let (code, message) = refusal(folder.path(), &["quantize", "photo.png"]);
    assert_eq!(code, 1);
    let expected = "error: output must not exist yet, but the file photo.quantized.png does: choose \
                    another with -o, or replace it with --overwrite\n";
    assert_eq!(message, expected);
    assert_eq!(fs::read_to_string(&output).unwrap(), "mine");
    let done = lookalike(folder.path(), &["quantize", "photo.png", "--overwrite"]);
    assert!(done.status.success(), "{}", stderr(&done));
    assert!(fs::read(&output).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn what_is_wrong_is_named_and_nothing_is_left_behind() {
    let folder = folder(0);
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("text.png", b"a text file");
    write("empty.png", b"");
    let jpeg = encode_jpeg(90, 60, &pixels(255), 90, [0; 3]).unwrap();
    write("cut.jpg", &jpeg[..jpeg.len() / 2]);
    let before = entries(folder.path());
    for (arguments, code, message) in [
        (
            &["photo.png", "-k", "0"][..],
            2,
            "n_colors must be between 1 and 65535, got 0",
        ),
        (
            &["photo.png", "-k", "65536"],
            2,
            "n_colors must be between 1 and 65535, got 65536",
        ),
        (
            &["photo.png", "-k", "1"],
            2,
            "n_colors must be at least 2 for a picture with transparent pixels, got 1",
        ),
        (
            &["photo.png", "-o", "a.gif"],
            2,
            "output must end in .png, .jpg, .jpeg or .webp, got a.gif",
        ),
        (
            &["photo.png", "-o", "a.jpg"],
            2,
            "output must be .png or .webp for a picture with transparent pixels",
        ),
        (
            &["text.png"],
            1,
            "cannot read text.png: a picture must be a JPEG, PNG, WebP, BMP, GIF, TIFF, PNM or QOI file",
        ),
        (
            &["empty.png"],
            1,
            "cannot read empty.png: the file is empty",
        ),
        (&["cut.jpg"], 1, "cannot read cut.jpg: it is truncated"),
        (&["none.jpg"], 1, "cannot read none.jpg: "),
        (
            &["photo.png", "--palette-only", "-o", "a.png"],
            2,
            "--palette-only",
        ),
        (&["photo.png", "--space", "lab"], 2, "srgb, oklab"),
    ] {
        let arguments = [&["quantize"], arguments].concat();
        let (found, text) = refusal(folder.path(), &arguments);
        assert_eq!(found, code, "{arguments:?}: {text}");
        assert!(text.contains(message), "{arguments:?}: {text}");
        assert_eq!(entries(folder.path()), before, "{arguments:?}");
    }
}
