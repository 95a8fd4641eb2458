//! Convolutions of 3×3 by Winograd's F(4×4, 3×3): a quarter of the multiplications.
//!
//! Sixteen places of the result come from a tile of 6×6, transformed; in the transformed space a
//! convolution is 36 matrix products of channels, which the engine's kernels do. Source: A. Lavin and
//! S. Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016, section 4.3.

use std::ops::Range;

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedAMatrix};
use rten_tensor::NdTensorView;

use super::{Clamp, Convolution, Kernel, Shape, vectorized};

/// Places of the result a tile and side, and places of the input that they see.
const STEP: usize = 4;
const TILE: usize = 6;
const POINTS: usize = TILE * TILE;

/// Tiles that are transformed side by side, one a lane.
const LANES: usize = 32;

/// Tiles a block: its transformed channels stay in the cache, and weights are read once for all.
const BLOCK: usize = 128;

type Lanes<const N: usize> = [[f32; LANES]; N];

/// A convolution of 3×3 without strides.
#[derive(Debug)]
pub(super) struct Winograd {
    shape: Shape,
    /// For each point of a transformed tile a matrix of `n_out` × `n_in`.
    weights: Vec<Packed>,
    bias: Vec<f32>,
    clamp: Clamp,
}

struct Packed(PackedAMatrix<f32>);

impl std::fmt::Debug for Packed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Packed")
    }
}

impl Winograd {
    pub(super) fn new(from: &Convolution) -> Self {
        let Shape { n_out, n_in, .. } = from.shape;
        let gemm = GemmExecutor::<f32>::default();
        let kernels = from.weights.as_chunks::<9>().0;
        let transformed: Vec<_> = kernels.iter().map(transform_weights).collect();
        let at = |point: usize| {
            let matrix: Vec<_> = transformed.iter().map(|tile| tile[point]).collect();
            Packed(gemm.prepack_a(NdTensorView::from_data([n_out, n_in], &matrix[..])))
        };
        Self {
            shape: from.shape,
            weights: (0..POINTS).map(at).collect(),
            bias: from.bias.clone(),
            clamp: from.clamp,
        }
    }

    fn place(&self, rows: usize, columns: usize) -> Place {
        let out = self.shape.output(rows, columns).expect("it was checked");
        Place {
            shape: [self.shape.n_in, rows, columns],
            out: [self.shape.n_out, out[0], out[1]],
            tiles: [out[0].div_ceil(STEP), out[1].div_ceil(STEP)],
        }
    }
}

impl Kernel for Winograd {
    fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Of small maps several, so that a block is worth reading weights for.
    fn pictures_at_once(&self, rows: usize, columns: usize) -> usize {
        (BLOCK / 2).div_ceil(self.place(rows, columns).n_tiles())
    }

    fn run(&self, input: &[f32], rows: usize, columns: usize, output: &mut [f32]) {
        let place = self.place(rows, columns);
        let gemm = GemmExecutor::<f32>::default();
        let n_tiles = output.len() / place.out_picture() * place.n_tiles();
        let block = BLOCK.min(n_tiles.next_multiple_of(LANES));
        let mut transformed = vec![0.0; POINTS * self.shape.n_in * block];
        let mut products = vec![0.0; POINTS * self.shape.n_out * block];
        for first in (0..n_tiles).step_by(BLOCK) {
            let n = BLOCK.min(n_tiles - first);
            let width = n.next_multiple_of(LANES);
            let (n_in, n_out) = (self.shape.n_in * width, self.shape.n_out * width);
            let transformed = &mut transformed[..POINTS * n_in];
            let products = &mut products[..POINTS * n_out];
            for start in (0..n).step_by(LANES) {
                let tiles = first + start..first + n.min(start + LANES);
                vectorized(
                    #[inline(always)]
                    || self.transform_input(input, &place, tiles, start, width, transformed),
                );
            }
            let points = transformed
                .chunks_exact(n_in)
                .zip(products.chunks_exact_mut(n_out));
            for (weights, (channels, product)) in self.weights.iter().zip(points) {
                let channels = NdTensorView::from_data([self.shape.n_in, width], channels);
                let (a, b) = (
                    GemmInputA::Packed(&weights.0),
                    GemmInputB::Unpacked(channels),
                );
                gemm.gemm(product, a, b, GemmOptions::default())
                    .expect("the shapes agree");
            }
            for start in (0..n).step_by(LANES) {
                let tiles = first + start..first + n.min(start + LANES);
                vectorized(
                    #[inline(always)]
                    || self.transform_output(products, start, width, &place, tiles, output),
                );
            }
        }
    }
}

impl Winograd {
    #[inline(always)]
    fn transform_input(
        &self,
        input: &[f32],
        place: &Place,
        tiles: Range<usize>,
        start: usize,
        width: usize,
        transformed: &mut [f32],
    ) {
        let [n_in, height, row_length] = place.shape;
        let before = self.shape.before;
        let places = place.lanes(&tiles);
        let mut tile: Lanes<POINTS> = [[0.0; LANES]; POINTS];
        for channel in 0..n_in {
            for (lane, &(picture, y, x)) in places[..tiles.len()].iter().enumerate() {
                let plane = &input[(picture * n_in + channel) * height * row_length..]
                    [..height * row_length];
                for i in 0..TILE {
                    let row = (y + i).wrapping_sub(before[0]);
                    let row = if row < height {
                        &plane[row * row_length..][..row_length]
                    } else {
                        &[]
                    };
                    let left = x.wrapping_sub(before[1]);
                    match row.get(left..left.wrapping_add(TILE)) {
                        Some(row) => (0..TILE).for_each(|j| tile[i * TILE + j][lane] = row[j]),
                        None => {
                            for j in 0..TILE {
                                let value = row.get(left.wrapping_add(j)).copied();
                                tile[i * TILE + j][lane] = value.unwrap_or(0.0);
                            }
                        }
                    }
                }
            }
            let mut half: Lanes<POINTS> = [[0.0; LANES]; POINTS];
            for j in 0..TILE {
                let column = into_points(std::array::from_fn(|i| &tile[i * TILE + j]));
                (0..TILE).for_each(|i| half[i * TILE + j] = column[i]);
            }
            for i in 0..TILE {
                let row = into_points(std::array::from_fn(|j| &half[i * TILE + j]));
                for j in 0..TILE {
                    let to = ((i * TILE + j) * n_in + channel) * width + start;
                    transformed[to..to + LANES].copy_from_slice(&row[j]);
                }
            }
        }
    }

    #[inline(always)]
    fn transform_output(
        &self,
        products: &[f32],
        start: usize,
        width: usize,
        place: &Place,
        tiles: Range<usize>,
        output: &mut [f32],
    ) {
        let [n_out, height, row_length] = place.out;
        let places = place.lanes(&tiles);
        for channel in 0..n_out {
            let point = |point: usize| {
                let from = (point * n_out + channel) * width + start;
                products[from..from + LANES]
                    .first_chunk::<LANES>()
                    .expect("it has as many")
            };
            let mut half: Lanes<{ STEP * TILE }> = [[0.0; LANES]; STEP * TILE];
            for j in 0..TILE {
                let column = from_points(std::array::from_fn(|i| point(i * TILE + j)));
                (0..STEP).for_each(|i| half[i * TILE + j] = column[i]);
            }
            let mut result: Lanes<{ STEP * STEP }> = [[0.0; LANES]; STEP * STEP];
            for i in 0..STEP {
                let row = from_points(std::array::from_fn(|j| &half[i * TILE + j]));
                for j in 0..STEP {
                    for lane in 0..LANES {
                        let value = row[j][lane] + self.bias[channel];
                        result[i * STEP + j][lane] = self.clamp.of(value);
                    }
                }
            }
            for (lane, &(picture, y, x)) in places[..tiles.len()].iter().enumerate() {
                let plane = &mut output[(picture * n_out + channel) * height * row_length..];
                let n_columns = STEP.min(row_length - x);
                for i in 0..STEP.min(height - y) {
                    let row = &mut plane[(y + i) * row_length + x..][..n_columns];
                    row.iter_mut()
                        .enumerate()
                        .for_each(|(j, to)| *to = result[i * STEP + j][lane]);
                }
            }
        }
    }
}

/// Where tiles lie in pictures.
struct Place {
    /// Channels, rows and columns.
    shape: [usize; 3],
    out: [usize; 3],
    /// Rows and columns of tiles.
    tiles: [usize; 2],
}

impl Place {
    fn n_tiles(&self) -> usize {
        self.tiles[0] * self.tiles[1]
    }

    fn out_picture(&self) -> usize {
        self.out.iter().product()
    }

    /// Picture, row and column of the first place of each tile's result.
    fn lanes(&self, tiles: &Range<usize>) -> [(usize, usize, usize); LANES] {
        let mut places = [(0, 0, 0); LANES];
        for (place, index) in places.iter_mut().zip(tiles.clone()) {
            let (picture, tile) = (index / self.n_tiles(), index % self.n_tiles());
            *place = (
                picture,
                tile / self.tiles[1] * STEP,
                tile % self.tiles[1] * STEP,
            );
        }
        places
    }
}

/// Bᵀ of the paper, along one axis of 32 tiles.
#[inline(always)]
fn into_points([a, b, c, d, e, f]: [&[f32; LANES]; TILE]) -> Lanes<TILE> {
    let mut points = [[0.0; LANES]; TILE];
    for l in 0..LANES {
        let (even, odd) = (e[l] - 4.0 * c[l], d[l] - 4.0 * b[l]);
        let (even2, odd2) = (e[l] - c[l], 2.0 * (d[l] - b[l]));
        points[0][l] = 4.0 * a[l] - 5.0 * c[l] + e[l];
        points[1][l] = even + odd;
        points[2][l] = even - odd;
        points[3][l] = even2 + odd2;
        points[4][l] = even2 - odd2;
        points[5][l] = 4.0 * b[l] - 5.0 * d[l] + f[l];
    }
    points
}

/// Aᵀ of the paper, along one axis of 32 tiles.
#[inline(always)]
fn from_points([a, b, c, d, e, f]: [&[f32; LANES]; TILE]) -> Lanes<STEP> {
    let mut places = [[0.0; LANES]; STEP];
    for l in 0..LANES {
        let (sum, difference) = (b[l] + c[l], b[l] - c[l]);
        let (sum2, difference2) = (d[l] + e[l], d[l] - e[l]);
        places[0][l] = a[l] + sum + sum2;
        places[1][l] = difference + 2.0 * difference2;
        places[2][l] = sum + 4.0 * sum2;
        places[3][l] = difference + 8.0 * difference2 + f[l];
    }
    places
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
