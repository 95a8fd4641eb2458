//! Every pixel of a scene gets a class.

use std::path::{Path, PathBuf};

use lookalike::imagery::raster::{
    Band, ClassMapWriter, MemoryRaster, RasterInfo, RasterSource, Resampling, Samples, open,
    open_scene, parse_colors,
};
use lookalike::output::OutputFolder;
use lookalike::pictures::title;
use lookalike::record::{Input, RunRecord, Step};
use lookalike::scene::{
    ClassMemory, ClassSink, Colors, PictureFormat, SceneModel, Segment, Segmentation,
};
use lookalike::{Context, Error, Result};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray2, PyReadonlyArray3};
use pyo3::prelude::*;
use serde_json::Value;

use super::{Count, refused, word};
use crate::call::{How, run};
use crate::error::to_python;

/// A scene in memory, bands × rows × columns, or in files.
#[derive(FromPyObject)]
pub(crate) enum Scene<'py> {
    U8(PyReadonlyArray3<'py, u8>),
    I8(PyReadonlyArray3<'py, i8>),
    U16(PyReadonlyArray3<'py, u16>),
    I16(PyReadonlyArray3<'py, i16>),
    U32(PyReadonlyArray3<'py, u32>),
    I32(PyReadonlyArray3<'py, i32>),
    U64(PyReadonlyArray3<'py, u64>),
    I64(PyReadonlyArray3<'py, i64>),
    F32(PyReadonlyArray3<'py, f32>),
    F64(PyReadonlyArray3<'py, f64>),
    Files(Vec<PathBuf>),
}

impl Scene<'_> {
    /// A copy of the pixels, with the number of bands, rows and columns; none of files.
    fn samples(&self) -> Option<(Samples, [usize; 3])> {
        macro_rules! copy {
            ($($kind:ident),*) => {
                match self {
                    $(Self::$kind(array) => {
                        let array = array.as_array();
                        let shape = [array.dim().0, array.dim().1, array.dim().2];
                        Some((Samples::$kind(array.iter().copied().collect()), shape))
                    })*
                    Self::Files(_) => None,
                }
            };
        }
        copy!(U8, I8, U16, I16, U32, I32, U64, I64, F32, F64)
    }

    fn files(&self) -> &[PathBuf] {
        match self {
            Self::Files(files) => files,
            _ => &[],
        }
    }
}

/// What a scene is clustered by.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Options {
    n_classes: Count,
    algorithm: String,
    scale: String,
    order: String,
    n_init: usize,
    max_iter: usize,
    tol: f64,
    seed: u64,
    sample: Option<usize>,
    nodata: Option<f64>,
    bands: Option<Vec<String>>,
    colors: Option<String>,
    colormap: Option<String>,
    names: Vec<String>,
    confidence: bool,
    model: Option<PathBuf>,
    mask: Option<PathBuf>,
    ram: Option<u64>,
    output: Option<PathBuf>,
    overwrite: bool,
    /// All of them in words, for the record.
    record: String,
}

type Found<'py> = (
    Bound<'py, PyArray2<u16>>,
    Option<Bound<'py, PyArray1<u8>>>,
    Bound<'py, PyArray2<f64>>,
    String,
    String,
);

/// (classes, confidence, centers, findings as JSON, model as JSON) of a scene. `valid` is 0 where a scene
/// in memory has no data.
#[pyfunction]
pub(crate) fn segment<'py>(
    py: Python<'py>,
    scene: Scene<'py>,
    valid: Option<PyReadonlyArray2<'py, u8>>,
    options: Options,
    how: How,
) -> PyResult<Found<'py>> {
    let recipe = recipe(&options)?;
    let in_memory = scene.samples();
    let valid = valid.map(|valid| valid.as_array().iter().copied().collect());
    let files = scene.files();
    let (found, classes) = run(py, how, |context| {
        let source: Box<dyn RasterSource> = match in_memory {
            Some((samples, shape)) => Box::new(raster(samples, shape, valid, options.nodata)?),
            None => open_scene(files, options.bands.as_deref(), Resampling::default())?,
        };
        let mask = options.mask.as_deref().map(open).transpose()?;
        match &options.output {
            None => recipe.run(
                &*source,
                mask.as_deref(),
                |_| Ok(ClassMemory::default()),
                context,
            ),
            Some(folder) => {
                let job = Written {
                    recipe: &recipe,
                    folder,
                    files,
                    options: &options,
                };
                job.run(&*source, mask.as_deref(), context)
            }
        }
    })?;
    let (width, height) = found.size;
    let array = |classes: Vec<u16>| ndarray::Array2::from_shape_vec((height, width), classes);
    let confidence = (!classes.confidence.is_empty()).then(|| classes.confidence.into_pyarray(py));
    Ok((
        array(classes.classes)
            .expect("a class a pixel")
            .into_pyarray(py),
        confidence,
        found.model.centers().into_pyarray(py),
        found.json().to_string(),
        found.model.json(),
    ))
}

fn recipe(options: &Options) -> PyResult<Segment> {
    let segment = match &options.model {
        Some(path) => Segment::apply(SceneModel::read(path).map_err(|e| to_python(&e))?),
        None => Segment::new(options.n_classes.into()),
    };
    let colors = match (&options.colors, &options.colormap) {
        (Some(list), _) => {
            Colors::List(parse_colors(list).map_err(|e| to_python(&Error::from(e)))?)
        }
        (None, Some(name)) => Colors::Map(name.clone()),
        (None, None) => Colors::Default,
    };
    Ok(segment
        .algorithm(word("algorithm", &options.algorithm)?)
        .scale(word("scale", &options.scale)?)
        .order(word("order", &options.order)?)
        .n_init(options.n_init)
        .max_iter(options.max_iter)
        .tol(options.tol)
        .seed(options.seed)
        .sample(options.sample)
        .nodata(options.nodata)
        .colors(colors)
        .names(options.names.clone())
        .confidence(options.confidence)
        .ram(options.ram))
}

fn raster(
    samples: Samples,
    [n_bands, height, width]: [usize; 3],
    valid: Option<Vec<u8>>,
    nodata: Option<f64>,
) -> Result<MemoryRaster> {
    let sample_type = samples.sample_type();
    let band = Band {
        nodata: nodata.filter(|&value| sample_type.holds(value)),
        ..Band::default()
    };
    let info = RasterInfo {
        name: "array".to_owned(),
        width,
        height,
        sample_type,
        bands: vec![band; n_bands],
        georeference: None,
        block: (width, 1),
        palette: None,
    };
    Ok(MemoryRaster::new(info, samples, valid)?)
}

/// A segmentation whose files are written, as those of the command line are.
struct Written<'a> {
    recipe: &'a Segment,
    folder: &'a Path,
    files: &'a [PathBuf],
    options: &'a Options,
}

/// Classes as they go to a file and stay in memory.
struct Both {
    file: ClassMapWriter,
    memory: ClassMemory,
}

impl ClassSink for Both {
    fn write_rows(&mut self, classes: &[u16], confidence: Option<&[u8]>) -> Result<()> {
        ClassSink::write_rows(&mut self.file, classes, confidence)?;
        self.memory.write_rows(classes, confidence)
    }
}

impl Written<'_> {
    fn run(
        &self,
        source: &dyn RasterSource,
        mask: Option<&dyn RasterSource>,
        context: &Context,
    ) -> Result<(Segmentation, ClassMemory)> {
        let name = self.files.first().map_or("scene".to_owned(), |file| {
            let stem = file.file_stem().unwrap_or(file.as_os_str());
            title(Path::new(stem))
        });
        let mut folder = OutputFolder::create(self.folder, self.options.overwrite)?;
        folder.spare(self.files, format!("{name}.tif"))?;
        let scratch = folder.scratch().to_owned();
        let sink = |model: &SceneModel| {
            Ok(Both {
                file: self.recipe.class_map(source, model, &name, &mut folder)?,
                memory: ClassMemory::default(),
            })
        };
        let (found, both) = self.recipe.run_in(&scratch, source, mask, sink, context)?;
        context.run(|| both.file.finish())?;
        context.run(|| found.write(&mut folder, &name, PictureFormat::default()))?;
        let timings = &found.timings;
        let steps = [
            ("read the scene", timings.read),
            ("find the classes", timings.fit),
            ("classify", timings.classify),
        ];
        let record = RunRecord {
            version: env!("CARGO_PKG_VERSION"),
            command: "segment",
            arguments: serde_json::from_str(&self.options.record).unwrap_or(Value::Null),
            inputs: Input::of_files(self.files)?,
            seconds: steps.map(|(step, seconds)| Step { step, seconds }).to_vec(),
        };
        folder.write("run.json", record.json().as_bytes())?;
        context.check()?;
        folder.finish()?;
        Ok((found, both.memory))
    }
}

/// A picture of width × height pixels of red, green, blue and alpha as a PNG file.
#[pyfunction]
pub(crate) fn encode_png(py: Python<'_>, rgba: PyReadonlyArray3<'_, u8>) -> PyResult<Vec<u8>> {
    let rgba = rgba.as_array();
    let (height, width, n) = rgba.dim();
    if n != 4 {
        return Err(refused("rgba", "have four samples a pixel", &n.to_string()));
    }
    let samples: Vec<u8> = rgba.iter().copied().collect();
    py.detach(|| lookalike::imagery::picture::encode_png(width, height, &samples))
        .map_err(|e| to_python(&e.into()))
}
