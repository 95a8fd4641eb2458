//! Writes tables of all kinds of columns, which `testdata/check_tables` reads with pandas and pyarrow.

use std::error::Error;
use std::fs::File;
use std::path::Path;

use lookalike_imagery::table::{Column, ColumnValues, write_npy, write_parquet};
use ndarray::Array2;

/// More than a row group.
const N_ROWS: usize = 100_000;
const N_COLUMNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args()
        .nth(1)
        .ok_or("the folder to write to must be given")?;
    let folder = Path::new(&folder);
    let rows = Array2::from_shape_fn((N_ROWS, N_COLUMNS), |(i, j)| {
        (i * N_COLUMNS + j) as f32 / 8.0
    });
    write_npy(&mut File::create(folder.join("rows.npy"))?, &rows.view())?;

    let names: Vec<String> = (0..N_ROWS).map(|i| format!("ä/{i}.png")).collect();
    let is_known = |&i: &usize| i % 3 != 0;
    let known = || (0..N_ROWS).map(|i| Some(i).filter(is_known));
    let column = |name, values| Column { name, values };
    let columns = [
        column(
            "path",
            ColumnValues::Text(names.iter().map(|name| Some(name.as_str())).collect()),
        ),
        column(
            "label",
            ColumnValues::Text(known().map(|i| i.map(|i| ["cat", "owl"][i % 2])).collect()),
        ),
        column(
            "i32",
            ColumnValues::I32((0..N_ROWS).map(|i| Some(i as i32 - 7)).collect()),
        ),
        column(
            "i64",
            ColumnValues::I64(
                known()
                    .map(|i| i.map(|i| i as i64 * 1_000_000_007))
                    .collect(),
            ),
        ),
        column(
            "f32",
            ColumnValues::F32((0..N_ROWS).map(|i| Some(i as f32 / 4.0)).collect()),
        ),
        column(
            "f64",
            ColumnValues::F64(known().map(|i| i.map(|i| i as f64 / 3.0)).collect()),
        ),
        column("vector", ColumnValues::Vectors(rows.view())),
    ];
    let metadata = [("dtype", "f32"), ("dim", "5")];
    write_parquet(
        File::create(folder.join("all.parquet"))?,
        &columns,
        &metadata,
    )?;
    write_parquet(
        File::create(folder.join("empty.parquet"))?,
        &[column("n", ColumnValues::I32(vec![]))],
        &[],
    )?;
    Ok(())
}
