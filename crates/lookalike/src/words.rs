//! Numbers as people say them.

/// A number and what it counts: `1 band`, `3 bands`, `2 classes`.
pub fn plural(n: usize, noun: &str) -> String {
    let ending = match (n, noun.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{n} {noun}{ending}")
}
