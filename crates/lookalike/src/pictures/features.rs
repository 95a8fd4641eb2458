//! Which features are taken of pictures.
