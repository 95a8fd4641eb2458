//! What is refused, by which words, with nothing half-written.

use std::fs;
use std::path::Path;

use tempfile::tempdir;

use super::common::{entries, lookalike, refusal};
use super::tiff::{self, COMPRESSION, STRIP_OFFSETS};

/// Refuses to segment `inputs` with more arguments: the exit code and what is said. Whatever was in
/// the folder is as it was.
fn refused(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let before = entries(folder);
    let arguments = [&["segment"], arguments].concat();
    let found = refusal(folder, &arguments);
    assert_eq!(entries(folder), before, "{arguments:?}");
    found
}

#[test]
fn files_that_cannot_be_read() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let pixels = tiff::noise(600, 1);
    let sound = tiff::with_tags(30, 20, &pixels, &[], 0);
    let changed = |tags: &[(u16, u32)]| tiff::with_tags(30, 20, &pixels, tags, 0);
    let side = 1 << 31;
    let read = "TIFF, JPEG 2000, JPEG, PNG, WebP, BMP, GIF, PNM and QOI are read";
    let cases = [
        ("empty", Vec::new(), format!("it is empty; {read}")),
        (
            "text",
            b"B01,B02\n1,2\n".to_vec(),
            format!("it looks like a text file (“B01,B02”); {read}"),
        ),
        (
            "truncated",
            sound[..400].to_vec(),
            "its strip or tile 0 ends at byte 710, but the file has 400 bytes".into(),
        ),
        (
            "huge",
            changed(&[(256, side), (257, side)]),
            "it claims 2147483648×2147483648 pixels, but at most 10000000 columns and rows are read"
                .into(),
        ),
        (
            "loop",
            tiff::with_tags(30, 20, &pixels, &[], 8),
            "invalid image layout: IFD chain contains a loop at offset 8".into(),
        ),
        (
            "outside",
            changed(&[(STRIP_OFFSETS, 5000)]),
            "its strip or tile 0 ends at byte 5600, but the file has 710 bytes".into(),
        ),
        (
            "codec",
            changed(&[(COMPRESSION, 12_345)]),
            "its compression 12345 (unknown) is not read: none, PackBits, LZW, Deflate, ZSTD, JPEG, \
             LERC and WebP are"
                .into(),
        ),
    ];
    for (name, bytes, why) in cases {
        let file = format!("{name}.tif");
        fs::write(folder.join(&file), bytes).unwrap();
        let (code, message) = refused(folder, &[&file, "-k", "2"]);
        assert_eq!(message, format!("error: cannot read {file}: {why}\n"));
        assert_eq!(code, 1);
    }
    let (code, message) = refused(folder, &["missing.tif", "-k", "2"]);
    assert!(
        message.starts_with("error: cannot read missing.tif: "),
        "{message}"
    );
    assert_eq!(code, 1);
    // Damage that only shows while the pixels are read.
    let deflate = changed(&[(COMPRESSION, 8)]);
    fs::write(folder.join("damaged.tif"), deflate).unwrap();
    let (code, message) = refused(folder, &["damaged.tif", "-k", "2"]);
    let start = "error: cannot read damaged.tif: strip or tile 0 is damaged: ";
    assert!(message.starts_with(start), "{message}");
    assert_eq!(code, 1);
}

#[test]
fn an_input_is_never_replaced() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("scene.tif");
    tiff::write(&path, 30, 20, &tiff::noise(600, 1));
    let before = fs::read(&path).unwrap();
    let arguments = ["scene.tif", "-k", "2", "-o", ".", "--overwrite"];
    let (code, message) = refused(folder.path(), &arguments);
    assert_eq!(code, 1);
    assert!(
        message.contains("scene.tif is one: choose another folder with -o"),
        "{message}"
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn inputs_that_do_not_go_together() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    tiff::write(&folder.join("a.tif"), 30, 20, &tiff::noise(600, 1));
    tiff::write(&folder.join("b.tif"), 30, 20, &tiff::noise(600, 2));
    tiff::write(&folder.join("small.tif"), 7, 5, &tiff::noise(35, 3));
    tiff::write(&folder.join("same.tif"), 30, 20, &[7; 600]);
    let output = lookalike(folder, &["segment", "a.tif", "-k", "2", "-o", "one"]);
    assert!(output.status.success());
    fs::write(folder.join("no.json"), "{}").unwrap();

    let says = |arguments: &[&str], expected: &str| {
        let (code, message) = refused(folder, arguments);
        assert_eq!(message, format!("error: {expected}\n"));
        assert_eq!(code, 1, "{message}");
    };
    says(
        &["a.tif", "small.tif", "-k", "2"],
        "cannot read small.tif: its grid must be that of a.tif, 30×20 pixels without georeference, \
         or a coarser one of the same extent; it is 7×5 pixels without georeference",
    );
    says(
        &["a.tif", "-k", "2", "--mask", "small.tif"],
        "the mask small.tif must have the size of the scene, 30×20, got 7×5",
    );
    says(
        &["same.tif", "-k", "2", "--nodata", "7"],
        "the scene must have valid pixels, but all 30×20 of same.tif are nodata, not finite or \
         masked: see --nodata and --mask",
    );
    says(
        &["a.tif", "b.tif", "--model", "one/a.model.json"],
        "the scene must have the bands of the model, 1 (?), got 2 (a, b): choose them with --bands",
    );
    says(
        &["a.tif", "-k", "2", "-o", "one"],
        "output must not exist yet, but the folder one does: choose another with -o, or replace its \
         files with --overwrite",
    );
    says(
        &["a.tif", "-k", "2", "-o", "b.tif"],
        "output must be a folder, but b.tif is a file: choose another with -o",
    );
    let (code, message) = refused(folder, &["a.tif", "--model", "no.json"]);
    let start = "error: cannot read no.json: it is not a scene model of Lookalike (";
    assert!(message.starts_with(start), "{message}");
    assert_eq!(code, 1);
    let (code, message) = refused(folder, &["a.tif", "-k", "2", "--mask", "missing.tif"]);
    assert!(
        message.starts_with("error: cannot read missing.tif: "),
        "{message}"
    );
    assert_eq!(code, 1);
}

/// Arguments, and what is said of them.
fn broken_rules() -> Vec<(&'static [&'static str], String)> {
    let range = "n_clusters must be between 1 and 65535";
    let stretch =
        "stretch must be two percentiles from 0 to 100, the lower one first, such as 5,95";
    let count = "n-clusters must be a whole number, a range such as 2..12, or auto";
    vec![
        (&["-k", "0"], format!("{range}, got 0")),
        (&["-k", "65536"], format!("{range}, got 65536")),
        (
            &["-k", "5..2"],
            "n_clusters must be a range within 2..65535, the smaller end first, got 5..2".into(),
        ),
        (&["-k", "few"], count.into()),
        (&["-k", "-3"], count.into()),
        (&["-k", "2", "--colors", "red,nocolour"], "nocolour".into()),
        (&["-k", "2", "--colormap", "nomap"], "nomap".into()),
        (
            &["-k", "2", "--bands", "2"],
            "bands must be numbers from 1 to 1, got 2".into(),
        ),
        (
            &["-k", "2", "--bands", "0"],
            "bands must be numbers from 1 to 1, got 0".into(),
        ),
        (
            &["-k", "2", "--rgb", "1,1,4"],
            "rgb must name bands of a.tif, by number from 1 to 1 or by name, got 4".into(),
        ),
        (
            &["-k", "2", "--rgb", "1,1"],
            "rgb must name three bands, got 1,1".into(),
        ),
        (
            &["-k", "2", "--stretch", "95,5"],
            format!("{stretch}, got 95,5"),
        ),
        (
            &["-k", "2", "--stretch", "-1,101"],
            format!("{stretch}, got -1,101"),
        ),
        (
            &["-k", "2", "--stretch", "5"],
            format!("{stretch}, got '5'"),
        ),
        (
            &["-k", "2", "--stretch", "NaN,95"],
            format!("{stretch}, got NaN,95"),
        ),
        (
            &["-k", "2", "--names", "a,b,c"],
            "names must be no more than the classes (2), got 3".into(),
        ),
        (
            &["-k", "2", "--nodata", "256"],
            "nodata must be a value that samples of a.tif (U8) can have, got 256".into(),
        ),
        (
            &["-k", "2", "--n-init", "0"],
            "n_init must be at least 1, got 0".into(),
        ),
        (
            &["-k", "2", "--max-iter", "0"],
            "max_iter must be at least 1, got 0".into(),
        ),
        (
            &["-k", "2", "--sample", "0"],
            "sample must be at least 1, got 0".into(),
        ),
        (&["-k", "2", "--tol", "-1"], "tol must be".into()),
        (
            &["-k", "2", "--max-side", "0"],
            "max-side must be a whole number from 1 on, or full".into(),
        ),
        (
            &["--init", "init.csv"],
            "init must have one row a class and one column a band (2×1), got 2×2".into(),
        ),
        (&["-k", "2", "--ram", "much"], "much".into()),
        (
            &["-k", "2", "--model", "m.json"],
            "cannot be used with".into(),
        ),
        (
            &["--colors", "red", "--colormap", "terrain"],
            "cannot be used with".into(),
        ),
    ]
}

#[test]
fn parameters_that_break_their_rules() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    tiff::write(&folder.join("a.tif"), 30, 20, &tiff::noise(600, 1));
    fs::write(folder.join("init.csv"), "1,2\n3,4\n").unwrap();
    for (arguments, expected) in broken_rules() {
        let (code, message) = refused(folder, &[&["a.tif"], arguments].concat());
        assert!(message.starts_with("error: "), "{message}");
        assert!(message.contains(&expected), "{arguments:?}: {message}");
        assert_eq!(code, 2, "{message}");
    }
    let (code, message) = refused(folder, &["-k", "2"]);
    assert!(message.contains("<SCENE>"), "{message}");
    assert_eq!(code, 2);
}

#[test]
fn folders_made_for_an_output_that_never_came_are_gone() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    tiff::write(&folder.join("same.tif"), 30, 20, &[7; 600]);
    let deep = [
        "same.tif",
        "-k",
        "2",
        "--nodata",
        "7",
        "-o",
        "new/below/out",
    ];
    assert_eq!(refused(folder, &deep).0, 1);
}
