//! Nearest neighbours against a naive twin.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use lookalike_learn::neighbors::{k_nearest, k_nearest_with};
use lookalike_learn::{Context, ErrorKind};
use ndarray::{Array2, array};
use proptest::prelude::*;

/// Every pair in f64, sorted.
fn naive(x: &Array2<f32>, k: usize) -> (Array2<u32>, Array2<f32>) {
    let n = x.nrows();
    let mut indices = Array2::zeros((n, k));
    let mut distances = Array2::zeros((n, k));
    for i in 0..n {
        let mut all: Vec<(f64, u32)> = (0..n)
            .filter(|&j| j != i)
            .map(|j| {
                let squared = x
                    .row(i)
                    .iter()
                    .zip(x.row(j))
                    .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
                    .sum::<f64>();
                (squared, j as u32)
            })
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (at, (squared, j)) in all.into_iter().take(k).enumerate() {
            indices[(i, at)] = j;
            distances[(i, at)] = squared.sqrt() as f32;
        }
    }
    (indices, distances)
}

#[derive(serde::Deserialize)]
struct Case {
    x: Vec<Vec<f32>>,
    n_neighbors: usize,
    indices: Vec<Vec<u32>>,
    distances: Vec<Vec<f32>>,
}

#[test]
fn equals_scikit_learn() {
    #[derive(serde::Deserialize)]
    struct Golden {
        cases: Vec<Case>,
    }
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/golden/neighbors.json"
    );
    let golden: Golden = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for case in golden.cases {
        let x = Array2::from_shape_fn((case.x.len(), case.x[0].len()), |(i, j)| case.x[i][j]);
        let nearest = k_nearest(&x, case.n_neighbors).unwrap();
        assert_eq!(
            nearest.indices().iter().copied().collect::<Vec<_>>(),
            case.indices.concat()
        );
        for (found, expected) in nearest.distances().iter().zip(case.distances.concat()) {
            assert!((found - expected).abs() <= 1e-6 * expected);
        }
    }
}

fn check(x: &Array2<f32>, k: usize) {
    let nearest = k_nearest(x, k).expect("sound input");
    let (indices, distances) = naive(x, k);
    assert_eq!(nearest.indices(), &indices);
    assert_eq!(nearest.distances(), &distances);
}

/// Integers from a small range: many duplicates and ties.
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
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn equals_the_naive_twin(
        n in 2usize..300, d in 1usize..24, values in 1u64..40, seed: u64, share in 0.0f64..1.0,
    ) {
        let x = lattice(n, d, values, seed);
        check(&x, 1 + (share * (n - 2) as f64) as usize);
    }
}

#[test]
fn many_equal_rows_are_told_apart_by_index() {
    check(&Array2::ones((700, 3)), 5);
    check(&Array2::ones((700, 20)), 5);
    check(&lattice(3000, 12, 2, 1), 7);
    check(&lattice(3000, 2, 30, 1), 7);
}

#[test]
fn rows_without_ties_are_found_as_well_where_leaves_are_full_and_where_they_are_not() {
    for n in [32, 33, 63, 64, 65, 1000] {
        for k in [1, 9, 31, 40].map(|k: usize| k.min(n - 1)) {
            check(&lattice(n, 2, 1 << 31, n as u64), k);
            check(&lattice(n, 7, 1 << 31, n as u64), k);
        }
    }
}

#[test]
fn far_from_the_origin_and_at_the_ends_of_the_range_it_stays_exact() {
    let near = lattice(400, 12, 1000, 2);
    check(&near.mapv(|v| v + 1e6), 9);
    check(&near.mapv(|v| v * 1e35), 9);
    check(&near.mapv(|v| v * 1e-42), 9);
    let mut outlier = near.mapv(|v| v * 1e-3);
    outlier[(17, 3)] = 1e8;
    check(&outlier, 9);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for x in [lattice(2100, 30, 100, 3), lattice(2100, 3, 100, 3)] {
        let fits: Vec<_> = [1, 2, 8]
            .map(|threads| Context::new().threads(threads).unwrap())
            .iter()
            .map(|context| k_nearest_with(&x, 20, context).unwrap())
            .collect();
        assert!(fits.iter().all(|fit| *fit == fits[0]));
    }
}

#[test]
fn bad_input_is_named() {
    let x = array![[0.0], [1.0], [2.0]];
    let message = |k| k_nearest(&x, k).unwrap_err().to_string();
    let rule = "n_neighbors must be at least 1 and at most the number of other samples (2)";
    assert_eq!(message(0), format!("{rule}, got 0"));
    assert_eq!(message(3), format!("{rule}, got 3"));
    let error = k_nearest(&array![[0.0], [f32::NAN]], 1).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NonFinite { row: 1, column: 0 });
    assert!(k_nearest(&Array2::zeros((0, 3)), 1).is_err());
    let token = lookalike_learn::CancelToken::default();
    token.cancel();
    let error = k_nearest_with(&x, 1, &Context::new().cancel_with(&token)).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Cancelled);
}

#[test]
fn narrower_vectors_too() {
    common::again_with_narrower_vectors("narrower_vectors_too");
}
