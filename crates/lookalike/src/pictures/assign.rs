//! New pictures in the clusters of a model.

use std::path::PathBuf;

use lookalike_learn::Context;
use ndarray::ArrayRef2;
use serde_json::{Value, json};

use super::embed::Embedding;
use super::files::bad_files_csv;
use super::groups::Member;
use super::member_table::MemberTable;
use super::model::PictureModel;
use crate::Result;
use crate::output::OutputFolder;

/// Which cluster of a model each row belongs to.
#[derive(Debug)]
pub struct Assigned<'a> {
    /// The model.
    pub model: &'a PictureModel,
    /// What each row is called.
    pub names: Vec<PathBuf>,
    /// Where each stands among the clusters.
    pub members: Vec<Member>,
    pictures: Option<&'a Embedding>,
}

impl<'a> Assigned<'a> {
    /// Finds the cluster of each of `rows` (samples, features); `pictures` is where they come from,
    /// if they are not vectors that were given.
    ///
    /// # Errors
    /// As [`PictureModel::assign`].
    pub fn new(
        model: &'a PictureModel,
        names: Vec<PathBuf>,
        rows: &ArrayRef2<f32>,
        pictures: Option<&'a Embedding>,
        context: &Context,
    ) -> Result<Self> {
        Ok(Self {
            members: model.assign(rows, context)?,
            model,
            names,
            pictures,
        })
    }

    /// Rows in each cluster of the model.
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.model.clusters.len()];
        for member in &self.members {
            sizes[member.cluster as usize] += 1;
        }
        sizes
    }

    /// How many went where, as one JSON document.
    pub fn json(&self) -> Value {
        let sizes = self.sizes();
        let clusters = sizes.iter().zip(&self.model.clusters).enumerate();
        let clusters: Vec<Value> = clusters
            .map(|(cluster, (size, of_model))| {
                json!({"cluster": cluster, "size": size, "label": of_model.label})
            })
            .collect();
        json!({
            "n_rows": self.members.len(),
            "n_unusable": self.pictures.map_or(0, |pictures| pictures.unusable.len()),
            "clusters": clusters,
        })
    }

    /// Writes `clusters.csv`, `clusters.parquet`, and of pictures `bad_files.csv`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &mut OutputFolder) -> Result<()> {
        let table = MemberTable {
            identity: if self.pictures.is_some() {
                "path"
            } else {
                "id"
            },
            names: &self.names,
            members: &self.members,
            map: None,
            labels: None,
        };
        folder.write("clusters.csv", &table.csv())?;
        folder.write("clusters.parquet", &table.parquet()?)?;
        if let Some(pictures) = self.pictures {
            folder.write("bad_files.csv", &bad_files_csv(&pictures.unusable))?;
        }
        Ok(())
    }
}
