//! Features kept on disk, so that nothing is computed twice.
//!
//! A row is found by what its file holds (SHA-256) and by the settings that it was computed with, so
//! that renaming or copying files costs nothing. What a file holds is remembered too, so that one which
//! has not changed is not read again; one that changed just before it was looked at is never taken
//! for unchanged, as it may change again without its times showing it.
//!
//! All is in one file, `features`, and `features.lock` beside it. Several threads and processes use it at
//! once. What is damaged is noticed by checksums and given up: it is computed again. A file of this name that
//! is none of a cache is not touched but renamed, `features.aside0`. There is no
//! need ever to tidy up: a file above [`MAX_BYTES`] is halved when it is opened, the oldest rows go.
//!
//! ```
//! # fn main() -> lookalike_imagery::Result<()> {
//! # let folder = tempfile::tempdir().expect("a temporary folder");
//! # let picture = folder.path().join("a.png");
//! # std::fs::write(&picture, "").expect("a file");
//! use lookalike_imagery::cache::{ContentHash, FeatureCache, FileStamp, SettingsKey};
//!
//! let cache = FeatureCache::open(&folder.path().join("cache"))?;
//! let settings = SettingsKey::of("pixels 1x2 gray");
//! let stamp = FileStamp::of(&picture)?;
//! let content = match cache.content_of(&stamp) {
//!     Some(content) => content,
//!     None => ContentHash::of(&lookalike_imagery::picture::read_file(&picture)?),
//! };
//! let mut row = [0.0; 2];
//! if !cache.get(content, settings, &mut row)? {
//!     row = [0.5, 1.0]; // is computed here
//!     cache.put(content, settings, &row)?;
//! }
//! cache.remember(&stamp, content)?;
//! cache.flush()
//! # }
//! ```

mod block;
mod folder;
mod key;
mod log;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use self::block::{Block, RowKey};
use self::log::Log;
use crate::{Error, Result};

pub use folder::default_folder;
pub use key::{ContentHash, FileStamp, SettingsKey};

/// A file of more than this is halved when it is opened: 16 GiB.
pub const MAX_BYTES: u64 = 1 << 34;

/// So much is written at once.
const BLOCK_BYTES: usize = 1 << 20;
/// What waits longer is written as soon as something is added: so much work is lost to a `kill`.
const PATIENCE: Duration = Duration::from_secs(1);

/// The cache of one folder. See the [module](self).
#[derive(Debug)]
pub struct FeatureCache {
    folder: PathBuf,
    log: RwLock<Log>,
    pending: Mutex<Pending>,
}

/// What is not written yet.
#[derive(Debug)]
struct Pending {
    block: Block,
    since: Instant,
}

impl FeatureCache {
    /// Opens the cache in `folder`, or begins one there.
    ///
    /// # Errors
    /// When the folder cannot be made, read or written; the message names it.
    pub fn open(folder: &Path) -> Result<Self> {
        Self::open_with(folder, MAX_BYTES)
    }

    fn open_with(folder: &Path, max_bytes: u64) -> Result<Self> {
        let log = Log::open(folder, max_bytes).map_err(|cause| cannot_use(folder, cause))?;
        Ok(Self {
            folder: folder.to_path_buf(),
            log: RwLock::new(log),
            pending: Mutex::new(Pending {
                block: Block::default(),
                since: Instant::now(),
            }),
        })
    }

    /// What a file holds, if it is known and the file has not changed since.
    pub fn content_of(&self, stamp: &FileStamp) -> Option<ContentHash> {
        self.read_log().content_of(stamp)
    }

    /// Remembers what a file holds whose stamp was taken before it was read. One that had just been
    /// changed is not remembered.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub fn remember(&self, stamp: &FileStamp, content: ContentHash) -> Result<()> {
        if !stamp.is_settled || self.content_of(stamp) == Some(content) {
            return Ok(());
        }
        self.add(|block| block.add_file(stamp, content))
    }

    /// Fills `row` with the features of a content, and says whether they are known with this number
    /// of values. What is put is found once it is written. After `false`, `row` holds anything.
    ///
    /// # Errors
    /// When the cache cannot be read. A damaged row is no error, but not known.
    pub fn get(
        &self,
        content: ContentHash,
        settings: SettingsKey,
        row: &mut [f32],
    ) -> Result<bool> {
        let key = RowKey { content, settings };
        let log = self.read_log();
        let Some(place) = log.place(&key, row.len()) else {
            return Ok(false);
        };
        let is_sound = log
            .read(&key, place, row)
            .map_err(|cause| self.cannot_use(cause))?;
        drop(log);
        if !is_sound {
            self.write_log().forget(&key, place);
        }
        Ok(is_sound)
    }

    /// Keeps the features of a content; a row that is known stays as it is.
    ///
    /// # Errors
    /// When the cache cannot be written, or `row` has 2²⁸ values or more.
    pub fn put(&self, content: ContentHash, settings: SettingsKey, row: &[f32]) -> Result<()> {
        if row.len() >= 1 << 28 {
            return Err(Error::parameter(
                "row",
                "have fewer than 2²⁸ values",
                row.len(),
            ));
        }
        let key = RowKey { content, settings };
        if self.read_log().place(&key, row.len()).is_some() {
            return Ok(());
        }
        self.add(|block| block.add_row(&key, row))
    }

    /// Writes what is not written yet. Dropping the cache does it too, but cannot say if it fails.
    ///
    /// # Errors
    /// When the cache cannot be written; what was to be written is lost.
    pub fn flush(&self) -> Result<()> {
        let block = self.pending().take();
        self.append(&block)
    }

    /// How many rows are known.
    pub fn n_rows(&self) -> usize {
        self.read_log().n_rows()
    }

    /// How many bytes were found damaged and given up, a block torn by a `kill` among them.
    pub fn n_damaged_bytes(&self) -> u64 {
        self.read_log().n_damaged()
    }

    fn add(&self, add: impl FnOnce(&mut Block)) -> Result<()> {
        let mut pending = self.pending();
        if pending.block.n_bytes() == 0 {
            pending.since = Instant::now();
        }
        add(&mut pending.block);
        if pending.block.n_bytes() < BLOCK_BYTES && pending.since.elapsed() < PATIENCE {
            return Ok(());
        }
        let block = pending.take();
        drop(pending);
        self.append(&block)
    }

    fn append(&self, block: &Block) -> Result<()> {
        if block.n_bytes() == 0 {
            return Ok(());
        }
        let appended = self.write_log().append(block);
        appended.map_err(|cause| self.cannot_use(cause))
    }

    fn cannot_use(&self, cause: std::io::Error) -> Error {
        cannot_use(&self.folder, cause)
    }

    // A thread that panicked while it held one of these left at most a block unwritten.

    fn read_log(&self) -> RwLockReadGuard<'_, Log> {
        self.log.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_log(&self) -> RwLockWriteGuard<'_, Log> {
        self.log.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending {
    fn take(&mut self) -> Block {
        std::mem::replace(&mut self.block, Block::with_capacity(BLOCK_BYTES))
    }
}

impl Drop for FeatureCache {
    fn drop(&mut self) {
        // Whoever wants to know has called it before.
        let _ = self.flush();
    }
}

fn cannot_use(folder: &Path, cause: std::io::Error) -> Error {
    Error::io("use the cache folder", folder, cause)
}

#[cfg(test)]
mod tests;
