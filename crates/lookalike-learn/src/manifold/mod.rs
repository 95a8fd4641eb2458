//! Maps: fewer columns, not linearly.
