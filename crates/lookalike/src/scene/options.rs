//! How a scene is to be segmented.

use lookalike_imagery::raster::{Overviews, Rgb, StretchPercentiles};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::SceneModel;
use crate::ClusterCount;

/// Starts of the search for centres, as scikit-learn's `n_init` before it became `"auto"`: on the
/// part of the pixels that is searched they cost little.
pub const DEFAULT_N_INIT: usize = 10;
/// Longest side of the pictures, in pixels.
pub const DEFAULT_MAX_SIDE: usize = 2048;
/// Numbers of classes that are tried when none is given.
pub const DEFAULT_CHOICE: (usize, usize) = (2, 12);

/// Which algorithm finds the classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// Lloyd's k-means on all pixels.
    #[default]
    KMeans,
    /// Mini-batch k-means on up to 2²⁰ pixels drawn evenly.
    MiniBatch,
}

/// What bands are divided by before they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// Nothing.
    #[default]
    None,
    /// Their standard deviations.
    Standard,
    /// The difference of the percentiles of the stretch.
    Percentile,
}

/// By which rule classes are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// From dark to bright: by the mean of the centre over the bands.
    #[default]
    Brightness,
    /// From the largest to the smallest.
    Size,
}

/// The recipe of a segmentation; see the [module](super) for what it does.
#[derive(Debug, Clone)]
pub struct Segment {
    pub(super) n_classes: ClusterCount,
    pub(super) algorithm: Algorithm,
    pub(super) scale: Scale,
    pub(super) order: Order,
    pub(super) n_init: usize,
    pub(super) max_iter: usize,
    pub(super) tol: f64,
    pub(super) seed: u64,
    pub(super) sample: Option<usize>,
    pub(super) init: Option<Array2<f64>>,
    pub(super) model: Option<SceneModel>,
    pub(super) bands: Option<Vec<usize>>,
    pub(super) rgb: Option<[usize; 3]>,
    pub(super) nodata: Option<f64>,
    pub(super) stretch: StretchPercentiles,
    pub(super) stretch_together: bool,
    pub(super) colors: Colors,
    pub(super) names: Vec<String>,
    pub(super) max_side: Option<usize>,
    pub(super) confidence: bool,
    pub(super) overviews: Overviews,
    pub(super) ram: Option<u64>,
}

/// Where the colours of the classes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Colors {
    /// Colours for land cover that are easily told apart.
    Default,
    /// One each, where they are as many as the classes; interpolated otherwise.
    List(Vec<Rgb>),
    /// A named map, such as `terrain`.
    Map(String),
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty),* $(,)?) => {
        $($(#[$doc])*
        pub fn $name(mut self, $name: $type) -> Self {
            self.$name = $name;
            self
        })*
    };
}

impl Segment {
    /// A segmentation into `n_classes` classes.
    pub fn new(n_classes: ClusterCount) -> Self {
        Self {
            n_classes,
            algorithm: Algorithm::default(),
            scale: Scale::default(),
            order: Order::default(),
            n_init: DEFAULT_N_INIT,
            max_iter: lookalike_learn::cluster::kmeans::DEFAULT_MAX_ITER,
            tol: lookalike_learn::cluster::kmeans::DEFAULT_TOL,
            seed: 0,
            sample: None,
            init: None,
            model: None,
            bands: None,
            rgb: None,
            nodata: None,
            stretch: StretchPercentiles::default(),
            stretch_together: false,
            colors: Colors::Default,
            names: Vec::new(),
            max_side: Some(DEFAULT_MAX_SIDE),
            confidence: false,
            overviews: Overviews::default(),
            ram: None,
        }
    }

    /// The classes of a model that was made before, which is applied as it is: nothing is fitted.
    pub fn apply(model: SceneModel) -> Self {
        let mut segment = Self::new(ClusterCount::Exactly(model.n_classes()));
        segment.model = Some(model);
        segment
    }

    setters! {
        /// Default [`Algorithm::KMeans`].
        algorithm: Algorithm,
        /// Default [`Scale::None`].
        scale: Scale,
        /// Default [`Order::Brightness`].
        order: Order,
        /// Starts of the search for centres; default [`DEFAULT_N_INIT`].
        n_init: usize,
        /// Passes of k-means over all pixels at the most; default 300. Mini-batch k-means ends by a rule of its own.
        max_iter: usize,
        /// See [`PixelKMeans::tol`](lookalike_learn::PixelKMeans::tol); default 0.0001. Not for mini-batch k-means.
        tol: f64,
        /// Which random numbers to draw; default 0.
        seed: u64,
        /// Fits on so many pixels, drawn evenly, instead of all; default None.
        sample: Option<usize>,
        /// Starts once, from these centres (one row a class, one column a band); default None:
        /// k-means++.
        init: Option<Array2<f64>>,
        /// The bands that are clustered, counted from 0; default: all.
        bands: Option<Vec<usize>>,
        /// The bands that are shown as red, green and blue, counted from 0. Default: those of these
        /// names, or of such bands of Sentinel-2 and Landsat; else the first three, or the first.
        rgb: Option<[usize; 3]>,
        /// The value without data in every band, instead of what the file says; default None.
        nodata: Option<f64>,
        /// Which percentiles become black and white; default 5 and 95.
        stretch: StretchPercentiles,
        /// Whether one stretch is found for all bands that are shown; default: one each.
        stretch_together: bool,
        /// Default [`Colors::Default`].
        colors: Colors,
        /// What the classes are called, in their order; default: `class 1` and so on.
        names: Vec<String>,
        /// Longest side of the pictures; None for as many pixels as the scene has. Default
        /// [`DEFAULT_MAX_SIDE`].
        max_side: Option<usize>,
        /// Whether to say of each pixel how much nearer its centre is than the second nearest;
        /// default no.
        confidence: bool,
        /// How overviews of the class map are made; default by mode.
        overviews: Overviews,
        /// Bytes of memory to use at the most, roughly: what does not fit goes to a scratch file.
        /// Default: half of what is free.
        ram: Option<u64>,
    }
}
