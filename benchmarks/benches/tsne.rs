//! t-SNE: 100 iterations, by all pairs and by the tree.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use lookalike::{Tsne, TsneMethod, datasets};
use lookalike_benchmarks::blobs;

fn tsne(c: &mut Criterion) {
    let mut group = c.benchmark_group("tsne-100-iterations");
    group.sample_size(10);
    let digits = datasets::digits().data;
    let x = blobs(5_000, 20, 20).data;
    for method in [TsneMethod::Exact, TsneMethod::BarnesHut] {
        let recipe = Tsne::new().max_iter(100).method(method);
        let name = format!("{method:?}").to_lowercase();
        group.bench_function(BenchmarkId::new("digits-1797x64", &name), |b| {
            b.iter(|| recipe.fit(&digits));
        });
        group.bench_function(BenchmarkId::new("blobs-5000x20", &name), |b| {
            b.iter(|| recipe.fit(&x));
        });
    }
    group.finish();
}

criterion_group!(benches, tsne);
criterion_main!(benches);
