//! Reads a whole raster and writes what was read, for comparison with other readers.
//!
//! ```text
//! dump_raster FILE SAMPLES MASK [ROWS]
//! ```
//!
//! Prints size, type, bands and georeference as JSON; writes the samples, band after band in the
//! machine's byte order, and one byte a pixel for the mask. Reads windows of `ROWS` rows (all), and
//! compares some random windows and each single band with that. Exit 2 is a file that is not read,
//! with the reason on standard error.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for other programs"
)]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use lookalike_imagery::raster::{self, Block, RasterSource, Samples, Window};
use serde_json::json;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, samples, mask, rest @ ..] = &arguments[..] else {
        eprintln!("usage: dump_raster FILE SAMPLES MASK [ROWS]");
        return ExitCode::from(64);
    };
    let source = match raster::open(Path::new(file)) {
        Ok(source) => source,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let rows = rest.first().and_then(|rows| rows.parse().ok());
    match dump(&*source, Path::new(samples), Path::new(mask), rows) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<lookalike_imagery::Error>() => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn dump(
    source: &dyn RasterSource,
    samples: &Path,
    mask: &Path,
    rows: Option<usize>,
) -> Result<(), Box<dyn Error>> {
    let info = source.info();
    let (width, height) = (info.width, info.height);
    let bands: Vec<usize> = (0..info.bands.len()).collect();
    let sample_bytes = info.sample_type.bytes();
    let mut all = vec![0; width * height * bands.len() * sample_bytes];
    let mut valid = vec![0; width * height];
    let mut block = Block::default();
    let step = rows.unwrap_or(height).max(1);
    for y in (0..height).step_by(step) {
        let window = Window {
            x: 0,
            y,
            width,
            height: step.min(height - y),
        };
        source.read(window, &bands, &mut block)?;
        let bytes = to_bytes(&block.samples);
        let part = window.n_pixels() * sample_bytes;
        for band in &bands {
            let start = (band * height + y) * width * sample_bytes;
            all[start..start + part].copy_from_slice(&bytes[band * part..][..part]);
        }
        valid[y * width..][..window.n_pixels()].copy_from_slice(&block.valid);
    }
    compare_windows(source, &all, &valid)?;
    fs::write(samples, all)?;
    fs::write(mask, valid)?;
    let place = info.georeference.as_ref();
    println!(
        "{}",
        json!({
            "width": width,
            "height": height,
            "sample_type": format!("{:?}", info.sample_type),
            "names": info.bands.iter().map(|b| &b.name).collect::<Vec<_>>(),
            "nodata": info.bands.iter().map(|b| b.nodata.map(|v| v.to_string())).collect::<Vec<_>>(),
            "block": [info.block.0, info.block.1],
            "palette": info.palette,
            "transform": place.and_then(raster::Georeference::transform),
            "epsg": place.and_then(raster::Georeference::epsg),
        })
    );
    Ok(())
}

/// Windows and single bands must be what the whole is.
fn compare_windows(
    source: &dyn RasterSource,
    all: &[u8],
    valid: &[u8],
) -> Result<(), Box<dyn Error>> {
    const N_WINDOWS: u64 = 12;
    let info = source.info();
    let sample_bytes = info.sample_type.bytes();
    let mut state = 1u64;
    let mut random = |n: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % n
    };
    for _ in 0..N_WINDOWS {
        let (x, y) = (random(info.width), random(info.height));
        let window = Window {
            x,
            y,
            width: 1 + random((info.width - x).min(300)),
            height: 1 + random((info.height - y).min(300)),
        };
        let bands = [random(info.bands.len()), random(info.bands.len())];
        let mut block = Block::default();
        source.read(window, &bands, &mut block)?;
        let bytes = to_bytes(&block.samples);
        for (i, row) in (0..window.height).enumerate() {
            for (k, band) in bands.iter().enumerate() {
                let place = ((band * info.height + y + row) * info.width + x) * sample_bytes;
                let n = window.width * sample_bytes;
                let own = (k * window.height + i) * n;
                if bytes[own..own + n] != all[place..place + n] {
                    return Err(format!("{window:?} of band {band} differs from the whole").into());
                }
            }
            let place = (y + row) * info.width + x;
            if block.valid[i * window.width..][..window.width] != valid[place..][..window.width] {
                return Err(format!("the mask of {window:?} differs from the whole").into());
            }
        }
    }
    Ok(())
}

fn to_bytes(samples: &Samples) -> Vec<u8> {
    macro_rules! bytes {
        ($v:expr) => {
            $v.iter().flat_map(|v| v.to_ne_bytes()).collect()
        };
    }
    match samples {
        Samples::U8(v) => v.clone(),
        Samples::I8(v) => bytes!(v),
        Samples::U16(v) => bytes!(v),
        Samples::I16(v) => bytes!(v),
        Samples::U32(v) => bytes!(v),
        Samples::I32(v) => bytes!(v),
        Samples::U64(v) => bytes!(v),
        Samples::I64(v) => bytes!(v),
        Samples::F32(v) => bytes!(v),
        Samples::F64(v) => bytes!(v),
    }
}
