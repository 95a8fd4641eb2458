//! What scikit-learn has not: scenes, photos of few colours, folders of pictures.

pub(crate) mod pictures;
pub(crate) mod quantize;
pub(crate) mod scene;

use lookalike::ClusterCount;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How many clusters: a number, or the best of a range, ends included.
#[derive(Clone, Copy, FromPyObject)]
pub(crate) enum Count {
    Exactly(usize),
    Between(usize, usize),
}

impl From<Count> for ClusterCount {
    fn from(count: Count) -> Self {
        match count {
            Count::Exactly(n) => Self::Exactly(n),
            Count::Between(low, high) => Self::Between(low, high),
        }
    }
}

/// One of the words that a parameter may be.
pub(crate) fn word<T: DeserializeOwned>(name: &str, value: &str) -> PyResult<T> {
    serde_json::from_value(Value::from(value))
        .map_err(|e| refused(name, &format!("be one of its words ({e})"), value))
}

/// `{name} must {rule}, got {value}`.
pub(crate) fn refused(name: &str, rule: &str, value: &str) -> PyErr {
    PyValueError::new_err(format!("{name} must {rule}, got {value}"))
}
