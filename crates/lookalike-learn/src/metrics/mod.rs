//! Scores of labels and of maps.
