//! Contact sheets show every picture in its cell, mark what is marked, and refuse wrong input.
#![allow(clippy::unwrap_used)] // Its helpers count as tests.

mod common;

use common::Drawn;
use lookalike_figures::palette::CLASSES;
use lookalike_figures::{ContactSheet, Picture, SheetCell};

/// One colour all over.
fn plain(width: usize, height: usize, [r, g, b]: [u8; 3]) -> Picture {
    Picture::from_rgba(width, height, &[r, g, b, 255].repeat(width * height)).unwrap()
}

#[test]
fn pictures_keep_their_proportions_in_equal_cells() {
    let (wide, small) = (plain(256, 64, [9, 80, 9]), plain(28, 28, [120, 9, 90]));
    let cells = [SheetCell::new(&wide, ""), SheetCell::new(&small, "")];
    let figure = ContactSheet::new(&cells).draw().unwrap();
    let drawn = Drawn::of(&figure, 1.0);
    // 256 × 64 fits into 128 as 128 × 32; 28 × 28 grows four times, to 112 × 112.
    assert_eq!(drawn.count([9, 80, 9]), 128 * 32);
    assert_eq!(drawn.count([120, 9, 90]), 112 * 112);
}

#[test]
fn the_order_is_row_by_row() {
    let pictures: Vec<Picture> = (0..5).map(|i| plain(128, 128, [40 * i, 7, 7])).collect();
    let cells: Vec<_> = pictures.iter().map(|p| SheetCell::new(p, "")).collect();
    let figure = ContactSheet::new(&cells).columns(2).draw().unwrap();
    let drawn = Drawn::of(&figure, 1.0);
    let height = drawn.rgb.len() / 3 / drawn.width;
    let seen: Vec<u8> = (0..height)
        .flat_map(|y| (0..drawn.width).map(move |x| (x, y)))
        .map(|(x, y)| drawn.at(x, y))
        .filter(|color| color[1..] == [7, 7])
        .map(|color| color[0] / 40)
        .collect();
    let mut order = seen;
    order.dedup();
    assert_eq!(order.first(), Some(&0));
    assert_eq!(order[1], 1);
    assert_eq!(order.last(), Some(&4));
    assert!(!order[order.len() / 2 + 1..].contains(&0));
}

#[test]
fn only_marked_pictures_have_a_frame_and_its_meaning_is_said() {
    let picture = plain(20, 20, [1, 2, 3]);
    let sheet =
        |cells: &[SheetCell<'_>]| ContactSheet::new(cells).mark("borderline").draw().unwrap();
    let without = sheet(&[SheetCell::new(&picture, "a")]);
    let with = sheet(&[
        SheetCell::new(&picture, "a"),
        SheetCell::new(&picture, "b").marked(),
    ]);
    assert_eq!(Drawn::of(&without, 1.0).count(CLASSES[1]), 0);
    // Three pixels on each of four sides of 128.
    assert!(Drawn::of(&with, 1.0).count(CLASSES[1]) > 4 * 3 * 120);
    assert!(!without.inline_svg().unwrap().contains("borderline"));
    assert!(with.inline_svg().unwrap().contains("borderline</text>"));
    assert_eq!(
        with.description(),
        "Contact sheet: 2 pictures, 1 of them marked borderline"
    );
}

#[test]
fn extreme_proportions_stay_inside_their_cell() {
    let (line, dot) = (plain(1, 30_000, [5, 99, 5]), plain(1, 1, [99, 5, 5]));
    let cells = [SheetCell::new(&line, "line"), SheetCell::new(&dot, "dot")];
    let drawn = Drawn::of(&ContactSheet::new(&cells).draw().unwrap(), 1.0);
    assert_eq!(drawn.count([5, 99, 5]), 128);
    assert_eq!(drawn.count([99, 5, 5]), 128 * 128);
}

#[test]
fn names_are_text_and_never_markup() {
    let picture = plain(2, 2, [0; 3]);
    let cells = [SheetCell::new(&picture, "<b>&\"\u{0}")];
    let svg = ContactSheet::new(&cells)
        .title("<i>")
        .draw()
        .unwrap()
        .inline_svg()
        .unwrap();
    let tree = roxmltree::Document::parse(&svg).unwrap();
    let texts: Vec<_> = tree
        .descendants()
        .filter(|node| node.has_tag_name("text"))
        .filter_map(|node| node.text())
        .collect();
    assert_eq!(texts, ["<i>", "<b>&\"\u{fffd}"]);
}

#[test]
fn faults_are_named() {
    let picture = plain(2, 2, [0; 3]);
    let cells = vec![SheetCell::new(&picture, ""); 401];
    let fault = |count: usize, columns| {
        let sheet = ContactSheet::new(&cells[..count]).columns(columns);
        sheet.draw().unwrap_err().to_string()
    };
    assert_eq!(
        fault(0, 6),
        "pictures of a contact sheet must be between 1 and 400, got 0"
    );
    assert_eq!(
        fault(401, 6),
        "pictures of a contact sheet must be between 1 and 400, got 401"
    );
    assert_eq!(fault(1, 0), "columns must be between 1 and 20, got 0");
    assert_eq!(fault(1, 21), "columns must be between 1 and 20, got 21");
}
