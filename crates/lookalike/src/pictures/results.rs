//! All that one run of `cluster` is told and written from.

use std::path::{Path, PathBuf};

use lookalike_imagery::collection::{Item, Labels};
use lookalike_learn::Context;
use ndarray::ArrayRef2;
use serde_json::{Value, json};

use super::cluster::{Cluster, Clustering};
use super::embed::Unusable;
use super::features::FeatureRecipe;
use super::kept_pca::KeptPca;
use super::model::{FitRecord, ModelCluster, PictureModel};
use super::truth::Truth;
use crate::Result;

/// What is clustered.
#[derive(Debug)]
pub struct Input<'a> {
    /// What the title calls it.
    pub source: String,
    /// What each row is called.
    pub names: Vec<PathBuf>,
    /// The pictures of the rows; none where vectors were given.
    pub items: Option<&'a [Item]>,
    /// (samples, features).
    pub rows: &'a ArrayRef2<f32>,
    /// How the features were made; none where vectors were given.
    pub features: Option<FeatureRecipe>,
    /// Pictures that have no row.
    pub unusable: &'a [Unusable],
    /// The class of each row, where classes are known.
    pub labels: Option<Labels>,
    /// Where principal components are kept, if they are.
    pub kept: Option<KeptPca<'a>>,
}

/// What came of clustering, and what it is told and written from.
#[derive(Debug)]
pub struct Results<'a> {
    /// What was clustered.
    pub input: Input<'a>,
    /// The recipe.
    pub recipe: Cluster,
    /// What came of it.
    pub clustering: Clustering,
    /// How it agrees with what is known, where something is.
    pub truth: Option<Truth>,
}

impl<'a> Results<'a> {
    /// Clusters `input` by `recipe`, and compares the clusters with its labels.
    ///
    /// # Errors
    /// As [`Cluster::run`] and [`Truth::new`].
    pub fn new(recipe: Cluster, mut input: Input<'a>, context: &Context) -> Result<Self> {
        let clustering = recipe.run_kept(input.rows, input.kept.as_ref(), context)?;
        let labels = input.labels.take();
        let truth = labels.map(|labels| Truth::new(labels, &clustering.labels));
        Ok(Self {
            truth: truth.transpose()?,
            input,
            recipe,
            clustering,
        })
    }

    /// How many clusters there are.
    pub fn n_clusters(&self) -> usize {
        self.clustering.groups.groups.len()
    }

    /// Rows in no cluster.
    pub fn n_noise(&self) -> usize {
        self.clustering.labels.iter().filter(|&&l| l < 0).count()
    }

    /// What a cluster mostly consists of, where that is known.
    pub(super) fn label_of(&self, cluster: i32) -> Option<&str> {
        let of_cluster = &self.truth.as_ref()?.of_cluster;
        of_cluster
            .get(usize::try_from(cluster).ok()?)?
            .label
            .as_deref()
    }

    /// `cluster 3`, and what it mostly consists of.
    pub(super) fn title_of(&self, cluster: i32) -> String {
        match self.label_of(cluster) {
            Some(label) => format!("cluster {cluster}: mostly {label}"),
            None => format!("cluster {cluster}"),
        }
    }

    /// The clusters, for new pictures.
    pub fn model(&self) -> PictureModel {
        let groups = &self.clustering.groups.groups;
        let centers = self.clustering.centers.outer_iter();
        let clusters = groups
            .iter()
            .zip(centers)
            .map(|(group, center)| ModelCluster {
                size: group.size,
                label: self.label_of(group.cluster).map(str::to_owned),
                center: center.to_vec(),
            });
        let fit = FitRecord {
            lookalike: env!("CARGO_PKG_VERSION").to_owned(),
            algorithm: self.recipe.algorithm,
            cluster_on: self.recipe.cluster_on,
            seed: self.recipe.seed,
            n_pictures: self.input.rows.nrows(),
        };
        PictureModel::new(
            self.input.features.clone(),
            self.input.rows.ncols(),
            self.clustering.pca.clone(),
            clusters.collect(),
            fit,
        )
    }

    /// Everything measured but times, as one JSON document.
    pub fn metrics(&self) -> Value {
        let found = &self.clustering;
        let truth = self.truth.as_ref().map(|truth| {
            json!({
                "n_known": truth.n_known,
                "labels": truth.labels.names,
                "scores": truth.evaluation.scores,
                "matching": truth.evaluation.matching,
                "confusion_matrix": truth.evaluation.confusion_matrix,
                "classification_report": truth.evaluation.classification_report,
                "of_cluster": truth.of_cluster,
            })
        });
        let (n_rows, n_features) = self.input.rows.dim();
        json!({
            "n_rows": n_rows,
            "n_features": n_features,
            "n_components": found.pca.as_ref().map(lookalike_learn::PcaModel::n_components),
            "n_unusable": self.input.unusable.len(),
            "n_clusters": self.n_clusters(),
            "n_noise": self.n_noise(),
            "outcome": found.outcome,
            "scores": found.scores,
            "choice": found.choice,
            "truth": truth,
        })
    }

    /// What is known of each cluster, as one JSON document: the pictures that show it by their names.
    pub fn clusters(&self) -> Value {
        let name = |&row: &usize| self.input.names[row].display().to_string();
        let clusters = self.clustering.groups.groups.iter().map(|group| {
            json!({
                "cluster": group.cluster,
                "size": group.size,
                "cohesion": group.cohesion,
                "silhouette": group.silhouette,
                "label": self.label_of(group.cluster),
                "typical": group.typical.iter().map(name).collect::<Vec<_>>(),
                "borderline": group.borderline.iter().map(name).collect::<Vec<_>>(),
            })
        });
        clusters.collect()
    }
}

/// What a path is called in a title.
pub fn title(source: &Path) -> String {
    let absolute = std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
    let name = absolute.file_name().unwrap_or(absolute.as_os_str());
    name.to_string_lossy().into_owned()
}
