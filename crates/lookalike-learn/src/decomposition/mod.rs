//! Fewer columns, linearly.
