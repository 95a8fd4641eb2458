//! The files of one run.

use std::fs::File;
use std::path::PathBuf;

use lookalike_figures::{Figure, ScatterMap, ThumbnailMap};
use rayon::prelude::*;

use super::csv_lines::Lines;
use super::embed::Unusable;
use super::member_table::MemberTable;
use super::results::Results;
use super::sheets::{self, Sheets};
use super::thumbnail::thumbnail;
use super::vectors::VectorFormat;
use crate::output::OutputFolder;
use crate::{Error, Result};

/// Pixels of a PNG file for each of the drawing.
const PNG_SCALE: f32 = 2.0;
/// Pixels of a thumbnail for each of the drawing.
const THUMBNAIL_SCALE: f64 = 2.0;

/// Files that a folder of results always has; by them it is told from a folder of pictures.
pub const RESULTS: [&str; 2] = ["clusters.json", "run.json"];

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
        let embeddings = Self::embeddings_file(extras.embeddings, folder)?;
        // Copying to the disk leaves the processor free to draw.
        let (drawn, written) = rayon::join(
            || {
                let (sheets, maps) = rayon::join(|| self.sheets(extras.sheets), || self.maps());
                let maps = maps?;
                let report = self.report(maps.as_ref(), extras)?;
                Ok::<_, Error>((sheets?, maps, report))
            },
            || {
                self.write_embeddings(embeddings.as_ref())?;
                let table = self.member_table();
                Ok::<_, Error>((table.csv(), table.parquet()?))
            },
        );
        let (csv, parquet) = written?;
        let (sheets, maps, report) = drawn?;
        folder.write("report.html", report.as_bytes())?;
        folder.write("clusters.csv", &csv)?;
        folder.write("clusters.parquet", &parquet)?;
        let json = |value: serde_json::Value| format!("{value:#}\n");
        folder.write("clusters.json", json(self.clusters()).as_bytes())?;
        folder.write("metrics.json", json(self.metrics()).as_bytes())?;
        folder.write("model.json", self.model().json().as_bytes())?;
        if self.input.items.is_some() {
            folder.write("bad_files.csv", &bad_files_csv(self.input.unusable))?;
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
        Ok(())
    }

    /// Where the features go, and in which format.
    fn embeddings_file(
        embeddings: Embeddings,
        folder: &mut OutputFolder,
    ) -> Result<Option<(VectorFormat, PathBuf)>> {
        let format = match embeddings {
            Embeddings::Npy => VectorFormat::Npy,
            Embeddings::Parquet => VectorFormat::Parquet,
            Embeddings::None => return Ok(None),
        };
        let path = folder.path(format!("embeddings.{}", format.extension()))?;
        Ok(Some((format, path)))
    }

    fn write_embeddings(&self, to: Option<&(VectorFormat, PathBuf)>) -> Result<()> {
        let Some((format, path)) = to else {
            return Ok(());
        };
        let failed = |e| Error::io("write", path, e);
        let file = File::create(path).map_err(failed)?;
        format
            .write(file, &self.input.names, self.input.rows)
            .map_err(failed)
    }

    fn sheets(&self, sheets: Sheets) -> Result<Vec<(PathBuf, Vec<u8>)>> {
        let Some(items) = self.input.items else {
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
        let Some(items) = self.input.items else {
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
            .map(|&row| thumbnail(&items[row].path, side))
            .collect::<Result<_>>()?;
        Ok(Some(Maps {
            points: dots,
            pictures: Some(map.draw(&thumbnails)?),
        }))
    }

    /// What the first column is called.
    fn identity(&self) -> &'static str {
        if self.input.items.is_some() {
            "path"
        } else {
            "id"
        }
    }

    fn member_table(&self) -> MemberTable<'_> {
        let labels = self.truth.as_ref().map(|truth| {
            let rows = 0..self.input.names.len();
            rows.map(|row| truth.name(row)).collect()
        });
        MemberTable {
            identity: self.identity(),
            names: &self.input.names,
            members: &self.clustering.groups.members,
            map: self.clustering.map.as_ref(),
            labels,
        }
    }
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
