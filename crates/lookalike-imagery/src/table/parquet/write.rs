//! Writes tables that pandas, pyarrow and others read.

use std::io::{self, Write};
use std::sync::Arc;

use ndarray::ArrayView2;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{
    SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter,
};
use parquet::schema::types::{Type, TypePtr};

/// Rows of a row group, and numbers of a column of vectors in one.
const GROUP_ROWS: usize = 1 << 16;
const GROUP_NUMBERS: usize = 1 << 24;

/// One column of a table.
#[derive(Debug)]
pub struct Column<'a> {
    /// What it is called.
    pub name: &'a str,
    /// One value a row.
    pub values: ColumnValues<'a>,
}

/// The values of a [`Column`].
#[derive(Debug)]
#[expect(missing_docs, reason = "the names say all")]
pub enum ColumnValues<'a> {
    Text(Vec<Option<&'a str>>),
    I32(Vec<Option<i32>>),
    I64(Vec<Option<i64>>),
    F32(Vec<Option<f32>>),
    F64(Vec<Option<f64>>),
    /// One vector a row, written as a list of `f32`.
    Vectors(ArrayView2<'a, f32>),
}

impl ColumnValues<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::I32(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::Vectors(rows) => rows.nrows(),
        }
    }
}

/// Writes a table as a Parquet file, with what `metadata` says of it as names and values. The same
/// table gives the same bytes. Values are stored plainly: neither compressed nor by dictionary.
///
/// # Errors
/// When `out` cannot be written, the columns are of unequal length, there is none, or two have
/// the same name; the caller knows the name of the file.
pub fn write_parquet(
    out: impl Write + Send,
    columns: &[Column<'_>],
    metadata: &[(&str, &str)],
) -> io::Result<()> {
    let n_rows = check(columns).map_err(io::Error::other)?;
    write(out, columns, metadata, n_rows).map_err(|cause| match cause {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => io::Error::other(cause),
        },
        cause => io::Error::other(cause),
    })
}

fn check(columns: &[Column<'_>]) -> Result<usize, String> {
    let first = columns
        .first()
        .ok_or("columns must be at least one, got none")?;
    let n_rows = first.values.len();
    for (i, column) in columns.iter().enumerate() {
        if column.values.len() != n_rows {
            return Err(format!(
                "columns must have the same length, {:?} has {n_rows} rows, {:?} has {}",
                first.name,
                column.name,
                column.values.len()
            ));
        }
        if columns[..i].iter().any(|other| other.name == column.name) {
            return Err(format!(
                "columns must have different names, got {:?} twice",
                column.name
            ));
        }
    }
    Ok(n_rows)
}

fn write(
    out: impl Write + Send,
    columns: &[Column<'_>],
    metadata: &[(&str, &str)],
    n_rows: usize,
) -> Result<(), ParquetError> {
    let fields: Result<Vec<TypePtr>, _> = columns.iter().map(field).collect();
    let schema = Type::group_type_builder("schema")
        .with_fields(fields?)
        .build()?;
    let pairs = metadata
        .iter()
        .map(|&(key, value)| KeyValue::new(key.to_owned(), value.to_owned()));
    let properties = WriterProperties::builder()
        .set_created_by("lookalike".to_owned())
        .set_compression(Compression::UNCOMPRESSED)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_key_value_metadata((!metadata.is_empty()).then(|| pairs.collect()))
        .build();
    let mut file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
    let widest = columns.iter().map(|column| match &column.values {
        ColumnValues::Vectors(rows) => rows.ncols(),
        _ => 1,
    });
    let n_at_once = (GROUP_NUMBERS / widest.max().unwrap_or(1).max(1)).clamp(1, GROUP_ROWS);
    for start in (0..n_rows).step_by(n_at_once) {
        let rows = start..n_rows.min(start + n_at_once);
        let mut group = file.next_row_group()?;
        for column in columns {
            write_column(&mut group, &column.values, rows.clone())?;
        }
        group.close()?;
    }
    file.close()?;
    Ok(())
}

/// The schema of a column: all but vectors may be null, as pandas expects.
fn field(column: &Column<'_>) -> Result<TypePtr, ParquetError> {
    let plain = |name: &str, physical, logical, repetition| {
        Type::primitive_type_builder(name, physical)
            .with_logical_type(logical)
            .with_repetition(repetition)
            .build()
    };
    let optional = |physical, logical| plain(column.name, physical, logical, Repetition::OPTIONAL);
    let field = match &column.values {
        ColumnValues::Text(_) => optional(Physical::BYTE_ARRAY, Some(LogicalType::String))?,
        ColumnValues::I32(_) => optional(Physical::INT32, None)?,
        ColumnValues::I64(_) => optional(Physical::INT64, None)?,
        ColumnValues::F32(_) => optional(Physical::FLOAT, None)?,
        ColumnValues::F64(_) => optional(Physical::DOUBLE, None)?,
        ColumnValues::Vectors(_) => {
            let element = plain("element", Physical::FLOAT, None, Repetition::REQUIRED)?;
            let list = Type::group_type_builder("list")
                .with_repetition(Repetition::REPEATED)
                .with_fields(vec![Arc::new(element)])
                .build()?;
            Type::group_type_builder(column.name)
                .with_repetition(Repetition::REQUIRED)
                .with_logical_type(Some(LogicalType::List))
                .with_fields(vec![Arc::new(list)])
                .build()?
        }
    };
    Ok(Arc::new(field))
}

fn write_column<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &ColumnValues<'_>,
    rows: std::ops::Range<usize>,
) -> Result<(), ParquetError> {
    let no_column = || ParquetError::General("the schema has fewer columns".to_owned());
    let mut writer = group.next_column()?.ok_or_else(no_column)?;
    let out = &mut writer;
    match values {
        ColumnValues::Text(values) => {
            let text = |value: &&str| ByteArray::from(value.as_bytes().to_vec());
            optional::<ByteArrayType, _>(out, &values[rows], text)?;
        }
        ColumnValues::I32(values) => optional::<Int32Type, _>(out, &values[rows], |&v| v)?,
        ColumnValues::I64(values) => optional::<Int64Type, _>(out, &values[rows], |&v| v)?,
        ColumnValues::F32(values) => optional::<FloatType, _>(out, &values[rows], |&v| v)?,
        ColumnValues::F64(values) => optional::<DoubleType, _>(out, &values[rows], |&v| v)?,
        ColumnValues::Vectors(vectors) => {
            let typed = out.typed::<FloatType>();
            for row in rows {
                let row: Vec<f32> = vectors.row(row).to_vec();
                let mut repetitions = vec![1; row.len()];
                repetitions.iter_mut().take(1).for_each(|first| *first = 0);
                typed.write_batch(&row, Some(&vec![1; row.len()]), Some(&repetitions))?;
            }
        }
    }
    writer.close()
}

fn optional<T: DataType, V>(
    out: &mut SerializedColumnWriter<'_>,
    values: &[Option<V>],
    to_value: impl Fn(&V) -> T::T,
) -> Result<(), ParquetError> {
    let definitions: Vec<i16> = values
        .iter()
        .map(|value| i16::from(value.is_some()))
        .collect();
    let present: Vec<T::T> = values.iter().flatten().map(to_value).collect();
    out.typed::<T>()
        .write_batch(&present, Some(&definitions), None)?;
    Ok(())
}
