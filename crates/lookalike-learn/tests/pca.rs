//! Principal components equal scikit-learn's, whichever way they are found.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its cases has to fail"
)]

use std::fs;

use lookalike_learn::decomposition::{Pca, PcaModel, SvdSolver};
use lookalike_learn::{CancelToken, Context, ErrorKind, datasets};
use ndarray::{Array2, ArrayRef2, Axis, array};
use proptest::prelude::*;
use serde_json::{Value, json};

fn golden() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/golden/pca.json"
    );
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect()
}

fn rows(list: &Value) -> Vec<Vec<f64>> {
    list.as_array().unwrap().iter().map(numbers).collect()
}

fn recipe(case: &Value) -> Pca {
    let wanted = &case["n_components"];
    let recipe = match wanted.as_u64() {
        Some(count) => Pca::new(count as usize),
        None => Pca::with_variance(wanted.as_f64().unwrap()),
    };
    recipe
        .whiten(case["whiten"].as_bool().unwrap())
        .svd_solver(solver(case["svd_solver"].as_str().unwrap()))
}

fn solver(name: &str) -> SvdSolver {
    match name {
        "auto" => SvdSolver::Auto,
        "covariance_eigh" => SvdSolver::Covariance,
        "full" => SvdSolver::Full,
        "randomized" => SvdSolver::Randomized,
        other => panic!("no such solver: {other}"),
    }
}

#[track_caller]
fn assert_close(what: &str, got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance,
        "{what}: got {got}, expected {expected}"
    );
}

fn assert_is(model: &PcaModel, case: &Value, x: &ArrayRef2<f32>) {
    let variances = numbers(&case["explained_variance"]);
    let greatest = variances[0];
    assert_eq!(model.n_components(), variances.len());
    let near = |what: &str, got: &[f64], expected: &Value, scale: f64| {
        for (i, (got, expected)) in got.iter().zip(numbers(expected)).enumerate() {
            let tolerance = (1e-5 * expected.abs()).max(1e-7 * scale);
            assert_close(&format!("{what} {i}"), *got, expected, tolerance);
        }
    };
    near(
        "variance",
        model.explained_variance(),
        &case["explained_variance"],
        greatest,
    );
    near(
        "ratio",
        model.explained_variance_ratio(),
        &case["explained_variance_ratio"],
        1.0,
    );
    // Of what are rounding errors in squares, the roots are the larger.
    let scale = model.singular_values()[0] * 1e3;
    near(
        "singular value",
        model.singular_values(),
        &case["singular_values"],
        scale,
    );
    near("mean", model.mean(), &case["mean"], 10.0);
    let noise = case["noise_variance"].as_f64().unwrap();
    assert_close("noise", model.noise_variance(), noise, 1e-6 * greatest);

    let distinct = |i: usize| variances[i] > 1e-6 * greatest;
    for (i, expected) in rows(&case["components"])
        .iter()
        .enumerate()
        .filter(|(i, _)| distinct(*i))
    {
        for (j, (&got, &expected)) in model.components().row(i).iter().zip(expected).enumerate() {
            assert_close(&format!("component {i}, {j}"), got, expected, 1e-4);
        }
    }
    let coordinates = model.transform(x).unwrap();
    for (i, expected) in rows(&case["coordinates"]).iter().enumerate() {
        for (j, &expected) in expected.iter().enumerate().filter(|(j, _)| distinct(*j)) {
            let tolerance = 1e-4 * expected.abs().max(1.0);
            assert_close(
                "coordinate",
                f64::from(coordinates[[i, j]]),
                expected,
                tolerance,
            );
        }
    }
    let restored = model.inverse_transform(&coordinates).unwrap();
    for (i, expected) in rows(&case["restored"]).iter().enumerate() {
        for (j, &expected) in expected.iter().enumerate() {
            assert_close("restored", f64::from(restored[[i, j]]), expected, 1e-3);
        }
    }
}

#[test]
fn components_of_the_digits_are_those_of_scikit_learn() {
    let x = datasets::digits().data;
    for case in golden()["digits"].as_array().unwrap() {
        assert_is(&recipe(case).fit(&x).unwrap(), case, &x);
    }
}

/// scikit-learn's own default is off by up to 3e-3 in the last axes, depending on the seed.
#[test]
fn sketched_components_of_the_digits_are_close_to_the_true_ones() {
    let x = datasets::digits().data;
    let full = Pca::new(10).svd_solver(SvdSolver::Full).fit(&x).unwrap();
    for seed in 0..5 {
        let sketched = Pca::new(10)
            .svd_solver(SvdSolver::Randomized)
            .seed(seed)
            .fit(&x)
            .unwrap();
        for (a, b) in full.components().iter().zip(sketched.components()) {
            assert!((a - b).abs() < 3e-3, "{a} and {b}");
        }
        for (a, b) in full
            .explained_variance()
            .iter()
            .zip(sketched.explained_variance())
        {
            assert!((a - b).abs() < 1e-4 * a, "{a} and {b}");
        }
    }
}

#[test]
fn components_of_random_sets_are_those_of_scikit_learn() {
    for set in golden()["random"].as_array().unwrap() {
        let values = rows(&set["x"]);
        let shape = (values.len(), values[0].len());
        let x = Array2::from_shape_fn(shape, |(i, j)| values[i][j] as f32);
        for case in set["fits"].as_array().unwrap() {
            assert_is(&recipe(case).fit(&x).unwrap(), case, &x);
            // The axes are the same whichever way they are found.
            let covariance = recipe(case).svd_solver(SvdSolver::Covariance);
            assert_is(&covariance.fit(&x).unwrap(), case, &x);
            if case["n_components"].is_u64() {
                let randomized = recipe(case).svd_solver(SvdSolver::Randomized);
                assert_is(&randomized.fit(&x).unwrap(), case, &x);
            }
        }
    }
}

#[test]
fn the_gaussian_is_that_of_scikit_learn() {
    for set in golden()["random"].as_array().unwrap() {
        let values = rows(&set["x"]);
        let shape = (values.len(), values[0].len());
        let x = Array2::from_shape_fn(shape, |(i, j)| values[i][j] as f32);
        for case in set["gaussians"].as_array().unwrap() {
            let recipe = match case["n_components"].as_u64() {
                Some(count) => Pca::new(count as usize),
                None => Pca::with_evidence(),
            };
            let model = recipe.svd_solver(SvdSolver::Full).fit(&x).unwrap();
            assert_eq!(Some(model.n_components() as u64), case["n_found"].as_u64());
            let close = |what: &str, got: Array2<f64>| {
                let scale = got.iter().fold(0.0f64, |s, v| s.max(v.abs()));
                for (i, row) in rows(&case[what]).iter().enumerate() {
                    for (j, &expected) in row.iter().enumerate() {
                        assert_close(what, got[[i, j]], expected, 1e-4 * scale);
                    }
                }
            };
            close("covariance", model.covariance());
            close("precision", model.precision().unwrap());
            let scores = model.score_samples(&x, &Context::new()).unwrap();
            for (got, expected) in scores.iter().zip(numbers(&case["scores"])) {
                assert_close("score", *got, expected, 2e-4 * expected.abs().max(1.0));
            }
        }
    }
}

#[test]
fn rows_of_f64_are_computed_in_f64() {
    // Far from zero, where f32 would keep nothing of the differences.
    let x = Array2::from_shape_fn((60, 4), |(i, j)| {
        1e7 + ((i * (j + 3) * 7919) % 97) as f64 / (1 + j) as f64
    });
    for solver in [
        SvdSolver::Covariance,
        SvdSolver::Full,
        SvdSolver::Randomized,
    ] {
        let model = Pca::new(4).svd_solver(solver).fit(&x).unwrap();
        let coordinates = model.transform(&x).unwrap();
        for (k, variance) in model.explained_variance().iter().enumerate() {
            let column = coordinates.column(k);
            let found = column.iter().map(|v| v * v).sum::<f64>() / 59.0;
            assert_close("variance", found, *variance, 1e-8 * variance);
        }
        let restored = model.inverse_transform(&coordinates).unwrap();
        for (got, want) in restored.iter().zip(&x) {
            assert_close("restored", *got, *want, 1e-7);
        }
        let identity = model.components().dot(&model.components().t());
        for ((i, j), v) in identity.indexed_iter() {
            assert_close("product of axes", *v, f64::from(u8::from(i == j)), 1e-10);
        }
    }
    let error = Pca::new(1)
        .fit(&array![[f64::MAX], [0.9 * f64::MAX]])
        .unwrap_err();
    assert!(error.to_string().contains("must not overflow"), "{error}");
}

#[test]
fn a_model_without_variance_along_an_axis_has_no_density() {
    let x = array![[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]];
    for k in [1, 2] {
        let model = Pca::new(k).svd_solver(SvdSolver::Full).fit(&x).unwrap();
        let error = model.precision().unwrap_err().to_string();
        assert!(error.contains("variance along all axes"), "{error}");
    }
    let wide = array![[0.0, 1.0, 3.0], [1.0, 1.0, 5.0]];
    let error = Pca::with_evidence().fit(&wide).unwrap_err().to_string();
    assert!(
        error.contains("fewer samples (2) than features (3)"),
        "{error}"
    );
}

fn random_matrix(n: usize, d: usize) -> Array2<f32> {
    let mut state = 1u64;
    Array2::from_shape_fn((n, d), |(_, j)| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let uniform = (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5;
        uniform * 0.93f32.powi(j as i32) + 2.0
    })
}

/// Which way was taken shows in the bits.
#[test]
fn the_way_is_chosen_as_by_scikit_learn() {
    for case in golden()["solvers"].as_array().unwrap() {
        let case = case.as_array().unwrap();
        let (n, d) = (
            case[0].as_u64().unwrap() as usize,
            case[1].as_u64().unwrap() as usize,
        );
        let recipe = match case[2].as_u64() {
            Some(count) => Pca::new(count as usize),
            None => Pca::with_variance(case[2].as_f64().unwrap()),
        };
        if n * d > 100_000 {
            continue;
        }
        let x = random_matrix(n, d);
        let chosen = recipe.clone().svd_solver(solver(case[3].as_str().unwrap()));
        assert_eq!(recipe.fit(&x).unwrap(), chosen.fit(&x).unwrap(), "{case:?}");
    }
}

#[test]
fn the_randomized_way_finds_the_axes_of_the_full_one() {
    for (n, d) in [(700, 90), (90, 700), (3000, 40)] {
        let x = random_matrix(n, d);
        let full = Pca::new(6).svd_solver(SvdSolver::Full).fit(&x).unwrap();
        let randomized = Pca::new(6).svd_solver(SvdSolver::Randomized).seed(3);
        let randomized = randomized.iterated_power(12).fit(&x).unwrap();
        for i in 0..6 {
            let pair = full
                .components()
                .row(i)
                .dot(&randomized.components().row(i));
            assert!(pair > 0.9999, "{n}×{d}, component {i}: {pair}");
            let (a, b) = (
                full.explained_variance()[i],
                randomized.explained_variance()[i],
            );
            assert!(
                (a - b).abs() < 1e-5 * a,
                "{n}×{d}, variance {i}: {a} and {b}"
            );
        }
        assert!((full.noise_variance() - randomized.noise_variance()).abs() < 1e-5);
    }
}

fn matrices() -> impl Strategy<Value = Array2<f32>> {
    (2usize..30, 1usize..30).prop_flat_map(|(n, d)| {
        prop::collection::vec(-9.0f32..9.0, n * d)
            .prop_map(move |values| Array2::from_shape_vec((n, d), values).unwrap())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn axes_are_orthonormal_and_all_of_them_restore_the_samples(x in matrices()) {
        let k = x.nrows().min(x.ncols());
        for solver in [SvdSolver::Full, SvdSolver::Covariance, SvdSolver::Randomized] {
            let model = Pca::new(k).svd_solver(solver).fit(&x).unwrap();
            let gram = model.components().dot(&model.components().t());
            for ((i, j), value) in gram.indexed_iter() {
                prop_assert!((value - f64::from(u8::from(i == j))).abs() < 1e-5);
            }
            let coordinates = model.transform(&x).unwrap();
            let restored = model.inverse_transform(&coordinates).unwrap();
            for (a, b) in x.iter().zip(&restored) {
                prop_assert!((a - b).abs() < 1e-3, "{a} became {b}");
            }
            // Each coordinate has the variance that the model tells, and no others' share in it.
            let n = x.nrows() as f64;
            for (a, &variance) in coordinates.axis_iter(Axis(1)).zip(model.explained_variance()) {
                let squares = a.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>();
                prop_assert!((squares / (n - 1.0) - variance).abs() < 1e-3);
            }
            prop_assert!(model.explained_variance().is_sorted_by(|a, b| a >= b));
            prop_assert!((model.explained_variance_ratio().iter().sum::<f64>() - 1.0).abs() < 1e-5);
        }
    }
}

#[test]
fn whitened_coordinates_have_unit_variance() {
    for exponent in [0, -80, 60] {
        let x = random_matrix(500, 20) * 2f32.powi(exponent);
        let model = Pca::new(5).whiten(true).fit(&x).unwrap();
        let coordinates = model.transform(&x).unwrap();
        for column in coordinates.axis_iter(Axis(1)) {
            let variance = column.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() / 499.0;
            assert!((variance - 1.0).abs() < 1e-4, "{variance}");
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let x = random_matrix(5000, 60);
    for solver in [
        SvdSolver::Covariance,
        SvdSolver::Full,
        SvdSolver::Randomized,
    ] {
        let results = [1, 2, 8].map(|threads| {
            let context = Context::new().threads(threads).unwrap();
            let model = Pca::new(4)
                .svd_solver(solver)
                .fit_with(&x, &context)
                .unwrap();
            let coordinates = model.transform_with(&x, &context).unwrap();
            (model, coordinates)
        });
        assert_eq!(results[0], results[1]);
        assert_eq!(results[0], results[2]);
    }
}

#[test]
fn equal_rows_have_no_variance() {
    let x = Array2::from_elem((7, 3), 0.1f32);
    for solver in [
        SvdSolver::Full,
        SvdSolver::Covariance,
        SvdSolver::Randomized,
    ] {
        let model = Pca::new(2).svd_solver(solver).whiten(true).fit(&x).unwrap();
        assert!(
            model
                .explained_variance()
                .iter()
                .all(|&variance| variance < 1e-12)
        );
        assert!(model.transform(&x).unwrap().iter().all(|v| v.is_finite()));
        assert!(
            model
                .explained_variance_ratio()
                .iter()
                .all(|ratio| ratio.is_finite())
        );
    }
}

/// They are left out of the products, and have the axes without variance.
#[test]
fn columns_that_do_not_vary_change_nothing() {
    let (n, kept) = (200, [1, 2, 3, 17, 30, 31]);
    let varying = random_matrix(n, kept.len());
    let mut x = Array2::from_shape_fn((n, 40), |(_, j)| if j % 3 == 0 { 0.1 } else { 0.0 });
    for (column, &j) in varying.columns().into_iter().zip(&kept) {
        x.column_mut(j).assign(&column);
    }
    let expected = Pca::new(kept.len()).fit(&varying).unwrap();
    for solver in [SvdSolver::Full, SvdSolver::Covariance] {
        let model = Pca::new(40).svd_solver(solver).fit(&x).unwrap();
        let pairs = (model.explained_variance().iter()).zip(expected.explained_variance());
        for (&got, &expected) in pairs {
            assert_close("variance", got, expected, 1e-6);
        }
        let rest = &model.explained_variance()[kept.len()..];
        assert!(rest.iter().all(|&variance| variance < 1e-12));
        let axes = model.components();
        for (axis, expected) in axes.rows().into_iter().zip(expected.components().rows()) {
            for (j, &got) in axis.indexed_iter() {
                let position = kept.iter().position(|&k| k == j);
                assert_close("axis", got, position.map_or(0.0, |p| expected[p]), 1e-4);
            }
        }
        for (i, axis) in axes.rows().into_iter().enumerate() {
            for (j, other) in axes.rows().into_iter().enumerate() {
                assert_close("angle", axis.dot(&other), f64::from(u8::from(i == j)), 1e-6);
            }
        }
    }
}

#[test]
fn a_mean_that_f32_does_not_hold_adds_no_variance() {
    let x = Array2::from_shape_fn((30, 1), |(i, _)| if i < 10 { 1e7 } else { 1e7 + 1.0 });
    let expected = 10.0 * 20.0 / 30.0 / 29.0;
    for solver in [
        SvdSolver::Covariance,
        SvdSolver::Full,
        SvdSolver::Randomized,
    ] {
        let model = Pca::new(1).svd_solver(solver).fit(&x).unwrap();
        assert_close("variance", model.explained_variance()[0], expected, 1e-6);
    }
}

#[test]
fn equal_values_have_no_variance_though_their_mean_is_rounded() {
    let model = Pca::new(1).fit(&Array2::from_elem((3, 2), 0.1f64)).unwrap();
    assert_eq!(model.mean(), [0.1, 0.1]);
    assert_eq!(model.explained_variance(), [0.0]);
    assert_eq!(model.explained_variance_ratio(), [0.0]);
}

#[test]
fn nan_among_equal_values_is_found() {
    for d in [1, 17] {
        let mut x = Array2::from_shape_fn((40, d), |(i, j)| {
            if j == 0 {
                1.0
            } else {
                ((i * (j + 2)) % 7) as f32
            }
        });
        x[[3, 0]] = f32::NAN;
        for solver in [SvdSolver::Covariance, SvdSolver::Full] {
            let error = Pca::new(1).svd_solver(solver).fit(&x).unwrap_err();
            assert!(
                error.to_string().contains("NaN in row 3, column 0"),
                "{error}"
            );
        }
    }
}

#[test]
fn models_that_contradict_themselves_are_refused() {
    let model = Pca::new(2).fit(&random_matrix(20, 3)).unwrap();
    let saved: Value = serde_json::to_value(&model).unwrap();
    for (key, value, words) in [
        ("mean", json!([1.0, 2.0]), "got 2×3 and 2"),
        (
            "explained_variance",
            json!([1.0]),
            "explained_variance of a PCA must be 2",
        ),
        (
            "singular_values",
            json!([1.0, -1.0]),
            "singular_values of a PCA must be 2",
        ),
    ] {
        let mut changed = saved.clone();
        changed[key] = value;
        let error = serde_json::from_value::<PcaModel>(changed).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn a_model_survives_being_saved() {
    let x = random_matrix(40, 7);
    let model = Pca::new(3).whiten(true).fit(&x).unwrap();
    let text = serde_json::to_string(&model).unwrap();
    assert_eq!(model, serde_json::from_str(&text).unwrap());
}

#[test]
fn bad_input_is_named() {
    let x = random_matrix(6, 4);
    let message = |recipe: Pca, x: &ArrayRef2<f32>| recipe.fit(x).unwrap_err().to_string();
    for count in [0, 5] {
        assert_eq!(
            message(Pca::new(count), &x),
            format!(
                "n_components must be between 1 and the smaller of the numbers of samples and \
                 features (4), got {count}"
            )
        );
    }
    for share in [0.0, 1.0, f64::NAN, -1.0] {
        assert_eq!(
            message(Pca::with_variance(share), &x),
            format!(
                "n_components must be greater than 0 and less than 1 as a share of variance, \
                 got {share}"
            )
        );
    }
    assert_eq!(
        message(
            Pca::with_variance(0.5).svd_solver(SvdSolver::Randomized),
            &x
        ),
        "n_components must be a number of components for the randomized solver, got 0.5"
    );
    assert_eq!(
        message(Pca::new(1), &array![[1.0, 2.0]]),
        "x must have at least two rows (samples) to vary, got 1"
    );
    let mut holed = x.clone();
    holed[[3, 2]] = f32::INFINITY;
    let error = Pca::new(1).fit(&holed).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NonFinite { row: 3, column: 2 });
    let model = Pca::new(2).fit(&x).unwrap();
    assert_eq!(
        model
            .transform(&random_matrix(3, 5))
            .unwrap_err()
            .to_string(),
        "x must have the 4 columns (features) that the model was fitted on, got 5"
    );
    let token = CancelToken::default();
    token.cancel();
    let context = Context::new().cancel_with(&token);
    let error = Pca::new(2).fit_with(&x, &context).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Cancelled);
}
