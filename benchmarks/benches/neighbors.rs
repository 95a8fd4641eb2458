//! Nearest neighbours: by the k-d tree in few columns, by blocked products in many.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use lookalike::{datasets, neighbors::k_nearest};
use lookalike_benchmarks::blobs;

fn neighbors(c: &mut Criterion) {
    let mut group = c.benchmark_group("k_nearest");
    group.sample_size(10);
    let digits = datasets::digits().data;
    group.bench_function("digits-1797x64/k-90", |b| b.iter(|| k_nearest(&digits, 90)));
    for (n, d, k) in [(50_000, 2, 10), (5_000, 50, 90), (5_000, 784, 90)] {
        let x = blobs(n, d, 20).data;
        let id = BenchmarkId::new(format!("blobs-{n}x{d}"), format!("k-{k}"));
        group.bench_function(id, |b| b.iter(|| k_nearest(&x, k)));
    }
    group.finish();
}

criterion_group!(benches, neighbors);
criterion_main!(benches);
