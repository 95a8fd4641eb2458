//! Forces on all nodes of a grid: a convolution by fast Fourier transforms.
//!
//! The force that a point at the origin has on one at (x, y) is (x, y)·q², which is taken for the
//! complex number (x + iy)·q², so that one transform back serves both axes. The grid is padded by the
//! nodes that the kernel reaches along each axis, or forces would come round its ends; transforms of
//! rows and columns that are zero, or that no one reads, are left out.

use std::f64::consts::TAU;
use std::sync::Arc;

use rayon::prelude::*;
use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftDirection, FftPlanner};

use super::grid::Grid;
use super::kernel::Kernel;
use crate::parallel::map_blocks;
use crate::simd::dispatch;

/// Nodes beside the grid, over which what comes round its ends dies away: the shares of a point
/// that splines take apart again are 0.27 of those a node before.
const MARGIN: usize = 10;
/// Rows that one task transforms, an even number.
const ROWS: usize = 8;
/// Columns that one task transforms: as many complex numbers as a cache line holds.
const COLUMNS: usize = 8;

const ZERO: Complex32 = Complex32::new(0.0, 0.0);

/// The plans, the spectra of the kernels and the buffers for grids of one size and step.
pub(super) struct Convolution {
    planner: FftPlanner<f32>,
    /// Length of the transforms along rows and along columns, both even, the step of the grid, and the kernel.
    shape: ([usize; 2], f32, Kernel),
    /// Forward and back, along rows and along columns.
    plans: Option<[[Arc<dyn Fft<f32>>; 2]; 2]>,
    kernels: Kernels,
    /// Half of the transformed rows of the density: the rest is its mirror image.
    spectrum: Vec<Complex32>,
    /// The transformed columns of the forces, panel by panel, row by row: [`COLUMNS`] columns,
    /// then their mirror images, conjugate.
    panels: Vec<Complex32>,
    field: Vec<[f32; 2]>,
}

/// Spectra of real, even functions (the potential q) and of imaginary ones (the forces along both
/// axes), column by column, for the first half of the columns.
#[derive(Default)]
struct Kernels {
    potential: Vec<f32>,
    forces: [Vec<f32>; 2],
}

impl Convolution {
    pub(super) fn new() -> Self {
        Self {
            planner: FftPlanner::new(),
            shape: ([0; 2], 0.0, Kernel::Whole),
            plans: None,
            kernels: Kernels::default(),
            spectrum: Vec::new(),
            panels: Vec::new(),
            field: Vec::new(),
        }
    }

    /// The sum of the kernel over all ordered pairs of points, each with itself among them.
    ///
    /// `density` sets a slice to a row of the grid. Afterwards [`field`](Self::field) holds the
    /// forces on the nodes.
    pub(super) fn apply(
        &mut self,
        grid: &Grid,
        kernel: Kernel,
        density: impl Fn(usize, &mut [f32]) + Sync,
    ) -> f64 {
        let lengths = grid.nodes.map(|nodes| {
            let reach = match kernel {
                Kernel::Near { end } => nodes.min((end / grid.step).ceil() as usize),
                Kernel::Whole | Kernel::Far { .. } => nodes,
            };
            fast_length(nodes + reach + 2 * MARGIN)
        });
        let shape = (lengths, grid.step, kernel);
        let mut plans = self.plans.take();
        if self.shape != shape {
            plans = None;
        }
        let [rows, columns] = plans.unwrap_or_else(|| {
            self.shape = shape;
            let plans = shape.0.map(|length| {
                [FftDirection::Forward, FftDirection::Inverse]
                    .map(|direction| self.planner.plan_fft(length, direction))
            });
            self.kernels = Kernels::new(kernel, grid.step, &plans[0][0], &plans[1][0]);
            plans
        });
        self.transform_rows(grid, &*rows[0], density);
        let sum = self.convolve_columns(grid, &columns);
        self.transform_back(grid, &*rows[1]);
        self.plans = Some([rows, columns]);
        sum
    }

    /// The force along both axes on each node, row by row.
    pub(super) fn field(&self) -> &[[f32; 2]] {
        &self.field
    }

    /// Two real rows at a time, as the real and the imaginary part of one.
    fn transform_rows(
        &mut self,
        grid: &Grid,
        plan: &dyn Fft<f32>,
        density: impl Fn(usize, &mut [f32]) + Sync,
    ) {
        let [width, height] = grid.nodes;
        let length = plan.len();
        let half = length / 2 + 1;
        self.spectrum
            .resize(height.next_multiple_of(2) * half, ZERO);
        self.spectrum
            .par_chunks_mut(ROWS * half)
            .enumerate()
            .for_each_init(
                || {
                    let scratch = vec![ZERO; plan.get_inplace_scratch_len()];
                    (
                        vec![ZERO; length],
                        scratch,
                        [vec![0.0; width], vec![0.0; width]],
                    )
                },
                |(buffer, scratch, [real, imaginary]), (block, spectra)| {
                    for (pair, spectra) in spectra.chunks_exact_mut(2 * half).enumerate() {
                        let row = block * ROWS + 2 * pair;
                        density(row, real);
                        if row + 1 < height {
                            density(row + 1, imaginary);
                        } else {
                            imaginary.fill(0.0);
                        }
                        for ((value, &re), &im) in buffer.iter_mut().zip(&*real).zip(&*imaginary) {
                            *value = Complex32::new(re, im);
                        }
                        buffer[width..].fill(ZERO);
                        plan.process_with_scratch(buffer, scratch);
                        let (first, second) = spectra.split_at_mut(half);
                        separate(buffer, first, second);
                    }
                },
            );
    }

    fn convolve_columns(&mut self, grid: &Grid, plans: &[Arc<dyn Fft<f32>>; 2]) -> f64 {
        let [forward, back] = plans;
        let height = grid.nodes[1];
        let length = forward.len();
        let half = self.shape.0[0] / 2 + 1;
        let panel = 2 * COLUMNS * height;
        self.panels.resize(half.div_ceil(COLUMNS) * panel, ZERO);
        let (spectrum, kernels) = (&self.spectrum, &self.kernels);
        let sums: Vec<f64> = self
            .panels
            .par_chunks_mut(panel)
            .enumerate()
            .map_init(
                || {
                    let scratch = forward
                        .get_inplace_scratch_len()
                        .max(back.get_inplace_scratch_len());
                    (
                        vec![ZERO; length],
                        vec![ZERO; length],
                        vec![ZERO; length],
                        vec![ZERO; scratch],
                    )
                },
                |(density, direct, mirrored, scratch), (block, panel)| {
                    let mut sum = 0.0;
                    for column in block * COLUMNS..half.min((block + 1) * COLUMNS) {
                        let at = column % COLUMNS;
                        let rows = spectrum[column..].iter().step_by(half);
                        for (value, &row) in density.iter_mut().zip(rows) {
                            *value = row;
                        }
                        density[height..].fill(ZERO);
                        forward.process_with_scratch(density, scratch);
                        let alone = column == 0 || column == half - 1;
                        let weight = if alone { 1.0 } else { 2.0 };
                        sum += weight * kernels.multiply(column, density, direct, mirrored);
                        back.process_with_scratch(direct, scratch);
                        back.process_with_scratch(mirrored, scratch);
                        let rows = panel.chunks_exact_mut(2 * COLUMNS);
                        for ((row, &direct), &mirrored) in rows.zip(&*direct).zip(&*mirrored) {
                            row[at] = direct;
                            row[COLUMNS + at] = mirrored;
                        }
                    }
                    sum
                },
            )
            .collect();
        sums.into_iter().sum()
    }

    fn transform_back(&mut self, grid: &Grid, plan: &dyn Fft<f32>) {
        let [width, height] = grid.nodes;
        let length = plan.len();
        let half = length / 2 + 1;
        self.field.resize(height * width, [0.0; 2]);
        let panels = &self.panels;
        self.field
            .par_chunks_mut(ROWS * width)
            .enumerate()
            .for_each_init(
                || {
                    let scratch = vec![ZERO; plan.get_inplace_scratch_len()];
                    (vec![ZERO; length + 1], scratch)
                },
                |(buffer, scratch), (block, rows)| {
                    for (r, row) in rows.chunks_exact_mut(width).enumerate() {
                        let r = block * ROWS + r;
                        for (b, panel) in panels.chunks_exact(2 * COLUMNS * height).enumerate() {
                            let line = &panel[r * 2 * COLUMNS..(r + 1) * 2 * COLUMNS];
                            let (direct, mirrored) = line.split_at(COLUMNS);
                            let columns = b * COLUMNS..half.min((b + 1) * COLUMNS);
                            let mirrors = length + 1 - columns.end..length + 1 - columns.start;
                            for (value, mirrored) in buffer[mirrors].iter_mut().rev().zip(mirrored)
                            {
                                *value = mirrored.conj();
                            }
                            let n = columns.len();
                            buffer[columns].copy_from_slice(&direct[..n]);
                        }
                        plan.process_with_scratch(&mut buffer[..length], scratch);
                        for (node, value) in row.iter_mut().zip(&*buffer) {
                            *node = [value.re, value.im];
                        }
                    }
                },
            );
    }
}

impl Kernels {
    /// Spectra of the kernels, as sampled at the nodes of the padded grid round the origin.
    ///
    /// A weight undoes what sharing out the points by splines, and reading the forces by them,
    /// does to each wave: s²/(Σs²)², where s is the transform of the spline and the sum is over the
    /// waves that look like this one at the nodes. This is what leaves the least mean square error
    /// (Hockney and Eastwood, *Computer Simulation Using Particles*, 1988, section 8-3), where the
    /// kernel itself has next to none of the other waves. The factor of transforms there and back
    /// is in it, too.
    fn new(
        kernel: Kernel,
        step: f32,
        rows: &Arc<dyn Fft<f32>>,
        columns: &Arc<dyn Fft<f32>>,
    ) -> Self {
        let at = |x: f64, y: f64| kernel.at(x * x + y * y);
        let potential = spectrum(step, rows, columns, |x, y| [at(x, y)[0], 0.0]);
        let force = spectrum(step, rows, columns, |x, y| {
            [x, y].map(|axis| axis * at(x, y)[1])
        });
        Self {
            potential: potential.iter().map(|v| v.re).collect(),
            forces: [
                force.iter().map(|v| v.im).collect(),
                force.iter().map(|v| -v.re).collect(),
            ],
        }
    }

    /// Multiplies a transformed column of the density with the spectra of the forces, for this
    /// column and, conjugate and in the opposite direction, for its mirror image; returns the
    /// column's share of the sum of q.
    fn multiply(
        &self,
        column: usize,
        density: &[Complex32],
        direct: &mut [Complex32],
        mirrored: &mut [Complex32],
    ) -> f64 {
        let rows = column * density.len()..(column + 1) * density.len();
        let potential = &self.potential[rows.clone()];
        let [first, second] = self.forces.each_ref().map(|force| &force[rows.clone()]);
        dispatch(
            #[inline(always)]
            || {
                let mut sum = 0.0;
                let outputs = direct.iter_mut().zip(mirrored.iter_mut());
                let kernels = potential.iter().zip(first.iter().zip(second));
                for ((value, (potential, (first, second))), (direct, mirrored)) in
                    density.iter().zip(kernels).zip(outputs)
                {
                    sum += f64::from(potential * value.norm_sqr());
                    let first = Complex32::new(-first * value.im, first * value.re);
                    let second = value * second;
                    *direct = first - second;
                    *mirrored = first + second;
                }
                sum
            },
        )
    }
}

/// The first halves of the spectra of two real rows, from that of one plus i times the other.
fn separate(both: &[Complex32], first: &mut [Complex32], second: &mut [Complex32]) {
    let part = |value: Complex32, mirrored: Complex32| {
        let mirrored = mirrored.conj();
        let (sum, difference) = (value + mirrored, value - mirrored);
        (
            sum * 0.5,
            Complex32::new(difference.im, -difference.re) * 0.5,
        )
    };
    dispatch(
        #[inline(always)]
        || {
            (first[0], second[0]) = part(both[0], both[0]);
            let mirrored = both[both.len() / 2..].iter().rev();
            let outputs = first[1..].iter_mut().zip(&mut second[1..]);
            for (((first, second), &value), &mirrored) in outputs.zip(&both[1..]).zip(mirrored) {
                (*first, *second) = part(value, mirrored);
            }
        },
    );
}

fn spectrum(
    step: f32,
    rows: &Arc<dyn Fft<f32>>,
    columns: &Arc<dyn Fft<f32>>,
    kernel: impl Fn(f64, f64) -> [f64; 2] + Sync,
) -> Vec<Complex32> {
    let [width, height] = [rows.len(), columns.len()];
    let offset = |at: usize, length: usize| {
        let at = if at < length.div_ceil(2) {
            at as f64
        } else {
            at as f64 - length as f64
        };
        at * f64::from(step)
    };
    let mut values = vec![ZERO; width * height];
    values
        .par_chunks_mut(width)
        .enumerate()
        .for_each(|(r, row)| {
            for (c, value) in row.iter_mut().enumerate() {
                let [re, im] = kernel(offset(c, width), offset(r, height));
                *value = Complex32::new(re as f32, im as f32);
            }
            rows.process(row);
        });
    let weight = |k: usize, length: usize| {
        let angle = TAU * k.min(length - k) as f64 / length as f64;
        let cos = |multiple: f64| (multiple * angle).cos();
        let images = (2416.0 + 2382.0 * cos(1.0) + 240.0 * cos(2.0) + 2.0 * cos(3.0)) / 5040.0;
        let half = (angle / 2.0).max(f64::MIN_POSITIVE);
        (half.sin() / half).powi(8) / (images * images * length as f64)
    };
    let down: Vec<f64> = (0..height).map(|k| weight(k, height)).collect();
    map_blocks(width / 2 + 1, COLUMNS, |block| {
        let mut block_values = Vec::with_capacity(block.len() * height);
        for column in block {
            let across = weight(column, width);
            let start = block_values.len();
            block_values.extend(values[column..].iter().step_by(width));
            columns.process(&mut block_values[start..]);
            for (value, down) in block_values[start..].iter_mut().zip(&down) {
                *value *= (across * down) as f32;
            }
        }
        block_values
    })
    .concat()
}

/// The least even number of at least `least` of which 2, 3 and 5 are the only prime factors.
fn fast_length(least: usize) -> usize {
    let smooth = |mut length: usize| {
        for factor in [2, 3, 5] {
            while length.is_multiple_of(factor) {
                length /= factor;
            }
        }
        length == 1
    };
    let mut length = least.next_multiple_of(2);
    while !smooth(length) {
        length += 2;
    }
    length
}
