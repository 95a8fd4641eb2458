//! DBSCAN: by the k-d tree in two columns, by blocked products in many.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use lookalike::{Dbscan, datasets};
use lookalike_benchmarks::blobs;

fn dbscan(c: &mut Criterion) {
    let mut group = c.benchmark_group("dbscan");
    group.sample_size(10);
    let digits = datasets::digits().data;
    group.bench_function("digits-1797x64/eps-22", |b| {
        b.iter(|| Dbscan::new().eps(22.0).min_samples(5).fit(&digits));
    });
    for (n, d, eps) in [(50_000, 2, 0.1), (10_000, 50, 8.0)] {
        let x = blobs(n, d, 20).data;
        let id = BenchmarkId::new(format!("blobs-{n}x{d}"), format!("eps-{eps}"));
        group.bench_function(id, |b| {
            b.iter(|| Dbscan::new().eps(eps).min_samples(10).fit(&x));
        });
    }
    group.finish();
}

criterion_group!(benches, dbscan);
criterion_main!(benches);
