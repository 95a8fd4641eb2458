//! How many clusters, as it is written: `4`, `2..12`, `auto`.

use lookalike::ClusterCount;
use serde::Serializer;

/// A parser that takes `auto` for this range.
pub(super) fn parser(
    auto: (usize, usize),
) -> impl Fn(&str) -> Result<ClusterCount, String> + Clone + Send + Sync {
    move |text| {
        if text == "auto" {
            return Ok(ClusterCount::Between(auto.0, auto.1));
        }
        let found = match text.split_once("..") {
            Some((least, most)) => {
                let ends = least.parse().ok().zip(most.parse().ok());
                ends.map(|(least, most)| ClusterCount::Between(least, most))
            }
            None => text.parse().ok().map(ClusterCount::Exactly),
        };
        let rule = "n-clusters must be a whole number, a range such as 2..12, or auto";
        found.ok_or_else(|| rule.to_owned())
    }
}

pub(super) fn as_text<S: Serializer>(
    count: &ClusterCount,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match count {
        ClusterCount::Exactly(k) => serializer.serialize_u64(*k as u64),
        ClusterCount::Between(least, most) => {
            serializer.collect_str(&format_args!("{least}..{most}"))
        }
    }
}
