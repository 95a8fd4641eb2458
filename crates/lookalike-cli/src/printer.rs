//! All that the program prints.

use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _, stderr, stdout};
use std::process;

use lookalike::Error;

/// Prints data to stdout. A reader that has seen enough (`| head`) ends the program quietly.
pub(crate) fn data(text: &str) {
    let mut out = stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        process::exit(i32::from(error.kind() != ErrorKind::BrokenPipe));
    }
}

/// Prints talk to stderr. That nobody can hear it is no reason to fail.
pub(crate) fn talk(text: &str) {
    let _ = writeln!(stderr(), "{text}");
}

/// Prints why the program failed.
pub(crate) fn error(error: &Error) {
    talk(&format!("error: {error}"));
}

/// Columns of text: the first flush left, all others flush right.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    let n = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| {
        rows.iter()
            .filter_map(|row| row.get(c))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..n).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (c, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            // Writing to a string cannot fail.
            let _ = if c == 0 {
                write!(text, "{cell:<width$}")
            } else {
                write!(text, "  {cell:>width$}")
            };
        }
        text.push('\n');
    }
    text
}

/// What a label is called: by its number, where it has no name.
pub(crate) fn label(label: i32, names: &[String]) -> String {
    match usize::try_from(label) {
        Ok(at) => names.get(at).cloned().unwrap_or_else(|| label.to_string()),
        Err(_) if label == -1 => "noise".to_owned(),
        Err(_) => label.to_string(),
    }
}

/// A matrix of counts with its labels: true ones down, predicted ones across, as scikit-learn has
/// it.
pub(crate) fn confusion_matrix(
    matrix: &lookalike::metrics::ConfusionMatrix,
    names: &[String],
) -> String {
    let label = |&number: &i32| label(number, names);
    let mut header = vec!["true \\ predicted".to_owned()];
    header.extend(matrix.labels.iter().map(label));
    let rows = matrix
        .labels
        .iter()
        .zip(matrix.counts.rows())
        .map(|(name, counts)| {
            let mut row = vec![label(name)];
            row.extend(counts.iter().map(ToString::to_string));
            row
        });
    columns(&std::iter::once(header).chain(rows).collect::<Vec<_>>())
}
