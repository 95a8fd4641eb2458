//! What is drawn shows what was given, on every medium, and wrong input is refused.
#![allow(clippy::unwrap_used)] // Its helpers count as tests.

mod common;

use common::Drawn;
use lookalike_figures::palette::{CLASSES, NOISE};
use lookalike_figures::{
    BandScatter, Class, ClassHistograms, ConfusionHeatmap, ErrorKind, Figure, Picture, PictureGrid,
    PictureMap, Result, ScatterMap, ScenePictures, ScoreBars, ScoreCurves, Theme,
};
use ndarray::{Array2, Array3, array};
use roxmltree::Document;

fn pictures(count: usize, height: usize, width: usize) -> Array3<f32> {
    Array3::from_shape_fn((count, height, width), |(n, i, j)| {
        ((n + 3 * i + 5 * j) % 17) as f32
    })
}

/// One figure of every kind, every text in it hostile.
fn one_of_each() -> Vec<Figure> {
    let hostile = "<b>\"&'</b>\u{0}]]>";
    let points = array![[0.0, 0.0], [1.0, 0.5], [-1.0, 2.0]];
    let pictures = pictures(3, 8, 8);
    let captions = vec![(hostile.to_owned(), hostile.to_owned()); 3];
    let names = [hostile; 2];
    let classes = [[0, 0, 128], [255; 3]].map(|color| Class::new(hostile, color).note(hostile));
    let picture = Picture::from_rgba(1, 2, &[9, 8, 7, 255, 0, 0, 0, 0]).unwrap();
    vec![
        ScenePictures::new(&[(&picture, hostile), (&picture, "")])
            .classes(&classes)
            .no_data(hostile)
            .title(hostile)
            .draw()
            .unwrap(),
        ScoreCurves::new(&[2, 3])
            .curve(hostile, hostile, &[1.0, 2.0])
            .chosen(3)
            .title(hostile)
            .draw()
            .unwrap(),
        ClassHistograms::new(&classes)
            .band(hostile, (0.0, 1.0), &array![[1, 2], [3, 4]])
            .title(hostile)
            .draw()
            .unwrap(),
        BandScatter::new(&points, &[0, 1, 1], &classes)
            .axes(hostile, hostile)
            .centers(&array![[0.0, 0.0], [1.0, 1.0]])
            .title(hostile)
            .draw()
            .unwrap(),
        PictureGrid::new(&pictures, 1, 3)
            .captions(&captions)
            .title(hostile)
            .draw()
            .unwrap(),
        ConfusionHeatmap::new(&array![[3, 1], [0, 2]])
            .names(&names)
            .axes(hostile, hostile)
            .title(hostile)
            .subtitle(hostile)
            .draw()
            .unwrap(),
        ScatterMap::new(&points, &[0, 1, -1])
            .names(&names)
            .title(hostile)
            .draw()
            .unwrap(),
        PictureMap::new(&points, &[0, 1, -1], &pictures)
            .names(&names)
            .title(hostile)
            .draw()
            .unwrap(),
        ScoreBars::new([hostile])
            .row(hostile, &[0.5])
            .title(hostile)
            .draw()
            .unwrap(),
    ]
}

#[test]
fn the_same_bytes_every_time_and_on_every_thread() {
    let files = || {
        one_of_each()
            .into_iter()
            .map(|f| {
                (
                    f.png(1.5).unwrap(),
                    f.svg().unwrap(),
                    f.inline_svg().unwrap(),
                )
            })
            .collect::<Vec<_>>()
    };
    let first = files();
    let others: Vec<_> = (0..2).map(|_| std::thread::spawn(files)).collect();
    assert!(files() == first);
    assert!(
        others
            .into_iter()
            .all(|thread| thread.join().unwrap() == first)
    );
}

#[test]
fn svg_files_stand_alone() {
    for figure in one_of_each() {
        for theme in [Theme::Light, Theme::Dark] {
            let svg = figure.clone().theme(theme).svg().unwrap();
            let tree = Document::parse(&svg).unwrap();
            let root = tree.root_element();
            assert_eq!(root.attribute("role"), Some("img"));
            let title = root.first_element_child().unwrap();
            assert_eq!(title.tag_name().name(), "title");
            assert_eq!(
                title.text(),
                Some(figure.description().replace('\0', "\u{fffd}").as_str())
            );
            assert!(
                !tree.descendants().any(|node| node.has_tag_name("text")),
                "text is outlined"
            );
            assert!(!svg.contains("font-family"));
        }
    }
}

#[test]
fn inline_svg_has_real_text_a_name_and_no_id() {
    for figure in one_of_each() {
        let svg = figure.inline_svg().unwrap();
        let tree = Document::parse(&svg).unwrap();
        let root = tree.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        assert!(
            root.attribute("aria-label")
                .is_some_and(|label| label.contains("<b>"))
        );
        assert!(root.attribute("viewBox").is_some() && root.attribute("width").is_none());
        assert!(tree.descendants().any(|node| node.has_tag_name("text")));
        assert!(
            tree.descendants()
                .all(|node| node.attribute("id").is_none())
        );
        assert!(svg.contains("light-dark("));
    }
}

#[test]
fn paper_reaches_every_edge() {
    for figure in one_of_each() {
        for (theme, paper) in [(Theme::Light, [255; 3]), (Theme::Dark, [0x16, 0x18, 0x1d])] {
            for scale in [0.7, 1.0, 2.0] {
                let picture = Drawn::of(&figure.clone().theme(theme), scale);
                let (right, bottom) =
                    (picture.width - 1, picture.rgb.len() / 3 / picture.width - 1);
                for (x, y) in [(0, 0), (right, 0), (0, bottom), (right, bottom)] {
                    assert_eq!(picture.at(x, y), paper);
                }
            }
        }
    }
}

#[test]
fn the_grid_shows_every_sample_of_every_picture() {
    let pictures = pictures(100, 8, 8);
    let figure = PictureGrid::new(&pictures, 10, 10)
        .maximum(16.0)
        .draw()
        .unwrap();
    // Without a heading the grid begins at the margin, 24; a sample is 8 wide, a step 72.
    for scale in [1, 2] {
        let drawn = Drawn::of(&figure, scale as f32);
        for ((n, i, j), &value) in pictures.indexed_iter() {
            let grey = drawn.at(
                scale * (24 + n % 10 * 72 + j * 8) + scale * 8 - 1,
                scale * (24 + n / 10 * 72 + i * 8),
            );
            let wanted = 255.0 - 255.0 * value / 16.0;
            assert!(
                grey.iter().all(|&g| (f32::from(g) - wanted).abs() <= 1.0),
                "{n} {i} {j}"
            );
        }
    }
    let dark = Drawn::of(&figure.theme(Theme::Dark), 1.0);
    assert_eq!(dark.count([0; 3]), 0);
    assert!(dark.count([255; 3]) > 1000);
}

#[test]
fn pictures_of_any_size_fit_a_grid() {
    for (height, width) in [(1, 1), (1, 300), (28, 28), (50, 20), (400, 300)] {
        let pictures = pictures(3, height, width);
        let (wide, high) = PictureGrid::new(&pictures, 2, 2).draw().unwrap().size();
        assert!(
            wide <= 800.0 && high <= 800.0,
            "{height} × {width}: {wide} × {high}"
        );
        let points = array![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
        let map = PictureMap::new(&points, &[0, 1, 2], &pictures)
            .draw()
            .unwrap();
        assert!(map.description().ends_with("pictures of 3 of them"));
    }
}

#[test]
fn the_heatmap_lays_true_labels_across() {
    let figure = ConfusionHeatmap::new(&array![[40, 9], [0, 50]])
        .draw()
        .unwrap();
    let drawn = Drawn::of(&figure, 1.0);
    // The matrix begins at (98, 46); a cell is 60 wide. Row 0, column 1 of the matrix: first column
    // of the figure, second row.
    let cell = |across: usize, down: usize| drawn.at(98 + 60 * across + 8, 46 + 60 * down + 8);
    let [hit, miss, empty] = [cell(1, 1), cell(0, 1), cell(1, 0)];
    assert_eq!(hit, [0x0a, 0x4c, 0x82]);
    assert_eq!(empty, [0xf4, 0xf5, 0xf7]);
    assert!(
        miss[0] > miss[1] && miss[1] > miss[2],
        "orange, got {miss:?}"
    );
    assert!(
        figure
            .description()
            .contains("90 of 99 samples on the diagonal")
    );

    let oblong = ConfusionHeatmap::new(&array![[5, 1, 0], [0, 2, 3]])
        .draw()
        .unwrap();
    assert!(
        oblong
            .description()
            .contains("11 samples of 2 true labels by 3 predicted labels")
    );
}

#[test]
fn heatmaps_of_any_number_of_labels() {
    for classes in [1, 2, 3, 10, 11, 20, 30, 60, 200] {
        let counts =
            Array2::from_shape_fn((classes, classes), |(t, p)| u64::from(t == p) * 100_000);
        let figure = ConfusionHeatmap::new(&counts).draw().unwrap();
        assert!(figure.size().0 < 2600.0);
        let names: Vec<String> = (0..classes).map(|i| format!("class number {i}")).collect();
        let named = ConfusionHeatmap::new(&counts).names(&names).draw().unwrap();
        assert!(named.size().1 > figure.size().1, "turned names need room");
    }
}

#[test]
fn noise_is_grey_and_below_everything() {
    let points = array![
        [0.0, 0.0],
        [9.0, 9.0],
        [0.0, 0.0],
        [0.0, 0.0],
        [9.0, 0.0],
        [9.0, 0.0]
    ];
    let drawn = |labels: &[i32]| Drawn::of(&ScatterMap::new(&points, labels).draw().unwrap(), 1.0);
    let covered = drawn(&[0, -1, -1, -1, 1, -1]);
    let alone = drawn(&[0, -1, 0, 0, 1, 1]);
    assert_eq!(covered.count(NOISE), alone.count(NOISE));
    assert!(
        covered.count(NOISE) > 180,
        "its dot and its place in the legend"
    );
    assert!(covered.count(CLASSES[1]) > 150 && covered.count(CLASSES[2]) == 0);
}

#[test]
fn many_points_become_one_picture() {
    let points = Array2::from_shape_fn((20_001, 2), |(i, j)| ((i * (7 + 6 * j)) % 997) as f32);
    let labels: Vec<i32> = (0..20_001).map(|i| i % 40 - 1).collect();
    let figure = ScatterMap::new(&points, &labels).draw().unwrap();
    let svg = figure.inline_svg().unwrap();
    assert_eq!(svg.matches("<image").count(), 1);
    assert!(svg.len() < 3_000_000, "{}", svg.len());
    assert!(Drawn::of(&figure, 1.0).count(CLASSES[0]) > 150);

    let fewer = points.slice(ndarray::s![..20_000, ..]).to_owned();
    let svg = ScatterMap::new(&fewer, &labels[..20_000])
        .draw()
        .unwrap()
        .svg()
        .unwrap();
    assert!(
        !svg.contains("<image") && svg.len() < 1_500_000,
        "{}",
        svg.len()
    );
}

#[test]
fn a_place_on_the_picture_map_shows_one_picture() {
    let points = array![[0.0, 0.0], [0.0, 0.0], [9.0, 9.0]];
    let full = Array3::from_elem((3, 8, 8), 1.0);
    let figure = PictureMap::new(&points, &[1, 2, 3], &full).draw().unwrap();
    assert!(figure.description().ends_with("pictures of 2 of them"));
    let drawn = Drawn::of(&figure, 1.0);
    let (legend, picture) = (14 * 14, 20 * 20);
    assert!(drawn.count(CLASSES[1]) > picture, "the first of equals");
    assert!(drawn.count(CLASSES[2]) <= legend, "only in the legend");
    assert!(drawn.count(CLASSES[3]) > picture);
}

#[test]
fn the_best_bar_is_blue() {
    let bars = ScoreBars::new(["accuracy"])
        .row("a", &[0.25])
        .row("b", &[0.75])
        .row("c", &[-0.5]);
    let drawn = Drawn::of(&bars.draw().unwrap(), 1.0);
    let blue = drawn.count(CLASSES[0]) as f64;
    assert!((blue / (0.75 * 150.0 * 12.0) - 1.0).abs() < 0.02, "{blue}");
    assert!(bars.row("d", &[1.0]).draw().is_ok());
}

#[test]
fn scale_is_checked() {
    let figure = ScoreBars::new(["accuracy"])
        .row("a", &[0.5])
        .draw()
        .unwrap();
    for scale in [0.0, -1.0, 8.1, f32::NAN, f32::INFINITY] {
        let error = figure.png(scale).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidParameter { name: "scale" });
        assert_eq!(
            error.to_string(),
            format!("scale must be above 0 and at most 8, got {scale}")
        );
    }
    assert!(figure.png(1e-6).is_ok());
}

#[test]
fn wrong_input_is_refused() {
    let message = |result: Result<Figure>| result.unwrap_err().to_string();
    let three = pictures(3, 8, 8);
    let points = array![[0.0, 0.0], [1.0, 1.0]];
    let mut holed = three.clone();
    holed[[1, 2, 3]] = f32::INFINITY;
    let captions = vec![(String::new(), String::new()); 2];
    let cases = [
        (
            PictureGrid::new(&three, 0, 3).draw(),
            "rows must be between 1 and 100, got 0",
        ),
        (
            PictureGrid::new(&three, 1, 3).captions(&captions).draw(),
            "captions must be as many as pictures (3), got 2",
        ),
        (
            PictureGrid::new(&holed, 1, 3).draw(),
            "pictures must be finite, got inf at [1, 2, 3] (counted from 0)",
        ),
        (
            PictureGrid::new(&three, 1, 3).maximum(f32::NAN).draw(),
            "maximum must be finite and above 0, got NaN",
        ),
        (
            PictureMap::new(&points, &[0, 0], &three).draw(),
            "pictures must be as many as points (2), got 3",
        ),
        (
            ScatterMap::new(&points, &[0]).draw(),
            "labels must be as many as points (2), got 1",
        ),
        (
            ConfusionHeatmap::new(&Array2::zeros((0, 0))).draw(),
            "a confusion matrix must have between 1 and 200 rows and columns, got 0 × 0",
        ),
        (
            ConfusionHeatmap::new(&Array2::zeros((2, 2)))
                .names(&["a"])
                .draw(),
            "true_names must be as many as the matrix has labels (2), got 1",
        ),
        (
            ScoreBars::new(["a"]).draw(),
            "a comparison must have at least one score and one row, got 1 and 0",
        ),
        (
            ScoreBars::new(["a"]).row("x", &[0.1, 0.2]).draw(),
            "row 'x' must have a value for each score (1), got 2",
        ),
        (
            ScoreBars::new(["a"]).row("x", &[1.5]).draw(),
            "score must be finite and at most 1, got 1.5",
        ),
    ];
    for (result, expected) in cases {
        assert_eq!(message(result), expected);
    }
}

#[test]
fn extreme_maps_are_drawn() {
    for points in [
        array![[0.0, 0.0], [0.0, 0.0]],
        array![[f32::MAX, f32::MIN], [f32::MIN, f32::MAX]],
        array![[0.0, 5.0], [1e-40, 5.0]],
        array![[3.0, -1e30], [3.0, 1e30]],
    ] {
        let labels = [i32::MAX, i32::MIN];
        ScatterMap::new(&points, &labels)
            .draw()
            .unwrap()
            .png(1.0)
            .unwrap();
        let pictures = pictures(2, 8, 8);
        PictureMap::new(&points, &labels, &pictures)
            .draw()
            .unwrap()
            .png(1.0)
            .unwrap();
    }
}
