//! The data that is built into the library, against scikit-learn's.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use common::golden;
use lookalike_learn::datasets::digits;

/// FNV-1a, each value one step.
fn fnv1a(values: impl Iterator<Item = u64>) -> u64 {
    values.fold(0xCBF2_9CE4_8422_2325, |h, v| {
        (h ^ v).wrapping_mul(0x0100_0000_01B3)
    })
}

#[test]
fn digits_are_those_of_scikit_learn_in_the_same_order() {
    let golden = golden("digits_dataset");
    let digits = digits();
    assert_eq!(digits.data.dim(), (1797, 64));
    assert_eq!(digits.target.len(), 1797);
    assert!(digits.data.iter().all(|v| v.fract() == 0.0));
    let data = fnv1a(digits.data.iter().map(|&v| v as u64));
    let target = fnv1a(digits.target.iter().map(|&v| v as u64));
    assert_eq!(golden["fnv1a_of_data"], data.to_string());
    assert_eq!(golden["fnv1a_of_target"], target.to_string());
    let sums: Vec<u64> = digits
        .data
        .columns()
        .into_iter()
        .map(|column| column.iter().map(|&v| v as u64).sum())
        .collect();
    assert_eq!(golden["column_sums"], serde_json::json!(sums));
}

#[test]
fn pictures_and_names_of_the_digits_agree_with_their_data() {
    let digits = digits();
    assert_eq!(digits.images.dim(), (1797, 8, 8));
    assert!(digits.images.iter().eq(digits.data.iter()));
    let names: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    assert_eq!(digits.target_names, names);
    assert!(digits.description.contains("CC BY 4.0"));
}

#[test]
fn packed_digits_stay_small() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/datasets/digits.bin");
    assert!(std::fs::metadata(path).unwrap().len() < 50_000);
}
