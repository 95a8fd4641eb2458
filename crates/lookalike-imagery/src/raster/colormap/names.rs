//! Colours as people write them.

use csscolorparser::NAMED_COLORS;

use super::{Rgb, suggestion};
use crate::{Error, Result};

/// matplotlib's single letters.
const LETTERS: [(&str, Rgb); 8] = [
    ("b", [0, 0, 255]),
    ("g", [0, 128, 0]),
    ("r", [255, 0, 0]),
    ("c", [0, 191, 191]),
    ("m", [191, 0, 191]),
    ("y", [191, 191, 0]),
    ("k", [0, 0, 0]),
    ("w", [255, 255, 255]),
];

/// matplotlib's usual cycle, which `C0` to `C9` number.
const CYCLE: [(&str, Rgb); 10] = [
    ("tab:blue", [31, 119, 180]),
    ("tab:orange", [255, 127, 14]),
    ("tab:green", [44, 160, 44]),
    ("tab:red", [214, 39, 40]),
    ("tab:purple", [148, 103, 189]),
    ("tab:brown", [140, 86, 75]),
    ("tab:pink", [227, 119, 194]),
    ("tab:gray", [127, 127, 127]),
    ("tab:olive", [188, 189, 34]),
    ("tab:cyan", [23, 190, 207]),
];

/// Reads colours separated by commas.
///
/// Each may be hexadecimal (`#B90E0A`, `#abc`), a CSS name (`navy`), or what matplotlib knows
/// besides: a letter (`k`), a colour of its cycle (`tab:blue`, `C0`), a grey from 0 to 1 (`0.75`).
///
/// # Errors
/// When one is none of these, or is not opaque; the text names it and what it may have meant.
pub fn parse_colors(list: &str) -> Result<Vec<Rgb>> {
    list.split(',')
        .enumerate()
        .map(|(i, text)| {
            let text = text.trim();
            parse(text).ok_or_else(|| {
                let rule = "be opaque colours separated by commas, each hexadecimal (#B90E0A), a \
                            CSS name (navy) or one of matplotlib's (k, tab:blue, C0)";
                let value = format!(
                    "{text:?} in place {}{}",
                    i + 1,
                    suggestion(text, all_names())
                );
                Error::parameter("colors", rule, value)
            })
        })
        .collect()
}

fn parse(text: &str) -> Option<Rgb> {
    let lower = text.to_ascii_lowercase();
    let spelled = lower.replace("grey", "gray");
    let named = LETTERS
        .iter()
        .chain(&CYCLE)
        .find(|(name, _)| *name == spelled);
    if let Some(&(_, color)) = named {
        return Some(color);
    }
    if let Some(number) = lower.strip_prefix('c')
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
    {
        let number: usize = number.parse().ok()?;
        return Some(CYCLE[number % CYCLE.len()].1);
    }
    let is_number = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if is_number && text.len() != 6 {
        let gray: f64 = text.parse().ok()?;
        return (0.0..=1.0)
            .contains(&gray)
            .then(|| [(gray * 255.0).round() as u8; 3]);
    }
    let [red, green, blue, alpha] = csscolorparser::parse(text).ok()?.to_rgba8();
    (alpha == u8::MAX).then_some([red, green, blue])
}

fn all_names() -> impl Iterator<Item = &'static str> {
    let css = NAMED_COLORS.keys().map(|name| name.as_str());
    css.chain(CYCLE.iter().map(|&(name, _)| name))
}
