//! A drawing: shapes, words and pixels, kept apart from the paper that it will lie on.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::error::Result;
use crate::fonts;
use crate::markup::{Escape, Hex, Trim, push};
use crate::palette::{Paint, Rgb};
use crate::picture::Picture;
use crate::raster::Raster;
pub(crate) use crate::words::{Anchor, Words, words};

/// Which paper a drawing lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Medium {
    Light,
    Dark,
    /// A web page that may be either: colours carry both values, text takes the page's font.
    Page,
}

impl Medium {
    /// The colour of the paper; on a page, of light paper.
    pub(crate) fn paper(self) -> Rgb {
        self.of(Paint::PAPER)
    }

    fn of(self, paint: Paint) -> Rgb {
        if self == Self::Dark {
            paint.dark
        } else {
            paint.light
        }
    }
}

#[derive(Debug, Clone)]
enum Element {
    Rect {
        frame: Frame,
        radius: f64,
        fill: Option<Paint>,
        stroke: Option<Paint>,
    },
    Line {
        points: Vec<(f64, f64)>,
        width: f64,
        paint: Paint,
    },
    Dots {
        centres: Vec<(f64, f64)>,
        radius: f64,
        paint: Paint,
    },
    Words(Words),
    Image {
        frame: Frame,
        pixels: Pixels,
        crisp: bool,
    },
}

/// Pixels made here, or a picture that came from outside.
#[derive(Debug, Clone)]
pub(crate) enum Pixels {
    Raster(Raster),
    Picture(Picture),
}

impl From<Raster> for Pixels {
    fn from(raster: Raster) -> Self {
        Self::Raster(raster)
    }
}

impl From<Picture> for Pixels {
    fn from(picture: Picture) -> Self {
        Self::Picture(picture)
    }
}

/// A rectangle: left, top, width, height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Frame {
    pub(crate) fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// Larger by `by` on every side.
    pub(crate) fn grown(self, by: f64) -> Self {
        Self::new(
            self.x - by,
            self.y - by,
            self.width + 2.0 * by,
            self.height + 2.0 * by,
        )
    }
}

/// What has been drawn so far, in order from the back to the front.
#[derive(Debug, Clone, Default)]
pub(crate) struct Canvas {
    pub(crate) width: f64,
    pub(crate) height: f64,
    elements: Vec<Element>,
}

impl Canvas {
    pub(crate) fn rect(&mut self, frame: Frame, radius: f64, fill: Paint) {
        self.elements.push(Element::Rect {
            frame,
            radius,
            fill: Some(fill),
            stroke: None,
        });
    }

    /// The hairline of a rectangle, drawn just outside of it.
    pub(crate) fn frame(&mut self, frame: Frame, paint: Paint) {
        self.outline(frame, 0.0, paint);
    }

    /// The same with round corners.
    pub(crate) fn outline(&mut self, frame: Frame, radius: f64, paint: Paint) {
        self.elements.push(Element::Rect {
            frame: frame.grown(0.5),
            radius,
            fill: None,
            stroke: Some(paint),
        });
    }

    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), paint: Paint) {
        self.curve(vec![from, to], 1.0, paint);
    }

    /// A line through all points, `width` pixels thick.
    pub(crate) fn curve(&mut self, points: Vec<(f64, f64)>, width: f64, paint: Paint) {
        self.elements.push(Element::Line {
            points,
            width,
            paint,
        });
    }

    pub(crate) fn dots(&mut self, centres: Vec<(f64, f64)>, radius: f64, paint: Paint) {
        self.elements.push(Element::Dots {
            centres,
            radius,
            paint,
        });
    }

    pub(crate) fn words(&mut self, words: Words) {
        self.elements.push(Element::Words(words));
    }

    /// Pixels stretched over `frame`: with hard edges if `crisp`, else smoothly.
    pub(crate) fn image(&mut self, frame: Frame, pixels: impl Into<Pixels>, crisp: bool) {
        self.elements.push(Element::Image {
            frame,
            pixels: pixels.into(),
            crisp,
        });
    }

    /// As an SVG document. `label` is what a screen reader says of it.
    pub(crate) fn svg(&self, medium: Medium, label: &str) -> Result<String> {
        let (width, height) = (Trim(self.width), Trim(self.height));
        let mut svg =
            format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" "#);
        let writer = &mut svg;
        if medium == Medium::Page {
            push(
                writer,
                format_args!(r#"role="img" aria-label="{}">"#, Escape(label)),
            );
        } else {
            let family = fonts::FAMILY;
            push(
                writer,
                format_args!(r#"width="{width}" height="{height}" font-family="{family}">"#),
            );
            push(writer, format_args!("<title>{}</title>", Escape(label)));
            let page = Frame::new(0.0, 0.0, self.width, self.height);
            rect(writer, medium, page, 0.0, Some(Paint::PAPER), None);
        }
        for element in &self.elements {
            element.write(writer, medium)?;
        }
        svg.push_str("</svg>");
        Ok(svg)
    }
}

impl Element {
    fn write(&self, svg: &mut String, medium: Medium) -> Result<()> {
        match self {
            &Self::Rect {
                frame,
                radius,
                fill,
                stroke,
            } => rect(svg, medium, frame, radius, fill, stroke),
            Self::Line {
                points,
                width,
                paint,
            } => {
                svg.push_str(r#"<path d=""#);
                for (i, &(x, y)) in points.iter().enumerate() {
                    let command = if i == 0 { 'M' } else { 'L' };
                    push(svg, format_args!("{command}{} {}", Trim(x), Trim(y)));
                }
                svg.push('"');
                if points.len() > 2 {
                    svg.push_str(r#" fill="none" stroke-linejoin="round""#);
                }
                push(svg, format_args!(r#" stroke-width="{}""#, Trim(*width)));
                color(svg, medium, "stroke", *paint);
                svg.push_str("/>");
            }
            Self::Dots {
                centres,
                radius,
                paint,
            } => {
                // A stroke of (almost) no length with round ends is a dot, and takes a third of
                // the bytes of a circle.
                svg.push_str(r#"<path fill="none" stroke-linecap="round" d=""#);
                for &(x, y) in centres {
                    push(svg, format_args!("M{} {}h.01", Trim(x), Trim(y)));
                }
                push(
                    svg,
                    format_args!(r#"" stroke-width="{}""#, Trim(2.0 * radius)),
                );
                color(svg, medium, "stroke", *paint);
                svg.push_str("/>");
            }
            Self::Words(words) => words.write(svg, medium),
            Self::Image {
                frame,
                pixels,
                crisp,
            } => {
                svg.push_str("<image");
                place(svg, *frame);
                svg.push_str(r#" preserveAspectRatio="none""#);
                if *crisp {
                    svg.push_str(r#" style="image-rendering:pixelated""#);
                }
                match pixels {
                    Pixels::Raster(raster) => {
                        if medium == Medium::Page && raster.inverts() {
                            svg.push_str(r#" class="ink""#);
                        }
                        embed(svg, "image/png", &raster.png(medium == Medium::Dark)?);
                    }
                    Pixels::Picture(picture) => embed(svg, picture.media_type(), picture.file()),
                }
            }
        }
        Ok(())
    }
}

fn rect(
    svg: &mut String,
    medium: Medium,
    frame: Frame,
    radius: f64,
    fill: Option<Paint>,
    stroke: Option<Paint>,
) {
    svg.push_str("<rect");
    place(svg, frame);
    if radius > 0.0 {
        push(svg, format_args!(r#" rx="{}""#, Trim(radius)));
    }
    match fill {
        Some(paint) => color(svg, medium, "fill", paint),
        None => svg.push_str(r#" fill="none""#),
    }
    if let Some(paint) = stroke {
        color(svg, medium, "stroke", paint);
    }
    svg.push_str("/>");
}

/// Ends an `<image>` with a picture file.
fn embed(svg: &mut String, media_type: &str, file: &[u8]) {
    push(svg, format_args!(r#" href="data:{media_type};base64,"#));
    BASE64_STANDARD.encode_string(file, svg);
    svg.push_str("\"/>");
}

fn place(svg: &mut String, frame: Frame) {
    let (x, y, width, height) = (
        Trim(frame.x),
        Trim(frame.y),
        Trim(frame.width),
        Trim(frame.height),
    );
    push(
        svg,
        format_args!(r#" x="{x}" y="{y}" width="{width}" height="{height}""#),
    );
}

pub(crate) fn color(svg: &mut String, medium: Medium, property: &str, paint: Paint) {
    colors(svg, medium, &[(property, paint)]);
}

/// On a page, the attribute is for browsers that do not know `light-dark()` yet.
pub(crate) fn colors(svg: &mut String, medium: Medium, paints: &[(&str, Paint)]) {
    for &(property, paint) in paints {
        push(
            svg,
            format_args!(r#" {property}="{}""#, Hex(medium.of(paint))),
        );
    }
    let mut both = paints
        .iter()
        .filter(|(_, paint)| paint.light != paint.dark)
        .peekable();
    if medium != Medium::Page || both.peek().is_none() {
        return;
    }
    svg.push_str(r#" style=""#);
    for (property, Paint { light, dark }) in both {
        push(
            svg,
            format_args!("{property}:light-dark({},{});", Hex(*light), Hex(*dark)),
        );
    }
    svg.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let mut canvas = Canvas {
            width: 10.0,
            height: 10.0,
            ..Canvas::default()
        };
        canvas.words(words(0.0, 0.0, 8.0, "<script>&\"'\u{1}"));
        for medium in [Medium::Light, Medium::Dark, Medium::Page] {
            let svg = canvas.svg(medium, "a < \"b\"").unwrap();
            let tree = roxmltree::Document::parse(&svg).unwrap();
            let text = tree
                .descendants()
                .find(|node| node.has_tag_name("text"))
                .unwrap();
            assert_eq!(text.text(), Some("<script>&\"'\u{fffd}"));
        }
    }
}
