//! `lookalike reduce`

use std::path::PathBuf;
use std::time::Instant;

use lookalike::imagery::table::read_vectors;
use lookalike::output::OutputFile;
use lookalike::pictures::VectorFormat;
use lookalike::record::{Input, RunRecord, Step};
use lookalike::{Error, Pca, Result, Tsne};
use serde_json::json;

use super::{beside, input};
use crate::args::{ReduceArgs, ReduceMethod};
use crate::printer;

pub(crate) fn run(args: &ReduceArgs) -> Result<()> {
    let start = Instant::now();
    let context = args.run.context()?;
    let output = args
        .output
        .clone()
        .unwrap_or_else(|| format!("{}.reduced.parquet", input::stem(&args.input)).into());
    let format = VectorFormat::of(&output)?;
    // Refused before the work is done, not after.
    let mut file = OutputFile::create(&output, args.run.overwrite)?;
    let mut record = OutputFile::create(&beside(&output, ".run.json"), args.run.overwrite)?;
    let vectors = read_vectors(&args.input, &input::vector_options(&args.vectors, None))?;
    let reading = start.elapsed().as_secs_f64();
    let x = &vectors.rows;
    let reducing = Instant::now();
    let (reduced, summary) = match args.method {
        ReduceMethod::Pca(n_components) => {
            let model = Pca::new(n_components)
                .seed(args.run.seed)
                .fit_with(x, &context)?;
            let kept: f64 = model.explained_variance_ratio().iter().sum();
            let reduced = model.transform_with(x, &context)?;
            (
                reduced,
                json!({"method": "pca", "explained_variance_ratio": kept}),
            )
        }
        ReduceMethod::Tsne => {
            let recipe = Tsne::new().perplexity(args.perplexity).seed(args.run.seed);
            let model = recipe.fit_with(x, &context)?;
            let kl = model.kl_divergence();
            (
                model.embedding().clone(),
                json!({"method": "tsne", "kl_divergence": kl}),
            )
        }
    };
    let reducing = reducing.elapsed().as_secs_f64();
    let writing = Instant::now();
    let names: Vec<PathBuf> = input::names(&vectors);
    format
        .write(file.writer(), &names, &reduced)
        .map_err(|e| Error::io("write", &output, e))?;
    let step = |step, seconds| Step { step, seconds };
    let run = RunRecord {
        version: env!("CARGO_PKG_VERSION"),
        command: "reduce",
        arguments: json!(args),
        inputs: Input::of_files(std::slice::from_ref(&args.input))?,
        seconds: vec![
            step("read", reading),
            step("reduce", reducing),
            step("write", writing.elapsed().as_secs_f64()),
        ],
    };
    record.write(run.json().as_bytes())?;
    context.check()?;
    let output = file.finish()?;
    record.finish()?;

    let (n_rows, n_columns) = reduced.dim();
    if args.run.json {
        let mut summary = summary;
        summary["output"] = json!(output.display().to_string());
        summary["n_rows"] = json!(n_rows);
        summary["n_components"] = json!(n_columns);
        printer::data(&format!("{summary:#}\n"));
    } else {
        let from = x.ncols();
        printer::data(&format!(
            "{n_rows} rows of {from} columns, now of {n_columns}\n"
        ));
    }
    if !args.run.quiet {
        let seconds = start.elapsed().as_secs_f64();
        printer::talk(&format!(
            "\nDone in {seconds:.2} s. Wrote {}",
            output.display()
        ));
    }
    Ok(())
}
