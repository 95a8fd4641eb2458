//! Classes of pixels as figures show them: in colours that the caller gives.

use crate::error::{Error, Result};
use crate::layout::Entry;
use crate::palette::{Paint, Rgb};

/// A class of pixels: its name, its colour, and a number that legends show beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    pub(crate) name: String,
    pub(crate) color: Rgb,
    pub(crate) note: String,
}

impl Class {
    /// A class without a number.
    pub fn new(name: impl Into<String>, color: Rgb) -> Self {
        Self {
            name: name.into(),
            color,
            note: String::new(),
        }
    }

    /// What legends show beside the name, such as `41.2 %`. Default nothing.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// Legend of the classes, in the colours that `paint` makes of theirs.
pub(crate) fn entries(classes: &[Class], paint: fn(Rgb) -> Paint) -> Vec<Entry> {
    classes
        .iter()
        .map(|class| Entry {
            paint: paint(class.color),
            name: class.name.clone(),
            note: class.note.clone(),
        })
        .collect()
}

/// Refuses a figure of classes that has none.
pub(crate) fn check_classes(classes: &[Class]) -> Result<()> {
    if classes.is_empty() {
        Err(Error::input("classes must be at least one, got none"))
    } else {
        Ok(())
    }
}
