//! Rows of numbers in; clusters, fewer columns and scores out.

pub mod cluster;
pub mod datasets;
pub mod decomposition;
pub mod manifold;
pub mod metrics;
pub mod neighbors;

mod context;
mod distance;
mod error;
mod input;
mod linalg;
mod narrow;
mod parallel;
mod random;
mod real;
mod simd;
mod unit;

pub use cluster::{
    AgglomerativeClustering, AgglomerativeModel, Dbscan, DbscanModel, Init, KMeans, KMeansModel,
    Linkage, MiniBatchKMeans, MiniBatchKMeansModel, PixelKMeans, PixelKMeansModel, pixel_kmeans,
};
pub use context::{CancelToken, Context, Progress};
pub use decomposition::{Pca, PcaModel, SvdSolver};
pub use error::{Error, ErrorKind, Result};
pub use manifold::{Tsne, TsneInit, TsneMethod, TsneModel};
pub use narrow::{Narrowed, narrow, narrow_by};
pub use real::Real;
