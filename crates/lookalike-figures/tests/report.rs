//! The report is one page that needs nothing else and takes all text literally.
#![allow(clippy::unwrap_used)] // Its helpers count as tests.

use lookalike_figures::{PictureGrid, Report, ScatterMap, Table};
use ndarray::{Array3, array};

const HOSTILE: &str = "<script>alert(\"1\")</script> & 'co'";

fn page() -> String {
    let pictures = Array3::from_elem((4, 8, 8), 3.0);
    let grid = PictureGrid::new(&pictures, 2, 2)
        .title(HOSTILE)
        .draw()
        .unwrap();
    let map = ScatterMap::new(&array![[0.0, 1.0], [2.0, 3.0]], &[0, -1])
        .draw()
        .unwrap();
    Report::new(HOSTILE)
        .lead(HOSTILE)
        .key_figures(&[(HOSTILE, HOSTILE)])
        .heading(HOSTILE)
        .paragraph(HOSTILE)
        .table(
            &Table::new([HOSTILE, "n"])
                .caption(HOSTILE)
                .row([HOSTILE, "1"]),
        )
        .unwrap()
        .heading("Figures")
        .figure(&map, HOSTILE)
        .unwrap()
        .figures(&[(&grid, HOSTILE), (&map, "")])
        .unwrap()
        .heading("More")
        .parameters(&[(HOSTILE, HOSTILE)])
        .details(HOSTILE, HOSTILE)
        .next_steps(&[(HOSTILE, HOSTILE), ("only words", "")])
        .footer(HOSTILE)
        .html()
}

#[test]
fn nothing_is_loaded_and_nothing_runs() {
    let page = page().replace("http://www.w3.org/2000/svg", "");
    for absent in [
        "<script", "http:", "https:", "url(", "@import", "<link", "<iframe", " on",
    ] {
        let where_to = if absent == " on" {
            page.replace(" only words", "")
        } else {
            page.clone()
        };
        let tags: String = where_to
            .split('<')
            .map(|part| part.split('>').next().unwrap_or(""))
            .collect();
        assert!(!tags.contains(absent), "{absent}");
    }
    assert!(!page.contains("<script") && !page.contains("src="));
    assert!(page.matches("href=\"").count() > 0);
    for target in page.split("href=\"").skip(1) {
        assert!(target.starts_with('#') || target.starts_with("data:image/png;base64,"));
    }
}

#[test]
fn text_is_taken_literally() {
    let page = page();
    let escaped = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;co&#39;";
    assert_eq!(
        page.matches(escaped).count(),
        page.matches("alert(").count()
    );
    assert!(page.matches(escaped).count() >= 16);
}

#[test]
fn every_figure_is_within_and_named() {
    let page = page();
    assert_eq!(page.matches("<figure>").count(), 3);
    assert_eq!(page.matches("<svg").count(), 3);
    assert_eq!(page.matches("role=\"img\" aria-label=\"").count(), 3);
    assert_eq!(
        page.matches("<figcaption>").count(),
        2,
        "none where there is no caption"
    );
}

#[test]
fn ids_are_unique_and_links_lead_to_them() {
    let page = page();
    let mut ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    for link in page.split("href=\"#").skip(1) {
        assert!(ids.contains(&link.split('"').next().unwrap()));
    }
}

#[test]
fn tags_are_closed_in_order() {
    let page = page();
    let body = &page[page.find("<body>").unwrap()..page.find("</html>").unwrap()];
    roxmltree::Document::parse(body).unwrap();
}

#[test]
fn an_empty_report_is_a_page() {
    let page = Report::new("Nothing").html();
    assert!(page.contains("<h1>Nothing</h1>") && !page.contains("<section"));
}
