use super::*;

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    folder
}

fn names(found: &Collection) -> Vec<&str> {
    let names = found.items.iter().map(|item| item.name.to_str().unwrap());
    names.collect()
}

#[test]
fn a_folder_is_walked_in_order_without_hidden_and_other_files() {
    let files = [
        "b/1.png",
        "a/1.PNG",
        "a/notes.txt",
        ".h.png",
        ".git/2.png",
        "c.jpeg",
    ];
    let folder = folder(&files);
    let found = Collection::from_folder(folder.path(), &Options::default()).unwrap();
    assert_eq!(names(&found), ["a/1.PNG", "b/1.png", "c.jpeg"]);
    assert_eq!(found.n_skipped, 1);
    assert_eq!(found.items[0].path, folder.path().join("a/1.PNG"));
    let labels = labels_from_parents(&found.items);
    assert_eq!(labels.names, ["a", "b"]);
    assert_eq!(labels.of_item, [Some(0), Some(1), None]);
}

#[test]
fn exclude_limit_and_glob() {
    let folder = folder(&["a/1.png", "a/x/2.png", "b/3.png", "b/4.dat", "5.png"]);
    let find = |exclude: &str, limit| {
        let options = Options {
            exclude: vec![exclude.into()],
            limit,
            ..Options::default()
        };
        Collection::from_folder(folder.path(), &options).unwrap()
    };
    assert_eq!(names(&find("a", None)), ["5.png", "b/3.png"]);
    assert_eq!(names(&find("*.png", Some(2))), ["a/1.png", "a/x/2.png"]);
    let found = Collection::from_glob(folder.path(), "b/*", &Options::default()).unwrap();
    assert_eq!(names(&found), ["b/3.png", "b/4.dat"]);
    let error = Collection::from_glob(folder.path(), "[", &Options::default()).unwrap_err();
    assert!(
        error.to_string().starts_with("glob must be a glob ("),
        "{error}"
    );
}

#[test]
fn folders_of_results_are_left_out() {
    let folder = folder(&[
        "1.png",
        "out/a.json",
        "out/b.json",
        "out/2.png",
        "in/a.json",
        "in/3.png",
    ]);
    let options = Options {
        results: &["a.json", "b.json"],
        ..Options::default()
    };
    let found = Collection::from_folder(folder.path(), &options).unwrap();
    assert_eq!(names(&found), ["1.png", "in/3.png"]);
    assert_eq!(found.results, [folder.path().join("out")]);
    // What is asked for is taken.
    let out = folder.path().join("out");
    let found = Collection::from_folder(&out, &options).unwrap();
    assert_eq!(names(&found), ["2.png"]);
    let found = Collection::from_glob(folder.path(), "*/*.png", &options).unwrap();
    assert_eq!(names(&found), ["in/3.png", "out/2.png"]);
    for name in ["1.png", "in/3.png"] {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    let error = Collection::from_folder(folder.path(), &options)
        .unwrap_err()
        .to_string();
    let end = "holds no picture (1 other file and 1 folder of results passed over)";
    assert!(error.ends_with(end), "{error}");
}

#[test]
fn a_folder_without_pictures_is_named() {
    let folder = folder(&["notes.txt"]);
    let error = Collection::from_folder(folder.path(), &Options::default()).unwrap_err();
    let name = folder.path().display();
    let message = format!("{name} holds no picture (1 other file passed over)");
    assert_eq!(error.to_string(), message);
    let options = Options {
        limit: Some(0),
        ..Options::default()
    };
    let full = self::folder(&["1.png"]);
    let error = Collection::from_folder(full.path(), &options).unwrap_err();
    assert_eq!(error.to_string(), "limit must be at least 1, got 0");
    let missing = folder.path().join("missing");
    let error = Collection::from_folder(&missing, &Options::default()).unwrap_err();
    assert!(error.to_string().starts_with("cannot list "), "{error}");
}

#[cfg(unix)]
#[test]
fn circles_end_and_names_of_any_bytes_survive() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = folder(&["a/1.png"]);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("a/up")).unwrap();
    let odd = OsStr::from_bytes(b"a/\xff.png");
    std::fs::write(folder.path().join(odd), "").unwrap();
    let found = Collection::from_folder(folder.path(), &Options::default()).unwrap();
    let names: Vec<_> = found
        .items
        .iter()
        .map(|item| item.name.as_os_str())
        .collect();
    assert_eq!(names, [OsStr::new("a/1.png"), odd]);
    assert_eq!(found.unreadable.len(), 1);
}

#[test]
fn a_list_keeps_its_order_and_takes_any_name() {
    // With the byte order mark that Windows begins texts with.
    let list = &b"\xEF\xBB\xBFb.dat\r\n\na.png\n/x/c"[..];
    let (name, base) = (Path::new("list.txt"), Path::new("base"));
    let found = Collection::from_list(list, name, base, &Options::default()).unwrap();
    assert_eq!(names(&found), ["b.dat", "a.png", "/x/c"]);
    assert_eq!(found.items[0].path, Path::new("base/b.dat"));
    assert_eq!(found.items[2].path, Path::new("/x/c"));
    let error = Collection::from_list(&b""[..], name, base, &Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "list.txt holds no picture");
}

#[test]
fn names_of_a_list_can_be_excluded() {
    let list = &b"a/1.png\na/x/2.png\nb/3.png\nb/4.jpg\n"[..];
    let options = Options {
        exclude: vec!["a/x".into(), "**/*.jpg".into()],
        ..Options::default()
    };
    let found = Collection::from_list(list, Path::new("list"), Path::new(""), &options).unwrap();
    assert_eq!(names(&found), ["a/1.png", "b/3.png"]);
}

#[cfg(unix)]
#[test]
fn a_list_may_name_files_of_any_bytes() {
    use std::os::unix::ffi::OsStrExt as _;
    let list = &b"a/\xff\xfe.png\nb.png"[..];
    let options = Options::default();
    let found = Collection::from_list(list, Path::new("list"), Path::new("/x"), &options).unwrap();
    let name = Path::new(OsStr::from_bytes(b"a/\xff\xfe.png"));
    assert_eq!(found.items[0].name, name);
    assert_eq!(found.items[0].path, Path::new("/x").join(name));
}

#[test]
fn pictures_of_one_name_in_several_folders_are_kept_apart() {
    let folder = folder(&["b/1.png", "a/1.png", "1.png"]);
    let found = Collection::from_folder(folder.path(), &Options::default()).unwrap();
    assert_eq!(names(&found), ["1.png", "a/1.png", "b/1.png"]);
    let csv = folder.path().join("labels.csv");
    std::fs::write(&csv, "a/1.png,x\nb/1.png,y\n").unwrap();
    let labels = labels_from_csv(&csv, None, None, &found.items).unwrap();
    assert_eq!(labels.of_item, [None, Some(0), Some(1)]);
}

/// The labels that a CSV file gives to `a/1.png`, `a/2.png`, `b/2.png` and again `b/2.png`.
fn labels(csv: &str, columns: [Option<&str>; 2]) -> std::result::Result<Labels, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    std::fs::write(&path, csv).unwrap();
    let item = |name: &&str| Item {
        name: name.into(),
        path: name.into(),
    };
    let items: Vec<Item> = ["a/1.png", "a/2.png", "b/2.png", "b/2.png"]
        .iter()
        .map(item)
        .collect();
    let place = format!("{}/", folder.path().display());
    labels_from_csv(&path, columns[0], columns[1], &items)
        .map_err(|error| error.to_string().replace(&place, ""))
}

#[test]
fn labels_are_found_by_name() {
    let known = labels("b/2.png,owl\n1.png,cat\n2.png,dog\n3.png,dog\n", [None; 2]).unwrap();
    assert_eq!(known.names, ["cat", "owl"]);
    assert_eq!(known.of_item, [Some(0), None, Some(1), Some(1)]);
    assert_eq!(known.unmatched, ["2.png", "3.png"]);
    let same = [
        (
            "File,n,Label\n1.png,7,cat\nb/2.png,8,owl\n2.png,9,\n3.png,1,\n",
            [None; 2],
        ),
        (
            "kind,path\ncat,1.png\nowl,b/2.png\nx,2.png\nx,3.png\n",
            [None; 2],
        ),
        (
            "label,n,where\ncat,7,1.png\nowl,8,b/2.png\n,9,2.png\n,9,3.png\n",
            [Some("where"), None],
        ),
        (
            "path,a,b\n1.png,x,cat\n1.png,y,cat\na/1.png,y,cat\nb/2.png,y,owl\n2.png,,\n3.png,,\n",
            [None, Some("b")],
        ),
    ];
    for (csv, columns) in same {
        assert_eq!(labels(csv, columns).unwrap(), known, "{csv}");
    }
}

#[test]
fn labels_that_are_not_clear_are_refused() {
    let message = |csv: &str, columns| labels(csv, columns).unwrap_err();
    assert_eq!(
        message("1.png,cat\nb/2.png,owl\na/1.png,dog\n", [None; 2]),
        "cannot read labels.csv: a picture must have one label, \"a/1.png\" has \"cat\" in line 1 and \
         \"dog\" in line 3"
    );
    assert_eq!(
        message("x.png,cat\n", [None; 2]),
        "cannot read labels.csv: it must have the label of at least one picture, the first name in it \
         is \"x.png\""
    );
    assert_eq!(
        message("path,n,m\n", [None; 2]),
        "label_column must name one of the columns of labels.csv (path, n, m), got none"
    );
    assert_eq!(
        message("n,m,label\n", [None; 2]),
        "name_column must name one of the columns of labels.csv (n, m, label), got none"
    );
    assert_eq!(
        message("path,label\n", [None, Some("kind")]),
        "label_column must be a column of labels.csv (path, label), got kind"
    );
    assert_eq!(
        message("", [None; 2]),
        "cannot read labels.csv: it has no line"
    );
}

#[test]
fn globs_begin_with_a_folder() {
    let glob = |text: &str| split_glob(Path::new(text)).map(|(f, g)| (f.display().to_string(), g));
    assert_eq!(glob("*.jpg"), Some((".".into(), "*.jpg".into())));
    assert_eq!(
        glob("a/b/**/x?.png"),
        Some(("a/b/".into(), "**/x?.png".into()))
    );
    assert_eq!(
        glob("/a[0-9]/x.png"),
        Some(("/".into(), "a[0-9]/x.png".into()))
    );
    assert_eq!(glob("photos"), None);
}
