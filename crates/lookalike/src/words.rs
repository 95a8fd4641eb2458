//! Numbers as people say them.

/// A number and what it counts: `1 band`, `3 bands`.
pub(crate) fn plural(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
