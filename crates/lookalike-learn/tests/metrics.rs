//! Every score equals scikit-learn's; the fast ways equal plain ones; bad input is named.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its cases has to fail"
)]

mod common;

use std::fs;

use lookalike_learn::metrics::{
    ClassificationReport, MatchedCluster, Matching, accuracy_score, adjusted_mutual_info_score,
    adjusted_rand_score, calinski_harabasz_score, calinski_harabasz_score_with, confusion_matrix,
    davies_bouldin_score, davies_bouldin_score_with, fowlkes_mallows_score,
    homogeneity_completeness_v_measure, match_labels, match_labels_one_to_one, neighbor_recall,
    neighbor_recall_with, normalized_mutual_info_score, purity_score, silhouette_samples,
    silhouette_score, silhouette_score_with, trustworthiness, trustworthiness_with,
};
use lookalike_learn::{CancelToken, Context, ErrorKind, datasets};
use ndarray::{Array2, ArrayRef2, Axis};
use proptest::prelude::*;
use serde_json::Value;

fn golden() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/golden/metrics.json"
    );
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn cases<'a>(golden: &'a Value, name: &str) -> &'a [Value] {
    golden[name].as_array().unwrap()
}

fn labels(text: &Value) -> Vec<i32> {
    let label = |c: u8| match c {
        b'.' => -1,
        b'0'..=b'9' => i32::from(c - b'0'),
        b'A'..=b'Z' => i32::from(c - b'A') + 10,
        _ => i32::from(c - b'a') + 36,
    };
    text.as_str().unwrap().bytes().map(label).collect()
}

fn integers(list: &Value) -> Vec<i32> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_i64().unwrap() as i32)
        .collect()
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect()
}

fn matrix(rows: &Value) -> Array2<f32> {
    let rows: Vec<Vec<f64>> = rows.as_array().unwrap().iter().map(numbers).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j] as f32)
}

#[track_caller]
fn assert_close(what: &str, got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs().max(1.0),
        "{what}: got {got}, expected {expected}"
    );
}

#[test]
fn scores_of_labelings_are_those_of_scikit_learn() {
    let golden = golden();
    let labelings = cases(&golden, "labelings");
    assert_eq!(labelings.len(), 200);
    for (i, case) in labelings.iter().enumerate() {
        let (truth, clusters) = (labels(&case["truth"]), labels(&case["labels"]));
        let matched = match_labels(&truth, &clusters).unwrap();
        assert_eq!(matched, labels(&case["matched"]), "case {i}");
        let assigned = match_labels_one_to_one(&truth, &clusters).unwrap();
        let v = homogeneity_completeness_v_measure(&truth, &clusters).unwrap();
        let scores = [
            ("majority", accuracy_score(&truth, &matched).unwrap()),
            ("one to one", accuracy_score(&truth, &assigned).unwrap()),
            ("ari", adjusted_rand_score(&truth, &clusters).unwrap()),
            (
                "ami",
                adjusted_mutual_info_score(&truth, &clusters).unwrap(),
            ),
            (
                "nmi",
                normalized_mutual_info_score(&truth, &clusters).unwrap(),
            ),
            ("homogeneity", v.homogeneity),
            ("completeness", v.completeness),
            ("v-measure", v.v_measure),
            (
                "fowlkes-mallows",
                fowlkes_mallows_score(&truth, &clusters).unwrap(),
            ),
            ("purity", purity_score(&truth, &clusters).unwrap()),
        ];
        let expected = numbers(&case["scores"]);
        assert_eq!(scores.len(), expected.len());
        for ((name, got), expected) in scores.into_iter().zip(expected) {
            assert_close(&format!("{name} of case {i}"), got, expected, 1e-9);
        }
        if let Some(report) = case["report"].as_str() {
            let got = ClassificationReport::new(&truth, &clusters).unwrap();
            assert_eq!(got.to_string(), report, "case {i}");
            assert_close(
                "accuracy",
                got.accuracy.unwrap(),
                accuracy_score(&truth, &clusters).unwrap(),
                1e-15,
            );
        }
        if let Some(rows) = case["confusion"].as_array() {
            let got = confusion_matrix(&truth, &clusters).unwrap();
            assert!(got.labels.is_sorted());
            for (row, expected) in got.counts.axis_iter(Axis(0)).zip(rows) {
                let row: Vec<i32> = row.iter().map(|&count| count as i32).collect();
                assert_eq!(row, integers(expected), "case {i}");
            }
        }
    }
}

#[test]
fn reports_are_those_of_scikit_learn_to_the_character() {
    let golden = golden();
    for (i, case) in cases(&golden, "reports").iter().enumerate() {
        let (truth, predicted) = (integers(&case["truth"]), integers(&case["labels"]));
        let mut report = if case["chosen"].is_null() {
            ClassificationReport::new(&truth, &predicted).unwrap()
        } else {
            let chosen = integers(&case["chosen"]);
            ClassificationReport::with_labels(&truth, &predicted, &chosen).unwrap()
        };
        if let Some(names) = case["names"].as_array() {
            let names = names.iter().map(|name| name.as_str().unwrap());
            report = report.target_names(names).unwrap();
        }
        assert_eq!(
            report.to_string(),
            case["report"].as_str().unwrap(),
            "case {i}"
        );
    }
}

#[test]
fn scores_of_clusters_in_space_are_those_of_scikit_learn() {
    let golden = golden();
    for (i, case) in cases(&golden, "data").iter().enumerate() {
        let (x, clusters) = (matrix(&case["x"]), integers(&case["labels"]));
        let silhouettes = silhouette_samples(&x, &clusters).unwrap();
        for (got, expected) in silhouettes.iter().zip(numbers(&case["silhouettes"])) {
            assert_close(&format!("silhouette, set {i}"), *got, expected, 1e-6);
        }
        let expected = case["davies_bouldin"].as_f64().unwrap();
        let got = davies_bouldin_score(&x, &clusters).unwrap();
        assert_close(&format!("Davies-Bouldin, set {i}"), got, expected, 1e-9);
        let expected = case["calinski_harabasz"].as_f64().unwrap();
        let got = calinski_harabasz_score(&x, &clusters).unwrap();
        assert_close(&format!("Calinski-Harabasz, set {i}"), got, expected, 1e-9);
    }
}

#[test]
fn scores_of_the_digits_are_those_of_scikit_learn() {
    let golden = &golden()["digits"];
    let digits = datasets::digits();
    let clusters = labels(&golden["labels"]);
    let x = &digits.data;
    let expected = |name: &str| golden[name].as_f64().unwrap();
    let silhouette = silhouette_score(x, &clusters).unwrap();
    assert_close("silhouette", silhouette, expected("silhouette"), 1e-7);
    let silhouette = silhouette_score(x, &digits.target).unwrap();
    assert_close(
        "silhouette of the truth",
        silhouette,
        expected("silhouette_of_truth"),
        1e-7,
    );
    let score = davies_bouldin_score(x, &clusters).unwrap();
    assert_close("Davies-Bouldin", score, expected("davies_bouldin"), 1e-9);
    let score = calinski_harabasz_score(x, &clusters).unwrap();
    assert_close(
        "Calinski-Harabasz",
        score,
        expected("calinski_harabasz"),
        1e-9,
    );
    let map = Array2::from_shape_fn((1797, 2), |(i, j)| {
        let apart = [(i * i % 1009) as f32 / 1009.0, (i * 7 % 997) as f32 / 997.0];
        x[[i, 20 + j]] + apart[j]
    });
    let score = trustworthiness(x, &map, 5).unwrap();
    assert_close(
        "trustworthiness",
        score,
        expected("trustworthiness_near"),
        2e-5,
    );
}

#[test]
fn scores_of_maps_are_those_of_scikit_learn() {
    let golden = golden();
    for (i, case) in cases(&golden, "maps").iter().enumerate() {
        let (x, map) = (matrix(&case["x"]), matrix(&case["map"]));
        for scores in cases(case, "scores") {
            let k = scores[0].as_u64().unwrap() as usize;
            let got = trustworthiness(&x, &map, k).unwrap();
            assert_close(
                &format!("trustworthiness, map {i}"),
                got,
                numbers(scores)[1],
                1e-9,
            );
            let got = neighbor_recall(&x, &map, k).unwrap();
            assert_close(&format!("recall, map {i}"), got, numbers(scores)[2], 1e-9);
        }
    }
}

/// Small whole numbers have many equal distances, and rows that are equal.
fn points(n: usize, d: usize) -> impl Strategy<Value = Array2<f32>> {
    prop_oneof![
        prop::collection::vec((-2i8..3).prop_map(f32::from), n * d),
        prop::collection::vec(-1.0f32..1.0, n * d),
    ]
    .prop_map(move |values| Array2::from_shape_vec((n, d), values).unwrap())
}

fn distance(x: &ArrayRef2<f32>, i: usize, j: usize) -> f64 {
    let pairs = x
        .row(i)
        .into_iter()
        .zip(x.row(j))
        .map(|(&a, &b)| (f64::from(a), f64::from(b)));
    pairs
        .collect::<Vec<_>>()
        .iter()
        .map(|(a, b)| (a - b) * (a - b))
        .sum::<f64>()
        .sqrt()
}

fn plain_silhouettes(x: &ArrayRef2<f32>, labels: &[i32]) -> Vec<f64> {
    let n = labels.len();
    let mean_distance = |i: usize, label: i32| {
        let others: Vec<usize> = (0..n).filter(|&j| j != i && labels[j] == label).collect();
        others.iter().map(|&j| distance(x, i, j)).sum::<f64>() / others.len() as f64
    };
    (0..n)
        .map(|i| {
            let a = mean_distance(i, labels[i]);
            let others = labels.iter().filter(|&&label| label != labels[i]);
            let b = others
                .map(|&label| mean_distance(i, label))
                .fold(f64::INFINITY, f64::min);
            let silhouette = (b - a) / a.max(b);
            if a.is_nan() || silhouette.is_nan() {
                0.0
            } else {
                silhouette
            }
        })
        .collect()
}

fn plain_order(x: &ArrayRef2<f32>, i: usize) -> Vec<usize> {
    let mut others: Vec<usize> = (0..x.nrows()).filter(|&j| j != i).collect();
    others.sort_by(|&a, &b| {
        distance(x, i, a)
            .total_cmp(&distance(x, i, b))
            .then(a.cmp(&b))
    });
    others
}

fn plain_map_scores(x: &ArrayRef2<f32>, map: &ArrayRef2<f32>, k: usize) -> (f64, f64) {
    let n = x.nrows();
    let (mut excess, mut kept) = (0, 0);
    for i in 0..n {
        let order = plain_order(x, i);
        for j in plain_order(map, i).into_iter().take(k) {
            let rank = 1 + order.iter().position(|&other| other == j).unwrap();
            excess += rank.saturating_sub(k);
            kept += usize::from(rank <= k);
        }
    }
    let norm = (n * k) as f64 * (2.0 * n as f64 - 3.0 * k as f64 - 1.0) / 2.0;
    (1.0 - excess as f64 / norm, kept as f64 / (n * k) as f64)
}

type Score = fn(&[i32], &[i32]) -> lookalike_learn::Result<f64>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn silhouettes_equal_the_plain_ones(
        (x, labels) in (5usize..60, 1usize..40).prop_flat_map(|(n, d)| {
            let labels = prop::collection::vec(-1i32..4, n);
            (points(n, d), labels)
        })
    ) {
        let mut different = labels.clone();
        different.sort_unstable();
        different.dedup();
        let got = silhouette_samples(&x, &labels);
        if different.len() < 2 || different.len() >= labels.len() {
            prop_assert!(got.is_err());
            return Ok(());
        }
        for (got, expected) in got.unwrap().into_iter().zip(plain_silhouettes(&x, &labels)) {
            prop_assert!((got - expected).abs() < 2e-6, "got {got}, expected {expected}");
        }
    }

    #[test]
    fn ranks_in_maps_equal_the_plain_ones(
        (x, map, k) in (4usize..50, 1usize..20, 1usize..4).prop_flat_map(|(n, d, m)| {
            (points(n, d), points(n, m), 1..n.div_ceil(2))
        })
    ) {
        let (expected_trust, expected_recall) = plain_map_scores(&x, &map, k);
        prop_assert!((trustworthiness(&x, &map, k).unwrap() - expected_trust).abs() < 1e-12);
        prop_assert!((neighbor_recall(&x, &map, k).unwrap() - expected_recall).abs() < 1e-12);
    }

    #[test]
    fn agreement_is_symmetric_and_blind_to_names(
        pairs in prop::collection::vec((-1i32..5, -1i32..5), 2..80)
    ) {
        let (truth, labels): (Vec<i32>, Vec<i32>) = pairs.into_iter().unzip();
        let renamed: Vec<i32> = labels.iter().map(|label| 100 - 7 * label).collect();
        let scores: [Score; 4] = [
            adjusted_rand_score,
            adjusted_mutual_info_score,
            normalized_mutual_info_score,
            fowlkes_mallows_score,
        ];
        for score in scores {
            let value = score(&truth, &labels).unwrap();
            prop_assert!((value - score(&labels, &truth).unwrap()).abs() < 1e-12);
            prop_assert!((value - score(&truth, &renamed).unwrap()).abs() < 1e-12);
            prop_assert!(value <= 1.0 + 1e-12);
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let digits = datasets::digits();
    let map = digits.data.slice(ndarray::s![.., 20..22]).to_owned();
    let scores = [1, 2, 8].map(|threads| {
        let context = Context::new().threads(threads).unwrap();
        let (x, labels) = (&digits.data, &digits.target);
        [
            silhouette_score_with(x, labels, &context).unwrap(),
            davies_bouldin_score_with(x, labels, &context).unwrap(),
            calinski_harabasz_score_with(x, labels, &context).unwrap(),
            trustworthiness_with(x, &map, 5, &context).unwrap(),
            neighbor_recall_with(x, &map, 5, &context).unwrap(),
        ]
        .map(f64::to_bits)
    });
    assert_eq!(scores[0], scores[1]);
    assert_eq!(scores[0], scores[2]);
}

/// Ten million samples, whose pairs and products of pairs outgrow 32 and 64 bits.
#[test]
fn counts_of_pairs_do_not_overflow() {
    let n = 10_000_000;
    let truth: Vec<i32> = (0..n).map(|i| i % 10).collect();
    let labels: Vec<i32> = (0..n)
        .map(|i| if i < n / 100 { 3 } else { i % 10 })
        .collect();
    // From the table by Python's whole numbers of any length.
    assert_close(
        "ari",
        adjusted_rand_score(&truth, &labels).unwrap(),
        0.979_708_098_499_713_2,
        1e-9,
    );
    let score = fowlkes_mallows_score(&truth, &labels).unwrap();
    assert_close("fowlkes-mallows", score, 0.981_738_298_860_208_5, 1e-9);
    let score = adjusted_mutual_info_score(&truth, &labels).unwrap();
    let uncorrected = normalized_mutual_info_score(&truth, &labels).unwrap();
    assert_close("ami", score, uncorrected, 1e-5);
}

#[test]
fn clusters_tell_what_they_stand_for() {
    let truth = [0, 0, 0, 0, 1, 1, 1, 1];
    let clusters = [5, 5, 6, 6, 6, 8, 8, -1];
    let majority = Matching::by_majority(&truth, &clusters).unwrap();
    let entry = |cluster, label, size, hits| MatchedCluster {
        cluster,
        label,
        size,
        hits,
    };
    assert_eq!(
        majority.clusters(),
        [
            entry(5, Some(0), 2, 2),
            entry(6, Some(0), 3, 2),
            entry(8, Some(1), 2, 2)
        ]
    );
    let one_to_one = Matching::one_to_one(&truth, &clusters).unwrap();
    let unmatched: Vec<i32> = one_to_one
        .clusters()
        .iter()
        .filter(|c| c.label.is_none())
        .map(|c| c.cluster)
        .collect();
    assert_eq!(unmatched.len(), 1);
    assert_eq!(one_to_one.label_of(8), Some(1));
    assert_eq!(one_to_one.label_of(77), None);
    assert_eq!(majority.apply(&[8, 77, -1]), [1, -1, -1]);
}

#[test]
fn a_miss_is_never_a_true_label() {
    // The truth has noise itself: noise found is right, a surplus cluster still wrong.
    let truth = [-1, -1, 0, 0, 0, -1];
    let clusters = [-1, 4, 2, 2, 3, 3];
    let labels = match_labels_one_to_one(&truth, &clusters).unwrap();
    assert_eq!(labels, [-1, -2, 0, 0, -2, -2]);
    assert_eq!(
        match_labels(&truth, &clusters).unwrap(),
        [-1, -1, 0, 0, -1, -1]
    );
}

#[test]
fn bad_labels_are_named() {
    let messages = [
        match_labels(&[0, 1], &[0]).unwrap_err(),
        adjusted_rand_score(&[], &[]).unwrap_err(),
        ClassificationReport::with_labels(&[0], &[0], &[1, 2, 1]).unwrap_err(),
        ClassificationReport::with_labels(&[0], &[0], &[]).unwrap_err(),
        ClassificationReport::new(&[0, 1], &[0, 1])
            .unwrap()
            .target_names(["a"])
            .unwrap_err(),
    ]
    .map(|error| error.to_string());
    assert_eq!(
        messages,
        [
            "true and predicted labels must be of the same length, got 2 true and 1 predicted",
            "true and predicted labels must hold at least one label each, got 0 true and \
             0 predicted",
            "labels must be different labels, got 1 more than once",
            "labels must hold at least one label, got none",
            "target_names must hold one name for each of the 2 classes, got 1",
        ]
    );
    let many: Vec<i32> = (0..8193).collect();
    let message = confusion_matrix(&many, &many).unwrap_err().to_string();
    assert_eq!(
        message,
        "a confusion matrix may have at most 8192 different labels, got 8193"
    );
    assert!(match_labels_one_to_one(&many, &many).is_err());
    assert_close(
        "ami",
        adjusted_mutual_info_score(&many, &many).unwrap(),
        1.0,
        1e-15,
    );
}

#[test]
fn bad_data_is_named() {
    let x = Array2::from_shape_fn((6, 2), |(i, j)| (i * i + j) as f32);
    let message = |result: lookalike_learn::Result<f64>| result.unwrap_err().to_string();
    assert_eq!(
        message(silhouette_score(&x, &[0, 1])),
        "labels must be one for each row of x, got 2 labels and 6 rows"
    );
    for labels in [[0; 6], [0, 1, 2, 3, 4, 5]] {
        let different = labels[5] + 1;
        let expected = format!(
            "labels must hold between 2 and the number of samples minus one (5) different labels, \
             got {different}"
        );
        assert_eq!(message(silhouette_score(&x, &labels)), expected);
        assert_eq!(message(davies_bouldin_score(&x, &labels)), expected);
        assert_eq!(message(calinski_harabasz_score(&x, &labels)), expected);
    }
    let mut holed = x.clone();
    holed[[4, 1]] = f32::NAN;
    let error = silhouette_score(&holed, &[0, 0, 0, 1, 1, 1]).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NonFinite { row: 4, column: 1 });
    assert_eq!(
        message(trustworthiness(&x, &x, 3)),
        "n_neighbors must be at least 1 and below half the number of samples (6), got 3"
    );
    assert_eq!(
        message(neighbor_recall(&x, &x, 0)),
        "n_neighbors must be at least 1 and below the number of samples (6), got 0"
    );
    let fewer = x.slice(ndarray::s![..4, ..]).to_owned();
    assert_eq!(
        message(trustworthiness(&x, &fewer, 1)),
        "x and map must have the same samples, got 6 rows in x and 4 in map"
    );
}

#[test]
fn a_cancelled_silhouette_stops() {
    let digits = datasets::digits();
    let token = CancelToken::default();
    token.cancel();
    let context = Context::new().cancel_with(&token);
    let error = silhouette_score_with(&digits.data, &digits.target, &context).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Cancelled);
}

#[test]
fn narrower_vectors_too() {
    common::again_with_narrower_vectors("narrower_vectors_too");
}
