//! What is refused, by which words; and that a run stops when it is told to.

use lookalike::ClusterCount;
use lookalike::imagery::raster::{MemoryRaster, RasterSource, Samples};
use lookalike::scene::{Algorithm, Colors, Scale, Segment};
use lookalike::{CancelToken, Context, ErrorKind};
use ndarray::Array2;

use super::common::{blobs, info, raster, run, run_with};

fn four() -> Segment {
    Segment::new(ClusterCount::Exactly(4))
}

fn refusal(segment: &Segment, scene: &MemoryRaster, kind: &ErrorKind) -> String {
    let error = run_with(segment, scene, None, &Context::new()).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    error.to_string()
}

#[test]
fn parameters_that_break_their_rules() {
    let (scene, _) = blobs();
    let k = |count| Segment::new(count);
    let init = |rows, columns| Some(Array2::zeros((rows, columns)));
    let cases = [
        (
            k(ClusterCount::Exactly(0)),
            "n_clusters must be between 1 and 65535, got 0",
        ),
        (
            k(ClusterCount::Exactly(65_536)),
            "n_clusters must be between 1 and 65535, got 65536",
        ),
        (
            k(ClusterCount::Between(5, 2)),
            "n_clusters must be a range within 2..65535, the smaller end first, got 5..2",
        ),
        (
            k(ClusterCount::Between(1, 2)),
            "n_clusters must be a range within 2..65535, the smaller end first, got 1..2",
        ),
        (four().n_init(0), "n_init must be at least 1, got 0"),
        (four().max_iter(0), "max_iter must be at least 1, got 0"),
        (four().sample(Some(0)), "sample must be at least 1, got 0"),
        (
            four().sample(Some(0)).algorithm(Algorithm::MiniBatch),
            "sample must be at least 1, got 0",
        ),
        (
            four().max_side(Some(0)),
            "max_side must be at least 1, got 0",
        ),
        (
            four().tol(f64::NAN),
            "tol must be a finite number of at least 0, got NaN",
        ),
        (
            four().bands(Some(vec![0, 2])),
            "bands must be between 1 and 2, the bands of test scene, got 3",
        ),
        (
            four().rgb(Some([0, 1, 9])),
            "bands must be between 1 and 2, the bands of test scene, got 10",
        ),
        (
            four().bands(Some(Vec::new())),
            "bands must name at least one band, got none",
        ),
        (
            four().nodata(Some(-1.0)),
            "nodata must be a value that samples of test scene (U16) can have, got -1",
        ),
        (
            four().init(init(4, 3)),
            "init must have one row a class and one column a band (4×2), got 4×3",
        ),
        (
            four().init(init(4, 3)).algorithm(Algorithm::MiniBatch),
            "init must have one row a class and one column a band (4×2), got 4×3",
        ),
        (
            four().init(init(3, 2)).algorithm(Algorithm::MiniBatch),
            "init must have one row a class and one column a band (4×2), got 3×2",
        ),
        (
            four().names(vec!["a".into(); 5]),
            "names must be no more than the classes (4), got 5",
        ),
        (
            k(ClusterCount::Between(2, 4)).names(vec!["a".into(); 5]),
            "names must be no more than the classes (4), got 5",
        ),
    ];
    for (segment, message) in cases {
        assert_eq!(
            refusal(&segment, &scene, &ErrorKind::InvalidParameter),
            message
        );
    }
    let message = refusal(
        &four().colors(Colors::Map("nomap".into())),
        &scene,
        &ErrorKind::InvalidParameter,
    );
    assert!(
        message.contains("nomap") && message.contains("terrain"),
        "{message}"
    );
}

#[test]
fn names_of_classes_that_the_scene_has_not_are_left_over() {
    let scene = raster(5, 2, 1, Samples::U8(vec![7; 10]));
    let names = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let (found, _) = run(&four().names(names), &scene);
    assert_eq!(found.model.names(), ["a"]);
}

#[test]
fn scenes_without_valid_pixels() {
    let samples = Samples::F32(vec![f32::NAN; 6]);
    let expected = "the scene must have valid pixels, but all 3×2 of test scene are nodata, not \
                    finite or masked: see --nodata and --mask";
    let scene = raster(3, 2, 1, samples);
    assert_eq!(refusal(&four(), &scene, &ErrorKind::InvalidInput), expected);
    let scene = raster(3, 2, 1, Samples::U8(vec![4; 6]));
    let of_recipe = four().nodata(Some(4.0));
    assert_eq!(
        refusal(&of_recipe, &scene, &ErrorKind::InvalidInput),
        expected
    );
    let mask = raster(3, 2, 1, Samples::U8(vec![0; 6]));
    let masked = run_with(&four(), &scene, Some(&mask), &Context::new());
    assert_eq!(masked.unwrap_err().to_string(), expected);
    let samples = Samples::U8(vec![4; 6]);
    let info = info(3, 2, 1, &samples);
    let clear = MemoryRaster::new(info, samples, Some(vec![0; 6])).unwrap();
    assert_eq!(refusal(&four(), &clear, &ErrorKind::InvalidInput), expected);
}

#[test]
fn pictures_that_no_file_can_hold() {
    let scene = raster(70_000, 1, 1, Samples::U8(vec![1; 70_000]));
    assert_eq!(
        refusal(&four().max_side(None), &scene, &ErrorKind::InvalidParameter),
        "max_side must give pictures of at most 65535 pixels a side and 268435456 in all, got 70000×1"
    );
}

#[test]
fn masks_of_another_size() {
    let (scene, _) = blobs();
    let mask = raster(30, 40, 1, Samples::U8(vec![1; 1200]));
    let error = run_with(&four(), &scene, Some(&mask), &Context::new()).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::InvalidInput);
    assert_eq!(
        error.to_string(),
        "the mask test scene must have the size of the scene, 40×30, got 30×40"
    );
}

#[test]
fn values_beyond_those_that_are_clustered() {
    for value in [1e300, -1e39] {
        let mut samples = vec![1.0; 12];
        samples[5] = value;
        let scene = raster(4, 3, 1, Samples::F64(samples));
        for scale in [Scale::None, Scale::Standard, Scale::Percentile] {
            assert_eq!(
                refusal(&four().scale(scale), &scene, &ErrorKind::InvalidInput),
                "samples must be within ±3.4e38, for they are clustered as 32-bit floats, got others \
                 in band 1 of test scene"
            );
        }
    }
}

#[test]
fn large_values_are_clustered() {
    let samples: Vec<f32> = (0..12u8)
        .map(|i| if i < 6 { 3e38 } else { -3e38 })
        .collect();
    let scene = raster(4, 3, 1, Samples::F32(samples));
    let (found, map) = run(&Segment::new(ClusterCount::Exactly(2)), &scene);
    assert_eq!(map.classes, [2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1]);
    for (class, sign) in found.classes.iter().zip([-1.0, 1.0]) {
        assert!((class.center[0] / (sign * f64::from(3e38f32)) - 1.0).abs() < 1e-6);
    }
}

#[test]
fn a_run_stops_when_it_is_told_to() {
    let (scene, _) = blobs();
    let token = CancelToken::default();
    token.cancel();
    let context = Context::new().cancel_with(&token);
    let error = run_with(&four(), &scene, None, &context).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Cancelled);
    for stage in ["read", "classify"] {
        let token = CancelToken::default();
        let shared = token.clone();
        let context = Context::new()
            .cancel_with(&token)
            .on_progress(move |progress| {
                if progress.stage == stage {
                    shared.cancel();
                }
            });
        let error = run_with(&four(), &scene, None, &context).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Cancelled, "{stage}");
    }
    assert_eq!(scene.info().height, 30);
}
