//! Minimum spanning trees against SciPy and a naive twin.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use lookalike_learn::cluster::{Edge, minimum_spanning_tree, minimum_spanning_tree_with};
use lookalike_learn::{CancelToken, Context, ErrorKind};
use ndarray::{Array2, array};
use proptest::prelude::*;

fn squared(x: &Array2<f32>, i: usize, j: usize) -> f64 {
    let pairs = x.row(i).into_iter().zip(x.row(j));
    pairs
        .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
        .sum()
}

/// The lengths of Kruskal's tree on all pairs.
fn naive(x: &Array2<f32>, min_samples: usize) -> Vec<f64> {
    let n = x.nrows();
    let core = |i: usize| {
        let mut all: Vec<f64> = (0..n).map(|j| squared(x, i, j)).collect();
        all.sort_by(f64::total_cmp);
        all[min_samples - 1]
    };
    let cores: Vec<f64> = (0..n).map(core).collect();
    let mut pairs = Vec::new();
    for i in 0..n {
        for j in 0..i {
            pairs.push((squared(x, i, j).max(cores[i]).max(cores[j]), i, j));
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut components: Vec<usize> = (0..n).collect();
    let mut lengths = Vec::new();
    for (squared, i, j) in pairs {
        let (a, b) = (components[i], components[j]);
        if a != b {
            components
                .iter_mut()
                .filter(|c| **c == a)
                .for_each(|c| *c = b);
            lengths.push(squared.sqrt());
        }
    }
    lengths
}

/// That the edges connect all rows, are as long as they say, and as short as the naive tree's.
fn check(x: &Array2<f32>, min_samples: usize) {
    let n = x.nrows();
    let tree = minimum_spanning_tree(x, min_samples).unwrap();
    let expected = naive(x, min_samples);
    assert_eq!(tree.len(), expected.len());
    let mut components: Vec<usize> = (0..n).collect();
    for (edge, expected) in tree.iter().zip(expected) {
        let error = (edge.length - expected).abs();
        assert!(error <= 1e-12 * expected, "{edge:?}, expected {expected}");
        assert!(
            edge.a < edge.b && edge.length >= squared(x, edge.a, edge.b).sqrt() * (1.0 - 1e-12)
        );
        let (a, b) = (components[edge.a], components[edge.b]);
        assert_ne!(a, b, "{edge:?} closes a circle");
        components
            .iter_mut()
            .filter(|c| **c == a)
            .for_each(|c| *c = b);
    }
}

/// Integers from a small range: many duplicates and ties.
fn lattice(n: usize, d: usize, values: u64, seed: u64) -> Array2<f32> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    Array2::from_shape_fn((n, d), |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % values) as f32
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn equals_the_naive_twin(
        n in 1_usize..150,
        d in 1_usize..12,
        values in prop_oneof![Just(2_u64), Just(10), Just(1 << 24)],
        seed in any::<u64>(),
        min_samples in 1_usize..20,
    ) {
        check(&lattice(n, d, values, seed), min_samples.min(n));
    }
}

#[test]
fn many_rows_in_few_dimensions() {
    for (d, values) in [
        (1, 1 << 24),
        (2, 30),
        (2, 1 << 24),
        (3, 1 << 24),
        (8, 1 << 20),
    ] {
        for min_samples in [1, 2, 11] {
            check(&lattice(1500, d, values, 7), min_samples);
        }
    }
}

#[test]
fn equals_scipy() {
    #[derive(serde::Deserialize)]
    struct Golden {
        cases: Vec<Case>,
    }
    #[derive(serde::Deserialize)]
    struct Case {
        x: Vec<Vec<f32>>,
        min_samples: usize,
        edges: Vec<(usize, usize, f64)>,
        /// Whether no other tree is as short.
        only: bool,
    }
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/golden/spanning_tree.json"
    );
    let golden: Golden = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for case in golden.cases {
        let x = Array2::from_shape_fn((case.x.len(), case.x[0].len()), |(i, j)| case.x[i][j]);
        let tree = minimum_spanning_tree(&x, case.min_samples).unwrap();
        assert_eq!(tree.len(), case.edges.len());
        for (edge, (a, b, length)) in tree.iter().zip(case.edges) {
            assert!((edge.length - length).abs() <= 1e-12 * length);
            assert!(!case.only || (edge.a, edge.b) == (a, b));
        }
    }
}

#[test]
fn threads_do_not_change_the_tree() {
    for (n, d) in [(3000, 2), (400, 9)] {
        let x = lattice(n, d, 50, 3);
        let tree = |threads| {
            let context = Context::new().threads(threads).unwrap();
            minimum_spanning_tree_with(&x, 5, &context).unwrap()
        };
        let expected: Vec<Edge> = tree(1);
        assert_eq!(tree(2), expected);
        assert_eq!(tree(8), expected);
    }
}

#[test]
fn what_is_wrong_is_said() {
    let x = array![[0.0], [1.0], [2.0]];
    for (min_samples, got) in [(0, "0"), (4, "4")] {
        let error = minimum_spanning_tree(&x, min_samples).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("min_samples must be between 1 and the number of samples (3), got {got}")
        );
    }
    let token = CancelToken::default();
    token.cancel();
    let context = Context::new().cancel_with(&token);
    for d in [2, 12] {
        let error = minimum_spanning_tree_with(&lattice(50, d, 9, 0), 3, &context).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Cancelled);
    }
}
