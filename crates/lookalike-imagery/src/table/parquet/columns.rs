//! Which columns a file has, and which of them are meant.

use std::path::Path;

use parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use parquet::schema::types::SchemaDescriptor;

use crate::table::VectorOptions;
use crate::{Error, Result};

/// The column that pandas writes its index to.
const PANDAS_INDEX: &str = "__index_level_0__";

/// A column that can be read, and the only leaf below it.
#[derive(Debug, Clone)]
pub(super) struct ReadableColumn {
    pub(super) name: String,
    pub(super) leaf: usize,
    pub(super) kind: Kind,
    /// Whether its whole numbers, stored as signed ones, have no sign.
    pub(super) is_unsigned: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Text,
    /// Lists of numbers.
    List,
    /// Binaries of one length, which the schema says.
    Fixed,
    Binary,
}

/// Which columns hold what.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) vectors: VectorColumns,
    pub(super) id: Option<ReadableColumn>,
    pub(super) label: Option<ReadableColumn>,
}

#[derive(Debug)]
pub(super) enum VectorColumns {
    One(ReadableColumn),
    /// One number of a vector each.
    Numbers(Vec<ReadableColumn>),
}

/// All columns that can be read.
pub(super) fn readable(schema: &SchemaDescriptor) -> Vec<ReadableColumn> {
    let n_leaves = schema.num_columns();
    let root_of = |leaf: usize| schema.get_column_root_idx(leaf);
    let is_only = |leaf: usize| {
        let root = root_of(leaf);
        (leaf == 0 || root_of(leaf - 1) != root)
            && (leaf + 1 == n_leaves || root_of(leaf + 1) != root)
    };
    let readable = |leaf: usize| {
        Some(ReadableColumn {
            name: schema.get_column_root(leaf).name().to_owned(),
            leaf,
            kind: kind_of(schema, leaf)?,
            is_unsigned: is_unsigned(schema, leaf),
        })
    };
    (0..n_leaves)
        .filter(|&leaf| is_only(leaf))
        .filter_map(readable)
        .collect()
}

impl ReadableColumn {
    /// The number that a stored one of 32 bits stands for.
    pub(super) fn of_i32(&self, stored: i32) -> i64 {
        if self.is_unsigned {
            stored.cast_unsigned().into()
        } else {
            stored.into()
        }
    }

    /// The number that a stored one of 64 bits stands for.
    pub(super) fn of_i64(&self, stored: i64) -> i128 {
        if self.is_unsigned {
            stored.cast_unsigned().into()
        } else {
            stored.into()
        }
    }
}

fn is_unsigned(schema: &SchemaDescriptor, leaf: usize) -> bool {
    let column = schema.column(leaf);
    match column.logical_type_ref() {
        Some(LogicalType::Integer(whole)) => !whole.is_signed,
        _ => (ConvertedType::UINT_8..=ConvertedType::UINT_64).contains(&column.converted_type()),
    }
}

fn kind_of(schema: &SchemaDescriptor, leaf: usize) -> Option<Kind> {
    use Physical as P;
    let is_plain = schema.get_column_root(leaf).is_primitive();
    let column = schema.column(leaf);
    let converted = column.converted_type();
    let has_no_meaning = column.logical_type_ref().is_none() && converted == ConvertedType::NONE;
    let is_whole = matches!(column.logical_type_ref(), Some(LogicalType::Integer { .. }))
        || (ConvertedType::UINT_8..=ConvertedType::INT_64).contains(&converted);
    let is_text = matches!(
        column.logical_type_ref(),
        Some(LogicalType::String | LogicalType::Enum | LogicalType::Json)
    ) || converted == ConvertedType::UTF8;
    let is_number = match column.physical_type() {
        P::INT32 | P::INT64 => has_no_meaning || is_whole,
        P::BOOLEAN | P::FLOAT | P::DOUBLE => has_no_meaning,
        _ => false,
    };
    match (column.max_rep_level(), column.physical_type()) {
        (1, _) if is_number => Some(Kind::List),
        (0, _) if !is_plain => None,
        (0, _) if is_number => Some(Kind::Number),
        (0, P::BYTE_ARRAY) if is_text => Some(Kind::Text),
        (0, P::BYTE_ARRAY) if has_no_meaning => Some(Kind::Binary),
        (0, P::FIXED_LEN_BYTE_ARRAY) if has_no_meaning => Some(Kind::Fixed),
        _ => None,
    }
}

impl Choice {
    pub(super) fn new(
        columns: &[ReadableColumn],
        options: &VectorOptions,
        path: &Path,
    ) -> Result<Self> {
        let chooser = Chooser { columns, path };
        let label = chooser.text("label_column", options.label_column.as_deref())?;
        let mut id = chooser.text("id_column", options.id_column.as_deref())?;
        if id.is_none() {
            let mut texts = chooser.of_kinds(&[Kind::Text]).into_iter();
            id = texts.find(|text| is_other(text, label.as_ref())).cloned();
        }
        let vectors = chooser.vectors(options.column.as_deref(), id.as_ref(), label.as_ref())?;
        Ok(Self { vectors, id, label })
    }
}

fn is_other(column: &ReadableColumn, taken: Option<&ReadableColumn>) -> bool {
    taken.is_none_or(|taken| taken.leaf != column.leaf)
}

/// Finds columns by what an option says, or without it.
struct Chooser<'a> {
    columns: &'a [ReadableColumn],
    path: &'a Path,
}

impl<'a> Chooser<'a> {
    fn of_kinds(&self, kinds: &[Kind]) -> Vec<&'a ReadableColumn> {
        self.columns
            .iter()
            .filter(|column| kinds.contains(&column.kind))
            .collect()
    }

    fn find(&self, option: &str, name: &str, kinds: &[Kind], what: &str) -> Result<ReadableColumn> {
        let fitting = self.of_kinds(kinds);
        let found = fitting.iter().find(|column| column.name == name);
        found.copied().cloned().ok_or_else(|| {
            let list = listed(&fitting);
            let rule = format!("be a column of {what} of {} ({list})", self.path.display());
            Error::parameter(option, rule, name)
        })
    }

    fn text(&self, option: &str, name: Option<&str>) -> Result<Option<ReadableColumn>> {
        let kinds = [Kind::Text, Kind::Number];
        let find = |name| self.find(option, name, &kinds, "texts or whole numbers");
        name.map(find).transpose()
    }

    fn vectors(
        &self,
        name: Option<&str>,
        id: Option<&ReadableColumn>,
        label: Option<&ReadableColumn>,
    ) -> Result<VectorColumns> {
        if let Some(name) = name {
            let kinds = [Kind::List, Kind::Fixed, Kind::Binary];
            return self
                .find("column", name, &kinds, "vectors")
                .map(VectorColumns::One);
        }
        let mut numbers = self.of_kinds(&[Kind::Number]);
        numbers.retain(|column| {
            column.name != PANDAS_INDEX && is_other(column, id) && is_other(column, label)
        });
        match (
            &self.of_kinds(&[Kind::List])[..],
            &self.of_kinds(&[Kind::Fixed])[..],
        ) {
            (&[only], _) => return Ok(VectorColumns::One(only.clone())),
            // Binaries beside numbers may be anything.
            ([], &[only]) if numbers.is_empty() => return Ok(VectorColumns::One(only.clone())),
            ([], []) => {}
            (lists, binaries) => {
                let rule = format!(
                    "name one of the columns of vectors of {}",
                    self.path.display()
                );
                let value = format!("none of {}", listed(&[lists, binaries].concat()));
                return Err(Error::parameter("column", rule, value));
            }
        }
        if numbers.is_empty() {
            let why = "it must have a column of vectors or columns of numbers, it has neither";
            return Err(Error::damaged(self.path, why));
        }
        Ok(VectorColumns::Numbers(
            numbers.into_iter().cloned().collect(),
        ))
    }
}

fn listed(columns: &[&ReadableColumn]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    names.join(", ")
}
