//! Where vectors are found in a file of them.

use clap::Args;
use serde::Serialize;

#[derive(Debug, Args, Serialize)]
pub(crate) struct VectorArgs {
    /// Array of a .npz file that holds the vectors [default: the one that looks like it]
    #[arg(long, value_name = "NAME", help_heading = "Vectors")]
    pub(crate) array: Option<String>,
    /// Column of a .parquet file that holds the vectors [default: the one that looks like it]
    #[arg(long, value_name = "NAME", help_heading = "Vectors")]
    pub(crate) column: Option<String>,
    /// Column that names the rows [default: path, id, …]
    #[arg(long, value_name = "NAME", help_heading = "Vectors")]
    pub(crate) id_column: Option<String>,
}
