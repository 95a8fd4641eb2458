use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use lookalike::Context;
use lookalike::imagery::cache::FeatureCache;
use lookalike::imagery::collection::Item;
use lookalike::imagery::features::Features;
use lookalike::imagery::picture::{Picture, PicturePixels, encode_png};
use lookalike::pictures::embed;
use ndarray::{ArrayViewMut2, array};
use tempfile::TempDir;

/// The mean of all samples, and the width; counts how often it is asked.
#[derive(Debug)]
struct Mean {
    batch: usize,
    asked: AtomicUsize,
}

impl Mean {
    fn new(batch: usize) -> Self {
        Self {
            batch,
            asked: AtomicUsize::new(0),
        }
    }
}

impl Features for Mean {
    fn n_features(&self) -> usize {
        2
    }

    fn settings(&self) -> String {
        "mean and width".to_owned()
    }

    fn batch_size(&self) -> usize {
        self.batch
    }

    fn extract(
        &self,
        pictures: &[Picture],
        mut rows: ArrayViewMut2<'_, f32>,
    ) -> lookalike::imagery::Result<()> {
        self.asked.fetch_add(pictures.len(), Ordering::Relaxed);
        for (picture, mut row) in pictures.iter().zip(rows.outer_iter_mut()) {
            let PicturePixels::U8(pixels) = &picture.pixels else {
                panic!("8 bits were written");
            };
            let sum: f32 = pixels.iter().map(|&value| f32::from(value)).sum();
            row[0] = sum / pixels.len() as f32;
            row[1] = if picture.width == 7 {
                f32::NAN
            } else {
                picture.width as f32
            };
        }
        Ok(())
    }
}

fn write(folder: &Path, name: &str, width: usize, value: u8) -> Item {
    let path = folder.join(name);
    let rgba: Vec<u8> = [value, value, value, 255].repeat(width);
    fs::write(&path, encode_png(width, 1, &rgba).unwrap()).unwrap();
    Item {
        name: name.into(),
        path,
    }
}

fn three() -> (TempDir, Vec<Item>) {
    let folder = tempfile::tempdir().unwrap();
    let items = [("a.png", 1, 10), ("b.png", 2, 20), ("c.png", 3, 30)];
    let items = items.map(|(name, width, value)| write(folder.path(), name, width, value));
    (folder, items.to_vec())
}

#[test]
fn rows_are_those_of_the_pictures_in_order() {
    let (_folder, items) = three();
    for batch in [1, 2, 8] {
        for threads in [1, 2, 8] {
            let context = Context::new().threads(threads).unwrap();
            let found = embed(&items, &Mean::new(batch), None, &context).unwrap();
            assert_eq!(found.rows, array![[10.0, 1.0], [20.0, 2.0], [30.0, 3.0]]);
            assert_eq!((found.items, found.n_computed), (items.clone(), 3));
        }
    }
}

#[test]
fn what_cannot_be_used_is_said_and_costs_only_itself() {
    let (folder, mut items) = three();
    let odd = write(folder.path(), "odd.png", 7, 0);
    fs::write(folder.path().join("text.jpg"), "hello").unwrap();
    fs::write(folder.path().join("empty.png"), "").unwrap();
    for (at, name) in [(1, "text.jpg"), (2, "empty.png"), (3, "missing.png")] {
        let path = folder.path().join(name);
        items.insert(
            at,
            Item {
                name: name.into(),
                path,
            },
        );
    }
    items.insert(0, odd);
    let found = embed(&items, &Mean::new(4), None, &Context::new()).unwrap();
    assert_eq!(found.rows.column(0), array![10.0, 20.0, 30.0]);
    let names: Vec<_> = found
        .items
        .iter()
        .map(|i| i.name.to_str().unwrap())
        .collect();
    assert_eq!(names, ["a.png", "b.png", "c.png"]);
    let reasons: Vec<(&str, &str)> = found
        .unusable
        .iter()
        .map(|one| (one.name.to_str().unwrap(), one.reason.as_str()))
        .collect();
    assert_eq!(reasons[0], ("odd.png", "its features are not finite"));
    for ((name, reason), part) in reasons[1..]
        .iter()
        .zip(["text.jpg", "empty", "missing.png"])
    {
        assert!(reason.contains(part), "{name}: {reason}");
    }
    let error = embed(&items[2..4], &Mean::new(4), None, &Context::new()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no picture of 2 can be used; the first: "),
        "{error}"
    );
}

#[test]
fn the_cache_saves_work_and_is_told_of_changes() {
    let (folder, mut items) = three();
    let place = folder.path().join("cache");
    let run = |items: &[Item]| {
        let cache = FeatureCache::open(&place).unwrap();
        let features = Mean::new(2);
        let found = embed(items, &features, Some(&cache), &Context::new()).unwrap();
        assert_eq!(found.n_computed, features.asked.into_inner());
        found
    };
    let first = run(&items);
    assert_eq!(first.n_computed, 3);
    let again = run(&items);
    assert_eq!((again.n_computed, &again.rows), (0, &first.rows));
    assert_eq!(again.sha256, first.sha256);
    // A new name for an old content.
    let moved = folder.path().join("d.png");
    fs::rename(&items[0].path, &moved).unwrap();
    items[0].path = moved;
    assert_eq!(run(&items).n_computed, 0);
    // An old name for a new content.
    items[1] = write(folder.path(), "b.png", 2, 99);
    let changed = run(&items);
    assert_eq!(changed.n_computed, 1);
    assert_eq!(changed.rows.column(0), array![10.0, 99.0, 30.0]);
    assert_ne!(changed.sha256, first.sha256);
}

#[test]
fn it_stops_when_asked() {
    let (_folder, items) = three();
    let token = lookalike::CancelToken::default();
    token.cancel();
    let context = Context::new().cancel_with(&token);
    let error = embed(&items, &Mean::new(1), None, &context).unwrap_err();
    assert_eq!(error.kind(), &lookalike::ErrorKind::Cancelled);
}
