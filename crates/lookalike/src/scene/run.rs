//! A segmentation from the first pixel read to the last one classified.

use std::path::Path;
use std::time::Instant;

use lookalike_imagery::raster::{
    Band, Georeference, PixelAreas, RasterInfo, RasterSource, Rgb, SampleType, Stretch,
    class_colors, colormap_colors, default_colors,
};
use lookalike_learn::Context;
use lookalike_learn::pixel_kmeans::{PixelBlocks, PixelClassifier, sample};
use ndarray::Array2;
use serde::Serialize;

use super::classify::{Classify, Tally};
use super::collect::{Collected, Plan};
use super::fit::Fit;
use super::memory::Memory;
use super::options::{Colors, Scale, Segment};
use super::picture::{ClassPicture, Zoom};
use super::value::SceneValue;
use super::{ClassSink, FitRecord, ModelClass, SceneModel};

use crate::{Choice, Error, ErrorKind, Result};

/// Pixels that figures show.
const SHOWN_PIXELS: usize = 60_000;
/// The seed by which they are drawn, so that they do not depend on that of the fit.
const SHOWN_SEED: u64 = 0;

/// What came of a [`Segment`].
#[derive(Debug, Clone)]
pub struct Segmentation {
    /// What messages call the scene.
    pub scene: String,
    /// Its columns and rows.
    pub size: (usize, usize),
    /// The names of the bands that were clustered; `band 3` where the file has none.
    pub bands: Vec<String>,
    /// The classes as a model for other scenes.
    pub model: SceneModel,
    /// The classes of this scene.
    pub classes: Vec<ClassSummary>,
    /// Pixels without data.
    pub n_invalid: u64,
    /// How many classes were asked for, where the scene has not as many distinct pixels.
    pub n_classes_wanted: Option<usize>,
    /// How many distinct pixels stood for all of them, where that was so.
    pub n_distinct: Option<u64>,
    /// How the number of classes was chosen, where it was not given.
    pub choice: Option<Choice>,
    /// Why there are no areas, where there are none.
    pub no_areas: Option<&'static str>,
    /// Where the scene lies.
    pub georeference: Option<Georeference>,
    /// Whether the model was fitted here, not applied.
    pub was_fitted: bool,
    /// Whether the pixels went through a scratch file.
    pub used_scratch_file: bool,
    /// How the bands that are shown were stretched.
    pub stretches: [Stretch; 3],
    /// How long everything took.
    pub timings: Timings,
    pub(super) pictures: Pictures,
    pub(super) shown: Shown,
}

/// One class of a scene.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassSummary {
    /// Its number, from 1.
    pub class: usize,
    /// What people call it.
    pub name: String,
    /// Red, green, blue.
    pub color: Rgb,
    /// How many pixels it has.
    pub pixels: u64,
    /// Which part that is of all valid ones.
    pub share: f64,
    /// What area they cover, where the place is known.
    pub square_metres: Option<f64>,
    /// The value of its centre in each band.
    pub center: Vec<f64>,
}

/// Seconds of the steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Timings {
    /// Reading the scene once, with all that is kept of it.
    pub read: f64,
    /// Decoding alone, by as many threads as there are.
    pub decode: f64,
    /// Each pass over all valid pixels while the classes were found.
    pub passes: Vec<f64>,
    /// Finding the classes, passes included.
    pub fit: f64,
    /// Giving every pixel its class, and writing the class map.
    pub classify: f64,
}

/// The scene and its classes at the size of a screen.
#[derive(Debug, Clone)]
pub(super) struct Pictures {
    pub(super) zoom: Zoom,
    /// The bands that are shown, stretched: red, green, blue and opacity.
    pub(super) scene: Vec<u8>,
    pub(super) classes: ClassPicture,
}

/// Pixels for figures.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    /// One row a pixel, one column a band.
    pub(super) pixels: Array2<f32>,
    /// The class of each, from 0.
    pub(super) labels: Vec<i32>,
}

impl Segmentation {
    /// Gives the classes other names and colours, in their order.
    pub fn set_looks(&mut self, looks: &[(String, Rgb)]) {
        let classes = self.classes.iter_mut().zip(&mut self.model.classes);
        for ((class, of_model), (name, color)) in classes.zip(looks) {
            class.name.clone_from(name);
            class.color = *color;
            of_model.name.clone_from(name);
            of_model.color = *color;
        }
    }
}

impl Segment {
    /// Segments `source`, leaving out pixels that are 0 in `mask`.
    ///
    /// `sink` is made once the classes are known, for a class map needs their colours; it gets the
    /// class of every pixel and is given back. A scratch file is made in the system's folder for
    /// such files.
    ///
    /// # Errors
    /// When a parameter breaks its rule, the scene has not the bands that are wanted, no pixel is
    /// valid, a file cannot be read or written, or cancelled.
    pub fn run<S: ClassSink + Send>(
        &self,
        source: &dyn RasterSource,
        mask: Option<&dyn RasterSource>,
        sink: impl FnOnce(&SceneModel) -> Result<S> + Send,
        context: &Context,
    ) -> Result<(Segmentation, S)> {
        self.run_in(&std::env::temp_dir(), source, mask, sink, context)
    }

    /// [`run`](Self::run) with the scratch file in `scratch`, where one is needed.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_in<S: ClassSink + Send>(
        &self,
        scratch: &Path,
        source: &dyn RasterSource,
        mask: Option<&dyn RasterSource>,
        sink: impl FnOnce(&SceneModel) -> Result<S> + Send,
        context: &Context,
    ) -> Result<(Segmentation, S)> {
        self.check()?;
        let job = Job::new(self, scratch, source, mask)?;
        context.run(|| match source.info().sample_type {
            SampleType::U8 => job.run::<u8, S>(sink, context),
            SampleType::I8 => job.run::<i8, S>(sink, context),
            SampleType::U16 => job.run::<u16, S>(sink, context),
            SampleType::I16 => job.run::<i16, S>(sink, context),
            _ => job.run::<f32, S>(sink, context),
        })
    }
}

/// A recipe and the scene that it is for.
struct Job<'a> {
    segment: &'a Segment,
    scratch: &'a Path,
    source: &'a dyn RasterSource,
    mask: Option<&'a dyn RasterSource>,
    bands: Vec<usize>,
    band_names: Vec<String>,
    areas: std::result::Result<PixelAreas, &'static str>,
}

impl<'a> Job<'a> {
    fn new(
        segment: &'a Segment,
        scratch: &'a Path,
        source: &'a dyn RasterSource,
        mask: Option<&'a dyn RasterSource>,
    ) -> Result<Self> {
        let info = source.info();
        let n_bands = info.bands.len();
        let all = || (0..n_bands).collect();
        let bands: Vec<usize> = segment.bands.clone().unwrap_or_else(all);
        let shown = segment.rgb.iter().flatten();
        if let Some(&band) = bands.iter().chain(shown).find(|&&band| band >= n_bands) {
            let message = format!(
                "bands must be between 1 and {n_bands}, the bands of {}, got {}",
                info.name,
                band + 1
            );
            return Err(Error::new(ErrorKind::InvalidParameter, message));
        }
        if bands.is_empty() {
            let message = "bands must name at least one band, got none";
            return Err(Error::new(ErrorKind::InvalidParameter, message));
        }
        let names: Vec<String> = bands.iter().map(|&b| info.bands[b].name.clone()).collect();
        if let Some(model) = &segment.model {
            model.check_bands(&names)?;
        }
        segment.check_init(bands.len())?;
        if let Some(mask) = mask {
            check_mask(mask.info(), info)?;
        }
        let areas = match &info.georeference {
            Some(georeference) => PixelAreas::of(georeference),
            None => Err("the scene has no georeference"),
        };
        Ok(Self {
            segment,
            scratch,
            source,
            mask,
            bands,
            band_names: names,
            areas,
        })
    }

    fn run<V: SceneValue, S: ClassSink + Send>(
        &self,
        sink: impl FnOnce(&SceneModel) -> Result<S>,
        context: &Context,
    ) -> Result<(Segmentation, S)> {
        let info = self.source.info();
        let mut timings = Timings::default();
        let start = Instant::now();
        let zoom = Zoom::new(info.width, info.height, self.segment.max_side);
        zoom.check()?;
        let plan = Plan {
            source: self.source,
            mask: self.mask,
            bands: &self.bands,
            rgb: self.segment.rgb.unwrap_or_else(|| shown_bands(info)),
            nodata: self.nodata()?,
            percentiles: self.segment.stretch,
            stretch_together: self.segment.stretch_together,
            scale_by_percentiles: self.segment.scale == Scale::Percentile,
            zoom,
            memory: Memory::new(self.segment.ram),
            scratch: self.scratch,
        };
        let collected: Collected<V> = plan.collect(context)?;
        timings.read = start.elapsed().as_secs_f64();
        timings.decode = collected.decode / rayon::current_num_threads() as f64;

        let start = Instant::now();
        let (model, fit) = if let Some(model) = &self.segment.model {
            (model.clone(), None)
        } else {
            let store = &collected.store;
            let fit = self
                .segment
                .fit(store, &collected.band_percentiles, context)?;
            (self.model(&fit)?, Some(fit))
        };
        timings.passes = collected.store.passes();
        timings.fit = start.elapsed().as_secs_f64();

        let start = Instant::now();
        let moments = collected.store.moments();
        let classifier = PixelClassifier::new(&model.centers(), &model.feature_weights, moments)?;
        let mut sink = sink(&model)?;
        let (tally, classes) = Classify {
            collected: &collected,
            classifier: &classifier,
            n_classes: model.n_classes(),
            width: info.width,
            zoom,
            confidence: self.segment.confidence,
            areas: self.areas.as_ref().ok(),
        }
        .run(&mut sink, context)?;
        timings.classify = start.elapsed().as_secs_f64();

        let shown = shown(&collected, &classifier, context)?;
        let n_wanted = fit
            .as_ref()
            .map(|fit| self.segment.n_wanted(fit.choice.as_ref()));
        let segmentation = Segmentation {
            scene: info.name.clone(),
            size: (info.width, info.height),
            bands: self
                .bands
                .iter()
                .map(|&band| band_name(info, band))
                .collect(),
            classes: summaries(&model, &tally),
            n_invalid: tally.pixels[0],
            n_classes_wanted: n_wanted.filter(|&k| k > model.n_classes()),
            n_distinct: fit.as_ref().and_then(|fit| fit.n_distinct),
            was_fitted: fit.is_some(),
            choice: fit.and_then(|fit| fit.choice),
            no_areas: self.areas.err(),
            georeference: info.georeference.clone(),
            used_scratch_file: collected.store.is_in_file(),
            stretches: collected.stretches,
            timings,
            pictures: Pictures {
                zoom,
                scene: collected.picture.rgba(collected.stretches),
                classes,
            },
            shown,
            model,
        };
        Ok((segmentation, sink))
    }

    /// The value without data of each band of the scene.
    fn nodata(&self) -> Result<Vec<Option<f64>>> {
        let info = self.source.info();
        if let Some(nodata) = self.segment.nodata
            && !info.sample_type.holds(nodata)
        {
            let message = format!(
                "nodata must be a value that samples of {} ({:?}) can have, got {nodata}",
                info.name, info.sample_type
            );
            return Err(Error::new(ErrorKind::InvalidParameter, message));
        }
        let bands = info.bands.iter();
        Ok(bands.map(|b| self.segment.nodata.or(b.nodata)).collect())
    }

    /// The model of freshly found classes, with their names and colours.
    fn model(&self, fit: &Fit) -> Result<SceneModel> {
        let segment = self.segment;
        let k = fit.centers.nrows();
        // Of a scene with fewer distinct pixels than classes, the last names are left over.
        segment.check_names(segment.n_wanted(fit.choice.as_ref()))?;
        let colors = match &segment.colors {
            Colors::Default => default_colors(k),
            Colors::List(colors) => class_colors(colors, k)?,
            Colors::Map(name) => colormap_colors(name, k)?,
        };
        let class = |(c, color): (usize, Rgb)| ModelClass {
            name: segment
                .names
                .get(c)
                .cloned()
                .unwrap_or_else(|| format!("class {}", c + 1)),
            color,
            center: fit.centers.row(c).to_vec(),
        };
        let record = FitRecord {
            lookalike: env!("CARGO_PKG_VERSION").to_owned(),
            scene: self.source.info().name.clone(),
            algorithm: segment.algorithm,
            order: segment.order,
            seed: segment.seed,
            n_pixels: fit.n_fitted,
            inertia: fit.inertia,
            n_iter: fit.n_iter,
            converged: fit.converged,
        };
        Ok(SceneModel::new(
            self.band_names.clone(),
            segment.scale,
            fit.feature_weights.clone(),
            colors.into_iter().enumerate().map(class).collect(),
            record,
        ))
    }
}

fn check_mask(mask: &RasterInfo, scene: &RasterInfo) -> Result<()> {
    if (mask.width, mask.height) == (scene.width, scene.height) {
        return Ok(());
    }
    let message = format!(
        "the mask {} must have the size of the scene, {}×{}, got {}×{}",
        mask.name, scene.width, scene.height, mask.width, mask.height
    );
    Err(Error::new(ErrorKind::InvalidInput, message))
}

fn band_name(info: &RasterInfo, band: usize) -> String {
    match info.bands[band].name.as_str() {
        "" => format!("band {}", band + 1),
        name => name.to_owned(),
    }
}

/// Names of red, green and blue: words, of Sentinel-2, of Landsat 8 and 9, of Landsat 4 to 7.
const SHOWN_NAMES: [[&str; 3]; 4] = [
    ["red", "green", "blue"],
    ["B04", "B03", "B02"],
    ["B4", "B3", "B2"],
    ["B3", "B2", "B1"],
];

/// Red, green and blue where names tell; else the first three bands, or the first.
fn shown_bands(info: &RasterInfo) -> [usize; 3] {
    let named = |name: &str| {
        let is_so = |band: &Band| band.name.eq_ignore_ascii_case(name);
        info.bands.iter().position(is_so)
    };
    // Band 4 of Landsat is red where there is a band 5 that is near infrared, and was near
    // infrared itself before.
    let names = SHOWN_NAMES
        .iter()
        .filter(|names| names[0] != "B4" || named("B5").is_some());
    let found = names
        .map(|names| names.map(named))
        .find_map(|[r, g, b]| Some([r?, g?, b?]));
    found.unwrap_or(if info.bands.len() >= 3 {
        [0, 1, 2]
    } else {
        [0; 3]
    })
}

fn summaries(model: &SceneModel, tally: &Tally) -> Vec<ClassSummary> {
    let n_valid: u64 = tally.pixels[1..].iter().sum();
    let summary = |(class, of_model): (usize, &ModelClass)| ClassSummary {
        class,
        name: of_model.name.clone(),
        color: of_model.color,
        pixels: tally.pixels[class],
        share: tally.pixels[class] as f64 / n_valid as f64,
        square_metres: tally.square_metres.as_ref().map(|areas| areas[class]),
        center: of_model.center.clone(),
    };
    (1..).zip(&model.classes).map(summary).collect()
}

/// Some pixels and their classes, for figures.
fn shown<V: SceneValue>(
    collected: &Collected<V>,
    classifier: &PixelClassifier,
    context: &Context,
) -> Result<Shown> {
    let drawn = sample(&collected.store, SHOWN_PIXELS, SHOWN_SEED, context)?;
    let labels = classifier.labels(&drawn)?;
    Ok(Shown {
        pixels: drawn.rows(),
        labels: labels.into_iter().map(i32::from).collect(),
    })
}
