//! A photo in few colours.

use std::path::PathBuf;

use lookalike::Error;
use lookalike::imagery::picture::{Channels, Picture, PicturePixels, decode_bytes, read_file};
use lookalike::output::OutputFile;
use lookalike::quantize::{ColorSpace, Dither, Format, Quantize};
use ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray3};
use pyo3::prelude::*;

use super::refused;
use crate::call::{How, run};

/// A photo in memory, rows × columns × samples, or in a file.
#[derive(FromPyObject)]
pub(crate) enum Photo<'py> {
    U8(PyReadonlyArray3<'py, u8>),
    U16(PyReadonlyArray3<'py, u16>),
    File(PathBuf),
}

type Found<'py> = (
    Bound<'py, PyArray2<u8>>,
    Bound<'py, PyArray2<u16>>,
    Bound<'py, PyArray1<u64>>,
    usize,
    f64,
);

/// (palette, index of each pixel's colour, pixels of each colour, colours before, mean squared error).
#[pyfunction]
pub(crate) fn quantize<'py>(
    py: Python<'py>,
    photo: Photo<'py>,
    n_colors: usize,
    space: &str,
    dither: &str,
    n_init: usize,
    seed: u64,
    output: Option<PathBuf>,
    overwrite: bool,
    how: How,
) -> PyResult<Found<'py>> {
    let space = match space {
        "srgb" => ColorSpace::Srgb,
        "oklab" => ColorSpace::Oklab,
        other => return Err(refused("space", "be srgb or oklab", other)),
    };
    let dither = match dither {
        "none" => Dither::None,
        "floyd-steinberg" => Dither::FloydSteinberg,
        other => return Err(refused("dither", "be none or floyd-steinberg", other)),
    };
    let recipe = Quantize::new(n_colors)
        .space(space)
        .dither(dither)
        .n_init(n_init)
        .seed(seed);
    let in_memory = picture(&photo)?;
    let file = match &photo {
        Photo::File(path) => Some(path),
        _ => None,
    };
    let found = run(py, how, |context| {
        let target = match &output {
            None => None,
            // Refused before the work is done, not after.
            Some(path) => Some((Format::of(path)?, OutputFile::create(path, overwrite)?)),
        };
        let picture = match (in_memory, file) {
            (Some(picture), _) => picture,
            (None, Some(path)) => decode_bytes(&read_file(path)?, path)?,
            (None, None) => unreachable!("a photo is in memory or in a file"),
        };
        let found = recipe.run(&picture, context)?;
        if let Some((format, mut file)) = target {
            file.write(&context.run(|| found.encode(format))?)?;
            context.check()?;
            file.finish()?;
        }
        Ok::<_, Error>(found)
    })?;
    let indices = Array2::from_shape_vec((found.height, found.width), found.indices);
    Ok((
        Array2::from(found.palette).into_pyarray(py),
        indices.expect("an index a pixel").into_pyarray(py),
        found.counts.into_pyarray(py),
        found.n_colors_before,
        found.mean_squared_error,
    ))
}

/// A copy of a photo in memory; none of a file.
fn picture(photo: &Photo<'_>) -> PyResult<Option<Picture>> {
    let (pixels, (height, width, n)) = match photo {
        Photo::U8(array) => {
            let array = array.as_array();
            (
                PicturePixels::U8(array.iter().copied().collect()),
                array.dim(),
            )
        }
        Photo::U16(array) => {
            let array = array.as_array();
            (
                PicturePixels::U16(array.iter().copied().collect()),
                array.dim(),
            )
        }
        Photo::File(_) => return Ok(None),
    };
    let channels = match n {
        1 => Channels::Gray,
        2 => Channels::GrayAlpha,
        3 => Channels::Rgb,
        4 => Channels::Rgba,
        n => {
            return Err(refused(
                "photo",
                "have 1 to 4 samples a pixel",
                &n.to_string(),
            ));
        }
    };
    Ok(Some(Picture {
        width,
        height,
        channels,
        pixels,
    }))
}
