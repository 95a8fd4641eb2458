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
        let outside = [usize::MAX / 2; 2];
        Self {
            shape: from.shape,
            taps: taps.chain([outside; TAPS]).take(n_bundled).collect(),
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
        let zeros = vec![simd.splat_f32s(0.0); n_vectors];
        let weights = vectors::<S>(&kernel.weights).as_chunks::<TAPS>().0;
        let places = vectors_mut::<S>(self.output).chunks_exact_mut(n_vectors);
        for (place, output) in places.enumerate() {
            let (row, x) = (place / out[1], place % out[1] * strides[1]);
            let (picture, y) = (row / out[0], row % out[0] * strides[0]);
            output.copy_from_slice(bias);
            for (i, taps) in kernel.taps.as_chunks::<TAPS>().0.iter().enumerate() {
                let mut seen = [&zeros[..]; TAPS];
                for t in 0..TAPS {
                    let row = (y + taps[t][0]).wrapping_sub(before[0]);
                    let column = (x + taps[t][1]).wrapping_sub(before[1]);
                    if row < maps.rows && column < maps.columns {
                        let place = (picture * maps.rows + row) * maps.columns + column;
                        seen[t] = &input[place * n_vectors..][..n_vectors];
                    }
                }
                sum(simd, &weights[i * n_vectors..][..n_vectors], seen, output);
            }
            if let Some(addend) = maps.addend {
                let addend = &vectors::<S>(addend)[place * n_vectors..][..n_vectors];
                for c in 0..n_vectors {
                    output[c] = simd.add_f32s(output[c], addend[c]);
                }
            }
            for c in 0..n_vectors {
                output[c] = kernel.clamp.of(simd, output[c]);
            }
        }
    }
}

/// Adds to the sums what some taps see.
#[inline(always)]
fn sum<S: Simd>(
    simd: S,
    weights: &[[S::f32s; TAPS]],
    mut seen: [&[S::f32s]; TAPS],
    sums: &mut [S::f32s],
) {
    let n = sums.len();
    let weights = &weights[..n];
    for t in 0..TAPS {
        seen[t] = &seen[t][..n];
    }
    for c in 0..n {
        let mut sum = sums[c];
        for t in 0..TAPS {
            sum = simd.mul_add_e_f32s(weights[c][t], seen[t][c], sum);
        }
        sums[c] = sum;
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
