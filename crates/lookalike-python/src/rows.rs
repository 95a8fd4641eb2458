//! Arrays of Python as rows of f32, copied only where they must be.

use lookalike::Context;
use lookalike::learn::{Error, narrow, narrow_by};
use ndarray::{Array2, ArrayView2, CowArray, Ix2};
use numpy::PyReadonlyArray2;
use pyo3::prelude::*;

/// Rows of either precision, of any layout, perhaps read-only.
#[derive(FromPyObject)]
pub(crate) enum Rows<'py> {
    Single(PyReadonlyArray2<'py, f32>),
    Double(PyReadonlyArray2<'py, f64>),
}

/// The same, for a thread without the interpreter's lock.
#[derive(Clone, Copy)]
pub(crate) enum RowsView<'a> {
    Single(ArrayView2<'a, f32>),
    Double(ArrayView2<'a, f64>),
}

/// What was taken off each column; None where nothing was.
pub(crate) type Offset = Option<Vec<f64>>;

/// Rows of f32.
pub(crate) type Singles<'a> = CowArray<'a, f32, Ix2>;

impl Rows<'_> {
    pub(crate) fn view(&self) -> RowsView<'_> {
        match self {
            Self::Single(array) => RowsView::Single(array.as_array()),
            Self::Double(array) => RowsView::Double(array.as_array()),
        }
    }
}

impl<'a> RowsView<'a> {
    /// The rows to fit to, and what was taken off their columns.
    pub(crate) fn narrow(self, context: &Context) -> Result<(Singles<'a>, Offset), Error> {
        match self {
            Self::Single(rows) => Ok((rows.into(), None)),
            Self::Double(rows) => {
                let narrowed = narrow(&rows, context)?;
                let is_exact = narrowed.offset.iter().all(|&offset| offset == 0.0);
                Ok((
                    narrowed.values.into(),
                    (!is_exact).then_some(narrowed.offset),
                ))
            }
        }
    }

    /// Rows for what was fitted to others, less the offset of those.
    pub(crate) fn narrow_by(
        self,
        offset: Option<&[f64]>,
        context: &Context,
    ) -> Result<Singles<'a>, Error> {
        let by = |rows: ArrayView2<'_, f64>| {
            let none = vec![0.0; rows.ncols()];
            narrow_by(&rows, offset.unwrap_or(&none), context)
        };
        match (self, offset) {
            (Self::Single(rows), None) => Ok(rows.into()),
            (Self::Single(rows), Some(_)) => Ok(by(rows.mapv(f64::from).view())?.into()),
            (Self::Double(rows), _) => Ok(by(rows)?.into()),
        }
    }
}

/// Rows of f32 in f64, with what was taken off their columns.
pub(crate) fn widen(rows: &Array2<f32>, offset: Option<&[f64]>) -> Array2<f64> {
    let mut wide = rows.mapv(f64::from);
    if let Some(offset) = offset {
        for mut row in wide.rows_mut() {
            row.iter_mut()
                .zip(offset)
                .for_each(|(v, offset)| *v += offset);
        }
    }
    wide
}
