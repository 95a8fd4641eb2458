//! The one font, in two weights, and how wide its words are.

use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb::Database;
use skrifa::{FontRef, MetadataProvider, instance::LocationRef, instance::Size};

pub(crate) const FAMILY: &str = "Lookalike Sans";

static REGULAR: &[u8] = include_bytes!("../fonts/LookalikeSans-Regular.ttf");
static SEMI_BOLD: &[u8] = include_bytes!("../fonts/LookalikeSans-SemiBold.ttf");

/// The fonts that text may be drawn with: ours only, so that every machine draws the same.
pub(crate) fn database() -> Arc<Database> {
    static DATABASE: LazyLock<Arc<Database>> = LazyLock::new(|| {
        let mut database = Database::new();
        database.load_font_data(REGULAR.to_vec());
        database.load_font_data(SEMI_BOLD.to_vec());
        database.set_sans_serif_family(FAMILY);
        Arc::new(database)
    });
    Arc::clone(&DATABASE)
}

/// Advance width of `text` at `size` pixels, without kerning.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let Ok(font) = FontRef::new(if bold { SEMI_BOLD } else { REGULAR }) else {
        return 0.0;
    };
    let (glyphs, metrics) = (
        font.charmap(),
        font.glyph_metrics(Size::new(size as f32), LocationRef::default()),
    );
    text.chars()
        .map(|c| glyphs.map(c).unwrap_or_default())
        .map(|glyph| f64::from(metrics.advance_width(glyph).unwrap_or_default()))
        .sum()
}

/// `text`, or as much of its beginning as `room` pixels hold, followed by an ellipsis.
pub(crate) fn fit(text: &str, size: f64, bold: bool, room: f64) -> String {
    if width(text, size, bold) <= room {
        return text.to_owned();
    }
    let room = room - width("…", size, bold);
    let mut used = 0.0;
    let mut kept: String = text
        .chars()
        .take_while(|c| {
            used += width(c.encode_utf8(&mut [0; 4]), size, bold);
            used <= room
        })
        .collect();
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// `text`, or as much of its end as `room` pixels hold, after an ellipsis: names of files differ at
/// their end.
pub(crate) fn fit_end(text: &str, size: f64, bold: bool, room: f64) -> String {
    let backwards = |text: &str| text.chars().rev().collect::<String>();
    // Widths are without kerning, so the order of the characters does not matter.
    backwards(&fit(&backwards(text), size, bold, room))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_equally_wide() {
        let one = width("1", 16.0, false);
        assert!(one > 5.0);
        assert!(
            "0123456789"
                .chars()
                .all(|c| width(&c.to_string(), 16.0, false).eq(&one))
        );
    }

    #[test]
    fn long_text_is_cut_to_its_room() {
        assert_eq!(fit("short", 14.0, false, 100.0), "short");
        let cut = fit("a name that goes on for quite a while", 14.0, true, 100.0);
        assert!(
            cut.ends_with('…') && width(&cut, 14.0, true) <= 100.0,
            "{cut}"
        );
        assert_eq!(fit("word", 14.0, true, 0.0), "…");
        assert_eq!(fit_end("short", 14.0, false, 100.0), "short");
        let cut = fit_end("holidays/at the sea/0001.jpg", 14.0, false, 100.0);
        assert!(
            cut.starts_with('…') && cut.ends_with("0001.jpg") && width(&cut, 14.0, false) <= 100.0,
            "{cut}"
        );
    }
}
