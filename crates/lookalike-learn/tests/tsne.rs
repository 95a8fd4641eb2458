//! t-SNE against scikit-learn, and what a map must keep.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{floats, golden, matrix};
use lookalike_learn::datasets::digits;
use lookalike_learn::manifold::tsne::DEFAULT_MAX_ITER;
use lookalike_learn::metrics::{accuracy_score, match_labels, neighbor_recall, trustworthiness};
use lookalike_learn::{
    CancelToken, Context, Dbscan, ErrorKind, KMeans, Tsne, TsneInit, TsneMethod, TsneModel,
};
use ndarray::{Array2, array, s};

fn some_digits(n: usize) -> Array2<f32> {
    digits().data.slice(s![..n, ..]).to_owned()
}

#[test]
fn maps_are_as_good_as_those_of_scikit_learn_from_the_same_starts() {
    let golden = golden("tsne");
    let inits: Vec<Array2<f32>> = golden["inits"]
        .as_array()
        .unwrap()
        .iter()
        .map(matrix)
        .collect();
    let x = some_digits(inits[0].nrows());
    for case in golden["maps"].as_array().unwrap() {
        let method = match case["method"].as_str().unwrap() {
            "exact" => TsneMethod::Exact,
            _ => TsneMethod::BarnesHut,
        };
        let draw = |init: &Array2<f32>| {
            let recipe = Tsne::new()
                .perplexity(case["perplexity"].as_f64().unwrap())
                .method(method)
                .init(TsneInit::Given(init.clone()));
            recipe.fit(&x).unwrap().kl_divergence()
        };
        let got: Vec<f64> = inits.iter().map(draw).collect();
        // Each start ends in a minimum of its own, so the means are compared.
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let want = mean(&floats(&case["kl_divergences"]));
        let got = mean(&got);
        assert!(got < 1.01 * want && got > 0.95 * want, "{case}: {got}");
    }
}

#[test]
fn same_bits_with_any_number_of_threads() {
    let x = some_digits(400);
    for method in [TsneMethod::Exact, TsneMethod::BarnesHut, TsneMethod::Fft] {
        for n_components in [1, 2, 3] {
            if method == TsneMethod::Fft && n_components != 2 {
                continue;
            }
            let recipe = Tsne::new()
                .method(method)
                .n_components(n_components)
                .max_iter(300);
            let draw = |threads| {
                let context = Context::new().threads(threads).unwrap();
                recipe.fit_with(&x, &context).unwrap()
            };
            let one = draw(1);
            assert_eq!(one, draw(2), "{method:?} {n_components}");
            assert_eq!(one, draw(8), "{method:?} {n_components}");
        }
    }
}

#[test]
fn many_samples_keep_their_rows_and_their_bits() {
    let x = Array2::from_shape_fn((6000, 16), |(i, j)| ((i * 31 + j * 17) as f32).sin());
    let draw = |threads| {
        let context = Context::new().threads(threads).unwrap();
        Tsne::new().max_iter(260).fit_with(&x, &context).unwrap()
    };
    let model = draw(1);
    assert_eq!(model, draw(8));
    let trust = trustworthiness(&x, model.embedding(), 5).unwrap();
    assert!(trust > 0.9, "{trust}");
}

#[test]
fn the_tree_and_the_grid_draw_as_good_maps_as_all_pairs() {
    let x = some_digits(1500);
    let draw = |method| Tsne::new().method(method).fit(&x).unwrap().kl_divergence();
    let exact = draw(TsneMethod::Exact);
    for method in [TsneMethod::BarnesHut, TsneMethod::Fft] {
        let near = draw(method);
        assert!(
            (near - exact).abs() < 0.02 * exact,
            "{method:?} {near} {exact}"
        );
    }
}

#[test]
fn a_map_in_three_dimensions_keeps_more_neighbours() {
    let x = some_digits(600);
    let draw = |n_components, method| {
        let recipe = Tsne::new().n_components(n_components).method(method);
        recipe.fit(&x).unwrap()
    };
    let flat = draw(2, TsneMethod::Exact);
    for method in [TsneMethod::Exact, TsneMethod::BarnesHut] {
        let deep = draw(3, method);
        assert_eq!(deep.embedding().dim(), (600, 3));
        let trust = trustworthiness(&x, deep.embedding(), 5).unwrap();
        assert!(trust > 0.98, "{trust}");
        let recall = |map: &TsneModel| neighbor_recall(&x, map.embedding(), 10).unwrap();
        assert!(
            recall(&deep) > recall(&flat),
            "{} {}",
            recall(&deep),
            recall(&flat)
        );
        assert!(deep.kl_divergence() < flat.kl_divergence());
    }
}

/// The share of digits that clusters of a map put right.
fn accuracy(labels: &[i32]) -> f64 {
    let target = digits().target;
    let matched = match_labels(&target, labels).unwrap();
    accuracy_score(&target, &matched).unwrap()
}

fn k_means_accuracy(map: &TsneModel) -> f64 {
    let model = KMeans::new(10).n_init(10).fit(map.embedding()).unwrap();
    accuracy(model.labels())
}

#[test]
fn clusters_of_the_digits_map_are_digits() {
    let x = digits().data;
    let map = Tsne::new().fit(&x).unwrap();
    let by_k_means = k_means_accuracy(&map);
    assert!(by_k_means >= 0.93, "{by_k_means}");
    let dbscan = Dbscan::new().eps(5.0).min_samples(15);
    let by_density = accuracy(dbscan.fit(map.embedding()).unwrap().labels());
    assert!(by_density >= 0.79, "{by_density}");
    assert!(trustworthiness(&x, map.embedding(), 5).unwrap() > 0.985);

    let mut from_random: Vec<f64> = (0..3)
        .map(|seed| Tsne::new().init(TsneInit::Random).seed(seed))
        .map(|recipe| k_means_accuracy(&recipe.fit(&x).unwrap()))
        .collect();
    from_random.sort_by(f64::total_cmp);
    assert!(from_random[1] >= 0.90, "{from_random:?}");
}

#[test]
fn progress_tells_the_iteration_and_the_divergence() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let context = Context::new().on_progress(move |progress| {
        if progress.stage == "t-SNE" {
            sink.lock().unwrap().push(progress.clone());
        }
    });
    let model = Tsne::new()
        .max_iter(350)
        .fit_with(&some_digits(100), &context)
        .unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.iter().map(|p| p.done).eq(1..=model.n_iter()));
    assert!(seen.iter().all(|p| p.total == 350));
    let reported: Vec<(usize, f64)> = seen
        .iter()
        .filter_map(|p| p.objective.map(|objective| (p.done, objective)))
        .collect();
    assert_eq!(reported, model.history());
    assert_eq!(reported.len(), 7);
}

#[test]
fn cancelling_stops_soon() {
    // About a minute's work. It stops within a second; a busy machine is given more.
    let x = Array2::from_shape_fn((12_000, 16), |(i, j)| ((i * 31 + j * 17) as f32).sin());
    for wait in [100, 2500] {
        let token = CancelToken::default();
        let context = Context::new().cancel_with(&token);
        let (error, waited) = std::thread::scope(|scope| {
            let work = scope.spawn(|| Tsne::new().max_iter(100_000).fit_with(&x, &context));
            std::thread::sleep(Duration::from_millis(wait));
            let asked = Instant::now();
            token.cancel();
            let error = work.join().unwrap().unwrap_err();
            (error, asked.elapsed())
        });
        assert_eq!(error.kind(), &ErrorKind::Cancelled);
        assert!(waited < Duration::from_secs(5), "{waited:?}");
    }
}

#[test]
fn bad_input_is_refused_with_the_rule() {
    let x = Array2::from_shape_fn((10, 3), |(i, j)| (i * 3 + j) as f32);
    let refused = |recipe: Tsne| recipe.fit(&x).unwrap_err().to_string();
    let few = || Tsne::new().perplexity(3.0);
    let given = |init| refused(few().init(TsneInit::Given(init)));
    for (got, want) in [
        (
            refused(Tsne::new().perplexity(10.0)),
            "perplexity must be above 0 and below the number of samples (10), got 10",
        ),
        (
            refused(Tsne::new().perplexity(0.0)),
            "perplexity must be above 0 and below the number of samples (10), got 0",
        ),
        (
            refused(Tsne::new().perplexity(-5.0)),
            "perplexity must be above 0 and below the number of samples (10), got -5",
        ),
        (
            refused(Tsne::new().perplexity(f64::NAN)),
            "perplexity must be above 0 and below the number of samples (10), got NaN",
        ),
        (
            refused(few().n_components(0)),
            "n_components must be 1, 2 or 3, got 0",
        ),
        (
            refused(few().n_components(4)),
            "n_components must be 1, 2 or 3, got 4",
        ),
        (
            refused(few().learning_rate(0.0)),
            "learning_rate must be a finite number above 0, got 0",
        ),
        (
            refused(few().max_iter(249)),
            "max_iter must be at least 250, got 249",
        ),
        (
            refused(few().early_exaggeration(0.5)),
            "early_exaggeration must be a finite number of at least 1, got 0.5",
        ),
        (
            refused(few().min_grad_norm(-1.0)),
            "min_grad_norm must be at least 0, got -1",
        ),
        (
            refused(few().angle(2.0)),
            "angle must be between 0 and 1, got 2",
        ),
        (
            given(Array2::zeros((10, 3))),
            "init must have n_samples×n_components (10×2) values, got 10×3",
        ),
        (
            given(Array2::from_shape_fn((10, 2), |(i, _)| {
                if i == 4 { f32::NAN } else { 0.0 }
            })),
            "init must be finite, got NaN in row 4, column 0 (counted from 0)",
        ),
    ] {
        assert_eq!(got, want);
    }
    let one = few().fit(&array![[1.0, 2.0]]).unwrap_err().to_string();
    assert_eq!(one, "x must have at least two rows (samples) to map, got 1");
}

#[test]
fn very_few_or_equal_samples_make_a_finite_map() {
    let two = array![[0.0, 1.0], [4.0, 3.0]];
    let equal = Array2::from_elem((40, 5), 0.1);
    let mut pair_of_heaps = Array2::from_elem((60, 3), 1.0);
    pair_of_heaps.slice_mut(s![30.., ..]).fill(2.0);
    for (x, perplexity) in [(&two, 1.0), (&equal, 10.0), (&pair_of_heaps, 5.0)] {
        for method in [TsneMethod::Exact, TsneMethod::BarnesHut] {
            for n_components in [2, 3] {
                let model = Tsne::new()
                    .perplexity(perplexity)
                    .method(method)
                    .n_components(n_components)
                    .fit(x)
                    .unwrap();
                assert!(model.embedding().iter().all(|v| v.is_finite()));
                assert!(model.kl_divergence().is_finite());
            }
        }
    }
}

#[test]
fn a_given_start_is_used() {
    let x = some_digits(150);
    let start = Array2::from_shape_fn((150, 2), |(i, a)| ((i * 2 + a) as f32).sin() * 1e-4);
    let recipe = Tsne::new().perplexity(10.0);
    let draw = |start: &Array2<f32>| {
        let recipe = recipe.clone().init(TsneInit::Given(start.clone()));
        recipe.fit(&x).unwrap()
    };
    let model = draw(&start);
    // Mirror the start, and the map is mirrored to the last bit.
    let mirrored = draw(&-start);
    assert_eq!(*mirrored.embedding(), -model.embedding());
    assert_ne!(model, recipe.fit(&x).unwrap());
}

#[test]
fn the_divergence_falls_to_the_end() {
    let model = Tsne::new().fit(&some_digits(300)).unwrap();
    assert_eq!(model.n_iter(), DEFAULT_MAX_ITER);
    assert_eq!(model.history().len(), model.n_iter() / 50);
    let late = &model.history()[4..];
    assert!(late.windows(2).all(|w| w[1].1 <= w[0].1 + 1e-4), "{late:?}");
    let last = late.last().unwrap().1;
    assert!((last - model.kl_divergence()).abs() < 1e-3 * last);
}

#[test]
fn distances_make_the_map_of_their_samples() {
    let x = some_digits(300);
    let distances = Array2::from_shape_fn((300, 300), |(i, j)| {
        let pairs = x.row(i).into_iter().zip(x.row(j));
        let squared: f64 = pairs
            .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
            .sum();
        squared.sqrt()
    });
    let recipe = Tsne::new().init(TsneInit::Random).max_iter(300);
    let context = Context::new();
    let model = recipe.fit_precomputed(&distances, &context).unwrap();
    assert_eq!(model, recipe.fit(&x).unwrap());
    // Pairs that are far apart may be as far as they like.
    let farther = distances.mapv(|v| if v > 60.0 { f64::MAX } else { v });
    assert_eq!(model, recipe.fit_precomputed(&farther, &context).unwrap());
    // In units that f32 does not hold.
    let others = [-170, 140].map(|exponent| {
        let other_unit = &distances * 2f64.powi(exponent);
        recipe.fit_precomputed(&other_unit, &context).unwrap()
    });
    assert_eq!(others[0], others[1]);
    let (kl, other) = (model.kl_divergence(), others[0].kl_divergence());
    assert!((kl - other).abs() < 0.02 * kl, "{kl} {other}");
    let error = Tsne::new()
        .fit_precomputed(&distances, &context)
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("only distances are known, got pca"),
        "{error}"
    );
}

#[test]
fn narrower_vectors_too() {
    common::again_with_narrower_vectors("narrower_vectors_too");
}
