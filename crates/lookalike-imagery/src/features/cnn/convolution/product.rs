//! Products of rows with a matrix of weights, by tiles that stay in registers.

use pulp::Simd;

use super::Clamp;
use super::layout::{lanes, pitch, vectors, vectors_mut};

/// A matrix of weights, cut into panels of some vectors a row.
#[derive(Debug)]
pub(super) struct Product {
    /// Numbers a row that is multiplied.
    depth: usize,
    /// Numbers a row that is made.
    pitch: usize,
    panels: Vec<Panel>,
}

#[derive(Debug)]
struct Panel {
    /// The first column, in vectors.
    first: usize,
    /// 1 or 2.
    width: usize,
    /// `depth` × `width` vectors.
    weights: Vec<f32>,
}

/// What is done to the sums.
#[derive(Debug, Clone, Copy)]
pub(super) struct Finish<'a> {
    /// Padded to whole vectors.
    pub(super) bias: &'a [f32],
    /// As the output.
    pub(super) addend: Option<&'a [f32]>,
    pub(super) clamp: Clamp,
}

impl Finish<'_> {
    /// For what begins so many numbers later.
    #[inline(always)]
    fn from(self, start: usize) -> Self {
        Self {
            addend: self.addend.map(|addend| &addend[start..]),
            ..self
        }
    }
}

impl Product {
    /// `weight` tells the number in a row, of `depth`, and a column, of `n_out`.
    pub(super) fn new(depth: usize, n_out: usize, weight: impl Fn(usize, usize) -> f32) -> Self {
        let (lanes, pitch) = (lanes(), pitch(n_out));
        let n_vectors = pitch / lanes;
        let mut panels = Vec::new();
        let mut first = 0;
        while first < n_vectors {
            let width = (n_vectors - first).min(2);
            let columns = first * lanes..(first + width) * lanes;
            let at = |row: usize, column: usize| {
                if column < n_out {
                    weight(row, column)
                } else {
                    0.0
                }
            };
            let rows = (0..depth).flat_map(|row| columns.clone().map(move |column| (row, column)));
            panels.push(Panel {
                first,
                width,
                weights: rows.map(|(row, column)| at(row, column)).collect(),
            });
            first += width;
        }
        Self {
            depth,
            pitch,
            panels,
        }
    }

    /// Multiplies `rows`, of `depth` each, into as many of `output`. However many there are, a row's result
    /// has the same bits.
    #[inline(always)]
    pub(super) fn run<S: Simd>(
        &self,
        simd: S,
        rows: &[f32],
        finish: Finish<'_>,
        output: &mut [f32],
    ) {
        for panel in &self.panels {
            // Twelve sums fill the registers.
            let tall = 12 / panel.width;
            let inputs = rows.chunks(tall * self.depth);
            let outputs = output.chunks_mut(tall * self.pitch);
            for (i, (rows, output)) in inputs.zip(outputs).enumerate() {
                let finish = finish.from(i * tall * self.pitch);
                if panel.width == 2 {
                    self.few::<S, 2>(simd, rows, panel, finish, output);
                } else if output.len() == tall * self.pitch {
                    self.tile::<S, 12, 1>(simd, rows, panel, finish, output);
                } else {
                    let half = 6.min(output.len() / self.pitch);
                    let (rows, more_rows) = rows.split_at(half * self.depth);
                    let (output, more) = output.split_at_mut(half * self.pitch);
                    self.few::<S, 1>(simd, rows, panel, finish, output);
                    if !more.is_empty() {
                        let finish = finish.from(half * self.pitch);
                        self.few::<S, 1>(simd, more_rows, panel, finish, more);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn few<S: Simd, const V: usize>(
        &self,
        simd: S,
        rows: &[f32],
        panel: &Panel,
        finish: Finish<'_>,
        output: &mut [f32],
    ) {
        match output.len() / self.pitch {
            6 => self.tile::<S, 6, V>(simd, rows, panel, finish, output),
            5 => self.tile::<S, 5, V>(simd, rows, panel, finish, output),
            4 => self.tile::<S, 4, V>(simd, rows, panel, finish, output),
            3 => self.tile::<S, 3, V>(simd, rows, panel, finish, output),
            2 => self.tile::<S, 2, V>(simd, rows, panel, finish, output),
            _ => self.tile::<S, 1, V>(simd, rows, panel, finish, output),
        }
    }

    #[inline(always)]
    #[expect(
        clippy::manual_memcpy,
        reason = "sums stay in registers only in loops that are unrolled"
    )]
    fn tile<S: Simd, const R: usize, const V: usize>(
        &self,
        simd: S,
        rows: &[f32],
        panel: &Panel,
        finish: Finish<'_>,
        output: &mut [f32],
    ) {
        let depth = self.depth;
        let mut starts = [rows; R];
        for r in 0..R {
            starts[r] = &rows[r * depth..][..depth];
        }
        let weights = &vectors::<S>(&panel.weights).as_chunks::<V>().0[..depth];
        let bias = &vectors::<S>(finish.bias)[panel.first..][..V];
        let mut sums = [[simd.splat_f32s(0.0); V]; R];
        for r in 0..R {
            for v in 0..V {
                sums[r][v] = bias[v];
            }
        }
        for k in 0..depth {
            let weights = &weights[k];
            for r in 0..R {
                let x = simd.splat_f32s(starts[r][k]);
                for v in 0..V {
                    sums[r][v] = simd.mul_add_e_f32s(x, weights[v], sums[r][v]);
                }
            }
        }
        // One short loop after another: only then are they unrolled, and the sums stay in registers.
        let pitch = self.pitch / S::F32_LANES;
        if let Some(addend) = finish.addend {
            let addend = &vectors::<S>(addend)[panel.first..];
            for r in 0..R {
                let addend = &addend[r * pitch..][..V];
                for v in 0..V {
                    sums[r][v] = simd.add_f32s(sums[r][v], addend[v]);
                }
            }
        }
        for r in 0..R {
            for v in 0..V {
                sums[r][v] = finish.clamp.of(simd, sums[r][v]);
            }
        }
        let output = &mut vectors_mut::<S>(output)[panel.first..];
        for r in 0..R {
            let output = &mut output[r * pitch..][..V];
            for v in 0..V {
                output[v] = sums[r][v];
            }
        }
    }
}
