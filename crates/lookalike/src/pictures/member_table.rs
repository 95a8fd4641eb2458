//! A line a picture: its cluster, and where it stands among the clusters.

use std::path::PathBuf;

use lookalike_imagery::table::{Column, ColumnValues, write_parquet};
use ndarray::Array2;

use super::csv_lines::Lines;
use super::groups::Member;
use crate::{Error, ErrorKind, Result};

/// What `clusters.csv` and `clusters.parquet` are made from.
pub(super) struct MemberTable<'a> {
    /// What the first column is called.
    pub(super) identity: &'a str,
    pub(super) names: &'a [PathBuf],
    pub(super) members: &'a [Member],
    pub(super) map: Option<&'a Array2<f32>>,
    /// What each is known to be; empty where it is not known.
    pub(super) labels: Option<Vec<Option<&'a str>>>,
}

impl MemberTable<'_> {
    pub(super) fn csv(&self) -> Vec<u8> {
        let mut header = vec![
            self.identity,
            "cluster",
            "distance",
            "nearest_other",
            "distance_other",
            "silhouette",
        ];
        if self.map.is_some() {
            header.extend(["map_x", "map_y"]);
        }
        if self.labels.is_some() {
            header.push("label");
        }
        let text = |value: Option<f64>| value.map(|v| (v as f32).to_string()).unwrap_or_default();
        let mut lines = Lines::new(&header);
        for (row, (name, member)) in self.names.iter().zip(self.members).enumerate() {
            let other = member.nearest_other.map(|label| label.to_string());
            lines.field(name.as_os_str().as_encoded_bytes());
            lines.field(member.cluster.to_string());
            lines.field(text(member.distance));
            lines.field(other.unwrap_or_default());
            lines.field(text(member.distance_other));
            lines.field(text(member.silhouette));
            if let Some(map) = self.map {
                lines.field(map[[row, 0]].to_string());
                lines.field(map[[row, 1]].to_string());
            }
            if let Some(labels) = &self.labels {
                lines.field(labels[row].unwrap_or_default());
            }
            lines.end();
        }
        lines.finish()
    }
}
