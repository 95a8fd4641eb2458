//! k-means against scikit-learn, a naive twin, its own promises and bad input.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use common::{assert_close, floats, golden, labels, matrix};
use lookalike_learn::{Context, ErrorKind, Init, KMeans, KMeansModel, datasets};
use ndarray::{Array2, array};
use proptest::prelude::*;
use serde_json::Value;

fn assert_equals_golden(model: &KMeansModel, case: &Value, what: &str) {
    assert_eq!(model.labels(), labels(&case["labels"]), "{what}");
    assert_eq!(
        model.n_iter() as u64,
        case["n_iter"].as_u64().unwrap(),
        "{what}"
    );
    assert_close(
        model.inertia(),
        case["inertia"].as_f64().unwrap(),
        1e-5,
        what,
    );
    for (got, want) in model.cluster_centers().iter().zip(matrix(&case["centers"])) {
        let error = (got - want).abs();
        assert!(
            error <= 1e-4 * want.abs().max(1e-3),
            "{what}: centre {got}, not {want}"
        );
    }
}

#[test]
fn digits_from_the_same_centers_as_scikit_learn() {
    let digits = datasets::digits();
    for (i, case) in golden("kmeans")["digits"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        let rows: Vec<usize> = floats(&case["init_rows"])
            .iter()
            .map(|&r| r as usize)
            .collect();
        let init = digits.data.select(ndarray::Axis(0), &rows);
        let model = KMeans::new(10)
            .init(Init::Centers(init))
            .fit(&digits.data)
            .unwrap();
        assert_equals_golden(&model, case, &format!("digits {i}"));
    }
}

#[test]
fn generated_sets_from_the_same_centers_as_scikit_learn() {
    for (i, case) in golden("kmeans")["generated"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        let x = matrix(&case["x"]);
        let init = matrix(&case["init"]);
        let mut recipe = KMeans::new(init.nrows()).init(Init::Centers(init));
        if let Some(tol) = case["tol"].as_f64() {
            recipe = recipe.tol(tol);
        }
        let model = match &case["weights"] {
            Value::Null => recipe.fit(&x),
            weights => recipe.fit_weighted(&x, &floats(weights), &Context::default()),
        };
        assert_equals_golden(&model.unwrap(), case, &format!("set {i}"));
    }
}

#[test]
fn best_of_ten_starts_reaches_the_known_inertia_of_the_digits() {
    let digits = datasets::digits();
    let inertia = |seed| {
        KMeans::new(10)
            .n_init(10)
            .seed(seed)
            .fit(&digits.data)
            .unwrap()
            .inertia()
    };
    let best = (0..10).map(inertia).fold(f64::INFINITY, f64::min);
    // The best of scikit-learn 1.9.1 over the same ten seeds.
    assert!(best <= 1_165_148.978 * 1.0001, "{best}");
}

#[test]
fn random_starts_draw_ten_times_and_do_not_fall_behind() {
    let digits = datasets::digits();
    let random = KMeans::new(10)
        .init(Init::Random)
        .fit(&digits.data)
        .unwrap();
    assert!(random.inertia() < 1_166_500.0, "{}", random.inertia());
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let digits = datasets::digits();
    let recipe = KMeans::new(10).n_init(4).seed(3);
    let fit = |threads| {
        recipe
            .fit_with(&digits.data, &Context::new().threads(threads).unwrap())
            .unwrap()
    };
    let one = fit(1);
    assert_eq!(one, fit(2));
    assert_eq!(one, fit(8));
}

#[test]
fn the_same_bits_on_any_number_of_threads_when_partitioned() {
    let x = Array2::from_shape_fn((20_000, 5), |(i, j)| ((i * 7 + j * 13) as f32 * 0.37).sin());
    let fit = |threads| {
        let context = Context::new().threads(threads).unwrap();
        KMeans::new(7).fit_with(&x, &context).unwrap()
    };
    let one = fit(1);
    assert_eq!(one, fit(2));
    assert_eq!(one, fit(8));
}

/// Samples near a few axes of many dimensions: what bounds by leading axes are for.
fn near_few_axes(n: usize, d: usize) -> Array2<f32> {
    Array2::from_shape_fn((n, d), |(i, j)| {
        let along = |axis: usize| {
            let size = ((i * (2 * axis + 3)) as f32 * 0.618).sin() * 20.0 / (axis + 1) as f32;
            size * ((j * (axis + 2)) as f32 * 0.3).cos()
        };
        let off = ((i * 31 + j * 17) % 23) as f32 * 0.1;
        (0..12).map(along).sum::<f32>() + off + 5.0
    })
}

/// The same as pixels, so many that k-means reads them as bytes.
fn pixels_near_few_axes() -> Array2<f32> {
    let mut x = near_few_axes(33_000, 130);
    x.mapv_inplace(|v| (v * 3.0 + 100.0).round().clamp(0.0, 255.0) / 255.0);
    // Bytes are whole multiples of the least value of some rows, the first among them.
    x[[0, 0]] = 1.0 / 255.0;
    x
}

/// Samples, and numbers of clusters, that are read in all ways: of many features along leading axes or, where
/// clusters are few, where they lie, either from bytes or not; of fewer in words, where clusters are many.
fn read_in_all_ways() -> Vec<(Array2<f32>, usize)> {
    let many_features = near_few_axes(5_000, 140);
    let pixels = pixels_near_few_axes();
    let few_features = near_few_axes(4_000, 31);
    vec![
        (many_features.clone(), 6),
        (many_features, 20),
        (pixels.clone(), 6),
        (pixels, 20),
        (few_features.clone(), 20),
        (few_features, 70),
    ]
}

#[test]
fn the_same_bits_on_any_number_of_threads_however_rows_are_read() {
    for (x, k) in read_in_all_ways() {
        let fit = |threads| {
            let context = Context::new().threads(threads).unwrap();
            let recipe = KMeans::new(k).seed(2).max_iter(20);
            recipe.fit_with(&x, &context).unwrap()
        };
        let one = fit(1);
        assert_eq!(one, fit(2));
        assert_eq!(one, fit(8));
    }
}

#[test]
fn labels_are_those_of_the_textbook_however_rows_are_read() {
    for (x, k) in read_in_all_ways() {
        let rows: Vec<usize> = (0..k).map(|i| i * x.nrows() / k).collect();
        let init = x.select(ndarray::Axis(0), &rows);
        let model = KMeans::new(k)
            .init(Init::Centers(init.clone()))
            .tol(0.0)
            .max_iter(8)
            .fit(&x)
            .unwrap();
        let naive = naive_lloyd(&x, &init, 9).unwrap();
        assert_eq!(model.labels(), naive);
    }
}

#[test]
fn equal_rows_make_equal_labels_without_a_panic() {
    let x = Array2::from_elem((6, 3), 2.5);
    let model = KMeans::new(3).fit(&x).unwrap();
    assert_eq!(model.labels(), [0; 6]);
    assert!(model.inertia().abs() < 1e-12);
}

#[test]
fn clusters_that_move_where_no_label_changes_are_assigned_again() {
    let x = array![[5.0], [5.0], [10.0], [12.0]];
    let init = Init::Centers(array![[0.0], [11.0], [1000.0]]);
    let model = KMeans::new(3).init(init).fit(&x).unwrap();
    assert_eq!(model.labels(), model.predict(&x).unwrap());
    assert_eq!(model.cluster_centers(), &array![[5.0], [12.0], [10.0]]);
    assert!(model.inertia() < 1e-12, "{}", model.inertia());
}

#[test]
fn empty_clusters_move_to_rows_that_count() {
    let x = array![[0.0], [1.0], [100.0]];
    let init = Init::Centers(array![[0.5], [1000.0]]);
    let recipe = KMeans::new(2).init(init);
    let model = recipe
        .fit_weighted(&x, &[1.0, 1.0, 0.0], &Context::new())
        .unwrap();
    let mut centers = model.cluster_centers().clone().into_raw_vec_and_offset().0;
    centers.sort_by(f32::total_cmp);
    assert_eq!(centers, [0.0, 1.0]);
    assert!(model.inertia() < 1e-12, "{}", model.inertia());
}

#[test]
fn one_row_is_one_cluster() {
    let model = KMeans::new(1).fit(&array![[1.0, 2.0]]).unwrap();
    assert_eq!(model.cluster_centers(), &array![[1.0, 2.0]]);
    assert_eq!(model.labels(), [0]);
}

#[test]
fn as_many_clusters_as_rows_leave_no_inertia() {
    let x = Array2::from_shape_fn((30, 2), |(i, j)| (i * i + j) as f32);
    assert!(KMeans::new(30).fit(&x).unwrap().inertia() < 1e-9);
}

#[test]
fn a_far_offset_changes_nothing() {
    let x = Array2::from_shape_fn((300, 4), |(i, j)| ((i * 31 + j * 17) % 97) as f32);
    let near = KMeans::new(5).seed(1).fit(&x).unwrap();
    // 2²⁰ and these integers add up exactly in f32.
    let far = KMeans::new(5).seed(1).fit(&(&x + 1_048_576.0)).unwrap();
    assert_close(far.inertia(), near.inertia(), 0.02, "inertia");
}

#[test]
fn views_and_transposed_arrays_are_read_in_their_own_order() {
    let digits = datasets::digits();
    let transposed = digits.data.t().as_standard_layout().to_owned();
    let recipe = KMeans::new(4);
    assert_eq!(
        recipe.fit(&transposed.t()).unwrap(),
        recipe.fit(&digits.data).unwrap()
    );
}

#[test]
fn transform_gives_distances_to_the_centers() {
    let x = array![[0.0, 0.0], [3.0, 4.0], [10.0, 0.0]];
    let model = KMeans::new(1)
        .init(Init::Centers(array![[0.0, 0.0]]))
        .max_iter(1)
        .fit(&x)
        .unwrap();
    let center = model.cluster_centers().row(0).to_owned();
    let distance = model.transform(&x).unwrap();
    for (i, row) in x.rows().into_iter().enumerate() {
        let want = (&row - &center).mapv(|v: f32| v * v).sum().sqrt();
        assert!((distance[[i, 0]] - want).abs() < 1e-5);
    }
}

#[test]
fn models_survive_json() {
    let model = KMeans::new(3).fit(&datasets::digits().data).unwrap();
    let text = serde_json::to_string(&model).unwrap();
    assert_eq!(serde_json::from_str::<KMeansModel>(&text).unwrap(), model);
}

#[test]
fn bad_input_is_named() {
    let x = array![[0.0f32, 1.0], [1.0, 0.0], [5.0, 5.0]];
    let message = |recipe: KMeans| recipe.fit(&x).unwrap_err().to_string();
    assert_eq!(
        message(KMeans::new(0)),
        "n_clusters must be between 1 and the number of samples (3), got 0"
    );
    assert_eq!(
        message(KMeans::new(10)),
        "n_clusters must be between 1 and the number of samples (3), got 10"
    );
    assert_eq!(
        message(KMeans::new(2).n_init(0)),
        "n_init must be at least 1, got 0"
    );
    assert_eq!(
        message(KMeans::new(2).max_iter(0)),
        "max_iter must be at least 1, got 0"
    );
    assert_eq!(
        message(KMeans::new(2).tol(f64::NAN)),
        "tol must be a finite number of at least 0, got NaN"
    );
    assert_eq!(
        message(KMeans::new(2).init(Init::Centers(array![[1.0, 2.0, 3.0]]))),
        "init must have n_clusters×n_features (2×2) centers, got 1×3"
    );
    let error = KMeans::new(2)
        .fit(&array![[0.0, 1.0], [2.0, f32::NAN]])
        .unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NonFinite { row: 1, column: 1 });
    assert_eq!(
        error.to_string(),
        "x must be finite, got NaN in row 1, column 1 (counted from 0)"
    );
    let error = KMeans::new(1).fit(&Array2::zeros((0, 4))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "x must have at least one row (sample) and one column (feature), got 0 rows and 4 columns"
    );
    let weighted = |weights: &[f64]| {
        KMeans::new(2)
            .fit_weighted(&x, weights, &Context::default())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        weighted(&[1.0, -2.0, 1.0]),
        "sample_weight must be finite and not negative, got -2 for sample 1"
    );
    assert_eq!(
        weighted(&[0.0; 3]),
        "sample_weight must be positive for at least one sample, got only zeros"
    );
    assert_eq!(
        weighted(&[1.0; 2]),
        "sample_weight must have one weight for each of the 3 samples, got 2"
    );
    let model = KMeans::new(2).fit(&x).unwrap();
    assert_eq!(
        model.predict(&array![[1.0]]).unwrap_err().to_string(),
        "x must have the 2 columns (features) that the model was fitted on, got 1"
    );
}

/// Lloyd's iterations as the textbook has them; `None` where a cluster loses all its rows, for
/// which the textbook has no answer.
fn naive_lloyd(x: &Array2<f32>, init: &Array2<f32>, max_iter: usize) -> Option<Vec<i32>> {
    let mut centers = init.mapv(f64::from);
    let mut labels = vec![-1; x.nrows()];
    for _ in 0..max_iter {
        let nearest: Vec<i32> = x
            .rows()
            .into_iter()
            .map(|row| {
                let distance = |c: usize| -> f64 {
                    row.iter()
                        .zip(centers.row(c))
                        .map(|(&v, c)| (f64::from(v) - c).powi(2))
                        .sum()
                };
                (0..centers.nrows())
                    .min_by(|&a, &b| distance(a).total_cmp(&distance(b)))
                    .unwrap() as i32
            })
            .collect();
        if nearest == labels {
            break;
        }
        labels = nearest;
        for c in 0..centers.nrows() {
            let members: Vec<usize> = (0..x.nrows()).filter(|&i| labels[i] == c as i32).collect();
            if members.is_empty() {
                return None;
            }
            for j in 0..x.ncols() {
                let sum: f64 = members.iter().map(|&i| f64::from(x[[i, j]])).sum();
                // A model keeps its centres as f32.
                centers[[c, j]] = f64::from((sum / members.len() as f64) as f32);
            }
        }
    }
    Some(labels)
}

proptest! {
    #[test]
    fn equals_its_naive_twin(
        n in 8usize..60,
        d in 1usize..5,
        k in 1usize..5,
        values in prop::collection::vec(-20i8..20, 60 * 5),
    ) {
        let x = Array2::from_shape_fn((n, d), |(i, j)| f32::from(values[i * 5 + j]));
        let init = x.slice(ndarray::s![..k, ..]).to_owned();
        let recipe = KMeans::new(k).init(Init::Centers(init.clone())).tol(0.0);
        let model = recipe.fit(&x).unwrap();
        if let Some(naive) = naive_lloyd(&x, &init, 300) {
            prop_assert_eq!(model.labels(), naive);
        }
        prop_assert_eq!(model.labels(), model.predict(&x).unwrap());
    }
}

#[test]
fn known_centers_predict_as_those_that_were_fitted() {
    let x = datasets::digits().data;
    let fitted = KMeans::new(10).seed(3).fit(&x).unwrap();
    let known = KMeansModel::from_centers(fitted.cluster_centers().clone()).unwrap();
    assert_eq!(known.predict(&x).unwrap(), fitted.labels());
    let context = Context::new();
    let (labels, inertia) = known.inertia_of(&x, None, &context).unwrap();
    assert_eq!(labels, fitted.labels());
    assert!((inertia - fitted.inertia()).abs() < 1e-9 * inertia);
    let twice = vec![2.0; x.nrows()];
    let (_, double) = known.inertia_of(&x, Some(&twice), &context).unwrap();
    assert!((double - 2.0 * inertia).abs() < 1e-9 * double);
    let error = known
        .inertia_of(&x, Some(&twice[1..]), &context)
        .unwrap_err();
    assert!(
        error.to_string().starts_with("sample_weight must"),
        "{error}"
    );
    let error = KMeansModel::from_centers(array![[f32::NAN]]).unwrap_err();
    assert!(error.to_string().contains("NaN"), "{error}");
}

#[test]
fn narrower_vectors_too() {
    common::again_with_narrower_vectors("narrower_vectors_too");
}
