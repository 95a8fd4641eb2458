//! Convolutions of each channel by itself.

use pulp::{Arch, Simd, WithSimd};

use super::layout::{lanes, padded, pitch, vectors, vectors_mut};
use super::{Clamp, Convolution, Kernel, Maps, Shape};

/// Taps, weights with what they see, that are summed up at once: a kernel of 3×3, the most usual.
const TAPS: usize = 9;

/// A convolution with as many groups as channels.
#[derive(Debug)]
pub(super) struct Depthwise {
    shape: Shape,
    /// Row and column of each tap; of those that fill up the last [`TAPS`] far outside of any map.
    taps: Vec<[usize; 2]>,
    /// Bundles of taps × vectors of channels × taps of the bundle × the channels of a vector.
    weights: Vec<f32>,
    bias: Vec<f32>,
    clamp: Clamp,
}

impl Depthwise {
    pub(super) fn new(from: &Convolution) -> Self {
        let (n_taps, lanes) = (from.shape.n_taps(), lanes());
        let n_bundled = n_taps.next_multiple_of(TAPS);
        let pitch = pitch(from.shape.n_out);
        let mut weights = vec![0.0; n_bundled * pitch];
        for (i, weight) in from.weights.iter().enumerate() {
            let (channel, tap) = (i / n_taps, i % n_taps);
            let start = tap / TAPS * TAPS * pitch + channel / lanes * TAPS * lanes;
            weights[start + tap % TAPS * lanes + channel % lanes] = *weight;
        }
        let columns = from.shape.size[1];
        let taps = (0..n_taps).map(|tap| [tap / columns, tap % columns]);
        Self {
            shape: from.shape,
            taps: taps
                .chain([[usize::MAX / 2; 2]; TAPS])
                .take(n_bundled)
                .collect(),
            weights,
            bias: padded(&from.bias),
            clamp: from.clamp,
        }
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
            strides, before, ..
        } = kernel.shape;
        let out = kernel
            .shape
            .output(maps.rows, maps.columns)
            .expect("it was checked");
        let (input, bias) = (vectors::<S>(maps.input), vectors::<S>(&kernel.bias));
        let n_vectors = bias.len();
        let length = maps.columns * n_vectors;
        let zeros = vec![simd.splat_f32s(0.0); n_vectors];
        let weights = vectors::<S>(&kernel.weights).as_chunks::<TAPS>().0;
        let n_bundles = kernel.taps.len() / TAPS;
        // The row of the maps that each tap sees; nothing outside of them.
        let mut seen_rows: Vec<&[S::f32s]> = vec![&[]; kernel.taps.len()];
        let rows = vectors_mut::<S>(self.output).chunks_exact_mut(out[1] * n_vectors);
        for (row, output) in rows.enumerate() {
            let (picture, y) = (row / out[0], row % out[0] * strides[0]);
            for (seen, tap) in seen_rows.iter_mut().zip(&kernel.taps) {
                let row = (y + tap[0]).wrapping_sub(before[0]);
                *seen = if row < maps.rows {
                    &input[(picture * maps.rows + row) * length..][..length]
                } else {
                    &[]
                };
            }
            for (x, output) in output.chunks_exact_mut(n_vectors).enumerate() {
                let mut start = Some(bias);
                if let Some(addend) = maps.addend {
                    let place = row * out[1] + x;
                    let addend = &vectors::<S>(addend)[place * n_vectors..][..n_vectors];
                    for c in 0..n_vectors {
                        output[c] = simd.add_f32s(bias[c], addend[c]);
                    }
                    start = None;
                }
                let x = x * strides[1];
                for i in 0..n_bundles {
                    let rows = &seen_rows[i * TAPS..][..TAPS];
                    let taps = &kernel.taps[i * TAPS..][..TAPS];
                    let mut seen = [&zeros[..]; TAPS];
                    for t in 0..TAPS {
                        let column = (x + taps[t][1]).wrapping_sub(before[1]);
                        let first = column.wrapping_mul(n_vectors);
                        if let Some(places) = rows[t].get(first..first.wrapping_add(n_vectors)) {
                            seen[t] = places;
                        }
                    }
                    let bundle = Bundle {
                        weights: &weights[i * n_vectors..][..n_vectors],
                        seen,
                        start: start.take(),
                        clamp: (i + 1 == n_bundles).then_some(kernel.clamp),
                    };
                    bundle.sum(simd, output);
                }
            }
        }
    }
}

/// Some taps at one place.
struct Bundle<'a, S: Simd> {
    weights: &'a [[S::f32s; TAPS]],
    seen: [&'a [S::f32s]; TAPS],
    /// What the sums begin with, unless with what they are.
    start: Option<&'a [S::f32s]>,
    /// What is done to sums that are complete.
    clamp: Option<Clamp>,
}

impl<S: Simd> Bundle<'_, S> {
    #[inline(always)]
    fn sum(self, simd: S, sums: &mut [S::f32s]) {
        let n = sums.len();
        let weights = &self.weights[..n];
        let mut seen = self.seen;
        for t in 0..TAPS {
            seen[t] = &seen[t][..n];
        }
        for c in 0..n {
            let start = match self.start {
                Some(start) => start[c],
                None => sums[c],
            };
            // Three sums, for each addition waits for the one before it.
            let mut parts = [start, simd.splat_f32s(0.0), simd.splat_f32s(0.0)];
            for t in 0..TAPS {
                parts[t % 3] = simd.mul_add_e_f32s(weights[c][t], seen[t][c], parts[t % 3]);
            }
            let sum = simd.add_f32s(simd.add_f32s(parts[0], parts[1]), parts[2]);
            sums[c] = match self.clamp {
                Some(clamp) => clamp.of(simd, sum),
                None => sum,
            };
        }
    }
}

impl Kernel for Depthwise {
    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn run(&self, maps: &Maps<'_>, _scratch: &mut Vec<f32>, output: &mut [f32]) {
        Arch::new().dispatch(Work {
            kernel: self,
            maps,
            output,
        });
    }
}
