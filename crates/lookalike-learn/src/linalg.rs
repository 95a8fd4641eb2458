//! The only door to the linear algebra library (faer).
//!
//! Every call is sequential: callers run it on fixed blocks of rows, so that the number of threads
//! cannot change a bit of what comes out.

use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::traits::ComplexField;
use faer::{Accum, MatMut, MatRef, Par, Side};

/// Scalar products of the rows of `a` (m×d) with those of `b` (n×d): `out[i·n + j] = aᵢ·bⱼ`.
pub(crate) fn row_products<T: ComplexField + Copy>(a: &[T], b: &[T], d: usize, out: &mut [T]) {
    let (m, n) = (a.len() / d, b.len() / d);
    let a = MatRef::from_row_major_slice(a, m, d);
    let b = MatRef::from_row_major_slice(b, n, d);
    let out = MatMut::from_row_major_slice_mut(out, m, n);
    matmul(
        out,
        Accum::Replace,
        a,
        b.transpose(),
        T::one_impl(),
        Par::Seq,
    );
}

/// The product of `a` (m×k) and `b` (k×n), all row-major: `out[i·n + j] = Σ a[i,l]·b[l,j]`.
pub(crate) fn product<T: ComplexField + Copy>(a: &[T], b: &[T], k: usize, out: &mut [T]) {
    let (m, n) = (a.len() / k, b.len() / k);
    let a = MatRef::from_row_major_slice(a, m, k);
    let b = MatRef::from_row_major_slice(b, k, n);
    let out = MatMut::from_row_major_slice_mut(out, m, n);
    matmul(out, Accum::Replace, a, b, T::one_impl(), Par::Seq);
}

/// The product `aᵀ·b` of row-major blocks `a` (m×k) and `b` (m×n): `out[i·n + j] = Σ a[l,i]·b[l,j]`.
pub(crate) fn column_products<T: ComplexField + Copy>(a: &[T], b: &[T], m: usize, out: &mut [T]) {
    let (k, n) = (a.len() / m, b.len() / m);
    let a = MatRef::from_row_major_slice(a, m, k);
    let b = MatRef::from_row_major_slice(b, m, n);
    let out = MatMut::from_row_major_slice_mut(out, k, n);
    matmul(
        out,
        Accum::Replace,
        a.transpose(),
        b,
        T::one_impl(),
        Par::Seq,
    );
}

/// The lower triangle of `xᵀ·x` of a row-major block `x` (m×d), into `out` (d×d); the rest of `out`
/// stays as it is.
pub(crate) fn gram_of_columns<T: ComplexField + Copy>(x: &[T], d: usize, out: &mut [T]) {
    let x = MatRef::from_row_major_slice(x, x.len() / d, d);
    let out = MatMut::from_row_major_slice_mut(out, d, d);
    triangular::matmul(
        out,
        BlockStructure::TriangularLower,
        Accum::Replace,
        x.transpose(),
        BlockStructure::Rectangular,
        x,
        BlockStructure::Rectangular,
        T::one_impl(),
        Par::Seq,
    );
}

/// Eigenvalues (descending) and eigenvectors (row i belongs to value i) of a symmetric d×d matrix,
/// of which only the lower triangle is read.
///
/// `None` when the iteration does not converge, which finite input does not cause in practice.
pub(crate) fn symmetric_eigen(a: &[f64], d: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    let a = MatRef::from_row_major_slice(a, d, d);
    let eigen = a.self_adjoint_eigen(Side::Lower).ok()?;
    let mut values: Vec<f64> = eigen.S().column_vector().iter().copied().collect();
    values.reverse();
    Some((values, columns_as_rows(eigen.U(), (0..d).rev())))
}

/// Rows of unit length at right angles to one another, the first k of which span what the first k
/// rows of `a` (row-major, `d` columns, no more rows than columns) span, for every k.
///
/// Where rows depend on those before, or are zero, some direction takes their place.
pub(crate) fn orthonormal_rows(a: &[f64], d: usize) -> Vec<f64> {
    let a = MatRef::from_row_major_slice(a, a.len() / d, d);
    let q = a.transpose().qr().compute_thin_Q();
    columns_as_rows(q.as_ref(), 0..a.nrows())
}

fn columns_as_rows(a: MatRef<'_, f64>, columns: impl Iterator<Item = usize>) -> Vec<f64> {
    let mut rows = Vec::with_capacity(a.nrows() * a.ncols());
    for j in columns {
        rows.extend(a.col(j).iter());
    }
    rows
}
