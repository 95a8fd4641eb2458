//! Groups what looks alike.
