use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::*;
use crate::ErrorKind;
use crate::raster::{Georeference, SampleType};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden")
}

fn file(name: &str) -> PathBuf {
    golden().join("jpeg2000").join(name)
}

fn cases() -> Value {
    let text = std::fs::read_to_string(golden().join("jpeg2000.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn whole(source: &dyn RasterSource) -> Window {
    Window {
        x: 0,
        y: 0,
        width: source.info().width,
        height: source.info().height,
    }
}

fn read(source: &dyn RasterSource, window: Window) -> Block {
    let bands: Vec<usize> = (0..source.info().bands.len()).collect();
    let mut block = Block::default();
    source.read(window, &bands, &mut block).unwrap();
    block
}

fn little_endian(samples: &Samples) -> Vec<u8> {
    match samples {
        Samples::U8(samples) => samples.clone(),
        Samples::U16(samples) => samples.iter().flat_map(|s| s.to_le_bytes()).collect(),
        Samples::I16(samples) => samples.iter().flat_map(|s| s.to_le_bytes()).collect(),
        Samples::U32(samples) => samples.iter().flat_map(|s| s.to_le_bytes()).collect(),
        other => panic!("no case has samples like {other:?}"),
    }
}

/// Compares a file with what GDAL reads in it.
fn check(path: &Path, case: &Value) {
    let name = case["file"].as_str().unwrap();
    let source = Jpeg2000::open(path).unwrap();
    let info = source.info();
    let n = |key: &str| case[key].as_u64().unwrap() as usize;
    assert_eq!(
        (info.width, info.height),
        (n("width"), n("height")),
        "{name}"
    );
    assert_eq!(info.bands.len(), n("n_bands"), "{name}");
    let sample_type = match case["type"].as_str().unwrap() {
        "uint8" => SampleType::U8,
        "uint16" => SampleType::U16,
        "int16" => SampleType::I16,
        "uint32" => SampleType::U32,
        other => panic!("no such type: {other}"),
    };
    assert_eq!(info.sample_type, sample_type, "{name}");

    let block = read(&source, whole(&source));
    let hash = Sha256::digest(little_endian(&block.samples));
    let hash: Vec<String> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash.concat(), case["sha256"].as_str().unwrap(), "{name}");
    let n_valid: usize = block.valid.iter().map(|&valid| usize::from(valid)).sum();
    assert_eq!(block.valid.len() - n_valid, n("n_invalid"), "{name}");

    let palette: Option<Vec<[u8; 4]>> = serde_json::from_value(case["palette"].clone()).unwrap();
    assert_eq!(info.palette, palette, "{name}");
    let epsg: Option<u32> = serde_json::from_value(case["epsg"].clone()).unwrap();
    assert_eq!(
        info.georeference.as_ref().and_then(Georeference::epsg),
        epsg,
        "{name}"
    );
    let transform: Option<[f64; 6]> = serde_json::from_value(case["transform"].clone()).unwrap();
    let ours = info.georeference.as_ref().and_then(Georeference::transform);
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
    match (ours, transform) {
        (Some(ours), Some(theirs)) => {
            assert!(
                ours.iter().zip(&theirs).all(close),
                "{name}: {ours:?}, not {theirs:?}"
            );
        }
        (ours, theirs) => assert_eq!(ours, theirs, "{name}"),
    }
}

#[test]
fn files_are_what_gdal_reads_in_them() {
    let golden = cases();
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() >= 34);
    for case in cases {
        check(&file(case["file"].as_str().unwrap()), case);
    }
}

#[test]
fn the_real_scene_is_what_gdal_reads_in_it() {
    let data = std::env::var_os("LOOKALIKE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = data.join("scenes/sentinel2-15bit.jp2");
    if !path.exists() {
        eprintln!("skipped: there is no {}", path.display());
        return;
    }
    check(&path, &cases()["scene"]);
}

fn window_of(source: &dyn RasterSource, fractions: [f64; 4]) -> Window {
    let Window { width, height, .. } = whole(source);
    let [x, y, w, h] = fractions;
    let (x, y) = ((x * width as f64) as usize, (y * height as f64) as usize);
    Window {
        x,
        y,
        width: ((w * (width - x + 1) as f64) as usize).min(width - x),
        height: ((h * (height - y + 1) as f64) as usize).min(height - y),
    }
}

fn cut(block: &Block, from: Window, window: Window) -> Block {
    let Samples::U16(samples) = &block.samples else {
        panic!("16 bits are expected");
    };
    let rows = window.y..window.y + window.height;
    let pixels =
        rows.flat_map(|y| (window.x..window.x + window.width).map(move |x| y * from.width + x));
    let pixels: Vec<usize> = pixels.collect();
    let planes = samples.chunks(from.n_pixels());
    Block {
        samples: Samples::U16(
            planes
                .flat_map(|plane| pixels.iter().map(|&i| plane[i]))
                .collect(),
        ),
        valid: pixels.iter().map(|&i| block.valid[i]).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn windows_in_any_order_are_parts_of_the_whole(
        name in prop::sample::select(vec!["tiles.jp2", "tiles_wide.jp2", "precincts.jp2", "bands13.jp2"]),
        windows in prop::collection::vec(prop::array::uniform4(0.0..1.0), 1..5),
        step in prop::sample::select(vec![0, 7, 64]),
    ) {
        let mut source = Jpeg2000::open(&file(name)).unwrap();
        if step > 0 {
            // As if tiles were too large to be decoded at once.
            source.step = step.min(source.step);
        }
        let everything = whole(&source);
        let block = read(&Jpeg2000::open(&file(name)).unwrap(), everything);
        for fractions in windows {
            let window = window_of(&source, fractions);
            prop_assert_eq!(read(&source, window), cut(&block, everything, window));
        }
    }
}

#[test]
fn threads_read_at_once() {
    let source = Jpeg2000::open(&file("tiles.jp2")).unwrap();
    let everything = whole(&source);
    let block = read(&source, everything);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (source, block) = (&source, &block);
            scope.spawn(move || {
                for y in 0..everything.height - 9 {
                    let window = Window {
                        x: thread,
                        y,
                        width: 60,
                        height: 9,
                    };
                    assert_eq!(read(source, window), cut(block, everything, window));
                }
            });
        }
    });
}

#[test]
fn the_name_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    for (name, copy) in [("tiles.jp2", "scene.j2k"), ("codestream.j2k", "scene")] {
        let path = folder.path().join(copy);
        std::fs::copy(file(name), &path).unwrap();
        let named = Jpeg2000::open(&file(name)).unwrap();
        let other = Jpeg2000::open(&path).unwrap();
        assert_eq!(read(&other, whole(&other)), read(&named, whole(&named)));
    }
}

#[test]
fn a_world_file_places_what_has_no_place_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.j2w"), "10 0 0 -10 505 995").unwrap();
    let path = folder.path().join("a.jp2");
    let transform = || {
        let source = Jpeg2000::open(&path).unwrap();
        source.info.georeference.unwrap().transform()
    };
    std::fs::copy(file("u8.jp2"), &path).unwrap();
    let expected = [500.0, 10.0, 0.0, 1000.0, 0.0, -10.0];
    assert_eq!(transform(), Some(expected));
    std::fs::copy(file("utm_gml.jp2"), &path).unwrap();
    let expected = [300_000.0, 60.0, 0.0, 4_100_040.0, 0.0, -60.0];
    assert_eq!(transform(), Some(expected));
}

/// Opens and reads a file that holds `bytes`, block by block.
fn attempt(bytes: &[u8]) -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.jp2");
    std::fs::write(&path, bytes).unwrap();
    let source = Jpeg2000::open(&path)?;
    let mut block = Block::default();
    let Window { width, height, .. } = whole(&source);
    for y in (0..height).step_by(source.info.block.1) {
        let window = Window {
            x: 0,
            y,
            width,
            height: source.info.block.1.min(height - y),
        };
        source.read(window, &[0], &mut block)?;
    }
    Ok(())
}

fn refusal(bytes: &[u8]) -> (ErrorKind, String) {
    let error = attempt(bytes).unwrap_err();
    let message = error.to_string();
    let (start, why) = message.split_once("hostile.jp2: ").unwrap();
    assert!(start.starts_with("cannot read "));
    (error.kind(), why.to_owned())
}

/// The bytes of a file with those of `change` put after the first `pattern`.
fn patched(name: &str, pattern: &[u8], offset: usize, change: &[u8]) -> Vec<u8> {
    let mut bytes = std::fs::read(file(name)).unwrap();
    let found = bytes
        .windows(pattern.len())
        .position(|window| window == pattern);
    let at = found.unwrap() + pattern.len() + offset;
    bytes[at..at + change.len()].copy_from_slice(change);
    bytes
}

const SIZ: [u8; 4] = [0xFF, 0x4F, 0xFF, 0x51];

#[test]
fn a_truncated_file_is_an_error() {
    for name in ["u8.jp2", "tiles.jp2", "codestream.j2k", "utm_gml.jp2"] {
        let bytes = std::fs::read(file(name)).unwrap();
        // The last two bytes mark the end of the codestream.
        for length in (0..bytes.len() - 2).step_by(37) {
            assert_eq!(
                refusal(&bytes[..length]).0,
                ErrorKind::InvalidInput,
                "{name} cut at {length}"
            );
        }
    }
    let bytes = std::fs::read(file("codestream.j2k")).unwrap();
    let (_, why) = refusal(&bytes[..bytes.len() / 2]);
    assert!(
        why.starts_with("it is truncated: a part of its tile "),
        "{why}"
    );
    assert_eq!(refusal(&bytes[..30]).1, "it ends inside its header");
}

#[test]
fn claims_beyond_reason_are_refused_before_they_are_believed() {
    let side = 60_000u32.to_be_bytes();
    let sides = [side, side].concat();
    let huge_tile = [&sides[..], &[0; 8], &sides].concat();
    let (kind, why) = refusal(&patched("u8.jp2", &SIZ, 4, &huge_tile));
    assert_eq!(kind, ErrorKind::InvalidInput, "{why}");
    let (kind, why) = refusal(&patched("bands13.jp2", &SIZ, 4, &huge_tile));
    assert_eq!(kind, ErrorKind::TooLarge);
    let expected =
        "a tile of 60000×60000 pixels of 13 components must be coded in reasonably few blocks";
    assert!(why.starts_with(expected), "{why}");

    let long = patched("u8.jp2", &SIZ, 4, &2_000_000_000u32.to_be_bytes());
    let expected = "it claims 2000000000×37 pixels, but at most 10000000 columns and rows are read";
    assert_eq!(refusal(&long), (ErrorKind::TooLarge, expected.to_owned()));

    let one = [0, 0, 0, 1];
    let tiny_tiles = patched("tiles.jp2", &SIZ, 20, &[one, one].concat());
    let (kind, why) = refusal(&tiny_tiles);
    assert_eq!(kind, ErrorKind::TooLarge);
    let expected = "its image must be cut into reasonably few tiles, \
                    75×70 pixels of 1 components are cut into 5250";
    assert_eq!(why, expected);
}

#[test]
fn what_the_header_must_not_say() {
    let no_pixels = patched("u8.jp2", &SIZ, 4, &[0; 4]);
    assert_eq!(
        refusal(&no_pixels).1,
        "its image area must have pixels and end before 2³¹, it is 0..0 × 0..37"
    );
    let no_tiles = patched("u8.jp2", &SIZ, 20, &[0; 4]);
    assert_eq!(
        refusal(&no_tiles).1,
        "its first tile of 0×37 at 0,0 does not begin the image at 0,0"
    );
    let no_components = patched("u8.jp2", &SIZ, 36, &[0; 2]);
    assert_eq!(
        refusal(&no_components).1,
        "its SIZ segment does not describe the 0 components it counts"
    );
    let subsampled = patched("rgb.jp2", &SIZ, 42, &[2, 2]);
    assert_eq!(
        refusal(&subsampled),
        (
            ErrorKind::Unsupported,
            "its component 1 is subsampled by 2×2; \
             components must have the resolution of the image"
                .to_owned()
        )
    );
    let deep = patched("u8.jp2", &SIZ, 38, &[31]);
    assert_eq!(
        refusal(&deep).1,
        "its component 0 has 32 bits; at most 24 are read"
    );
    let wide_blocks = patched("u8.jp2", &[0xFF, 0x52, 0, 13], 6, &[255, 4]);
    assert_eq!(
        refusal(&wide_blocks).1,
        "its coding style must have at most 32 levels and code-blocks of at most 1024, \
         it has 0 and 2^257 × 2^6"
    );
    let sycc = patched("rgb.jp2", b"colr\x01\0\0", 0, &[0, 0, 0, 18]);
    assert_eq!(
        refusal(&sycc).1,
        "colours in the space sYCC are not read, only grey, RGB and plain bands"
    );
    let long_box = patched("u8.jp2", b"\x0d\x0a\x87\x0a", 0, &[0x7F]);
    let why = refusal(&long_box).1;
    assert!(
        why.starts_with("its box \"ftyp\" at byte 12 claims 2130706452 bytes, "),
        "{why}"
    );
}

/// Where the tile-parts of a codestream begin.
fn tile_parts(bytes: &[u8]) -> Vec<usize> {
    let is_start = |&at: &usize| bytes[at..at + 4] == [0xFF, 0x90, 0, 10];
    (0..bytes.len() - 4).filter(is_start).collect()
}

#[test]
fn the_header_of_a_tile_may_say_no_more_than_the_main_one() {
    let bytes = std::fs::read(file("codestream.j2k")).unwrap();
    let start = tile_parts(&bytes)[4];
    // A coding style of precincts of one pixel, of 33 levels.
    let style = [0xFF, 0x52, 0, 13, 1, 0, 0, 1, 0, 33, 4, 4, 0, 1, 0];
    let mut hostile = [&bytes[..start + 12], &style, &bytes[start + 12..]].concat();
    let length = start + 6..start + 10;
    let before = u32::from_be_bytes(bytes[length.clone()].try_into().unwrap());
    hostile[length].copy_from_slice(&(before + style.len() as u32).to_be_bytes());
    assert_eq!(
        refusal(&hostile).1,
        "its coding style must have at most 32 levels and code-blocks of at most 1024, \
         it has 33 and 2^6 × 2^6"
    );
}

/// The codestream without its tile-parts from `n` on, with and without the marker of its end.
#[test]
fn missing_tiles_are_an_error() {
    let bytes = std::fs::read(file("codestream.j2k")).unwrap();
    let starts = tile_parts(&bytes);
    assert_eq!(starts.len(), 9);
    for (n, start) in starts.into_iter().enumerate() {
        for end in [&[0xFF, 0xD9][..], &[]] {
            let (kind, why) = refusal(&[&bytes[..start], end].concat());
            assert_eq!(kind, ErrorKind::InvalidInput);
            let expected = format!(
                "it is truncated: {} of its 9 tiles are not or not wholly there, tile {n} is the first",
                9 - n
            );
            if n > 0 {
                assert_eq!(why, expected);
            }
        }
    }
}
