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
fn a_folder_without_pictures_is_named() {
    let folder = folder(&["notes.txt"]);
    let error = Collection::from_folder(folder.path(), &Options::default()).unwrap_err();
    assert!(error.to_string().contains(folder.path().to_str().unwrap()));
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
    let list = &b"b.dat\r\n\na.png\n/x/c"[..];
    let (name, base) = (Path::new("list.txt"), Path::new("base"));
    let found = Collection::from_list(list, name, base, &Options::default()).unwrap();
    assert_eq!(names(&found), ["b.dat", "a.png", "/x/c"]);
    assert_eq!(found.items[0].path, Path::new("base/b.dat"));
    assert_eq!(found.items[2].path, Path::new("/x/c"));
    let error = Collection::from_list(&b""[..], name, base, &Options::default()).unwrap_err();
    assert!(error.to_string().contains("list.txt"));
}
