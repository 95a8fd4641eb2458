//! DBSCAN against scikit-learn and a naive twin.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use lookalike_learn::cluster::Dbscan;
use lookalike_learn::{CancelToken, Context, ErrorKind, datasets};
use ndarray::{Array2, array};
use proptest::prelude::*;

#[derive(serde::Deserialize)]
struct Golden {
    sets: Vec<Set>,
}

#[derive(serde::Deserialize)]
struct Set {
    name: String,
    x: Option<Vec<Vec<f32>>>,
    runs: Vec<Run>,
}

#[derive(serde::Deserialize)]
struct Run {
    eps: f64,
    min_samples: usize,
    labels: String,
    n_core: usize,
    sum_of_core: u32,
}

fn golden() -> Vec<Set> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/golden/dbscan.json"
    );
    let golden: Golden = serde_json::from_str(&std::fs::read_to_string(path).expect("golden file"))
        .expect("golden cases");
    golden.sets
}

fn data(set: &Set) -> Array2<f32> {
    match &set.x {
        Some(x) => Array2::from_shape_fn((x.len(), x[0].len()), |(i, j)| x[i][j]),
        None => datasets::digits().data,
    }
}

#[test]
fn labels_are_those_of_scikit_learn() {
    for set in golden() {
        let x = data(&set);
        // Columns of zeros change no distance, but the way of finding neighbours.
        let wide = Array2::from_shape_fn((x.nrows(), x.ncols() + 9), |(i, j)| {
            x.get((i, j)).copied().unwrap_or(0.0)
        });
        for run in &set.runs {
            for x in [&x, &wide] {
                let what = format!(
                    "{} eps {} min_samples {}",
                    set.name, run.eps, run.min_samples
                );
                let recipe = Dbscan::new().eps(run.eps).min_samples(run.min_samples);
                let model = recipe.fit(x).unwrap();
                let labels: Vec<String> = model.labels().iter().map(i32::to_string).collect();
                assert_eq!(labels.join(" "), run.labels, "{what}");
                let core = model.core_sample_indices();
                assert_eq!(core.len(), run.n_core, "{what}");
                assert_eq!(core.iter().sum::<u32>(), run.sum_of_core, "{what}");
                assert!(core.is_sorted());
                let clusters = model.labels().iter().max().map_or(0, |&label| label + 1);
                assert_eq!(model.n_clusters(), clusters as usize);
                let noise = model.labels().iter().filter(|&&label| label == -1).count();
                assert_eq!(model.n_noise(), noise);
                let ones = vec![1.0; x.nrows()];
                let weighted = recipe.fit_weighted(x, &ones, &Context::new()).unwrap();
                assert_eq!(weighted, model, "{what}, weights of 1");
                // Squares, for these are exact on a lattice.
                let squares = squared_distances(x);
                let by_squares = recipe.eps(run.eps * run.eps);
                let context = Context::new();
                for weights in [None, Some(&ones[..])] {
                    let precomputed = by_squares.fit_precomputed(&squares, weights, &context);
                    assert_eq!(precomputed.unwrap(), model, "{what}, precomputed");
                }
            }
        }
    }
}

fn squared_distances(x: &Array2<f32>) -> Array2<f64> {
    Array2::from_shape_fn((x.nrows(), x.nrows()), |(i, j)| {
        let pairs = x.row(i).into_iter().zip(x.row(j));
        pairs
            .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
            .sum()
    })
}

/// Whole weights are so many copies of a sample; in few dimensions and in many.
#[test]
fn weights_count_as_copies() {
    for (d, n_values, eps) in [(2, 12, 1.0), (12, 2, 1.5)] {
        let x = lattice(150, d, n_values, 7);
        let weights: Vec<f64> = (0..150).map(|i| f64::from(i % 4)).collect();
        let rows: Vec<usize> = (0..150).flat_map(|i| vec![i; i % 4]).collect();
        let copies = x.select(ndarray::Axis(0), &rows);
        let recipe = Dbscan::new().eps(eps).min_samples(9);
        let context = Context::new();
        let weighted = recipe.fit_weighted(&x, &weights, &context).unwrap();
        let copied = recipe.fit(&copies).unwrap();
        assert!(copied.n_clusters() > 0 && copied.n_noise() > 0, "{d}");
        let core = |row: u32| weighted.core_sample_indices().contains(&row);
        for (at, &row) in rows.iter().enumerate() {
            let is_core = copied.core_sample_indices().contains(&(at as u32));
            assert_eq!(core(row as u32), is_core, "{d}: sample {row}");
        }
        let by_squares = recipe.eps(eps * eps);
        let squares = squared_distances(&x);
        let precomputed = by_squares.fit_precomputed(&squares, Some(&weights), &context);
        assert_eq!(precomputed.unwrap(), weighted);
    }
}

#[test]
fn a_negative_weight_keeps_neighbours_from_being_core() {
    let x = array![[0.0], [0.1], [0.2]];
    let recipe = Dbscan::new().eps(0.15).min_samples(2);
    let model = recipe.fit_weighted(&x, &[1.0, 1.0, -1.0], &Context::new());
    assert_eq!(model.unwrap().core_sample_indices(), [0]);
}

#[test]
fn what_is_no_matrix_of_distances_or_no_weight_is_refused() {
    let context = Context::new();
    let recipe = Dbscan::new();
    for (distances, words) in [
        (array![[0.0, 1.0]], "square"),
        (array![[0.0, -1.0], [1.0, 0.0]], "-1 in row 0, column 1"),
        (
            array![[0.0, 1.0], [f64::NAN, 0.0]],
            "NaN in row 1, column 0",
        ),
    ] {
        let error = recipe
            .fit_precomputed(&distances, None, &context)
            .unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
    let x = array![[0.0], [1.0]];
    for (weights, words) in [
        (vec![1.0], "each of the 2 samples, got 1"),
        (vec![1.0, f64::INFINITY], "inf for sample 1"),
    ] {
        let error = recipe.fit_weighted(&x, &weights, &context).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// The definition: neighbours in f64, clusters grown one after another.
fn naive(x: &Array2<f32>, eps: f64, min_samples: usize) -> Vec<i32> {
    let n = x.nrows();
    let neighbors: Vec<Vec<usize>> = (0..n)
        .map(|i| {
            (0..n)
                .filter(|&j| {
                    let squared: f64 = x
                        .row(i)
                        .iter()
                        .zip(x.row(j))
                        .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
                        .sum();
                    squared <= eps * eps
                })
                .collect()
        })
        .collect();
    let mut labels = vec![-1; n];
    let mut label = 0;
    for seed in 0..n {
        if labels[seed] != -1 || neighbors[seed].len() < min_samples {
            continue;
        }
        let mut stack = vec![seed];
        labels[seed] = label;
        while let Some(i) = stack.pop() {
            if neighbors[i].len() >= min_samples {
                for &j in &neighbors[i] {
                    if labels[j] == -1 {
                        labels[j] = label;
                        stack.push(j);
                    }
                }
            }
        }
        label += 1;
    }
    labels
}

fn lattice(n: usize, d: usize, values: u64, seed: u64) -> Array2<f32> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    Array2::from_shape_fn((n, d), |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((state >> 33) % values) as f32
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn equals_the_naive_twin(
        n in 1usize..400,
        d in prop::sample::select(vec![1usize, 2, 3, 5, 9, 16]),
        values in 1u64..60,
        seed: u64,
        squared_eps in 1u32..200,
        min_samples in 1usize..30,
        shift in prop::sample::select(vec![0.0f32, 1e5]),
    ) {
        let x = lattice(n, d, values, seed).mapv(|v| v + shift);
        let eps = f64::from(squared_eps).sqrt();
        let model = Dbscan::new().eps(eps).min_samples(min_samples).fit(&x).unwrap();
        prop_assert_eq!(model.labels(), naive(&x, eps, min_samples));
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for x in [lattice(3000, 2, 300, 1), lattice(3000, 12, 6, 1)] {
        let recipe = Dbscan::new().eps(5.0).min_samples(4);
        let models: Vec<_> = [1, 2, 8]
            .map(|threads| Context::new().threads(threads).unwrap())
            .iter()
            .map(|context| recipe.fit_with(&x, context).unwrap())
            .collect();
        assert!(models.iter().all(|model| *model == models[0]));
        assert!(models[0].n_clusters() > 0);
    }
}

#[test]
fn at_the_ends_of_the_range_nothing_breaks() {
    let one = Dbscan::new().min_samples(1).fit(&array![[3.0]]).unwrap();
    assert_eq!(one.labels(), [0]);
    let alone = Dbscan::new().fit(&array![[3.0]]).unwrap();
    assert_eq!((alone.labels(), alone.n_noise()), (&[-1][..], 1));
    for d in [2, 20] {
        let equal = Array2::from_elem((700, d), 0.1);
        let model = Dbscan::new()
            .eps(1e-200)
            .min_samples(700)
            .fit(&equal)
            .unwrap();
        assert_eq!((model.n_clusters(), model.n_noise()), (1, 0));
        let huge = lattice(700, d, 9, 1).mapv(|v| (v - 4.0) * 8e37);
        let model = Dbscan::new().eps(1e300).fit(&huge).unwrap();
        assert_eq!((model.n_clusters(), model.n_noise()), (1, 0));
        let model = Dbscan::new().eps(8.1e37).min_samples(2).fit(&huge).unwrap();
        assert_eq!(model.labels(), naive(&huge, 8.1e37, 2));
        let tiny = lattice(700, d, 9, 1).mapv(|v| v * 1e-44);
        let eps = f64::from(1e-44f32);
        let model = Dbscan::new().eps(eps).min_samples(2).fit(&tiny).unwrap();
        assert_eq!(model.labels(), naive(&tiny, eps, 2));
    }
}

#[test]
fn bad_input_is_named() {
    let x = array![[0.0], [1.0]];
    let message = |recipe: Dbscan| recipe.fit(&x).unwrap_err().to_string();
    let rule = "eps must be finite and greater than 0, got";
    assert_eq!(message(Dbscan::new().eps(0.0)), format!("{rule} 0"));
    assert_eq!(message(Dbscan::new().eps(-1.0)), format!("{rule} -1"));
    assert_eq!(message(Dbscan::new().eps(f64::NAN)), format!("{rule} NaN"));
    assert_eq!(
        message(Dbscan::new().eps(f64::INFINITY)),
        format!("{rule} inf")
    );
    assert_eq!(
        message(Dbscan::new().min_samples(0)),
        "min_samples must be at least 1, got 0"
    );
    let error = Dbscan::new()
        .fit(&array![[0.0], [f32::INFINITY]])
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NonFinite { row: 1, column: 0 });
    assert!(Dbscan::new().fit(&Array2::zeros((0, 2))).is_err());
    let token = CancelToken::default();
    token.cancel();
    let context = Context::new().cancel_with(&token);
    for d in [1, 20] {
        let error = Dbscan::new()
            .fit_with(&Array2::zeros((9, d)), &context)
            .unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Cancelled);
    }
}

#[test]
fn narrower_vectors_too() {
    common::again_with_narrower_vectors("narrower_vectors_too");
}
