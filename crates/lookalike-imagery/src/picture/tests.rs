use std::path::{Path, PathBuf};

use serde_json::Value;

use super::*;
use crate::ErrorKind;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden")
}

fn file(name: &str) -> PathBuf {
    golden().join("pictures").join(name)
}

fn samples(picture: &Picture) -> (u64, Vec<i64>) {
    match &picture.pixels {
        PicturePixels::U8(samples) => (8, samples.iter().map(|&s| i64::from(s)).collect()),
        PicturePixels::U16(samples) => (16, samples.iter().map(|&s| i64::from(s)).collect()),
    }
}

#[test]
fn pixels_are_those_of_pillow_and_numpy() {
    let text = std::fs::read_to_string(golden().join("pictures.json")).unwrap();
    let golden: Value = serde_json::from_str(&text).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() >= 59);
    for case in cases {
        let name = case["file"].as_str().unwrap();
        let picture = decode(&file(name)).unwrap();
        let (bits, samples) = samples(&picture);
        let shape = [picture.width, picture.height, picture.channels.count()];
        let expected = ["width", "height", "n_channels"].map(|key| case[key].as_u64().unwrap());
        assert_eq!(shape.map(|n| n as u64), expected, "{name}");
        assert_eq!(bits, case["bits"].as_u64().unwrap(), "{name}");
        let tolerance = case["tolerance"].as_i64().unwrap();
        let pixels = case["pixels"].as_array().unwrap();
        assert_eq!(samples.len(), pixels.len(), "{name}");
        for (i, (sample, expected)) in samples.iter().zip(pixels).enumerate() {
            let difference = (sample - expected.as_i64().unwrap()).abs();
            assert!(
                difference <= tolerance,
                "{name}: sample {i} is {sample}, not {expected}"
            );
        }
    }
}

#[test]
fn tiffs_that_are_no_picture_are_refused_by_name() {
    let text = std::fs::read_to_string(golden().join("pictures.json")).unwrap();
    let golden: Value = serde_json::from_str(&text).unwrap();
    let refused = golden["refused"].as_array().unwrap();
    assert_eq!(refused.len(), 4);
    for case in refused {
        let hex = case["hex"].as_str().unwrap();
        let byte = |i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
        let error = decode_bytes(&bytes, Path::new("a.tif")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        let message = error.to_string();
        assert!(message.starts_with("cannot read a.tif: "), "{message}");
        assert!(message.contains(case["why"].as_str().unwrap()), "{message}");
    }
}

#[test]
fn plain_pnm_is_read() {
    let name = Path::new("a.pgm");
    let picture = decode_bytes(b"P2 # grey\n3 1 4\n0 2\n4\n", name).unwrap();
    assert_eq!(picture.pixels, PicturePixels::U8(vec![0, 128, 255]));
    let error = decode_bytes(b"P2 3 1 4\n0 2", name).unwrap_err();
    assert!(error.to_string().starts_with("cannot read a.pgm: "));
}

#[test]
fn the_content_tells_the_format() {
    let bytes = std::fs::read(file("rgb.png")).unwrap();
    let picture = decode_bytes(&bytes, Path::new("really-a.jpg")).unwrap();
    assert_eq!(picture, decode(&file("rgb.png")).unwrap());
}

#[test]
fn a_stored_picture_is_not_turned() {
    let bytes = std::fs::read(file("orientation6.webp")).unwrap();
    let stored = decode_stored(&bytes, Path::new("a.webp")).unwrap();
    assert_eq!((stored.width, stored.height), (21, 13));
    let upright = decode(&file("orientation6.webp")).unwrap();
    assert_eq!((upright.width, upright.height), (13, 21));
}

/// Wherever a file is cut, what was cut off is missed; the few bytes without which the picture is
/// still whole (an empty chunk that ends it) are the exception, and the frames behind the first, which are not
/// read.
#[test]
fn a_truncated_file_is_an_error() {
    for entry in std::fs::read_dir(golden().join("pictures")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let whole = decode_bytes(&bytes, &path).unwrap();
        for length in 0..bytes.len() {
            let missing = bytes.len() - length;
            match decode_bytes(&bytes[..length], &path) {
                Ok(picture) => {
                    assert_eq!(picture, whole, "{} less {missing} bytes", path.display());
                    let later_frames = path.ends_with("animated.gif");
                    assert!(
                        missing <= 12 || later_frames,
                        "{} less {missing} bytes",
                        path.display()
                    );
                }
                Err(error) => assert!(!error.to_string().ends_with('\n'), "{error}"),
            }
        }
        let message = decode_bytes(&bytes[..bytes.len() / 4], &path)
            .unwrap_err()
            .to_string();
        assert!(message.starts_with(&format!("cannot read {}", path.display())));
    }
}

/// Bytes that were changed give other pixels or an error, whatever the format makes of them.
#[test]
fn a_damaged_file_does_no_harm() {
    let mut state = 1u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    for entry in std::fs::read_dir(golden().join("pictures")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for _ in 0..50 {
            let mut damaged = bytes.clone();
            for _ in 0..=random() % 3 {
                // Most of what a file claims stands at its beginning.
                let end = if random() % 2 == 0 { 64 } else { bytes.len() };
                damaged[random() % end.min(bytes.len())] = random() as u8;
            }
            if let Ok(picture) = decode_bytes(&damaged, &path) {
                let n_samples = match &picture.pixels {
                    PicturePixels::U8(samples) => samples.len(),
                    PicturePixels::U16(samples) => samples.len(),
                };
                let expected = picture.n_pixels() * picture.channels.count();
                assert_eq!(n_samples, expected, "{}", path.display());
            }
        }
    }
}

#[test]
fn a_truncated_jpeg_says_so_although_a_thumbnail_ends_inside_it() {
    let jpeg = std::fs::read(file("gray.jpg")).unwrap();
    let thumbnail = [
        &[0xFF, 0xE5][..],
        &((jpeg.len() + 2) as u16).to_be_bytes(),
        &jpeg,
    ]
    .concat();
    let bytes = [&jpeg[..2], &thumbnail, &jpeg[2..]].concat();
    let name = Path::new("a.jpg");
    assert_eq!(
        decode_bytes(&bytes, name).unwrap(),
        decode(&file("gray.jpg")).unwrap()
    );
    let message = decode_bytes(&bytes[..bytes.len() - 3], name)
        .unwrap_err()
        .to_string();
    let expected = "cannot read a.jpg: it is truncated: the marker of its end is missing";
    assert_eq!(message, expected);
}

/// A grey PNG whose header claims `side`² pixels of 16 bits.
fn bomb(side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Sixteen);
    let mut writer = encoder.write_header().unwrap();
    writer.write_chunk(png::chunk::IDAT, &[]).unwrap();
    drop(writer);
    bytes
}

#[test]
fn claims_beyond_the_limit_are_refused() {
    let error = decode_bytes(&bomb(100_000), Path::new("bomb.png")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let expected = "cannot read bomb.png: a picture must take at most 1073741824 bytes, \
                    this one of 100000×100000 pixels takes 20000000000";
    assert_eq!(error.to_string(), expected);

    let header = b"P5 100000 100000 255\n";
    let error = decode_bytes(header, Path::new("bomb.pgm")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let mut gif = std::fs::read(file("palette.gif")).unwrap();
    gif[6..10].fill(0xFF);
    let error = decode_bytes(&gif, Path::new("bomb.gif")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);

    let mut jpeg = std::fs::read(file("progressive.jpg")).unwrap();
    let frame = jpeg
        .windows(2)
        .position(|pair| pair == [0xFF, 0xC2])
        .unwrap();
    jpeg[frame + 5..frame + 9].fill(0xFF);
    let error = decode_bytes(&jpeg, Path::new("bomb.jpg")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x10, 0, 0x10, 0]);
    let error = decode_bytes(&jpeg, Path::new("bomb.jpg")).unwrap_err();
    let expected = format!(
        "cannot read bomb.jpg: its 4096×4096 pixels cannot be coded in {} bytes",
        jpeg.len()
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn other_files_are_refused_by_name() {
    let message = |bytes: &[u8]| {
        decode_bytes(bytes, Path::new("a.jpg"))
            .unwrap_err()
            .to_string()
    };
    let expected = "cannot read a.jpg: a picture must be a JPEG, PNG, WebP, BMP, GIF, TIFF, PNM or \
                    QOI file, this is none of them";
    assert_eq!(message(b"a text file"), expected);
    assert_eq!(message(b"%PDF-1.7"), expected);
    assert_eq!(message(b""), "cannot read a.jpg: the file is empty");

    let error = decode(Path::new("no such.jpg")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().starts_with("cannot read no such.jpg: "));
}
