//! `lookalike embed`

use std::path::{Path, PathBuf};
use std::time::Instant;

use lookalike::output::OutputFile;
use lookalike::pictures::{Embedding, VectorFormat, bad_files_csv, embed};
use lookalike::record::{Input, RunRecord, Step};
use lookalike::{Error, Result};
use serde_json::json;

use super::{beside, features, input};
use crate::args::EmbedArgs;
use crate::printer;

pub(crate) fn run(args: &EmbedArgs) -> Result<()> {
    if args.features.layers {
        return features::list_layers(&args.features, args.run.json);
    }
    let start = Instant::now();
    let context = args.run.context()?;
    let output = args
        .output
        .clone()
        .unwrap_or_else(|| format!("{}.parquet", input::stem(&args.input)).into());
    let format = VectorFormat::of(&output)?;
    // Refused before the work is done, not after.
    let create = |path: &Path| OutputFile::create(path, args.run.overwrite);
    let mut file = create(&output)?;
    let mut record = create(&beside(&output, ".run.json"))?;
    let bad_files = beside(&output, ".bad_files.csv");
    let mut bad = create(&bad_files)?;

    let quiet = args.run.quiet;
    let found = input::find(&args.input, &args.pictures, quiet)?;
    let features = features::choose(&args.features, &found.items, quiet)?;
    let cache = input::cache(&args.pictures.cache)?;
    let computing = Instant::now();
    let embedding = embed(&found.items, &*features.features, cache.as_ref(), &context)?;
    let computing = computing.elapsed().as_secs_f64();
    input::tell(&embedding, computing, quiet);

    let writing = Instant::now();
    let names: Vec<PathBuf> = embedding.items.iter().map(|i| i.name.clone()).collect();
    format
        .write(file.writer(), &names, &embedding.rows)
        .map_err(|e| Error::io("write", &output, e))?;
    bad.write(&bad_files_csv(&embedding.unusable))?;
    let seconds = [
        ("features", computing),
        ("write", writing.elapsed().as_secs_f64()),
    ];
    let run = RunRecord {
        version: env!("CARGO_PKG_VERSION"),
        command: "embed",
        arguments: json!(args),
        inputs: vec![Input {
            name: args.input.display().to_string(),
            sha256: embedding.sha256.clone(),
        }],
        seconds: seconds
            .map(|(step, seconds)| Step { step, seconds })
            .to_vec(),
    };
    record.write(run.json().as_bytes())?;
    context.check()?;
    let output = file.finish()?;
    record.finish()?;
    bad.finish()?;

    let (n_rows, n_features) = embedding.rows.dim();
    if args.run.json {
        let summary = json!({
            "output": output.display().to_string(), "n_rows": n_rows, "n_features": n_features,
            "n_computed": embedding.n_computed, "n_unusable": embedding.unusable.len(),
            "features": features.recipe.words(),
        });
        printer::data(&format!("{summary:#}\n"));
    } else {
        printer::data(&format!("{n_rows} pictures, {n_features} features each\n"));
    }
    if !quiet {
        printer::talk(&closing(&output, start.elapsed().as_secs_f64()));
    }
    strict(args.pictures.strict, &embedding, &bad_files)
}

/// An error where all pictures were to be usable.
pub(super) fn strict(strict: bool, embedding: &Embedding, list: &Path) -> Result<()> {
    if strict && !embedding.unusable.is_empty() {
        return Err(Error::unusable_pictures(embedding.unusable.len(), list));
    }
    Ok(())
}

fn closing(output: &Path, seconds: f64) -> String {
    format!(
        "\nDone in {seconds:.2} s. Wrote {0}\n\nNext:\n  lookalike cluster {0} -k auto",
        output.display()
    )
}
