//! Convolutions of each channel by itself.
//!
//! A padded map is laid out as the maps of its phases: with strides 2 those of even and odd rows and
//! columns. All that one weight sees of it is then one run of numbers, garbage at the ends of rows
//! included, so that small maps fill the vectors as well as large ones.

use super::{Clamp, Convolution, Kernel, Shape, vectorized};

/// Places of the result that are held in registers.
const LANES: usize = 32;

/// A convolution with as many groups as channels.
#[derive(Debug)]
pub(super) struct Depthwise {
    shape: Shape,
    weights: Vec<f32>,
    bias: Vec<f32>,
    clamp: Clamp,
}

/// Where the numbers of a channel lie in the phases.
struct Layout {
    /// Of the map.
    columns: usize,
    out: [usize; 2],
    /// Numbers a row of a phase.
    pitch: usize,
    /// Numbers a phase.
    length: usize,
}

impl Depthwise {
    pub(super) fn new(from: &Convolution) -> Self {
        Self {
            shape: from.shape,
            weights: from.weights.clone(),
            bias: from.bias.clone(),
            clamp: from.clamp,
        }
    }

    fn layout(&self, rows: usize, columns: usize) -> Layout {
        let Shape { size, strides, .. } = self.shape;
        let out = self.shape.output(rows, columns).expect("it was checked");
        let pitch = out[1] + (size[1] - 1) / strides[1];
        let phase_rows = out[0] + (size[0] - 1) / strides[0];
        Layout {
            columns,
            out,
            pitch,
            // Beyond the last place garbage is read, which nobody looks at.
            length: (phase_rows * pitch + size[1]).next_multiple_of(LANES) + LANES,
        }
    }

    /// Where what each weight sees begins.
    fn taps(&self, layout: &Layout) -> Vec<usize> {
        let Shape { size, strides, .. } = self.shape;
        let tap = |i: usize| {
            let (row, column) = (i / size[1], i % size[1]);
            let phase = row % strides[0] * strides[1] + column % strides[1];
            phase * layout.length + row / strides[0] * layout.pitch + column / strides[1]
        };
        (0..size[0] * size[1]).map(tap).collect()
    }

    /// Sorts the numbers of a map into phases. What is padding stays zero.
    #[inline(always)]
    fn spread(&self, map: &[f32], layout: &Layout, phases: &mut [f32]) {
        let Shape {
            strides, before, ..
        } = self.shape;
        for (row, values) in map.chunks_exact(layout.columns).enumerate() {
            let row = row + before[0];
            let (phase_row, row) = (row % strides[0], row / strides[0]);
            for phase_column in 0..strides[1] {
                let phase = phase_row * strides[1] + phase_column;
                // The first number of this phase, and its place in the phase's row.
                let first = (phase_column + strides[1] - before[1] % strides[1]) % strides[1];
                let column = (first + before[1]) / strides[1];
                let row = row * layout.pitch;
                let to = phases[phase * layout.length..][..layout.length]
                    .get_mut(row + column..row + layout.pitch);
                let values = values.get(first..);
                // Both are missing where strides leave out the last rows and columns.
                if let (Some(to), Some(values)) = (to, values) {
                    spread_row(values, strides[1], to);
                }
            }
        }
    }

    /// The sums of the places of one channel.
    #[inline(always)]
    fn convolve(&self, channel: usize, taps: &[usize], phases: &[f32], sums: &mut [f32]) {
        let weights = &self.weights[channel * taps.len()..][..taps.len()];
        let (bias, clamp) = (self.bias[channel], self.clamp);
        // Plain loops: iterators would be calls, compiled for the baseline.
        for start in (0..sums.len()).step_by(LANES) {
            let mut sum = [bias; LANES];
            for tap in 0..taps.len() {
                let seen = &phases[taps[tap] + start..][..LANES];
                for lane in 0..LANES {
                    sum[lane] += weights[tap] * seen[lane];
                }
            }
            let sums = &mut sums[start..][..LANES];
            for lane in 0..LANES {
                sums[lane] = clamp.of(sum[lane]);
            }
        }
    }
}

#[inline(always)]
fn spread_row(values: &[f32], stride: usize, to: &mut [f32]) {
    match stride {
        1 => {
            let n = to.len().min(values.len());
            to[..n].copy_from_slice(&values[..n]);
        }
        2 => {
            let (pairs, last) = values.as_chunks::<2>();
            let n = to.len().min(pairs.len());
            let (to_pairs, pairs) = (&mut to[..n], &pairs[..n]);
            for i in 0..n {
                to_pairs[i] = pairs[i][0];
            }
            if let (Some(to), [last]) = (to.get_mut(n), last) {
                *to = *last;
            }
        }
        _ => {
            let values = values.iter().step_by(stride);
            to.iter_mut().zip(values).for_each(|(to, x)| *to = *x);
        }
    }
}

impl Kernel for Depthwise {
    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn run(&self, input: &[f32], rows: usize, columns: usize, output: &mut [f32]) {
        let layout = self.layout(rows, columns);
        let taps = self.taps(&layout);
        let n_phases = self.shape.strides[0] * self.shape.strides[1];
        let mut phases = vec![0.0; n_phases * layout.length];
        let mut sums = vec![0.0; (layout.out[0] * layout.pitch).next_multiple_of(LANES)];
        let [out_rows, out_columns] = layout.out;
        let maps = input.chunks_exact(rows * columns);
        let outputs = output.chunks_exact_mut(out_rows * out_columns);
        for (i, (map, output)) in maps.zip(outputs).enumerate() {
            vectorized(
                #[inline(always)]
                || {
                    self.spread(map, &layout, &mut phases);
                    self.convolve(i % self.shape.n_in, &taps, &phases, &mut sums);
                },
            );
            let rows = output.chunks_exact_mut(out_columns);
            for (to, sums) in rows.zip(sums.chunks(layout.pitch)) {
                to.copy_from_slice(&sums[..out_columns]);
            }
        }
    }
}
