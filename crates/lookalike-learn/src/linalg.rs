//! The only door to the linear algebra library (faer).
//!
//! Every call is sequential: callers run it on fixed blocks of rows, so that the number of threads
//! cannot change a bit of what comes out.

use faer::linalg::matmul::matmul;
use faer::traits::ComplexField;
use faer::{Accum, Mat, MatMut, MatRef, Par, Side};

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
pub(crate) fn product(a: &[f64], b: &[f64], k: usize, out: &mut [f64]) {
    let (m, n) = (a.len() / k, b.len() / k);
    let a = MatRef::from_row_major_slice(a, m, k);
    let b = MatRef::from_row_major_slice(b, k, n);
    let out = MatMut::from_row_major_slice_mut(out, m, n);
    matmul(out, Accum::Replace, a, b, 1.0, Par::Seq);
}

/// Adds `xᵀ·x` of a row-major block `x` (m×d) to `out` (d×d).
pub(crate) fn add_gram_of_columns(x: &[f64], d: usize, out: &mut [f64]) {
    let x = MatRef::from_row_major_slice(x, x.len() / d, d);
    let out = MatMut::from_row_major_slice_mut(out, d, d);
    matmul(out, Accum::Add, x.transpose(), x, 1.0, Par::Seq);
}

/// Eigenvalues (ascending) and eigenvectors (row i belongs to value i) of a symmetric d×d matrix.
///
/// `None` when the iteration does not converge, which finite input does not cause in practice.
pub(crate) fn symmetric_eigen(a: &[f64], d: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    let a = MatRef::from_row_major_slice(a, d, d);
    let eigen = a.self_adjoint_eigen(Side::Lower).ok()?;
    let values = eigen.S().column_vector().iter().copied().collect();
    let vectors: &Mat<f64> = &eigen.U().to_owned();
    let rows = (0..d)
        .flat_map(|i| vectors.col(i).iter().copied())
        .collect();
    Some((values, rows))
}
