use proptest::prelude::*;
use serde_json::Value;

use super::*;

const GOLDEN: &str = include_str!("../../../../../testdata/golden/colormap.json");

fn golden() -> Value {
    serde_json::from_str(GOLDEN).unwrap()
}

fn rgb(value: &Value) -> Rgb {
    std::array::from_fn(|i| value[i].as_u64().unwrap() as u8)
}

fn rgbs(value: &Value) -> Vec<Rgb> {
    value.as_array().unwrap().iter().map(rgb).collect()
}

fn assert_equal_to_one_level(got: &[Rgb], expected: &[Rgb], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let flat = got.as_flattened().iter().zip(expected.as_flattened());
    let greatest = flat.map(|(&a, &b)| a.abs_diff(b)).max().unwrap_or(0);
    assert!(greatest <= 1, "{what}: {got:?} for {expected:?}");
}

#[test]
fn names_mean_what_they_mean_to_matplotlib() {
    let golden = golden();
    let names = golden["names"].as_array().unwrap();
    assert!(names.len() > 160);
    for case in names {
        let name = case[0].as_str().unwrap();
        assert_eq!(parse_colors(name).unwrap(), [rgb(&case[1])], "{name}");
    }
}

#[test]
fn lists_are_interpolated_as_by_matplotlib() {
    let golden = golden();
    let cases = golden["from_list"].as_array().unwrap();
    assert!(cases.len() > 40);
    for case in cases {
        let names: Vec<&str> = case["colors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c.as_str().unwrap())
            .collect();
        let colors = parse_colors(&names.join(", ")).unwrap();
        let k = case["k"].as_u64().unwrap() as usize;
        let got = class_colors(&colors, k).unwrap();
        assert_equal_to_one_level(&got, &rgbs(&case["expected"]), &format!("{names:?} {k}"));
    }
}

#[test]
fn maps_are_sampled_as_by_matplotlib() {
    let golden = golden();
    let cases = golden["maps"].as_array().unwrap();
    assert!(cases.len() > 300);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let k = case["k"].as_u64().unwrap() as usize;
        let got = colormap_colors(name, k).unwrap();
        assert_equal_to_one_level(&got, &rgbs(&case["expected"]), &format!("{name} {k}"));
    }
    assert!(colormap_names().count() > 80);
    assert_eq!(
        colormap_colors("set1", 3).unwrap(),
        colormap_colors("Set1", 3).unwrap()
    );
}

#[test]
fn as_many_colors_as_classes_are_taken_in_order() {
    let colors = parse_colors("#B90E0A,navy,green,#E1AD01").unwrap();
    assert_eq!(
        colors,
        [[185, 14, 10], [0, 0, 128], [0, 128, 0], [225, 173, 1]]
    );
    assert_eq!(class_colors(&colors, 4).unwrap(), colors);
    assert_eq!(class_colors(&colors[..1], 1).unwrap(), colors[..1]);
}

#[test]
fn more_than_256_classes_get_steps_of_their_own() {
    let black_and_white = [[0; 3], [255; 3]];
    let colors = class_colors(&black_and_white, 511).unwrap();
    assert_eq!(colors[1], [1; 3]);
    assert_eq!(colors[255], [128; 3]);
    let rainbow = colormap_colors("turbo", 1000).unwrap();
    let mut distinct = rainbow.clone();
    distinct.dedup();
    assert!(distinct.len() > 700, "{}", distinct.len());
}

#[test]
fn what_is_unknown_is_named_with_what_it_may_have_meant() {
    let message = |list: &str| parse_colors(list).unwrap_err().to_string();
    let misspelt = message("red, navvy");
    assert!(
        misspelt.ends_with("got \"navvy\" in place 2; did you mean navy?"),
        "{misspelt}"
    );
    for bad in [
        "",
        "red,,blue",
        "#12345",
        "#ff000080",
        "1.5",
        "-1",
        "transparent",
        "Cx",
        "é",
    ] {
        let text = message(bad);
        assert!(
            text.starts_with("colors must be opaque colours separated by commas"),
            "{text}"
        );
    }
    let map = colormap_colors("viridid", 3).unwrap_err().to_string();
    assert!(
        map.ends_with("got \"viridid\"; did you mean viridis?"),
        "{map}"
    );
    assert_eq!(
        colormap_colors("tab10", 11).unwrap_err().to_string(),
        "colormap must have a colour for each of 11 classes, got tab10, which has 10"
    );
    assert_eq!(
        class_colors(&[[1, 2, 3]], 2).unwrap_err().to_string(),
        "colors must be at least 2 for 2 classes, got 1"
    );
    assert!(class_colors(&[], 2).is_err());
}

/// Lightness and the two axes of CIELAB under D65.
fn lab(color: Rgb) -> [f64; 3] {
    let [r, g, b] = color.map(|v| {
        let v = f64::from(v) / 255.0;
        if v <= 0.04045 {
            v / 12.92
        } else {
            ((v + 0.055) / 1.055).powf(2.4)
        }
    });
    let x = (0.412_456 * r + 0.357_576 * g + 0.180_437 * b) / 0.950_47;
    let y = 0.212_673 * r + 0.715_152 * g + 0.072_175 * b;
    let z = (0.019_334 * r + 0.119_192 * g + 0.950_304 * b) / 1.088_83;
    let [x, y, z] = [x, y, z].map(|t: f64| {
        if t > 0.008_856 {
            t.cbrt()
        } else {
            7.787 * t + 16.0 / 116.0
        }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[test]
fn default_colors_are_told_apart_and_go_from_dark_to_bright() {
    for n_classes in 2..=20 {
        let colors: Vec<[f64; 3]> = default_colors(n_classes).into_iter().map(lab).collect();
        assert!(colors.is_sorted_by(|a, b| a[0] < b[0]));
        for (i, a) in colors.iter().enumerate() {
            for b in &colors[..i] {
                let squares: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
                assert!(squares.sqrt() > 18.0, "{n_classes} classes: {a:?}, {b:?}");
            }
        }
    }
    assert_eq!(default_colors(1).len(), 1);
    assert_eq!(default_colors(70).len(), 70);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,40}", n_classes in 0_usize..600) {
        if let Ok(colors) = parse_colors(&text) {
            prop_assert_eq!(colors.len(), text.split(',').count());
            if let Ok(classes) = class_colors(&colors, n_classes) {
                prop_assert_eq!(classes.len(), n_classes);
            }
        }
        prop_assert!(colormap_colors(&text, n_classes).is_err());
    }
}
