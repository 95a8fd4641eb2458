//! The ways to find principal axes: eigenvectors of a Gram matrix, or a random sketch of the range.

use super::centered::Centered;
use crate::linalg::{
    column_products, gram_of_columns, orthonormal_rows, product, row_products, symmetric_eigen,
};
use crate::random::Random;
use crate::real::Real;
use crate::{Context, Error, Result};

/// Squared singular values, descending, and the right singular vectors that belong to them.
#[derive(Debug)]
pub(super) struct Spectrum {
    pub(super) squares: Vec<f64>,
    /// Row-major, one row a vector.
    pub(super) vectors: Vec<f64>,
    /// The sum of all squared singular values, those left out included.
    pub(super) total: f64,
}

impl Spectrum {
    /// From the unit of scaled samples to that of the samples.
    fn unscaled(mut self, scale: f64) -> Self {
        for square in &mut self.squares {
            *square /= scale * scale;
        }
        self.total /= scale * scale;
        self
    }
}

/// All singular values, by the eigenvalues of `AᵀA`, whose blocks are multiplied in precision `T`.
pub(super) fn by_gram<T: Real, V: Real>(
    a: &Centered<'_, V>,
    context: &Context,
) -> Result<Spectrum> {
    let all = a.n_columns();
    let a = a.without_zeros();
    let d = a.n_columns();
    let gram = match a.known_gram() {
        Some(gram) => gram,
        None => a.sum_over_blocks(d * d, context, |block: &[T], out| {
            gram_of_columns(block, d, out);
        })?,
    };
    context.check()?;
    let total = (0..d).map(|i| gram[i * d + i]).sum();
    let (mut squares, vectors) = descending_eigen(&gram, d)?;
    squares.resize(all, 0.0);
    Ok(Spectrum {
        squares,
        vectors: a.in_all_columns(vectors),
        total,
    }
    .unscaled(a.scale()))
}

/// How [`by_sketch`] goes about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sketch {
    /// Singular values wanted.
    pub(super) count: usize,
    /// Directions followed beyond those.
    pub(super) n_oversamples: usize,
    /// Times that all directions are multiplied by `AᵀA`.
    pub(super) n_iter: usize,
    pub(super) seed: u64,
}

/// The greatest singular values, by subspace iteration on random directions.
///
/// Halko, Martinsson and Tropp: *Finding structure with randomness*, SIAM Review 2011, algorithm
/// 4.4. A block of rows is multiplied by the directions and, transposed, by what came of that, so
/// that each iteration reads the samples once and only the directions are kept; they are made
/// orthonormal in f64 after each.
pub(super) fn by_sketch<T: Real, V: Real>(
    a: &Centered<'_, V>,
    sketch: Sketch,
    context: &Context,
) -> Result<Spectrum> {
    let d = a.n_columns();
    let count = sketch.count.saturating_add(sketch.n_oversamples).min(d);
    let normal = Random::new(sketch.seed, 0);
    let start: Vec<f64> = (0..(count * d) as u64).map(|i| normal.normal(i)).collect();
    let mut directions = orthonormal_rows(&start, d);
    // Once more than the power iterations: the last is the projection on the range that was found.
    for _ in 0..=sketch.n_iter {
        let rounded: Vec<T> = directions.iter().map(|&v| T::from_f64(v)).collect();
        let next = a.sum_over_blocks(count * d, context, |block: &[T], out| {
            let rows = block.len() / d;
            let mut products = vec![T::default(); rows * count];
            row_products(block, &rounded, d, &mut products);
            column_products(&products, block, rows, out);
        })?;
        directions = orthonormal_rows(&next, d);
    }
    let rounded: Vec<T> = directions.iter().map(|&v| T::from_f64(v)).collect();
    // With one more number, the sum of all squares.
    let sums = a.sum_over_blocks(count * count + 1, context, |block: &[T], out| {
        let mut products = vec![T::default(); block.len() / d * count];
        row_products(block, &rounded, d, &mut products);
        gram_of_columns(&products, count, &mut out[..count * count]);
        out[count * count] = sum_of_squares(block);
    })?;
    let (mut squares, turns) = descending_eigen(&sums[..count * count], count)?;
    squares.truncate(sketch.count);
    let mut vectors = vec![0.0; sketch.count * d];
    product(
        &turns[..sketch.count * count],
        &directions,
        count,
        &mut vectors,
    );
    Ok(Spectrum {
        squares,
        vectors,
        total: sums[count * count],
    }
    .unscaled(a.scale()))
}

fn sum_of_squares<T: Real>(block: &[T]) -> T {
    T::from_f64(block.iter().map(|&v| v.into() * v.into()).sum())
}

fn descending_eigen(a: &[f64], d: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    let (mut values, vectors) = symmetric_eigen(a, d).ok_or_else(|| {
        Error::input("the eigenvalues of x did not converge: are its values of sensible size?")
    })?;
    // A matrix that is positive in theory may have tiny negative eigenvalues in practice.
    for value in &mut values {
        *value = value.max(0.0);
    }
    Ok((values, vectors))
}
