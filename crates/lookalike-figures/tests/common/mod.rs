//! What the tests share.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its part, and a panic is how a test fails"
)]

use lookalike_figures::Figure;
use lookalike_figures::palette::Rgb;

/// A figure as pixels: a decoded PNG file of 8-bit RGB.
pub(crate) struct Drawn {
    pub(crate) width: usize,
    pub(crate) rgb: Vec<u8>,
}

impl Drawn {
    pub(crate) fn of(figure: &Figure, scale: f32) -> Self {
        let file = figure.png(scale).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file))
            .read_info()
            .unwrap();
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut rgb).unwrap();
        assert_eq!(info.color_type, png::ColorType::Rgb);
        let width = info.width as usize;
        Self { width, rgb }
    }

    pub(crate) fn at(&self, x: usize, y: usize) -> Rgb {
        let at = 3 * (y * self.width + x);
        self.rgb[at..at + 3].try_into().unwrap()
    }

    pub(crate) fn count(&self, color: Rgb) -> usize {
        self.rgb
            .chunks_exact(3)
            .filter(|pixel| *pixel == color)
            .count()
    }
}
