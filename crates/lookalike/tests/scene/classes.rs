//! Which classes are found, how they are numbered and coloured, how many there are.

use lookalike::ClusterCount;
use lookalike::Context;
use lookalike::imagery::raster::{Band, MemoryRaster, RasterSource, Samples, parse_colors};
use lookalike::learn::metrics::{accuracy_score, match_labels_one_to_one};
use lookalike::scene::synthetic::{CLASSES, SyntheticScene};
use lookalike::scene::{Algorithm, Colors, Order, Segment};

use super::common::{blobs, info, placed, raster, run, run_with};

fn four() -> Segment {
    Segment::new(ClusterCount::Exactly(4))
}

#[test]
fn the_classes_of_a_landscape_are_found_by_each_algorithm() {
    let scene = SyntheticScene::new(1);
    let known: Vec<usize> = (0..scene.truth().len())
        .filter(|&i| scene.truth()[i] > 0)
        .collect();
    let truth: Vec<i32> = known.iter().map(|&i| scene.truth()[i].into()).collect();
    for segment in [
        four(),
        four().algorithm(Algorithm::MiniBatch),
        four().sample(Some(20_000)),
    ] {
        let (found, map) = run(&segment, &scene.raster());
        let labels: Vec<i32> = known.iter().map(|&i| map.classes[i].into()).collect();
        let matched = match_labels_one_to_one(&truth, &labels).unwrap();
        let accuracy = accuracy_score(&truth, &matched).unwrap();
        assert!(accuracy > 0.95, "{segment:?}: {accuracy}");
        assert_eq!(found.n_invalid, (scene.truth().len() - known.len()) as u64);
        assert_eq!(found.classes.len(), CLASSES.len());
        for (i, &class) in map.classes.iter().enumerate() {
            assert_eq!(class == 0, scene.truth()[i] == 0);
        }
    }
}

#[test]
fn a_sample_is_fitted_on_alone_and_all_pixels_are_classified() {
    let (scene, truth) = blobs();
    let (found, map) = run(&four().sample(Some(300)), &scene);
    assert_eq!(found.model.fit.n_pixels, 300);
    assert_eq!(map.classes, truth);
    let (found, _) = run(&four().sample(Some(1_000_000)), &scene);
    assert_eq!(found.model.fit.n_pixels, truth.len() as u64);
}

#[test]
fn dark_to_bright_numbers_do_not_depend_on_the_seed() {
    let (scene, truth) = blobs();
    for seed in 0..8 {
        for algorithm in [Algorithm::KMeans, Algorithm::MiniBatch] {
            let (found, map) = run(&four().seed(seed).algorithm(algorithm), &scene);
            assert_eq!(map.classes, truth, "seed {seed}, {algorithm:?}");
            let brightness = |center: &[f64]| center.iter().sum::<f64>();
            let brightness: Vec<f64> = found
                .classes
                .iter()
                .map(|class| brightness(&class.center))
                .collect();
            assert!(brightness.is_sorted(), "{brightness:?}");
        }
    }
}

#[test]
fn by_size_the_largest_class_is_the_first() {
    // 10, 20 and 70 pixels of 200, 100 and 0.
    let samples: Vec<u8> = (0..100)
        .map(|i| match i {
            0..10 => 200,
            10..30 => 100,
            _ => 0,
        })
        .collect();
    let segment = Segment::new(ClusterCount::Exactly(3)).order(Order::Size);
    let (found, map) = run(&segment, &raster(10, 10, 1, Samples::U8(samples)));
    let sizes: Vec<u64> = found.classes.iter().map(|class| class.pixels).collect();
    assert_eq!(sizes, [70, 20, 10]);
    assert_eq!(map.classes[..10], [3; 10]);
    assert_eq!(map.classes[10..30], [2; 20]);
}

#[test]
fn the_number_of_classes_is_chosen_and_explained() {
    let (scene, truth) = blobs();
    let (found, map) = run(&Segment::new(ClusterCount::Between(2, 6)), &scene);
    assert_eq!(map.classes, truth);
    let choice = found.choice.unwrap();
    assert_eq!(choice.n_clusters, 4);
    let tried: Vec<usize> = choice.tried.iter().map(|trial| trial.n_clusters).collect();
    assert_eq!(tried, [2, 3, 4, 5, 6]);
    let inertia: Vec<f64> = choice.tried.iter().map(|trial| -trial.inertia).collect();
    assert!(inertia.is_sorted(), "{inertia:?}");
    let best = &choice.tried[2];
    assert!(best.silhouette > 0.9 && best.davies_bouldin < 0.1);
    assert_eq!(
        choice.reason(),
        "4 classes have the highest simplified silhouette of a sample: pixels are most clearly \
         nearer to their own centre than to the next. Davies–Bouldin and Calinski–Harabasz agree."
    );
}

#[test]
fn where_pixels_are_few_or_all_the_same_so_are_classes() {
    for algorithm in [Algorithm::KMeans, Algorithm::MiniBatch] {
        let of = |samples: Vec<f32>| {
            let scene = raster(samples.len(), 1, 1, Samples::F32(samples));
            run(&four().algorithm(algorithm), &scene)
        };
        let (found, map) = of(vec![7.0; 30]);
        assert_eq!((found.classes.len(), found.n_classes_wanted), (1, Some(4)));
        assert_eq!(map.classes, [1; 30]);
        assert!((found.classes[0].center[0] - 7.0).abs() < 1e-9);
        let (found, map) = of(vec![9.0, f32::NAN, 3.0]);
        assert_eq!((found.classes.len(), found.n_classes_wanted), (2, Some(4)));
        assert_eq!(map.classes, [2, 0, 1]);
    }
    let same = raster(6, 5, 3, Samples::U8(vec![7; 90]));
    let (found, map) = run(&four(), &same);
    assert_eq!((found.classes.len(), found.n_classes_wanted), (1, Some(4)));
    assert_eq!(found.n_distinct, Some(1));
    assert_eq!(map.classes, [1; 30]);
}

#[test]
fn without_two_distinct_pixels_there_is_no_choice_to_explain() {
    let same = raster(6, 5, 1, Samples::U16(vec![7; 30]));
    let (found, map) = run(&Segment::new(ClusterCount::Between(2, 6)), &same);
    assert_eq!((found.classes.len(), found.n_classes_wanted), (1, Some(2)));
    assert_eq!(map.classes, [1; 30]);
    let choice = found.choice.unwrap();
    assert!(choice.tried.is_empty());
    assert_eq!(
        choice.reason(),
        "A sample of the pixels is too small, or has too few distinct ones, to judge 2 classes or more: \
         there is nothing to choose from."
    );
}

#[test]
fn colours_are_given_one_each_or_interpolated() {
    let (scene, _) = blobs();
    let colors = |colors: Colors| run(&four().colors(colors), &scene).0.model.colors();
    let list = |text| Colors::List(parse_colors(text).unwrap());
    assert_eq!(
        colors(list("#B90E0A,navy,green,#E1AD01")),
        [
            [0xb9, 0x0e, 0x0a],
            [0, 0, 128],
            [0, 128, 0],
            [0xe1, 0xad, 0x01]
        ]
    );
    // A third and two thirds of 255, as matplotlib's LinearSegmentedColormap.from_list has them.
    assert_eq!(
        colors(list("black,white")),
        [[0; 3], [85; 3], [170; 3], [255; 3]]
    );
    // The ends of matplotlib's terrain.
    let terrain = colors(Colors::Map("terrain".into()));
    assert_eq!((terrain[0], terrain[3]), ([51, 51, 153], [255; 3]));
}

#[test]
fn names_are_given_to_the_first_classes() {
    let (scene, _) = blobs();
    let names = vec!["water".to_owned(), "wood".to_owned()];
    let (found, _) = run(&four().names(names), &scene);
    assert_eq!(found.model.names(), ["water", "wood", "class 3", "class 4"]);
}

#[test]
fn areas_in_degrees_are_those_of_the_ellipsoid() {
    // The upper rows are dark; 3° of latitude from 61° N down to 58° N.
    let (width, height) = (8, 30);
    let samples: Vec<u8> = (0..width * height)
        .map(|i| if i < 10 * width { 10 } else { 200 })
        .collect();
    let scene = raster(width, height, 1, Samples::U8(samples));
    let segment = Segment::new(ClusterCount::Exactly(2));
    let (found, _) = run(
        &segment,
        &placed(&scene, [9.0, 0.2, 0.0, 61.0, 0.0, -0.1], 4326),
    );
    let areas: Vec<f64> = found
        .classes
        .iter()
        .map(|class| class.square_metres.unwrap())
        .collect();
    let expected = [zone(60.0, 61.0, 1.6), zone(58.0, 60.0, 1.6)];
    for (area, expected) in areas.iter().zip(expected) {
        assert!(
            (area / expected - 1.0).abs() < 1e-9,
            "{area} for {expected}"
        );
    }
    let (found, _) = run(
        &segment,
        &placed(&scene, [5e5, 10.0, 0.0, 6e6, 0.0, -20.0], 32632),
    );
    assert_eq!(found.classes[0].square_metres, Some(80.0 * 200.0));
    let (found, _) = run(&segment, &scene);
    assert_eq!(found.classes[0].square_metres, None);
    assert_eq!(found.no_areas, Some("the scene has no georeference"));
}

/// Square metres between two parallels of the ellipsoid of WGS 84, so many degrees wide: the
/// integral of its radii of curvature, by Simpson's rule.
fn zone(south: f64, north: f64, width: f64) -> f64 {
    let (a, f) = (6_378_137.0f64, 1.0 / 298.257_223_563);
    let e2 = f * (2.0 - f);
    let density = |latitude: f64| {
        let (sin, cos) = latitude.to_radians().sin_cos();
        a * a * (1.0 - e2) * cos / (1.0 - e2 * sin * sin).powi(2)
    };
    let n = 1000;
    let step = (north - south) / f64::from(n);
    let weight = |i: i32| match i {
        0 | 1000 => 1.0,
        i if i % 2 == 1 => 4.0,
        _ => 2.0,
    };
    let sum: f64 = (0..=n)
        .map(|i| weight(i) * density(south + f64::from(i) * step))
        .sum();
    sum * step.to_radians() / 3.0 * width.to_radians()
}

#[test]
fn bands_that_are_only_shown_need_no_data() {
    let clustered: Vec<f32> = (0..64u8).map(|i| f32::from(i / 32)).collect();
    for shown in [f32::NAN, f32::INFINITY, -9999.0] {
        let mut samples = clustered.clone();
        samples.extend((0..64u8).map(|i| if i < 60 { shown } else { f32::from(i) }));
        let samples = Samples::F32(samples);
        let mut info = info(8, 8, 2, &samples);
        info.bands[1] = Band {
            name: String::new(),
            nodata: Some(-9999.0),
        };
        let scene = MemoryRaster::new(info, samples, None).unwrap();
        let segment = Segment::new(ClusterCount::Exactly(2))
            .bands(Some(vec![0]))
            .rgb(Some([1, 1, 1]));
        let (found, map) = run(&segment, &scene);
        assert_eq!(found.n_invalid, 0);
        assert_eq!(map.classes[..32], [1; 32]);
        assert_eq!(map.classes[32..], [2; 32]);
        let stretch = found.stretches[0];
        assert!(
            stretch.low >= 60.0 && stretch.high <= 63.0,
            "{shown}: {stretch:?}"
        );
    }
}

#[test]
fn whatever_is_not_zero_in_a_mask_is_wanted() {
    let (scene, truth) = blobs();
    let (width, height) = (scene.info().width, scene.info().height);
    let byte = |i: usize| [0, 1, 2, 254, 255][i % 5];
    let mask = raster(
        width,
        height,
        1,
        Samples::U8((0..width * height).map(byte).collect()),
    );
    let kept = |i: usize| if byte(i) == 0 { 0 } else { truth[i] };
    let expected: Vec<u16> = (0..truth.len()).map(kept).collect();
    let (_, map) = run_with(&four(), &scene, Some(&mask), &Context::new()).unwrap();
    assert_eq!(map.classes, expected);
    let valid: Vec<u8> = (0..truth.len()).map(byte).collect();
    let own = MemoryRaster::new(scene.info().clone(), scene.samples().clone(), Some(valid));
    let (_, map) = run(&four(), &own.unwrap());
    assert_eq!(map.classes, expected);
}
