//! Agglomerative clustering by its four linkages.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use lookalike::{AgglomerativeClustering, Linkage, datasets};
use lookalike_benchmarks::blobs;

fn agglomerative(c: &mut Criterion) {
    let mut group = c.benchmark_group("agglomerative");
    group.sample_size(10);
    let digits = datasets::digits().data;
    let many = blobs(4_000, 50, 20).data;
    for linkage in [
        Linkage::Ward,
        Linkage::Complete,
        Linkage::Average,
        Linkage::Single,
    ] {
        let recipe = AgglomerativeClustering::new(10).linkage(linkage);
        let name = format!("{linkage:?}").to_lowercase();
        group.bench_function(BenchmarkId::new("digits-1797x64", &name), |b| {
            b.iter(|| recipe.fit(&digits));
        });
        group.bench_function(BenchmarkId::new("blobs-4000x50", &name), |b| {
            b.iter(|| recipe.fit(&many));
        });
    }
    group.finish();
}

criterion_group!(benches, agglomerative);
criterion_main!(benches);
