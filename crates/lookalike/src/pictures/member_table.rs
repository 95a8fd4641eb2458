//! A line a picture: its cluster, and where it stands among the clusters.

use std::path::{Path, PathBuf};

use lookalike_imagery::table::{Column, ColumnValues, write_parquet};
use ndarray::Array2;

use super::csv_lines::Lines;
use super::groups::Member;
use crate::{Error, Result};

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

    /// The same as a Parquet file; names that are not UTF-8 are replaced where they are not.
    pub(super) fn parquet(&self) -> Result<Vec<u8>> {
        let names: Vec<String> = self.names.iter().map(|n| n.display().to_string()).collect();
        let number = |value: fn(&Member) -> Option<f64>| {
            let values = self.members.iter().map(|m| value(m).map(|v| v as f32));
            ColumnValues::F32(values.collect())
        };
        let whole = |value: fn(&Member) -> Option<i32>| {
            ColumnValues::I32(self.members.iter().map(value).collect())
        };
        let mut columns = vec![
            (
                self.identity,
                ColumnValues::Text(names.iter().map(|n| Some(n.as_str())).collect()),
            ),
            ("cluster", whole(|m| Some(m.cluster))),
            ("distance", number(|m| m.distance)),
            ("nearest_other", whole(|m| m.nearest_other)),
            ("distance_other", number(|m| m.distance_other)),
            ("silhouette", number(|m| m.silhouette)),
        ];
        if let Some(map) = self.map {
            let axis = |c| ColumnValues::F32(map.column(c).iter().map(|&v| Some(v)).collect());
            columns.extend([("map_x", axis(0)), ("map_y", axis(1))]);
        }
        if let Some(labels) = &self.labels {
            columns.push(("label", ColumnValues::Text(labels.clone())));
        }
        let columns: Vec<Column<'_>> = columns
            .into_iter()
            .map(|(name, values)| Column { name, values })
            .collect();
        let mut file = Vec::new();
        write_parquet(&mut file, &columns, &[])
            .map_err(|e| Error::io("write", Path::new("clusters.parquet"), e))?;
        Ok(file)
    }
}
