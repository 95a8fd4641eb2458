//! `lookalike quantize`

use std::ffi::OsStr;
use std::fmt::Write;
use std::io::{IsTerminal, stdout};
use std::path::{Path, PathBuf};
use std::time::Instant;

use lookalike::imagery::picture::{Picture, decode_bytes, read_file};
use lookalike::output::OutputFile;
use lookalike::quantize::{Format, Quantize, Quantized};
use lookalike::record::{Input, RunRecord, Step};
use lookalike::{Context, Result};
use serde_json::{Value, json};

use super::beside;
use crate::args::QuantizeArgs;
use crate::printer;

pub(crate) fn run(args: &QuantizeArgs) -> Result<()> {
    let context = args.run.context()?;
    if args.palette_only {
        let (_, picture, _) = read(args)?;
        let quantized = quantize(args, &picture, &context)?;
        printer::data(&if args.run.json {
            format!("{:#}\n", json!({"palette": palette_json(&quantized)}))
        } else {
            palette_words(&quantized)
        });
        return Ok(());
    }
    let output = args.output.clone().unwrap_or_else(|| default_output(args));
    let format = Format::of(&output)?;
    // Refused before the work is done, not after.
    let mut file = OutputFile::create(&output, args.run.overwrite)?;
    let mut record = OutputFile::create(&beside(&output, ".run.json"), args.run.overwrite)?;

    let (bytes, picture, decode) = read(args)?;
    let quantized = quantize(args, &picture, &context)?;
    let start = Instant::now();
    let encoded = context.run(|| quantized.encode(format))?;
    let encode = step("encode", start);
    let start = Instant::now();
    file.write(&encoded)?;
    let done = quantized.seconds.iter();
    let done = done.map(|&(step, seconds)| Step { step, seconds });
    let mut seconds: Vec<Step> = std::iter::once(decode).chain(done).collect();
    seconds.extend([encode, step("write", start)]);
    let run = RunRecord {
        version: env!("CARGO_PKG_VERSION"),
        command: "quantize",
        arguments: json!(args),
        inputs: vec![Input::new(args.input.to_string_lossy(), &bytes)],
        seconds,
    };
    record.write(run.json().as_bytes())?;
    context.check()?;
    let files = [file.finish()?, record.finish()?];

    let sizes = [bytes.len(), encoded.len()];
    if args.run.json {
        let results = results(&quantized, sizes, &files[0], &run);
        printer::data(&format!("{results:#}\n"));
    } else {
        printer::data(&words(args, &quantized, sizes));
    }
    if !args.run.quiet {
        let [picture, run] = files.map(|path| path.display().to_string());
        printer::talk(&format!(
            "\nWrote {picture}, and {run} with arguments and timings"
        ));
    }
    Ok(())
}

/// `NAME.quantized.png` in the current folder, where the user is, not where the picture is.
fn default_output(args: &QuantizeArgs) -> PathBuf {
    let name = args.input.file_stem().unwrap_or(OsStr::new("picture"));
    beside(name.as_ref(), ".quantized.png")
}

fn read(args: &QuantizeArgs) -> Result<(Vec<u8>, Picture, Step)> {
    let start = Instant::now();
    let bytes = read_file(&args.input)?;
    let picture = decode_bytes(&bytes, &args.input)?;
    Ok((bytes, picture, step("read and decode", start)))
}

fn quantize(args: &QuantizeArgs, picture: &Picture, context: &Context) -> Result<Quantized> {
    let quantized = Quantize::new(args.n_colors)
        .space(args.space)
        .dither(args.dither)
        .n_init(args.n_init)
        .seed(args.run.seed)
        .run(picture, context)?;
    if quantized.reduced_to_8_bits && !args.run.quiet {
        printer::talk("note: the picture has 16 bits a channel, which were rounded to 8 first");
    }
    Ok(quantized)
}

fn step(step: &'static str, start: Instant) -> Step {
    let seconds = start.elapsed().as_secs_f64();
    Step { step, seconds }
}

fn results(
    quantized: &Quantized,
    [before, after]: [usize; 2],
    output: &Path,
    run: &RunRecord,
) -> Value {
    json!({
        "output": output.display().to_string(),
        "width": quantized.width,
        "height": quantized.height,
        "n_colors_before": quantized.n_colors_before,
        "n_colors": quantized.palette.len(),
        "palette": palette_json(quantized),
        "lossless": quantized.lossless(),
        "reduced_to_8_bits": quantized.reduced_to_8_bits,
        "mean_squared_error": quantized.mean_squared_error,
        // JSON has no infinity: null where nothing is lost.
        "psnr": quantized.psnr(),
        "bytes_before": before,
        "bytes_after": after,
        "seconds": run.seconds,
    })
}

fn palette_json(quantized: &Quantized) -> Value {
    let n_pixels = quantized.indices.len() as f64;
    let colors = quantized.palette.iter().zip(&quantized.counts);
    let colors = colors.map(|(&color, &count)| {
        json!({
            "hex": hex(color), "rgba": color, "count": count, "share": count as f64 / n_pixels,
        })
    });
    colors.collect()
}

fn words(args: &QuantizeArgs, quantized: &Quantized, [before, after]: [usize; 2]) -> String {
    let mut text = format!(
        "{}: {}×{} pixels, {} of {} colours kept\n\n{}\n",
        args.input.display(),
        quantized.width,
        quantized.height,
        quantized.palette.len(),
        quantized.n_colors_before,
        palette_words(quantized),
    );
    let psnr = match (quantized.lossless(), quantized.reduced_to_8_bits) {
        (true, false) => "infinite, no pixel has changed".to_owned(),
        (true, true) => "infinite, no pixel has changed but by rounding to 8 bits".to_owned(),
        (false, _) => format!("{:.2} dB", quantized.psnr()),
    };
    let share = 100.0 * after as f64 / before as f64;
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "PSNR: {psnr}\n{before} bytes before, {after} after ({share:.1} %)"
    );
    text
}

/// A line a colour; on a terminal with a swatch.
fn palette_words(quantized: &Quantized) -> String {
    let n_pixels = quantized.indices.len() as f64;
    let swatches = stdout().is_terminal();
    let colors = quantized.palette.iter().zip(&quantized.counts);
    let mut text = String::new();
    for (&color, &count) in colors {
        if swatches {
            let [r, g, b, _] = color;
            // Writing to a string cannot fail.
            let _ = write!(text, "\x1b[48;2;{r};{g};{b}m    \x1b[0m ");
        }
        let share = 100.0 * count as f64 / n_pixels;
        let _ = writeln!(text, "{:<9} {share:6.2} %", hex(color));
    }
    text
}

/// As CSS writes it: with alpha where the colour is not opaque.
fn hex([r, g, b, a]: [u8; 4]) -> String {
    if a == 255 {
        format!("#{r:02X}{g:02X}{b:02X}")
    } else {
        format!("#{r:02X}{g:02X}{b:02X}{a:02X}")
    }
}
