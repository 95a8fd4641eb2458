use lookalike::metrics::adjusted_rand_score;
use lookalike::pictures::{Algorithm, Cluster, ClusterOn, MapMethod, Reduce};
use lookalike::{ClusterCount, Context, KMeans, Linkage, datasets};
use ndarray::{Array2, array, s};

/// Three groups of twenty, far from one another.
fn blobs() -> (Array2<f32>, Vec<i32>) {
    let truth: Vec<i32> = (0..60).map(|row| row % 3).collect();
    let rows = Array2::from_shape_fn((60, 4), |(row, column)| {
        let noise = ((row * 7 + column * 13) % 11) as f32 / 20.0;
        if column == row % 3 {
            10.0 + noise
        } else {
            noise
        }
    });
    (rows, truth)
}

fn plain(k: usize) -> Cluster {
    Cluster::new(ClusterCount::Exactly(k)).map(MapMethod::None)
}

#[test]
fn every_algorithm_finds_clear_groups() {
    let (rows, truth) = blobs();
    let algorithms = [
        Algorithm::KMeans,
        Algorithm::MiniBatch,
        Algorithm::Dbscan {
            eps: 2.0,
            min_samples: 4,
        },
        Algorithm::Agglomerative {
            linkage: Linkage::Average,
        },
    ];
    for algorithm in algorithms {
        for recipe in [
            plain(3),
            plain(3).reduce(Reduce::Pca(2)),
            plain(3).map(MapMethod::Pca).cluster_on(ClusterOn::Map),
        ] {
            let found = recipe
                .algorithm(algorithm)
                .run(&rows, &Context::new())
                .unwrap();
            let score = adjusted_rand_score(&truth, &found.labels).unwrap();
            assert_eq!(score, 1.0, "{algorithm:?}");
            assert_eq!(found.centers.nrows(), 3);
            assert!(found.scores.silhouette.unwrap() > 0.9);
        }
    }
}

#[test]
fn it_is_pca_then_kmeans_numbered_by_size() {
    let digits = datasets::digits();
    let found = plain(10)
        .seed(3)
        .run(&digits.data, &Context::new())
        .unwrap();
    let pca = lookalike::Pca::new(50).seed(3).fit(&digits.data).unwrap();
    let reduced = pca.transform(&digits.data).unwrap();
    let model = KMeans::new(10).seed(3).fit(&reduced).unwrap();
    assert_eq!(
        adjusted_rand_score(model.labels(), &found.labels).unwrap(),
        1.0
    );
    assert_eq!(found.outcome.inertia, Some(model.inertia()));
    let sizes: Vec<usize> = found.groups.groups.iter().map(|group| group.size).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    // Each row's own centre is the nearest: a model that is applied gives the same clusters.
    for (row, &label) in reduced.outer_iter().zip(&found.labels) {
        let to = |center: usize| (&row - &found.centers.row(center)).mapv(|v| v * v).sum();
        let nearest = (0..10).min_by(|&a, &b| to(a).total_cmp(&to(b)));
        assert_eq!(nearest, Some(label as usize));
    }
}

#[test]
fn the_number_of_clusters_is_chosen_and_explained() {
    let (rows, _) = blobs();
    for algorithm in [
        Algorithm::KMeans,
        Algorithm::Agglomerative {
            linkage: Linkage::Ward,
        },
    ] {
        let recipe = Cluster::new(ClusterCount::Between(2, 8))
            .map(MapMethod::None)
            .algorithm(algorithm);
        let found = recipe.run(&rows, &Context::new()).unwrap();
        let choice = found.choice.unwrap();
        assert_eq!((choice.n_clusters, found.groups.groups.len()), (3, 3));
        let tried: Vec<usize> = choice.tried.iter().map(|trial| trial.n_clusters).collect();
        assert_eq!(tried, [2, 3, 4, 5, 6, 7, 8]);
        assert!(choice.tried.is_sorted_by(|a, b| a.inertia >= b.inertia));
        assert!(
            choice
                .reason()
                .starts_with("3 clusters have the highest silhouette")
        );
    }
}

#[test]
fn few_rows_are_no_reason_to_fail() {
    let rows = array![[0.0, 0.0], [0.0, 0.0], [5.0, 5.0], [9.0, 0.0]];
    for n in 1..=4 {
        let rows = rows.slice(s![..n, ..]).to_owned();
        let recipe = Cluster::new(ClusterCount::Between(2, 20));
        let found = recipe.run(&rows, &Context::new()).unwrap();
        assert_eq!(found.labels.len(), n);
        assert_eq!(found.map.unwrap().dim(), (n, 2));
    }
}

#[test]
fn when_all_is_noise_a_distance_is_proposed() {
    let (rows, truth) = blobs();
    let dbscan = |eps| Algorithm::Dbscan {
        eps,
        min_samples: 4,
    };
    let found = plain(3)
        .algorithm(dbscan(1e-3))
        .run(&rows, &Context::new())
        .unwrap();
    assert!(found.labels.iter().all(|&label| label == -1));
    let eps = found.eps_to_try.unwrap();
    let found = plain(3)
        .algorithm(dbscan(eps))
        .run(&rows, &Context::new())
        .unwrap();
    let inside = found.labels.iter().filter(|&&label| label >= 0).count();
    assert!(inside >= rows.nrows() / 2, "{inside}");
    assert_eq!(found.eps_to_try, None);
    let clusters = found
        .labels
        .iter()
        .zip(&truth)
        .filter(|(label, _)| **label >= 0);
    let mut pairs: Vec<_> = clusters.collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut labels: Vec<_> = pairs.iter().map(|pair| pair.0).collect();
    labels.dedup();
    assert_eq!(labels.len(), pairs.len(), "no cluster spans two groups");
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let digits = datasets::digits();
    let rows = digits.data.slice(s![..500, ..]).to_owned();
    let recipe = Cluster::new(ClusterCount::Between(2, 6)).cluster_on(ClusterOn::Map);
    let run = |threads| {
        let context = Context::new().threads(threads).unwrap();
        let found = recipe.run(&rows, &context).unwrap();
        (
            found.labels,
            found.groups,
            found.centers,
            found.map,
            found.choice,
            found.scores,
        )
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(8));
}

#[test]
fn faults_are_named() {
    let (rows, _) = blobs();
    let message = |recipe: Cluster| recipe.run(&rows, &Context::new()).unwrap_err().to_string();
    assert_eq!(
        message(plain(61)),
        "n_clusters must be between 1 and the number of rows (60), got 61"
    );
    assert_eq!(
        message(plain(0)),
        "n_clusters must be between 1 and the number of rows (60), got 0"
    );
    assert_eq!(
        message(Cluster::new(ClusterCount::Between(5, 3))),
        "n_clusters must be a range from 2 on, least first, got 5..3"
    );
    assert_eq!(
        message(plain(3).cluster_on(ClusterOn::Map)),
        "cluster_on must be the features where there is no map, got map"
    );
    let odd = array![[1.0, f32::NAN]];
    let error = plain(1).run(&odd, &Context::new()).unwrap_err().to_string();
    assert!(error.contains("NaN"), "{error}");
}
