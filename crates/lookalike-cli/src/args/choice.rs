//! Arguments that are one of some names.

use std::fmt::Debug;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serializer;

/// A parser of one of some names, each with its value.
pub(super) fn one_of<T: Clone + Send + Sync + 'static, const N: usize>(
    choices: [(&'static str, T); N],
) -> impl TypedValueParser<Value = T> {
    let names: Vec<&str> = choices.iter().map(|choice| choice.0).collect();
    PossibleValuesParser::new(names).map(move |name| {
        let found = choices.iter().find(|choice| choice.0 == name);
        found.expect("only these names are accepted").1.clone()
    })
}

/// A value as people write it.
pub(super) fn as_text<T: ToString, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

/// A value by its name in lower case.
pub(super) fn as_debug<T: Debug, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("{value:?}").to_lowercase())
}
