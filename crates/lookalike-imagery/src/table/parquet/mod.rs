//! Columns of Parquet files, without Arrow.

mod columns;
mod pages;
mod read;
mod write;

pub(super) use read::read;
pub use write::{Column, ColumnValues, write_parquet};
