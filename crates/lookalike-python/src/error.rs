//! Our errors as Python's, with the same text.

use std::error::Error as _;
use std::io;

use lookalike::{Error, ErrorKind, learn};
use pyo3::PyErr;
use pyo3::exceptions::{
    PyFileExistsError, PyFileNotFoundError, PyKeyboardInterrupt, PyMemoryError, PyOSError,
    PyRuntimeError, PyValueError,
};

/// The exception that a user of NumPy expects.
pub(crate) fn to_python(error: &Error) -> PyErr {
    let text = error.to_string();
    if needs_memory(error) {
        return PyMemoryError::new_err(text);
    }
    match error.kind() {
        ErrorKind::InvalidParameter | ErrorKind::InvalidInput if is_missing(error) => {
            PyFileNotFoundError::new_err(text)
        }
        ErrorKind::Io if is_missing(error) => PyFileNotFoundError::new_err(text),
        ErrorKind::Io => PyOSError::new_err(text),
        ErrorKind::OutputExists => PyFileExistsError::new_err(text),
        ErrorKind::Cancelled => PyKeyboardInterrupt::new_err(text),
        ErrorKind::InvalidParameter | ErrorKind::InvalidInput => PyValueError::new_err(text),
        _ => PyRuntimeError::new_err(text),
    }
}

fn needs_memory(error: &Error) -> bool {
    let source = error
        .source()
        .and_then(|e| e.downcast_ref::<learn::Error>());
    matches!(
        source.map(learn::Error::kind),
        Some(learn::ErrorKind::Memory { .. })
    )
}

/// Whether somewhere behind it a file was not found.
fn is_missing(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return io.kind() == io::ErrorKind::NotFound;
        }
        source = cause.source();
    }
    false
}
