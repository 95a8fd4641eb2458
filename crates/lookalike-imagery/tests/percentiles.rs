//! Percentiles and figures of bands are NumPy's.
#![allow(clippy::unwrap_used)] // Its helpers count as tests.

use std::ops::Range;

use lookalike_imagery::raster::{Histogram, PercentileFinder, Samples};
use serde_json::Value;

fn golden() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/golden/percentiles.json"
    );
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_str(&text).unwrap()
}

fn floats(value: &Value) -> Vec<f64> {
    serde_json::from_value(value.clone()).unwrap()
}

/// All bands, one after the other.
fn samples(case: &Value) -> Samples {
    let bands = case["bands"].as_array().unwrap();
    let all = Value::Array(
        bands
            .iter()
            .flat_map(|b| b.as_array().unwrap().clone())
            .collect(),
    );
    macro_rules! read {
        ($($name:literal => $variant:ident),*) => {
            match case["type"].as_str().unwrap() {
                $($name => Samples::$variant(serde_json::from_value(all).unwrap()),)*
                other => panic!("{other}"),
            }
        };
    }
    read!(
        "uint8" => U8, "int8" => I8, "uint16" => U16, "int16" => I16, "uint32" => U32,
        "int32" => I32, "uint64" => U64, "int64" => I64, "float32" => F32, "float64" => F64
    )
}

fn assert_close(got: &[f64], expected: &[f64], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (got, expected) in got.iter().zip(expected) {
        let error = (got - expected).abs();
        assert!(
            error <= 1e-9 * expected.abs().max(1e-300),
            "{what}: {got}, not {expected}"
        );
    }
}

/// Calls `check` with a name, the samples, which pixels are valid, and the case itself.
fn for_each_case(mut check: impl FnMut(&str, &Samples, &[u8], &Value)) {
    let golden = golden();
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 60);
    for (i, case) in cases.iter().enumerate() {
        let valid: Vec<u8> = case["valid"]
            .as_str()
            .unwrap()
            .bytes()
            .map(|b| b - b'0')
            .collect();
        let what = format!("case {i}, {}", case["type"]);
        check(&what, &samples(case), &valid, case);
    }
}

#[test]
fn the_finder_agrees_with_numpy_on_every_type() {
    let percents = floats(&golden()["percents"]);
    for_each_case(|what, samples, valid, case| {
        let find = |bands: Range<usize>| {
            let mut finder = PercentileFinder::new(samples.sample_type(), &percents).unwrap();
            loop {
                let mut pass = finder.pass();
                for band in bands.clone() {
                    pass.add(samples, band, valid);
                }
                if let Some(found) = finder.refine(pass).unwrap() {
                    break found;
                }
            }
        };
        let bands = case["percentiles"].as_array().unwrap();
        for (band, expected) in bands.iter().enumerate() {
            assert_close(&find(band..band + 1), &floats(expected), what);
        }
        assert_close(&find(0..bands.len()), &floats(&case["together"]), what);
    });
}

#[test]
fn histograms_agree_with_numpy() {
    let percents = floats(&golden()["percents"]);
    let mut checked = 0;
    for_each_case(|what, samples, valid, case| {
        let Some(empty) = Histogram::new(samples.sample_type()) else {
            return;
        };
        let mut together = empty.clone();
        let statistics = case["statistics"].as_array().unwrap();
        for (band, expected) in case["percentiles"].as_array().unwrap().iter().enumerate() {
            let mut histogram = empty.clone();
            histogram.add(samples, band, valid);
            assert_close(
                &histogram.percentiles(&percents).unwrap(),
                &floats(expected),
                what,
            );
            let found = histogram.statistics();
            let figures = [found.min, found.max, found.mean, found.std];
            assert_close(&figures, &floats(&statistics[band]), what);
            assert_eq!(
                found.count,
                valid.iter().map(|&v| u64::from(v)).sum::<u64>()
            );
            together.merge(&histogram);
        }
        let found = together.percentiles(&percents).unwrap();
        assert_close(&found, &floats(&case["together"]), what);
        checked += 1;
    });
    assert_eq!(checked, 24, "types of 8 and 16 bits");
}

#[test]
fn nothing_valid_is_nan_and_wrong_percentiles_are_refused() {
    let samples = Samples::U16(vec![5, 6]);
    let mut histogram = Histogram::new(samples.sample_type()).unwrap();
    histogram.add(&samples, 0, &[0, 0]);
    assert!(histogram.percentiles(&[50.0]).unwrap()[0].is_nan());
    let figures = histogram.statistics();
    assert!(figures.count == 0 && figures.mean.is_nan() && figures.min.is_nan());

    let mut finder = PercentileFinder::new(samples.sample_type(), &[50.0]).unwrap();
    let pass = finder.pass();
    assert!(finder.refine(pass).unwrap().unwrap()[0].is_nan());
    for percent in [-1.0, 101.0, f64::NAN] {
        let expected = format!("percentile must be between 0 and 100, got {percent}");
        let error = PercentileFinder::new(samples.sample_type(), &[5.0, percent]).unwrap_err();
        assert_eq!(error.to_string(), expected);
        let error = histogram.percentiles(&[percent]).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}
