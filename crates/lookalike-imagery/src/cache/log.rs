//! The file that all is kept in: a header, then blocks, one behind the other.
//!
//! It is written under a lock, at its end only, so that whoever is killed leaves at most a torn block
//! there, which the next writer cuts away. A log that grew too large is replaced by one with its newer
//! half; its number tells other processes that what they know of the old one is void.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::block::{Block, KnownFile, Place, RowKey, checksum, checksum_of, read_tables};
use super::key::{ContentHash, FileStamp};
use crate::positioned::read_exact_at;

/// The last digit is the version of the format: a log of another is begun anew.
const MAGIC: [u8; 8] = *b"LLCACHE1";
/// The magic, the number of the log, and a checksum of both.
const HEADER_BYTES: u64 = 20;

/// An open log, and where everything stands in it.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    lock: File,
    file: File,
    number: u64,
    /// Up to here its blocks are known.
    end: u64,
    files: HashMap<[u8; 16], KnownFile>,
    rows: HashMap<RowKey, Place>,
    n_damaged: u64,
}

/// Holds the lock as long as it lives.
struct Locked<'a>(&'a File);

impl<'a> Locked<'a> {
    fn wait_for(file: &'a File) -> io::Result<Self> {
        file.lock()?;
        Ok(Self(file))
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // It goes with the file in any case.
        let _ = self.0.unlock();
    }
}

impl Log {
    /// Opens the log of a folder, or begins one; halves one of more than `max_bytes`.
    pub(super) fn open(folder: &Path, max_bytes: u64) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join("features");
        let lock = open_or_create(&folder.join("features.lock"))?;
        let locked = Locked::wait_for(&lock)?;
        let mut log = Self {
            file: open_or_create(&path)?,
            lock: lock.try_clone()?,
            path,
            number: 0,
            end: 0,
            files: HashMap::new(),
            rows: HashMap::new(),
            n_damaged: 0,
        };
        log.catch_up()?;
        if log.end > max_bytes {
            log.halve(max_bytes)?;
            log.catch_up()?;
        }
        drop(locked);
        Ok(log)
    }

    /// Where a row of so many values stands.
    pub(super) fn place(&self, key: &RowKey, n_values: usize) -> Option<Place> {
        let place = self.rows.get(key).copied();
        place.filter(|place| place.n_values as usize == n_values)
    }

    /// Reads a row; `false` where it is damaged, and `row` then holds anything.
    pub(super) fn read(&self, key: &RowKey, place: Place, row: &mut [f32]) -> io::Result<bool> {
        let bytes = bytemuck::cast_slice_mut(row);
        match read_exact_at(&self.file, bytes, place.offset) {
            Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            read => read?,
        }
        let is_sound = checksum(key, bytes) == place.checksum;
        for value in row {
            *value = f32::from_bits(u32::from_le(value.to_bits()));
        }
        Ok(is_sound)
    }

    /// Gives up a row that was found damaged.
    pub(super) fn forget(&mut self, key: &RowKey, place: Place) {
        if self.rows.get(key) == Some(&place) {
            self.rows.remove(key);
            self.n_damaged += 4 * u64::from(place.n_values);
        }
    }

    pub(super) fn content_of(&self, stamp: &FileStamp) -> Option<ContentHash> {
        let known = self.files.get(&stamp.path)?;
        (known.state == stamp.state).then_some(known.content)
    }

    pub(super) fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// Bytes that were given up as damaged.
    pub(super) fn n_damaged(&self) -> u64 {
        self.n_damaged
    }

    /// Adds a block behind all that other processes have added.
    pub(super) fn append(&mut self, block: &Block) -> io::Result<()> {
        let lock = self.lock.try_clone()?;
        let _locked = Locked::wait_for(&lock)?;
        self.catch_up()?;
        self.file.seek(SeekFrom::Start(self.end))?;
        block.write(&self.file)?;
        self.catch_up()
    }

    /// Learns what the file holds by now, and cuts away what is torn. Needs the lock.
    fn catch_up(&mut self) -> io::Result<()> {
        let mut file = open_or_create(&self.path)?;
        let number = if let Some(number) = read_header(&file)? {
            number
        } else {
            let len = file.metadata()?.len();
            if len > 0 && !may_be_log(&file)? {
                set_aside(&self.path)?;
                file = open_or_create(&self.path)?;
            } else {
                self.n_damaged += len;
            }
            begin(&file)?
        };
        let len = file.metadata()?.len();
        if number != self.number || len < self.end {
            self.files.clear();
            self.rows.clear();
            self.end = HEADER_BYTES;
            self.number = number;
        }
        self.file = file;
        while let Some(tables) = read_tables(&self.file, self.end, len)? {
            self.files
                .extend(tables.files.iter().map(|known| (known.path, *known)));
            self.rows.extend(tables.rows);
            self.end = tables.end;
        }
        if self.end < len {
            self.n_damaged += len - self.end;
            self.file.set_len(self.end)?;
        }
        Ok(())
    }

    /// Replaces the log by its newest blocks of at most half of `max_bytes`. Needs the lock.
    fn halve(&mut self, max_bytes: u64) -> io::Result<()> {
        let mut from = HEADER_BYTES;
        while self.end - from > max_bytes / 2
            && let Some(tables) = read_tables(&self.file, from, self.end)?
        {
            from = tables.end;
        }
        let path = self.path.with_extension("new");
        let mut new = open_or_create(&path)?;
        begin(&new)?;
        new.seek(SeekFrom::End(0))?;
        self.file.seek(SeekFrom::Start(from))?;
        io::copy(&mut (&self.file).take(self.end - from), &mut new)?;
        new.sync_all()?;
        fs::rename(&path, &self.path)
    }
}

fn open_or_create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

/// The number of a log, or `None` if the file is not one.
fn read_header(file: &File) -> io::Result<Option<u64>> {
    let mut header = [0; HEADER_BYTES as usize];
    match read_exact_at(file, &mut header, 0) {
        Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let (start, check) = header.split_at(16);
    let is_log = start[..8] == MAGIC && checksum_of([start]).to_le_bytes() == check;
    let number = start[8..]
        .iter()
        .rev()
        .fold(0, |n, &byte| n << 8 | u64::from(byte));
    Ok(is_log.then_some(number))
}

/// Whether a file begins as a log does, but for a byte that is damaged, or with the zeros that a power cut leaves.
fn may_be_log(file: &File) -> io::Result<bool> {
    let mut start = [0; MAGIC.len()];
    let n = file.metadata()?.len().min(MAGIC.len() as u64) as usize;
    read_exact_at(file, &mut start[..n], 0)?;
    let n_equal = start[..n]
        .iter()
        .zip(&MAGIC)
        .filter(|(a, b)| a == b)
        .count();
    let is_blank = start.iter().all(|&byte| byte == 0);
    Ok(is_blank || n_equal + 1 >= n.max(2))
}

/// Gives a file that may be somebody else's another name. Needs the lock.
fn set_aside(path: &Path) -> io::Result<()> {
    let names = (0..).map(|n| path.with_extension(format!("aside{n}")));
    let free = names.into_iter().find(|name| !name.exists());
    fs::rename(path, free.expect("there are more names than files"))
}

/// Empties a file and makes it a log; its number, which no other log has.
fn begin(mut file: &File) -> io::Result<u64> {
    let number = RandomState::new().hash_one(SystemTime::now());
    let start = [MAGIC, number.to_le_bytes()].concat();
    let check = checksum_of([&start[..]]).to_le_bytes();
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&[&start[..], &check].concat())?;
    Ok(number)
}
