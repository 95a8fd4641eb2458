//! What rows and files are found by.

use std::fs::{self, Metadata};
use std::path::Path;
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

use crate::{Error, Result};

/// A file that changed this shortly before it was looked at may change again within the same tick of
/// its file system's clock; FAT's tick of two seconds is the longest.
const TICK: Duration = Duration::from_secs(2);

/// What a file holds, as its SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentHash(pub(super) [u8; 32]);

impl ContentHash {
    /// That of the bytes of a whole file.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// All that decides a row besides the content of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SettingsKey(pub(super) [u8; 16]);

impl SettingsKey {
    /// That of a line such as [`Features::settings`](crate::features::Features::settings) gives.
    pub fn of(settings: &str) -> Self {
        Self(half_digest([settings.as_bytes()]))
    }
}

/// What can be told of a file without reading it: two equal stamps are of one content.
///
/// It has the absolute path, the size, the times of change, and where there is one the number of the
/// file on its disk. Take it before the file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStamp {
    pub(super) path: [u8; 16],
    pub(super) state: [u8; 16],
    /// Whether a change after this stamp shows in the next.
    pub(super) is_settled: bool,
}

impl FileStamp {
    /// Looks at a file.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn of(path: &Path) -> Result<Self> {
        let to_error = |cause| Error::io("read", path, cause);
        let now = SystemTime::now();
        let metadata = fs::metadata(path).map_err(to_error)?;
        let absolute = std::path::absolute(path).map_err(to_error)?;
        let (state, changed) = state_of(&metadata).map_err(to_error)?;
        Ok(Self {
            path: half_digest([absolute.as_os_str().as_encoded_bytes()]),
            state,
            is_settled: changed
                .checked_add(TICK)
                .is_some_and(|settled| settled < now),
        })
    }
}

/// A digest of all that changes with a file, and when it changed last.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere times may be unknown")]
fn state_of(file: &Metadata) -> std::io::Result<([u8; 16], SystemTime)> {
    use std::os::unix::fs::MetadataExt as _;
    // The time of the last change of status cannot be set back, as that of the content can.
    let times = [
        (file.mtime(), file.mtime_nsec()),
        (file.ctime(), file.ctime_nsec()),
    ];
    let numbers = [
        file.size() as i64,
        file.ino() as i64,
        times[0].0,
        times[0].1,
        times[1].0,
        times[1].1,
    ];
    let (seconds, nanoseconds) = times[0].max(times[1]);
    let since = Duration::new(seconds.max(0) as u64, nanoseconds as u32);
    // What is beyond all times has just been changed.
    let changed = SystemTime::UNIX_EPOCH.checked_add(since);
    Ok((
        half_digest(numbers.map(i64::to_le_bytes)),
        changed.unwrap_or_else(SystemTime::now),
    ))
}

/// A digest of all that changes with a file, and when it changed last.
#[cfg(not(unix))]
fn state_of(file: &Metadata) -> std::io::Result<([u8; 16], SystemTime)> {
    let (modified, created) = (file.modified()?, file.created()?);
    let since = |time: SystemTime| {
        time.duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |d| d.as_nanos())
    };
    let numbers = [u128::from(file.len()), since(modified), since(created)];
    Ok((
        half_digest(numbers.map(u128::to_le_bytes)),
        modified.max(created),
    ))
}

fn half_digest(parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let whole: [u8; 32] = hash.finalize().into();
    let mut half = [0; 16];
    half.copy_from_slice(&whole[..16]);
    half
}
