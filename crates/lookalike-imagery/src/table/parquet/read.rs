//! Reads the columns that are meant.

use std::fs::File;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Arc;

use ndarray::Array2;
use parquet::basic::Type as Physical;
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, FloatType,
    Int32Type, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::schema::types::ColumnDescPtr;

use super::columns::{Choice, Kind, ReadableColumn, VectorColumns, readable};
use super::pages::Pages;
use crate::table::{VectorOptions, Vectors, rows_of};
use crate::{Error, Result};

/// Rows that are decoded at once: of vectors, and of one number or text each.
const VECTOR_ROWS: usize = 64;
const PLAIN_ROWS: usize = 8192;

/// Numbers that a file may hold however few bytes it has, as runs of equal ones take none; and how many
/// more for each of its bytes.
const MAX_FREE_NUMBERS: u64 = 1 << 26;
const MAX_NUMBERS_A_BYTE: u64 = 1024;

struct Source<'a> {
    file: Arc<File>,
    len: u64,
    metadata: ParquetMetaData,
    path: &'a Path,
}

pub(in crate::table) fn read(file: File, path: &Path, options: &VectorOptions) -> Result<Vectors> {
    // The crate asserts of some things what only a sound file keeps. Nothing outlives this call.
    let read = panic::catch_unwind(AssertUnwindSafe(|| read_checked(file, path, options)));
    read.unwrap_or_else(|_| {
        Err(Error::damaged(
            path,
            "what it says of itself is contradictory",
        ))
    })
}

fn read_checked(file: File, path: &Path, options: &VectorOptions) -> Result<Vectors> {
    let source = Source::new(file, path)?;
    let columns = readable(source.metadata.file_metadata().schema_descr());
    let choice = Choice::new(&columns, options, path)?;
    let n_rows = source.n_rows()?;
    let rows = match &choice.vectors {
        VectorColumns::One(column) => source.vectors(column)?,
        VectorColumns::Numbers(columns) => source.table(columns)?,
    };
    if rows.nrows() != n_rows {
        let why = format!("it must have {n_rows} rows, it has {}", rows.nrows());
        return Err(Error::damaged(path, why));
    }
    let texts = |column: &ReadableColumn| source.texts(column, n_rows);
    let names = choice.id.as_ref().map(|column| {
        let missing =
            |row| source.damaged(column, format!("row {row} must have a name, it is null"));
        let names = texts(column)?.into_iter().enumerate();
        names
            .map(|(row, name)| name.ok_or_else(|| missing(row)))
            .collect()
    });
    Ok(Vectors {
        rows,
        names: names.transpose()?,
        labels: choice.label.as_ref().map(texts).transpose()?,
    })
}

impl<'a> Source<'a> {
    fn new(file: File, path: &'a Path) -> Result<Self> {
        let len = file
            .metadata()
            .map_err(|cause| Error::io("read", path, cause))?
            .len();
        let metadata = ParquetMetaDataReader::new()
            .parse_and_finish(&file)
            .map_err(|cause| to_error(path, cause))?;
        Ok(Self {
            file: Arc::new(file),
            len,
            metadata,
            path,
        })
    }

    /// How many rows it says it has, if it can.
    fn n_rows(&self) -> Result<usize> {
        let claimed = self.metadata.file_metadata().num_rows();
        let n_rows = u64::try_from(claimed)
            .ok()
            .filter(|&n| n <= self.max_numbers());
        n_rows.map(|n| n as usize).ok_or_else(|| {
            let why = format!("a file of {} bytes cannot have {claimed} rows", self.len);
            Error::damaged(self.path, why)
        })
    }

    fn max_numbers(&self) -> u64 {
        MAX_FREE_NUMBERS.saturating_add(self.len.saturating_mul(MAX_NUMBERS_A_BYTE))
    }

    fn check_room(&self, n_numbers: usize) -> Result<()> {
        if n_numbers as u64 > self.max_numbers() {
            let why = format!(
                "a file of {} bytes must hold at most {} numbers, this one has more",
                self.len,
                self.max_numbers()
            );
            return Err(Error::too_large(self.path, why));
        }
        Ok(())
    }

    fn damaged(&self, column: &ReadableColumn, why: impl std::fmt::Display) -> Error {
        Error::damaged(self.path, format!("column {:?}: {why}", column.name))
    }

    fn descriptor(&self, column: &ReadableColumn) -> ColumnDescPtr {
        self.metadata
            .file_metadata()
            .schema_descr()
            .column(column.leaf)
    }

    /// Calls `take` with the values of some rows after another, and with their definition and
    /// repetition levels, which are empty where the column has none.
    fn read<T: DataType>(
        &self,
        column: &ReadableColumn,
        n_at_once: usize,
        mut take: impl FnMut(&[T::T], &[i16], &[i16]) -> Result<()>,
    ) -> Result<()> {
        let to_error = |cause| self.column_error(column, cause);
        for group in self.metadata.row_groups() {
            let n_rows = usize::try_from(group.num_rows())
                .map_err(|_| self.damaged(column, "a row group must not have fewer than 0 rows"))?;
            let pages = Pages::new(&self.file, self.len, group.column(column.leaf), n_rows)
                .map_err(to_error)?;
            let mut reader = ColumnReaderImpl::<T>::new(self.descriptor(column), Box::new(pages));
            let (mut values, mut definitions, mut repetitions) = (vec![], vec![], vec![]);
            loop {
                values.clear();
                definitions.clear();
                repetitions.clear();
                let (n_records, _, _) = reader
                    .read_records(
                        n_at_once,
                        Some(&mut definitions),
                        Some(&mut repetitions),
                        &mut values,
                    )
                    .map_err(to_error)?;
                if n_records == 0 {
                    break;
                }
                take(&values, &definitions, &repetitions)?;
            }
        }
        Ok(())
    }

    fn column_error(&self, column: &ReadableColumn, cause: ParquetError) -> Error {
        match cause {
            ParquetError::NYI(what) => {
                Error::unsupported(self.path, format!("column {:?}: {what}", column.name))
            }
            cause => self.damaged(column, cause),
        }
    }

    /// The numbers of a column, with their levels, as `f32`.
    fn read_numbers(
        &self,
        column: &ReadableColumn,
        n_at_once: usize,
        mut take: impl FnMut(&mut dyn Iterator<Item = f32>, &[i16], &[i16]) -> Result<()>,
    ) -> Result<()> {
        match self.descriptor(column).physical_type() {
            Physical::FLOAT => self.read::<FloatType>(column, n_at_once, |values, d, r| {
                take(&mut values.iter().copied(), d, r)
            }),
            Physical::DOUBLE => self.read::<DoubleType>(column, n_at_once, |values, d, r| {
                take(&mut values.iter().map(|&v| v as f32), d, r)
            }),
            Physical::INT32 => self.read::<Int32Type>(column, n_at_once, |values, d, r| {
                take(&mut values.iter().map(|&v| column.of_i32(v) as f32), d, r)
            }),
            Physical::INT64 => self.read::<Int64Type>(column, n_at_once, |values, d, r| {
                take(&mut values.iter().map(|&v| column.of_i64(v) as f32), d, r)
            }),
            _ => self.read::<BoolType>(column, n_at_once, |values, d, r| {
                take(&mut values.iter().map(|&v| f32::from(u8::from(v))), d, r)
            }),
        }
    }

    fn vectors(&self, column: &ReadableColumn) -> Result<Array2<f32>> {
        let mut vectors = Growing::new(self, column);
        match column.kind {
            Kind::List => self.lists(column, &mut vectors)?,
            Kind::Binary => {
                self.read::<ByteArrayType>(column, VECTOR_ROWS, |values, definitions, _| {
                    vectors.check_nulls(definitions)?;
                    values
                        .iter()
                        .try_for_each(|value| vectors.push(value.data()))
                })?;
            }
            _ => {
                self.read::<FixedLenByteArrayType>(
                    column,
                    VECTOR_ROWS,
                    |values, definitions, _| {
                        vectors.check_nulls(definitions)?;
                        values
                            .iter()
                            .try_for_each(|value| vectors.push(value.data()))
                    },
                )?;
            }
        }
        vectors.finish()
    }

    fn lists(&self, column: &ReadableColumn, vectors: &mut Growing<'_>) -> Result<()> {
        self.read_numbers(column, VECTOR_ROWS, |values, definitions, repetitions| {
            vectors.check_nulls(definitions)?;
            let mut start = 0;
            while start < repetitions.len() {
                let rest = &repetitions[start + 1..];
                let len = 1 + rest.iter().position(|&r| r == 0).unwrap_or(rest.len());
                vectors.extend(len, values.take(len))?;
                start += len;
            }
            Ok(())
        })
    }

    /// Vectors whose numbers stand in a column each.
    fn table(&self, columns: &[ReadableColumn]) -> Result<Array2<f32>> {
        let n_rows = self.n_rows()?;
        let mut all: Vec<Vec<f32>> = Vec::new();
        for column in columns {
            let mut numbers = Growing::new(self, column);
            self.read_numbers(column, PLAIN_ROWS, |values, definitions, _| {
                numbers.check_nulls(definitions)?;
                for value in values {
                    numbers.extend(1, std::iter::once(value))?;
                }
                Ok(())
            })?;
            if numbers.n_rows != n_rows {
                let why = format!("it must have {n_rows} rows, it has {}", numbers.n_rows);
                return Err(self.damaged(column, why));
            }
            self.check_room(n_rows.saturating_mul(all.len() + 1))?;
            all.push(numbers.values);
        }
        let rows = (0..n_rows).flat_map(|row| all.iter().map(move |column| column[row]));
        rows_of(n_rows, columns.len(), rows.collect(), self.path)
    }

    fn texts(&self, column: &ReadableColumn, n_rows: usize) -> Result<Vec<Option<String>>> {
        let descriptor = self.descriptor(column);
        let top = descriptor.max_def_level();
        let mut texts = Vec::new();
        let not_text = || self.damaged(column, "a text must be UTF-8, one is not");
        let mut append = |values: &mut dyn Iterator<Item = Option<String>>, definitions: &[i16]| {
            if texts.len() > n_rows {
                return Err(
                    self.damaged(column, format!("it must have {n_rows} rows, it has more"))
                );
            }
            if top == 0 {
                for value in values {
                    texts.push(Some(value.ok_or_else(not_text)?));
                }
                return Ok(());
            }
            for &definition in definitions {
                let is_there = definition == top;
                let value = is_there.then(|| values.next().flatten().ok_or_else(not_text));
                texts.push(value.transpose()?);
            }
            Ok(())
        };
        match descriptor.physical_type() {
            Physical::BYTE_ARRAY => {
                self.read::<ByteArrayType>(column, PLAIN_ROWS, |values, d, _| {
                    let text = |value: &ByteArray| value.as_utf8().ok().map(str::to_owned);
                    append(&mut values.iter().map(text), d)
                })
            }
            Physical::INT32 => self.read::<Int32Type>(column, PLAIN_ROWS, |values, d, _| {
                append(
                    &mut values.iter().map(|&v| Some(column.of_i32(v).to_string())),
                    d,
                )
            }),
            Physical::INT64 => self.read::<Int64Type>(column, PLAIN_ROWS, |values, d, _| {
                append(
                    &mut values.iter().map(|&v| Some(column.of_i64(v).to_string())),
                    d,
                )
            }),
            other => {
                let why = format!("it must hold texts or whole numbers, it holds {other}");
                Err(self.damaged(column, why))
            }
        }?;
        if texts.len() != n_rows {
            let why = format!("it must have {n_rows} rows, it has {}", texts.len());
            return Err(self.damaged(column, why));
        }
        Ok(texts)
    }
}

/// Vectors of one length, one after another.
struct Growing<'a> {
    source: &'a Source<'a>,
    column: &'a ReadableColumn,
    /// The definition level of what is not null.
    top: i16,
    values: Vec<f32>,
    len: Option<usize>,
    n_rows: usize,
}

impl<'a> Growing<'a> {
    fn new(source: &'a Source<'a>, column: &'a ReadableColumn) -> Self {
        Self {
            source,
            column,
            top: source.descriptor(column).max_def_level(),
            values: Vec::new(),
            len: None,
            n_rows: 0,
        }
    }

    /// Refuses rows of which one is null or empty, or has such an element.
    fn check_nulls(&self, definitions: &[i16]) -> Result<()> {
        if definitions.iter().any(|&definition| definition != self.top) {
            let why = format!(
                "no vector must be null or empty or hold a null, one at or behind row {} does",
                self.n_rows
            );
            return Err(self.source.damaged(self.column, why));
        }
        Ok(())
    }

    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        let (numbers, rest) = bytes.as_chunks();
        if !rest.is_empty() {
            let why = format!(
                "row {} must be of f32, four bytes each, it has {} bytes",
                self.n_rows,
                bytes.len()
            );
            return Err(self.source.damaged(self.column, why));
        }
        self.extend(
            numbers.len(),
            numbers.iter().map(|&number| f32::from_le_bytes(number)),
        )
    }

    fn extend(&mut self, len: usize, values: impl Iterator<Item = f32>) -> Result<()> {
        let expected = *self.len.get_or_insert(len);
        if len != expected {
            let why = format!(
                "all vectors must have the same length, row 0 has {expected} numbers, row {} has {len}",
                self.n_rows
            );
            return Err(self.source.damaged(self.column, why));
        }
        self.source.check_room(self.values.len() + len)?;
        self.values.extend(values);
        self.n_rows += 1;
        Ok(())
    }

    fn finish(self) -> Result<Array2<f32>> {
        let n_columns = self.len.unwrap_or(0);
        rows_of(self.n_rows, n_columns, self.values, self.source.path)
    }
}

fn to_error(path: &Path, cause: ParquetError) -> Error {
    match cause {
        ParquetError::NYI(what) => Error::unsupported(path, what),
        cause => Error::damaged(path, cause),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::sync::Arc;

    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    #[test]
    fn whole_numbers_without_a_sign_have_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let message = "message m { required int32 x (INTEGER(32, false)); \
                       required int64 id (INTEGER(64, false)); }";
        let schema = Arc::new(parse_message_type(message).unwrap());
        let file = File::create(&path).unwrap();
        let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let values = [3_000_000_000u32.cast_signed()];
        column
            .typed::<Int32Type>()
            .write_batch(&values, None, None)
            .unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let values = [((1u64 << 63) + 5).cast_signed()];
        column
            .typed::<Int64Type>()
            .write_batch(&values, None, None)
            .unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        let options = VectorOptions {
            id_column: Some("id".into()),
            ..VectorOptions::default()
        };
        let vectors = crate::table::read_vectors(&path, &options).unwrap();
        assert_eq!(vectors.rows, ndarray::array![[3e9f32]]);
        assert_eq!(vectors.names.unwrap(), ["9223372036854775813"]);
    }
}
