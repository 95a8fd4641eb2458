//! The one error type of this crate.

use std::fmt::{self, Display};

/// What every fallible call of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a figure could not be drawn.
///
/// The text says which parameter or input is to blame, states the rule and shows the value:
/// `scale must be above 0 and at most 8, got 0`. Match on [`Error::kind`], never on the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// Who is to blame for an [`Error`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A parameter breaks its rule.
    InvalidParameter {
        /// The parameter's name, as it is written in Rust.
        name: &'static str,
    },
    /// The results to be shown have a shape or a content that the figure cannot take.
    InvalidInput,
    /// A value to be shown is NaN or an infinity.
    NonFinite {
        /// The first such value's place in its array, one index an axis, from 0.
        index: Vec<usize>,
    },
    /// The drawing itself failed.
    Render,
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
    pub(crate) fn non_finite(what: &str, index: &[usize], value: f32) -> Self {
        Self {
            kind: ErrorKind::NonFinite {
                index: index.to_vec(),
            },
            message: format!("{what} must be finite, got {value} at {index:?} (counted from 0)"),
        }
    }

    /// The SVG reader or the PNG writer refused what we gave it.
    pub(crate) fn render(cause: impl Display) -> Self {
        Self {
            kind: ErrorKind::Render,
            message: format!("the figure could not be drawn: {cause}"),
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
