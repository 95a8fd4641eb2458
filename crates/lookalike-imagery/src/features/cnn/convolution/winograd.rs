//! Convolutions of 3×3 by Winograd's F(4×4, 3×3): a quarter of the multiplications.
//!
//! Sixteen places of the result come from a tile of 6×6, transformed; in the transformed space a
//! convolution is 36 matrix products of channels. Source: A. Lavin and S. Gray, Fast Algorithms for
//! Convolutional Neural Networks, CVPR 2016, section 4.3.

use pulp::{Arch, Simd, WithSimd};

use super::layout::{at_least, padded, pitch, vectors, vectors_mut};
use super::product::{Finish, Product};
use super::{Clamp, Convolution, Kernel, Maps, Shape};

/// Places of the result a tile and side, and places of the input that they see.
const STEP: usize = 4;
const TILE: usize = 6;
const POINTS: usize = TILE * TILE;

/// Tiles a block: its transformed channels stay in the cache, and weights are read once for all.
const BLOCK: usize = 48;

/// A convolution of 3×3 without strides.
#[derive(Debug)]
pub(super) struct Winograd {
    shape: Shape,
    /// For each point of a transformed tile a matrix of `n_in` × `n_out`.
    weights: Vec<Product>,
    bias: Vec<f32>,
    clamp: Clamp,
}

impl Winograd {
    pub(super) fn new(from: &Convolution) -> Self {
        let Shape { n_out, n_in, .. } = from.shape;
        let kernels = from.weights.as_chunks::<9>().0;
        let transformed: Vec<_> = kernels.iter().map(transform_weights).collect();
        let at = |point: usize| {
            let weight = |row: usize, column: usize| {
                if row < n_in {
                    transformed[column * n_in + row][point]
                } else {
                    0.0
                }
            };
            Product::new(pitch(n_in), n_out, weight)
        };
        Self {
            shape: from.shape,
            weights: (0..POINTS).map(at).collect(),
            bias: padded(&from.bias),
            clamp: from.clamp,
        }
    }
}

/// One run.
struct Work<'a> {
    kernel: &'a Winograd,
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
        let (pitch_in, pitch_out) = (pitch(shape.n_in), pitch(shape.n_out));
        let [tile_rows, tile_columns] = out.map(|side| side.div_ceil(STEP));
        let n_pictures = output.len() / (out[0] * out[1] * pitch_out);
        let n_tiles = n_pictures * tile_rows * tile_columns;
        let tile = |index: usize| Tile {
            picture: index / (tile_rows * tile_columns),
            y: index / tile_columns % tile_rows * STEP,
            x: index % tile_columns * STEP,
        };
        let block = BLOCK.min(n_tiles);
        let scratch = at_least(scratch, POINTS * block * (pitch_in + pitch_out));
        let (transformed, products) = scratch.split_at_mut(POINTS * block * pitch_in);
        let zeros = vec![0.0; pitch_out];
        let nothing = Finish {
            bias: &zeros,
            addend: None,
            clamp: Clamp::NONE,
        };
        for first in (0..n_tiles).step_by(BLOCK) {
            let n = BLOCK.min(n_tiles - first);
            let transformed = &mut transformed[..POINTS * n * pitch_in];
            let products = &mut products[..POINTS * n * pitch_out];
            for i in 0..n {
                kernel.transform_input(simd, maps, &tile(first + i), i, transformed);
            }
            for (point, weights) in kernel.weights.iter().enumerate() {
                let rows = &transformed[point * n * pitch_in..][..n * pitch_in];
                let product = &mut products[point * n * pitch_out..][..n * pitch_out];
                weights.run(simd, rows, nothing, product);
            }
            for i in 0..n {
                kernel.transform_output(simd, products, i, maps, &tile(first + i), out, output);
            }
        }
    }
}

/// Where the result of a tile begins.
struct Tile {
    picture: usize,
    y: usize,
    x: usize,
}

impl Winograd {
    #[inline(always)]
    fn transform_input<S: Simd>(
        &self,
        simd: S,
        maps: &Maps<'_>,
        tile: &Tile,
        index: usize,
        transformed: &mut [f32],
    ) {
        let input = vectors::<S>(maps.input);
        let n_vectors = pitch(self.shape.n_in) / S::F32_LANES;
        let transformed = vectors_mut::<S>(transformed);
        let length = transformed.len() / POINTS;
        let zero = simd.splat_f32s(0.0);
        // Where the places lie; behind all where there is none.
        let mut places = [usize::MAX; POINTS];
        for i in 0..TILE {
            for j in 0..TILE {
                let row = (tile.y + i).wrapping_sub(self.shape.before[0]);
                let column = (tile.x + j).wrapping_sub(self.shape.before[1]);
                if row < maps.rows && column < maps.columns {
                    let place = (tile.picture * maps.rows + row) * maps.columns + column;
                    places[i * TILE + j] = place * n_vectors;
                }
            }
        }
        for c in 0..n_vectors {
            let mut half = [[zero; TILE]; TILE];
            for j in 0..TILE {
                let mut column = [zero; TILE];
                for i in 0..TILE {
                    let place = places[i * TILE + j].saturating_add(c);
                    if place < input.len() {
                        column[i] = input[place];
                    }
                }
                let column = into_points(simd, column);
                for i in 0..TILE {
                    half[i][j] = column[i];
                }
            }
            for i in 0..TILE {
                let row = into_points(simd, half[i]);
                for j in 0..TILE {
                    transformed[(i * TILE + j) * length + index * n_vectors + c] = row[j];
                }
            }
        }
    }

    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    fn transform_output<S: Simd>(
        &self,
        simd: S,
        products: &[f32],
        index: usize,
        maps: &Maps<'_>,
        tile: &Tile,
        out: [usize; 2],
        output: &mut [f32],
    ) {
        let (products, bias) = (vectors::<S>(products), vectors::<S>(&self.bias));
        let output = vectors_mut::<S>(output);
        let addend = maps.addend.map(vectors::<S>);
        let (n_vectors, length) = (bias.len(), products.len() / POINTS);
        let (n_rows, n_columns) = (STEP.min(out[0] - tile.y), STEP.min(out[1] - tile.x));
        let zero = simd.splat_f32s(0.0);
        for c in 0..n_vectors {
            let mut half = [[zero; TILE]; STEP];
            for j in 0..TILE {
                let mut column = [zero; TILE];
                for i in 0..TILE {
                    column[i] = products[(i * TILE + j) * length + index * n_vectors + c];
                }
                let column = from_points(simd, column);
                for i in 0..STEP {
                    half[i][j] = column[i];
                }
            }
            for i in 0..n_rows {
                let row = from_points(simd, half[i]);
                let place = (tile.picture * out[0] + tile.y + i) * out[1] + tile.x;
                for j in 0..n_columns {
                    let at = (place + j) * n_vectors + c;
                    let mut value = simd.add_f32s(row[j], bias[c]);
                    if let Some(addend) = addend {
                        value = simd.add_f32s(value, addend[at]);
                    }
                    output[at] = self.clamp.of(simd, value);
                }
            }
        }
    }
}

impl Kernel for Winograd {
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

/// Bᵀ of the paper, along one axis.
#[inline(always)]
fn into_points<S: Simd>(simd: S, [a, b, c, d, e, f]: [S::f32s; TILE]) -> [S::f32s; TILE] {
    let times = |factor: f32, x, y| simd.mul_add_e_f32s(simd.splat_f32s(factor), x, y);
    let (even, odd) = (times(-4.0, c, e), times(-4.0, b, d));
    let (even2, odd2) = (simd.sub_f32s(e, c), simd.sub_f32s(d, b));
    [
        times(4.0, a, times(-5.0, c, e)),
        simd.add_f32s(even, odd),
        simd.sub_f32s(even, odd),
        times(2.0, odd2, even2),
        times(-2.0, odd2, even2),
        times(4.0, b, times(-5.0, d, f)),
    ]
}

/// Aᵀ of the paper, along one axis.
#[inline(always)]
fn from_points<S: Simd>(simd: S, [a, b, c, d, e, f]: [S::f32s; TILE]) -> [S::f32s; STEP] {
    let times = |factor: f32, x, y| simd.mul_add_e_f32s(simd.splat_f32s(factor), x, y);
    let (sum, difference) = (simd.add_f32s(b, c), simd.sub_f32s(b, c));
    let (sum2, difference2) = (simd.add_f32s(d, e), simd.sub_f32s(d, e));
    [
        simd.add_f32s(simd.add_f32s(a, sum), sum2),
        times(2.0, difference2, difference),
        times(4.0, sum2, sum),
        simd.add_f32s(times(8.0, difference2, difference), f),
    ]
}

/// G of the paper on both axes, in double precision.
fn transform_weights(kernel: &[f32; 9]) -> [f32; POINTS] {
    const G: [[f64; 3]; TILE] = [
        [1.0 / 4.0, 0.0, 0.0],
        [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
        [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
        [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
        [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
        [0.0, 0.0, 1.0],
    ];
    std::array::from_fn(|point| {
        let (row, column) = (G[point / TILE], G[point % TILE]);
        let terms = kernel
            .iter()
            .enumerate()
            .map(|(i, x)| row[i / 3] * f64::from(*x) * column[i % 3]);
        terms.sum::<f64>() as f32
    })
}
