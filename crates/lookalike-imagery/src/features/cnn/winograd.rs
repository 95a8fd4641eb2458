//! Convolutions of 3×3 by Winograd's F(4×4, 3×3): a quarter of the multiplications.
//!
//! Sixteen places of the result come from a tile of 6×6, transformed; in the transformed space a
//! convolution is 36 matrix products of channels, which the engine's kernels do. Source: A. Lavin and
//! S. Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016, section 4.3.

use std::ops::Range;

use pulp::{Arch, NullaryFnOnce};
use rayon::prelude::*;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedAMatrix};
use rten_tensor::NdTensorView;

/// Places of the result a tile and side, and places of the input that they see.
const STEP: usize = 4;
const TILE: usize = 6;
const POINTS: usize = TILE * TILE;

/// Tiles that are transformed side by side, one a lane.
const LANES: usize = 32;

/// Tiles a block: its transformed channels stay in the cache, and weights are read once for all.
const BLOCK: usize = 128;

type Lanes<const N: usize> = [[f32; LANES]; N];

/// A convolution of 3×3, stride 1, with its bias and perhaps a `ReLU`.
#[derive(Debug)]
pub(super) struct Winograd {
    n_in: usize,
    n_out: usize,
    /// Rows and columns of zeros above and left of the input, and below and right.
    before: [usize; 2],
    after: [usize; 2],
    /// For each point of a transformed tile a matrix of `n_out` × `n_in`.
    weights: Vec<Packed>,
    bias: Vec<f32>,
    relu: bool,
}

struct Packed(PackedAMatrix<f32>);

impl std::fmt::Debug for Packed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Packed")
    }
}

/// What [`Winograd::new`] takes.
pub(super) struct Convolution<'a> {
    pub(super) n_in: usize,
    pub(super) n_out: usize,
    /// `n_out` × `n_in` × 3 × 3.
    pub(super) weights: &'a [f32],
    /// `n_out`.
    pub(super) bias: Vec<f32>,
    /// Top, left, bottom, right.
    pub(super) pads: [usize; 4],
    pub(super) relu: bool,
}

impl Winograd {
    pub(super) fn new(from: Convolution<'_>) -> Self {
        let Convolution {
            n_in,
            n_out,
            weights,
            bias,
            pads: [top, left, bottom, right],
            relu,
        } = from;
        let gemm = GemmExecutor::<f32>::default();
        let transformed: Vec<_> = weights
            .as_chunks::<9>()
            .0
            .iter()
            .map(transform_weights)
            .collect();
        let at = |point: usize| {
            let matrix: Vec<_> = transformed.iter().map(|tile| tile[point]).collect();
            Packed(gemm.prepack_a(NdTensorView::from_data([n_out, n_in], &matrix[..])))
        };
        Self {
            n_in,
            n_out,
            before: [top, left],
            after: [bottom, right],
            weights: (0..POINTS).map(at).collect(),
            bias,
            relu,
        }
    }

    /// The shape of the result.
    ///
    /// # Errors
    /// When the input has other channels, or is smaller than the kernel.
    pub(super) fn output_shape(&self, shape: [usize; 4]) -> Result<[usize; 4], String> {
        let [n, n_in, height, width] = shape;
        let side =
            |i: usize, length: usize| (length + self.before[i] + self.after[i]).checked_sub(2);
        match (side(0, height), side(1, width)) {
            (Some(height @ 1..), Some(width @ 1..)) if n_in == self.n_in => {
                Ok([n, self.n_out, height, width])
            }
            _ => Err(format!(
                "a convolution of {} channels cannot take {shape:?}",
                self.n_in
            )),
        }
    }

    /// Convolves pictures of `shape`, on the threads of the current rayon pool.
    ///
    /// # Errors
    /// As [`output_shape`](Self::output_shape).
    pub(super) fn run(&self, input: &[f32], shape: [usize; 4]) -> Result<Vec<f32>, String> {
        let out = self.output_shape(shape)?;
        let mut output = vec![0.0; out.iter().product()];
        let place = Place {
            shape,
            out,
            tiles: [out[2].div_ceil(STEP), out[3].div_ceil(STEP)],
        };
        // Small maps are done several pictures at once, so that a block is worth reading weights for.
        let n_pictures = (BLOCK / 2).div_ceil(place.n_tiles());
        let outputs = output.par_chunks_mut(n_pictures * place.out_picture());
        let inputs = input.par_chunks(n_pictures * place.in_picture());
        outputs
            .zip(inputs)
            .for_each(|(output, input)| self.pictures(input, output, &place));
        Ok(output)
    }

    fn pictures(&self, input: &[f32], output: &mut [f32], place: &Place) {
        let gemm = GemmExecutor::<f32>::default();
        let n_tiles = output.len() / place.out_picture() * place.n_tiles();
        let block = BLOCK.min(n_tiles.next_multiple_of(LANES));
        let mut transformed = vec![0.0; POINTS * self.n_in * block];
        let mut products = vec![0.0; POINTS * self.n_out * block];
        for first in (0..n_tiles).step_by(BLOCK) {
            let n = BLOCK.min(n_tiles - first);
            let width = n.next_multiple_of(LANES);
            let (n_in, n_out) = (self.n_in * width, self.n_out * width);
            let transformed = &mut transformed[..POINTS * n_in];
            let products = &mut products[..POINTS * n_out];
            for start in (0..n).step_by(LANES) {
                let tiles = first + start..first + n.min(start + LANES);
                vectorized(
                    #[inline(always)]
                    || self.transform_input(input, place, tiles, start, width, transformed),
                );
            }
            let points = transformed
                .chunks_exact(n_in)
                .zip(products.chunks_exact_mut(n_out));
            for (weights, (channels, product)) in self.weights.iter().zip(points) {
                let channels = NdTensorView::from_data([self.n_in, width], channels);
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
                    || self.transform_output(products, start, width, place, tiles, output),
                );
            }
        }
    }

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
        let [_, n_in, height, row_length] = place.shape;
        let places = place.lanes(&tiles);
        let mut tile: Lanes<POINTS> = [[0.0; LANES]; POINTS];
        for channel in 0..n_in {
            for (lane, &(picture, y, x)) in places[..tiles.len()].iter().enumerate() {
                let plane = &input[(picture * n_in + channel) * height * row_length..]
                    [..height * row_length];
                for i in 0..TILE {
                    let row = (y + i).wrapping_sub(self.before[0]);
                    let row = if row < height {
                        &plane[row * row_length..][..row_length]
                    } else {
                        &[]
                    };
                    let left = x.wrapping_sub(self.before[1]);
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
        let [_, n_out, height, row_length] = place.out;
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
                        result[i * STEP + j][lane] = if self.relu { value.max(0.0) } else { value };
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
    shape: [usize; 4],
    out: [usize; 4],
    /// Rows and columns of tiles.
    tiles: [usize; 2],
}

impl Place {
    fn n_tiles(&self) -> usize {
        self.tiles[0] * self.tiles[1]
    }

    fn in_picture(&self) -> usize {
        self.shape[1..].iter().product()
    }

    fn out_picture(&self) -> usize {
        self.out[1..].iter().product()
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

/// Runs a kernel compiled for the best instruction set of this machine.
#[inline]
fn vectorized(kernel: impl FnOnce()) {
    struct Kernel<F>(F);
    impl<F: FnOnce()> NullaryFnOnce for Kernel<F> {
        type Output = ();
        #[inline(always)]
        fn call(self) {
            (self.0)();
        }
    }
    Arch::new().dispatch(Kernel(kernel));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn noise(n: usize, seed: u64) -> Vec<f32> {
        let mixed = |i: usize| (i as u64 + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (0..n)
            .map(|i| (mixed(i) >> 40) as f32 / (1 << 23) as f32 - 1.0)
            .collect()
    }

    /// The sum of the definition, in double precision.
    fn plain(
        from: &Convolution<'_>,
        input: &[f32],
        shape: [usize; 4],
        out: [usize; 4],
    ) -> Vec<f64> {
        let [_, n_in, height, width] = shape;
        let mut output = Vec::new();
        for picture in 0..out[0] {
            for channel in 0..out[1] {
                for y in 0..out[2] {
                    for x in 0..out[3] {
                        let mut sum = f64::from(from.bias[channel]);
                        for c in 0..n_in {
                            for (i, weight) in from.weights[(channel * n_in + c) * 9..][..9]
                                .iter()
                                .enumerate()
                            {
                                let row = (y + i / 3)
                                    .checked_sub(from.pads[0])
                                    .filter(|row| *row < height);
                                let column = (x + i % 3)
                                    .checked_sub(from.pads[1])
                                    .filter(|column| *column < width);
                                if let (Some(row), Some(column)) = (row, column) {
                                    let value = input
                                        [((picture * n_in + c) * height + row) * width + column];
                                    sum += f64::from(value) * f64::from(*weight);
                                }
                            }
                        }
                        output.push(if from.relu { sum.max(0.0) } else { sum });
                    }
                }
            }
        }
        output
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn it_is_the_plain_convolution(
            (n, n_in, n_out) in (1_usize..4, 1_usize..9, 1_usize..9),
            (height, width) in (2_usize..30, 2_usize..30),
            pads in prop::array::uniform4(1_usize..3),
            relu: bool,
            seed: u64,
        ) {
            let weights = noise(n_out * n_in * 9, seed);
            let shape = [n, n_in, height, width];
            let input = noise(shape.iter().product(), seed.wrapping_add(1 << 20));
            let from = Convolution { n_in, n_out, weights: &weights, bias: noise(n_out, seed), pads, relu };
            let out = [n, n_out, height + pads[0] + pads[2] - 2, width + pads[1] + pads[3] - 2];
            let expected = plain(&from, &input, shape, out);
            let winograd = Winograd::new(from);
            prop_assert_eq!(winograd.output_shape(shape), Ok(out));
            let output = winograd.run(&input, shape).unwrap();
            for (value, expected) in output.iter().zip(&expected) {
                prop_assert!((f64::from(*value) - expected).abs() < 2e-5 * n_in as f64, "{value} {expected}");
            }
        }
    }

    #[test]
    fn a_picture_has_the_same_bits_beside_others_and_on_any_threads() {
        let (n_in, n_out) = (40, 70);
        let weights = noise(n_out * n_in * 9, 1);
        let bias = noise(n_out, 2);
        let winograd = Winograd::new(Convolution {
            n_in,
            n_out,
            weights: &weights,
            bias,
            pads: [1; 4],
            relu: false,
        });
        for side in [5, 14, 61] {
            let picture = noise(n_in * side * side, 3);
            let on = |n_threads: usize, n: usize| {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(n_threads)
                    .build()
                    .unwrap();
                pool.install(|| {
                    winograd
                        .run(&picture.repeat(n), [n, n_in, side, side])
                        .unwrap()
                })
            };
            let expected = on(1, 1);
            for (n_threads, n) in [(1, 7), (2, 7), (8, 3)] {
                for one in on(n_threads, n).chunks(expected.len()) {
                    assert!(
                        one == expected,
                        "{n_threads} threads, {n} pictures of {side}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let weights = noise(18, 1);
        let from = Convolution {
            n_in: 2,
            n_out: 1,
            weights: &weights,
            bias: vec![0.0],
            pads: [0; 4],
            relu: false,
        };
        let winograd = Winograd::new(from);
        assert!(
            winograd
                .run(&[0.0; 8], [1, 2, 2, 2])
                .unwrap_err()
                .contains("[1, 2, 2, 2]")
        );
        assert!(
            winograd
                .run(&[0.0; 27], [1, 3, 3, 3])
                .unwrap_err()
                .contains("2 channels")
        );
    }
}
