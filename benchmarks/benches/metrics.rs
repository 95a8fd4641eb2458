//! Scores of labels, of clusters and of maps.

use criterion::{Criterion, criterion_group, criterion_main};
use lookalike::metrics::{
    adjusted_mutual_info_score, adjusted_rand_score, davies_bouldin_score,
    homogeneity_completeness_v_measure, match_labels_one_to_one, silhouette_score, trustworthiness,
};
use lookalike_benchmarks::blobs;
use ndarray::s;

fn of_labels(c: &mut Criterion) {
    let mut group = c.benchmark_group("metrics-of-labels");
    group.sample_size(10);
    let truth: Vec<i32> = (0..100_000).map(|i| i % 10).collect();
    let labels: Vec<i32> = (0..100_000).map(|i| (i * 7 + i / 9) % 12 - 1).collect();
    group.bench_function("adjusted_rand/100000", |b| {
        b.iter(|| adjusted_rand_score(&truth, &labels));
    });
    group.bench_function("adjusted_mutual_info/100000", |b| {
        b.iter(|| adjusted_mutual_info_score(&truth, &labels));
    });
    group.bench_function("v_measure/100000", |b| {
        b.iter(|| homogeneity_completeness_v_measure(&truth, &labels));
    });
    group.bench_function("match_one_to_one/100000", |b| {
        b.iter(|| match_labels_one_to_one(&truth, &labels));
    });
    group.finish();
}

fn of_clusters(c: &mut Criterion) {
    let mut group = c.benchmark_group("metrics-of-clusters");
    group.sample_size(10);
    let set = blobs(10_000, 50, 10);
    group.bench_function("silhouette/10000x50", |b| {
        b.iter(|| silhouette_score(&set.data, &set.target));
    });
    group.bench_function("davies_bouldin/10000x50", |b| {
        b.iter(|| davies_bouldin_score(&set.data, &set.target));
    });
    group.finish();
}

fn of_maps(c: &mut Criterion) {
    let mut group = c.benchmark_group("metrics-of-maps");
    group.sample_size(10);
    let x = blobs(4_000, 50, 10).data;
    let map = x.slice(s![.., ..2]).to_owned();
    group.bench_function("trustworthiness/4000x50", |b| {
        b.iter(|| trustworthiness(&x, &map, 5));
    });
    group.finish();
}

criterion_group!(benches, of_labels, of_clusters, of_maps);
criterion_main!(benches);
