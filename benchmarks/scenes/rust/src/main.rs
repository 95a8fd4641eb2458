//! Reads a photo, quantizes it by quantette's k-means, and writes a PNG with a palette.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, anyhow};
use clap::Parser;
use quantette::deps::palette::Srgb;
use quantette::dither::FloydSteinberg;
use quantette::kmeans::KmeansOptions;
use quantette::{ImageBuf, IndexedImage, PaletteSize, Pipeline, QuantizeMethod};
use serde_json::{Map, Value, json};

#[derive(Parser)]
struct Options {
    folder: PathBuf,
    photo: PathBuf,
    k: u16,
    #[arg(long)]
    threads: usize,
    /// By Floyd and Steinberg, in full.
    #[arg(long)]
    dither: bool,
    /// Learn from as many pixels as the photo has, rather than from 262 144 at most.
    #[arg(long)]
    all: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build_global()?;
    let mut steps = Steps {
        last: Instant::now(),
        seconds: Map::new(),
    };
    let photo = ImageBuf::try_from(image::open(&options.photo)?.into_rgb8())?;
    steps.done("read");
    let mut kmeans = KmeansOptions::new();
    if options.all {
        kmeans = kmeans.max_samples(u32::MAX);
    }
    let quantized = Pipeline::new()
        .palette_size(PaletteSize::try_from(options.k)?)
        .quantize_method(QuantizeMethod::Kmeans(kmeans))
        .ditherer(options.dither.then(FloydSteinberg::new))
        .parallel(true)
        .input_image(photo.as_ref())
        .output_srgb8_indexed_image();
    steps.done("quantize");
    write(&quantized, &options.folder.join("quantized.png"))?;
    steps.done("write");
    let told = json!({"seconds": steps.seconds, "figures": {}});
    fs::write(options.folder.join("theirs.json"), told.to_string())?;
    Ok(())
}

fn write(picture: &IndexedImage<Srgb<u8>>, path: &Path) -> Result<()> {
    let (width, height) = picture.dimensions();
    let colours = picture.palette().iter();
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(
        colours
            .flat_map(|colour| [colour.red, colour.green, colour.blue])
            .collect::<Vec<u8>>(),
    );
    encoder
        .write_header()?
        .write_image_data(picture.indices())
        .map_err(|error| anyhow!("writing {}: {error}", path.display()))
}

/// Seconds by step, one after another.
struct Steps {
    last: Instant,
    seconds: Map<String, Value>,
}

impl Steps {
    fn done(&mut self, name: &str) {
        let seconds = self.last.elapsed().as_secs_f64();
        self.seconds.insert(name.to_owned(), json!(seconds));
        self.last = Instant::now();
    }
}
