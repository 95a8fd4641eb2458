//! The files of one run.

use std::io::Write;
use std::path::{Path, PathBuf};

use lookalike_figures::{Figure, ScatterMap, ThumbnailMap};
use lookalike_imagery::table::{Column, Values, write_npy, write_parquet};
use rayon::prelude::*;

use super::embed::Unusable;
use super::groups::Member;
use super::results::Results;
use super::sheets::{self, Sheets};
use super::thumbnail::thumbnail;
use crate::output::OutputFolder;
use crate::{Error, Result};

/// Pixels of a PNG file for each of the drawing.
const PNG_SCALE: f32 = 2.0;
/// Pixels of a thumbnail for each of the drawing.
const THUMBNAIL_SCALE: f64 = 2.0;

/// Which files are written besides those that always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extras {
    /// Contact sheets.
    pub sheets: Sheets,
    /// The features.
    pub embeddings: Embeddings,
    /// The report shows the files of the sheets instead of holding pictures itself.
    pub linked: bool,
}

/// In which format features are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Embeddings {
    /// `embeddings.npy`, its rows in the order of `clusters.csv`.
    #[default]
    Npy,
    /// `embeddings.parquet`, with the names of the rows.
    Parquet,
    /// None.
    None,
}

/// The two maps.
pub(super) struct Maps {
    pub(super) points: Figure,
    pub(super) pictures: Option<Figure>,
}

impl Results<'_> {
    /// Writes `clusters.csv` and `.parquet`, `clusters.json`, `metrics.json`, `bad_files.csv`,
    /// `model.json`, `map.png`, `map-pictures.png`, the sheets, the features and `report.html`.
    ///
    /// All of them are the same, byte for byte, on any number of threads.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &mut OutputFolder, extras: Extras) -> Result<()> {
        let (sheets, maps) = rayon::join(|| self.sheets(extras.sheets), || self.maps());
        let (sheets, maps) = (sheets?, maps?);
        let report = self.report(maps.as_ref(), extras)?;
        folder.write("report.html", report.as_bytes())?;
        folder.write("clusters.csv", &self.clusters_csv())?;
        folder.write("clusters.parquet", &self.clusters_parquet()?)?;
        let json = |value: serde_json::Value| format!("{value:#}\n");
        folder.write("clusters.json", json(self.clusters()).as_bytes())?;
        folder.write("metrics.json", json(self.metrics()).as_bytes())?;
        folder.write("model.json", self.model().json().as_bytes())?;
        if self.items.is_some() {
            folder.write("bad_files.csv", &bad_files_csv(self.unusable))?;
        }
        for (name, file) in sheets {
            folder.write(name, &file)?;
        }
        if let Some(maps) = maps {
            folder.write("map.png", &maps.points.png(PNG_SCALE)?)?;
            if let Some(pictures) = maps.pictures {
                folder.write("map-pictures.png", &pictures.png(PNG_SCALE)?)?;
            }
        }
        match extras.embeddings {
            Embeddings::Npy => {
                let path = folder.path("embeddings.npy")?;
                create(&path, |file| Ok(write_npy(file, self.rows.view())?))
            }
            Embeddings::Parquet => {
                let path = folder.path("embeddings.parquet")?;
                write_embeddings(&path, &self.names, self.rows)
            }
            Embeddings::None => Ok(()),
        }
    }

    fn sheets(&self, sheets: Sheets) -> Result<Vec<(PathBuf, Vec<u8>)>> {
        let Some(items) = self.items else {
            return Ok(Vec::new());
        };
        let groups = &self.clustering.groups;
        let of = |group| sheets::files(group, groups, items, &self.title_of(group.cluster), sheets);
        let files: Vec<_> = groups.groups.par_iter().map(of).collect::<Result<_>>()?;
        Ok(files.into_iter().flatten().collect())
    }

    fn maps(&self) -> Result<Option<Maps>> {
        let Some(points) = &self.clustering.map else {
            return Ok(None);
        };
        let labels = &self.clustering.labels;
        let names: Vec<String> = (0..self.n_clusters() as i32)
            .map(|cluster| match self.label_of(cluster) {
                Some(label) => format!("{cluster} {label}"),
                None => cluster.to_string(),
            })
            .collect();
        let dots = ScatterMap::new(points, labels).names(&names).draw()?;
        let Some(items) = self.items else {
            return Ok(Some(Maps {
                points: dots,
                pictures: None,
            }));
        };
        let map = ThumbnailMap::new(points, labels).names(&names);
        let side = (ThumbnailMap::PICTURE * THUMBNAIL_SCALE) as usize;
        let thumbnails: Vec<_> = map
            .shown()?
            .par_iter()
            // A picture that has gone since it was read is no reason to lose the map.
            .map(|&row| thumbnail(&items[row].path, side).or_else(|_| gone()))
            .collect::<Result<_>>()?;
        Ok(Some(Maps {
            points: dots,
            pictures: Some(map.draw(&thumbnails)?),
        }))
    }

    /// What the first column is called.
    fn identity(&self) -> &'static str {
        if self.items.is_some() { "path" } else { "id" }
    }

    fn clusters_csv(&self) -> Vec<u8> {
        let labels = self.truth.as_ref().map(|truth| {
            let of = |row| truth.name(row).unwrap_or_default().to_owned();
            (0..self.names.len()).map(of).collect::<Vec<_>>()
        });
        members_csv(
            self.identity(),
            &self.names,
            &self.clustering.groups.members,
            self.clustering.map.as_ref(),
            labels.as_deref(),
        )
    }
}

/// A grey pixel in the place of a picture.
fn gone() -> Result<lookalike_figures::Picture> {
    Ok(lookalike_figures::Picture::from_rgba(1, 1, &[200, 200, 200, 255])?)
}

/// One line a picture: its name, its cluster, and where it stands among the clusters.
pub(super) fn members_csv(
    identity: &str,
    names: &[PathBuf],
    members: &[Member],
    map: Option<&ndarray::Array2<f32>>,
    labels: Option<&[String]>,
) -> Vec<u8> {
    let mut header = vec![
        identity,
        "cluster",
        "distance",
        "nearest_other",
        "distance_other",
        "silhouette",
    ];
    if map.is_some() {
        header.extend(["map_x", "map_y"]);
    }
    if labels.is_some() {
        header.push("label");
    }
    let text = |value: Option<f64>| value.map(|v| (v as f32).to_string()).unwrap_or_default();
    let mut lines = Lines::new(&header);
    for (row, (name, member)) in names.iter().zip(members).enumerate() {
        let other = member.nearest_other.map(|l| l.to_string());
        lines.field(name.as_os_str().as_encoded_bytes());
        lines.field(member.cluster.to_string());
        lines.field(text(member.distance));
        lines.field(other.unwrap_or_default());
        lines.field(text(member.distance_other));
        lines.field(text(member.silhouette));
        if let Some(map) = map {
            lines.field(map[[row, 0]].to_string());
            lines.field(map[[row, 1]].to_string());
        }
        if let Some(labels) = labels {
            lines.field(&labels[row]);
        }
        lines.end();
    }
    lines.finish()
}

/// One line a picture that could not be used: its name and why. Only the header if there is none.
pub fn bad_files_csv(unusable: &[Unusable]) -> Vec<u8> {
    let mut lines = Lines::new(&["path", "reason"]);
    for one in unusable {
        lines.field(one.name.as_os_str().as_encoded_bytes());
        lines.field(&one.reason);
        lines.end();
    }
    lines.finish()
}

/// A CSV file in memory; names of files need not be UTF-8.
struct Lines {
    writer: csv::Writer<Vec<u8>>,
    record: csv::ByteRecord,
}

impl Lines {
    fn new(header: &[&str]) -> Self {
        let mut lines = Self {
            writer: csv::Writer::from_writer(Vec::new()),
            record: csv::ByteRecord::new(),
        };
        header.iter().for_each(|name| lines.field(name));
        lines.end();
        lines
    }

    fn field(&mut self, field: impl AsRef<[u8]>) {
        self.record.push_field(field.as_ref());
    }

    fn end(&mut self) {
        // Writing to memory cannot fail, and all records have the fields of the header.
        let _ = self.writer.write_byte_record(&self.record);
        self.record.clear();
    }

    fn finish(self) -> Vec<u8> {
        self.writer.into_inner().unwrap_or_default()
    }
}
