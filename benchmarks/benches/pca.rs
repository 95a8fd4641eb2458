//! PCA by each of its solvers.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use lookalike::{Pca, SvdSolver, datasets};
use lookalike_benchmarks::blobs;

fn pca(c: &mut Criterion) {
    let mut group = c.benchmark_group("pca");
    group.sample_size(10);
    let digits = datasets::digits().data;
    group.bench_function("digits-1797x64/10-components", |b| {
        b.iter(|| Pca::new(10).fit(&digits));
    });
    let x = blobs(5_000, 200, 20).data;
    for solver in [
        SvdSolver::Full,
        SvdSolver::Covariance,
        SvdSolver::Randomized,
    ] {
        let id = BenchmarkId::new("blobs-5000x200", format!("{solver:?}").to_lowercase());
        group.bench_function(id, |b| b.iter(|| Pca::new(20).svd_solver(solver).fit(&x)));
    }
    group.finish();
}

criterion_group!(benches, pca);
criterion_main!(benches);
