use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::ErrorKind;

fn numbers(value: &Value) -> Vec<i64> {
    let numbers = value.as_array().unwrap().iter();
    numbers.map(|number| number.as_i64().unwrap()).collect()
}

fn picture(case: &Value) -> Picture {
    let samples = numbers(&case["pixels"]);
    let mode = case["mode"].as_str().unwrap();
    let eight_bits = || PicturePixels::U8(samples.iter().map(|&s| s as u8).collect());
    let (channels, pixels) = match mode {
        "L" => (Channels::Gray, eight_bits()),
        "LA" => (Channels::GrayAlpha, eight_bits()),
        "RGB" => (Channels::Rgb, eight_bits()),
        "RGBA" => (Channels::Rgba, eight_bits()),
        _ => {
            let samples = samples.iter().map(|&s| s as u16).collect();
            (Channels::Gray, PicturePixels::U16(samples))
        }
    };
    let side = |key: &str| case[key].as_u64().unwrap() as usize;
    Picture {
        width: side("width"),
        height: side("height"),
        channels,
        pixels,
    }
}

fn samples(picture: &Picture) -> Vec<i64> {
    match &picture.pixels {
        PicturePixels::U8(samples) => samples.iter().map(|&s| s.into()).collect(),
        PicturePixels::U16(samples) => samples.iter().map(|&s| s.into()).collect(),
    }
}

#[test]
fn equals_pillow_to_one_level() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden");
    let text = std::fs::read_to_string(golden.join("picture_resize.json")).unwrap();
    let golden: Value = serde_json::from_str(&text).unwrap();
    let mut n_cases = 0;
    for case in golden["pictures"].as_array().unwrap() {
        let source = picture(case);
        for expected in case["resized"].as_array().unwrap() {
            let name = expected["filter"].as_str().unwrap();
            let filter = match name {
                "Nearest" => Filter::Nearest,
                "Box" => Filter::Box,
                "Bilinear" => Filter::Bilinear,
                "Bicubic" => Filter::Bicubic,
                _ => Filter::Lanczos,
            };
            let side = |key: &str| expected[key].as_u64().unwrap() as usize;
            let size = (side("width"), side("height"));
            let resized = resize(&source, size.0, size.1, filter).unwrap();
            assert_eq!((resized.width, resized.height), size);
            let n_channels = source.channels.count();
            let (ours, theirs) = (samples(&resized), numbers(&expected["pixels"]));
            assert_eq!(ours.len(), theirs.len());
            let pixels = ours.chunks(n_channels).zip(theirs.chunks(n_channels));
            for (i, (ours, theirs)) in pixels.enumerate() {
                let last = n_channels - 1;
                for c in 0..n_channels {
                    let (difference, tolerance) = match filter {
                        Filter::Nearest => (ours[c] - theirs[c], 0),
                        // A level where it is multiplied by alpha, and what both round where they divide.
                        _ if source.channels.has_alpha() && c < last => {
                            (ours[c] * ours[last] - theirs[c] * theirs[last], 255 * 5 / 2)
                        }
                        _ => (ours[c] - theirs[c], 1),
                    };
                    assert!(
                        difference.abs() <= tolerance,
                        "{} {name} to {size:?}, pixel {i}, channel {c}: {ours:?}, Pillow {theirs:?}",
                        case["mode"]
                    );
                }
            }
            n_cases += 1;
        }
    }
    assert!(n_cases > 100);
}

fn flat(width: usize, height: usize, color: [u8; 3]) -> Picture {
    Picture {
        width,
        height,
        channels: Channels::Rgb,
        pixels: PicturePixels::U8(color.repeat(width * height)),
    }
}

#[test]
fn thin_and_tiny_pictures_keep_their_color() {
    let color = [201, 7, 255];
    for (width, height) in [(1, 1), (1, 30_000), (30_000, 1), (3, 65_535), (1, 300_000)] {
        for filter in [
            Filter::Nearest,
            Filter::Box,
            Filter::Bilinear,
            Filter::Bicubic,
            Filter::Lanczos,
        ] {
            for side in [1, 32] {
                let resized = resize(&flat(width, height, color), side, side, filter).unwrap();
                let n = side * side;
                assert_eq!(samples(&resized).len(), 3 * n);
                for (i, sample) in samples(&resized).into_iter().enumerate() {
                    let difference = (sample - i64::from(color[i % 3])).abs();
                    assert!(
                        difference <= 1,
                        "{width}×{height} to {side} by {filter:?}: {sample}"
                    );
                }
            }
        }
    }
}

#[test]
fn sizes_are_checked_first() {
    let message = |picture: &Picture, width, height| {
        let error = resize(picture, width, height, Filter::Bilinear).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        error.to_string()
    };
    let small = flat(2, 3, [1, 2, 3]);
    assert_eq!(message(&small, 0, 5), "width must be at least 1, got 0");
    assert_eq!(message(&small, 5, 0), "height must be at least 1, got 0");
    assert_eq!(
        message(&small, 1 << 16, 1 << 15),
        "width × height must make pictures of at most 1073741824 bytes, got 65536×32768"
    );
    // What lies between the two passes counts too.
    assert_eq!(
        message(&flat(1, 30_000, [0; 3]), 30_000, 1),
        "width × height must make pictures of at most 1073741824 bytes, got 30000×30000"
    );
    assert!(message(&small, usize::MAX, 2).contains("width × height"));
}

proptest! {
    #[test]
    fn a_crop_is_its_pixels(
        size in (1usize..9, 1usize..9),
        corner in (0usize..9, 0usize..9),
        extent in (0usize..9, 0usize..9),
    ) {
        let pixels: Vec<u16> = (0..size.0 * size.1 * 2).map(|i| i as u16).collect();
        let picture = Picture {
            width: size.0,
            height: size.1,
            channels: Channels::GrayAlpha,
            pixels: PicturePixels::U16(pixels),
        };
        let cropped = picture.crop(corner.0, corner.1, extent.0, extent.1);
        let inside = extent.0 > 0 && extent.1 > 0
            && corner.0 + extent.0 <= size.0 && corner.1 + extent.1 <= size.1;
        prop_assert_eq!(cropped.is_ok(), inside);
        if let Ok(cropped) = cropped {
            prop_assert_eq!((cropped.width, cropped.height), extent);
            let expected: Vec<i64> = (corner.1..corner.1 + extent.1)
                .flat_map(|y| (corner.0..corner.0 + extent.0).map(move |x| (y, x)))
                .flat_map(|(y, x)| [0, 1].map(|c| ((y * size.0 + x) * 2 + c) as i64))
                .collect();
            prop_assert_eq!(samples(&cropped), expected);
        }
    }
}

#[test]
fn a_crop_outside_is_an_error() {
    let message = flat(4, 3, [0; 3]).crop(2, 0, 3, 1).unwrap_err().to_string();
    let expected = "crop must have pixels and lie inside the 4×3 pixels, got 3×1 from (2, 0)";
    assert_eq!(message, expected);
    assert!(flat(4, 3, [0; 3]).crop(usize::MAX, 0, 2, 1).is_err());
}
