//! Writes class maps of all kinds into a folder, for `testdata/check_class_maps`:
//! `write_class_maps FOLDER`. What they hold is a formula that the script knows too.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use lookalike_imagery::raster::{ClassMapSpec, ClassMapWriter, Georeference, Overviews};

const UTM: [f64; 6] = [500_010.0, 30.0, 0.0, 4_200_030.0, 0.0, -30.0];
const DEGREES: [f64; 6] = [-75.9, 0.001, 0.0, 35.9, 0.0, -0.0008];
const ROTATED: [f64; 6] = [500_000.0, 8.0, 3.0, 4_200_000.0, 2.0, -9.0];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(
        std::env::args_os()
            .nth(1)
            .ok_or("usage: write_class_maps FOLDER")?,
    );
    fs::create_dir_all(&folder)?;
    let kinds = [
        (
            "utm",
            1301,
            1111,
            5,
            UTM,
            Some(32633),
            false,
            Overviews::Mode,
        ),
        (
            "degrees",
            700,
            300,
            12,
            DEGREES,
            Some(4326),
            true,
            Overviews::Mode,
        ),
        (
            "web",
            1025,
            513,
            255,
            UTM,
            Some(3857),
            true,
            Overviews::Nearest,
        ),
        (
            "many",
            1100,
            700,
            300,
            UTM,
            Some(3035),
            false,
            Overviews::Mode,
        ),
        (
            "many_sure",
            1100,
            700,
            300,
            UTM,
            Some(3035),
            true,
            Overviews::Mode,
        ),
        (
            "rotated",
            300,
            200,
            3,
            ROTATED,
            Some(32633),
            false,
            Overviews::None,
        ),
        ("nowhere", 600, 600, 2, UTM, None, false, Overviews::Mode),
        (
            "tile",
            10_980,
            10_980,
            8,
            UTM,
            Some(32633),
            false,
            Overviews::Mode,
        ),
    ];
    for (name, width, height, n_classes, transform, epsg, confidence, overviews) in kinds {
        let spec = ClassMapSpec::new(width, height, palette(n_classes))
            .georeference(Some(Georeference::from_transform(transform, epsg)))
            .confidence(confidence)
            .overviews(overviews);
        write(
            &folder.join(format!("{name}.tif")),
            spec,
            (width, height, n_classes),
            confidence,
        )?;
    }
    Ok(())
}

fn palette(n_classes: usize) -> Vec<[u8; 3]> {
    let channel = |value: usize| (value % 256) as u8;
    (1..=n_classes)
        .map(|i| [channel(i), channel(i * 7), channel(i * 31)])
        .collect()
}

/// Patches with frayed edges, and a class 0 here and there.
fn class(x: usize, y: usize, n_classes: usize) -> u16 {
    let frayed = (x * 7 + y * 13) % 5 / 4;
    ((x / 37 + frayed + (y + x / 9) / 23 * 3) % (n_classes + 1)) as u16
}

fn write(
    path: &Path,
    spec: ClassMapSpec,
    (width, height, n_classes): (usize, usize, usize),
    confidence: bool,
) -> Result<(), Box<dyn Error>> {
    let pixels = 0..width * height;
    let classes: Vec<u16> = pixels
        .clone()
        .map(|i| class(i % width, i / width, n_classes))
        .collect();
    let percents: Vec<u8> = pixels.map(|i| (i % 97 + 1) as u8).collect();
    let start = Instant::now();
    let mut writer = ClassMapWriter::create(path, spec)?;
    let step = 300 * width;
    for (classes, percents) in classes.chunks(step).zip(percents.chunks(step)) {
        writer.write_rows(classes, confidence.then_some(percents))?;
    }
    writer.finish()?;
    #[expect(clippy::print_stdout, reason = "what an example has to say")]
    {
        let bytes = fs::metadata(path)?.len();
        println!(
            "{}: {bytes} bytes in {:.2?}",
            path.display(),
            start.elapsed()
        );
    }
    Ok(())
}
