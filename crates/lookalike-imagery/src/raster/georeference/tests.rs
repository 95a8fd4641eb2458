use serde_json::Value;

use super::*;

const CASES: &str = include_str!("../../../../../testdata/golden/georeference.json");
const SYSTEMS: &str = include_str!("../../../../../testdata/golden/epsg_units.json");

fn numbers(value: &Value) -> Vec<f64> {
    let values = value.as_array().unwrap();
    values.iter().map(|v| v.as_f64().unwrap()).collect()
}

fn tag(value: &Value) -> GeoTag {
    let tag = value[0].as_u64().unwrap() as u16;
    let values = match tag {
        GEO_KEY_DIRECTORY => {
            GeoValues::Short(numbers(&value[1]).iter().map(|&v| v as u16).collect())
        }
        GEO_ASCII_PARAMS => GeoValues::Ascii(value[1].as_str().unwrap().into()),
        _ => GeoValues::Double(numbers(&value[1])),
    };
    GeoTag { tag, values }
}

/// Names and tags of the golden cases.
pub(in crate::raster) fn golden_tags() -> Vec<(String, Vec<GeoTag>)> {
    let golden: Value = serde_json::from_str(CASES).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    cases
        .iter()
        .map(|case| (case["name"].to_string(), tags_of(case)))
        .collect()
}

fn tags_of(case: &Value) -> Vec<GeoTag> {
    case["tags"].as_array().unwrap().iter().map(tag).collect()
}

fn assert_close(got: &[f64], expected: &[f64], name: &str) {
    assert_eq!(got.len(), expected.len(), "{name}");
    for (a, b) in got.iter().zip(expected) {
        assert!(
            (a - b).abs() <= 1e-12 * b.abs().max(1.0),
            "{name}: {got:?}, {expected:?}"
        );
    }
}

#[test]
fn tags_mean_what_gdal_reads_in_them() {
    let golden: Value = serde_json::from_str(CASES).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() > 40);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let tags = tags_of(case);
        let found = Georeference::from_tags(tags.clone());
        assert_eq!(found.tags(), tags, "{name}");
        match (found.transform(), &case["transform"]) {
            (None, Value::Null) => {}
            (Some(t), expected) if !expected.is_null() => {
                assert_close(&t, &numbers(expected), name);
            }
            (got, expected) => panic!("{name}: got {got:?}, GDAL {expected}"),
        }
        assert_eq!(found.epsg().map(u64::from), case["epsg"].as_u64(), "{name}");
        let factor = case["factor"].as_f64();
        match (found.kind(), case["kind"].as_str()) {
            (CrsKind::Unknown, None) => {}
            (CrsKind::WebMercator, Some("projected")) => assert_eq!(found.epsg(), Some(3857)),
            (CrsKind::Projected { metres }, Some("projected")) => {
                assert_close(&[metres], &[factor.unwrap()], name);
            }
            (CrsKind::Geographic { degrees }, Some("geographic")) => {
                assert_close(&[degrees], &[factor.unwrap().to_degrees()], name);
            }
            (got, expected) => panic!("{name}: got {got:?}, GDAL {expected:?}"),
        }
    }
}

#[test]
fn a_transform_and_a_code_become_tags_that_say_the_same() {
    let transforms = [
        [500_010.0, 30.0, 0.0, 4_200_030.0, 0.0, -30.0],
        [500_000.0, 8.0, 3.0, 4_200_000.0, 2.0, -9.0],
        [0.0, 10.0, 0.0, 100.0, 0.0, 10.0],
    ];
    let golden: Value = serde_json::from_str(SYSTEMS).unwrap();
    for system in golden["systems"].as_array().unwrap() {
        let code = system[0].as_u64().unwrap() as u32;
        let size = system[2].as_f64().unwrap();
        for transform in transforms {
            let made = Georeference::from_transform(transform, Some(code));
            assert_eq!(made.transform(), Some(transform));
            assert_eq!(made.epsg(), Some(code));
            let expected = match system[1].as_str().unwrap() {
                "metres" => CrsKind::Projected { metres: size },
                "degrees" => CrsKind::Geographic { degrees: size },
                _ if code == 3857 => CrsKind::WebMercator,
                _ => CrsKind::Unknown,
            };
            assert_eq!(made.kind(), expected, "{code}");
        }
    }
}

#[test]
fn a_code_that_is_no_horizontal_system_is_left_out() {
    // A vertical system, one that is not assigned, one of ESRI.
    for code in [5773, 1, 102_100] {
        let made = Georeference::from_transform([0.0, 1.0, 0.0, 5.0, 0.0, -1.0], Some(code));
        assert_eq!((made.epsg(), made.kind()), (None, CrsKind::Unknown));
        assert!(made.transform().is_some());
    }
}

#[test]
fn no_model_type_is_guessed_from_the_codes() {
    let directory = vec![1, 1, 0, 1, 2048, 0, 1, 4326];
    let tag = GeoTag {
        tag: GEO_KEY_DIRECTORY,
        values: GeoValues::Short(directory),
    };
    let found = Georeference::from_tags(vec![tag]);
    assert_eq!(found.epsg(), Some(4326));
    assert_eq!(found.kind(), CrsKind::Geographic { degrees: 1.0 });
}

#[test]
fn mercators_of_ones_own_have_no_known_size() {
    let keys = [(1024, 1), (3072, 32767), (3075, 7), (3076, 9001)];
    let mut directory = vec![1, 1, 0, keys.len() as u16];
    directory.extend(keys.iter().flat_map(|&(key, value)| [key, 0, 1, value]));
    let found = Georeference::from_tags(vec![GeoTag {
        tag: GEO_KEY_DIRECTORY,
        values: GeoValues::Short(directory),
    }]);
    assert_eq!(found.kind(), CrsKind::Unknown);
}

#[test]
fn malformed_tags_say_nothing() {
    for bad in [f64::NAN, f64::INFINITY] {
        for (tag, n) in [(MODEL_PIXEL_SCALE, 3), (MODEL_TIEPOINT, 6)] {
            let mut tags = vec![
                double_tag(MODEL_PIXEL_SCALE, &[1.0; 3]),
                double_tag(MODEL_TIEPOINT, &[1.0; 6]),
            ];
            tags.retain(|t| t.tag != tag);
            tags.push(double_tag(tag, &vec![bad; n]));
            assert_eq!(Georeference::from_tags(tags).transform(), None);
        }
        let matrix = double_tag(MODEL_TRANSFORMATION, &[bad; 16]);
        assert_eq!(Georeference::from_tags(vec![matrix]).transform(), None);
    }
    let made = Georeference::from_transform([f64::NAN, 1.0, 0.0, 5.0, 0.0, -1.0], Some(4326));
    assert_eq!((made.transform(), made.tags().len()), (None, 1));
    let wrong_types = vec![
        GeoTag {
            tag: MODEL_TIEPOINT,
            values: GeoValues::Short(vec![1; 6]),
        },
        double_tag(GEO_KEY_DIRECTORY, &[1.0; 8]),
        double_tag(305, &[1.0]),
    ];
    let found = Georeference::from_tags(wrong_types);
    assert_eq!(found.tags().len(), 2);
    assert_eq!(found.transform(), None);
    assert_eq!(found.kind(), CrsKind::Unknown);
}
