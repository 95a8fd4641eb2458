//! What is written.

use std::fs;
use std::path::Path;

use lookalike::imagery::picture::decode;
use serde_json::Value;

use crate::album::{csv, digit_files, photos, run};
use crate::common::{entries, lookalike, stderr, stdout};

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn digits_become_clusters_that_can_be_judged() {
    let folder = digit_files(400);
    let arguments = [
        "cluster", "digits", "-k", "10", "--labels", "parent", "-o", "out",
    ];
    let output = run(folder.path(), &arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    let out = folder.path().join("out");
    assert_eq!(
        entries(&out),
        [
            "bad_files.csv",
            "clusters.csv",
            "clusters.json",
            "clusters.parquet",
            "embeddings.npy",
            "map-pictures.png",
            "map.png",
            "metrics.json",
            "model.json",
            "report.html",
            "run.json",
            "sheets",
        ]
    );
    let rows = csv(&out.join("clusters.csv"));
    let header = "path,cluster,distance,nearest_other,distance_other,silhouette,map_x,map_y,label";
    assert_eq!(rows[0].join(","), header);
    assert_eq!(rows.len(), 401);
    let first = rows
        .iter()
        .find(|row| row[0].ends_with("0000.png"))
        .unwrap();
    assert_eq!((first[0].as_str(), first[8].as_str()), ("0/0000.png", "0"));

    let metrics = json(&out.join("metrics.json"));
    assert_eq!(
        (&metrics["n_rows"], &metrics["n_features"]),
        (&400.into(), &64.into())
    );
    assert_eq!(metrics["n_components"], 50);
    let scores = &metrics["truth"]["scores"];
    assert!(scores["accuracy"].as_f64().unwrap() > 0.7, "{scores}");
    let clusters = json(&out.join("clusters.json"));
    assert_eq!(clusters.as_array().unwrap().len(), 10);
    let typical = clusters[0]["typical"][0].as_str().unwrap();
    assert!(typical.contains(".png"), "{typical}");

    assert_eq!(entries(&out.join("sheets")).len(), 10);
    let sheet = decode(&out.join("sheets/cluster-00.jpg")).unwrap();
    assert!(sheet.width > 1000, "{}", sheet.width);
    let report = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(report.contains("Against the labels") && report.contains("mostly"));
    assert!(!report.contains("src=\"sheets"), "it stands alone");
    let text = stdout(&output);
    assert!(
        text.starts_with("digits: 400 pictures, 10 clusters\n"),
        "{text}"
    );
    assert!(text.contains("Against the labels: accuracy 0."), "{text}");
    let talk = stderr(&output);
    assert!(talk.contains("features: pixels, 8×8 gray"), "{talk}");
    assert!(talk.contains("features of 400 pictures in "), "{talk}");
}

#[test]
fn photos_get_descriptors_and_a_number_of_clusters() {
    let folder = photos();
    let output = run(folder.path(), &["cluster", "photos", "--linked"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("features: descriptor"),
        "{}",
        stderr(&output)
    );
    let out = folder.path().join("photos-clusters");
    let metrics = json(&out.join("metrics.json"));
    assert_eq!(metrics["choice"]["n_clusters"], 2, "{}", metrics["choice"]);
    let rows = csv(&out.join("clusters.csv"));
    for row in &rows[1..] {
        let same = rows[1..].iter().filter(|other| other[1] == row[1]);
        let color = |row: &[String]| row[0].split('-').next().unwrap().to_owned();
        assert!(same.into_iter().all(|other| color(other) == color(row)));
    }
    let report = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(report.contains("src=\"sheets/cluster-00.jpg\""));
}

#[test]
fn a_network_gives_features_and_the_model_remembers_it() {
    let folder = photos();
    let here = folder.path();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden/cnn/vgg.onnx");
    fs::copy(golden, here.join("vgg.onnx")).unwrap();
    let output = lookalike(here, &["cluster", "--model", "vgg.onnx", "--layers"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.starts_with("layer "), "{text}");
    assert!(text.lines().count() > 5, "{text}");

    let arguments = [
        "cluster", "photos", "--model", "vgg.onnx", "-k", "2", "--map", "none",
    ];
    let output = run(here, &[&arguments[..], &["-o", "out"]].concat());
    let talk = stderr(&output);
    assert!(output.status.success(), "{talk}");
    assert!(talk.contains("features: layer "), "{talk}");
    assert!(talk.contains("preprocess "), "{talk}");
    let output = run(
        here,
        &[
            "assign",
            "photos",
            "--model",
            "out/model.json",
            "-o",
            "again",
        ],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("(12 of them from the cache)"),
        "{}",
        stderr(&output)
    );
    let clusters = csv(&here.join("out/clusters.csv"));
    let assigned = csv(&here.join("again/clusters.csv"));
    for (a, b) in clusters.iter().zip(&assigned) {
        assert_eq!(a[..2], b[..2]);
    }
    // Elsewhere, and another.
    fs::rename(here.join("vgg.onnx"), here.join("moved.onnx")).unwrap();
    let assign = |more: &[&str]| {
        let arguments = [
            "assign",
            "photos",
            "--model",
            "out/model.json",
            "-o",
            "third",
        ];
        run(here, &[&arguments[..], more].concat())
    };
    let output = assign(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("vgg.onnx"), "{}", stderr(&output));
    let mut other = fs::read(here.join("moved.onnx")).unwrap();
    let middle = other.len() / 2;
    other[middle] ^= 1;
    fs::write(here.join("other.onnx"), other).unwrap();
    let output = assign(&["--network", "other.onnx"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(assign(&["--network", "moved.onnx"]).status.success());
}

#[test]
fn every_file_is_the_same_on_any_number_of_threads() {
    let folder = digit_files(120);
    let written = |threads: &str| -> Vec<(String, Vec<u8>)> {
        let out = format!("out-{threads}");
        let arguments = [
            "cluster",
            "digits",
            "-k",
            "2..6",
            "--labels",
            "parent",
            "--no-cache",
            "--threads",
            threads,
            "-o",
            &out,
            "--sheets",
            "all",
        ];
        let output = lookalike(folder.path(), &arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        let out = folder.path().join(out);
        let sheets = entries(&out.join("sheets"));
        let names = entries(&out)
            .into_iter()
            .filter(|name| name != "sheets" && name != "run.json");
        names
            .chain(sheets.into_iter().map(|name| format!("sheets/{name}")))
            .map(|name| (name.clone(), fs::read(out.join(name)).unwrap()))
            .collect()
    };
    let one = written("1");
    for threads in ["2", "8"] {
        for ((name, a), (other, b)) in one.iter().zip(&written(threads)) {
            assert_eq!(name, other);
            assert!(a == b, "{name} on {threads} threads");
        }
    }
}

#[test]
fn the_second_run_computes_only_what_is_new() {
    let folder = digit_files(60);
    let embed = |output: &str| {
        let output = run(folder.path(), &["embed", "digits", "-o", output, "--json"]);
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    assert_eq!(embed("a.npy")["n_computed"], 60);
    assert_eq!(embed("b.npy")["n_computed"], 0);
    let from = folder.path().join("digits/0/0000.png");
    fs::rename(&from, folder.path().join("digits/0/new name.png")).unwrap();
    let mut file = fs::read(folder.path().join("digits/1/0001.png")).unwrap();
    file.extend_from_slice(b"more");
    fs::write(folder.path().join("digits/1/copy.png"), file).unwrap();
    let found = embed("c.npy");
    assert_eq!(
        (&found["n_rows"], &found["n_computed"]),
        (&61.into(), &1.into())
    );
    let bytes = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert_eq!(bytes("a.npy"), bytes("b.npy"));
}

#[test]
fn pictures_are_sorted_into_folders_only_when_asked() {
    let folder = digit_files(30);
    let arguments = [
        "cluster",
        "digits",
        "-k",
        "3",
        "--map",
        "none",
        "-o",
        "out",
        "--sort-into",
        "sorted",
    ];
    let output = run(folder.path(), &[&arguments[..], &["--dry-run"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(
        text.contains("digits/0/0000.png -> sorted/cluster-0"),
        "{text}"
    );
    assert!(!folder.path().join("sorted").exists());
    let output = run(
        folder.path(),
        &[&arguments[..], &["--dry-run", "--json", "--overwrite"]].concat(),
    );
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["sort_into"][0][0], "digits/0/0000.png");
    assert_eq!(told["sort_into"].as_array().unwrap().len(), 30);
    let output = run(folder.path(), &[&arguments[..], &["--overwrite"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let sorted = folder.path().join("sorted");
    let n: usize = entries(&sorted)
        .iter()
        .map(|name| entries(&sorted.join(name)).len())
        .sum();
    assert_eq!(n, 30);
    assert!(folder.path().join("digits/0/0000.png").exists());
}

#[test]
fn results_among_the_pictures_are_no_pictures() {
    let folder = photos();
    let here = folder.path().join("photos");
    for more in [&[][..], &["--overwrite"]] {
        let arguments = ["cluster", ".", "-k", "2", "--no-cache"];
        let output = lookalike(&here, &[&arguments[..], more].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        let metrics = fs::read(here.join("photos-clusters/metrics.json")).unwrap();
        let metrics: Value = serde_json::from_slice(&metrics).unwrap();
        assert_eq!(metrics["n_rows"], 12, "{metrics}");
    }
}

#[cfg(unix)]
#[test]
fn folders_may_have_names_that_are_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::process::Command;
    let folder = photos();
    let odd = OsStr::from_bytes(b"f\xf6tos");
    fs::rename(folder.path().join("photos"), folder.path().join(odd)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_lookalike"))
        .current_dir(folder.path())
        .args(["cluster", "-k", "2", "--no-cache", "-o", "out"])
        .arg(odd)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(folder.path().join("out/run.json").exists());
}
