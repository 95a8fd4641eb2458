//! Convolutions one after another, picture by picture.

use std::mem;

use rayon::prelude::*;

use super::{Convolution, Kernel};

/// Convolutions each of which takes what the one before it makes.
#[derive(Debug)]
pub(in super::super) struct Chain {
    kernels: Vec<Box<dyn Kernel>>,
}

/// Rows and columns before each kernel, and behind the last.
type Sides = Vec<[usize; 2]>;

impl Chain {
    /// A chain of one; none if such a convolution is not done here.
    pub(in super::super) fn new(convolution: &Convolution) -> Option<Self> {
        Some(Self {
            kernels: vec![convolution.kernel()?],
        })
    }

    /// Whether another chain takes as many channels as this one makes.
    pub(in super::super) fn fits(&self, next: &Self) -> bool {
        let n_taken = next.kernels.first().map(|first| first.shape().n_in);
        n_taken == Some(self.n_out())
    }

    /// Puts a chain that [fits](Self::fits) behind this one.
    pub(in super::super) fn append(&mut self, next: Self) {
        self.kernels.extend(next.kernels);
    }

    /// What becomes of pictures of `shape` (pictures × channels × rows × columns), and its shape. Works
    /// on the threads of the current rayon pool.
    ///
    /// # Errors
    /// When the input has other channels, or is smaller than a kernel.
    pub(in super::super) fn run(
        &self,
        input: &[f32],
        shape: [usize; 4],
    ) -> Result<(Vec<f32>, [usize; 4]), String> {
        let [n, n_in, rows, columns] = shape;
        let sides = self.sides(n_in, [rows, columns])?;
        let length = |channels: usize, [rows, columns]: [usize; 2]| channels * rows * columns;
        let (n_out, last) = (self.n_out(), sides[self.kernels.len()]);
        let mut output = vec![0.0; n * length(n_out, last)];
        let at_once = self.kernels.iter().zip(&sides);
        let at_once = at_once.map(|(kernel, side)| kernel.pictures_at_once(side[0], side[1]));
        let at_once = at_once.max().unwrap_or(1);
        let inputs = input.par_chunks(at_once * length(n_in, sides[0]));
        output
            .par_chunks_mut(at_once * length(n_out, last))
            .zip(inputs)
            .for_each_init(
                || (Vec::new(), Vec::new()),
                |between, (output, input)| self.pictures(input, &sides, between, output),
            );
        Ok((output, [n, n_out, last[0], last[1]]))
    }

    fn n_out(&self) -> usize {
        self.kernels.last().map_or(0, |last| last.shape().n_out)
    }

    fn sides(&self, n_in: usize, first: [usize; 2]) -> Result<Sides, String> {
        let mut sides = vec![first];
        let wanted = self.kernels.first().map_or(0, |first| first.shape().n_in);
        let mut side = (wanted == n_in).then_some(first);
        for kernel in &self.kernels {
            side = side.and_then(|side| kernel.shape().output(side[0], side[1]));
            sides.extend(side);
        }
        side.map(|_| sides).ok_or_else(|| {
            let [rows, columns] = first;
            format!(
                "a convolution of {wanted} channels cannot take {n_in} maps of {rows}×{columns}"
            )
        })
    }

    fn pictures(
        &self,
        input: &[f32],
        sides: &Sides,
        (taken, made): &mut (Vec<f32>, Vec<f32>),
        output: &mut [f32],
    ) {
        let length = |channels: usize, i: usize| channels * sides[i][0] * sides[i][1];
        let last = self.kernels.len() - 1;
        let n = output.len() / length(self.n_out(), last + 1);
        for (i, kernel) in self.kernels.iter().enumerate() {
            let input = match i {
                0 => input,
                _ => &taken[..n * length(kernel.shape().n_in, i)],
            };
            let [rows, columns] = sides[i];
            if i == last {
                kernel.run(input, rows, columns, output);
            } else {
                let n_made = n * length(kernel.shape().n_out, i + 1);
                if made.len() < n_made {
                    made.resize(n_made, 0.0);
                }
                kernel.run(input, rows, columns, &mut made[..n_made]);
                mem::swap(taken, made);
            }
        }
    }
}
