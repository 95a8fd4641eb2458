//! Agglomerative clustering against SciPy, scikit-learn and a naive twin.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use lookalike_learn::cluster::{AgglomerativeClustering, Dendrogram, Linkage, linkage};
use lookalike_learn::{CancelToken, Context, ErrorKind, datasets};
use ndarray::{Array2, array};
use proptest::prelude::*;

const LINKAGES: [Linkage; 4] = [
    Linkage::Ward,
    Linkage::Complete,
    Linkage::Average,
    Linkage::Single,
];

#[derive(serde::Deserialize)]
struct Golden {
    sets: Vec<Set>,
}

#[derive(serde::Deserialize)]
struct Set {
    name: String,
    x: Option<Vec<Vec<f32>>>,
    trees: Vec<Tree>,
}

#[derive(serde::Deserialize)]
struct Tree {
    linkage: String,
    heights: Vec<f64>,
    fingerprint: String,
    cuts: Vec<Cut>,
}

#[derive(serde::Deserialize)]
struct Cut {
    n_clusters: Option<usize>,
    distance_threshold: Option<f64>,
    labels: String,
    n_found: usize,
}

/// A polynomial over the numbers, as in the generator.
fn fingerprint(numbers: impl Iterator<Item = usize>) -> String {
    let hash = numbers.fold(0u128, |hash, number| {
        (hash * 1_000_003 + number as u128) % ((1 << 61) - 1)
    });
    hash.to_string()
}

#[test]
fn trees_are_those_of_scipy_and_labels_those_of_scikit_learn() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/golden/agglomerative.json"
    );
    let golden: Golden = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for set in golden.sets {
        let x = match &set.x {
            Some(x) => Array2::from_shape_fn((x.len(), x[0].len()), |(i, j)| x[i][j]),
            None => datasets::digits().data,
        };
        let distances = Array2::from_shape_fn((x.nrows(), x.nrows()), |(i, j)| distance(&x, i, j));
        for expected in set.trees {
            let what = format!("{} {}", set.name, expected.linkage);
            let method = match expected.linkage.as_str() {
                "ward" => Linkage::Ward,
                "complete" => Linkage::Complete,
                "average" => Linkage::Average,
                _ => Linkage::Single,
            };
            let tree = linkage(&x, method).unwrap();
            for (height, expected) in tree.heights().zip(&expected.heights) {
                assert!((height - expected).abs() <= 1e-8 * expected, "{what}");
            }
            let numbers = tree
                .merges()
                .iter()
                .flat_map(|merge| [merge.left, merge.right, merge.size]);
            assert_eq!(fingerprint(numbers), expected.fingerprint, "{what}");
            for cut in &expected.cuts {
                let recipe = match (cut.n_clusters, cut.distance_threshold) {
                    (Some(n_clusters), _) => AgglomerativeClustering::new(n_clusters),
                    (_, threshold) => {
                        AgglomerativeClustering::with_distance_threshold(threshold.unwrap())
                    }
                };
                let model = recipe.clone().linkage(method).fit(&x).unwrap();
                assert_eq!(model.n_clusters(), cut.n_found, "{what}");
                let numbers = model
                    .labels()
                    .iter()
                    .flat_map(|&label| [label as usize, 0, 0]);
                assert_eq!(
                    fingerprint(numbers),
                    cut.labels,
                    "{what} {:?}",
                    cut.n_clusters
                );
                assert_eq!(model.dendrogram(), &tree);
                let recipe = recipe.linkage(method);
                let precomputed = recipe.fit_precomputed(&distances, &Context::new());
                if method == Linkage::Ward {
                    let text = precomputed.unwrap_err().to_string();
                    assert!(
                        text.contains("only distances are known, got ward"),
                        "{text}"
                    );
                } else if method != Linkage::Single {
                    assert_eq!(precomputed.unwrap(), model, "{what}");
                } else {
                    // Another numbering, as SciPy's of distances: the same clusters.
                    let precomputed = precomputed.unwrap();
                    let (theirs, ours) = (precomputed.labels(), model.labels());
                    let score = lookalike_learn::metrics::adjusted_rand_score(theirs, ours);
                    assert!((score.unwrap() - 1.0).abs() < 1e-12, "{what}");
                }
            }
        }
    }
}

fn distance(x: &Array2<f32>, i: usize, j: usize) -> f64 {
    let squared: f64 = x
        .row(i)
        .iter()
        .zip(x.row(j))
        .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
        .sum();
    squared.sqrt()
}

/// The definition: the distances of all pairs of clusters, from the samples, at every merge.
fn naive_heights(x: &Array2<f32>, method: Linkage) -> Vec<f64> {
    let between = |a: &[usize], b: &[usize]| -> f64 {
        let pairs = || {
            a.iter()
                .flat_map(|&i| b.iter().map(move |&j| distance(x, i, j)))
        };
        match method {
            Linkage::Complete => pairs().fold(0.0, f64::max),
            Linkage::Single => pairs().fold(f64::INFINITY, f64::min),
            Linkage::Average => pairs().sum::<f64>() / (a.len() * b.len()) as f64,
            Linkage::Ward => {
                let mean = |rows: &[usize], column: usize| {
                    rows.iter().map(|&i| f64::from(x[(i, column)])).sum::<f64>() / rows.len() as f64
                };
                let squared: f64 = (0..x.ncols())
                    .map(|column| (mean(a, column) - mean(b, column)).powi(2))
                    .sum();
                let (a, b) = (a.len() as f64, b.len() as f64);
                (2.0 * a * b / (a + b) * squared).sqrt()
            }
        }
    };
    let mut clusters: Vec<Vec<usize>> = (0..x.nrows()).map(|i| vec![i]).collect();
    let mut heights = Vec::new();
    while clusters.len() > 1 {
        let mut best = (f64::INFINITY, 0, 0);
        for j in 1..clusters.len() {
            for i in 0..j {
                let height = between(&clusters[i], &clusters[j]);
                if height < best.0 {
                    best = (height, i, j);
                }
            }
        }
        let merged = clusters.remove(best.2);
        clusters[best.1].extend(merged);
        heights.push(best.0);
    }
    heights
}

/// Without ties, so that there is one tree only.
fn scattered(n: usize, d: usize, seed: u64) -> Array2<f32> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    Array2::from_shape_fn((n, d), |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f32 / 1e4
    })
}

fn assert_close(a: impl Iterator<Item = f64>, b: impl Iterator<Item = f64>) {
    for (a, b) in a.zip(b) {
        assert!((a - b).abs() <= 1e-10 * b, "{a} {b}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn heights_are_those_of_the_naive_twin(n in 2usize..40, d in 1usize..12, seed: u64) {
        let x = scattered(n, d, seed);
        for method in LINKAGES {
            let tree = linkage(&x, method).unwrap();
            prop_assert_eq!(tree.merges().len(), n - 1);
            let heights = naive_heights(&x, method);
            assert_close(tree.heights(), heights.iter().copied());
            if method == Linkage::Ward {
                assert_close(ward_without_matrix(&x).heights(), heights.into_iter());
            }
        }
    }

    #[test]
    fn cuts_are_the_components_below_the_cut(n in 2usize..60, seed: u64, share in 0.0f64..1.0) {
        let x = scattered(n, 2, seed);
        let tree = linkage(&x, Linkage::Average).unwrap();
        let n_clusters = 1 + (share * (n - 1) as f64) as usize;
        let labels = tree.cut(n_clusters).unwrap();
        let mut members: Vec<Vec<usize>> = (0..n).map(|i| vec![i]).collect();
        for merge in &tree.merges()[..n - n_clusters] {
            let merged = [members[merge.left].clone(), members[merge.right].clone()].concat();
            prop_assert_eq!(merged.len(), merge.size);
            prop_assert!(merged.iter().all(|&i| labels[i] == labels[merged[0]]));
            members.push(merged);
        }
        let mut found = labels.clone();
        found.sort_unstable();
        found.dedup();
        prop_assert!(found.into_iter().eq(0..n_clusters as i32));
    }
}

fn ward_without_matrix(x: &Array2<f32>) -> Dendrogram {
    let model = AgglomerativeClustering::new(1)
        .memory_limit(0)
        .fit(x)
        .expect("sound input");
    model.dendrogram().clone()
}

#[test]
fn ward_from_centres_is_ward_from_the_matrix() {
    for (n, d) in [(2, 1), (700, 3), (1000, 20)] {
        let x = scattered(n, d, 1);
        let matrix = linkage(&x, Linkage::Ward).unwrap();
        let centres = ward_without_matrix(&x);
        assert_close(matrix.heights(), centres.heights());
        assert!(matrix.children().eq(centres.children()));
    }
    let digits = datasets::digits().data;
    let heights = linkage(&digits, Linkage::Ward).unwrap();
    for (a, b) in heights
        .heights()
        .zip(ward_without_matrix(&digits).heights())
    {
        // Ties are broken otherwise, so that the trees part here and there.
        assert!((a - b).abs() <= 0.02 * b, "{a} {b}");
    }
}

#[test]
fn clusters_that_merge_one_by_one_take_as_many_rounds() {
    let x = Array2::from_shape_fn((300, 1), |(i, _)| 1.2f32.powi(i as i32));
    let (matrix, centres) = (linkage(&x, Linkage::Ward).unwrap(), ward_without_matrix(&x));
    assert_close(matrix.heights(), centres.heights());
    assert!(matrix.children().eq(centres.children()));
}

#[test]
fn ward_finds_the_digits() {
    let digits = datasets::digits();
    let model = AgglomerativeClustering::new(10).fit(&digits.data).unwrap();
    let hits: usize = (0..10)
        .map(|cluster| {
            let mut counts = [0; 10];
            for (&label, &target) in model.labels().iter().zip(&digits.target) {
                if label == cluster {
                    counts[target as usize] += 1;
                }
            }
            *counts.iter().max().unwrap()
        })
        .sum();
    let accuracy = hits as f64 / digits.target.len() as f64;
    assert!(accuracy >= 0.86, "{accuracy}");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let x = scattered(2500, 7, 1);
    for method in LINKAGES {
        for memory_limit in [u64::MAX, 0] {
            if memory_limit == 0 && matches!(method, Linkage::Complete | Linkage::Average) {
                continue;
            }
            let recipe = AgglomerativeClustering::new(9)
                .linkage(method)
                .memory_limit(memory_limit);
            let models: Vec<_> = [1, 2, 8]
                .map(|threads| Context::new().threads(threads).unwrap())
                .iter()
                .map(|context| recipe.fit_with(&x, context).unwrap())
                .collect();
            assert!(models.iter().all(|model| *model == models[0]));
        }
    }
}

#[test]
fn a_height_of_a_merge_undoes_it() {
    let tree = linkage(&array![[0.0], [1.0], [5.0]], Linkage::Single).unwrap();
    assert!(tree.heights().eq([1.0, 4.0]));
    assert!(tree.children().eq([[0, 1], [2, 3]]));
    assert_eq!(tree.cut_at(4.0).unwrap(), [0, 0, 1]);
    assert_eq!(tree.cut_at(4.5).unwrap(), [0, 0, 0]);
    assert_eq!(tree.cut_at(f64::INFINITY).unwrap(), [0, 0, 0]);
    assert_eq!(tree.cut_at(0.0).unwrap().len(), 3);
    assert!(tree.cut_at(f64::NAN).is_err());
    assert!(tree.cut(4).is_err());
}

#[test]
fn trees_that_are_none_are_refused() {
    let tree = linkage(&array![[0.0], [1.0], [5.0]], Linkage::Single).unwrap();
    let saved = serde_json::to_value(&tree).unwrap();
    assert_eq!(tree, serde_json::from_value(saved.clone()).unwrap());
    for (merge, key, value) in [
        (0, "right", 3),
        (1, "left", 1),
        (1, "right", 4),
        (1, "height", 0),
        (0, "height", -1),
        (1, "size", 4),
    ] {
        let mut changed = saved.clone();
        changed["merges"][merge][key] = value.into();
        let error = serde_json::from_value::<Dendrogram>(changed).unwrap_err();
        let message = error.to_string();
        let rule = if key == "height" {
            "by ascending height"
        } else {
            "must be of"
        };
        assert!(message.contains(rule), "{merge} {key}: {message}");
    }
}

#[test]
fn at_the_ends_of_the_range_nothing_breaks() {
    for scale in [1e-44f32, 1e30] {
        let x = scattered(80, 3, 1).mapv(|v| (v / 1700.0 * 100.0).round() * scale);
        for method in LINKAGES {
            let tree = linkage(&x, method).unwrap();
            assert!(tree.heights().all(f64::is_finite) && tree.heights().is_sorted());
        }
    }
}

#[test]
fn bad_input_is_named() {
    let x = array![[0.0], [1.0], [2.0]];
    let new = AgglomerativeClustering::new;
    let message = |recipe: AgglomerativeClustering| recipe.fit(&x).unwrap_err().to_string();
    let rule = "n_clusters must be between 1 and the number of samples";
    assert_eq!(message(new(0)), format!("{rule}, got 0"));
    assert_eq!(message(new(4)), format!("{rule} (3), got 4"));
    let threshold = AgglomerativeClustering::with_distance_threshold;
    let rule = "distance_threshold must be at least 0, got";
    assert_eq!(message(threshold(-1.0)), format!("{rule} -1"));
    assert_eq!(message(threshold(f64::NAN)), format!("{rule} NaN"));

    let error = new(1).fit(&array![[1.0]]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "x must have at least two rows (samples) to merge, got 1"
    );
    let error = new(1).fit(&array![[0.0], [f32::NAN]]).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NonFinite { row: 1, column: 0 });

    let error = new(1)
        .linkage(Linkage::Average)
        .memory_limit(23)
        .fit(&x)
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Memory { bytes: 24 });
    assert_eq!(
        error.to_string(),
        "the distance matrix of 3 samples needs 24 bytes of memory, more than memory_limit (23): \
         take fewer samples, or Ward or single linkage, which do without the matrix"
    );
    assert!(
        new(1)
            .linkage(Linkage::Average)
            .memory_limit(24)
            .fit(&x)
            .is_ok()
    );

    let token = CancelToken::default();
    token.cancel();
    let context = Context::new().cancel_with(&token);
    for method in LINKAGES {
        let error = new(1).linkage(method).fit_with(&x, &context).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Cancelled);
    }
}

#[test]
fn narrower_vectors_too() {
    common::again_with_narrower_vectors("narrower_vectors_too");
}
