//! `lookalike assign`

use std::time::Instant;

use lookalike::Result;
use lookalike::imagery::table::read_vectors;
use lookalike::output::OutputFolder;
use lookalike::pictures::{Assigned, PictureModel, embed};
use lookalike::record::{self, RunRecord, Step};
use serde_json::json;

use super::{embed::strict, input};
use crate::args::AssignArgs;
use crate::printer;

pub(crate) fn run(args: &AssignArgs) -> Result<()> {
    let start = Instant::now();
    let context = args.run.context()?;
    let model = PictureModel::read(&args.model)?;
    let output = args
        .output
        .clone()
        .unwrap_or_else(|| format!("{}-assigned", input::stem(&args.input)).into());
    // Refused before the work is done, not after.
    let mut folder = OutputFolder::create(&output, args.run.overwrite)?;
    let quiet = args.run.quiet;
    let computing = Instant::now();
    let (names, rows, embedding) = if input::is_vectors(&args.input) {
        let vectors = read_vectors(&args.input, &input::vector_options(&args.vectors, None))?;
        (input::names(&vectors), vectors.rows, None)
    } else {
        let found = input::find(&args.input, &args.pictures, quiet)?;
        let features = model.features(args.network.as_deref())?;
        let cache = input::cache(&args.pictures.cache)?;
        let mut embedding = embed(&found.items, &*features, cache.as_ref(), &context)?;
        input::tell(&embedding, computing.elapsed().as_secs_f64(), quiet);
        let names = embedding
            .items
            .iter()
            .map(|item| item.name.clone())
            .collect();
        (names, std::mem::take(&mut embedding.rows), Some(embedding))
    };
    let computing = computing.elapsed().as_secs_f64();
    let assigning = Instant::now();
    let assigned = Assigned::new(&model, names, &rows, embedding.as_ref(), &context)?;
    let assigning = assigning.elapsed().as_secs_f64();
    assigned.write(&mut folder)?;
    let input = match &embedding {
        Some(embedding) => record::Input {
            name: args.input.display().to_string(),
            sha256: embedding.sha256.clone(),
        },
        None => record::Input::of_files(std::slice::from_ref(&args.input))?.remove(0),
    };
    let step = |step, seconds| Step { step, seconds };
    let run = RunRecord {
        version: env!("CARGO_PKG_VERSION"),
        command: "assign",
        arguments: json!(args),
        inputs: vec![input],
        seconds: vec![step("features", computing), step("assign", assigning)],
    };
    folder.write("run.json", run.json().as_bytes())?;
    context.check()?;
    folder.finish()?;

    if args.run.json {
        printer::data(&format!("{:#}\n", assigned.json()));
    } else {
        printer::data(&words(&assigned));
    }
    if !quiet {
        let seconds = start.elapsed().as_secs_f64();
        printer::talk(&format!(
            "\nDone in {seconds:.2} s. Wrote {}",
            output.join("clusters.csv").display()
        ));
    }
    embedding.map_or(Ok(()), |embedding| {
        strict(
            args.pictures.strict,
            &embedding,
            &output.join("bad_files.csv"),
        )
    })
}

fn words(assigned: &Assigned<'_>) -> String {
    let mut rows = vec![
        ["", "pictures", "in the model", "mostly"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for (k, (size, cluster)) in assigned
        .sizes()
        .iter()
        .zip(&assigned.model.clusters)
        .enumerate()
    {
        rows.push(vec![
            format!("cluster {k}"),
            size.to_string(),
            cluster.size.to_string(),
            cluster.label.clone().unwrap_or_default(),
        ]);
    }
    printer::columns(&rows)
}
