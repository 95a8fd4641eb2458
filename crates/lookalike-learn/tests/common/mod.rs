//! What the tests share.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its part, and a panic is how a test fails"
)]

use std::env;
use std::process::Command;

use ndarray::Array2;
use serde_json::Value;

/// The golden file `name`.
pub(crate) fn golden(name: &str) -> Value {
    let path = format!(
        "{}/../../testdata/golden/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn floats(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect()
}

pub(crate) fn matrix(value: &Value) -> Array2<f32> {
    let rows = value.as_array().unwrap();
    let values: Vec<f32> = rows.iter().flat_map(floats).map(|v| v as f32).collect();
    Array2::from_shape_vec((rows.len(), values.len() / rows.len()), values).unwrap()
}

/// Labels written as one string with spaces.
pub(crate) fn labels(value: &Value) -> Vec<i32> {
    value
        .as_str()
        .unwrap()
        .split(' ')
        .map(|label| label.parse().unwrap())
        .collect()
}

pub(crate) fn assert_close(got: f64, want: f64, relative: f64, what: &str) {
    let error = (got - want).abs();
    assert!(
        error <= relative * want.abs().max(1e-300),
        "{what}: {got}, not {want}"
    );
}

/// Runs the tests of this file again, all but the one named `caller`, with less than this machine's best
/// instruction set: once with each that it has. Tests of cancelling are left out: they take the time, and
/// beside another run of them on a busy machine that says nothing.
pub(crate) fn again_with_narrower_vectors(caller: &str) {
    const VARIABLE: &str = "LOOKALIKE_SIMD";
    for simd in narrower_vectors() {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--skip", caller, "--skip", "cancelling"])
            .env(VARIABLE, simd)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "with {VARIABLE}={simd}: {}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}

#[cfg(target_arch = "x86_64")]
fn narrower_vectors() -> &'static [&'static str] {
    if is_x86_feature_detected!("avx512f") {
        &["avx2", "none"]
    } else {
        &["none"]
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn narrower_vectors() -> &'static [&'static str] {
    &["none"]
}
