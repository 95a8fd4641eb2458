//! A model of one scene applied to another.

use lookalike::ClusterCount;
use lookalike::imagery::raster::{Band, MemoryRaster, RasterInfo, RasterSource, Samples};
use lookalike::scene::synthetic::SyntheticScene;
use lookalike::scene::{Order, Scale, SceneModel, Segment};
use lookalike::{Context, ErrorKind};

use super::common::{blobs, raster, run, run_with};

/// Writes a model and reads it again.
fn kept(model: &SceneModel) -> SceneModel {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.model.json");
    std::fs::write(&path, model.json()).unwrap();
    SceneModel::read(&path).unwrap()
}

#[test]
fn a_model_gives_each_pixel_of_another_scene_its_nearest_class() {
    let other = SyntheticScene::new(3);
    for scale in [Scale::None, Scale::Standard, Scale::Percentile] {
        let segment = Segment::new(ClusterCount::Exactly(4))
            .scale(scale)
            .order(Order::Size)
            .n_init(2);
        let (found, _) = run(&segment, &SyntheticScene::new(2).raster());
        let model = kept(&found.model);
        assert_eq!(model, found.model);
        let (applied, map) = run(&Segment::apply(model.clone()), &other.raster());
        assert!(!applied.was_fitted);
        assert_eq!(applied.model, model);
        let distance = |class: usize, i: usize| -> f64 {
            let center = model.classes[class].center.iter().enumerate();
            center
                .map(|(band, center)| {
                    let difference = f64::from(other.band(band)[i]) - center;
                    model.feature_weights[band] * difference * difference
                })
                .sum()
        };
        for (i, &class) in map.classes.iter().enumerate() {
            if other.truth()[i] == 0 {
                assert_eq!(class, 0);
                continue;
            }
            let best = (0..4).map(|c| distance(c, i)).fold(f64::INFINITY, f64::min);
            let found = distance(usize::from(class) - 1, i);
            assert!(found <= best * (1.0 + 1e-12), "pixel {i}");
        }
    }
}

#[test]
fn a_model_applied_to_its_own_scene_finds_the_same() {
    let scene = SyntheticScene::new(0);
    let segment = Segment::new(ClusterCount::Exactly(6)).n_init(1);
    let (fitted, map) = run(&segment, &scene.raster());
    let (applied, again) = run(&Segment::apply(fitted.model.clone()), &scene.raster());
    assert_eq!(again, map);
    assert_eq!(applied.classes, fitted.classes);
}

fn named(scene: &MemoryRaster, names: &[&str]) -> MemoryRaster {
    let bands = names.iter().map(|&name| Band {
        name: name.into(),
        nodata: None,
    });
    let info = RasterInfo {
        bands: bands.collect(),
        ..scene.info().clone()
    };
    MemoryRaster::new(info, scene.samples().clone(), None).unwrap()
}

#[test]
fn a_scene_of_other_bands_is_refused() {
    let (scene, _) = blobs();
    let segment = Segment::new(ClusterCount::Exactly(4));
    let model = run(&segment, &named(&scene, &["B04", "B08"])).0.model;
    let refusal = |scene: &MemoryRaster| {
        let applied = run_with(&Segment::apply(model.clone()), scene, None, &Context::new());
        let error = applied.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::InvalidInput);
        error.to_string()
    };
    assert_eq!(
        refusal(&raster(2, 1, 3, Samples::U16(vec![1; 6]))),
        "the scene must have the bands of the model, 2 (B04, B08), got 3 (?, ?, ?): choose them \
         with --bands"
    );
    assert_eq!(
        refusal(&named(&scene, &["B08", "B04"])),
        "the scene must have the bands of the model, 2 (B04, B08), got 2 (B08, B04): choose them \
         with --bands"
    );
    // Bands without names may be the right ones.
    assert!(
        run_with(
            &Segment::apply(model.clone()),
            &scene,
            None,
            &Context::new()
        )
        .is_ok()
    );
}

#[test]
fn files_that_are_no_models_are_refused() {
    let (scene, _) = blobs();
    let model = run(&Segment::new(ClusterCount::Exactly(2)), &scene).0.model;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.model.json");
    let refusal = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let error = SceneModel::read(&path).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::InvalidInput);
        let start = format!("cannot read {}: ", path.display());
        error.to_string().strip_prefix(&start).unwrap().to_owned()
    };
    let changed = |change: fn(&mut serde_json::Value)| {
        let mut document: serde_json::Value = serde_json::from_str(&model.json()).unwrap();
        change(&mut document);
        document.to_string()
    };
    let no_model = "it is not a scene model of Lookalike (";
    assert!(refusal("").starts_with(no_model));
    assert!(refusal("[1, 2").starts_with(no_model));
    let text = changed(|m| m["classes"][0]["center"][0] = serde_json::Value::Null);
    assert!(refusal(&text).starts_with(no_model));
    assert_eq!(
        refusal(&changed(|m| m["format"] = "else".into())),
        "format must be 'lookalike scene model', got 'else'"
    );
    assert_eq!(
        refusal(&changed(|m| m["version"] = 2.into())),
        "version must be 1, got 2"
    );
    assert_eq!(
        refusal(&changed(|m| m["feature_weights"] = vec![1.0].into())),
        "a model must have a feature weight a band, got 1 for 2 bands"
    );
    assert_eq!(
        refusal(&changed(|m| m["feature_weights"][1] = (-1.0).into())),
        "feature weights must be 0 or more, got -1 for band 2"
    );
    assert_eq!(
        refusal(&changed(|m| m["classes"][1]["center"] = vec![1.0].into())),
        "each class must have 2 values, got 1 for class 2"
    );
    assert_eq!(
        refusal(&changed(|m| m["classes"] = serde_json::json!([]))),
        "a model must have 1 to 65535 classes, got 0"
    );
}
