//! `lookalike demo`

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Instant;

use lookalike::Result;
use lookalike::output::OutputFolder;
use lookalike::record::{Input, RunRecord, Step};
use lookalike::scene::SceneDemo;
use lookalike::tutorial::{Tutorial, TutorialResults, Way};
use serde_json::json;

use crate::args::DemoArgs;
use crate::printer;

/// The ways whose confusion matrix and report are printed; the report page has them all.
const IN_DETAIL: [&str; 2] = ["kmeans", "tsne_kmeans"];

pub(crate) fn run(args: &DemoArgs) -> Result<()> {
    let start = Instant::now();
    let context = args.run.context()?;

    // Refused before the work is done, not after.
    let mut folder = OutputFolder::create(&args.output, args.run.overwrite)?;
    let results = Tutorial::new().seed(args.run.seed).run(&context)?;
    let looking = Instant::now();
    let scene = SceneDemo::run(args.run.seed, &context)?;
    let looking = looking.elapsed().as_secs_f64();
    let drawing = Instant::now();
    context.run(|| results.write(&scene, &mut folder))?;
    let drawing = drawing.elapsed().as_secs_f64();
    folder.write(
        "run.json",
        record(args, &results, looking, drawing).json().as_bytes(),
    )?;
    context.check()?;
    let files = folder.finish()?;

    if args.run.json {
        printer::data(&format!("{:#}\n", results.metrics(&scene)));
    } else {
        printer::data(&words(&results));
        printer::data(&words_on_scene(&scene));
    }
    if !args.run.quiet {
        printer::talk(&closing(args, &files, start.elapsed().as_secs_f64()));
    }
    Ok(())
}

fn record(args: &DemoArgs, results: &TutorialResults, looking: f64, drawing: f64) -> RunRecord {
    let pixels: Vec<u8> = results.digits.data.iter().map(|&v| v as u8).collect();
    let step = |&(step, seconds): &(&'static str, f64)| Step { step, seconds };
    let mut seconds: Vec<Step> = results.seconds.iter().map(step).collect();
    seconds.push(Step {
        step: "make the scene and find its classes",
        seconds: looking,
    });
    seconds.push(Step {
        step: "draw and write",
        seconds: drawing,
    });
    RunRecord {
        version: env!("CARGO_PKG_VERSION"),
        command: "demo",
        arguments: json!(args),
        inputs: vec![Input::new("built-in digits, one byte a pixel", &pixels)],
        seconds,
    }
}

fn words(results: &TutorialResults) -> String {
    let (n, d) = results.digits.data.dim();
    let mut text =
        format!("{n} handwritten digits of {d} pixels, grouped without their labels\n\n");
    let header = ["", "clusters", "noise", "accuracy", "ARI", "NMI", "seconds"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(results.ways.iter().map(row));
    text.push_str(&printer::columns(&rows));
    text.push_str(
        "\nAccuracy: each cluster stands for the digit most of its members show; noise is a miss.\n\
         The t-SNE map is drawn once; its seconds count in each way that uses it.\n",
    );
    for way in IN_DETAIL.into_iter().filter_map(|key| results.way(key)) {
        let evaluation = &way.evaluation;
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n{}\n\n{}\n{}",
            way.name,
            printer::confusion_matrix(&evaluation.confusion_matrix, &[]),
            evaluation.classification_report
        );
    }
    text
}

fn words_on_scene(demo: &SceneDemo) -> String {
    let found = &demo.segmentation;
    let (width, height) = found.size;
    let mut rows = vec![["", "class", "pixels", "share"].map(str::to_owned).to_vec()];
    rows.extend(found.classes.iter().map(|class| {
        vec![
            class.name.clone(),
            class.class.to_string(),
            class.pixels.to_string(),
            format!("{:.1} %", 100.0 * class.share),
        ]
    }));
    rows.push(vec![
        "no data".into(),
        "0".into(),
        found.n_invalid.to_string(),
        String::new(),
    ]);
    format!(
        "\nA synthetic scene of {width}×{height} pixels in {} bands, in {} classes\n\n{}\n\
         accuracy against the truth: {:.3}\n",
        found.bands.len(),
        found.classes.len(),
        printer::columns(&rows),
        demo.evaluation.scores.accuracy
    )
}

fn row(way: &Way) -> Vec<String> {
    let scores = &way.evaluation.scores;
    vec![
        way.name.to_owned(),
        scores.n_clusters.to_string(),
        scores.n_noise.to_string(),
        format!("{:.3}", scores.accuracy),
        format!("{:.3}", scores.adjusted_rand),
        format!("{:.3}", scores.normalized_mutual_info),
        format!("{:.3}", way.seconds),
    ]
}

fn closing(args: &DemoArgs, files: &[PathBuf], seconds: f64) -> String {
    let folder = args.output.display();
    let figures = files
        .iter()
        .filter(|file| file.starts_with(args.output.join("figures")))
        .count();
    format!(
        "\nDone in {seconds:.1} s. Wrote to {folder}:\n  \
         report.html   the whole story; open it in a browser\n  \
         metrics.json  every score of every way\n  \
         labels.csv    cluster of each digit by each way, and its place on the map\n  \
         run.json      version, arguments and timings\n  \
         figures/      {figures} files, PNG and SVG\n  \
         scene/        the classes of the synthetic scene: GeoTIFF, areas, report of its own\n\n\
         Next:\n  \
         lookalike demo --seed 1 -o another-seed\n  \
         lookalike evaluate --truth {folder}/labels.csv --truth-column target \\\n    \
         --labels {folder}/labels.csv --labels-column tsne_dbscan"
    )
}
