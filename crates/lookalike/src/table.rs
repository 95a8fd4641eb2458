//! Labels and numbers in CSV files.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use ndarray::Array2;

use crate::{Error, ErrorKind, Result};

/// Columns that are taken for true labels where none is named, in this order.
pub const TRUE_COLUMNS: [&str; 4] = ["label", "labels", "target", "cluster"];
/// Columns that are taken for labels that were found where none is named, in this order: beside the clusters,
/// a file may have the true labels.
pub const FOUND_COLUMNS: [&str; 4] = ["cluster", "labels", "label", "target"];

/// The labels of samples, as a file has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelColumn {
    /// One a sample, −1 for noise; none where the file leaves it empty.
    pub labels: Vec<Option<i32>>,
    /// What label 0, 1, … is called, in alphabetical order, where the file has words.
    pub names: Option<Vec<String>>,
}

/// Reads one column of whole numbers or of words from a CSV file with a header line.
///
/// Without `column`, it is the only column there is, or the first of the `usual` ones that exists:
/// [`TRUE_COLUMNS`] or [`FOUND_COLUMNS`].
///
/// # Errors
/// When the file cannot be read, has no such column, no rows, or numbers that are not whole or have
/// more than 32 bits; the message names file, line and value.
pub fn read_labels(path: &Path, column: Option<&str>, usual: &[&str]) -> Result<LabelColumn> {
    let invalid = |message: String| {
        Error::new(
            ErrorKind::InvalidInput,
            format!("{}: {message}", path.display()),
        )
    };
    let file = File::open(path).map_err(|e| Error::io("read", path, e))?;
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.byte_headers().map_err(|e| invalid(e.to_string()))?;
    // Spreadsheets begin their CSV files with a byte order mark.
    let names: Vec<String> = header
        .iter()
        .map(|name| String::from_utf8_lossy(name))
        .map(|name| name.trim_start_matches('\u{feff}').trim().to_owned())
        .collect();
    let listed = names.join(", ");
    let position = |name: &str| names.iter().position(|n| n == name);
    let index = match column {
        Some(column) => position(column)
            .ok_or_else(|| invalid(format!("must have a column {column:?}, has only: {listed}")))?,
        None if names.len() == 1 => 0,
        None => usual.iter().copied().find_map(position).ok_or_else(|| {
            invalid(format!(
                "which column holds the labels must be named, it has: {listed}"
            ))
        })?,
    };
    let mut cells = Vec::new();
    for record in reader.byte_records() {
        let record = record.map_err(|e| invalid(e.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        // Names of files, in other columns, need not be UTF-8.
        let cell = String::from_utf8_lossy(record.get(index).unwrap_or_default());
        cells.push((line, cell.trim().to_owned()));
    }
    if cells.is_empty() {
        return Err(invalid(
            "must have at least one row below its header, got none".to_owned(),
        ));
    }
    let known = || cells.iter().filter(|(_, cell)| !cell.is_empty());
    if known().any(|(_, cell)| cell.parse::<f64>().is_err()) {
        return Ok(words(&cells));
    }
    if let Some((line, cell)) = known().find(|(_, cell)| cell.parse::<i32>().is_err()) {
        let name = &names[index];
        return Err(invalid(format!(
            "column {name:?} must hold whole numbers (−1 for noise) or words, got {cell:?} in line {line}"
        )));
    }
    let labels = cells.iter().map(|(_, cell)| cell.parse().ok()).collect();
    Ok(LabelColumn {
        labels,
        names: None,
    })
}

fn words(cells: &[(u64, String)]) -> LabelColumn {
    let words: BTreeSet<&str> = cells
        .iter()
        .map(|(_, cell)| cell.as_str())
        .filter(|cell| !cell.is_empty())
        .collect();
    let names: Vec<&str> = words.into_iter().collect();
    let of = |cell: &str| names.binary_search(&cell).ok().map(|at| at as i32);
    LabelColumn {
        labels: cells.iter().map(|(_, cell)| of(cell)).collect(),
        names: Some(names.into_iter().map(str::to_owned).collect()),
    }
}

/// Reads the numbers of a CSV file without header, the same number in every line.
///
/// # Errors
/// When the file cannot be read, has no lines, lines of unequal length, or a value that is not a
/// finite number; the message names file, line and value.
pub fn read_matrix(path: &Path) -> Result<Array2<f64>> {
    let invalid = |message: String| {
        let message = format!("{}: {message}", path.display());
        Error::new(ErrorKind::InvalidInput, message)
    };
    let file = File::open(path).map_err(|e| Error::io("read", path, e))?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(file);
    let (mut values, mut n_rows) = (Vec::new(), 0);
    for record in reader.records() {
        let record = record.map_err(|e| invalid(e.to_string()))?;
        for value in &record {
            let number = value.trim().parse().ok().filter(|v: &f64| v.is_finite());
            values.push(number.ok_or_else(|| {
                let line = record.position().map_or(0, csv::Position::line);
                invalid(format!(
                    "must hold finite numbers, got {value:?} in line {line}"
                ))
            })?);
        }
        n_rows += 1;
    }
    if values.is_empty() {
        return Err(invalid(
            "must have at least one line of numbers, got none".to_owned(),
        ));
    }
    let shape = (n_rows, values.len() / n_rows);
    Array2::from_shape_vec(shape, values).map_err(|e| invalid(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_are_read_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("centers.csv");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read_matrix(&path)
        };
        assert_eq!(
            read("1, 2.5\n-3,4e2\n").unwrap(),
            ndarray::array![[1.0, 2.5], [-3.0, 400.0]]
        );
        let message = |text| read(text).unwrap_err().to_string();
        assert!(message("").ends_with("must have at least one line of numbers, got none"));
        assert!(message("1,2\n3,x\n").ends_with("must hold finite numbers, got \"x\" in line 2"));
        assert!(message("1,nan\n").ends_with("must hold finite numbers, got \"nan\" in line 1"));
        assert!(
            message("1,2\n3\n").contains("line: 2"),
            "{}",
            message("1,2\n3\n")
        );
    }

    fn read(text: &str, column: Option<&str>) -> std::result::Result<LabelColumn, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, text).unwrap();
        read_labels(&path, column, &TRUE_COLUMNS).map_err(|e| {
            let message = e.to_string();
            message.rsplit("a.csv: ").next().unwrap().to_owned()
        })
    }

    #[test]
    fn columns_are_found() {
        let labels = |text, column| read(text, column).unwrap().labels;
        assert_eq!(labels("anything\n3\n-1\n", None), [Some(3), Some(-1)]);
        assert_eq!(labels("id,cluster\n7,1\n8,2\n", None), [Some(1), Some(2)]);
        assert_eq!(
            labels("\u{feff}mine,label\n 5 ,1\n6,2\n", Some("mine")),
            [Some(5), Some(6)]
        );
        assert_eq!(labels("target,label\n5,1\n", None), [Some(1)]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clusters.csv");
        std::fs::write(&path, "id,cluster,label\na,3,7\n").unwrap();
        let found = read_labels(&path, None, &FOUND_COLUMNS).unwrap();
        assert_eq!(found.labels, [Some(3)]);
    }

    #[test]
    fn words_are_numbered_and_gaps_stay() {
        let found = read("path,label\na,dog\nb,\nc,cat\nd,dog\n", None).unwrap();
        assert_eq!(found.labels, [Some(1), None, Some(0), Some(1)]);
        assert_eq!(found.names.unwrap(), ["cat", "dog"]);
        let found = read("label\n7\n\"\"\n", None).unwrap();
        assert_eq!((found.labels, found.names), (vec![Some(7), None], None));
    }

    #[test]
    fn bad_files_are_named() {
        assert_eq!(
            read("id,x\n1,2\n", Some("label")).unwrap_err(),
            "must have a column \"label\", has only: id, x"
        );
        assert_eq!(
            read("id,x\n1,2\n", None).unwrap_err(),
            "which column holds the labels must be named, it has: id, x"
        );
        assert_eq!(
            read("label\n1.5\n", None).unwrap_err(),
            "column \"label\" must hold whole numbers (−1 for noise) or words, got \"1.5\" in line 2"
        );
        assert_eq!(
            read("label\n", None).unwrap_err(),
            "must have at least one row below its header, got none"
        );
        assert!(
            read("a,label\n1,2\n3\n", None)
                .unwrap_err()
                .contains("line: 3")
        );
        let missing = read_labels(Path::new("no/such.csv"), None, &TRUE_COLUMNS).unwrap_err();
        assert!(
            missing.to_string().starts_with("cannot read no/such.csv: "),
            "{missing}"
        );
    }
}
