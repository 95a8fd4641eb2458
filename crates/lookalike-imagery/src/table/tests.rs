use std::fs;
use std::path::PathBuf;

use ndarray::{Array2, array};
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/golden")
        .join(name)
}

fn texts(value: &Value) -> Option<Vec<Option<String>>> {
    let values = value.as_array()?.iter();
    Some(
        values
            .map(|value| value.as_str().map(str::to_owned))
            .collect(),
    )
}

fn options_of(case: &Value) -> VectorOptions {
    let option = |name: &str| case["options"][name].as_str().map(str::to_owned);
    VectorOptions {
        column: option("column"),
        id_column: option("id_column"),
        label_column: option("label_column"),
        array: option("array"),
    }
}

#[test]
fn files_of_numpy_pandas_and_pyarrow_are_read() {
    let text = fs::read_to_string(golden("vectors.json")).unwrap();
    let cases: Value = serde_json::from_str(&text).unwrap();
    let mut n_cases = 0;
    for case in cases["cases"].as_array().unwrap() {
        let file = case["file"].as_str().unwrap();
        if file.ends_with(".parquet") && !cfg!(feature = "parquet") {
            continue;
        }
        let path = golden("vectors").join(file);
        let vectors = read_vectors(&path, &options_of(case)).unwrap();
        let shape: Vec<u64> = vectors.rows.shape().iter().map(|&n| n as u64).collect();
        assert_eq!(Value::from(shape), case["shape"], "{file}");
        let values: Vec<f64> = vectors.rows.iter().map(|&v| f64::from(v)).collect();
        let expected: Vec<f64> = case["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v.as_f64().unwrap())
            .collect();
        assert_eq!(values, expected, "{file}");
        let names = vectors
            .names
            .map(|names| names.into_iter().map(Some).collect());
        assert_eq!(names, texts(&case["names"]), "{file}");
        assert_eq!(vectors.labels, texts(&case["labels"]), "{file}");
        n_cases += 1;
    }
    assert!(n_cases > 40, "{n_cases}");
}

fn message(file: &str, options: &VectorOptions) -> String {
    let path = golden("vectors").join(file);
    let error = read_vectors(&path, options).unwrap_err().to_string();
    let place = path.parent().unwrap().display().to_string();
    assert!(error.contains(file), "{error}");
    error.replace(&format!("{place}/"), "")
}

#[test]
fn what_is_not_vectors_is_refused() {
    let none = VectorOptions::default();
    let expected = [
        (
            "one_dimension.npy",
            "an array of vectors must have 2 dimensions or more, the shape of this one is (3,)",
        ),
        (
            "complex.npy",
            "numbers must be bool, u1 to u8, i1 to i8 or f2 to f8, the type of this array is <c8",
        ),
        (
            "objects.npy",
            "numbers must be bool, u1 to u8, i1 to i8 or f2 to f8, the type of this array is |O",
        ),
        (
            "record.npy",
            "numbers must be bool, u1 to u8, i1 to i8 or f2 to f8, the type of this array is \
             [('a', '<f4'), ('b', '<f4')]",
        ),
        (
            "empty.npy",
            "it must hold at least one vector of at least one number, its shape is (0, 0)",
        ),
        (
            "infinite.npy",
            "every number must be finite in 32 bits, row 1 has inf in column 1",
        ),
    ];
    for (file, why) in expected {
        assert_eq!(message(file, &none), format!("cannot read {file}: {why}"));
    }
    assert_eq!(
        message("two.npz", &none),
        "array must name one of the arrays of two.npz, got none of a, b"
    );
    let options = VectorOptions {
        array: Some("c".into()),
        ..none.clone()
    };
    assert_eq!(
        message("two.npz", &options),
        "array must be one of the arrays of two.npz (a, b), got c"
    );
    assert_eq!(
        message("version1.npy", &options),
        "array must be left out, as version1.npy is a .npy file, got c"
    );
    let options = VectorOptions {
        array: Some("a".into()),
        label_column: Some("b".into()),
        ..none
    };
    assert_eq!(
        message("two.npz", &options),
        "label_column must name an array of 5 texts or whole numbers of two.npz, got \"b\", <f4 of shape (5, 3)"
    );
}

#[cfg(feature = "parquet")]
#[test]
fn what_is_not_vectors_of_parquet_is_refused() {
    let none = VectorOptions::default();
    let expected = [
        (
            "unequal",
            "all vectors must have the same length, row 0 has 2 numbers, row 1 has 1",
        ),
        (
            "null_list",
            "no vector must be null or empty or hold a null, one at or behind row 0 does",
        ),
        (
            "null_element",
            "no vector must be null or empty or hold a null, one at or behind row 0 does",
        ),
        ("brotli_1", "pages compressed as BROTLI are not read"),
    ];
    for (name, why) in expected {
        let file = format!("{name}.parquet");
        let start = format!("cannot read {file}: column \"vector\": ");
        let message = message(&file, &none);
        assert_eq!(message, format!("{start}{why}"));
    }
    assert_eq!(
        message("nan.parquet", &none),
        "cannot read nan.parquet: every number must be finite in 32 bits, row 1 has NaN in column 0"
    );
    assert_eq!(
        message("null_name.parquet", &none),
        "cannot read null_name.parquet: column \"path\": row 1 must have a name, it is null"
    );
    assert_eq!(
        message("text.parquet", &none),
        "cannot read text.parquet: it must have a column of vectors or columns of numbers, it has neither"
    );
    assert_eq!(
        message("two.parquet", &none),
        "column must name one of the columns of vectors of two.parquet, got none of a, b"
    );
    assert_eq!(
        message("binary_and_number.parquet", &none),
        "column must name one of the columns of vectors of binary_and_number.parquet, got none of hash"
    );
    let options = VectorOptions {
        label_column: Some("c".into()),
        ..none
    };
    assert_eq!(
        message("pandas.parquet", &options),
        "label_column must be a column of texts or whole numbers of pandas.parquet \
         (kind, f, d, i, u, t, __index_level_0__), got c"
    );
}

fn read(bytes: &[u8], options: &VectorOptions) -> Result<Vectors> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v");
    fs::write(&path, bytes).unwrap();
    read_vectors(&path, options)
}

/// What is said of a file with these bytes.
fn complaint(bytes: &[u8], options: &VectorOptions) -> String {
    let message = read(bytes, options).unwrap_err().to_string();
    message.rsplit("/v: ").next().unwrap().to_owned()
}

#[test]
fn lines_of_csv_are_named() {
    let none = VectorOptions::default();
    let of = |text: &str| complaint(text.as_bytes(), &none);
    assert_eq!(of(""), "the file is empty");
    assert_eq!(of("\n\n"), "it has no line");
    assert_eq!(of("path,x\n"), "it has a header, but no line of numbers");
    assert_eq!(
        of("path,x,y\na,1,2\nb,3,\n"),
        "line 3, column \"y\" must be a number that is finite in 32 bits, got \"\""
    );
    assert_eq!(
        of("1,2\n3,four\n"),
        "line 2, column 2 must be a number that is finite in 32 bits, got \"four\""
    );
    assert_eq!(
        of("1,nan\n"),
        "line 1, column 2 must be a number that is finite in 32 bits, got \"nan\""
    );
    assert_eq!(
        of("1,2\n3,1e39\n"),
        "line 2, column 2 must be a number that is finite in 32 bits, got \"1e39\""
    );
    assert!(of("1,2\n3\n").contains("line: 2"), "{}", of("1,2\n3\n"));
    assert_eq!(
        of("path,x\na,1\n,2\n"),
        "line 3, column \"path\" must be a name, got \"\""
    );
    assert_eq!(
        of("path\na\nb\n"),
        "it must hold at least one vector of at least one number, its shape is (2, 0)"
    );
    assert!(complaint(b"1,2\n\xff,3\n", &none).starts_with("vectors must be a .npy"));
    let label = VectorOptions {
        label_column: Some("class".into()),
        ..VectorOptions::default()
    };
    let message = read(b"path,x\na,1\n", &label).unwrap_err().to_string();
    assert!(
        message.starts_with("label_column must be a column of "),
        "{message}"
    );
    assert!(message.ends_with(" (path, x), got class"), "{message}");
    let message = read(b"1,2\n", &label).unwrap_err().to_string();
    assert!(message.ends_with("v has no header, got class"), "{message}");
}

#[test]
fn lines_without_a_header_are_kept() {
    let rows = |text: &str| {
        read(text.as_bytes(), &VectorOptions::default())
            .unwrap()
            .rows
    };
    assert_eq!(rows("0,1\n2,3\n"), array![[0.0, 1.0], [2.0, 3.0]]);
    assert_eq!(rows("a.png, 0.5 ,-1e3\n"), array![[0.5, -1000.0]]);
    assert_eq!(rows("\u{feff}x,y\r\n1,2\r\n"), array![[1.0, 2.0]]);
}

/// An array of one byte with this header, and some bytes behind it.
fn npy(header: &str, n_bytes: usize) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    [
        b"\x93NUMPY\x01\x00",
        &length[..],
        header.as_bytes(),
        &vec![1; n_bytes],
    ]
    .concat()
}

#[test]
fn headers_that_claim_too_much_are_refused() {
    let none = VectorOptions::default();
    let of = |shape: &str, n_bytes| {
        let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}");
        complaint(&npy(&header, n_bytes), &none)
    };
    for shape in [
        "(1152921504606846976, 3)",
        "(9223372036854775807, 9223372036854775807)",
        "(5, 2)",
    ] {
        let message = of(shape, 79);
        let start = format!("an array of shape {shape} and type <f8 must have more than the ");
        assert!(message.starts_with(&start), "{message}");
    }
    assert!(of("(1, -2)", 8).starts_with("an array must say its descr"));
    assert!(of("(99999999999999999999, 1)", 8).starts_with("an array must say its descr"));
    assert!(complaint(b"\x93NUMPY\x09\0\0\0", &none).contains("version of an array must be"));
    assert!(complaint(b"\x93NUMPY\x02\0\xff\xff\xff\xff", &none).contains("must have at most"));
    assert_eq!(complaint(b"\x93NUM", &none), complaint(b"\x93PUM", &none));
    // As Python 2 wrote it.
    let header = "{'shape': (1L, 2L), 'fortran_order': True, 'descr': '|u1'}  \n";
    assert_eq!(
        read(&npy(header, 2), &none).unwrap().rows,
        array![[1.0, 1.0]]
    );
}

#[test]
fn damage_in_a_zip_is_noticed() {
    let bytes = fs::read(golden("vectors/stored.npz")).unwrap();
    let at = bytes
        .windows(4)
        .rposition(|four| four == 0.5_f32.to_le_bytes())
        .unwrap();
    let mut damaged = bytes.clone();
    damaged[at] ^= 1;
    let message = complaint(&damaged, &VectorOptions::default());
    assert!(message.contains("checksum"), "{message}");
}

fn any_rows() -> impl Strategy<Value = Array2<f32>> {
    let number = any::<i32>().prop_map(|n| n as f32 / 64.0);
    (1_usize..6, 1_usize..40).prop_flat_map(move |(n, m)| {
        let values = prop::collection::vec(number.clone(), n * m);
        values.prop_map(move |values| Array2::from_shape_vec((n, m), values).unwrap())
    })
}

proptest! {
    #[test]
    fn what_is_written_as_npy_is_read_again(rows in any_rows()) {
        let mut bytes = Vec::new();
        // Turned around, it is not contiguous.
        write_npy(&mut bytes, &rows.t()).unwrap();
        prop_assert_eq!((bytes.len() - 4 * rows.len()) % 64, 0);
        let back = read(&bytes, &VectorOptions::default()).unwrap();
        prop_assert_eq!(back.rows.t(), rows);
    }
}

#[cfg(feature = "parquet")]
#[test]
fn what_is_written_as_parquet_is_read_again() {
    let rows = Array2::from_shape_fn((70_000, 3), |(i, j)| (i * 3 + j) as f32);
    let names: Vec<String> = (0..70_000).map(|i| format!("{i}.png")).collect();
    let label = |i: usize| (!i.is_multiple_of(3)).then(|| ["cat", "dog"][i % 2]);
    let labels: Vec<Option<&str>> = (0..70_000).map(label).collect();
    let columns = [
        Column {
            name: "path",
            values: ColumnValues::Text(names.iter().map(|name| Some(name.as_str())).collect()),
        },
        Column {
            name: "label",
            values: ColumnValues::Text(labels.clone()),
        },
        Column {
            name: "vector",
            values: ColumnValues::Vectors(rows.view()),
        },
    ];
    let written = || {
        let mut bytes = Vec::new();
        write_parquet(&mut bytes, &columns, &[("made by", "a test")]).unwrap();
        bytes
    };
    let bytes = written();
    assert!(bytes == written());
    let options = VectorOptions {
        label_column: Some("label".into()),
        ..VectorOptions::default()
    };
    let back = read(&bytes, &options).unwrap();
    assert!(back.rows == rows);
    assert!(back.names == Some(names));
    let labels = labels.iter().map(|label| label.map(str::to_owned));
    assert!(back.labels == Some(labels.collect()));
}

#[cfg(feature = "parquet")]
#[test]
fn columns_that_do_not_fit_are_not_written() {
    let column = |name, n| Column {
        name,
        values: ColumnValues::I64(vec![Some(1); n]),
    };
    let refused = |columns: &[Column<'_>]| {
        write_parquet(Vec::new(), columns, &[])
            .unwrap_err()
            .to_string()
    };
    assert_eq!(refused(&[]), "columns must be at least one, got none");
    assert_eq!(
        refused(&[column("a", 1), column("b", 2)]),
        "columns must have the same length, \"a\" has 1 rows, \"b\" has 2"
    );
    assert_eq!(
        refused(&[column("a", 1), column("a", 1)]),
        "columns must have different names, got \"a\" twice"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// Errors or vectors, never a panic.
    #[test]
    fn damaged_files_do_no_harm(
        file in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut files: Vec<PathBuf> =
            fs::read_dir(golden("vectors")).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        let mut bytes = fs::read(&files[file.index(files.len())]).unwrap();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v");
        fs::write(&path, &bytes).unwrap();
        if let Ok(vectors) = read_vectors(&path, &VectorOptions::default()) {
            prop_assert!(vectors.rows.iter().all(|value| value.is_finite()));
        }
    }
}
