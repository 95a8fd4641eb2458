//! What a command is given: pictures, or vectors.

use std::ffi::OsStr;
use std::io::stdin;
use std::path::{Path, PathBuf};

use lookalike::Result;
use lookalike::imagery::cache::{FeatureCache, default_folder};
use lookalike::imagery::collection::{Collection, Options, split_glob};
use lookalike::imagery::table::{VectorOptions, Vectors};
use lookalike::pictures::{Embedding, RESULTS};

use crate::args::{CacheArgs, PictureArgs, VectorArgs};
use crate::printer;

/// Names that end so are files of vectors.
const VECTORS: [&str; 4] = ["csv", "npy", "npz", "parquet"];

/// Pictures that could not be used that are named on stderr.
const MAX_FAULTS: usize = 5;

/// Whether a path means vectors.
pub(super) fn is_vectors(input: &Path) -> bool {
    let extension = input.extension().and_then(OsStr::to_str);
    extension.is_some_and(|have| VECTORS.iter().any(|one| one.eq_ignore_ascii_case(have)))
}

/// The pictures of a folder, a glob, a list file, or of a list on stdin.
pub(super) fn find(input: &Path, args: &PictureArgs, quiet: bool) -> Result<Collection> {
    let options = Options {
        exclude: args.exclude.clone(),
        limit: args.limit,
        results: &RESULTS,
    };
    let found = if input == Path::new("-") {
        Collection::from_list(stdin().lock(), Path::new("stdin"), Path::new(""), &options)?
    } else {
        Collection::from_path(input, &options)?
    };
    if !quiet {
        if found.n_skipped > 0 {
            printer::talk(&format!(
                "{} files passed over: their names end like those of no picture",
                found.n_skipped
            ));
        }
        for folder in &found.results {
            printer::talk(&format!(
                "{} is passed over: it holds the results of an earlier run",
                folder.display()
            ));
        }
        for (_, why) in &found.unreadable {
            printer::talk(&format!("warning: {why}"));
        }
    }
    Ok(found)
}

/// What outputs are called by default: as the input, without its extension.
pub(super) fn stem(input: &Path) -> String {
    if input == Path::new("-") {
        return "pictures".to_owned();
    }
    let path = split_glob(input).map_or_else(|| input.to_owned(), |(folder, _)| folder);
    let absolute = std::path::absolute(&path).unwrap_or(path);
    let stem = if absolute.is_dir() {
        absolute.file_name()
    } else {
        absolute.file_stem()
    };
    stem.unwrap_or(OsStr::new("pictures"))
        .to_string_lossy()
        .into_owned()
}

/// The cache that is asked for. The usual one is a help, not a need: where it cannot be opened, that
/// is said, and there is none.
pub(super) fn cache(args: &CacheArgs) -> Result<Option<FeatureCache>> {
    if args.no_cache {
        return Ok(None);
    }
    if let Some(folder) = &args.cache {
        return Ok(Some(FeatureCache::open(folder)?));
    }
    match default_folder().and_then(|folder| FeatureCache::open(&folder)) {
        Ok(cache) => Ok(Some(cache)),
        Err(error) => {
            printer::talk(&format!("warning: {error}; features are not kept"));
            Ok(None)
        }
    }
}

/// How fast it went, and what could not be used.
pub(super) fn tell(embedding: &Embedding, seconds: f64, quiet: bool) {
    if quiet {
        return;
    }
    let n = embedding.items.len() + embedding.unusable.len();
    let known = n - embedding.n_computed - embedding.unusable.len();
    let known = if known > 0 {
        format!(" ({known} of them from the cache)")
    } else {
        String::new()
    };
    let speed = n as f64 / seconds.max(1e-9);
    printer::talk(&format!(
        "features of {n} pictures{known} in {seconds:.2} s, {speed:.0} a second"
    ));
    for one in embedding.unusable.iter().take(MAX_FAULTS) {
        printer::talk(&format!("warning: {}", one.reason));
    }
    if embedding.unusable.len() > MAX_FAULTS {
        let rest = embedding.unusable.len() - MAX_FAULTS;
        printer::talk(&format!("warning: {rest} more pictures cannot be used"));
    }
}

/// Where vectors are found in their file.
pub(super) fn vector_options(args: &VectorArgs, label_column: Option<&str>) -> VectorOptions {
    VectorOptions {
        array: args.array.clone(),
        column: args.column.clone(),
        id_column: args.id_column.clone(),
        label_column: label_column.map(str::to_owned),
    }
}

/// What rows of vectors are called: as the file says, else by their number from 0.
pub(super) fn names(vectors: &Vectors) -> Vec<PathBuf> {
    match &vectors.names {
        Some(names) => names.iter().map(PathBuf::from).collect(),
        None => (0..vectors.rows.nrows())
            .map(|i| i.to_string().into())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_called_as_the_input() {
        assert_eq!(stem(Path::new("-")), "pictures");
        assert_eq!(stem(Path::new("a/vectors.npy")), "vectors");
        assert_eq!(stem(Path::new("photos/*.jpg")), "photos");
        assert!(is_vectors(Path::new("a.NPY")) && !is_vectors(Path::new("a.jpg")));
    }
}
