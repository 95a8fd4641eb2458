//! A table of results.

use crate::error::{Error, Result};
use crate::markup::{Escape, Hex, push};
use crate::palette::Rgb;

/// Rows of results below named columns; its first column names the rows.
///
/// A column whose cells are all numbers (or empty, or a dash) is aligned to the right.
///
/// ```
/// use lookalike_figures::Table;
///
/// let table = Table::new(["way", "clusters", "accuracy", "seconds"])
///     .row(["k-means", "10", "0.79", "0.05"])
///     .row(["t-SNE, k-means", "10", "0.94", "0.61"])
///     .highest_is_best("accuracy")
///     .lowest_is_best("seconds");
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    caption: String,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
    best: Vec<(String, bool)>,
}

/// One cell of a [`Table`]: text, and a colour before it if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    text: String,
    color: Option<Rgb>,
}

impl Cell {
    /// A cell with a patch of colour before its text.
    ///
    /// ```
    /// use lookalike_figures::{Cell, Table};
    ///
    /// let table = Table::new(["class", "share"])
    ///     .row([Cell::swatch([0, 0, 128], "water"), "41.2 %".into()]);
    /// ```
    pub fn swatch(color: Rgb, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            color: Some(color),
        }
    }

    fn html(&self) -> String {
        let text = Escape(&self.text);
        match self.color {
            Some(color) => format!(
                r#"<span class="swatch" style="background:{}"></span>{text}"#,
                Hex(color)
            ),
            None => text.to_string(),
        }
    }
}

impl<S: Into<String>> From<S> for Cell {
    fn from(text: S) -> Self {
        Self {
            text: text.into(),
            color: None,
        }
    }
}

impl Table {
    /// A table without rows; `columns` are its headings.
    pub fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Self {
            columns: columns.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// A line that says what the table shows. Default none.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = caption.into();
        self
    }

    /// Adds a row, with a cell for each column.
    pub fn row<C: Into<Cell>>(mut self, cells: impl IntoIterator<Item = C>) -> Self {
        self.rows.push(cells.into_iter().map(Into::into).collect());
        self
    }

    /// Emphasises the largest number of a column, all of them if several are equal.
    pub fn highest_is_best(mut self, column: impl Into<String>) -> Self {
        self.best.push((column.into(), true));
        self
    }

    /// Emphasises the smallest number of a column, all of them if several are equal.
    pub fn lowest_is_best(mut self, column: impl Into<String>) -> Self {
        self.best.push((column.into(), false));
        self
    }

    pub(super) fn html(&self) -> Result<String> {
        if self.columns.is_empty() {
            return Err(Error::input("a table must have at least one column"));
        }
        for (i, row) in self.rows.iter().enumerate() {
            if row.len() != self.columns.len() {
                return Err(Error::input(format!(
                    "row {i} of a table must have a cell for each column ({}), got {}",
                    self.columns.len(),
                    row.len()
                )));
            }
        }
        let numeric: Vec<bool> = (0..self.columns.len())
            .map(|j| j > 0 && self.numeric(j))
            .collect();
        let best = self.best_values()?;

        let mut html = String::from(r#"<div class="scroll" tabindex="0"><table>"#);
        if !self.caption.is_empty() {
            push(
                &mut html,
                format_args!("<caption>{}</caption>", Escape(&self.caption)),
            );
        }
        html.push_str("<thead><tr>");
        for (name, &numeric) in self.columns.iter().zip(&numeric) {
            let class = if numeric { r#" class="number""# } else { "" };
            push(
                &mut html,
                format_args!(r#"<th scope="col"{class}>{}</th>"#, Escape(name)),
            );
        }
        html.push_str("</tr></thead>\n<tbody>");
        for row in &self.rows {
            html.push_str("<tr>");
            for (j, cell) in row.iter().enumerate() {
                let text = cell.html();
                let class = if numeric[j] { r#" class="number""# } else { "" };
                let is_best = best[j].is_some() && number(&cell.text) == best[j];
                match (j, is_best) {
                    (0, _) => push(&mut html, format_args!(r#"<th scope="row">{text}</th>"#)),
                    (_, true) => {
                        push(
                            &mut html,
                            format_args!("<td{class}><strong>{text}</strong></td>"),
                        );
                    }
                    _ => push(&mut html, format_args!("<td{class}>{text}</td>")),
                }
            }
            html.push_str("</tr>\n");
        }
        html.push_str("</tbody></table></div>\n");
        Ok(html)
    }

    fn numeric(&self, column: usize) -> bool {
        let cells = || self.rows.iter().map(|row| row[column].text.as_str());
        cells().any(|cell| number(cell).is_some())
            && cells().all(|cell| matches!(cell, "" | "-" | "–" | "—") || number(cell).is_some())
    }

    fn best_values(&self) -> Result<Vec<Option<f64>>> {
        let mut best = vec![None; self.columns.len()];
        for (name, highest) in &self.best {
            let column = self
                .columns
                .iter()
                .position(|column| column == name)
                .ok_or_else(|| {
                    Error::parameter("column", "be a column of the table", format!("'{name}'"))
                })?;
            let numbers = self.rows.iter().filter_map(|row| number(&row[column].text));
            best[column] = if *highest {
                numbers.max_by(f64::total_cmp)
            } else {
                numbers.min_by(f64::total_cmp)
            };
        }
        Ok(best)
    }
}

/// A finite number as people write it: with a true minus, spaces between thousands, a percent sign.
fn number(cell: &str) -> Option<f64> {
    let plain: String = cell
        .trim()
        .trim_end_matches('%')
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}'))
        .map(|c| if c == '−' { '-' } else { c })
        .collect();
    plain.parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        assert_eq!(number("−0.5"), Some(-0.5));
        assert_eq!(number("70\u{202f}000"), Some(70_000.0));
        assert_eq!(number("93.5 %"), Some(93.5));
        assert_eq!(
            [number("–"), number(""), number("NaN"), number("k-means")],
            [None; 4]
        );
    }

    #[test]
    fn the_best_are_emphasised_and_numbers_aligned() {
        let html = Table::new(["way", "noise", "accuracy", "seconds"])
            .row(["a", "–", "0.90", "2"])
            .row(["b", "7", "0.9", "1.5"])
            .row(["c", "", "−0.1", "10"])
            .highest_is_best("accuracy")
            .lowest_is_best("seconds")
            .html()
            .unwrap();
        assert_eq!(html.matches("<strong>").count(), 3);
        assert!(html.contains("<td class=\"number\"><strong>0.90</strong></td>"));
        assert!(html.contains("<strong>1.5</strong>"));
        assert!(html.contains(r#"<th scope="col" class="number">noise</th>"#));
        assert!(html.contains(r#"<th scope="row">a</th>"#));
    }

    #[test]
    fn a_swatch_stands_before_its_text() {
        let html = Table::new(["class", "also", "share"])
            .row([
                Cell::swatch([0, 0, 128], "<water>"),
                Cell::swatch([1, 2, 3], "7"),
                "41 %".into(),
            ])
            .html()
            .unwrap();
        let swatch =
            |color: &str| format!(r#"<span class="swatch" style="background:{color}"></span>"#);
        let first = format!(r#"<th scope="row">{}&lt;water&gt;</th>"#, swatch("#000080"));
        let second = format!(r#"<td class="number">{}7</td>"#, swatch("#010203"));
        assert!(html.contains(&first) && html.contains(&second), "{html}");
    }

    #[test]
    fn faults_are_named() {
        let message = |table: Table| table.html().unwrap_err().to_string();
        assert_eq!(
            message(Table::new([""; 0])),
            "a table must have at least one column"
        );
        assert_eq!(
            message(Table::new(["a", "b"]).row(["1"])),
            "row 0 of a table must have a cell for each column (2), got 1"
        );
        assert_eq!(
            message(Table::new(["a"]).highest_is_best("b")),
            "column must be a column of the table, got 'b'"
        );
    }
}
