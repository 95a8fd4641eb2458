//! Any bytes are vectors or an error, within bounded memory.

#![no_main]

use std::cell::RefCell;
use std::fs;
use std::panic;
use std::path::PathBuf;
use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use lookalike_imagery::table::{VectorOptions, read_vectors};

thread_local! {
    static FOLDER: RefCell<tempfile::TempDir> = RefCell::new(tempfile::tempdir().unwrap());
}

/// The reader turns panics of the crate `parquet` into errors: they must not end the run.
fn let_parquet_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let end = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !info.location().is_some_and(|at| at.file().contains("/parquet-")) {
                end(info);
            }
        }));
    });
}

fuzz_target!(|bytes: &[u8]| {
    let_parquet_panic();
    let path: PathBuf = FOLDER.with_borrow(|folder| folder.path().join("fuzz"));
    fs::write(&path, bytes).unwrap();
    if let Ok(vectors) = read_vectors(&path, &VectorOptions::default()) {
        assert!(vectors.rows.iter().all(|value| value.is_finite()));
        let n_rows = vectors.rows.nrows();
        assert!(vectors.names.is_none_or(|names| names.len() == n_rows));
        assert!(vectors.labels.is_none_or(|labels| labels.len() == n_rows));
    }
});
