//! The one error type of this crate.

use std::fmt::{self, Display};

/// What every fallible call of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call was refused or given up.
///
/// The text says which parameter or input is to blame, states the rule and shows the value:
/// `n_clusters must be between 1 and the number of samples (3), got 10`. Match on [`Error::kind`],
/// never on the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// Who is to blame for an [`Error`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A parameter of the recipe breaks its rule.
    InvalidParameter {
        /// The parameter's name, as it is written in Rust and in the files.
        name: &'static str,
    },
    /// The samples or labels have a shape or a content that the method cannot take.
    InvalidInput,
    /// A sample holds NaN or an infinity.
    NonFinite {
        /// Row of the first such value, from 0.
        row: usize,
        /// Column of the first such value, from 0.
        column: usize,
    },
    /// The work would need more memory than it may use.
    Memory {
        /// What it would need, in bytes.
        bytes: u64,
    },
    /// Samples that are fetched piece by piece could not be fetched.
    Unreadable,
    /// The caller asked to stop, through [`CancelToken`](crate::CancelToken).
    Cancelled,
}

impl Error {
    /// `{name} must {rule}, got {value}`.
    pub(crate) fn parameter(name: &'static str, rule: impl Display, value: impl Display) -> Self {
        Self {
            kind: ErrorKind::InvalidParameter { name },
            message: format!("{name} must {rule}, got {value}"),
        }
    }

    /// Input of an impossible shape or content.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::InvalidInput,
            message: message.into(),
        }
    }

    /// The first value of `what` that is not finite.
    pub(crate) fn non_finite(what: &str, row: usize, column: usize, value: f64) -> Self {
        Self {
            kind: ErrorKind::NonFinite { row, column },
            message: format!(
                "{what} must be finite, got {value} in row {row}, column {column} (counted from 0)"
            ),
        }
    }

    /// More memory needed than allowed; `hint` says what to do instead.
    pub(crate) fn memory(what: impl Display, bytes: u64, limit: u64, hint: impl Display) -> Self {
        Self {
            kind: ErrorKind::Memory { bytes },
            message: format!(
                "{what} needs {bytes} bytes of memory, more than memory_limit ({limit}): {hint}"
            ),
        }
    }

    /// More memory needed than the system gives; `hint` says what to do instead.
    pub(crate) fn out_of_memory(what: impl Display, bytes: u64, hint: impl Display) -> Self {
        Self {
            kind: ErrorKind::Memory { bytes },
            message: format!(
                "{what} needs {bytes} bytes of memory, which the system refuses: {hint}"
            ),
        }
    }

    /// Samples that could not be fetched, for those who implement their fetching.
    pub fn unreadable(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Unreadable,
            message: message.into(),
        }
    }

    pub(crate) fn cancelled() -> Self {
        Self {
            kind: ErrorKind::Cancelled,
            message: "cancelled".to_owned(),
        }
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

impl std::error::Error for Error {}
