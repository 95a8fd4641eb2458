//! The files of a run are the same, byte for byte, on any number of threads and with little memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lookalike::ClusterCount;
use lookalike::Context;
use lookalike::imagery::raster::{MemoryRaster, RasterSource, Samples, Window, open};
use lookalike::output::OutputFolder;
use lookalike::scene::synthetic::SyntheticScene;
use lookalike::scene::{PictureFormat, Scale, Segment, Segmentation};

use super::common::{Numbers, placed, raster};

type Files = BTreeMap<String, Vec<u8>>;

fn write(
    segment: &Segment,
    scene: &dyn RasterSource,
    n_threads: usize,
    format: PictureFormat,
) -> (Segmentation, Files) {
    let parent = tempfile::tempdir().unwrap();
    let target = parent.path().join("out");
    let mut folder = OutputFolder::create(&target, false).unwrap();
    let scratch = folder.scratch().to_owned();
    let context = Context::new().threads(n_threads).unwrap();
    let (found, map) = segment
        .run_in(
            &scratch,
            scene,
            None,
            |model| segment.class_map(scene, model, "scene", &mut folder),
            &context,
        )
        .unwrap();
    context.run(|| map.finish()).unwrap();
    context
        .run(|| found.write(&mut folder, "scene", format))
        .unwrap();
    folder.finish().unwrap();
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    (found, files(&target))
}

fn files(folder: &Path) -> Files {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect()
}

/// A scene of floats in strips of which the last is short, with holes.
fn floats() -> MemoryRaster {
    let (width, height) = (1100, 2100);
    let mut numbers = Numbers(8);
    let n = width * height;
    let value = |numbers: &mut Numbers, i: usize| match numbers.next() % 50 {
        0 => f32::NAN,
        _ => (i % width / 100) as f32 * 3.0 + numbers.unit() as f32,
    };
    let samples: Vec<f32> = (0..2 * n).map(|i| value(&mut numbers, i)).collect();
    let scene = raster(width, height, 2, Samples::F32(samples));
    placed(&scene, [5e5, 10.0, 0.0, 6e6, 0.0, -10.0], 32632)
}

#[track_caller]
fn assert_same(a: &Files, b: &Files, what: &str) {
    assert!(a.keys().eq(b.keys()), "{what}");
    for (name, bytes) in a {
        assert!(bytes == &b[name], "{name} differs {what}");
    }
}

#[test]
fn threads_and_memory_do_not_show() {
    let landscape = SyntheticScene::new(4).raster();
    let base = Segment::new(ClusterCount::Exactly(4))
        .n_init(2)
        .max_side(Some(300));
    for (scene, segment) in [
        (&landscape, base.clone()),
        (&floats(), base.confidence(true).scale(Scale::Standard)),
    ] {
        let large = segment.clone().ram(Some(1 << 40));
        let (found, reference) = write(&large, scene, 1, PictureFormat::Png);
        assert!(!found.used_scratch_file);
        for n_threads in [2, 8] {
            let (_, other) = write(&large, scene, n_threads, PictureFormat::Png);
            assert_same(&reference, &other, &format!("on {n_threads} threads"));
        }
        let (found, other) = write(&segment.ram(Some(1)), scene, 2, PictureFormat::Png);
        assert!(found.used_scratch_file);
        assert_same(&reference, &other, "with little memory");
    }
}

#[test]
fn the_files_of_a_scene_with_a_place() {
    let scene = floats();
    let segment = Segment::new(ClusterCount::Exactly(3))
        .n_init(1)
        .confidence(true);
    let segment = segment.names(vec!["a, \"b\"".into()]).max_side(Some(200));
    let (found, files) = write(&segment, &scene, 2, PictureFormat::Jpg);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "report.html",
            "scene.areas.csv",
            "scene.classes.jgw",
            "scene.classes.jpg",
            "scene.model.json",
            "scene.preview.png",
            "scene.qml",
            "scene.stretched.jgw",
            "scene.stretched.jpg",
            "scene.tif",
            "scene.tif.aux.xml",
        ]
    );
    let csv = String::from_utf8(files["scene.areas.csv"].clone()).unwrap();
    let mut lines = csv.lines();
    assert_eq!(
        lines.next().unwrap(),
        "class,name,color,pixels,share,square_metres,hectares,center band 1,center band 2"
    );
    let first = lines.next().unwrap();
    assert!(first.starts_with("1,\"a, \"\"b\"\"\",#"), "{first}");
    assert_eq!(csv.lines().count(), 4);
    let area = found.classes[0].pixels as f64 * 100.0;
    assert_eq!(found.classes[0].square_metres, Some(area));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.tif");
    fs::write(&path, &files["scene.tif"]).unwrap();
    let map = open(&path).unwrap();
    assert_eq!(map.info().georeference, scene.info().georeference);
    assert_eq!(map.info().bands.len(), 2);
    assert_eq!(map.info().bands[0].nodata, Some(0.0));
    let mut block = lookalike::imagery::raster::Block::default();
    let all = Window {
        x: 0,
        y: 0,
        width: map.info().width,
        height: map.info().height,
    };
    map.read(all, &[0], &mut block).unwrap();
    let Samples::U8(classes) = &block.samples else {
        panic!("three classes fit in 8 bits");
    };
    for class in &found.classes {
        let count = classes.iter().filter(|&&c| usize::from(c) == class.class);
        assert_eq!(count.count() as u64, class.pixels);
    }
}
