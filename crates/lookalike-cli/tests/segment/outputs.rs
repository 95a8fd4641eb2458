//! What a run that goes well prints and writes.

use std::fs;
use std::path::Path;

use tempfile::{TempDir, tempdir};

use super::common::{entries, lookalike, stderr, stdout};
use super::tiff;

/// Two bands, B1.tif and B2.tif, of 40×30 pixels: water, wood and sand in stripes, and a frame of
/// 0 of one pixel.
fn scene() -> TempDir {
    let folder = tempdir().unwrap();
    let noise = tiff::noise(2 * 40 * 30, 3);
    for (band, levels) in [[20, 40, 200], [10, 120, 180]].iter().enumerate() {
        let pixel = |i: usize| {
            let (x, y) = (i % 40, i / 40);
            let level: u8 = match x {
                _ if x == 0 || y == 0 || x == 39 || y == 29 => return 0,
                ..10 => levels[0],
                10..25 => levels[1],
                _ => levels[2],
            };
            level + noise[band * 1200 + i] % 8
        };
        let pixels: Vec<u8> = (0..1200).map(pixel).collect();
        let path = folder.path().join(format!("B{}.tif", band + 1));
        tiff::write(&path, 40, 30, &pixels);
    }
    folder
}

const FILES: [&str; 9] = [
    "B1.areas.csv",
    "B1.classes.png",
    "B1.model.json",
    "B1.preview.png",
    "B1.qml",
    "B1.stretched.png",
    "B1.tif",
    "B1.tif.aux.xml",
    "report.html",
];

fn segment<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let start = ["segment", "B1.tif", "B2.tif", "--nodata", "0"];
    [&start, more].concat()
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_scene_becomes_a_folder_of_files_and_a_table() {
    let folder = scene();
    let run = segment(&[
        "-k",
        "3",
        "--names",
        "water,wood,sand",
        "--colors",
        "navy,green,#E1AD01",
    ]);
    let output = lookalike(folder.path(), &run);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    for line in [
        "40×30 pixels, 2 bands, 3 classes",
        "water",
        "252",
        "23.68 %",
        "wood",
        "420",
        "39.47 %",
        "sand",
        "392",
        "36.84 %",
        "no data",
        "136",
    ] {
        assert!(text.contains(line), "{line} is missing in:\n{text}");
    }
    let talk = stderr(&output);
    assert!(talk.contains("Fitted on 1064 pixels"), "{talk}");
    assert!(talk.contains("10 files to B1-classes"), "{talk}");
    let out = folder.path().join("B1-classes");
    assert_eq!(entries(&out), [&FILES[..], &["run.json"]].concat());
    assert_eq!(entries(folder.path()), ["B1-classes", "B1.tif", "B2.tif"]);

    let csv = fs::read_to_string(out.join("B1.areas.csv")).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert!(
        lines[1].starts_with("1,water,#000080,252,0.236842,,,"),
        "{csv}"
    );
    assert!(
        lines[3].starts_with("3,sand,#e1ad01,392,0.368421,,,"),
        "{csv}"
    );

    let run = json(&out.join("run.json"));
    assert_eq!(run["command"], "segment");
    assert_eq!(run["arguments"]["n_clusters"], 3);
    assert_eq!(run["arguments"]["nodata"], 0.0);
    assert_eq!(run["arguments"]["stretch"], "5,95");
    assert_eq!(run["inputs"].as_array().unwrap().len(), 2);
    assert_eq!(run["inputs"][0]["name"], "B1.tif");
    assert_eq!(run["inputs"][1]["sha256"].as_str().unwrap().len(), 64);
    assert!(run["seconds"].as_array().unwrap().len() > 4);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(
        !page.contains("<script") && !page.contains("src=\"http"),
        "must be self-contained"
    );
    assert!(page.contains("water") && page.contains("#e1ad01"));

    // The model applied to the same scene.
    let again = segment(&[
        "--model",
        "B1-classes/B1.model.json",
        "-o",
        "again",
        "--quiet",
    ]);
    let output = lookalike(folder.path(), &again);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(output.stderr.is_empty(), "{}", stderr(&output));
    for name in ["B1.tif", "B1.areas.csv", "B1.qml", "B1.model.json"] {
        let of = |run: &str| fs::read(folder.path().join(run).join(name)).unwrap();
        assert!(of("again") == of("B1-classes"), "{name} differs");
    }
}

#[test]
fn one_json_document_and_nothing_else_when_asked() {
    let folder = scene();
    let output = lookalike(
        folder.path(),
        &segment(&["-k", "2..5", "--json", "--quiet"]),
    );
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(output.stderr.is_empty(), "{}", stderr(&output));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["scene"]["width"], 40);
    assert_eq!(found["scene"]["n_invalid"], 136);
    assert_eq!(found["scene"]["bands"], serde_json::json!(["B1", "B2"]));
    assert_eq!(found["choice"]["n_clusters"], 3);
    assert_eq!(found["classes"].as_array().unwrap().len(), 3);
    assert_eq!(found["classes"][0]["pixels"], 252);
    let run = json(&folder.path().join("B1-classes/run.json"));
    assert_eq!(run["arguments"]["n_clusters"], "2..5");
}

#[test]
fn threads_do_not_show_in_any_file() {
    let folder = scene();
    for threads in ["1", "2", "8"] {
        let more = [
            "-k",
            "3",
            "-o",
            threads,
            "--threads",
            threads,
            "--confidence",
        ];
        assert!(lookalike(folder.path(), &segment(&more)).status.success());
    }
    for name in FILES {
        let of = |run: &str| fs::read(folder.path().join(run).join(name)).unwrap();
        assert!(!of("1").is_empty(), "{name}");
        assert!(of("1") == of("2") && of("1") == of("8"), "{name} differs");
    }
}

#[test]
fn one_distinct_colour_is_one_class_and_said() {
    let folder = tempdir().unwrap();
    tiff::write(&folder.path().join("same.tif"), 30, 20, &[7; 600]);
    let output = lookalike(folder.path(), &["segment", "same.tif", "-k", "4"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains("30×20 pixels, 1 band, 1 class\n"));
    let talk = stderr(&output);
    let warning = "warning: 4 classes were asked for, but the scene has only 1 distinct pixel";
    assert!(talk.contains(warning), "{talk}");
    // The warning is no talk: the report says it too.
    let report = fs::read_to_string(folder.path().join("same-classes/report.html")).unwrap();
    assert!(report.contains("4 classes were asked for"), "{report}");
}

/// Where no number of classes can be judged, the report says so.
#[test]
fn scenes_of_one_or_two_values_are_classified_without_a_number() {
    let folder = tempdir().unwrap();
    let two = [[9; 300], [3; 300]].concat();
    for (name, pixels) in [("same", vec![7; 600]), ("two", two), ("pair", vec![9, 3])] {
        let width = pixels.len().min(30);
        let path = folder.path().join(format!("{name}.tif"));
        tiff::write(&path, width, pixels.len() / width, &pixels);
        let output = lookalike(folder.path(), &["segment", &format!("{name}.tif")]);
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        assert!(
            folder
                .path()
                .join(format!("{name}-classes/report.html"))
                .exists()
        );
    }
}

#[test]
fn bands_are_named_in_any_case() {
    let folder = scene();
    for (i, rgb) in ["b1,B2,2", "1,1,b2"].iter().enumerate() {
        let out = i.to_string();
        let output = lookalike(
            folder.path(),
            &segment(&["-k", "2", "--rgb", rgb, "-o", &out]),
        );
        assert!(output.status.success(), "{}", stderr(&output));
        let more = [
            "-k",
            "2",
            "--rgb",
            rgb,
            "--bands",
            "b2",
            "-o",
            "x",
            "--overwrite",
        ];
        let output = lookalike(folder.path(), &segment(&more));
        assert!(output.status.success(), "{}", stderr(&output));
    }
}
