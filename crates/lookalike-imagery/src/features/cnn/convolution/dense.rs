//! Convolutions between all channels, as one matrix product.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::layout::{at_least, padded, pitch};
use super::product::{Finish, Product};
use super::{Clamp, Convolution, Kernel, Maps, Shape};

/// Numbers of patches that are multiplied at once: they stay near while all weights pass by.
const BLOCK: usize = 1 << 14;

/// Rows of the product's tiles, a multiple of all.
const TALL: usize = 12;

/// A convolution with one group.
#[derive(Debug)]
pub(super) struct Dense {
    shape: Shape,
    /// Rows of it are the numbers of a patch: kernel rows × kernel columns × channels.
    weights: Product,
    bias: Vec<f32>,
    clamp: Clamp,
}

impl Dense {
    pub(super) fn new(from: &Convolution) -> Self {
        let Shape { n_out, n_in, .. } = from.shape;
        let (pitch, n_taps) = (pitch(n_in), from.shape.n_taps());
        let weight = |row: usize, column: usize| {
            let (tap, channel) = (row / pitch, row % pitch);
            if channel < n_in {
                from.weights[(column * n_in + channel) * n_taps + tap]
            } else {
                0.0
            }
        };
        Self {
            shape: from.shape,
            weights: Product::new(n_taps * pitch, n_out, weight),
            bias: padded(&from.bias),
            clamp: from.clamp,
        }
    }

    /// Whether patches are the maps as they lie.
    fn is_pointwise(&self) -> bool {
        let Shape { size, strides, .. } = self.shape;
        let is_padded = [self.shape.before, self.shape.after] != [[0; 2]; 2];
        size == [1; 2] && strides == [1; 2] && !is_padded
    }

    /// What the kernel sees from places of the output, zeros where it looks over the edge.
    #[inline(always)]
    fn gather(&self, maps: &Maps<'_>, out: [usize; 2], places: Range<usize>, patches: &mut [f32]) {
        let Shape {
            size,
            strides,
            before,
            ..
        } = self.shape;
        let pitch = pitch(self.shape.n_in);
        let length = size[1] * pitch;
        let patches = patches.chunks_exact_mut(size[0] * length);
        let (mut row, mut column) = (places.start / out[1], places.start % out[1]);
        for patch in patches.take(places.len()) {
            let (picture, y) = (row / out[0], row % out[0] * strides[0]);
            let x = column * strides[1];
            column += 1;
            if column == out[1] {
                (row, column) = (row + 1, 0);
            }
            let first = x.max(before[1]) - before[1];
            let left = before[1].saturating_sub(x).min(size[1]);
            let n = maps.columns.saturating_sub(first).min(size[1] - left);
            let (left, right) = (left * pitch, (left + n) * pitch);
            for (i, to) in patch.chunks_exact_mut(length).enumerate() {
                let row = (y + i).wrapping_sub(before[0]);
                if row >= maps.rows || n < size[1] {
                    to.fill(0.0);
                }
                if row < maps.rows && n > 0 {
                    let from = ((picture * maps.rows + row) * maps.columns + first) * pitch;
                    let from = &maps.input[from..][..right - left];
                    to[left..right].copy_from_slice(from);
                }
            }
        }
    }
}

/// One run.
struct Work<'a> {
    kernel: &'a Dense,
    maps: &'a Maps<'a>,
    scratch: &'a mut Vec<f32>,
    output: &'a mut [f32],
}

impl WithSimd for Work<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            kernel,
            maps,
            scratch,
            output,
        } = self;
        let shape = &kernel.shape;
        let out = shape
            .output(maps.rows, maps.columns)
            .expect("it was checked");
        let (depth, pitch) = (shape.n_taps() * pitch(shape.n_in), pitch(shape.n_out));
        let block = (BLOCK / depth).next_multiple_of(TALL).max(2 * TALL);
        for (i, output) in output.chunks_mut(block * pitch).enumerate() {
            let places = i * block..i * block + output.len() / pitch;
            let rows = if kernel.is_pointwise() {
                &maps.input[places.start * depth..places.end * depth]
            } else {
                let patches = at_least(scratch, places.len() * depth);
                kernel.gather(maps, out, places.clone(), patches);
                &*patches
            };
            let finish = Finish {
                bias: &kernel.bias,
                addend: maps.addend.map(|addend| &addend[places.start * pitch..]),
                clamp: kernel.clamp,
            };
            kernel.weights.run(simd, rows, finish, output);
        }
    }
}

impl Kernel for Dense {
    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn run(&self, maps: &Maps<'_>, scratch: &mut Vec<f32>, output: &mut [f32]) {
        Arch::new().dispatch(Work {
            kernel: self,
            maps,
            scratch,
            output,
        });
    }
}
