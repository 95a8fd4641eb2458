use std::fs::{self, OpenOptions};
use std::process::{Command, Stdio};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

/// Set for a process that is to be killed: the folder that it writes to.
const CHILD: &str = "LOOKALIKE_TEST_CACHE";

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn content(i: u32) -> ContentHash {
    ContentHash::of(&i.to_le_bytes())
}

fn settings() -> SettingsKey {
    SettingsKey::of("descriptor 1")
}

/// The row of content `i`: of 3 to 9 values.
fn row(i: u32) -> Vec<f32> {
    (0..3 + i % 7)
        .map(|j| (i % 1000 * 31 + j) as f32 / 7.0)
        .collect()
}

fn put(cache: &FeatureCache, range: std::ops::Range<u32>) {
    for i in range {
        cache.put(content(i), settings(), &row(i)).unwrap();
    }
    cache.flush().unwrap();
}

/// Which of the rows are known; fails if one is not what it was.
fn known(cache: &FeatureCache, range: std::ops::Range<u32>) -> Vec<u32> {
    let is_known = |&i: &u32| {
        let mut have = row(i);
        have.fill(f32::NAN);
        let found = cache.get(content(i), settings(), &mut have).unwrap();
        assert!(!found || have == row(i), "row {i} is {have:?}");
        found
    };
    range.filter(is_known).collect()
}

fn all(range: std::ops::Range<u32>) -> Vec<u32> {
    range.collect()
}

#[test]
fn rows_are_found_again() {
    let folder = folder();
    let cache = FeatureCache::open(folder.path()).unwrap();
    put(&cache, 0..20);
    put(&cache, 10..30);
    let odd = [f32::NAN, -0.0, f32::INFINITY, f32::from_bits(0x7f80_0001)];
    cache.put(content(99), settings(), &odd).unwrap();
    drop(cache);
    let cache = FeatureCache::open(folder.path()).unwrap();
    assert_eq!((cache.n_rows(), cache.n_damaged_bytes()), (31, 0));
    assert_eq!(known(&cache, 0..40), all(0..30));
    let mut have = [0.0; 4];
    assert!(cache.get(content(99), settings(), &mut have).unwrap());
    assert_eq!(have.map(f32::to_bits), odd.map(f32::to_bits));
    let other = SettingsKey::of("descriptor 2");
    assert!(!cache.get(content(1), other, &mut row(1)).unwrap());
    assert!(!cache.get(content(1), settings(), &mut [0.0; 2]).unwrap());
}

#[test]
fn known_rows_are_not_written_twice() {
    let folder = folder();
    let cache = FeatureCache::open(folder.path()).unwrap();
    put(&cache, 0..20);
    let size = || fs::metadata(folder.path().join("features")).unwrap().len();
    let before = size();
    put(&cache, 0..20);
    assert_eq!(size(), before);
    cache.put(content(0), settings(), &[1.0]).unwrap();
    cache.flush().unwrap();
    let mut have = [0.0];
    assert!(cache.get(content(0), settings(), &mut have).unwrap());
    assert_eq!(have.map(f32::to_bits), [1.0_f32.to_bits()]);
}

/// Gives a file a time of change `age` back. Its change of status cannot be set: that is now.
fn settled(path: &Path) -> FileStamp {
    let mut stamp = FileStamp::of(path).unwrap();
    stamp.is_settled = true;
    stamp
}

#[test]
fn unchanged_files_are_known() {
    let folder = folder();
    let (a, b) = (folder.path().join("a.png"), folder.path().join("b.png"));
    fs::write(&a, "one").unwrap();
    fs::write(&b, "two").unwrap();
    let home = folder.path().join("cache");
    let cache = FeatureCache::open(&home).unwrap();
    let (stamp_a, stamp_b) = (settled(&a), settled(&b));
    cache.remember(&stamp_a, content(1)).unwrap();
    cache.remember(&stamp_b, content(2)).unwrap();
    drop(cache);
    let cache = FeatureCache::open(&home).unwrap();
    assert_eq!(cache.content_of(&stamp_a), Some(content(1)));
    assert_eq!(
        cache.content_of(&FileStamp::of(&b).unwrap()),
        Some(content(2))
    );

    fs::write(&a, "longer").unwrap();
    assert_eq!(cache.content_of(&settled(&a)), None);
    // Of the same size, and with the time of change set back.
    let time = fs::metadata(&b).unwrap().modified().unwrap();
    fs::write(&b, "2nd").unwrap();
    let file = OpenOptions::new().write(true).open(&b).unwrap();
    file.set_modified(time).unwrap();
    assert_eq!(cache.content_of(&settled(&b)), None);
    cache.remember(&settled(&b), content(3)).unwrap();
    drop(cache);
    let cache = FeatureCache::open(&home).unwrap();
    assert_eq!(cache.content_of(&settled(&b)), Some(content(3)));
}

#[test]
fn a_file_that_has_just_changed_is_not_trusted() {
    let folder = folder();
    let path = folder.path().join("a.png");
    fs::write(&path, "one").unwrap();
    let stamp = FileStamp::of(&path).unwrap();
    assert!(!stamp.is_settled);
    let cache = FeatureCache::open(folder.path()).unwrap();
    cache.remember(&stamp, content(1)).unwrap();
    cache.flush().unwrap();
    assert_eq!(cache.content_of(&stamp), None);
    let missing = folder.path().join("missing.png");
    let error = FileStamp::of(&missing).unwrap_err().to_string();
    assert!(error.contains("missing.png"), "{error}");
}

#[cfg(unix)]
#[test]
fn an_old_file_is_settled() {
    let program = std::env::current_exe().unwrap();
    let age = fs::metadata(&program)
        .unwrap()
        .modified()
        .unwrap()
        .elapsed();
    // Only a machine that has just built it has to wait.
    std::thread::sleep(Duration::from_secs(3).saturating_sub(age.unwrap_or_default()));
    assert!(FileStamp::of(&program).unwrap().is_settled);
}

/// The bytes of a cache of four blocks of five rows, and where the blocks end.
fn four_blocks() -> (Vec<u8>, Vec<usize>) {
    let folder = folder();
    let path = folder.path().join("features");
    let cache = FeatureCache::open(folder.path()).unwrap();
    let mut ends = vec![fs::read(&path).unwrap().len()];
    for i in 0..4 {
        put(&cache, i * 5..i * 5 + 5);
        ends.push(fs::read(&path).unwrap().len());
    }
    (fs::read(&path).unwrap(), ends)
}

#[test]
fn a_torn_tail_is_cut_away_at_every_length() {
    let (bytes, ends) = four_blocks();
    let folder = folder();
    let path = folder.path().join("features");
    for len in 0..=bytes.len() {
        fs::write(&path, &bytes[..len]).unwrap();
        let cache = FeatureCache::open(folder.path()).unwrap();
        let n_whole = ends
            .iter()
            .filter(|&&end| end <= len)
            .count()
            .saturating_sub(1);
        assert_eq!(known(&cache, 0..20), all(0..5 * n_whole as u32), "{len}");
        // What is added stands behind what is whole.
        put(&cache, 50..52);
        drop(cache);
        let cache = FeatureCache::open(folder.path()).unwrap();
        assert_eq!(cache.n_damaged_bytes(), 0);
        assert_eq!(known(&cache, 0..60).len(), 5 * n_whole + 2, "{len}");
    }
}

#[test]
fn every_flipped_byte_is_noticed() {
    let (bytes, _) = four_blocks();
    let folder = folder();
    let path = folder.path().join("features");
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        fs::write(&path, &damaged).unwrap();
        let cache = FeatureCache::open(folder.path()).unwrap();
        let left = known(&cache, 0..20);
        assert!(left.len() < 20, "byte {at}");
        assert!(cache.n_damaged_bytes() > 0, "byte {at}");
        // It heals: what is gone can be put again.
        put(&cache, 0..20);
        drop(cache);
        let cache = FeatureCache::open(folder.path()).unwrap();
        assert_eq!(known(&cache, 0..20), all(0..20), "byte {at}");
    }
}

proptest! {
    #[test]
    fn no_damage_gives_a_wrong_row(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30),
        swap in any::<[prop::sample::Index; 3]>(),
    ) {
        let (mut bytes, _) = four_blocks();
        // Two stretches that change places.
        let n = bytes.len();
        let [a, b, len] = swap.map(|index| index.index(n / 3));
        for i in 0..len {
            bytes.swap(a + i, n / 2 + b / 2 + i % (n / 3));
        }
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let folder = folder();
        fs::write(folder.path().join("features"), &bytes).unwrap();
        let cache = FeatureCache::open(folder.path()).unwrap();
        known(&cache, 0..20);
        put(&cache, 0..20);
        prop_assert_eq!(known(&cache, 0..20), all(0..20));
    }
}

#[test]
fn many_writers_do_not_harm_each_other() {
    let folder = folder();
    // Each with a cache of its own, as processes have.
    std::thread::scope(|scope| {
        for start in [0, 100, 200, 250] {
            let folder = folder.path();
            scope.spawn(move || {
                let cache = FeatureCache::open(folder).unwrap();
                for i in start..start + 100 {
                    put(&cache, i..i + 1);
                }
                assert_eq!(known(&cache, start..start + 100).len(), 100);
            });
        }
    });
    let cache = FeatureCache::open(folder.path()).unwrap();
    assert_eq!(known(&cache, 0..400), all(0..350));
    assert_eq!(cache.n_damaged_bytes(), 0);
}

#[test]
fn a_log_that_is_replaced_under_a_writer_does_not_trouble_it() {
    let folder = folder();
    let cache = FeatureCache::open(folder.path()).unwrap();
    put(&cache, 0..20);
    fs::remove_file(folder.path().join("features")).unwrap();
    put(&cache, 20..40);
    assert_eq!(known(&cache, 0..40), all(20..40));
    let other = FeatureCache::open(folder.path()).unwrap();
    assert_eq!(known(&other, 0..40), all(20..40));
}

#[test]
fn a_file_of_somebody_else_is_set_aside() {
    let folder = folder();
    for n in 0..2 {
        let notes = format!("notes of somebody, {n}");
        fs::write(folder.path().join("features"), &notes).unwrap();
        let cache = FeatureCache::open(folder.path()).unwrap();
        put(&cache, 5..6);
        assert_eq!(known(&cache, 0..40), [5]);
        let aside = folder.path().join(format!("features.aside{n}"));
        assert_eq!(fs::read_to_string(aside).unwrap(), notes);
    }
}

#[test]
fn a_large_log_loses_its_oldest_rows() {
    let folder = folder();
    let cache = FeatureCache::open(folder.path()).unwrap();
    for i in 0..100 {
        put(&cache, i..i + 1);
    }
    let size = || fs::metadata(folder.path().join("features")).unwrap().len();
    let max_bytes = size() - 1;
    drop(cache);
    let cache = FeatureCache::open_with(folder.path(), max_bytes).unwrap();
    assert!(size() <= max_bytes / 2 + 100 && size() > max_bytes / 3);
    let left = known(&cache, 0..100);
    assert_eq!(left, all(100 - left.len() as u32..100));
    put(&cache, 0..10);
    assert_eq!(known(&cache, 0..10), all(0..10));
    assert_eq!(cache.n_damaged_bytes(), 0);
}

#[test]
fn killed_at_any_moment_it_is_whole_at_the_next_start() {
    if let Some(folder) = std::env::var_os(CHILD) {
        let cache = FeatureCache::open(folder.as_ref()).unwrap();
        for i in 0.. {
            put(&cache, i * 100..i * 100 + 100);
        }
    }
    let folder = folder();
    let this = "cache::tests::killed_at_any_moment_it_is_whole_at_the_next_start";
    let mut n_rows = 0;
    for round in 1..7u32 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([this, "--exact"])
            .env(CHILD, folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let cache = FeatureCache::open(folder.path()).unwrap();
        // Until it has written something, then at odd times.
        while FeatureCache::open(folder.path()).unwrap().n_rows() <= n_rows + 5 {
            std::thread::sleep(Duration::from_millis(3));
        }
        std::thread::sleep(Duration::from_millis(u64::from(round) * 7));
        child.kill().unwrap();
        child.wait().unwrap();
        // Whoever was there before goes on behind what the killed one left, and cuts off what is torn.
        put(&cache, u32::MAX - round..u32::MAX);
        let cache = FeatureCache::open(folder.path()).unwrap();
        assert_eq!(cache.n_damaged_bytes(), 0);
        let extra = known(&cache, u32::MAX - round..u32::MAX).len();
        assert_eq!(extra, round as usize);
        n_rows = cache.n_rows() - extra;
        assert!(n_rows >= 100);
        assert_eq!(known(&cache, 0..n_rows as u32), all(0..n_rows as u32));
    }
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for place in [file.clone(), file.join("cache")] {
        let error = FeatureCache::open(&place).unwrap_err();
        let start = format!("cannot use the cache folder {}: ", place.display());
        assert!(error.to_string().starts_with(&start), "{error}");
    }
    let cache = FeatureCache::open(&folder.path().join("cache")).unwrap();
    cache.put(content(1), settings(), &[1.0]).unwrap();
    fs::remove_dir_all(folder.path().join("cache")).unwrap();
    let error = cache.flush().unwrap_err().to_string();
    assert!(error.contains("cache: "), "{error}");
}

#[test]
fn the_default_folder_is_ours() {
    assert!(default_folder().unwrap().ends_with("lookalike"));
}
