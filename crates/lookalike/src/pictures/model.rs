//! What was learnt of pictures, so that new ones get the same clusters.

use std::path::Path;

use lookalike_imagery::features::Features;
use lookalike_learn::{Context, PcaModel};
use ndarray::{Array2, ArrayRef2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::cluster::{Algorithm, ClusterOn};
use super::features::FeatureRecipe;
use super::groups::Member;
use crate::{Error, ErrorKind, Result, model_file};

/// What the file calls itself.
const FORMAT: &str = "lookalike picture model";
const VERSION: u32 = 1;

/// Clusters of pictures: a JSON document.
///
/// A picture belongs to the cluster whose centre is nearest to its features, reduced as those were
/// that it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureModel {
    format: String,
    version: u32,
    /// How features are made; none where vectors were given.
    pub features: Option<FeatureRecipe>,
    /// Numbers a row before it is reduced.
    pub n_features: usize,
    /// How they are reduced, if they are.
    pub pca: Option<PcaModel>,
    /// Cluster 0, cluster 1, …
    pub clusters: Vec<ModelCluster>,
    /// How it was fitted.
    pub fit: FitRecord,
}

/// A cluster of a [`PictureModel`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCluster {
    /// Pictures that it was made from.
    pub size: usize,
    /// What most of those are, where it was known.
    pub label: Option<String>,
    /// Its centre among the reduced features.
    pub center: Vec<f32>,
}

/// How a [`PictureModel`] was fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitRecord {
    /// The version of Lookalike.
    pub lookalike: String,
    /// By which algorithm.
    pub algorithm: Algorithm,
    /// On which numbers.
    pub cluster_on: ClusterOn,
    /// The seed of all random numbers.
    pub seed: u64,
    /// How many pictures it was fitted on.
    pub n_pictures: usize,
}

impl PictureModel {
    pub(super) fn new(
        features: Option<FeatureRecipe>,
        n_features: usize,
        pca: Option<PcaModel>,
        clusters: Vec<ModelCluster>,
        fit: FitRecord,
    ) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            features,
            n_features,
            pca,
            clusters,
            fit,
        }
    }

    /// Reads a model from a file.
    ///
    /// # Errors
    /// When it cannot be read, or is not a model.
    pub fn read(path: &Path) -> Result<Self> {
        model_file::read(path, "picture model", Self::check)
    }

    fn check(&self) -> std::result::Result<(), String> {
        model_file::check_header((&self.format, self.version), (FORMAT, VERSION))?;
        if let Some(pca) = &self.pca
            && pca.mean().len() != self.n_features
        {
            return Err(format!(
                "principal components must be of {} features, got {}",
                self.n_features,
                pca.mean().len()
            ));
        }
        let d = self.n_reduced();
        if self.clusters.is_empty() || d == 0 {
            return Err("a model must have at least one cluster of one feature".to_owned());
        }
        for (cluster, number) in self.clusters.iter().zip(0..) {
            let n = cluster.center.len();
            if n != d || cluster.center.iter().any(|v| !v.is_finite()) {
                return Err(format!(
                    "each cluster must have {d} finite values, got {n} for cluster {number}"
                ));
            }
        }
        Ok(())
    }

    fn n_reduced(&self) -> usize {
        self.pca
            .as_ref()
            .map_or(self.n_features, PcaModel::n_components)
    }

    /// The features that it was made from, of the network in `network` where that is no longer where
    /// it was.
    ///
    /// # Errors
    /// When it was made from vectors that were given, or the network cannot be used or is another.
    pub fn features(&self, network: Option<&Path>) -> Result<Box<dyn Features>> {
        let Some(recipe) = &self.features else {
            let message =
                "the model was made from vectors: it can be applied to vectors, not to pictures";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        };
        let features = recipe.open(network)?;
        if features.n_features() != self.n_features {
            let message = format!(
                "the model must be of the {} features that its recipe makes, got {}",
                features.n_features(),
                self.n_features
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(features)
    }

    /// As a JSON document.
    pub fn json(&self) -> String {
        format!("{}\n", serde_json::json!(self))
    }

    /// (clusters, reduced features).
    pub fn centers(&self) -> Array2<f32> {
        let shape = (self.clusters.len(), self.n_reduced());
        Array2::from_shape_fn(shape, |(k, c)| self.clusters[k].center[c])
    }

    /// Finds the nearest cluster of each of `rows` (samples, features).
    ///
    /// # Errors
    /// When rows have not the model's number of features, or a value is not finite; when cancelled.
    pub fn assign(&self, rows: &ArrayRef2<f32>, context: &Context) -> Result<Vec<Member>> {
        if rows.ncols() != self.n_features {
            let message = format!(
                "rows must have the model's {} features, got {}",
                self.n_features,
                rows.ncols()
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let reduced = match &self.pca {
            Some(pca) => &pca.transform_with(rows, context)?,
            None => rows,
        };
        context.check()?;
        let centers = self.centers();
        let nearest = |row: usize| {
            let to = |center: usize| {
                let pairs = reduced.row(row).into_iter().zip(centers.row(center));
                let squares = pairs.map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2));
                squares.sum::<f64>().sqrt()
            };
            let mut order: Vec<(f64, i32)> =
                (0..centers.nrows()).map(|c| (to(c), c as i32)).collect();
            order.sort_by(|a, b| a.0.total_cmp(&b.0));
            let second = order.get(1);
            Member {
                cluster: order[0].1,
                distance: Some(order[0].0),
                nearest_other: second.map(|s| s.1),
                distance_other: second.map(|s| s.0),
                silhouette: None,
            }
        };
        Ok(context.run(|| (0..rows.nrows()).into_par_iter().map(nearest).collect()))
    }
}
