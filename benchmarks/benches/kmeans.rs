//! k-means and mini-batch k-means.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use lookalike::{KMeans, MiniBatchKMeans, datasets};
use lookalike_benchmarks::blobs;

fn kmeans(c: &mut Criterion) {
    let mut group = c.benchmark_group("kmeans");
    group.sample_size(10);
    let digits = datasets::digits().data;
    group.bench_function("digits-1797x64/n_init-10", |b| {
        b.iter(|| KMeans::new(10).n_init(10).fit(&digits));
    });
    for (n, d, k) in [(10_000, 2, 10), (10_000, 50, 10), (10_000, 50, 100)] {
        let x = blobs(n, d, k).data;
        let id = BenchmarkId::new(format!("blobs-{n}x{d}"), format!("k-{k}"));
        group.bench_function(id, |b| b.iter(|| KMeans::new(k).fit(&x)));
    }
    group.finish();
}

fn mini_batch_kmeans(c: &mut Criterion) {
    let mut group = c.benchmark_group("mini_batch_kmeans");
    group.sample_size(10);
    let digits = datasets::digits().data;
    group.bench_function("digits-1797x64/k-10", |b| {
        b.iter(|| MiniBatchKMeans::new(10).fit(&digits));
    });
    let x = blobs(100_000, 20, 10).data;
    group.bench_function("blobs-100000x20/k-10", |b| {
        b.iter(|| MiniBatchKMeans::new(10).fit(&x));
    });
    group.finish();
}

criterion_group!(benches, kmeans, mini_batch_kmeans);
criterion_main!(benches);
