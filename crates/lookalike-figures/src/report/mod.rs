//! The whole story on one page.

mod table;

use crate::error::Result;
use crate::figure::Figure;
use crate::markup::{Escape, push};

pub use table::{Cell, Table};

const STYLE: &str = include_str!("style.css");

/// One web page that holds everything it shows: no script, no other file (but a
/// [`linked_picture`](Report::linked_picture)), nothing to download.
///
/// It opens from the disk, follows the reader's choice of light or dark, fits narrow screens, and
/// prints. Parts appear in the order in which they are added; all text is taken literally, never
/// as HTML.
///
/// ```
/// use lookalike_figures::{Report, Table};
///
/// let page = Report::new("Digits, grouped")
///     .lead("Seven ways to cluster 1797 handwritten digits.")
///     .heading("Scores")
///     .table(&Table::new(["way", "accuracy"]).row(["k-means", "0.79"]))?
///     .heading("What to try next")
///     .next_steps(&[("Another seed:", "lookalike demo --seed 1")])
///     .html();
/// assert!(page.starts_with("<!DOCTYPE html>"));
/// # Ok::<(), lookalike_figures::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    title: String,
    /// What stands before the first heading.
    opening: String,
    headings: Vec<String>,
    body: String,
    footer: String,
    has_links: bool,
}

impl Report {
    /// A page with nothing but a title.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            opening: String::new(),
            headings: Vec::new(),
            body: String::new(),
            footer: String::new(),
            has_links: false,
        }
    }

    /// One or two sentences below the title, in larger type.
    pub fn lead(mut self, text: &str) -> Self {
        push(
            &mut self.opening,
            format_args!("<p class=\"lead\">{}</p>\n", Escape(text)),
        );
        self
    }

    /// The few numbers that matter most, in large type: (value, what it is).
    pub fn key_figures<V: AsRef<str>, W: AsRef<str>>(mut self, figures: &[(V, W)]) -> Self {
        let mut html = String::from("<dl class=\"keys\">");
        for (value, what) in figures {
            let (value, what) = (Escape(value.as_ref()), Escape(what.as_ref()));
            push(
                &mut html,
                format_args!("<div><dt>{what}</dt><dd>{value}</dd></div>"),
            );
        }
        html.push_str("</dl>\n");
        self.part().push_str(&html);
        self
    }

    /// Begins a section.
    pub fn heading(mut self, text: impl Into<String>) -> Self {
        if !self.headings.is_empty() {
            self.body.push_str("</section>\n");
        }
        let text = text.into();
        let id = self.headings.len() + 1;
        push(
            &mut self.body,
            format_args!(
                "<section id=\"part-{id}\" aria-labelledby=\"heading-{id}\">\n\
                 <h2 id=\"heading-{id}\">{}</h2>\n",
                Escape(&text)
            ),
        );
        self.headings.push(text);
        self
    }

    /// A paragraph of plain text.
    pub fn paragraph(mut self, text: &str) -> Self {
        push(self.part(), format_args!("<p>{}</p>\n", Escape(text)));
        self
    }

    /// A table, which scrolls within its box where the screen is narrow.
    ///
    /// # Errors
    ///
    /// If the table has no columns, a row has not one cell a column, or the best of a column that
    /// does not exist is to be emphasised.
    pub fn table(mut self, table: &Table) -> Result<Self> {
        let html = table.html()?;
        self.part().push_str(&html);
        Ok(self)
    }

    /// A figure at its full width, with a caption (none if empty).
    ///
    /// # Errors
    ///
    /// See [`Figure::inline_svg`].
    pub fn figure(mut self, figure: &Figure, caption: &str) -> Result<Self> {
        let html = framed(figure, caption)?;
        self.part().push_str(&html);
        Ok(self)
    }

    /// Figures beside one another, as many as the screen has room for, each with its caption.
    ///
    /// # Errors
    ///
    /// See [`Figure::inline_svg`].
    pub fn figures<S: AsRef<str>>(mut self, figures: &[(&Figure, S)]) -> Result<Self> {
        let mut html = String::from("<div class=\"figures\">\n");
        for (figure, caption) in figures {
            html.push_str(&framed(figure, caption.as_ref())?);
        }
        html.push_str("</div>\n");
        self.part().push_str(&html);
        Ok(self)
    }

    /// A picture file that stays beside the page: `path` relative to it, with `/` between folders.
    /// The page then no longer stands alone.
    pub fn linked_picture(mut self, path: &str, description: &str) -> Self {
        let (path, description) = (Escape(path), Escape(description));
        push(
            self.part(),
            format_args!(
                "<figure><div class=\"scroll\"><img src=\"{path}\" alt=\"{description}\" \
                 loading=\"lazy\"></div></figure>\n"
            ),
        );
        self.has_links = true;
        self
    }

    /// Names and values, such as the parameters that were used.
    pub fn parameters<N: AsRef<str>, V: AsRef<str>>(mut self, parameters: &[(N, V)]) -> Self {
        let mut html = String::from("<dl class=\"parameters\">\n");
        for (name, value) in parameters {
            let (name, value) = (Escape(name.as_ref()), Escape(value.as_ref()));
            push(
                &mut html,
                format_args!("<div><dt>{name}</dt><dd>{value}</dd></div>\n"),
            );
        }
        html.push_str("</dl>\n");
        self.part().push_str(&html);
        self
    }

    /// Text with its spaces and line ends, folded away below `summary` until it is asked for.
    pub fn details(mut self, summary: &str, text: &str) -> Self {
        push(
            self.part(),
            format_args!(
                "<details><summary>{}</summary>\n<pre>{}</pre></details>\n",
                Escape(summary),
                Escape(text)
            ),
        );
        self
    }

    /// What to do next: a sentence and the command for it (none if empty).
    pub fn next_steps<S: AsRef<str>, C: AsRef<str>>(mut self, steps: &[(S, C)]) -> Self {
        let mut html = String::from("<ul class=\"next\">\n");
        for (text, command) in steps {
            push(&mut html, format_args!("<li>{}", Escape(text.as_ref())));
            if !command.as_ref().is_empty() {
                let command = Escape(command.as_ref());
                push(&mut html, format_args!("<pre><code>{command}</code></pre>"));
            }
            html.push_str("</li>\n");
        }
        html.push_str("</ul>\n");
        self.part().push_str(&html);
        self
    }

    /// A last line: version, date, where the data came from. Default none.
    pub fn footer(mut self, text: impl Into<String>) -> Self {
        self.footer = text.into();
        self
    }

    /// The page.
    pub fn html(&self) -> String {
        let title = Escape(&self.title);
        // A page from the disk has no origin that `'self'` could mean in every browser.
        let pictures = if self.has_links {
            "data: 'self' file:"
        } else {
            "data:"
        };
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
             style-src 'unsafe-inline'; img-src {pictures}\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <header>\n<h1>{title}</h1>\n{}</header>\n",
            self.opening
        );
        if self.headings.len() > 2 {
            html.push_str("<nav aria-label=\"Contents\"><ol>\n");
            for (i, heading) in self.headings.iter().enumerate() {
                let (id, text) = (i + 1, Escape(heading));
                push(
                    &mut html,
                    format_args!("<li><a href=\"#part-{id}\">{text}</a></li>\n"),
                );
            }
            html.push_str("</ol></nav>\n");
        }
        push(&mut html, format_args!("<main>\n{}", self.body));
        if !self.headings.is_empty() {
            html.push_str("</section>\n");
        }
        html.push_str("</main>\n");
        if !self.footer.is_empty() {
            push(
                &mut html,
                format_args!("<footer>{}</footer>\n", Escape(&self.footer)),
            );
        }
        html.push_str("</body>\n</html>\n");
        html
    }

    /// Where the next part belongs.
    fn part(&mut self) -> &mut String {
        if self.headings.is_empty() {
            &mut self.opening
        } else {
            &mut self.body
        }
    }
}

fn framed(figure: &Figure, caption: &str) -> Result<String> {
    let width = figure.size().0;
    // Narrower than this, the words within could not be read: let the box scroll instead.
    let least = width.min(400.0);
    let width = 1.2 * width;
    let svg = figure.inline_svg()?;
    let sized = format!("<svg style=\"max-width:{width:.0}px;min-width:{least:.0}px\"");
    let svg = svg.replacen("<svg", &sized, 1);
    let mut html = format!("<figure><div class=\"scroll\">{svg}</div>");
    if !caption.is_empty() {
        push(
            &mut html,
            format_args!("<figcaption>{}</figcaption>", Escape(caption)),
        );
    }
    html.push_str("</figure>\n");
    Ok(html)
}
