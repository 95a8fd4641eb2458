//! Pictures of few colours: what is kept, what is lost, and what is refused.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;
use std::path::Path;

use lookalike::imagery::picture::{Channels, Picture, PicturePixels, decode, decode_bytes};
use lookalike::quantize::{ColorSpace, Dither, Format, Quantize, Quantized};
use lookalike::{Context, ErrorKind};

fn picture(width: usize, channels: Channels, samples: Vec<u8>) -> Picture {
    Picture {
        width,
        height: samples.len() / channels.count() / width,
        channels,
        pixels: PicturePixels::U8(samples),
    }
}

/// Smooth colours with some noise; alpha, where asked for, from 0 at the left to 255 at the right.
fn gradient(width: usize, height: usize, channels: Channels) -> Picture {
    let mut state = 7u32;
    let mut samples = Vec::new();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 28) as usize;
        let color = [
            x * 200 / width,
            y * 200 / height,
            (x + y) * 100 / (width + height),
        ];
        let alpha = (x * 320 / width).saturating_sub(32).min(255);
        match channels {
            Channels::Gray => samples.push((color[0] + noise) as u8),
            Channels::GrayAlpha => samples.extend([(color[0] + noise) as u8, alpha as u8]),
            Channels::Rgb => samples.extend(color.map(|v| (v + noise) as u8)),
            Channels::Rgba => {
                samples.extend(color.map(|v| (v + noise) as u8));
                samples.push(alpha as u8);
            }
        }
    }
    picture(width, channels, samples)
}

fn rgba(picture: &Picture) -> Vec<[u8; 4]> {
    let PicturePixels::U8(samples) = &picture.pixels else {
        panic!("these tests have 8 bits");
    };
    let pixels = samples.chunks_exact(picture.channels.count());
    pixels
        .map(|pixel| match *pixel {
            [v] => [v, v, v, 255],
            [v, a] => [v, v, v, a],
            [r, g, b] => [r, g, b, 255],
            _ => [pixel[0], pixel[1], pixel[2], pixel[3]],
        })
        .collect()
}

fn shown(quantized: &Quantized) -> Vec<[u8; 4]> {
    quantized.rgba().as_chunks().0.to_vec()
}

fn run(recipe: &Quantize, picture: &Picture) -> Quantized {
    recipe.run(picture, &Context::new()).unwrap()
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    for channels in [Channels::Gray, Channels::Rgb, Channels::Rgba] {
        let picture = gradient(701, 300, channels);
        for space in [ColorSpace::Srgb, ColorSpace::Oklab] {
            for dither in [Dither::None, Dither::FloydSteinberg] {
                let recipe = Quantize::new(40).space(space).dither(dither).seed(3);
                let on = |threads| {
                    let context = Context::new().threads(threads).unwrap();
                    let mut quantized = recipe.run(&picture, &context).unwrap();
                    quantized.seconds.clear();
                    quantized
                };
                let one = on(1);
                assert!(
                    one == on(2),
                    "{channels:?} {space:?} {dither:?} on 2 threads"
                );
                assert!(
                    one == on(8),
                    "{channels:?} {space:?} {dither:?} on 8 threads"
                );
            }
        }
    }
}

#[test]
fn every_opaque_pixel_gets_the_nearest_color_and_errors_add_up() {
    let picture = gradient(120, 90, Channels::Rgb);
    let quantized = run(&Quantize::new(32), &picture);
    assert_eq!(quantized.palette.len(), 32);
    let squared = |a: [u8; 4], b: [u8; 4]| -> u64 {
        let pairs = a.into_iter().zip(b);
        pairs.map(|(a, b)| u64::from(a.abs_diff(b)).pow(2)).sum()
    };
    let mut total = 0;
    let mut counts = vec![0; 32];
    for (pixel, &index) in rgba(&picture).into_iter().zip(&quantized.indices) {
        let error = squared(pixel, quantized.palette[usize::from(index)]);
        let least = quantized
            .palette
            .iter()
            .map(|&color| squared(pixel, color))
            .min();
        assert_eq!(error, least.unwrap());
        total += error;
        counts[usize::from(index)] += 1;
    }
    assert_eq!(quantized.counts, counts);
    assert!(counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
    let expected = total as f64 / (3.0 * 120.0 * 90.0);
    assert!((quantized.mean_squared_error / expected - 1.0).abs() < 1e-12);
    assert!((quantized.psnr() - 10.0 * (65_025.0 / expected).log10()).abs() < 1e-9);
}

#[test]
fn an_alpha_that_is_never_less_than_full_does_not_count() {
    let rgb = gradient(60, 40, Channels::Rgb);
    let PicturePixels::U8(samples) = &rgb.pixels else {
        panic!("{rgb:?}");
    };
    let (pixels, _) = samples.as_chunks::<3>();
    let with_alpha = pixels
        .iter()
        .flat_map(|&[r, g, b]| [r, g, b, 255])
        .collect();
    let rgba = picture(60, Channels::Rgba, with_alpha);
    let errors = [rgb, rgba].map(|picture| run(&Quantize::new(8), &picture).mean_squared_error);
    assert!((errors[0] / errors[1] - 1.0).abs() < 1e-12, "{errors:?}");
}

#[test]
fn few_colors_are_kept_as_they_are() {
    for channels in [
        Channels::Gray,
        Channels::GrayAlpha,
        Channels::Rgb,
        Channels::Rgba,
    ] {
        let mut picture = gradient(90, 70, channels);
        if let PicturePixels::U8(samples) = &mut picture.pixels {
            for sample in samples {
                *sample &= 0xC0;
            }
        }
        let before = rgba(&picture);
        let transparent = |pixel: &[u8; 4]| if pixel[3] == 0 { [0; 4] } else { *pixel };
        let before: Vec<_> = before.iter().map(transparent).collect();
        let distinct: BTreeSet<_> = before.iter().collect();
        for dither in [Dither::None, Dither::FloydSteinberg] {
            let quantized = run(&Quantize::new(distinct.len()).dither(dither), &picture);
            assert_eq!(shown(&quantized), before, "{channels:?}");
            assert_eq!(quantized.n_colors_before, distinct.len());
            assert!(quantized.lossless() && quantized.psnr() == f64::INFINITY);
        }
        let fewer = run(&Quantize::new(distinct.len() - 1), &picture);
        assert!(!fewer.lossless(), "{channels:?}");
    }
}

#[test]
fn what_is_transparent_stays_so_and_what_is_visible_too() {
    for channels in [Channels::GrayAlpha, Channels::Rgba] {
        let picture = gradient(160, 60, channels);
        let before = rgba(&picture);
        assert!(before.iter().any(|pixel| pixel[3] == 0));
        for space in [ColorSpace::Srgb, ColorSpace::Oklab] {
            for dither in [Dither::None, Dither::FloydSteinberg] {
                for k in [2, 24] {
                    let recipe = Quantize::new(k).space(space).dither(dither);
                    let quantized = run(&recipe, &picture);
                    assert!(quantized.palette.len() <= k);
                    for (before, after) in before.iter().zip(shown(&quantized)) {
                        assert_eq!(before[3] == 0, after[3] == 0);
                        assert!(after[3] > 0 || after == [0; 4]);
                    }
                }
            }
        }
        let alphas = run(&Quantize::new(24), &picture).palette;
        let alphas: BTreeSet<u8> = alphas.iter().map(|color| color[3]).collect();
        assert!(alphas.len() > 3, "shades of alpha are kept: {alphas:?}");
    }
}

#[test]
fn greys_stay_grey() {
    for space in [ColorSpace::Srgb, ColorSpace::Oklab] {
        let quantized = run(
            &Quantize::new(7).space(space),
            &gradient(99, 50, Channels::Gray),
        );
        assert_eq!(quantized.palette.len(), 7);
        assert!(
            quantized
                .palette
                .iter()
                .all(|[r, g, b, a]| r == g && g == b && *a == 255)
        );
    }
}

#[test]
fn sixteen_bits_are_reduced_to_eight_and_that_is_said() {
    let eight = gradient(64, 64, Channels::Rgb);
    let PicturePixels::U8(samples) = &eight.pixels else {
        panic!("8 bits");
    };
    let sixteen = Picture {
        pixels: PicturePixels::U16(samples.iter().map(|&v| u16::from(v) * 257).collect()),
        ..eight.clone()
    };
    let (eight, sixteen) = (
        run(&Quantize::new(20), &eight),
        run(&Quantize::new(20), &sixteen),
    );
    assert!(!eight.reduced_to_8_bits && sixteen.reduced_to_8_bits);
    assert_eq!(eight.palette, sixteen.palette);
    assert_eq!(eight.indices, sixteen.indices);
}

/// Averaged over small squares, as eyes do, the dithered picture is nearer; not everywhere, for
/// colours outside those of the palette cannot be mixed of them.
#[test]
fn dithering_keeps_local_means() {
    let picture = gradient(256, 256, Channels::Rgb);
    let before = rgba(&picture);
    let error = |dither| {
        let after = shown(&run(&Quantize::new(6).dither(dither), &picture));
        let mut total = 0.0;
        for square in 0..32 * 32 {
            let pixels = (0..64).map(|i| (square / 32 * 8 + i / 8) * 256 + square % 32 * 8 + i % 8);
            let pixels: Vec<usize> = pixels.collect();
            for channel in 0..3 {
                let sum = |of: &[[u8; 4]]| -> i32 {
                    pixels.iter().map(|&i| i32::from(of[i][channel])).sum()
                };
                total += f64::from(sum(&before) - sum(&after)).powi(2);
            }
        }
        total
    };
    let (plain, dithered) = (error(Dither::None), error(Dither::FloydSteinberg));
    assert!(dithered < 0.6 * plain, "{dithered} against {plain}");
}

#[test]
fn oklab_is_nearer_in_oklab_and_srgb_in_srgb() {
    let picture = gradient(200, 150, Channels::Rgb);
    let of = |space| run(&Quantize::new(16).space(space), &picture);
    let (srgb, oklab) = (of(ColorSpace::Srgb), of(ColorSpace::Oklab));
    assert_ne!(srgb.palette, oklab.palette);
    assert!(srgb.psnr() > oklab.psnr());
}

#[test]
fn what_is_written_is_read_again() {
    for (channels, formats) in [
        (Channels::Rgb, &[Format::Png, Format::WebP][..]),
        (Channels::Rgba, &[Format::Png, Format::WebP][..]),
    ] {
        let picture = gradient(83, 41, channels);
        for k in [2, 3, 11, 200, 600] {
            let quantized = run(&Quantize::new(k), &picture);
            for &format in formats {
                let file = quantized.encode(format).unwrap();
                let read = decode_bytes(&file, Path::new("test")).unwrap();
                assert_eq!(rgba(&read), shown(&quantized), "{format:?} {k}");
            }
        }
    }
    let quantized = run(&Quantize::new(4), &gradient(83, 41, Channels::Rgb));
    let file = quantized.encode(Format::Jpeg).unwrap();
    let read = decode_bytes(&file, Path::new("test")).unwrap();
    assert_eq!((read.width, read.height), (83, 41));
    let quantized = run(&Quantize::new(4), &gradient(83, 41, Channels::Rgba));
    assert_eq!(
        quantized.encode(Format::Jpeg).unwrap_err().to_string(),
        "output must be .png or .webp for a picture with transparent pixels, which JPEG cannot hold"
    );
}

#[test]
fn impossible_numbers_of_colors_are_refused() {
    let picture = gradient(20, 20, Channels::Rgba);
    for (recipe, message) in [
        (
            Quantize::new(0),
            "n_colors must be between 1 and 65535, got 0",
        ),
        (
            Quantize::new(65_536),
            "n_colors must be between 1 and 65535, got 65536",
        ),
        (
            Quantize::new(1),
            "n_colors must be at least 2 for a picture with transparent pixels, got 1",
        ),
        (
            Quantize::new(9).n_init(0),
            "n_init must be at least 1, got 0",
        ),
    ] {
        let error = recipe.run(&picture, &Context::new()).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(error.kind(), &ErrorKind::InvalidParameter);
    }
}

#[test]
fn a_picture_that_contradicts_itself_is_refused() {
    let mut picture = gradient(20, 20, Channels::Rgb);
    picture.width = 21;
    let error = Quantize::new(9).run(&picture, &Context::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "picture must have 3 samples for each of 21×20 pixels, at least one and fewer than 2^32, \
         got 1200 samples"
    );
    assert_eq!(error.kind(), &ErrorKind::InvalidInput);
    let empty = picture_of_nothing();
    assert!(Quantize::new(9).run(&empty, &Context::new()).is_err());
}

fn picture_of_nothing() -> Picture {
    Picture {
        width: 0,
        height: 0,
        channels: Channels::Gray,
        pixels: PicturePixels::U8(Vec::new()),
    }
}

#[test]
fn a_cancelled_run_stops() {
    let token = lookalike::CancelToken::default();
    token.cancel();
    let context = Context::new().cancel_with(&token);
    let error = Quantize::new(9)
        .run(&gradient(20, 20, Channels::Rgb), &context)
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Cancelled);
}

/// PSNR of Pillow 13.0.0's `quantize(k, kmeans=3)` and of libimagequant (imagequant 1.1.5), neither
/// dithered, measured on the same photo.
#[test]
fn a_photo_is_no_worse_than_by_pillow_and_libimagequant() {
    let data = std::env::var_os("LOOKALIKE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        Into::into,
    );
    let photo = data.join("scenes/seville.jpg");
    if !photo.exists() {
        println!("skipped: {} is not there", photo.display());
        return;
    }
    let photo = decode(&photo).unwrap();
    for (k, pillow, libimagequant) in [(16, 28.091, 28.016), (256, 36.390, 36.507)] {
        let psnr = run(&Quantize::new(k), &photo).psnr();
        assert!(psnr > pillow && psnr > libimagequant, "{k}: {psnr}");
    }
}
