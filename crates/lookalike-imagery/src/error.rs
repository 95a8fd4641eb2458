//! The one error type of this crate.

use std::fmt::{self, Display};
use std::path::Path;

/// What every fallible call of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a file could not be read or written, or a parameter was refused.
///
/// The text names the file or parameter, states the rule and shows the value. Match on
/// [`Error::kind`], never on the text.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Who is to blame for an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A parameter breaks its rule.
    InvalidParameter,
    /// A file is damaged, or is not what its name says.
    InvalidInput,
    /// A file is sound, but uses a feature that is not read.
    Unsupported,
    /// A file claims sizes beyond the limits.
    TooLarge,
    /// The system refused to read or write.
    Io,
}

impl Error {
    /// `{name} must {rule}, got {value}`.
    pub(crate) fn parameter(name: &str, rule: impl Display, value: impl Display) -> Self {
        Self::new(
            ErrorKind::InvalidParameter,
            format!("{name} must {rule}, got {value}"),
        )
    }

    /// `cannot read {file}: {why}`, for a damaged file.
    pub(crate) fn damaged(file: &Path, why: impl Display) -> Self {
        let message = format!("cannot read {}: {why}", file.display());
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// `cannot read {file}: {feature}`, for a sound file that uses what is not read.
    pub(crate) fn unsupported(file: &Path, feature: impl Display) -> Self {
        let message = format!("cannot read {}: {feature}", file.display());
        Self::new(ErrorKind::Unsupported, message)
    }

    /// `cannot read {file}: {rule and value}`, for a file that claims too much.
    pub(crate) fn too_large(file: &Path, why: impl Display) -> Self {
        let message = format!("cannot read {}: {why}", file.display());
        Self::new(ErrorKind::TooLarge, message)
    }

    /// `{source} holds no picture`, and how many files were passed over as none.
    pub(crate) fn no_picture(source: &Path, n_skipped: usize, n_results: usize) -> Self {
        let others = [
            (n_skipped, ["other file", "other files"]),
            (n_results, ["folder of results", "folders of results"]),
        ];
        let others = others.into_iter().filter(|&(n, _)| n > 0);
        let others =
            others.map(|(n, [one, more])| format!("{n} {}", if n == 1 { one } else { more }));
        let others = others.collect::<Vec<_>>().join(" and ");
        let passed_over = match others.as_str() {
            "" => String::new(),
            others => format!(" ({others} passed over)"),
        };
        let message = format!("{} holds no picture{passed_over}", source.display());
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// `cannot {action} {file}: {cause}`.
    pub(crate) fn io(action: &str, file: &Path, cause: std::io::Error) -> Self {
        Self {
            kind: ErrorKind::Io,
            message: format!("cannot {action} {}: {cause}", file.display()),
            source: Some(Box::new(cause)),
        }
    }

    fn new(kind: ErrorKind, message: String) -> Self {
        Self {
            kind,
            message,
            source: None,
        }
    }

    /// Who is to blame.
    pub fn kind(&self) -> ErrorKind {
        self.kind
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
