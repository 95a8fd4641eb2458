//! What was learnt of a scene, so that it can be applied to the next.

use std::path::Path;

use lookalike_imagery::raster::{MAX_CLASSES, Rgb};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::options::{Algorithm, Order, Scale};
use crate::{Error, ErrorKind, Result, model_file};

/// What the file calls itself.
const FORMAT: &str = "lookalike scene model";
const VERSION: u32 = 1;

/// The classes of a scene: a JSON document.
///
/// A pixel belongs to the class whose centre is nearest; squared differences count by
/// `feature_weights`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SceneModel {
    format: String,
    version: u32,
    /// The names of the bands, in the order of the centres; empty where a band has none.
    pub bands: Vec<String>,
    /// What the bands were divided by.
    pub scale: Scale,
    /// What the square of a difference in each band is multiplied by.
    pub feature_weights: Vec<f64>,
    /// Class 1, class 2, …
    pub classes: Vec<ModelClass>,
    /// How it was fitted.
    pub fit: FitRecord,
}

/// A class of a [`SceneModel`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelClass {
    /// What people call it.
    pub name: String,
    /// Red, green, blue.
    pub color: Rgb,
    /// Its value in each band.
    pub center: Vec<f64>,
}

/// How a [`SceneModel`] was fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitRecord {
    /// The version of Lookalike.
    pub lookalike: String,
    /// The scene, as messages call it.
    pub scene: String,
    /// By which algorithm.
    pub algorithm: Algorithm,
    /// By which rule the classes are numbered.
    pub order: Order,
    /// The seed of all random numbers.
    pub seed: u64,
    /// How many pixels it was fitted on.
    pub n_pixels: u64,
    /// The sum of their squared distances to their centres.
    pub inertia: f64,
    /// Iterations over all of them.
    pub n_iter: usize,
    /// Whether the iterations ended by themselves.
    pub converged: bool,
}

impl SceneModel {
    pub(super) fn new(
        bands: Vec<String>,
        scale: Scale,
        feature_weights: Vec<f64>,
        classes: Vec<ModelClass>,
        fit: FitRecord,
    ) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            bands,
            scale,
            feature_weights,
            classes,
            fit,
        }
    }

    /// Reads a model from a file.
    ///
    /// # Errors
    /// When it cannot be read, or is not a model.
    pub fn read(path: &Path) -> Result<Self> {
        model_file::read(path, "scene model", Self::check)
    }

    fn check(&self) -> std::result::Result<(), String> {
        model_file::check_header((&self.format, self.version), (FORMAT, VERSION))?;
        let d = self.bands.len();
        if d == 0 || self.feature_weights.len() != d {
            let n = self.feature_weights.len();
            return Err(format!(
                "a model must have a feature weight a band, got {n} for {d} bands"
            ));
        }
        if let Some(band) = self.feature_weights.iter().position(|&w| w < 0.0) {
            let (weight, band) = (self.feature_weights[band], band + 1);
            return Err(format!(
                "feature weights must be 0 or more, got {weight} for band {band}"
            ));
        }
        let n_classes = self.n_classes();
        if !(1..=MAX_CLASSES).contains(&n_classes) {
            return Err(format!(
                "a model must have 1 to {MAX_CLASSES} classes, got {n_classes}"
            ));
        }
        for (class, number) in self.classes.iter().zip(1..) {
            if class.center.len() != d {
                let n = class.center.len();
                return Err(format!(
                    "each class must have {d} values, got {n} for class {number}"
                ));
            }
        }
        Ok(())
    }

    /// As a JSON document.
    pub fn json(&self) -> String {
        format!("{:#}\n", serde_json::json!(self))
    }

    /// How many classes it has.
    pub fn n_classes(&self) -> usize {
        self.classes.len()
    }

    /// The colours of the classes, in their order.
    pub fn colors(&self) -> Vec<Rgb> {
        self.classes.iter().map(|class| class.color).collect()
    }

    /// The names of the classes, in their order.
    pub fn names(&self) -> Vec<String> {
        self.classes
            .iter()
            .map(|class| class.name.clone())
            .collect()
    }

    /// k×d: the centres of the classes, in their order.
    pub fn centers(&self) -> Array2<f64> {
        let shape = (self.classes.len(), self.bands.len());
        Array2::from_shape_fn(shape, |(class, band)| self.classes[class].center[band])
    }

    /// Refuses a scene that has not the model's bands.
    pub(super) fn check_bands(&self, bands: &[String]) -> Result<()> {
        let other_names = self.bands.iter().zip(bands);
        let mut other_names = other_names.filter(|(a, b)| !a.is_empty() && !b.is_empty() && a != b);
        if bands.len() == self.bands.len() && other_names.next().is_none() {
            return Ok(());
        }
        let list = |bands: &[String]| {
            let n = bands.len();
            let names: Vec<&str> = bands
                .iter()
                .map(|b| if b.is_empty() { "?" } else { b })
                .collect();
            format!("{n} ({})", names.join(", "))
        };
        let message = format!(
            "the scene must have the bands of the model, {}, got {}: choose them with --bands",
            list(&self.bands),
            list(bands)
        );
        Err(Error::new(ErrorKind::InvalidInput, message))
    }
}
