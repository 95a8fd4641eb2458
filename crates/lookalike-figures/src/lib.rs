//! Results as pictures that a person looks at, and one report that tells their story.
//!
//! | results | figure |
//! |---|---|
//! | a data set of small pictures, cluster centres | [`PictureGrid`] |
//! | true against predicted labels | [`ConfusionHeatmap`] |
//! | a two-dimensional map and its labels | [`ScatterMap`], [`PictureMap`], [`ThumbnailMap`] |
//! | scores of several ways, or of several numbers of clusters | [`ScoreBars`], [`ScoreCurves`] |
//! | pictures of one cluster, with their names | [`ContactSheet`] |
//! | a scene and the map of its classes | [`ScenePictures`] |
//! | classes of pixels, band by band | [`ClassHistograms`], [`BandScatter`] |
//!
//! Each is a builder: `new` takes what cannot be left out, setters take the rest, `draw` checks and
//! draws. What comes out is a [`Figure`], which becomes a PNG file, an SVG file or an element of a
//! web page; a [`Report`] is a whole page that needs neither scripts nor any other file.
//!
//! Nothing is read from the machine, the fonts least of all, so that the same results make the
//! same bytes everywhere. Characters outside the embedded font (Latin, punctuation, the more usual
//! mathematics) are drawn as empty boxes, except within a report, where the browser has more.
//!
//! ```
//! use lookalike_figures::{Report, ScatterMap};
//! use ndarray::array;
//!
//! let map = array![[0.0, 0.0], [0.3, 0.1], [4.0, 4.0], [4.2, 4.1]];
//! let figure = ScatterMap::new(&map, &[0, 0, 1, 1]).title("Two groups").draw()?;
//! let png: Vec<u8> = figure.png(2.0)?;
//!
//! let page: String = Report::new("Four samples")
//!     .lead("What two groups look like.")
//!     .heading("The map")
//!     .figure(&figure, "Neighbours share a colour.")?
//!     .html();
//! # Ok::<(), lookalike_figures::Error>(())
//! ```

mod axis;
mod band_scatter;
mod canvas;
mod class;
mod class_histograms;
mod confusion_heatmap;
mod contact_sheet;
mod error;
mod figure;
mod fonts;
mod input;
mod layout;
mod map;
mod markup;
pub mod palette;
mod picture;
mod picture_grid;
mod picture_map;
mod raster;
mod report;
mod scatter_map;
mod scene_pictures;
mod score_bars;
mod score_curves;
mod thumbnail_map;
mod words;

pub use band_scatter::BandScatter;
pub use class::Class;
pub use class_histograms::ClassHistograms;
pub use confusion_heatmap::ConfusionHeatmap;
pub use contact_sheet::{ContactSheet, SheetCell};
pub use error::{Error, ErrorKind, Result};
pub use figure::{Figure, Theme};
pub use picture::Picture;
pub use picture_grid::PictureGrid;
pub use picture_map::PictureMap;
pub use report::{Cell, Report, Table};
pub use scatter_map::ScatterMap;
pub use scene_pictures::ScenePictures;
pub use score_bars::ScoreBars;
pub use score_curves::ScoreCurves;
pub use thumbnail_map::ThumbnailMap;
