//! Bad input: what is said, and that nothing is left behind.

use std::fs;
use std::path::Path;

use lookalike::imagery::picture::encode_png;

use crate::album::{digit_files, photos, run};
use crate::common::{entries, refusal, stderr};

/// The exit code and the message of `cluster` with a cache of its own.
fn cluster(folder: &Path, more: &[&str]) -> (i32, String) {
    refusal(folder, &[&["cluster"], more, &["--no-cache"]].concat())
}

/// A header of a PNG file of this size, and no pixels.
fn claim(width: u32, height: u32) -> Vec<u8> {
    let mut file = encode_png(1, 1, &[0, 0, 0, 255]).unwrap();
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = flate2_crc(&file[12..29]);
    file[29..33].copy_from_slice(&crc.to_be_bytes());
    file
}

/// CRC-32 as PNG has it.
fn flate2_crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

#[test]
fn a_folder_without_a_usable_picture() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::create_dir(here.join("empty")).unwrap();
    let (code, message) = cluster(here, &["empty"]);
    assert_eq!(code, 1);
    assert!(message.contains("empty"), "{message}");
    fs::create_dir(here.join("bad")).unwrap();
    fs::write(here.join("bad/zero.png"), "").unwrap();
    fs::write(here.join("bad/text.jpg"), "hello").unwrap();
    let (code, message) = cluster(here, &["bad"]);
    assert_eq!(code, 1);
    assert!(message.contains("no picture of 2 can be used"), "{message}");
    let (code, message) = cluster(here, &["missing"]);
    assert_eq!(code, 1);
    assert!(message.contains("missing"), "{message}");
    assert_eq!(entries(here), ["bad", "empty"], "nothing is left behind");
}

#[test]
fn bad_pictures_are_rows_of_a_table() {
    let folder = photos();
    let here = folder.path();
    let photo = fs::read(here.join("photos/red-00.jpg")).unwrap();
    let write =
        |name: &str, bytes: &[u8]| fs::write(here.join("photos").join(name), bytes).unwrap();
    write("cut.jpg", &photo[..photo.len() / 2]);
    let png = encode_png(40, 40, &[200; 4 * 1600]).unwrap();
    write("cut.png", &png[..png.len() - 20]);
    write("zero.png", b"");
    write("text.jpg", b"hello");
    write("huge.png", &claim(100_000, 100_000));
    write("one.png", &encode_png(1, 1, &[9, 9, 9, 255]).unwrap());
    write(
        "tall.png",
        &encode_png(1, 30_000, &vec![77; 4 * 30_000]).unwrap(),
    );
    for (out, strict) in [("out", false), ("strict", true)] {
        let more: &[&str] = if strict { &["--strict"] } else { &[] };
        let arguments = ["cluster", "photos", "-k", "2", "-o", out];
        let output = run(here, &[&arguments[..], more].concat());
        let talk = stderr(&output);
        assert_eq!(output.status.code(), Some(i32::from(strict)), "{talk}");
        assert!(
            !strict || talk.contains("all pictures must be usable, but 5 are not"),
            "{talk}"
        );
        let table = fs::read_to_string(here.join(out).join("bad_files.csv")).unwrap();
        let names: Vec<&str> = table
            .lines()
            .skip(1)
            .map(|l| l.split(',').next().unwrap())
            .collect();
        assert_eq!(
            names,
            ["cut.jpg", "cut.png", "huge.png", "text.jpg", "zero.png"],
            "{table}"
        );
        assert!(table.contains("100000×100000"), "{table}");
        let rows = fs::read_to_string(here.join(out).join("clusters.csv")).unwrap();
        assert_eq!(rows.lines().count(), 1 + 14);
        assert!(rows.contains("one.png") && rows.contains("tall.png"));
    }
}

#[test]
fn pictures_of_unequal_size_are_resized_and_that_is_said() {
    let folder = digit_files(20);
    let here = folder.path();
    fs::write(
        here.join("digits/0/large.png"),
        encode_png(30, 20, &[200; 2400]).unwrap(),
    )
    .unwrap();
    let output = run(
        here,
        &[
            "cluster",
            "digits",
            "--features",
            "pixels",
            "-k",
            "2",
            "-o",
            "out",
        ],
    );
    let talk = stderr(&output);
    assert!(output.status.success(), "{talk}");
    assert!(talk.contains("resized"), "{talk}");
}

#[test]
fn parameters_that_cannot_be() {
    let folder = digit_files(12);
    let here = folder.path();
    let cases: [(&[&str], i32, &str); 9] = [
        (
            &["-k", "13"],
            2,
            "n_clusters must be between 1 and the number of rows (12), got 13",
        ),
        (
            &["-k", "0"],
            2,
            "n_clusters must be between 1 and the number of rows (12), got 0",
        ),
        (
            &["-k", "9..2"],
            2,
            "n_clusters must be a range from 2 on, least first, got 9..2",
        ),
        (
            &["-k", "many"],
            2,
            "n-clusters must be a whole number, a range such as 2..12, or auto",
        ),
        (
            &["--reduce", "pca:0"],
            2,
            "reduce must be none, auto, or pca:N with N from 1 on",
        ),
        (
            &["--map", "none", "--cluster-on", "map"],
            2,
            "cluster_on must be the features where there is no map",
        ),
        (&["--limit", "0"], 2, "limit must be at least 1, got 0"),
        (&["--exclude", "["], 2, "exclude must be a glob"),
        (&["--labels", "none.csv"], 1, "none.csv"),
    ];
    for (more, code, part) in cases {
        let (found, message) = cluster(here, &[&["digits"], more].concat());
        assert!(message.contains(part), "{more:?}: {message}");
        assert_eq!(found, code, "{more:?}: {message}");
        assert!(
            !message.contains("features of"),
            "refused before the work: {message}"
        );
        assert_eq!(entries(here), ["digits"], "nothing is left behind");
    }
}

#[test]
fn what_exists_is_not_overwritten() {
    let folder = digit_files(12);
    let here = folder.path();
    fs::create_dir(here.join("digits-clusters")).unwrap();
    let (code, message) = cluster(here, &["digits"]);
    assert_eq!(code, 1);
    assert!(message.contains("output must not exist yet"), "{message}");
    let (code, message) = refusal(here, &["embed", "digits", "-o", "digits/0/0000.png"]);
    assert_eq!(code, 2);
    assert!(
        message.contains("output must end in .npy, .parquet or .csv"),
        "{message}"
    );
}

#[test]
fn vectors_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let write = |name: &str, text: &str| fs::write(here.join(name), text).unwrap();
    write("nan.csv", "id,x,y\na,1,2\nb,NaN,4\n");
    write("ragged.csv", "id,x,y\na,1,2\nb,3\n");
    write("words.csv", "id,x,y\na,1,2\nb,cat,4\n");
    write("no.npy", "hello");
    for (file, part) in [
        ("nan.csv", "NaN"),
        ("ragged.csv", "3"),
        ("words.csv", "cat"),
        ("no.npy", "no.npy"),
    ] {
        let (code, message) = cluster(here, &[file, "-k", "1"]);
        assert_eq!(code, 1, "{message}");
        assert!(
            message.contains(file) && message.contains(part),
            "{message}"
        );
    }
}

#[test]
fn models_that_cannot_be_applied() {
    let folder = digit_files(30);
    let here = folder.path();
    fs::write(here.join("text.json"), "{}").unwrap();
    let assign = |input: &str, model: &str| refusal(here, &["assign", input, "--model", model]);
    let (code, message) = assign("digits", "text.json");
    assert_eq!(code, 1);
    assert!(
        message.contains("text.json: it is not a picture model"),
        "{message}"
    );
    let output = run(
        here,
        &["cluster", "digits", "-k", "3", "--map", "none", "-o", "out"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    fs::write(here.join("two.csv"), "id,x,y\na,1,2\n").unwrap();
    let (code, message) = refusal(here, &["cluster", "two.csv", "--sort-into", "sorted"]);
    assert_eq!(code, 2);
    assert!(
        message.contains("no pictures to sort, got sorted"),
        "{message}"
    );
    assert!(!here.join("sorted").exists());
    let (code, message) = assign("two.csv", "out/model.json");
    assert_eq!(code, 1);
    assert!(
        message.contains("rows must have the model's 64 features, got 2"),
        "{message}"
    );
}

#[test]
fn networks_that_are_none() {
    let folder = photos();
    let here = folder.path();
    fs::write(here.join("net.onnx"), "hello").unwrap();
    let (code, message) = cluster(here, &["photos", "--model", "net.onnx"]);
    assert_eq!(code, 1, "{message}");
    assert!(message.contains("net.onnx"), "{message}");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden/cnn");
    for (file, part) in [
        ("bad_two_inputs.onnx", "input"),
        ("bad_operator.onnx", "operator"),
        ("bad_channels.onnx", "channels"),
    ] {
        let path = golden.join(file);
        let (code, message) = cluster(here, &["photos", "--model", path.to_str().unwrap()]);
        assert_eq!(code, 1, "{message}");
        assert!(
            message.contains(file) && message.contains(part),
            "{message}"
        );
    }
    let path = golden.join("vgg.onnx");
    let (code, message) = cluster(
        here,
        &[
            "photos",
            "--model",
            path.to_str().unwrap(),
            "--layer",
            "fc22",
        ],
    );
    assert_eq!(code, 1, "{message}");
    assert!(message.contains("fc22"), "{message}");
    assert_eq!(
        entries(here),
        ["net.onnx", "photos"],
        "nothing is left behind"
    );
    let (code, message) = cluster(here, &["photos", "--features", "cnn"]);
    assert_eq!(code, 2, "{message}");
    assert!(message.contains("--model"), "{message}");
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let folder = photos();
    let here = folder.path();
    fs::write(here.join("file"), "").unwrap();
    let (code, message) = refusal(here, &["cluster", "photos", "--cache", "file/cache"]);
    assert_eq!(code, 1);
    assert!(message.contains("file/cache"), "{message}");
}
