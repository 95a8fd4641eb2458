//! Pictures become rows of features.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use lookalike_imagery::cache::{ContentHash, FeatureCache, FileStamp, SettingsKey};
use lookalike_imagery::collection::Item;
use lookalike_imagery::features::Features;
use lookalike_imagery::picture::{self, Picture};
use lookalike_learn::Context;
use ndarray::{Array2, ArrayViewMut2};
use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::record::hexadecimal;
use crate::{Error, ErrorKind, Result};

/// What the progress of [`embed`] is called; what is done are pictures.
pub const PICTURES: &str = "pictures";
/// Pictures between two reports of it.
const REPORT_EVERY: usize = 64;

/// Rows of features of pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// The pictures, one a row.
    pub items: Vec<Item>,
    /// (pictures, features).
    pub rows: Array2<f32>,
    /// Pictures that have no row.
    pub unusable: Vec<Unusable>,
    /// Rows that were computed; all others were in the cache.
    pub n_computed: usize,
    /// The SHA-256 of what the pictures are called and hold, in hexadecimal digits.
    pub sha256: String,
}

/// A picture that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unusable {
    /// What it is called.
    pub name: PathBuf,
    /// Why.
    pub reason: String,
}

/// What became of a picture that was looked for.
enum Fetched {
    /// Its row is filled from the cache.
    Known(ContentHash),
    /// Its features are to be computed.
    Fresh(ContentHash, Picture),
}

/// What a file holds, or why it cannot be used.
type Outcome = std::result::Result<ContentHash, String>;

/// Computes the features of `items` on all threads, but of those whose content is in the cache: those
/// are not decoded, and where the file has not changed since not even read.
///
/// The rows are in the order of the items, less those that cannot be used, and the same on any number
/// of threads.
///
/// # Errors
/// When no picture can be used, the cache cannot be read or written, there is no memory for the rows;
/// when cancelled.
pub fn embed(
    items: &[Item],
    features: &dyn Features,
    cache: Option<&FeatureCache>,
    context: &Context,
) -> Result<Embedding> {
    let d = features.n_features();
    let mut values = zeros(items.len(), d)?;
    let job = Job {
        features,
        cache,
        settings: SettingsKey::of(&features.settings()),
        n_items: items.len(),
        n_done: AtomicUsize::new(0),
        n_computed: AtomicUsize::new(0),
        context,
    };
    let batch = features.batch_size().max(1);
    let outcomes: Vec<Vec<Outcome>> = context.run(|| {
        let rows = values.par_chunks_mut(batch * d);
        rows.zip(items.par_chunks(batch))
            .map(|(rows, items)| job.batch(items, rows))
            .collect::<Result<_>>()
    })?;
    if let Some(cache) = cache {
        cache.flush()?;
    }
    let mut kept = Vec::new();
    let mut unusable = Vec::new();
    let mut hash = Sha256::new();
    for (i, (item, outcome)) in items.iter().zip(outcomes.into_iter().flatten()).enumerate() {
        let name = item.name.clone();
        match outcome {
            Ok(content) => {
                hash.update(name.as_os_str().as_encoded_bytes());
                hash.update(content.as_bytes());
                values.copy_within(i * d..(i + 1) * d, kept.len() * d);
                kept.push(item.clone());
            }
            Err(reason) => unusable.push(Unusable { name, reason }),
        }
    }
    if kept.is_empty() {
        let first = unusable.first().map_or("there is none", |u| &u.reason);
        let message = format!(
            "no picture of {} can be used; the first: {first}",
            items.len()
        );
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    values.truncate(kept.len() * d);
    let rows = Array2::from_shape_vec((kept.len(), d), values)
        .map_err(|e| Error::new(ErrorKind::InvalidInput, e.to_string()))?;
    Ok(Embedding {
        items: kept,
        rows,
        unusable,
        n_computed: job.n_computed.into_inner(),
        sha256: hexadecimal(&hash.finalize()),
    })
}

/// Memory for all rows, or why there is none.
fn zeros(n: usize, d: usize) -> Result<Vec<f32>> {
    let refused = || {
        let gigabytes = n as f64 * d as f64 * 4.0 / 1e9;
        let message = format!("{n} rows of {d} features need {gigabytes:.1} GB of memory");
        Error::new(ErrorKind::InvalidInput, message)
    };
    let len = n.checked_mul(d).ok_or_else(refused)?;
    let mut values = Vec::new();
    values.try_reserve_exact(len).map_err(|_| refused())?;
    values.resize(len, 0.0);
    Ok(values)
}

struct Job<'a> {
    features: &'a dyn Features,
    cache: Option<&'a FeatureCache>,
    settings: SettingsKey,
    n_items: usize,
    n_done: AtomicUsize,
    n_computed: AtomicUsize,
    context: &'a Context,
}

impl Job<'_> {
    /// Fills the rows of some pictures.
    fn batch(&self, items: &[Item], rows: &mut [f32]) -> Result<Vec<Outcome>> {
        self.context.check()?;
        let d = self.features.n_features();
        let mut outcomes = Vec::with_capacity(items.len());
        let (mut places, mut pictures) = (Vec::new(), Vec::new());
        for (i, (item, row)) in items.iter().zip(rows.chunks_exact_mut(d)).enumerate() {
            outcomes.push(match self.fetch(&item.path, row)? {
                Ok(Fetched::Known(content)) => Ok(content),
                Ok(Fetched::Fresh(content, picture)) => {
                    places.push(i);
                    pictures.push(picture);
                    Ok(content)
                }
                Err(fault) => Err(fault),
            });
        }
        if !pictures.is_empty() {
            let mut n_computed = 0;
            let mut computed = vec![0.0; pictures.len() * d];
            let found = self.extract(&pictures, &mut computed);
            let computed = computed.chunks_exact(d).zip(found);
            for (i, (values, found)) in places.into_iter().zip(computed) {
                match (found, &outcomes[i]) {
                    (Ok(()), Ok(content)) => {
                        n_computed += 1;
                        rows[i * d..(i + 1) * d].copy_from_slice(values);
                        if let Some(cache) = self.cache {
                            cache.put(*content, self.settings, values)?;
                        }
                    }
                    (Err(fault), _) => outcomes[i] = Err(fault),
                    (Ok(()), Err(_)) => {}
                }
            }
            self.n_computed.fetch_add(n_computed, Ordering::Relaxed);
        }
        let before = self.n_done.fetch_add(items.len(), Ordering::Relaxed);
        let done = before + items.len();
        if before / REPORT_EVERY != done / REPORT_EVERY || done == self.n_items {
            self.context.report(PICTURES, done, self.n_items, None);
        }
        Ok(outcomes)
    }

    /// A picture, or its row; the inner error is what is wrong with the file.
    fn fetch(&self, path: &Path, row: &mut [f32]) -> Result<std::result::Result<Fetched, String>> {
        let mut stamp = None;
        let mut known = None;
        if let Some(cache) = self.cache {
            // What is wrong with a file that cannot be looked at is said when it is read.
            stamp = FileStamp::of(path).ok();
            known = stamp.as_ref().and_then(|stamp| cache.content_of(stamp));
            if let Some(content) = known
                && cache.get(content, self.settings, row)?
            {
                return Ok(Ok(Fetched::Known(content)));
            }
        }
        let bytes = match picture::read_file(path) {
            Ok(bytes) => bytes,
            Err(fault) => return Ok(Err(fault.to_string())),
        };
        let content = ContentHash::of(&bytes);
        if let Some(cache) = self.cache {
            if let Some(stamp) = &stamp {
                cache.remember(stamp, content)?;
            }
            if known != Some(content) && cache.get(content, self.settings, row)? {
                return Ok(Ok(Fetched::Known(content)));
            }
        }
        let picture = picture::decode_bytes(&bytes, path);
        Ok(picture
            .map(|picture| Fetched::Fresh(content, picture))
            .map_err(|e| e.to_string()))
    }

    /// The features of all pictures at once; where that fails, of one after the other, so that one
    /// fault costs one picture.
    fn extract(
        &self,
        pictures: &[Picture],
        values: &mut [f32],
    ) -> Vec<std::result::Result<(), String>> {
        let d = self.features.n_features();
        let fill = |pictures: &[Picture], values: &mut [f32]| {
            let rows = ArrayViewMut2::from_shape((pictures.len(), d), values)
                .map_err(|e| e.to_string())?;
            self.features
                .extract(pictures, rows)
                .map_err(|e| e.to_string())
        };
        let mut found = match fill(pictures, values) {
            Err(_) if pictures.len() > 1 => pictures
                .iter()
                .zip(values.chunks_exact_mut(d))
                .map(|(picture, values)| fill(std::slice::from_ref(picture), values))
                .collect(),
            all => vec![all; pictures.len()],
        };
        for (found, values) in found.iter_mut().zip(values.chunks_exact(d)) {
            if found.is_ok() && values.iter().any(|value| !value.is_finite()) {
                *found = Err("its features are not finite".to_owned());
            }
        }
        found
    }
}
