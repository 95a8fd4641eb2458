//! Writes class maps of all kinds into a folder, for `testdata/check_class_maps`:
//! `write_class_maps FOLDER`. What they hold is a formula that the script knows too.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use lookalike_imagery::raster::{
    ClassMapSpec, ClassMapWriter, Georeference, Legend, Overviews, Rgb, world_file,
};

const UTM: [f64; 6] = [500_010.0, 30.0, 0.0, 4_200_030.0, 0.0, -30.0];
const DEGREES: [f64; 6] = [-75.9, 0.001, 0.0, 35.9, 0.0, -0.0008];
const ROTATED: [f64; 6] = [500_000.0, 8.0, 3.0, 4_200_000.0, 2.0, -9.0];

struct Kind {
    name: &'static str,
    size: (usize, usize),
    n_classes: usize,
    place: ([f64; 6], Option<u32>),
    confidence: bool,
    overviews: Overviews,
}

fn kinds() -> Vec<Kind> {
    use Overviews::{Mode, Nearest, None as Without};
    let kind = |name, size, n_classes, place, confidence, overviews| Kind {
        name,
        size,
        n_classes,
        place,
        confidence,
        overviews,
    };
    vec![
        kind("utm", (1301, 1111), 5, (UTM, Some(32633)), false, Mode),
        kind("degrees", (700, 300), 12, (DEGREES, Some(4326)), true, Mode),
        kind("web", (1025, 513), 255, (UTM, Some(3857)), true, Nearest),
        kind("many", (1100, 700), 300, (UTM, Some(3035)), false, Mode),
        kind("many_sure", (1100, 700), 300, (UTM, Some(3035)), true, Mode),
        kind(
            "rotated",
            (600, 200),
            3,
            (ROTATED, Some(32633)),
            false,
            Without,
        ),
        kind("nowhere", (600, 600), 2, (UTM, None), false, Mode),
        kind("tile", (10_980, 10_980), 8, (UTM, Some(32633)), false, Mode),
    ]
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .ok_or("usage: write_class_maps FOLDER")?;
    let folder = PathBuf::from(folder);
    fs::create_dir_all(&folder)?;
    for kind in kinds() {
        write(&folder, &kind)?;
    }
    Ok(())
}

fn palette(n_classes: usize) -> Vec<Rgb> {
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

fn write(folder: &Path, kind: &Kind) -> Result<(), Box<dyn Error>> {
    let (width, height) = kind.size;
    let pixels = 0..width * height;
    let classes: Vec<u16> = pixels
        .clone()
        .map(|i| class(i % width, i / width, kind.n_classes))
        .collect();
    let percents: Vec<u8> = pixels.map(|i| (i % 97 + 1) as u8).collect();
    let place = Georeference::from_transform(kind.place.0, kind.place.1);
    let spec = ClassMapSpec::new(width, height, palette(kind.n_classes))
        .georeference(Some(place.clone()))
        .confidence(kind.confidence)
        .overviews(kind.overviews);
    let path = folder.join(format!("{}.tif", kind.name));

    let start = Instant::now();
    let mut writer = ClassMapWriter::create(&path, spec)?;
    let step = 300 * width;
    for (classes, percents) in classes.chunks(step).zip(percents.chunks(step)) {
        writer.write_rows(classes, kind.confidence.then_some(percents))?;
    }
    writer.finish()?;
    say(&path, start)?;

    let names = (1..=kind.n_classes)
        .map(|i| format!("wood & <m\u{e4}dow> \"{i}\""))
        .collect();
    let legend = Legend::new(palette(kind.n_classes), names)?;
    fs::write(
        folder.join(format!("{}.tif.aux.xml", kind.name)),
        legend.gdal_aux_xml(),
    )?;
    fs::write(
        folder.join(format!("{}.qml", kind.name)),
        legend.qgis_style(),
    )?;
    let world = world_file(&place, (2.0, 2.0)).ok_or("all kinds have a transform")?;
    fs::write(folder.join(format!("{}.pgw", kind.name)), world)?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what an example has to say")]
fn say(path: &Path, start: Instant) -> std::io::Result<()> {
    let bytes = fs::metadata(path)?.len();
    println!(
        "{}: {bytes} bytes in {:.2?}",
        path.display(),
        start.elapsed()
    );
    Ok(())
}
