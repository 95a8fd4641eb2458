//! Features of pictures of one size, for the job `descriptor` of `benchmarks/pictures/run`:
//!
//!     extract_features pixels|descriptor WIDTH HEIGHT CHANNELS < SAMPLES > ROWS
//!
//! Samples are bytes, picture after picture, row by row, 1 or 3 a pixel; rows are `f32`, least significant
//! byte first. How long a picture took one thread is said on stderr.

use std::error::Error;
use std::io::{Read, Write};
use std::time::Instant;

use lookalike_imagery::features::{Color, Descriptor, Features, Pixels};
use lookalike_imagery::picture::{Channels, Picture, PicturePixels};
use ndarray::Array2;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [way, numbers @ ..] = &arguments[..] else {
        return Err("see the head of this file".into());
    };
    let numbers = numbers.iter().map(|number| number.parse());
    let [width, height, n_channels] = numbers.collect::<Result<Vec<usize>, _>>()?[..] else {
        return Err("WIDTH, HEIGHT and CHANNELS are expected".into());
    };
    let (channels, color) = match n_channels {
        1 => (Channels::Gray, Color::Gray),
        3 => (Channels::Rgb, Color::Rgb),
        _ => return Err("CHANNELS must be 1 or 3".into()),
    };
    let features: Box<dyn Features> = match way.as_str() {
        "pixels" => Box::new(Pixels::new(width, height, color)?),
        "descriptor" => Box::new(Descriptor),
        _ => return Err("the way must be pixels or descriptor".into()),
    };

    let mut samples = Vec::new();
    std::io::stdin().lock().read_to_end(&mut samples)?;
    let pictures: Vec<Picture> = samples
        .chunks_exact(width * height * n_channels)
        .map(|samples| Picture {
            width,
            height,
            channels,
            pixels: PicturePixels::U8(samples.to_vec()),
        })
        .collect();
    let mut rows = Array2::zeros((pictures.len(), features.n_features()));
    let start = Instant::now();
    features.extract(&pictures, rows.view_mut())?;
    let microseconds = start.elapsed().as_secs_f64() * 1e6 / pictures.len() as f64;
    let bytes: Vec<u8> = rows
        .iter()
        .flat_map(|value: &f32| value.to_le_bytes())
        .collect();
    std::io::stdout().lock().write_all(&bytes)?;
    writeln!(std::io::stderr().lock(), "{microseconds:.1}")?;
    Ok(())
}
