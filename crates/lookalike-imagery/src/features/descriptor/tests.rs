use std::path::Path;

use ndarray::Array2;
use serde_json::Value;

use super::*;
use crate::picture::{Channels, PicturePixels, decode};

fn describe(pictures: &[Picture]) -> Array2<f32> {
    let mut rows = Array2::from_elem((pictures.len(), Descriptor.n_features()), f32::NAN);
    Descriptor.extract(pictures, rows.view_mut()).unwrap();
    rows
}

fn picture(width: usize, height: usize, color: impl Fn(usize, usize) -> [u8; 3]) -> Picture {
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Picture {
        width,
        height,
        channels: Channels::Rgb,
        pixels: PicturePixels::U8(pixels.flat_map(|(x, y)| color(x, y)).collect()),
    }
}

/// The pattern of the generator of the golden cases.
fn pattern(width: usize, height: usize) -> Picture {
    picture(width, height, |x, y| {
        let wave = x * x / 16 + y * 5 + x * y / 32;
        [wave % 256, (x * 3) % 256, (255 - y % 256) / 2].map(|level| level as u8)
    })
}

fn distance(a: &Picture, b: &Picture) -> f32 {
    let rows = describe(&[a.clone(), b.clone()]);
    let difference = &rows.row(0) - &rows.row(1);
    difference.dot(&difference).sqrt()
}

#[test]
fn equals_a_plain_twin_in_numpy() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden");
    let text = std::fs::read_to_string(golden.join("features.json")).unwrap();
    let cases: Value = serde_json::from_str(&text).unwrap();
    let cases = cases["descriptor"].as_array().unwrap();
    assert!(cases.len() >= 8);
    for case in cases {
        let side = |key: &str| case[key].as_u64().unwrap() as usize;
        let picture = match case["file"].as_str() {
            Some(name) => decode(&golden.join("pictures").join(name)).unwrap(),
            None => pattern(side("width"), side("height")),
        };
        let row = describe(std::slice::from_ref(&picture));
        let expected = case["row"].as_array().unwrap();
        assert_eq!(row.len(), expected.len());
        // A level in 255 may differ where the picture was resized.
        let tolerance = if picture.width.max(picture.height) > WORKING_SIDE {
            0.01
        } else {
            2e-3
        };
        let mut square = 0.0;
        for (i, (ours, theirs)) in row.iter().zip(expected).enumerate() {
            let difference = f64::from(*ours) - theirs.as_f64().unwrap();
            assert!(
                difference.abs() < tolerance,
                "{}×{} of {}, feature {i}: {ours}, not {theirs}",
                picture.width,
                picture.height,
                case["file"]
            );
            square += difference * difference;
        }
        assert!(
            square.sqrt() < 2.0 * tolerance,
            "{}: {square}",
            case["file"]
        );
    }
}

#[test]
fn all_pictures_have_finite_features_of_bounded_length() {
    let pictures = [
        picture(1, 1, |_, _| [3, 200, 7]),
        picture(1, 30_000, |_, y| [(y % 256) as u8, 0, 255]),
        picture(30_000, 1, |x, _| [(x % 256) as u8; 3]),
        picture(40, 40, |_, _| [0; 3]),
        picture(40, 40, |_, _| [255; 3]),
        picture(2, 3, |x, y| [(x * 255) as u8, (y * 100) as u8, 0]),
        pattern(28, 28),
        pattern(500, 300),
    ];
    for (picture, row) in pictures.iter().zip(describe(&pictures).rows()) {
        assert!(row.iter().all(|value| value.is_finite()));
        let length = row.dot(&row).sqrt();
        assert!(
            (0.4..1.5).contains(&length),
            "{}×{}: {length}",
            picture.width,
            picture.height
        );
    }
}

#[test]
fn gray_is_neutral_however_it_is_stored() {
    let level = |x: usize, y: usize| ((x * 9 + y * 4) % 256) as u8;
    let colored = picture(30, 20, |x, y| [level(x, y); 3]);
    let gray = colored.to_gray8();
    assert_eq!(describe(&[colored]), describe(std::slice::from_ref(&gray)));
    let row = describe(&[gray]);
    let colors = &row.as_slice().unwrap()[gradients::N_FEATURES..][..colors::N_FEATURES];
    for (bin, share) in colors.iter().enumerate() {
        let is_gray = bin % 49 == 24;
        assert!(is_gray || *share < 1e-3, "bin {bin} has {share}");
    }
    let total: f32 = colors.iter().map(|share| share * share).sum();
    assert!((total - COLORS_WEIGHT * COLORS_WEIGHT).abs() < 1e-4);
}

#[test]
fn what_looks_alike_lies_close() {
    let stripes = picture(64, 64, |x, _| [if x / 8 % 2 == 0 { 30 } else { 220 }; 3]);
    let brighter = picture(64, 64, |x, _| [if x / 8 % 2 == 0 { 45 } else { 235 }; 3]);
    let shifted = picture(64, 64, |x, _| {
        [if (x + 1) / 8 % 2 == 0 { 30 } else { 220 }; 3]
    });
    let lying = picture(64, 64, |_, y| [if y / 8 % 2 == 0 { 30 } else { 220 }; 3]);
    let red = picture(64, 64, |x, _| {
        if x / 8 % 2 == 0 {
            [90, 0, 0]
        } else {
            [250, 190, 190]
        }
    });
    for close in [&brighter, &shifted] {
        for far in [&lying, &red] {
            assert!(2.0 * distance(&stripes, close) < distance(&stripes, far));
        }
    }
    let large = resize(&stripes, 128, 128, Filter::Nearest).unwrap();
    assert!(distance(&stripes, &large) < 0.5 * distance(&stripes, &lying));
}

#[test]
fn a_row_depends_on_its_picture_alone() {
    let pictures = [pattern(32, 32), pattern(200, 90), pattern(5, 7)];
    let together = describe(&pictures);
    for (picture, row) in pictures.iter().zip(together.rows()) {
        assert_eq!(describe(std::slice::from_ref(picture)).row(0), row);
    }
    assert_eq!(
        Descriptor.settings(),
        "descriptor 1: side 128, 432 gradients × 1, 294 colors × 0.5, 48 layout × 0.5"
    );
}
