//! Arguments that are one of some names.

use clap::builder::{PossibleValuesParser, TypedValueParser};

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
