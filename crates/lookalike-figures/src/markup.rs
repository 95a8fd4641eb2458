//! How XML and HTML write text, numbers and colours.

use std::fmt::{self, Arguments, Display, Formatter, Write};

use crate::palette::Rgb;

/// Appends to a document.
pub(crate) fn push(document: &mut String, text: Arguments<'_>) {
    document
        .write_fmt(text)
        .expect("a String takes all that is written to it");
}

/// A colour as CSS writes it.
pub(crate) struct Hex(pub(crate) Rgb);

impl Display for Hex {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

/// A length with at most two decimals and no trailing zeros.
pub(crate) struct Trim(pub(crate) f64);

impl Display for Trim {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = format!("{:.2}", self.0);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        f.write_str(if text == "-0" { "0" } else { text })
    }
}

/// Text made safe for XML and HTML, within elements and within quoted attributes.
pub(crate) struct Escape<'a>(pub(crate) &'a str);

impl Display for Escape<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\n' | '\t' => f.write_char(c)?,
                // XML has no way at all to write these.
                '\0'..'\u{20}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}' => f.write_char('\u{fffd}')?,
                _ => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let text = |x| Trim(x).to_string();
        assert_eq!(
            [text(1.0), text(0.126), text(-0.001), text(20.5)],
            ["1", "0.13", "0", "20.5"]
        );
    }
}
