//! Figures of scenes show what was given, in the caller's colours.
#![allow(clippy::unwrap_used)] // Its helpers count as tests.

mod common;

use common::Drawn;
use lookalike_figures::palette::{CLASSES, Rgb};
use lookalike_figures::{
    BandScatter, Class, ClassHistograms, Figure, Picture, Result, ScenePictures, ScoreCurves, Theme,
};
use ndarray::{Array2, array};

const RED: Rgb = [0xb9, 0x0e, 0x0a];
const NAVY: Rgb = [0x00, 0x00, 0x80];
const GREEN: Rgb = [0x00, 0x80, 0x00];
/// A place without data, on light paper.
const TILE: Rgb = [0xf4, 0xf5, 0xf7];

fn classes() -> Vec<Class> {
    vec![
        Class::new("town", RED).note("25.0 %"),
        Class::new("water", NAVY).note("62.5 %"),
    ]
}

/// 4 × 2 pixels: two red, five blue, one clear.
fn map() -> Picture {
    let pixel = |color: Rgb| [color[0], color[1], color[2], 255];
    let (red, blue) = (pixel(RED), pixel(NAVY));
    let pixels = [red, blue, blue, [0; 4], blue, red, blue, blue];
    Picture::from_rgba(4, 2, &pixels.concat()).unwrap()
}

#[test]
fn a_class_map_keeps_its_colors_and_its_proportions() {
    let map = map();
    let figure = ScenePictures::new(&[(&map, "")]).draw().unwrap();
    // Twelve times as large, without a heading from (24, 24) on.
    let drawn = Drawn::of(&figure, 1.0);
    assert_eq!(drawn.count(RED), 2 * 144);
    assert_eq!(drawn.count(NAVY), 5 * 144);
    assert_eq!(drawn.count(TILE), 144);
    assert_eq!(drawn.at(24 + 12 + 11, 24 + 12), RED);
    assert_eq!(drawn.at(24 + 36, 24 + 11), TILE);

    let legend = ScenePictures::new(&[(&map, "classes"), (&map, "again")])
        .classes(&classes())
        .no_data("12.5 %")
        .draw()
        .unwrap();
    let drawn = Drawn::of(&legend, 1.0);
    for (color, pixels) in [(RED, 2), (NAVY, 5), (TILE, 1)] {
        let swatch = drawn.count(color) - 2 * pixels * 144;
        assert!((150..=196).contains(&swatch), "{color:?}: {swatch}");
    }
    let text = legend.inline_svg().unwrap();
    for word in [
        "town", "25.0 %", "water", "62.5 %", "no data", "12.5 %", "again",
    ] {
        assert!(text.contains(&format!(">{word}</text>")), "{word}");
    }
    assert_eq!(
        legend.description(),
        "Scene: classes, 4 × 2 pixels; again, 4 × 2 pixels; \
         2 classes: town 25.0 %, water 62.5 %"
    );
}

#[test]
fn pictures_of_any_shape_fit() {
    for (width, height) in [(1, 1), (3000, 10), (10, 3000), (1500, 1200)] {
        let picture = Picture::from_rgba(width, height, &vec![200; 4 * width * height]).unwrap();
        for count in 1..=3 {
            let pictures = vec![(&picture, ""); count];
            let (wide, high) = ScenePictures::new(&pictures).draw().unwrap().size();
            assert!(
                wide <= 1090.0 && high <= 730.0,
                "{width} × {height}: {wide} × {high}"
            );
        }
    }
}

#[test]
fn a_jpeg_file_is_embedded_as_it_is() {
    let mut file = Vec::new();
    jpeg_encoder::Encoder::new(&mut file, 100)
        .encode(&RED.repeat(32 * 32), 32, 32, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    let picture = Picture::from_file(32, 32, file).unwrap();
    let figure = ScenePictures::new(&[(&picture, "")]).draw().unwrap();
    assert!(
        figure
            .inline_svg()
            .unwrap()
            .contains("data:image/jpeg;base64,/9j/")
    );
    let shown = Drawn::of(&figure, 1.0).at(24 + 100, 24 + 100);
    assert!(
        shown.iter().zip(RED).all(|(&a, b)| a.abs_diff(b) <= 4),
        "{shown:?}"
    );
}

/// Where pixels of a colour lie: least and largest column, least and largest row.
fn extent(drawn: &Drawn, color: Rgb) -> (usize, usize, usize, usize) {
    let places = drawn
        .rgb
        .chunks_exact(3)
        .enumerate()
        .filter(|(_, pixel)| *pixel == color)
        .map(|(i, _)| (i % drawn.width, i / drawn.width));
    places.fold((usize::MAX, 0, usize::MAX, 0), |(l, r, t, b), (x, y)| {
        (l.min(x), r.max(x), t.min(y), b.max(y))
    })
}

#[test]
fn the_chosen_number_is_marked_where_it_lies() {
    let curves = ScoreCurves::new(&[2, 3, 4, 5, 6])
        .curve("silhouette", "higher is better", &[0.1, 0.2, 0.9, 0.2, 0.1])
        .chosen(4);
    let drawn = Drawn::of(&curves.clone().draw().unwrap(), 1.0);
    let (blue, orange) = (extent(&drawn, CLASSES[0]), extent(&drawn, CLASSES[1]));
    let middle = |(left, right, ..): (usize, usize, usize, usize)| left.midpoint(right);
    assert!(
        middle(blue).abs_diff(middle(orange)) <= 1,
        "{blue:?} {orange:?}"
    );
    assert!(
        orange.2 < blue.2,
        "the highest value is at the top: {blue:?} {orange:?}"
    );
    let area = drawn.count(CLASSES[1]) as f64;
    assert!((area - 113.0).abs() < 25.0, "{area}");

    let low = ScoreCurves::new(&[2, 3, 4, 5, 6])
        .curve("Davies–Bouldin", "", &[9.0, 8.0, 0.5, 8.0, 9.0])
        .chosen(4);
    let drawn = Drawn::of(&low.draw().unwrap(), 1.0);
    let (blue, orange) = (extent(&drawn, CLASSES[0]), extent(&drawn, CLASSES[1]));
    assert!(orange.3 > blue.3, "the lowest value is at the bottom");

    let text = curves.draw().unwrap();
    assert_eq!(
        text.description(),
        "Scores: silhouette for 2 to 6 clusters; 4 chosen"
    );
    let none = ScoreCurves::new(&[2])
        .curve("a", "", &[1e12])
        .draw()
        .unwrap();
    assert_eq!(Drawn::of(&none, 1.0).count(CLASSES[1]), 0);
    assert!(none.inline_svg().unwrap().contains("a, in trillions"));
}

#[test]
fn a_histogram_lies_where_its_values_do() {
    let classes = [
        Class::new("town", RED),
        Class::new("empty", GREEN),
        Class::new("water", NAVY),
    ];
    let mut counts = Array2::zeros((3, 100));
    counts[[0, 80]] = 1_000_000;
    counts[[2, 20]] = 3;
    let figure = ClassHistograms::new(&classes).band("B04", (0.0, 100.0), &counts);
    let drawn = Drawn::of(&figure.draw().unwrap(), 2.0);
    // The diagram is 370 wide from 24 on, and ends above the legend.
    let above = |color: Rgb| {
        let rows = drawn.rgb.chunks_exact(3 * drawn.width).take(2 * 180);
        let places: Vec<usize> = rows
            .flat_map(|row| row.chunks_exact(3).enumerate().filter(|(_, p)| *p == color))
            .map(|(x, _)| x / 2)
            .collect();
        (
            places.len(),
            places.iter().sum::<usize>() as f64 / places.len() as f64,
        )
    };
    for (color, bin) in [(RED, 80.5), (NAVY, 20.5)] {
        let (count, middle) = above(color);
        assert!(
            count > 800,
            "{color:?}: a curve as high as the diagram, {count}"
        );
        assert!(
            (middle - (24.0 + 3.7 * bin)).abs() < 2.0,
            "{color:?}: {middle}"
        );
    }
    assert_eq!(above(GREEN).0, 0, "no pixels, no curve");
}

#[test]
fn every_class_shows_in_a_crowd_and_its_centre_on_top() {
    let classes = [
        Class::new("town", RED),
        Class::new("water", NAVY),
        Class::new("wood", GREEN),
    ];
    let points = Array2::from_shape_fn((30_000, 2), |(i, j)| {
        if j == 0 { i * 7 % 61 } else { i / 61 * 13 % 53 }
    });
    let points = points.mapv(|value| value as f32);
    let labels: Vec<i32> = (0..30_000).map(|i| i % 3).collect();
    let scatter = BandScatter::new(&points, &labels, &classes).axes("B04", "B08");
    let figure = scatter.draw().unwrap();
    assert!(
        figure
            .description()
            .ends_with("12000 pixels of 3 classes by two bands, B04 and B08")
    );
    assert!(figure.inline_svg().unwrap().len() < 300_000);
    let drawn = Drawn::of(&figure, 1.0);
    let shares = [RED, NAVY, GREEN].map(|color| drawn.count(color));
    assert!(shares.iter().all(|share| *share > 1000), "{shares:?}");

    let centers = array![[0.0, 0.0], [60.0, 60.0], [60.0, 0.0]];
    let one = array![[30.0, 30.0]];
    let figure = BandScatter::new(&one, &[0], &classes)
        .centers(&centers)
        .draw()
        .unwrap();
    let drawn = Drawn::of(&figure, 1.0);
    // The diagram lies at (96, 24) and is 640 × 500; 3 % of the range are free on every side.
    let at = |x: f64, y: f64| drawn.at((96.0 + 640.0 * x) as usize, (524.0 - 500.0 * y) as usize);
    let (low, high) = (0.03 / 1.06, 1.03 / 1.06);
    assert_eq!(
        [at(low, low), at(high, high), at(high, low)],
        [RED, NAVY, GREEN]
    );
    let dark = Drawn::of(&figure.theme(Theme::Dark), 1.0);
    assert_eq!(dark.count(NAVY), 0, "too dark for dark paper");
}

#[test]
fn extreme_values_are_drawn() {
    let classes = classes();
    for points in [
        array![[0.0, 0.0], [0.0, 0.0]],
        array![[f32::MAX, f32::MIN], [f32::MIN, f32::MAX]],
        array![[0.0, 5.0], [1e-40, 5.0]],
    ] {
        let scatter = BandScatter::new(&points, &[0, 1], &classes).centers(&points);
        scatter.draw().unwrap().png(1.0).unwrap();
    }
    for values in [[-1e300, 1e300], [0.0, 0.0], [1e-300, 2e-300]] {
        let curves = ScoreCurves::new(&[1, 65_535]).curve("a", "", &values);
        curves.draw().unwrap().png(1.0).unwrap();
    }
    let one = array![[u64::MAX], [0]];
    let histogram = ClassHistograms::new(&classes).band("a", (-1e300, 1e300), &one);
    histogram.draw().unwrap().png(1.0).unwrap();
}

#[test]
fn wrong_input_is_refused() {
    let message = |result: Result<Figure>| result.unwrap_err().to_string();
    let (classes, map) = (classes(), map());
    let points = array![[0.0, 0.0], [1.0, 1.0]];
    let curves = || ScoreCurves::new(&[2, 3]);
    let band = |counts: Array2<u64>, range| {
        ClassHistograms::new(&classes)
            .band("B04", range, &counts)
            .draw()
    };
    let cases = [
        (
            ScenePictures::new(&[(&map, ""); 0]).draw(),
            "pictures of a scene must be between 1 and 3, got 0",
        ),
        (
            curves().draw(),
            "scores must be at least one, for at least one number of clusters, got 0 for 2",
        ),
        (
            curves().curve("a", "", &[1.0]).draw(),
            "score 'a' must have a value for each number of clusters (2), got 1",
        ),
        (
            curves().curve("a", "", &[1.0, f64::NAN]).draw(),
            "score must be finite and at most 1e300, got NaN",
        ),
        (
            curves().curve("a", "", &[1.0, 2.0]).chosen(4).draw(),
            "chosen must be one of the numbers of clusters, got 4",
        ),
        (
            ScoreCurves::new(&[3, 3]).curve("a", "", &[1.0, 2.0]).draw(),
            "n_clusters must ascend, got [3, 3]",
        ),
        (
            ClassHistograms::new(&classes).draw(),
            "bands must be at least one, got none",
        ),
        (
            band(Array2::zeros((3, 8)), (0.0, 1.0)),
            "counts of band 'B04' must have a row for each class (2) and at least one bin, got 3 × 8",
        ),
        (
            band(Array2::zeros((2, 8)), (1.0, 1.0)),
            "range must go from a lower to a higher value, got 1 to 1",
        ),
        (
            BandScatter::new(&points, &[0, 0], &[]).draw(),
            "classes must be at least one, got none",
        ),
        (
            BandScatter::new(&points, &[0, 2], &classes).draw(),
            "label must be between 0 and the last class (1), got 2",
        ),
        (
            BandScatter::new(&points, &[0, 1], &classes)
                .centers(&array![[0.0, 0.0]])
                .draw(),
            "centers must have a row for each class (2) and 2 columns, got 1 × 2",
        ),
        (
            BandScatter::new(&points, &[0, 1], &classes)
                .centers(&array![[0.0, 0.0], [f32::NAN, 0.0]])
                .draw(),
            "centers must be finite, got NaN at [1, 0] (counted from 0)",
        ),
    ];
    for (result, expected) in cases {
        assert_eq!(message(result), expected);
    }
}
