//! Lookalike groups what looks alike.
//!
//! Rows of numbers, such as the pixels of small pictures, go in; clusters, maps, scores and
//! figures that a person can judge come out. The algorithms bear scikit-learn's names and
//! defaults (but for the steps of t-SNE), run on all cores, and give the same bits on any number of
//! threads.
//!
//! ```
//! use lookalike::metrics::{ClassificationReport, accuracy_score, match_labels};
//! use lookalike::{KMeans, Tsne, datasets};
//!
//! let digits = datasets::digits();
//! let map = Tsne::new().seed(0).fit(&digits.data)?;
//! let model = KMeans::new(10).n_init(10).seed(0).fit(map.embedding())?;
//! let labels = match_labels(&digits.target, model.labels())?;
//! assert!(accuracy_score(&digits.target, &labels)? > 0.93);
//! println!("{}", ClassificationReport::new(&digits.target, &labels)?);
//! # Ok::<(), lookalike::learn::Error>(())
//! ```
//!
//! # Which algorithm when
//!
//! | you know | use |
//! |---|---|
//! | how many clusters there are, and that they are round | [`KMeans`] |
//! | the same, of pixels: very many, of few features | [`PixelKMeans`] |
//! | the same, of data that is too large or arrives piece by piece | [`MiniBatchKMeans`] |
//! | how dense clusters are, not how many; some samples belong to none | [`Dbscan`] |
//! | that clusters contain clusters, or their number is to be chosen later | [`AgglomerativeClustering`] |
//! | that there are too many columns, and some say little | [`Pca`], then one of the above |
//! | nothing, and want to look | [`Tsne`], then cluster what it shows |
//!
//! # The jobs
//!
//! * [`tutorial`]: seven ways to cluster handwritten digits, judged and drawn.
//! * [`scene`]: every pixel of a raster gets a class.
//! * [`pictures`]: what clusters of pictures are like, and which pictures show it.
//! * [`quantize`]: a photo in the few colours that change it least.
//! * [`evaluation`]: all scores of anybody's labels.
//!
//! # Memory and threads
//!
//! Every call has a twin `…_with` that takes a [`Context`]: how many threads, whom to tell about
//! progress, and a token to stop it.

pub mod evaluation;
pub mod output;
pub mod pictures;
pub mod quantize;
pub mod record;
pub mod scene;
pub mod table;
pub mod tutorial;
pub mod words;

mod choice;
mod error;
mod model_file;
mod stopwatch;

pub use choice::{Choice, ClusterCount, Trial};
pub use error::{Error, ErrorKind, Result};
pub use lookalike_figures as figures;
pub use lookalike_imagery as imagery;
pub use lookalike_learn as learn;
pub use lookalike_learn::{
    AgglomerativeClustering, AgglomerativeModel, CancelToken, Context, Dbscan, DbscanModel, Init,
    KMeans, KMeansModel, Linkage, MiniBatchKMeans, MiniBatchKMeansModel, Pca, PcaModel,
    PixelKMeans, PixelKMeansModel, Progress, SvdSolver, Tsne, TsneInit, TsneMethod, TsneModel,
    cluster, datasets, decomposition, manifold, metrics, neighbors, pixel_kmeans,
};

/// The examples of the README, so that they stay true.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
