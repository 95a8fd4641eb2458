//! TIFFs of every kind hold what GDAL reads in them.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its cases has to fail"
)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lookalike_imagery::raster::{self, Block, GeoTiff, RasterSource, Samples, Window};
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden")
}

fn cases() -> Vec<Value> {
    let text = fs::read_to_string(golden().join("rasters.json")).unwrap();
    let golden: Value = serde_json::from_str(&text).unwrap();
    golden["cases"].as_array().unwrap().clone()
}

fn open(case: &Value) -> Box<dyn RasterSource> {
    let file = format!("rasters/{}.tif", case["name"].as_str().unwrap());
    raster::open(&golden().join(file)).unwrap()
}

fn whole(source: &dyn RasterSource) -> Window {
    Window {
        x: 0,
        y: 0,
        width: source.info().width,
        height: source.info().height,
    }
}

fn all_bands(source: &dyn RasterSource) -> Vec<usize> {
    (0..source.info().bands.len()).collect()
}

/// The bytes of samples, little-endian.
fn bytes(samples: &Samples) -> Vec<u8> {
    macro_rules! bytes {
        ($samples:expr) => {
            $samples.iter().flat_map(|s| s.to_le_bytes()).collect()
        };
    }
    match samples {
        Samples::U8(s) => s.clone(),
        Samples::I8(s) => bytes!(s),
        Samples::U16(s) => bytes!(s),
        Samples::I16(s) => bytes!(s),
        Samples::U32(s) => bytes!(s),
        Samples::I32(s) => bytes!(s),
        Samples::U64(s) => bytes!(s),
        Samples::I64(s) => bytes!(s),
        Samples::F32(s) => bytes!(s),
        Samples::F64(s) => bytes!(s),
    }
}

fn assert_samples(case: &Value, block: &Block) {
    let name = case["name"].as_str().unwrap();
    let bytes = bytes(&block.samples);
    if let Some(hash) = case["sha256"].as_str() {
        let mut found = String::new();
        for byte in Sha256::digest(&bytes) {
            write!(found, "{byte:02x}").unwrap();
        }
        assert_eq!(found, hash, "{name}");
        return;
    }
    let tolerance = case["tolerance"].as_u64().unwrap();
    let expected = case["samples"].as_array().unwrap();
    assert_eq!(bytes.len(), expected.len(), "{name}");
    for (found, expected) in bytes.iter().zip(expected) {
        let far = u64::from(*found).abs_diff(expected.as_u64().unwrap());
        assert!(far <= tolerance, "{name}: {found} for {expected}");
    }
}

fn assert_info(case: &Value, source: &dyn RasterSource) {
    let name = case["name"].as_str().unwrap();
    let info = source.info();
    assert_eq!(info.width, case["width"], "{name}");
    assert_eq!(info.height, case["height"], "{name}");
    let sample_type = format!("{:?}", info.sample_type).to_lowercase();
    let short = case["type"].as_str().unwrap();
    let short = short
        .replace("uint", "u")
        .replace("int", "i")
        .replace("float", "f");
    assert_eq!(sample_type, short, "{name}");
    let names: Vec<&str> = info.bands.iter().map(|band| &band.name[..]).collect();
    assert_eq!(Value::from(names), case["band_names"], "{name}");
    for (band, expected) in info.bands.iter().zip(case["nodata"].as_array().unwrap()) {
        // Samples of type f32 are compared with nodata as f32 holds it.
        let held = |v: f64| {
            if sample_type == "f32" {
                f64::from(v as f32)
            } else {
                v
            }
        };
        let expected = expected.as_str().map(|v| held(v.parse().unwrap()));
        assert_eq!(
            band.nodata.map(f64::to_bits),
            expected.map(f64::to_bits),
            "{name}"
        );
    }
    let block = case["block"].as_array().unwrap();
    assert_eq!(
        info.block.0 as u64,
        block[0].as_u64().unwrap().min(info.width as u64),
        "{name}"
    );
    assert_eq!(
        info.block.1 as u64,
        block[1].as_u64().unwrap().min(info.height as u64),
        "{name}"
    );
    let palette = info
        .palette
        .as_ref()
        .map(|p| p.iter().map(|c| c.to_vec()).collect::<Vec<_>>());
    assert_eq!(
        serde_json::to_value(palette).unwrap(),
        case["palette"],
        "{name}"
    );
    let place = info.georeference.as_ref();
    let transform = place.and_then(raster::Georeference::transform);
    assert_eq!(transform.is_some(), !case["transform"].is_null(), "{name}");
    if let Some(transform) = transform {
        let expected = case["transform"].as_array().unwrap();
        for (a, b) in transform.iter().zip(expected) {
            assert!(
                (a - b.as_f64().unwrap()).abs() < 1e-6,
                "{name}: {transform:?}"
            );
        }
    }
    if let Some(epsg) = case["epsg"].as_u64() {
        assert_eq!(place.unwrap().epsg().map(u64::from), Some(epsg), "{name}");
    }
}

#[test]
fn pixels_and_all_that_is_told_of_them_are_those_of_gdal() {
    let cases = cases();
    assert!(cases.len() > 60);
    for case in &cases {
        let source = open(case);
        let window = whole(&*source);
        let mut block = Block::default();
        source
            .read(window, &all_bands(&*source), &mut block)
            .unwrap();
        assert_info(case, &*source);
        assert_samples(case, &block);
        let valid = match case["valid"].as_array() {
            Some(valid) => valid.iter().map(|v| v.as_u64().unwrap() as u8).collect(),
            None => vec![1; window.n_pixels()],
        };
        assert_eq!(block.valid, valid, "{}", case["name"]);
    }
}

/// Samples and mask of a window, cut out of the whole.
fn part(source: &dyn RasterSource, window: Window, bands: &[usize]) -> (Vec<u8>, Vec<u8>) {
    let info = source.info();
    let mut all = Block::default();
    source
        .read(whole(source), &all_bands(source), &mut all)
        .unwrap();
    let all_bytes = bytes(&all.samples);
    let size = info.sample_type.bytes();
    let rows = window.y..window.y + window.height;
    let starts = rows.map(|row| row * info.width + window.x);
    let band_samples = |&band: &usize| {
        let first = band * info.width * info.height;
        let rows = starts.clone().map(move |start| first + start);
        rows.flat_map(|start| &all_bytes[start * size..(start + window.width) * size])
    };
    (
        bands.iter().flat_map(band_samples).copied().collect(),
        starts
            .clone()
            .flat_map(|start| &all.valid[start..start + window.width])
            .copied()
            .collect(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn any_window_of_any_bands_is_a_part_of_the_whole(
        corner in (0usize..100, 0usize..100),
        extent in (0usize..100, 0usize..100),
        bands in prop::collection::vec(0usize..100, 0..5),
    ) {
        // One block for all files: what it held before must not matter.
        let mut block = Block::default();
        for case in cases() {
            let source = open(&case);
            let info = source.info();
            let (x, y) = (corner.0 % info.width, corner.1 % info.height);
            let window = Window {
                x,
                y,
                width: extent.0 % (info.width - x + 1),
                height: extent.1 % (info.height - y + 1),
            };
            let bands: Vec<usize> = bands.iter().map(|band| band % info.bands.len()).collect();
            source.read(window, &bands, &mut block).unwrap();
            let (samples, valid) = part(&*source, window, &bands);
            prop_assert!(bytes(&block.samples) == samples, "{}: {window:?}", case["name"]);
            prop_assert!(block.valid == valid, "{}: {window:?}", case["name"]);
        }
    }
}

#[test]
fn several_threads_read_at_once() {
    for case in cases() {
        let source = open(&case);
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut block = Block::default();
                    loop {
                        let y = next.fetch_add(1, Ordering::Relaxed);
                        if y >= source.info().height {
                            break;
                        }
                        let row = Window {
                            y,
                            height: 1,
                            ..whole(&*source)
                        };
                        let bands = all_bands(&*source);
                        source.read(row, &bands, &mut block).unwrap();
                        let (samples, valid) = part(&*source, row, &bands);
                        assert!(bytes(&block.samples) == samples, "{}", case["name"]);
                        assert!(block.valid == valid, "{}", case["name"]);
                    }
                });
            }
        });
    }
}

#[test]
fn a_file_in_memory_is_what_it_is_on_disk() {
    let path = golden().join("rasters/names.tif");
    let in_memory = GeoTiff::from_bytes(fs::read(&path).unwrap(), "in memory").unwrap();
    let on_disk = GeoTiff::open(&path).unwrap();
    assert_eq!(in_memory.info().name, "in memory");
    assert_eq!(in_memory.info().bands, on_disk.info().bands);
    let (mut a, mut b) = (Block::default(), Block::default());
    in_memory.read(whole(&in_memory), &[0, 2], &mut a).unwrap();
    on_disk.read(whole(&on_disk), &[0, 2], &mut b).unwrap();
    assert_eq!(a, b);
}
