//! Tables as text, with commas between columns.

use std::fs::File;
use std::path::Path;

use csv::{Position, ReaderBuilder, StringRecord, Trim};

use super::{VectorOptions, Vectors, rows_of};
use crate::{Error, Result};

/// A line without texts is the header that pandas gives to an array only if it counts so far: data may
/// begin with 0, 1, 2.
const MIN_COUNTED: usize = 5;

/// A CSV file, line by line.
pub(crate) struct Sheet<'a> {
    reader: csv::Reader<File>,
    path: &'a Path,
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(file: File, path: &'a Path) -> Self {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .trim(Trim::All)
            .from_reader(file);
        Self { reader, path }
    }

    /// The next line that is not empty, in which there are as many fields as in the first.
    pub(crate) fn next(&mut self) -> Result<Option<StringRecord>> {
        let mut record = StringRecord::new();
        let is_there = self.reader.read_record(&mut record).map_err(|cause| {
            if cause.is_io_error() {
                Error::io("read", self.path, std::io::Error::other(cause))
            } else {
                Error::damaged(self.path, cause)
            }
        })?;
        Ok(is_there.then_some(record))
    }
}

/// The line of a file that a record begins in.
pub(crate) fn line_of(record: &StringRecord) -> u64 {
    record.position().map_or(0, Position::line)
}

/// What each column is.
struct Columns {
    /// As the header calls them, or their numbers from 1.
    titles: Vec<String>,
    id: Option<usize>,
    label: Option<usize>,
    numbers: Vec<usize>,
}

pub(super) fn read(file: File, path: &Path, options: &VectorOptions) -> Result<Vectors> {
    let mut sheet = Sheet::new(file, path);
    let first = sheet
        .next()?
        .ok_or_else(|| Error::damaged(path, "it has no line"))?;
    let has_header = is_header(&first, options);
    let row = if has_header {
        sheet.next()?
    } else {
        Some(first.clone())
    };
    let Some(mut row) = row else {
        return Err(Error::damaged(
            path,
            "it has a header, but no line of numbers",
        ));
    };
    let columns = Columns::new(has_header.then_some(&first), &row, options, path)?;
    let (mut values, mut names, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    let mut n_rows = 0;
    loop {
        for &column in &columns.numbers {
            values.push(columns.number(&row, column, path)?);
        }
        if let Some(id) = columns.id {
            names.push(columns.text(&row, id, path)?);
        }
        if let Some(label) = columns.label {
            labels.push(
                row.get(label)
                    .filter(|label| !label.is_empty())
                    .map(str::to_owned),
            );
        }
        n_rows += 1;
        match sheet.next()? {
            Some(next) => row = next,
            None => break,
        }
    }
    Ok(Vectors {
        rows: rows_of(n_rows, columns.numbers.len(), values, path)?,
        names: columns.id.map(|_| names),
        labels: columns.label.map(|_| labels),
    })
}

/// Whether the first line names the columns: it has a name that an option gives, or no number, or it
/// counts the columns as pandas does.
fn is_header(first: &StringRecord, options: &VectorOptions) -> bool {
    let named = [&options.id_column, &options.label_column];
    if named
        .into_iter()
        .flatten()
        .any(|name| first.iter().any(|field| field == name))
    {
        return true;
    }
    let numbers: Vec<&str> = first.iter().filter(|field| is_number(field)).collect();
    let counts = numbers
        .iter()
        .enumerate()
        .all(|(i, field)| *field == i.to_string());
    numbers.is_empty() || (counts && numbers.len() >= MIN_COUNTED)
}

fn is_number(field: &str) -> bool {
    field.parse::<f32>().is_ok()
}

impl Columns {
    fn new(
        header: Option<&StringRecord>,
        row: &StringRecord,
        options: &VectorOptions,
        path: &Path,
    ) -> Result<Self> {
        let find = |option: &str, name: &String| {
            let header = header.ok_or_else(|| {
                let rule = format!("be left out, as {} has no header", path.display());
                Error::parameter(option, rule, name)
            })?;
            header
                .iter()
                .position(|title| title == name)
                .ok_or_else(|| {
                    let titles: Vec<&str> = header.iter().take(20).collect();
                    let rule = format!("be a column of {} ({})", path.display(), titles.join(", "));
                    Error::parameter(option, rule, name)
                })
        };
        let label = options.label_column.as_ref();
        let label = label.map(|name| find("label_column", name)).transpose()?;
        // pandas gives its index no name.
        let is_id = |&i: &usize| {
            let has_no_title = header.is_some_and(|header| header.get(i) == Some(""));
            Some(i) != label && (has_no_title || row.get(i).is_some_and(|field| !is_number(field)))
        };
        let id = match &options.id_column {
            Some(name) => Some(find("id_column", name)?),
            None => (0..row.len()).find(is_id),
        };
        let title = |i: usize| match header {
            Some(header) => format!("{:?}", header.get(i).unwrap_or_default()),
            None => (i + 1).to_string(),
        };
        Ok(Self {
            titles: (0..row.len()).map(title).collect(),
            id,
            label,
            numbers: (0..row.len())
                .filter(|&i| Some(i) != id && Some(i) != label)
                .collect(),
        })
    }

    fn number(&self, row: &StringRecord, column: usize, path: &Path) -> Result<f32> {
        let field = row.get(column).unwrap_or_default();
        let number = field.parse().ok().filter(|number: &f32| number.is_finite());
        number.ok_or_else(|| {
            let rule = "must be a number that is finite in 32 bits";
            self.error(row, column, rule, path)
        })
    }

    fn text(&self, row: &StringRecord, column: usize, path: &Path) -> Result<String> {
        let field = row.get(column).filter(|field| !field.is_empty());
        let field = field.ok_or_else(|| self.error(row, column, "must be a name", path))?;
        Ok(field.to_owned())
    }

    fn error(&self, row: &StringRecord, column: usize, rule: &str, path: &Path) -> Error {
        let field = row.get(column).unwrap_or_default();
        let title = &self.titles[column];
        let why = format!(
            "line {}, column {title} {rule}, got {field:?}",
            line_of(row)
        );
        Error::damaged(path, why)
    }
}
