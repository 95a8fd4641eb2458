//! Convolutions of each channel by itself.

use pulp::{Arch, Simd, WithSimd};

use super::layout::{padded, pitch, vectors, vectors_mut};
use super::product::Finish;
use super::{Clamp, Convolution, Kernel, Maps, Shape};

/// Places side by side for which a weight is read once.
const PLACES: usize = 4;

/// A convolution with as many groups as channels.
#[derive(Debug)]
pub(super) struct Depthwise {
    shape: Shape,
    /// Kernel rows × kernel columns × channels.
    weights: Vec<f32>,
    bias: Vec<f32>,
    clamp: Clamp,
}

/// A weight and what it sees, both as the places of their first vectors.
#[derive(Debug, Clone, Copy)]
struct Tap {
    weight: usize,
    /// From the first place of the output's row; before the input's first where that is an edge.
    seen: usize,
    column: usize,
}

impl Depthwise {
    pub(super) fn new(from: &Convolution) -> Self {
        let n_taps = from.shape.n_taps();
        let tap = |tap: usize| {
            let channels = from.weights.iter().skip(tap).step_by(n_taps);
            padded(&channels.copied().collect::<Vec<_>>())
        };
        Self {
            shape: from.shape,
            weights: (0..n_taps).flat_map(tap).collect(),
            bias: padded(&from.bias),
            clamp: from.clamp,
        }
    }

    /// The weights of the kernel's rows that lie within the map, seen from row `y` of the output.
    fn taps(&self, maps: &Maps<'_>, picture: usize, y: usize, n_vectors: usize) -> Vec<Tap> {
        let Shape {
            size,
            strides,
            before,
            ..
        } = self.shape;
        let tap = |tap: usize| {
            let (row, column) = (tap / size[1], tap % size[1]);
            let row = (y * strides[0] + row).wrapping_sub(before[0]);
            let seen = (picture * maps.rows + row) * maps.columns + column;
            (row < maps.rows).then_some(Tap {
                weight: tap * n_vectors,
                seen: seen.wrapping_sub(before[1]).wrapping_mul(n_vectors),
                column,
            })
        };
        (0..size[0] * size[1]).filter_map(tap).collect()
    }
}

/// One run.
struct Work<'a> {
    kernel: &'a Depthwise,
    maps: &'a Maps<'a>,
    output: &'a mut [f32],
}

impl WithSimd for Work<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (kernel, maps) = (self.kernel, self.maps);
        let Shape {
            size,
            strides,
            before,
            ..
        } = kernel.shape;
        let out = kernel
            .shape
            .output(maps.rows, maps.columns)
            .expect("it was checked");
        let pitch = pitch(kernel.shape.n_out);
        let n_vectors = pitch / S::F32_LANES;
        // Of the output's columns those whose kernels lie within the map.
        let first = before[1].div_ceil(strides[1]);
        let end = (maps.columns + before[1]).checked_sub(size[1]);
        let end = end.map_or(0, |last| last / strides[1] + 1).min(out[1]);
        let mut edge = Vec::new();
        for (row, output) in self.output.chunks_exact_mut(out[1] * pitch).enumerate() {
            let taps = kernel.taps(maps, row / out[0], row % out[0], n_vectors);
            let mut x = 0;
            while x < out[1] {
                let is_inside = first <= x && x < end;
                let n = if is_inside && x + PLACES <= end {
                    PLACES
                } else {
                    1
                };
                let start = (row * out[1] + x) * pitch;
                let seen = Seen {
                    maps: vectors::<S>(maps.input),
                    start: x * strides[1] * n_vectors,
                    step: strides[1] * n_vectors,
                };
                let finish = Finish {
                    bias: &kernel.bias,
                    addend: maps.addend.map(|addend| &addend[start..]),
                    clamp: kernel.clamp,
                };
                let output = &mut output[x * pitch..(x + n) * pitch];
                if n == PLACES {
                    seen.places::<PLACES>(simd, kernel, &taps, finish, output);
                } else if is_inside {
                    seen.places::<1>(simd, kernel, &taps, finish, output);
                } else {
                    edge.clear();
                    let is_within = |tap: &&Tap| {
                        let column = x * strides[1] + tap.column;
                        before[1] <= column && column < before[1] + maps.columns
                    };
                    edge.extend(taps.iter().filter(is_within));
                    seen.places::<1>(simd, kernel, &edge, finish, output);
                }
                x += n;
            }
        }
    }
}

/// What is seen from some places side by side.
struct Seen<'a, S: Simd> {
    maps: &'a [S::f32s],
    /// What is to be added to a tap for the first place, and for each further one.
    start: usize,
    step: usize,
}

impl<S: Simd> Seen<'_, S> {
    #[inline(always)]
    fn places<const N: usize>(
        &self,
        simd: S,
        kernel: &Depthwise,
        taps: &[Tap],
        finish: Finish<'_>,
        output: &mut [f32],
    ) {
        let (weights, bias) = (vectors::<S>(&kernel.weights), vectors::<S>(finish.bias));
        let output = vectors_mut::<S>(output);
        let n_vectors = bias.len();
        for c in 0..n_vectors {
            let mut sums = [bias[c]; N];
            for tap in taps {
                let weight = weights[tap.weight + c];
                let seen = &self.maps[tap.seen.wrapping_add(self.start) + c..];
                for n in 0..N {
                    sums[n] = simd.mul_add_e_f32s(weight, seen[n * self.step], sums[n]);
                }
            }
            if let Some(addend) = finish.addend {
                let addend = vectors::<S>(addend);
                for n in 0..N {
                    sums[n] = simd.add_f32s(sums[n], addend[n * n_vectors + c]);
                }
            }
            for n in 0..N {
                output[n * n_vectors + c] = finish.clamp.of(simd, sums[n]);
            }
        }
    }
}

impl Kernel for Depthwise {
    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn run(&self, maps: &Maps<'_>, output: &mut [f32]) {
        Arch::new().dispatch(Work {
            kernel: self,
            maps,
            output,
        });
    }
}
