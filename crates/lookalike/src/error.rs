//! The error type of the jobs.

use std::fmt::{self, Display};
use std::path::Path;

/// What the jobs return.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a job failed. The text names the file or parameter, the rule and the value.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Who is to blame for an [`Error`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A parameter breaks its rule.
    InvalidParameter,
    /// A file or the data in it cannot be used.
    InvalidInput,
    /// The output is there already and may not be overwritten.
    OutputExists,
    /// The system refused to read or write.
    Io,
    /// The caller asked to stop.
    Cancelled,
    /// A figure could not be drawn.
    Figure,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// `{name} must {rule}, got {value}`.
    pub fn parameter(name: &str, rule: &str, value: impl Display) -> Self {
        let message = format!("{name} must {rule}, got {value}");
        Self::new(ErrorKind::InvalidParameter, message)
    }

    /// `cannot {action} {path}: {cause}`.
    pub fn io(action: &str, path: &Path, cause: std::io::Error) -> Self {
        Self {
            kind: ErrorKind::Io,
            message: format!("cannot {action} {}: {cause}", path.display()),
            source: Some(Box::new(cause)),
        }
    }

    /// Two files that should hold one label each of the same samples.
    pub fn unequal_lengths(truth: &Path, n_truth: usize, labels: &Path, n_labels: usize) -> Self {
        let message = format!(
            "both files must hold one label a sample, got {n_truth} in {} and {n_labels} in {}",
            truth.display(),
            labels.display()
        );
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// Pictures that could not be used, where all were to be.
    pub fn unusable_pictures(n_unusable: usize, list: &Path) -> Self {
        let message = format!(
            "all pictures must be usable, but {n_unusable} are not: see {}",
            list.display()
        );
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// Who is to blame.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}

impl From<lookalike_learn::Error> for Error {
    fn from(error: lookalike_learn::Error) -> Self {
        use lookalike_learn::ErrorKind as Learn;
        let kind = match error.kind() {
            Learn::InvalidParameter { .. } | Learn::Memory { .. } => ErrorKind::InvalidParameter,
            Learn::Cancelled => ErrorKind::Cancelled,
            _ => ErrorKind::InvalidInput,
        };
        Self {
            kind,
            message: error.to_string(),
            source: Some(Box::new(error)),
        }
    }
}

impl From<lookalike_imagery::Error> for Error {
    fn from(error: lookalike_imagery::Error) -> Self {
        use lookalike_imagery::ErrorKind as Imagery;
        let kind = match error.kind() {
            Imagery::InvalidParameter => ErrorKind::InvalidParameter,
            Imagery::Io => ErrorKind::Io,
            _ => ErrorKind::InvalidInput,
        };
        Self {
            kind,
            message: error.to_string(),
            source: Some(Box::new(error)),
        }
    }
}

impl From<lookalike_figures::Error> for Error {
    fn from(error: lookalike_figures::Error) -> Self {
        let message = error.to_string();
        Self {
            kind: ErrorKind::Figure,
            message,
            source: Some(Box::new(error)),
        }
    }
}
