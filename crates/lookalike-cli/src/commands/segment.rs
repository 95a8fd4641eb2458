//! `lookalike segment`

use std::ffi::OsStr;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use lookalike::imagery::raster::{RasterInfo, RasterSource, open, open_scene, parse_colors};
use lookalike::output::OutputFolder;
use lookalike::record::{Input, RunRecord, Step};
use lookalike::scene::{Colors, SceneModel, Segment, Segmentation};
use lookalike::words::plural;
use lookalike::{Error, Result, table};
use serde_json::json;

use crate::args::SegmentArgs;
use crate::printer;

pub(crate) fn run(args: &SegmentArgs) -> Result<()> {
    let start = Instant::now();
    let context = args.run.context()?;
    let name = name(&args.inputs);
    let output = args
        .output
        .clone()
        .unwrap_or_else(|| format!("{name}-classes").into());
    let segment = recipe(args)?;
    let (scene, segment) = open_inputs(args, segment)?;
    let mask = args.mask.as_deref().map(open).transpose()?;

    // Refused before the work is done, not after.
    let mut folder = OutputFolder::create(&output, args.run.overwrite)?;
    folder.spare(args.inputs.iter().chain(&args.mask), format!("{name}.tif"))?;
    // Meanwhile: reading is what takes time, and it is read anyway.
    let inputs = args.inputs.clone();
    let hashes = std::thread::spawn(move || Input::of_files(&inputs));
    let scratch = folder.scratch().to_owned();
    let (found, map) = segment.run_in(
        &scratch,
        &*scene,
        mask.as_deref(),
        |model| segment.class_map(&*scene, model, &name, &mut folder),
        &context,
    )?;
    let writing = Instant::now();
    context.run(|| map.finish())?;
    context.run(|| found.write(&mut folder, &name, args.pictures))?;
    let writing = writing.elapsed().as_secs_f64();
    let inputs = hashes
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let record = record(args, &found, inputs, writing);
    folder.write("run.json", record.json().as_bytes())?;
    context.check()?;
    let files = folder.finish()?;

    if args.run.json {
        printer::data(&format!("{:#}\n", found.json()));
    } else {
        printer::data(&words(&found));
    }
    if !args.run.quiet {
        printer::talk(&closing(
            &found,
            &output,
            &name,
            &files,
            start.elapsed().as_secs_f64(),
        ));
    }
    Ok(())
}

/// What the files are called: as the scene, without its extension; as what the names of several
/// files begin with, without the band.
fn name(inputs: &[PathBuf]) -> String {
    let stem = |input: &PathBuf| {
        let absolute = std::path::absolute(input).unwrap_or_else(|_| input.clone());
        let stem = absolute.file_stem().unwrap_or(OsStr::new("scene"));
        stem.to_string_lossy().into_owned()
    };
    let first = stem(&inputs[0]);
    let alike = |other: String| {
        first
            .chars()
            .zip(other.chars())
            .take_while(|(a, b)| a == b)
            .count()
    };
    let shared = inputs[1..].iter().map(|input| alike(stem(input))).min();
    let Some(shared) = shared else { return first };
    let shared: String = first.chars().take(shared).collect();
    let without_band = shared.trim_end_matches(|c: char| c.is_ascii_digit());
    let without_band = without_band
        .trim_end_matches(['B', 'b'])
        .trim_end_matches(['_', '-', '.', ' ']);
    if without_band.is_empty() {
        first
    } else {
        without_band.to_owned()
    }
}

fn recipe(args: &SegmentArgs) -> Result<Segment> {
    let segment = match &args.model {
        Some(path) => Segment::apply(SceneModel::read(path)?),
        None => Segment::new(args.n_clusters),
    };
    let colors = match (&args.colors, &args.colormap) {
        (Some(list), _) => Colors::List(parse_colors(list)?),
        (None, Some(name)) => Colors::Map(name.clone()),
        (None, None) => Colors::Default,
    };
    Ok(segment
        .algorithm(args.algorithm)
        .scale(args.scale)
        .order(args.order)
        .n_init(args.n_init)
        .max_iter(args.max_iter)
        .tol(args.tol)
        .seed(args.run.seed)
        .init(args.init.as_deref().map(table::read_matrix).transpose()?)
        .sample(args.sample)
        .nodata(args.nodata)
        .stretch(args.stretch)
        .stretch_together(args.stretch_together)
        .colors(colors)
        .names(args.names.clone())
        .max_side(args.max_side.0)
        .confidence(args.confidence)
        .overviews(args.overviews)
        .ram(args.ram.map(|ram| ram.as_u64())))
}

/// Opens the scene with the bands that are clustered and shown.
fn open_inputs(args: &SegmentArgs, segment: Segment) -> Result<(Box<dyn RasterSource>, Segment)> {
    if let Some(rgb) = args.rgb.as_ref().filter(|rgb| rgb.len() != 3) {
        return Err(Error::parameter("rgb", "name three bands", rgb.join(",")));
    }
    let mut wanted = args.bands.clone();
    if let (Some(wanted), Some(rgb)) = (&mut wanted, &args.rgb) {
        wanted.extend(rgb.iter().cloned());
    }
    let scene = open_scene(&args.inputs, wanted.as_deref(), args.resampling)?;
    let rgb = match (&args.rgb, &args.bands) {
        (None, _) => None,
        (Some(_), Some(bands)) => Some([0, 1, 2].map(|i| bands.len() + i)),
        (Some(rgb), None) => {
            let bands: Vec<usize> = rgb
                .iter()
                .map(|band| find_band(scene.info(), band))
                .collect::<Result<_>>()?;
            Some([bands[0], bands[1], bands[2]])
        }
    };
    let bands = args.bands.as_ref().map(|bands| (0..bands.len()).collect());
    Ok((scene, segment.bands(bands).rgb(rgb)))
}

fn find_band(info: &RasterInfo, band: &str) -> Result<usize> {
    let n = info.bands.len();
    let by_name = info
        .bands
        .iter()
        .position(|b| !b.name.is_empty() && b.name.eq_ignore_ascii_case(band));
    let by_number = band.parse().ok().filter(|number| (1..=n).contains(number));
    by_name
        .or(by_number.map(|number| number - 1))
        .ok_or_else(|| {
            let rule = format!(
                "name bands of {}, by number from 1 to {n} or by name",
                info.name
            );
            Error::parameter("rgb", &rule, band.to_owned())
        })
}

fn record(args: &SegmentArgs, found: &Segmentation, inputs: Vec<Input>, writing: f64) -> RunRecord {
    let step = |step, seconds| Step { step, seconds };
    let timings = &found.timings;
    let mut seconds = vec![step("read the scene", timings.read)];
    seconds.push(step("decode it, of that", timings.decode));
    seconds.push(step("find the classes", timings.fit));
    seconds.extend(
        timings
            .passes
            .iter()
            .map(|&pass| step("pass over all pixels, of that", pass)),
    );
    seconds.push(step("classify", timings.classify));
    seconds.push(step("write", writing));
    RunRecord {
        version: env!("CARGO_PKG_VERSION"),
        command: "segment",
        arguments: json!(args),
        inputs,
        seconds,
    }
}

fn words(found: &Segmentation) -> String {
    let (width, height) = found.size;
    let mut text = format!(
        "{}: {width}×{height} pixels, {}, {}\n\n",
        found.scene,
        plural(found.bands.len(), "band"),
        plural(found.classes.len(), "class"),
    );
    let mut header = vec![
        String::new(),
        "class".into(),
        "pixels".into(),
        "share".into(),
    ];
    if found.no_areas.is_none() {
        header.push("hectares".into());
    }
    let mut rows = vec![header];
    for class in &found.classes {
        let mut row = vec![
            class.name.clone(),
            class.class.to_string(),
            class.pixels.to_string(),
            format!("{:.2} %", 100.0 * class.share),
        ];
        if let Some(area) = class.square_metres {
            row.push(format!("{:.2}", area / 10_000.0));
        }
        rows.push(row);
    }
    if found.n_invalid > 0 {
        rows.push(vec![
            "no data".into(),
            "0".into(),
            found.n_invalid.to_string(),
            String::new(),
        ]);
    }
    text.push_str(&printer::columns(&rows));
    if let Some(choice) = &found.choice {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n{}", choice.reason());
    }
    text
}

fn closing(
    found: &Segmentation,
    output: &Path,
    name: &str,
    files: &[PathBuf],
    seconds: f64,
) -> String {
    let mut text = String::new();
    if let Some(wanted) = found.n_classes_wanted {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "\nwarning: {wanted} classes were asked for, but the scene has only {}",
            plural(found.classes.len(), "distinct pixel")
        );
    }
    let fit = &found.model.fit;
    let megapixels = (found.size.0 * found.size.1) as f64 / 1e6;
    let timings = &found.timings;
    let _ = write!(
        text,
        "\nRead {megapixels:.1} million pixels in {:.2} s ({:.2} s of that to decode them)",
        timings.read, timings.decode
    );
    if found.used_scratch_file {
        text.push_str(", through a scratch file");
    }
    if found.was_fitted {
        let _ = write!(
            text,
            ".\nFitted on {} pixels in {:.2} s",
            fit.n_pixels, timings.fit
        );
        if let Some(distinct) = found.n_distinct {
            let _ = write!(text, ", as {distinct} distinct ones with their counts");
        }
        if !fit.converged {
            let _ = write!(text, ", stopped after {} iterations", fit.n_iter);
        }
    }
    if !timings.passes.is_empty() {
        let passes: Vec<String> = timings.passes.iter().map(|s| format!("{s:.2}")).collect();
        let _ = write!(
            text,
            ".\nPasses over all pixels: {}, of {} s",
            passes.len(),
            passes.join(", ")
        );
    }
    let _ = write!(
        text,
        ".\nClassified in {:.2} s. Done in {seconds:.2} s. Wrote {} files to {}:\n  \
         report.html            the map, the classes, how it was done; open it in a browser\n  \
         {name}.tif  the class map; QGIS takes its colours from {name}.qml\n  \
         {name}.areas.csv  pixels, share and area of each class\n  \
         {name}.model.json  the classes, for --model\n\n\
         Next:\n  lookalike segment ANOTHER.tif --model {}",
        timings.classify,
        files.len(),
        output.display(),
        output.join(format!("{name}.model.json")).display()
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_called_as_the_scene() {
        let name = |inputs: &[&str]| name(&inputs.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(name(&["a/scene.tif"]), "scene");
        assert_eq!(
            name(&["a/hatteras_B01.tif", "a/hatteras_B08.tif"]),
            "hatteras"
        );
        assert_eq!(name(&["B02.tif", "B03.tif"]), "B02");
        assert_eq!(name(&["S2A.SAFE"]), "S2A");
    }
}
