//! k-means of pixels against plain twins.

// Sums of whole numbers are exact.
#![expect(clippy::float_cmp)]

mod common;

use lookalike_learn::pixel_kmeans::{Columns, MAX_CLUSTERS, MemoryBlocks, Moments, PixelBlocks};
use lookalike_learn::pixel_kmeans::{PixelClassifier, PixelKMeans, PixelValue, distinct, sample};
use lookalike_learn::{CancelToken, Context, Error, ErrorKind};
use ndarray::{Array2, array};
use proptest::prelude::*;

/// The same numbers everywhere, without a dependency.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}

/// `d` columns of `n` values around `k` centres.
fn columns(n: usize, d: usize, k: usize, range: u64, seed: u64) -> Vec<Vec<u16>> {
    let mut numbers = Numbers(seed);
    let centers: Vec<u64> = (0..k * d).map(|_| numbers.next() % range).collect();
    let mut columns = vec![Vec::with_capacity(n); d];
    for _ in 0..n {
        let c = (numbers.next() as usize) % k;
        for (j, column) in columns.iter_mut().enumerate() {
            let spread = (0..4)
                .map(|_| numbers.next() % (range / 8 + 1))
                .sum::<u64>()
                / 4;
            column.push((centers[c * d + j] + spread).min(65_535) as u16);
        }
    }
    columns
}

fn blocks<V: PixelValue>(columns: &[Vec<V>], weights: Option<Vec<u32>>) -> MemoryBlocks<V> {
    let columns: Vec<&[V]> = columns.iter().map(Vec::as_slice).collect();
    MemoryBlocks::new(&columns, weights).expect("the pixels of tests are sound")
}

fn pixel<V: PixelValue>(columns: &[Vec<V>], i: usize) -> Vec<f64> {
    columns.iter().map(|c| c[i].into()).collect()
}

fn squared_distance(a: &[f64], b: &[f64], weights: &[f64]) -> f64 {
    let terms = a.iter().zip(b).zip(weights);
    terms.map(|((a, b), w)| w * (a - b).powi(2)).sum()
}

fn nearest(pixel: &[f64], centers: &Array2<f64>, weights: &[f64]) -> usize {
    let mut best = (f64::INFINITY, 0);
    for (c, center) in centers.rows().into_iter().enumerate() {
        let distance = squared_distance(pixel, &center.to_vec(), weights);
        if distance < best.0 {
            best = (distance, c);
        }
    }
    best.1
}

/// Lloyd's iterations as a textbook has them: centres, inertia and the number of iterations.
fn lloyd<V: PixelValue>(
    columns: &[Vec<V>],
    counts: &[u32],
    mut centers: Array2<f64>,
    weights: &[f64],
    max_iter: usize,
) -> (Array2<f64>, f64, usize) {
    let (n, d) = (columns[0].len(), columns.len());
    let mut n_iter = 0;
    while n_iter < max_iter {
        n_iter += 1;
        let mut sums = Array2::<f64>::zeros(centers.dim());
        let mut sizes = vec![0.0; centers.nrows()];
        for i in 0..n {
            let pixel = pixel(columns, i);
            let c = nearest(&pixel, &centers, weights);
            sizes[c] += f64::from(counts[i]);
            for j in 0..d {
                sums[[c, j]] += f64::from(counts[i]) * pixel[j];
            }
        }
        let mut moved = centers.clone();
        for c in 0..sizes.len() {
            assert!(sizes[c] > 0.0, "the twin knows no empty clusters");
            for j in 0..d {
                moved[[c, j]] = sums[[c, j]] / sizes[c];
            }
        }
        let stays = moved == centers;
        centers = moved;
        if stays {
            break;
        }
    }
    let inertia = (0..n).map(|i| {
        let pixel = pixel(columns, i);
        let center = centers.row(nearest(&pixel, &centers, weights)).to_vec();
        f64::from(counts[i]) * squared_distance(&pixel, &center, weights)
    });
    let inertia = inertia.sum();
    (centers, inertia, n_iter)
}

fn first_pixels<V: PixelValue>(columns: &[Vec<V>], k: usize) -> Array2<f64> {
    let stride = columns[0].len() / k;
    Array2::from_shape_fn((k, columns.len()), |(c, j)| columns[j][c * stride].into())
}

fn assert_close(ours: &Array2<f64>, theirs: &Array2<f64>) {
    assert_eq!(ours.dim(), theirs.dim());
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{a} for {b}");
    }
}

#[test]
fn iterations_are_lloyd_s() {
    // Below and above the number of clusters that are summed by masks, of features with code of
    // their own, and of pixels that fill chunks.
    for (n, d, k) in [
        (1, 1, 1),
        (511, 1, 3),
        (513, 3, 4),
        (2000, 8, 9),
        (3000, 11, 30),
        (700, 2, 2),
    ] {
        let columns = columns(n, d, k, 10_000, (n * d + k) as u64);
        // Far apart, so that no cluster runs empty.
        let seeding = PixelKMeans::new(k)
            .max_iter(1)
            .fit(&blocks(&columns, None))
            .unwrap();
        let init = seeding.centers().round();
        let weights: Vec<f64> = (0..d).map(|j| 1.0 / (1.0 + j as f64)).collect();
        for (weights, recipe) in [
            (vec![1.0; d], PixelKMeans::new(k)),
            (
                weights.clone(),
                PixelKMeans::new(k).feature_weights(weights),
            ),
        ] {
            let (centers, inertia, n_iter) =
                lloyd(&columns, &vec![1; n], init.clone(), &weights, 300);
            let model = recipe
                .init_centers(init.clone())
                .tol(0.0)
                .fit(&blocks(&columns, None))
                .unwrap();
            assert_close(model.centers(), &centers);
            assert_eq!(model.n_iter(), n_iter);
            assert!(model.converged());
            assert!(
                (model.inertia() - inertia).abs() <= 1e-9 * inertia + 1e-6,
                "{n} {d} {k}"
            );
            assert_eq!(model.sizes().iter().sum::<f64>(), n as f64);
        }
    }
}

#[test]
fn signed_small_and_floating_values_are_clustered_alike() {
    let wide = columns(3000, 3, 5, 100, 3);
    let init = first_pixels(&wide, 5);
    let expected = PixelKMeans::new(5)
        .init_centers(init.clone())
        .fit(&blocks(&wide, None))
        .unwrap();
    let bytes: Vec<Vec<u8>> = wide
        .iter()
        .map(|c| c.iter().map(|&v| v as u8).collect())
        .collect();
    let floats: Vec<Vec<f32>> = wide
        .iter()
        .map(|c| c.iter().map(|&v| f32::from(v)).collect())
        .collect();
    let signed: Vec<Vec<i16>> = wide
        .iter()
        .map(|c| c.iter().map(|&v| v as i16 - 60).collect())
        .collect();
    let fit = |recipe: PixelKMeans| recipe.init_centers(init.clone());
    let of_bytes = fit(PixelKMeans::new(5)).fit(&blocks(&bytes, None)).unwrap();
    assert_eq!(of_bytes, expected);
    let of_floats = fit(PixelKMeans::new(5))
        .fit(&blocks(&floats, None))
        .unwrap();
    assert_close(of_floats.centers(), expected.centers());
    let of_signed = PixelKMeans::new(5)
        .init_centers(&init - 60.0)
        .fit(&blocks(&signed, None))
        .unwrap();
    assert_close(&(of_signed.centers() + 60.0), expected.centers());
}

#[test]
fn a_weight_is_as_many_pixels() {
    let distinct = columns(400, 3, 6, 5000, 9);
    let counts: Vec<u32> = (0..400).map(|i| 1 + i % 7).collect();
    let repeated: Vec<Vec<u16>> = distinct
        .iter()
        .map(|c| {
            c.iter()
                .zip(&counts)
                .flat_map(|(&v, &w)| vec![v; w as usize])
                .collect()
        })
        .collect();
    let init = first_pixels(&distinct, 6);
    let recipe = PixelKMeans::new(6).init_centers(init);
    let weighted = recipe.fit(&blocks(&distinct, Some(counts))).unwrap();
    let plain = recipe.fit(&blocks(&repeated, None)).unwrap();
    assert_eq!(weighted.centers(), plain.centers());
    assert_eq!(weighted.sizes(), plain.sizes());
    assert!((weighted.inertia() - plain.inertia()).abs() <= 1e-12 * plain.inertia());
}

#[test]
fn sums_of_any_weights_are_exact() {
    // From all masked to all one by one.
    for (range, heaviest) in [
        (250, 2),
        (250, 500),
        (250, 60_000),
        (250, 1 << 20),
        (65_000, 2),
        (65_000, 4000),
    ] {
        let pixels = columns(5000, 3, 6, range, 7);
        let mut numbers = Numbers(range);
        let counts: Vec<u32> = (0..5000)
            .map(|i| match i % 7 {
                0 => 1 + (numbers.next() % heaviest) as u32,
                _ => 1,
            })
            .collect();
        let init = first_pixels(&pixels, 6);
        let (expected, _, _) = lloyd(&pixels, &counts, init.clone(), &[1.0; 3], 3);
        let model = PixelKMeans::new(6)
            .init_centers(init)
            .tol(0.0)
            .max_iter(3)
            .fit(&blocks(&pixels, Some(counts)))
            .unwrap();
        assert_eq!(model.centers(), &expected, "{range}, {heaviest}");
    }
}

/// Pixels cut into blocks of any size, as files cut them.
struct Cut {
    columns: Vec<Vec<u16>>,
    block_pixels: usize,
    moments: Moments,
    fails_at: Option<usize>,
}

impl Cut {
    fn new(columns: Vec<Vec<u16>>, block_pixels: usize) -> Self {
        let moments = blocks(&columns, None).moments().clone();
        Self {
            columns,
            block_pixels,
            moments,
            fails_at: None,
        }
    }
}

impl PixelBlocks for Cut {
    type Value = u16;

    fn n_blocks(&self) -> usize {
        self.columns[0].len().div_ceil(self.block_pixels)
    }

    fn start(&self, block: usize) -> usize {
        self.columns[0].len().min(block * self.block_pixels)
    }

    fn moments(&self) -> &Moments {
        &self.moments
    }

    fn read<'a>(
        &'a self,
        block: usize,
        buffer: &'a mut Vec<u16>,
    ) -> lookalike_learn::Result<Columns<'a, u16>> {
        if self.fails_at == Some(block) {
            return Err(Error::unreadable("the disk is gone"));
        }
        let (start, end) = (self.start(block), self.start(block + 1));
        buffer.clear();
        for column in &self.columns {
            buffer.extend_from_slice(&column[start..end]);
        }
        Ok(Columns {
            values: buffer,
            n_pixels: end - start,
            weights: None,
        })
    }
}

#[test]
fn neither_blocks_nor_threads_change_a_bit() {
    let columns = columns(300_000, 4, 6, 12_000, 5);
    let recipe = PixelKMeans::new(6).n_init(3).seed(1);
    let expected = recipe.fit(&blocks(&columns, None)).unwrap();
    assert!(expected.n_iter() > 0);
    for threads in [1, 2, 8] {
        let context = Context::new().threads(threads).unwrap();
        assert_eq!(
            recipe.fit_with(&blocks(&columns, None), &context).unwrap(),
            expected
        );
        for block_pixels in [1000, 77_777] {
            let cut = Cut::new(columns.clone(), block_pixels);
            assert_eq!(recipe.fit_with(&cut, &context).unwrap(), expected);
        }
    }
}

#[test]
fn floating_values_do_not_depend_on_threads() {
    let columns: Vec<Vec<f32>> = columns(280_000, 2, 3, 9000, 8)
        .iter()
        .map(|c| c.iter().map(|&v| f32::from(v) / 7.0).collect())
        .collect();
    let blocks = blocks(&columns, None);
    let fit = |threads| {
        let context = Context::new().threads(threads).unwrap();
        PixelKMeans::new(3).fit_with(&blocks, &context).unwrap()
    };
    assert_eq!(fit(1), fit(2));
    assert_eq!(fit(1), fit(8));
}

#[test]
fn searching_on_a_part_ends_as_good_as_searching_on_all() {
    let columns = columns(300_000, 3, 8, 9000, 21);
    let all = PixelKMeans::new(8)
        .n_init(4)
        .fit(&blocks(&columns, None))
        .unwrap();
    let part: Vec<Vec<u16>> = columns.iter().map(|c| c[..200_000].to_vec()).collect();
    let part = PixelKMeans::new(8)
        .n_init(4)
        .fit(&blocks(&part, None))
        .unwrap();
    let ratio = all.inertia() / part.inertia() / 1.5;
    assert!((ratio - 1.0).abs() < 0.01, "{ratio}");
}

#[test]
fn a_sample_is_a_sample() {
    let columns = columns(10_000, 2, 3, 9000, 2);
    let model = PixelKMeans::new(3)
        .sample(1000)
        .fit(&blocks(&columns, None))
        .unwrap();
    assert_eq!(model.n_fitted(), 1000);
    assert_eq!(model.sizes().iter().sum::<f64>(), 1000.0);
    let all = PixelKMeans::new(3)
        .sample(20_000)
        .fit(&blocks(&columns, None))
        .unwrap();
    assert_eq!(all.n_fitted(), 10_000);
}

#[test]
fn an_empty_cluster_takes_the_farthest_pixel() {
    let column: Vec<u16> = vec![10, 11, 12, 900];
    let init = array![[11.0], [60_000.0]];
    let model = PixelKMeans::new(2)
        .init_centers(init)
        .fit(&blocks(&[column], None))
        .unwrap();
    assert_eq!(model.centers(), array![[11.0], [900.0]]);
}

#[test]
fn there_are_no_more_clusters_than_distinct_pixels() {
    let one = blocks(&[vec![7u8; 5000], vec![9; 5000]], None);
    let model = PixelKMeans::new(4).fit(&one).unwrap();
    assert_eq!(model.centers(), array![[7.0, 9.0]]);
    assert_eq!(model.sizes(), [5000.0]);
    assert_eq!(model.inertia(), 0.0);
}

#[test]
fn margins_say_how_much_nearer_the_best_centre_is() {
    let column: Vec<u8> = vec![0, 10, 25, 50, 100];
    let blocks = blocks(&[column], None);
    let classifier =
        PixelClassifier::new(&array![[0.0], [100.0]], &[1.0], blocks.moments()).unwrap();
    let (mut labels, mut margins) = ([9; 5], [9.0; 5]);
    let columns = blocks
        .read(0, &mut Vec::new())
        .map(|c| c.values.to_vec())
        .unwrap();
    let columns = Columns {
        values: &columns,
        n_pixels: 5,
        weights: None,
    };
    classifier.classify(columns, &mut labels, Some(&mut margins));
    assert_eq!(labels, [0, 0, 0, 0, 1]);
    for (margin, expected) in
        margins
            .iter()
            .zip([1.0, 1.0 - 10.0 / 90.0, 1.0 - 25.0 / 75.0, 0.0, 1.0])
    {
        assert!((margin - expected).abs() < 1e-3, "{margin} for {expected}");
    }
}

#[test]
fn bad_input_is_refused_with_a_reason() {
    let pixels = blocks(&columns(100, 2, 2, 100, 1), None);
    let message = |recipe: PixelKMeans| recipe.fit(&pixels).unwrap_err().to_string();
    assert_eq!(
        message(PixelKMeans::new(0)),
        "n_clusters must be between 1 and 65535, got 0"
    );
    assert_eq!(
        message(PixelKMeans::new(MAX_CLUSTERS + 1)),
        "n_clusters must be between 1 and 65535, got 65536"
    );
    assert_eq!(
        message(PixelKMeans::new(2).n_init(0)),
        "n_init must be at least 1, got 0"
    );
    assert_eq!(
        message(PixelKMeans::new(2).max_iter(0)),
        "max_iter must be at least 1, got 0"
    );
    assert_eq!(
        message(PixelKMeans::new(2).sample(0)),
        "sample must be at least 1, got 0"
    );
    assert_eq!(
        message(PixelKMeans::new(2).tol(-1.0)),
        "tol must be a finite number of at least 0, got -1"
    );
    assert_eq!(
        message(PixelKMeans::new(2).init_centers(array![[1.0, 2.0, 3.0]])),
        "init must have n_clusters×n_features (2×2) centers, got 1×3"
    );
    assert_eq!(
        message(PixelKMeans::new(1).init_centers(array![[1.0, f64::NAN]])),
        "init must be finite, got NaN in row 0, column 1 (counted from 0)"
    );
    assert_eq!(
        message(PixelKMeans::new(2).feature_weights(vec![1.0])),
        "feature_weights must be one for each of the 2 features, got 1"
    );
    assert_eq!(
        message(PixelKMeans::new(2).feature_weights(vec![1.0, -1.0])),
        "feature_weights must be finite and not negative, got -1 for feature 1"
    );
    let error =
        |columns: &[&[f32]], weights| MemoryBlocks::new(columns, weights).unwrap_err().to_string();
    assert!(error(&[], None).contains("0 columns"));
    assert!(error(&[&[1.0], &[1.0, 2.0]], None).contains("got 2 for column 1"));
    assert_eq!(
        error(&[&[1.0, f32::NAN]], None),
        "pixels must be finite, got NaN in row 1, column 0 (counted from 0)"
    );
    assert!(error(&[&[1.0, 2.0]], Some(vec![1])).contains("weights must have one weight"));
    assert!(error(&[&[1.0, 2.0]], Some(vec![1, 0])).contains("got 0 for pixel 1"));
}

#[test]
fn a_block_that_cannot_be_read_and_a_cancelled_token_end_the_work() {
    let mut cut = Cut::new(columns(5000, 2, 2, 100, 1), 1000);
    cut.fails_at = Some(3);
    let error = PixelKMeans::new(2).fit(&cut).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unreadable);
    assert_eq!(error.to_string(), "the disk is gone");
    let token = CancelToken::default();
    token.cancel();
    let context = Context::new().cancel_with(&token);
    let pixels = blocks(&columns(100, 2, 2, 100, 1), None);
    let error = PixelKMeans::new(2).fit_with(&pixels, &context).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Cancelled);
}

proptest! {
    /// Ties and near ties are decided as exact arithmetic decides them, the lowest index first.
    #[test]
    fn labels_are_those_of_exact_arithmetic(
        mut values in proptest::collection::vec(0u16..400, 3..6000),
        // Then neighbours are alike, and most centres are out of the question.
        sorted in any::<bool>(),
        centers in proptest::collection::vec(0u16..400, 1..40),
        offset in prop_oneof![Just(0u16), Just(60_000)],
    ) {
        if sorted {
            values.sort_unstable();
        }
        let columns: Vec<Vec<u16>> = (0..3)
            .map(|j| values.iter().skip(j).step_by(3).take(values.len() / 3).map(|v| v + offset).collect())
            .collect();
        let k = centers.len().div_ceil(3);
        let centers = Array2::from_shape_fn((k, 3), |(c, j)| {
            f64::from(centers[(3 * c + j) % centers.len()]) / 2.0 + f64::from(offset)
        });
        let blocks = blocks(&columns, None);
        let classifier = PixelClassifier::new(&centers, &[1.0; 3], blocks.moments()).unwrap();
        let flat: Vec<u16> = columns.concat();
        let n_pixels = columns[0].len();
        let mut labels = vec![0; n_pixels];
        classifier.classify(Columns { values: &flat, n_pixels, weights: None }, &mut labels, None);
        for (i, &label) in labels.iter().enumerate() {
            prop_assert_eq!(usize::from(label), nearest(&pixel(&columns, i), &centers, &[1.0; 3]));
        }
    }
}

#[test]
fn distinct_pixels_are_counted() {
    for d in [1, 3, 4, 8] {
        let mut numbers = Numbers(d as u64);
        let mut columns: Vec<Vec<u8>> = (0..d)
            .map(|_| {
                (0..70_000)
                    .map(|_| (numbers.next() % if d > 4 { 3 } else { 9 }) as u8 * 28)
                    .collect()
            })
            .collect();
        if d == 3 {
            // Few pixels have the same value in the last feature.
            columns[2] = (0..70_000).map(|_| (numbers.next() % 255) as u8).collect();
        }
        let mut expected = std::collections::BTreeMap::<Vec<u8>, u32>::new();
        for i in 0..70_000 {
            // Ascending by the last feature first: that of the highest byte of a key.
            *expected
                .entry(columns.iter().rev().map(|c| c[i]).collect())
                .or_default() += 1;
        }
        let found = distinct(&blocks(&columns, None), &Context::new())
            .unwrap()
            .unwrap();
        let found = found.read(0, &mut Vec::new()).map(|c| {
            let pixel = |i: usize| (0..d).rev().map(|j| c.column(j)[i]).collect::<Vec<u8>>();
            let weights = c.weights.unwrap();
            (0..c.n_pixels)
                .map(|i| (pixel(i), weights[i]))
                .collect::<Vec<_>>()
        });
        assert_eq!(found.unwrap(), expected.into_iter().collect::<Vec<_>>());
    }
    let nine = vec![vec![1u8; 10]; 9];
    assert!(
        distinct(&blocks(&nine, None), &Context::new())
            .unwrap()
            .is_none()
    );
    let all_different: Vec<Vec<u8>> = vec![(0..=255).collect()];
    assert!(
        distinct(&blocks(&all_different, None), &Context::new())
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_drawn_sample_is_spread_evenly() {
    let columns = vec![(0..60_000u16).collect::<Vec<_>>()];
    let drawn = sample(&Cut::new(columns.clone(), 7000), 600, 3, &Context::new())
        .unwrap()
        .rows();
    assert_eq!(drawn.dim(), (600, 1));
    for (i, &v) in drawn.iter().enumerate() {
        assert!(
            (i * 100..(i + 1) * 100).contains(&(v as usize)),
            "{v} at {i}"
        );
    }
    let all = sample(&Cut::new(columns, 7000), 70_000, 3, &Context::new())
        .unwrap()
        .rows();
    assert!(all.iter().map(|&v| v as usize).eq(0..60_000));
}

#[test]
fn a_block_without_pixels_adds_nothing() {
    let nothing = Columns::<u8> {
        values: &[],
        n_pixels: 0,
        weights: None,
    };
    let mut moments = Moments::of(Columns {
        values: &[1u8, 2, 7, 9],
        n_pixels: 2,
        weights: None,
    });
    let before = moments.clone();
    moments.add(&Moments::of(nothing));
    assert_eq!(moments, before);
}

#[test]
fn narrower_vectors_too() {
    common::again_with_narrower_vectors("narrower_vectors_too");
}
