//! Lines of text within a drawing.

use crate::canvas::{Medium, color, colors};
use crate::markup::{Escape, Trim, push};
use crate::palette::Paint;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// One line of text; build with [`words`].
#[derive(Debug, Clone)]
pub(crate) struct Words {
    x: f64,
    y: f64,
    text: String,
    size: f64,
    bold: bool,
    paint: Paint,
    anchor: Anchor,
    halo: f64,
    angle: f64,
}

/// Text whose baseline begins at `(x, y)`, `size` pixels high.
pub(crate) fn words(x: f64, y: f64, size: f64, text: impl Into<String>) -> Words {
    Words {
        x,
        y,
        text: text.into(),
        size,
        bold: false,
        paint: Paint::INK,
        anchor: Anchor::Start,
        halo: 0.0,
        angle: 0.0,
    }
}

impl Words {
    pub(crate) fn bold(mut self) -> Self {
        self.bold = true;
        self
    }

    pub(crate) fn paint(mut self, paint: Paint) -> Self {
        self.paint = paint;
        self
    }

    pub(crate) fn anchor(mut self, anchor: Anchor) -> Self {
        self.anchor = anchor;
        self
    }

    /// A rim of paper, so that the text reads on top of anything.
    pub(crate) fn halo(mut self, width: f64) -> Self {
        self.halo = width;
        self
    }

    /// Turned about `(x, y)`, in degrees clockwise.
    pub(crate) fn turned(mut self, angle: f64) -> Self {
        self.angle = angle;
        self
    }
}

impl Words {
    pub(crate) fn write(&self, svg: &mut String, medium: Medium) {
        let (x, y) = (Trim(self.x), Trim(self.y));
        push(
            svg,
            format_args!(r#"<text x="{x}" y="{y}" font-size="{}""#, Trim(self.size)),
        );
        if self.bold {
            svg.push_str(r#" font-weight="600""#);
        }
        match self.anchor {
            Anchor::Start => {}
            Anchor::Middle => svg.push_str(r#" text-anchor="middle""#),
            Anchor::End => svg.push_str(r#" text-anchor="end""#),
        }
        if self.angle != 0.0 {
            push(
                svg,
                format_args!(r#" transform="rotate({} {x} {y})""#, Trim(self.angle)),
            );
        }
        if self.halo > 0.0 {
            push(
                svg,
                format_args!(
                    r#" paint-order="stroke" stroke-linejoin="round" stroke-width="{}""#,
                    Trim(self.halo)
                ),
            );
            colors(
                svg,
                medium,
                &[("fill", self.paint), ("stroke", Paint::PAPER)],
            );
        } else {
            color(svg, medium, "fill", self.paint);
        }
        push(svg, format_args!(">{}</text>", Escape(&self.text)));
    }
}
