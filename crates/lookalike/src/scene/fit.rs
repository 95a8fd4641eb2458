//! The classes of a scene: found, or taken from a model.

use lookalike_imagery::raster::Stretch;
use lookalike_learn::pixel_kmeans::{MAX_CLUSTERS, Moments, PixelBlocks, sample};
use lookalike_learn::{Context, MiniBatchKMeans, PixelKMeans};
use ndarray::{Array2, Axis};

use super::choose::choose;
use super::options::{Algorithm, Order, Scale, Segment};
use super::store::PixelStore;
use super::value::SceneValue;
use crate::{Choice, ClusterCount, Error, ErrorKind, Result};

/// Pixels that mini-batch k-means is fitted on.
const MINI_BATCH_PIXELS: usize = 1 << 20;

/// Centres in the order of the classes, and how they were found.
#[derive(Debug)]
pub(super) struct Fit {
    pub(super) centers: Array2<f64>,
    pub(super) feature_weights: Vec<f64>,
    pub(super) n_fitted: u64,
    /// How many distinct pixels stood for all of them, where that was so.
    pub(super) n_distinct: Option<u64>,
    pub(super) inertia: f64,
    pub(super) n_iter: usize,
    pub(super) converged: bool,
    pub(super) choice: Option<Choice>,
}

impl Segment {
    /// Refuses what cannot work before anything is read.
    pub(super) fn check(&self) -> Result<()> {
        let refused = |name: &str, rule: String, value: String| {
            let message = format!("{name} must {rule}, got {value}");
            Err(Error::new(ErrorKind::InvalidParameter, message))
        };
        let range = 1..=MAX_CLUSTERS;
        match self.n_classes {
            ClusterCount::Exactly(k) if !range.contains(&k) => refused(
                "n_clusters",
                format!("be between 1 and {MAX_CLUSTERS}"),
                k.to_string(),
            ),
            ClusterCount::Between(a, b) if a < 2 || a > b || b > MAX_CLUSTERS => refused(
                "n_clusters",
                format!("be a range within 2..{MAX_CLUSTERS}, the smaller end first"),
                format!("{a}..{b}"),
            ),
            _ if self.max_side == Some(0) => {
                refused("max_side", "be at least 1".into(), "0".into())
            }
            _ if self.n_init == 0 => refused("n_init", "be at least 1".into(), "0".into()),
            _ if self.sample == Some(0) => refused("sample", "be at least 1".into(), "0".into()),
            _ => self.check_names(self.n_wanted(None)),
        }
    }

    /// Refuses more names than there can be classes.
    pub(super) fn check_names(&self, n_classes: usize) -> Result<()> {
        if self.names.len() > n_classes {
            let rule = format!("be no more than the classes ({n_classes})");
            return Err(Error::parameter("names", &rule, self.names.len()));
        }
        Ok(())
    }

    /// Refuses given centres of another shape.
    pub(super) fn check_init(&self, n_bands: usize) -> Result<()> {
        let wanted = (self.n_wanted(None), n_bands);
        match self.init.as_ref().map(Array2::dim) {
            Some((rows, columns)) if (rows, columns) != wanted => {
                let rule = format!(
                    "have one row a class and one column a band ({}×{})",
                    wanted.0, wanted.1
                );
                Err(Error::parameter("init", &rule, format!("{rows}×{columns}")))
            }
            _ => Ok(()),
        }
    }

    /// How many classes are wanted; while the choice is not made, how many there may be.
    pub(super) fn n_wanted(&self, choice: Option<&Choice>) -> usize {
        match (choice, self.n_classes, &self.init) {
            (Some(choice), ..) => choice.n_clusters,
            (None, ClusterCount::Exactly(k), _) => k,
            (None, ClusterCount::Between(..), Some(centers)) => centers.nrows(),
            (None, ClusterCount::Between(_, most), None) => most,
        }
    }

    pub(super) fn fit<V: SceneValue>(
        &self,
        store: &PixelStore<V>,
        band_percentiles: &[Stretch],
        context: &Context,
    ) -> Result<Fit> {
        let weights = self.feature_weights(store.moments(), band_percentiles);
        let recipe = |k: usize| {
            PixelKMeans::new(k)
                .n_init(self.n_init)
                .max_iter(self.max_iter)
                .tol(self.tol)
                .seed(self.seed)
                .feature_weights(weights.clone())
        };
        let (n_classes, choice) = match (self.n_classes, &self.init) {
            (ClusterCount::Exactly(k), _) => (k, None),
            (_, Some(centers)) => (centers.nrows(), None),
            (ClusterCount::Between(least, most), None) => {
                let choice = choose(recipe, (least, most), store, self.seed, context)?;
                (choice.n_clusters, Some(choice))
            }
        };
        let mut fit = match self.algorithm {
            Algorithm::KMeans => self.kmeans(recipe(n_classes), store, context)?,
            Algorithm::MiniBatch => self.mini_batch(n_classes, weights, store, context)?,
        };
        fit.choice = choice;
        Ok(fit)
    }

    fn kmeans<V: SceneValue>(
        &self,
        mut recipe: PixelKMeans,
        store: &PixelStore<V>,
        context: &Context,
    ) -> Result<Fit> {
        if let Some(n_pixels) = self.sample {
            recipe = recipe.sample(n_pixels);
        }
        if let Some(centers) = &self.init {
            recipe = recipe.init_centers(centers.clone());
        }
        // A sample of distinct pixels would be none of the pixels.
        let distinct = match self.sample {
            None => V::distinct(store, context)?,
            Some(_) => None,
        };
        let model = match &distinct {
            Some(distinct) => recipe.fit_with(distinct, context)?,
            None => recipe.fit_with(store, context)?,
        };
        let order = self.class_order(model.centers(), model.sizes(), model.feature_weights());
        let n_distinct = distinct.map(|distinct| distinct.moments().n_pixels);
        Ok(Fit {
            centers: model.centers().select(Axis(0), &order),
            feature_weights: model.feature_weights().to_vec(),
            n_fitted: n_distinct.map_or(model.n_fitted(), |_| store.n_pixels() as u64),
            n_distinct,
            inertia: model.inertia(),
            n_iter: model.n_iter(),
            converged: model.converged(),
            choice: None,
        })
    }

    fn mini_batch<V: SceneValue>(
        &self,
        n_classes: usize,
        weights: Vec<f64>,
        store: &PixelStore<V>,
        context: &Context,
    ) -> Result<Fit> {
        let count = self
            .sample
            .unwrap_or(MINI_BATCH_PIXELS)
            .min(MINI_BATCH_PIXELS);
        let mut rows = sample(store, count, self.seed, context)?.rows();
        let scale: Vec<f64> = weights.iter().map(|w| w.sqrt()).collect();
        for (mut column, scale) in rows.columns_mut().into_iter().zip(&scale) {
            column.mapv_inplace(|v| (f64::from(v) * scale) as f32);
        }
        let n_classes = match &self.init {
            Some(_) => n_classes,
            None => n_classes.min(rows.nrows()),
        };
        let mut recipe = MiniBatchKMeans::new(n_classes)
            .n_init(self.n_init)
            .seed(self.seed);
        if let Some(centers) = &self.init {
            let scaled =
                Array2::from_shape_fn(centers.dim(), |(c, j)| (centers[[c, j]] * scale[j]) as f32);
            recipe = recipe.init(lookalike_learn::Init::Centers(scaled));
        }
        let model = recipe.fit_with(&rows, context)?;
        let scaled = model.cluster_centers();
        let centers = Array2::from_shape_fn(scaled.dim(), |(c, j)| {
            let center = f64::from(scaled[[c, j]]);
            if scale[j] > 0.0 {
                center / scale[j]
            } else {
                store.moments().mean(j)
            }
        });
        let mut sizes = vec![0.0; n_classes];
        for &label in model.labels() {
            sizes[label as usize] += 1.0;
        }
        let mut order = self.class_order(&centers, &sizes, &weights);
        order.retain(|&class| sizes[class] > 0.0);
        Ok(Fit {
            centers: centers.select(Axis(0), &order),
            feature_weights: weights,
            n_fitted: rows.nrows() as u64,
            n_distinct: None,
            inertia: model.inertia(),
            n_iter: model.n_iter(),
            converged: model.converged(),
            choice: None,
        })
    }

    /// What squared differences in each band are multiplied by. A band that never varies says
    /// nothing, whatever it is divided by; of one that seldom does, the percentiles may coincide.
    fn feature_weights(&self, moments: &Moments, percentiles: &[Stretch]) -> Vec<f64> {
        let inverse_square = |spread: f64| {
            if spread > 0.0 {
                1.0 / (spread * spread)
            } else {
                1.0
            }
        };
        let deviation = |band| moments.variance(band).sqrt();
        match self.scale {
            Scale::None => vec![1.0; moments.n_features()],
            Scale::Standard => (0..moments.n_features())
                .map(|band| inverse_square(deviation(band)))
                .collect(),
            Scale::Percentile => (percentiles.iter().enumerate())
                .map(|(band, p)| {
                    let range = p.high - p.low;
                    inverse_square(if range > 0.0 { range } else { deviation(band) })
                })
                .collect(),
        }
    }

    /// The clusters in the order of the classes.
    fn class_order(&self, centers: &Array2<f64>, sizes: &[f64], weights: &[f64]) -> Vec<usize> {
        let brightness = |c: usize| -> f64 {
            let values = centers.row(c).to_vec();
            values.iter().zip(weights).map(|(v, w)| v * w.sqrt()).sum()
        };
        let by_brightness = |a: usize, b: usize| brightness(a).total_cmp(&brightness(b));
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by(|&a, &b| match self.order {
            Order::Brightness => by_brightness(a, b),
            Order::Size => sizes[b].total_cmp(&sizes[a]).then(by_brightness(a, b)),
        });
        order
    }
}
