//! Mini-batch k-means: quality beside k-means, its promises, and bad input.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use lookalike_learn::{
    Context, ErrorKind, Init, KMeans, MiniBatchKMeans, MiniBatchKMeansModel, datasets,
};
use ndarray::{Array2, array, s};

#[test]
fn the_digits_come_close_to_the_best_inertia() {
    let digits = datasets::digits();
    let mut inertia: Vec<f64> = (0..10)
        .map(|seed| {
            MiniBatchKMeans::new(10)
                .n_init(3)
                .seed(seed)
                .fit(&digits.data)
                .unwrap()
                .inertia()
        })
        .collect();
    inertia.sort_by(f64::total_cmp);
    // scikit-learn 1.9.1 (n_init=3, seeds 0 to 99): median 1 192 700, worst 1 276 000.
    assert!(inertia[5] < 1_200_000.0, "{inertia:?}");
    assert!(inertia[9] < 1_276_000.0, "{inertia:?}");
}

#[test]
fn labels_are_what_predict_says() {
    let digits = datasets::digits();
    let model = MiniBatchKMeans::new(10).fit(&digits.data).unwrap();
    assert_eq!(model.labels(), model.predict(&digits.data).unwrap());
    assert!(model.converged());
    assert_eq!(model.n_iter(), (model.n_steps() * 1024).div_ceil(1797));
}

#[test]
fn a_first_step_on_given_centers_moves_them_to_the_means() {
    let x = array![[0.0, 0.0], [0.0, 2.0], [10.0, 0.0], [10.0, 4.0]];
    let init = array![[1.0, 1.0], [9.0, 1.0]];
    let model = MiniBatchKMeans::new(2)
        .init(Init::Centers(init))
        .partial_fit(&x)
        .unwrap();
    assert_eq!(model.cluster_centers(), &array![[0.0, 1.0], [10.0, 2.0]]);
    assert_eq!(model.labels(), [0, 0, 1, 1]);
    assert!((model.inertia() - 10.0).abs() < 1e-12);
}

#[test]
fn later_batches_weigh_as_much_as_their_samples() {
    let init = array![[0.0], [100.0]];
    let recipe = MiniBatchKMeans::new(2).init(Init::Centers(init));
    let mut model = recipe.partial_fit(&array![[1.0], [3.0], [101.0]]).unwrap();
    model.partial_fit(&array![[8.0], [103.0]]).unwrap();
    // (1 + 3 + 8) / 3 and (101 + 103) / 2.
    assert_eq!(model.cluster_centers(), &array![[4.0], [102.0]]);
    assert_eq!(model.n_steps(), 2);
}

#[test]
fn digits_learnt_piece_by_piece_reach_a_fair_inertia() {
    let digits = datasets::digits();
    let batch = |i: usize| {
        digits
            .data
            .slice(s![i * 300..((i + 1) * 300).min(1797), ..])
    };
    let mut model = MiniBatchKMeans::new(10)
        .seed(1)
        .partial_fit(&batch(0))
        .unwrap();
    for pass in 0..5 {
        for i in usize::from(pass == 0)..6 {
            model.partial_fit(&batch(i)).unwrap();
        }
    }
    let labels = model.predict(&digits.data).unwrap();
    let inertia: f64 = (0..1797)
        .map(|i| {
            let center = model.cluster_centers().row(labels[i] as usize);
            digits
                .data
                .row(i)
                .iter()
                .zip(center)
                .map(|(&a, &b)| f64::from(a - b).powi(2))
                .sum::<f64>()
        })
        .sum();
    assert!(inertia < 1_260_000.0, "{inertia}");
}

#[test]
fn a_center_that_gets_no_samples_is_moved_among_them() {
    let x = Array2::from_shape_fn((200, 2), |(i, j)| ((i * 13 + j * 7) % 50) as f32);
    let init = array![[10.0, 10.0], [40.0, 40.0], [1e6, 1e6]];
    let model = MiniBatchKMeans::new(3)
        .init(Init::Centers(init))
        .fit(&x)
        .unwrap();
    assert!(
        model.cluster_centers().iter().all(|&v| v < 50.0),
        "{}",
        model.cluster_centers()
    );
}

#[test]
fn weights_of_zero_leave_samples_out() {
    let x = array![[0.0], [1.0], [500.0], [10.0], [11.0], [900.0]];
    let weights = [1.0, 1.0, 0.0, 1.0, 1.0, 0.0];
    let model = MiniBatchKMeans::new(2)
        .seed(2)
        .fit_weighted(&x, &weights, &Context::new())
        .unwrap();
    assert!(
        model.cluster_centers().iter().all(|&v| v < 12.0),
        "{}",
        model.cluster_centers()
    );
}

#[test]
fn equal_rows_and_one_row_do_not_panic() {
    let equal = MiniBatchKMeans::new(3)
        .fit(&Array2::from_elem((9, 2), 1.0))
        .unwrap();
    assert!(equal.inertia().abs() < 1e-12);
    assert_eq!(
        MiniBatchKMeans::new(1)
            .fit(&array![[4.0]])
            .unwrap()
            .labels(),
        [0]
    );
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let digits = datasets::digits();
    let fit = |threads| {
        let context = Context::new().threads(threads).unwrap();
        MiniBatchKMeans::new(10)
            .n_init(2)
            .fit_with(&digits.data, &context)
            .unwrap()
    };
    let one = fit(1);
    assert_eq!(one, fit(2));
    assert_eq!(one, fit(8));
}

#[test]
fn models_survive_json() {
    let model = MiniBatchKMeans::new(4)
        .fit(&datasets::digits().data)
        .unwrap();
    let text = serde_json::to_string(&model).unwrap();
    assert_eq!(
        serde_json::from_str::<MiniBatchKMeansModel>(&text).unwrap(),
        model
    );
}

#[test]
fn it_stays_behind_k_means_on_the_same_data() {
    let digits = datasets::digits();
    let full = KMeans::new(10)
        .n_init(10)
        .fit(&digits.data)
        .unwrap()
        .inertia();
    let mini = MiniBatchKMeans::new(10)
        .fit(&digits.data)
        .unwrap()
        .inertia();
    assert!(
        mini > full,
        "mini-batch cannot beat the converged best: {mini} {full}"
    );
}

#[test]
fn bad_input_is_named() {
    let x = array![[0.0f32, 1.0], [1.0, 0.0], [5.0, 5.0]];
    let message = |recipe: MiniBatchKMeans| recipe.fit(&x).unwrap_err().to_string();
    assert_eq!(
        message(MiniBatchKMeans::new(4)),
        "n_clusters must be between 1 and the number of samples (3), got 4"
    );
    assert_eq!(
        message(MiniBatchKMeans::new(2).batch_size(0)),
        "batch_size must be at least 1, got 0"
    );
    assert_eq!(
        message(MiniBatchKMeans::new(2).reassignment_ratio(-1.0)),
        "reassignment_ratio must be between 0 and 1, got -1"
    );
    assert_eq!(
        message(MiniBatchKMeans::new(2).reassignment_ratio(1.5)),
        "reassignment_ratio must be between 0 and 1, got 1.5"
    );
    let mut model = MiniBatchKMeans::new(2).fit(&x).unwrap();
    assert_eq!(
        model.partial_fit(&array![[1.0]]).unwrap_err().to_string(),
        "x must have the 2 columns (features) that the model was fitted on, got 1"
    );
}

/// In a row that is drawn at the start, in a batch, or never; for a recipe that looks at all rows first, too.
#[test]
fn a_value_that_is_not_finite_is_found_in_any_row() {
    let of_batches = MiniBatchKMeans::new(3).batch_size(20).max_iter(2);
    let given = Init::Centers(Array2::from_shape_fn((3, 2), |(i, _)| i as f32));
    let recipes = [
        of_batches.clone(),
        of_batches.clone().n_init(3),
        of_batches.clone().tol(0.1),
        of_batches.clone().init(given),
        of_batches.batch_size(400),
    ];
    let samples = Array2::from_shape_fn((400, 2), |(i, j)| (i % 3 + j) as f32);
    for recipe in recipes {
        for row in 0..samples.nrows() {
            for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut x = samples.clone();
                x[[row, 1]] = value;
                let fitted = [recipe.fit(&x), recipe.partial_fit(&x)];
                for error in fitted.map(Result::unwrap_err) {
                    assert_eq!(error.kind(), &ErrorKind::NonFinite { row, column: 1 });
                }
            }
        }
    }
}

/// Whole weights are so many copies of a sample.
#[test]
fn weights_of_a_batch_count_as_copies() {
    let x = datasets::digits().data;
    let some = x.slice(ndarray::s![..100, ..]).to_owned();
    let centers = x.slice(ndarray::s![500..504, ..]).to_owned();
    let weights: Vec<f64> = (0..100).map(|i| f64::from(i % 3)).collect();
    let rows: Vec<usize> = (0..100).flat_map(|i| vec![i; i % 3]).collect();
    let copies = some.select(ndarray::Axis(0), &rows);
    let recipe = MiniBatchKMeans::new(4)
        .init(Init::Centers(centers))
        .reassignment_ratio(0.0);
    let context = Context::new();
    let mut weighted = recipe
        .partial_fit_weighted(&some, &weights, &context)
        .unwrap();
    let mut copied = recipe.partial_fit(&copies).unwrap();
    weighted
        .partial_fit_weighted(&some, &weights, &context)
        .unwrap();
    copied.partial_fit(&copies).unwrap();
    assert!((weighted.inertia() - copied.inertia()).abs() < 1e-9 * copied.inertia());
    for (a, b) in weighted
        .cluster_centers()
        .iter()
        .zip(copied.cluster_centers())
    {
        assert!((a - b).abs() <= 1e-5, "{a} and {b}");
    }
}

#[test]
fn narrower_vectors_too() {
    common::again_with_narrower_vectors("narrower_vectors_too");
}
