//! Results as pictures.
