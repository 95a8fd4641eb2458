use super::*;
use crate::ErrorKind;
use crate::raster::{Block, Samples, Window};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/golden")
        .join(name)
}

fn open_bands(paths: &[PathBuf], bands: &[&str]) -> Result<Box<dyn RasterSource>> {
    let bands: Vec<String> = bands.iter().map(|&band| band.to_owned()).collect();
    open_scene(paths, Some(&bands), Resampling::Nearest)
}

fn names(source: &dyn RasterSource) -> Vec<&str> {
    source
        .info()
        .bands
        .iter()
        .map(|band| band.name.as_str())
        .collect()
}

fn read(source: &dyn RasterSource) -> Samples {
    let info = source.info();
    let window = Window {
        x: 0,
        y: 0,
        width: info.width,
        height: info.height,
    };
    let bands: Vec<usize> = (0..info.bands.len()).collect();
    let mut block = Block::default();
    source.read(window, &bands, &mut block).unwrap();
    block.samples
}

#[test]
fn one_file_has_all_its_bands_or_those_chosen() {
    let file = [golden("pictures/rgb.png")];
    let all = open_scene(&file, None, Resampling::Nearest).unwrap();
    assert_eq!(names(&*all), ["red", "green", "blue"]);
    let Samples::U8(samples) = read(&*all) else {
        panic!("8 bits are expected");
    };
    let plane = |band: usize| &samples[band * samples.len() / 3..(band + 1) * samples.len() / 3];
    let chosen = open_bands(&file, &["Blue", "1"]).unwrap();
    assert_eq!(names(&*chosen), ["blue", "red"]);
    assert_eq!(read(&*chosen), Samples::U8([plane(2), plane(0)].concat()));
}

#[test]
fn several_files_are_stacked_and_called_after_their_names() {
    let files = ["products/20m.jp2", "products/10m.jp2"].map(golden);
    let stack = open_scene(&files, None, Resampling::Nearest).unwrap();
    assert_eq!(names(&*stack), ["20m", "10m"]);
    assert_eq!((stack.info().width, stack.info().height), (12, 12));
    let chosen = open_bands(&files, &["10m"]).unwrap();
    let alone = open_scene(&files[1..], None, Resampling::Nearest).unwrap();
    assert_eq!(read(&*chosen), read(&*alone));

    let files = ["jpeg2000/rgb.jp2", "jpeg2000/u8.jp2"].map(golden);
    let stack = open_scene(&files, None, Resampling::Nearest).unwrap();
    assert_eq!(names(&*stack), ["rgb.1", "rgb.2", "rgb.3", "u8"]);

    let files = ["products/20m.jp2", "jpeg2000/u8.jp2"].map(golden);
    let message = open_scene(&files, None, Resampling::Nearest)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("20m.jp2") && message.contains("u8.jp2"),
        "{message}"
    );
}

#[test]
fn what_is_not_there_is_named() {
    let message = |paths: &[PathBuf], bands: &[&str]| {
        let error = open_bands(paths, bands).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        error.to_string()
    };
    let unnamed = [golden("jpeg2000/rgb.jp2")];
    assert_eq!(
        message(&unnamed, &["4"]),
        "bands must be numbers from 1 to 3, got 4"
    );
    assert_eq!(
        message(&unnamed, &["0"]),
        "bands must be numbers from 1 to 3, got 0"
    );
    assert_eq!(
        message(&unnamed, &[]),
        "bands must name one band at least, got none"
    );
    let named = [golden("pictures/rgb.png")];
    let expected = "bands must be numbers from 1 to 3 or names that one band has \
                    (red, green, blue), got nir";
    assert_eq!(message(&named, &["nir"]), expected);
    let twice = [golden("pictures/rgb.png"), golden("pictures/rgb.jpg")];
    assert!(message(&twice, &["red"]).ends_with("got red"));
    assert_eq!(
        message(&[], &["1"]),
        "inputs must be one file at least, got none"
    );
}
