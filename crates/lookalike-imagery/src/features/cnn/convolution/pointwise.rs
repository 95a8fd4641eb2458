//! Convolutions of 1×1: one matrix product a picture.

use std::fmt;

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedAMatrix};
use rten_tensor::NdTensorView;

use super::{Clamp, Convolution, Kernel, Shape, vectorized};

/// A convolution of 1×1 without strides.
pub(super) struct Pointwise {
    shape: Shape,
    /// `n_out` × `n_in`.
    weights: PackedAMatrix<f32>,
    bias: Vec<f32>,
    clamp: Clamp,
}

impl Pointwise {
    pub(super) fn new(from: &Convolution) -> Self {
        let Shape { n_out, n_in, .. } = from.shape;
        let weights = NdTensorView::from_data([n_out, n_in], &from.weights[..]);
        Self {
            shape: from.shape,
            weights: GemmExecutor::<f32>::default().prepack_a(weights),
            bias: from.bias.clone(),
            clamp: from.clamp,
        }
    }
}

impl fmt::Debug for Pointwise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pointwise")
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

impl Kernel for Pointwise {
    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn run(&self, input: &[f32], rows: usize, columns: usize, output: &mut [f32]) {
        let Shape { n_in, n_out, .. } = self.shape;
        let n_places = rows * columns;
        let gemm = GemmExecutor::<f32>::default();
        let pictures = input.chunks_exact(n_in * n_places);
        for (input, output) in pictures.zip(output.chunks_exact_mut(n_out * n_places)) {
            let (a, b) = (
                GemmInputA::Packed(&self.weights),
                GemmInputB::Unpacked(NdTensorView::from_data([n_in, n_places], input)),
            );
            gemm.gemm(output, a, b, GemmOptions::default())
                .expect("the shapes agree");
            // Not the engine's bias: that is added number by number.
            vectorized(
                #[inline(always)]
                || {
                    for (map, bias) in output.chunks_exact_mut(n_places).zip(&self.bias) {
                        for value in map {
                            *value = self.clamp.of(*value + bias);
                        }
                    }
                },
            );
        }
    }
}
