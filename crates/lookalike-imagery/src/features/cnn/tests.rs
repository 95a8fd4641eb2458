use std::path::{Path, PathBuf};

use ndarray::Array2;
use proptest::prelude::*;
use serde_json::Value;

use super::input::Layout;
use super::*;
use crate::ErrorKind;
use crate::picture::{Channels, PicturePixels};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden")
}

fn model(name: &str) -> PathBuf {
    golden().join("cnn").join(name)
}

fn json(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(golden().join(name)).unwrap()).unwrap()
}

fn floats(values: &Value) -> Vec<f32> {
    values
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap() as f32)
        .collect()
}

/// The pictures that `testdata/generators/cnn.py` makes.
fn pictures(channels: Channels) -> Vec<Picture> {
    let n = 16 * 16 * channels.count();
    let level = |i: usize| (i * 7919 / 13 % 256) as u8;
    let picture = |p: usize| Picture {
        width: 16,
        height: 16,
        channels,
        pixels: PicturePixels::U8((p * n..(p + 1) * n).map(level).collect()),
    };
    (0..3).map(picture).collect()
}

/// Levels as they are, rows as they come.
fn plain() -> CnnOptions {
    CnnOptions {
        preprocess: Some(Preprocess::None),
        normalize: false,
        ..CnnOptions::default()
    }
}

fn extract(cnn: &Cnn, pictures: &[Picture]) -> Array2<f32> {
    let mut rows = Array2::zeros((pictures.len(), cnn.n_features()));
    cnn.extract(pictures, rows.view_mut()).unwrap();
    rows
}

#[test]
fn rows_are_those_of_onnxruntime() {
    let cases = json("cnn.json");
    let cases = cases["cases"].as_array().unwrap();
    assert!(cases.len() >= 10);
    for case in cases {
        let name = case["file"].as_str().unwrap();
        let cnn = Cnn::open(&model(name), &plain()).unwrap();
        assert_eq!(cnn.layer(), case["layer"].as_str().unwrap(), "{name}");
        let shape = floats(&case["shape"]);
        let (n, n_places) = (shape[0] as usize, shape[1..].iter().product::<f32>());
        assert_eq!(cnn.n_features(), n, "{name}");
        let channels = if name == "gray.onnx" {
            Channels::Gray
        } else {
            Channels::Rgb
        };
        let rows = extract(&cnn, &pictures(channels));
        let values = floats(&case["values"]);
        let expected = values
            .chunks(n_places as usize)
            .map(|map| map.iter().sum::<f32>() / n_places);
        let expected: Vec<_> = expected.collect();
        assert_eq!(expected.len(), rows.len(), "{name}");
        let largest = expected.iter().fold(0.0, |a: f32, b| a.max(b.abs()));
        for (row, expected) in rows.iter().zip(expected) {
            assert!(
                (row - expected).abs() < 1e-5 * largest,
                "{name}: {row}, not {expected}"
            );
        }
    }
}

#[test]
fn rows_get_length_one() {
    let options = CnnOptions {
        normalize: true,
        ..plain()
    };
    let rows = extract(
        &Cnn::open(&model("vgg.onnx"), &options).unwrap(),
        &pictures(Channels::Rgb),
    );
    for row in rows.rows() {
        assert!((row.dot(&row) - 1.0).abs() < 1e-6);
    }
}

#[test]
fn the_largest_of_a_map() {
    let options = CnnOptions {
        pool: Pool::Max,
        ..plain()
    };
    let cnn = Cnn::open(&model("headless.onnx"), &options).unwrap();
    assert!(cnn.settings().contains("pool=max"), "{}", cnn.settings());
    let rows = extract(&cnn, &pictures(Channels::Rgb));
    let cases = json("cnn.json");
    let mut cases = cases["cases"].as_array().unwrap().iter();
    let values = floats(&cases.find(|case| case["file"] == "headless.onnx").unwrap()["values"]);
    for (row, map) in rows.iter().zip(values.chunks(16)) {
        let expected = map.iter().copied().fold(f32::MIN, f32::max);
        assert!((row - expected).abs() < 1e-4, "{row}, not {expected}");
    }
}

/// A layer by the name of its node, before the maps are turned and after.
#[test]
fn maps_of_both_layouts_are_pooled_alike() {
    let row = |layer: &str| {
        let options = CnnOptions {
            layer: Some(layer.to_owned()),
            ..plain()
        };
        extract(
            &Cnn::open(&model("keras.onnx"), &options).unwrap(),
            &pictures(Channels::Rgb),
        )
    };
    let (first, last) = (row("block1_conv1_bn/Conv"), row("/to_nhwc"));
    assert_eq!(first.dim(), (3, 12));
    assert!(first.iter().zip(&last).all(|(a, b)| (a - b).abs() < 1e-5));
}

#[test]
fn rows_do_not_depend_on_the_batch_nor_on_threads() {
    for name in [
        "vgg.onnx",
        "resnet.onnx",
        "mobilenet.onnx",
        "keras.onnx",
        "vit.onnx",
        "batch_of_one.onnx",
    ] {
        let some = pictures(Channels::Rgb);
        let many: Vec<_> = some.iter().cycle().take(11).cloned().collect();
        let on = |n_threads: usize, pictures: &[Picture]| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build()
                .unwrap();
            pool.install(|| extract(&Cnn::open(&model(name), &plain()).unwrap(), pictures))
        };
        let expected = on(1, &many);
        for i in 0..many.len() {
            assert_eq!(expected.row(i), expected.row(i % 3), "{name}: row {i}");
        }
        for n_threads in [2, 8] {
            assert_eq!(
                on(n_threads, &many),
                expected,
                "{name}: {n_threads} threads"
            );
            assert_eq!(
                on(n_threads, &some[..1]).row(0),
                expected.row(0),
                "{name}: alone"
            );
        }
    }
}

#[test]
fn several_threads_extract_at_once() {
    let cnn = Cnn::open(&model("resnet.onnx"), &plain()).unwrap();
    let pictures = pictures(Channels::Rgb);
    let expected = extract(&cnn, &pictures);
    let all: Vec<_> = (0..40)
        .into_par_iter()
        .map(|_| extract(&cnn, &pictures))
        .collect();
    assert!(all.iter().all(|rows| *rows == expected));
}

#[test]
fn what_is_behind_the_layer_is_not_loaded() {
    let file = std::fs::read(model("vgg.onnx")).unwrap();
    let whole = Model::parse(&file).unwrap();
    let cut = cut_model(&file, None, Path::new("vgg.onnx")).unwrap();
    let rest = Model::parse(&cut).unwrap();
    let has = |graph: &proto::Graph<'_>, name: &str| {
        graph
            .initializers
            .iter()
            .any(|weights| weights.name == name)
    };
    for (name, stays) in [
        ("/fc2.weight", true),
        ("output.weight", false),
        ("output.bias", false),
    ] {
        assert!(has(&whole.graph, name));
        assert_eq!(has(&rest.graph, name), stays, "{name}");
    }
    assert!(rest.graph.nodes.len() < whole.graph.nodes.len());
}

#[test]
fn a_cut_model_stays_as_it_is() {
    for name in ["vgg.onnx", "keras.onnx", "vit.onnx", "outside.onnx"] {
        let path = model(name);
        let once = cut_model(&std::fs::read(&path).unwrap(), None, &path).unwrap();
        let layer = layers_of_bytes(&once, &path).unwrap().pop().unwrap();
        let again = cut_model(&once, Some(&layer.name), Path::new("nowhere")).unwrap();
        assert!(once == again, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    /// Damage is found or does no harm: what is cut can be cut again.
    #[test]
    fn damaged_models_are_cut_or_refused(
        name in prop::sample::select(vec!["resnet.onnx", "vit.onnx", "outside.onnx", "bad_cubic.onnx"]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        end in any::<prop::sample::Index>(),
        truncated: bool,
    ) {
        let path = model(name);
        let mut file = std::fs::read(&path).unwrap();
        for (place, byte) in damage {
            let place = place.index(file.len());
            file[place] = byte;
        }
        if truncated {
            file.truncate(end.index(file.len()));
        }
        if let Ok(cut) = cut_model(&file, None, &path) {
            for layer in layers_of_bytes(&cut, &path).unwrap() {
                prop_assert!(cut_model(&cut, Some(&layer.name), &path).is_ok());
            }
        }
    }
}

#[test]
fn what_the_engine_is_slow_at_is_done_here() {
    for (name, n_parts, n_ours) in [("wide.onnx", 6, 4), ("mobilenet.onnx", 8, 6)] {
        let file = std::fs::read(model(name)).unwrap();
        let whole = Model::parse(&file).unwrap();
        let flow = Flow::new(&whole.graph).unwrap();
        let layer = choose::auto(&flow).unwrap().tensor;
        let parts = split::split(&flow, layer);
        let ours = parts
            .iter()
            .filter(|part| matches!(part, split::Part::Convolution(_)));
        assert_eq!((parts.len(), ours.count()), (n_parts, n_ours), "{name}");
    }
}

#[test]
fn settings_say_all_that_decides() {
    let settings =
        |name: &str, options: &CnnOptions| Cnn::open(&model(name), options).unwrap().settings();
    let all = [
        settings("vgg.onnx", &plain()),
        settings("resnet.onnx", &plain()),
        settings(
            "vgg.onnx",
            &CnnOptions {
                layer: Some("/fc1".to_owned()),
                ..plain()
            },
        ),
        settings(
            "vgg.onnx",
            &CnnOptions {
                preprocess: Some(Preprocess::Clip),
                ..plain()
            },
        ),
        settings(
            "vgg.onnx",
            &CnnOptions {
                normalize: true,
                ..plain()
            },
        ),
        settings("headless.onnx", &plain()),
        settings(
            "headless.onnx",
            &CnnOptions {
                pool: Pool::Max,
                ..plain()
            },
        ),
    ];
    for (i, a) in all.iter().enumerate() {
        assert!(!a.contains('\n'));
        assert!(all[i + 1..].iter().all(|b| a != b), "{a}");
    }
}

#[test]
fn choices_are_said() {
    let choices = Cnn::open(&model("keras.onnx"), &CnnOptions::default())
        .unwrap()
        .choices()
        .join("\n");
    assert!(
        choices.contains("layer /mean: what /logits/Add, the last dense layer, takes"),
        "{choices}"
    );
    assert!(
        choices.contains("preprocess keras-tf: a Keras model"),
        "{choices}"
    );
    let choices = Cnn::open(&model("headless.onnx"), &CnnOptions::default())
        .unwrap()
        .choices()
        .join("\n");
    assert!(
        choices.contains("no prediction layer leads to it"),
        "{choices}"
    );
    assert!(choices.contains("pool avg"), "{choices}");
}

#[test]
fn layers_have_names_and_shapes() {
    let layers = layers(&model("vgg.onnx")).unwrap();
    let shape = |name: &str| {
        let layer = layers.iter().find(|layer| layer.name == name).unwrap();
        (layer.op.as_str(), layer.shape.clone().unwrap())
    };
    assert_eq!(
        shape("/conv2"),
        ("Conv", vec![None, Some(12), Some(8), Some(8)])
    );
    assert_eq!(shape("/fc2/relu"), ("Relu", vec![None, Some(20)]));
    let outside = super::layers(&model("outside.onnx")).unwrap();
    assert!(outside.iter().all(|layer| layer.shape.is_some()));
}

#[test]
fn what_cannot_be_features_is_refused() {
    use ErrorKind::{InvalidInput, Unsupported};
    let cases = [
        (
            "cnn/bad_two_inputs.onnx",
            Unsupported,
            "must take one input, the pictures; this layer needs 2: input, other",
        ),
        ("cnn/bad_operator.onnx", Unsupported, "the_wavelet"),
        (
            "cnn/bad_channels.onnx",
            Unsupported,
            "must have 1 or 3 channels, its pictures are 4×16×16",
        ),
        (
            "cnn/bad_axes.onnx",
            Unsupported,
            "must have 4 axes, it has 2",
        ),
        (
            "cnn/bad_bytes.onnx",
            Unsupported,
            "must be of type FLOAT, it is UINT8",
        ),
        (
            "cnn/bad_integers.onnx",
            Unsupported,
            "the layer must be of floats",
        ),
        ("cnn/bad_cubic.onnx", Unsupported, "the_resize"),
        (
            "cnn/bad_order.onnx",
            InvalidInput,
            "takes \"later\", which no node before it makes",
        ),
        ("cnn.json", InvalidInput, "not an ONNX model"),
        ("pictures/rgb.png", InvalidInput, "not an ONNX model"),
    ];
    for (name, kind, part) in cases {
        let error = Cnn::open(&golden().join(name), &CnnOptions::default()).unwrap_err();
        let message = error.to_string();
        assert_eq!(error.kind(), kind, "{message}");
        assert!(
            message.contains(part) && message.contains(name),
            "{message}"
        );
    }
    let missing = Cnn::open(&model("no.onnx"), &CnnOptions::default()).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Io);
}

#[test]
fn an_unknown_layer_gets_the_nearest_names() {
    let options = CnnOptions {
        layer: Some("/fc2/rleu".to_owned()),
        ..plain()
    };
    let message = Cnn::open(&model("vgg.onnx"), &options)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("no layer \"/fc2/rleu\"; the nearest names are /fc2/relu, "),
        "{message}"
    );
}

#[test]
fn weights_outside_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join("alone.onnx");
    std::fs::copy(model("outside.onnx"), &alone).unwrap();
    let open = || Cnn::open(&alone, &plain()).unwrap_err().to_string();
    assert!(open().contains("outside.data"), "{}", open());
    std::fs::write(folder.path().join("outside.data"), [0; 100]).unwrap();
    assert!(open().contains("it has "), "{}", open());

    let file = std::fs::read(model("outside.onnx")).unwrap();
    let elsewhere = String::from_utf8_lossy(&file)
        .find("outside.data")
        .map(|_| replaced(&file))
        .unwrap();
    std::fs::write(&alone, elsewhere).unwrap();
    assert!(
        open().contains("must be in the model's folder, got ../side.data"),
        "{}",
        open()
    );
}

/// The file with another name, of the same length, for its weights.
fn replaced(file: &[u8]) -> Vec<u8> {
    let (from, to) = (b"outside.data", b"../side.data");
    let mut file = file.to_vec();
    for i in 0..file.len() - from.len() {
        if file[i..].starts_with(from) {
            file[i..i + to.len()].copy_from_slice(to);
        }
    }
    file
}

#[test]
fn pictures_are_fitted_as_pillow_does() {
    let golden = json("cnn_preprocess.json");
    let side = golden["side"].as_u64().unwrap() as usize;
    let source_side = golden["source_side"].as_u64().unwrap() as usize;
    let bytes = |values: &Value| floats(values).iter().map(|x| *x as u8).collect::<Vec<_>>();
    let source = Picture {
        width: source_side,
        height: source_side,
        channels: Channels::Rgb,
        pixels: PicturePixels::U8(bytes(&golden["source"])),
    };
    let rectangles = golden["rectangles"].as_array().unwrap();
    let pictures: Vec<_> = rectangles
        .iter()
        .map(|rectangle| {
            let r: Vec<_> = floats(rectangle).iter().map(|x| *x as usize).collect();
            source.crop(r[0], r[1], r[2], r[3]).unwrap()
        })
        .collect();
    assert_eq!(pictures.len(), 20);
    for preset in Preprocess::ALL {
        let expected = &golden["presets"][preset.name()];
        for (i, picture) in pictures.iter().enumerate() {
            let fitted = preset.fit(picture, 3, (side, side)).unwrap();
            let PicturePixels::U8(levels) = &fitted.pixels else {
                panic!("8 bits");
            };
            let expected = bytes(&expected["levels"][i]);
            assert_eq!(levels.len(), expected.len());
            let differences = levels.iter().zip(&expected).map(|(a, b)| a.abs_diff(*b));
            let worst = differences.max();
            assert!(worst <= Some(1), "{preset}, picture {i}: {worst:?} levels");
        }
        let exact = Picture {
            width: side,
            height: side,
            channels: Channels::Rgb,
            pixels: PicturePixels::U8(bytes(&expected["levels"][0])),
        };
        let numbers = floats(&expected["numbers"]);
        let mut last = vec![0.0; numbers.len()];
        preset.write(&exact, Layout::ChannelsLast, &mut last);
        let mut first = vec![0.0; numbers.len()];
        preset.write(&exact, Layout::ChannelsFirst, &mut first);
        for (i, expected) in numbers.iter().enumerate() {
            assert!(
                (last[i] - expected).abs() < 2e-5,
                "{preset}: {} not {expected}",
                last[i]
            );
            let transposed = first[i % 3 * side * side + i / 3];
            assert_eq!(transposed.to_bits(), last[i].to_bits(), "{preset}");
        }
    }
}

#[test]
fn pictures_of_any_shape_fit() {
    for (width, height) in [(1, 1), (1, 30_000), (30_000, 1)] {
        let picture = Picture {
            width,
            height,
            channels: Channels::GrayAlpha,
            pixels: PicturePixels::U16(vec![40_000; width * height * 2]),
        };
        for preset in Preprocess::ALL {
            for n_channels in [1, 3] {
                let fitted = preset.fit(&picture, n_channels, (224, 224)).unwrap();
                assert_eq!((fitted.width, fitted.height), (224, 224), "{preset}");
                assert_eq!(fitted.channels.count(), n_channels);
            }
        }
    }
}

#[test]
fn names_of_presets_and_pools() {
    for preset in Preprocess::ALL {
        assert_eq!(preset.name().parse::<Preprocess>().unwrap(), preset);
    }
    let message = "vgg".parse::<Preprocess>().unwrap_err().to_string();
    assert_eq!(
        message,
        "preprocess must be one of imagenet, keras-caffe, keras-tf, clip, none, got \"vgg\""
    );
    let message = "sum".parse::<Pool>().unwrap_err().to_string();
    assert_eq!(message, "pool must be one of avg, max, got \"sum\"");
}
