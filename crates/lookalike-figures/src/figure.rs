//! A finished figure, and the files that can be made of it.

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{self, Options, Tree, WriteOptions};

use crate::canvas::{Canvas, Medium};
use crate::error::{Error, Result};
use crate::fonts;
use crate::markup::Escape;
use crate::raster;

/// Largest number of pixels of a PNG file, against a scale that was meant otherwise.
const MAX_PIXELS: f64 = 200e6;

/// The paper that a figure lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark ink on white.
    #[default]
    Light,
    /// Light ink on near-black.
    Dark,
}

/// A finished drawing, ready to be written as PNG, as SVG, or into a web page.
///
/// Its text is set in the font that this crate brings along, and nothing is asked of the machine it
/// runs on: the same results give the same bytes everywhere.
///
/// ```
/// use lookalike_figures::{ScoreBars, Theme};
///
/// let figure = ScoreBars::new(["accuracy", "ARI"])
///     .row("k-means", &[0.79, 0.67])
///     .row("t-SNE, k-means", &[0.94, 0.88])
///     .title("Two ways")
///     .draw()?;
/// assert!(figure.png(2.0)?.starts_with(b"\x89PNG"));
/// assert!(figure.theme(Theme::Dark).svg()?.starts_with("<svg"));
/// # Ok::<(), lookalike_figures::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Figure {
    canvas: Canvas,
    theme: Theme,
    description: String,
}

impl Figure {
    pub(crate) fn new(mut canvas: Canvas, description: String) -> Self {
        canvas.width = canvas.width.ceil();
        canvas.height = canvas.height.ceil();
        Self {
            canvas,
            theme: Theme::default(),
            description,
        }
    }

    /// The same figure on other paper; it matters to [`png`](Self::png) and [`svg`](Self::svg).
    pub fn theme(mut self, theme: Theme) -> Self {
        self.theme = theme;
        self
    }

    /// What the figure shows, in one sentence, for those who cannot see it.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Replaces the [`description`](Self::description) that the figure wrote of itself.
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Width and height in CSS pixels, which are the pixels of [`png`](Self::png) at scale 1.
    pub fn size(&self) -> (f64, f64) {
        (self.canvas.width, self.canvas.height)
    }

    /// As a PNG file, opaque, `scale` pixels to the CSS pixel (2 is good for paper and screens).
    ///
    /// # Errors
    ///
    /// As [`pixels`](Self::pixels).
    pub fn png(&self, scale: f32) -> Result<Vec<u8>> {
        let (width, height, rgba) = self.pixels(scale)?;
        let mut rgb = vec![0; rgba.len() / 4 * 3];
        for (to, from) in rgb.chunks_exact_mut(3).zip(rgba.chunks_exact(4)) {
            to.copy_from_slice(&from[..3]);
        }
        raster::encode(
            width,
            height,
            raster::Coded::Rgb(&rgb),
            raster::Content::Flat,
        )
    }

    /// As pixels: width, height, and red, green, blue and 255 of each, row by row.
    ///
    /// # Errors
    ///
    /// If `scale` is not above 0 and at most 8, or the picture would have more than 200 million
    /// pixels.
    pub fn pixels(&self, scale: f32) -> Result<(usize, usize, Vec<u8>)> {
        if !(scale > 0.0 && scale <= 8.0) {
            return Err(Error::parameter("scale", "be above 0 and at most 8", scale));
        }
        let (width, height) = self.size();
        let (width, height) = (
            (width * f64::from(scale)).round().max(1.0),
            (height * f64::from(scale)).round().max(1.0),
        );
        if width * height > MAX_PIXELS {
            let rule = format!("keep a picture of {width} × {height} below {MAX_PIXELS} pixels");
            return Err(Error::parameter("scale", rule, scale));
        }
        let mut pixmap = Pixmap::new(width as u32, height as u32)
            .ok_or_else(|| Error::render("no memory for its pixels"))?;
        // The drawing itself ends within a pixel when its scale is odd.
        let [r, g, b] = self.medium().paper();
        pixmap.fill(Color::from_rgba8(r, g, b, 255));
        let transform = Transform::from_scale(scale, scale);
        resvg::render(&self.tree()?, transform, &mut pixmap.as_mut());
        // Colours are multiplied by their opacity there, which is 1.
        Ok((width as usize, height as usize, pixmap.take()))
    }

    /// As an SVG file that stands alone, its text turned to outlines so that no font is needed.
    ///
    /// # Errors
    ///
    /// If the drawing cannot be read back, which would be a mistake of this crate.
    pub fn svg(&self) -> Result<String> {
        let options = WriteOptions {
            coordinates_precision: 3,
            transforms_precision: 5,
            indent: usvg::Indent::None,
            ..WriteOptions::default()
        };
        let mut svg = self.tree()?.to_string(&options);
        let start = svg
            .find('>')
            .ok_or_else(|| Error::render("it came back empty"))?;
        svg.insert_str(
            start + 1,
            &format!("<title>{}</title>", Escape(&self.description)),
        );
        svg.insert_str(start, r#" role="img""#);
        Ok(svg)
    }

    /// As an `<svg>` element for a web page.
    ///
    /// It has real text in the page's own font, no background, no width or height but a `viewBox`,
    /// and no `id`, so that a page may hold many. Colours follow the page's `color-scheme` through
    /// `light-dark()`. Pictures drawn in black ink have the class `ink`, for the page to invert
    /// in the dark; [`Report`](crate::Report) does.
    ///
    /// # Errors
    ///
    /// If a picture within cannot be encoded, which would be a mistake of this crate.
    pub fn inline_svg(&self) -> Result<String> {
        self.canvas.svg(Medium::Page, &self.description)
    }

    fn medium(&self) -> Medium {
        match self.theme {
            Theme::Light => Medium::Light,
            Theme::Dark => Medium::Dark,
        }
    }

    fn tree(&self) -> Result<Tree> {
        let options = Options {
            font_family: fonts::FAMILY.to_owned(),
            fontdb: fonts::database(),
            ..Options::default()
        };
        let svg = self.canvas.svg(self.medium(), &self.description)?;
        Tree::from_str(&svg, &options).map_err(Error::render)
    }
}
