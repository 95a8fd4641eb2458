use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::ErrorKind;
use crate::raster::{Block, SampleType, Samples, Window};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden")
}

fn expected(key: &str, file: &str) -> Vec<u16> {
    let text = fs::read_to_string(golden().join("products.json")).unwrap();
    let golden: Value = serde_json::from_str(&text).unwrap();
    let values = match file {
        "" => &golden[key],
        file => &golden[key][file],
    };
    serde_json::from_value(values.clone()).unwrap()
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

fn open(path: &Path, bands: &[&str]) -> Result<Box<dyn RasterSource>> {
    let bands: Vec<String> = bands.iter().map(|&band| band.to_owned()).collect();
    let bands = (!bands.is_empty()).then_some(bands.as_slice());
    open_product(path, bands, Resampling::Nearest)
}

fn put(file: &str, path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::copy(golden().join("products").join(file), path).unwrap();
}

const OFFSETS: &str = "<RADIO_ADD_OFFSET band_id=\"ID\">-1000</RADIO_ADD_OFFSET>";

/// Metadata of a level, with an offset for every band if `element` is one.
fn metadata(baseline: &str, element: &str) -> String {
    let offsets: String = (0..13)
        .map(|id| element.replace("ID", &id.to_string()))
        .collect();
    format!(
        "<?xml version=\"1.0\"?><n1:User_Product xmlns:n1=\"https://example.org\"><n1:General_Info>\
         <PROCESSING_BASELINE>{baseline}</PROCESSING_BASELINE><List>{offsets}</List>\
         </n1:General_Info></n1:User_Product>"
    )
}

/// A product of level 2A with bands in all their resolutions.
fn level_2a(baseline: &str, element: &str) -> TempDir {
    let product = tempfile::Builder::new().suffix(".SAFE").tempdir().unwrap();
    let images = product.path().join("GRANULE/L2A_T31TFJ_A012345/IMG_DATA");
    let files = [
        ("10m", vec!["B02", "B03", "B04", "B08"]),
        ("20m", vec!["B02", "B05", "B8A", "B11", "SCL"]),
        ("60m", vec!["B01", "B02", "B09"]),
    ];
    for (resolution, bands) in files {
        for band in bands {
            let file = format!("R{resolution}/T31TFJ_20230101T105441_{band}_{resolution}.jp2");
            put(&format!("{resolution}.jp2"), &images.join(file));
        }
    }
    fs::write(
        product.path().join("MTD_MSIL2A.xml"),
        metadata(baseline, element),
    )
    .unwrap();
    product
}

#[test]
fn bands_come_in_their_finest_resolution_with_the_offset() {
    let product = level_2a("05.09", &OFFSETS.replace("RADIO", "BOA"));
    let source = open(product.path(), &["B11", "B2", "B01"]).unwrap();
    let info = source.info();
    assert_eq!(info.name, product.path().display().to_string());
    assert_eq!(
        (info.width, info.height, info.sample_type),
        (12, 12, SampleType::U16)
    );
    let bands: Vec<_> = info
        .bands
        .iter()
        .map(|band| (band.name.as_str(), band.nodata))
        .collect();
    assert_eq!(
        bands,
        [("B11", Some(0.0)), ("B02", Some(0.0)), ("B01", Some(0.0))]
    );
    assert_eq!(info.georeference.as_ref().unwrap().epsg(), Some(32631));
    let samples = ["20m", "10m", "60m"].map(|file| expected("sentinel2_with_offset", file));
    assert_eq!(read(&*source), Samples::U16(samples.concat()));

    let usual = open(product.path(), &[]).unwrap();
    let bands: Vec<_> = usual
        .info()
        .bands
        .iter()
        .map(|band| band.name.as_str())
        .collect();
    assert_eq!(bands, ["B02", "B03", "B04", "B08"]);
    let granule = product.path().join("GRANULE/L2A_T31TFJ_A012345");
    for folder in [granule.clone(), granule.join("IMG_DATA")] {
        assert_eq!(read(&*open(&folder, &[]).unwrap()), read(&*usual));
    }
}

#[test]
fn older_products_have_no_offset() {
    let product = level_2a("02.14", "");
    let source = open(product.path(), &["b8a"]).unwrap();
    let Samples::U16(samples) = read(&*source) else {
        panic!("16 bits are expected");
    };
    assert_eq!(source.info().width, 6);
    let fine = expected("sentinel2", "20m");
    let coarse: Vec<u16> = (0..36).map(|i| fine[i / 6 * 2 * 12 + i % 6 * 2]).collect();
    assert_eq!(samples, coarse);
}

#[test]
fn level_1c_names_have_no_resolution() {
    let product = tempfile::tempdir().unwrap();
    let images = product.path().join("GRANULE/L1C_T31TFJ_A012345/IMG_DATA");
    put("10m.jp2", &images.join("T31TFJ_20230101T105441_B04.jp2"));
    put("60m.jp2", &images.join("T31TFJ_20230101T105441_B10.jp2"));
    put("10m.jp2", &images.join("T31TFJ_20230101T105441_TCI.jp2"));
    fs::write(
        product.path().join("MTD_MSIL1C.xml"),
        metadata("04.00", OFFSETS),
    )
    .unwrap();
    let source = open(product.path(), &["B10", "B04"]).unwrap();
    let samples = ["60m", "10m"].map(|file| expected("sentinel2_with_offset", file));
    assert_eq!(read(&*source), Samples::U16(samples.concat()));

    let error = open(product.path(), &["B04", "B99"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert_eq!(
        error.to_string(),
        "bands must be among those of the product, B04, B10, got B99"
    );
    let error = open(product.path(), &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "bands must be among those of the product, B04, B10, got B02"
    );
}

#[test]
fn a_product_whose_offset_is_not_known_is_refused() {
    let product = level_2a("05.09", "");
    let message = |product: &TempDir| open(product.path(), &[]).unwrap_err().to_string();
    assert!(message(&product).ends_with(
        "MTD_MSIL2A.xml: from processing baseline 04.00 on each band must have an offset, \
         05.09 lacks some"
    ));
    let product = level_2a("new", OFFSETS);
    assert!(message(&product).ends_with("it must have a PROCESSING_BASELINE, a number"));
    let product = level_2a("05.09", &OFFSETS.replace("-1000", "much"));
    assert!(message(&product).ends_with(
        "RADIO_ADD_OFFSET must be an integer and name a band from 0 to 12, got \"much\""
    ));
    fs::remove_file(product.path().join("MTD_MSIL2A.xml")).unwrap();
    assert!(message(&product).ends_with(
        "its MTD_MSIL1C.xml or MTD_MSIL2A.xml is missing, which tells the offset of values"
    ));
}

#[test]
fn several_granules_must_be_opened_one_by_one() {
    let product = level_2a("02.14", "");
    let other = product.path().join("GRANULE/L2A_T31TFK_A012345/IMG_DATA");
    fs::create_dir_all(other).unwrap();
    let message = open(product.path(), &[]).unwrap_err().to_string();
    assert!(message.ends_with(
        "it has several granules; open the folder of one: L2A_T31TFJ_A012345, L2A_T31TFK_A012345"
    ));
}

#[test]
fn landsat_bands_are_those_of_the_file_names() {
    let scene = tempfile::tempdir().unwrap();
    let file = |end: &str| {
        scene
            .path()
            .join(format!("LC08_L2SP_193029_20200617_02_T1_{end}"))
    };
    for end in [
        "SR_B1.TIF",
        "SR_B2.TIF",
        "SR_B3.TIF",
        "SR_B4.TIF",
        "SR_B5.TIF",
        "ST_B10.TIF",
    ] {
        put("30m.tif", &file(end));
    }
    put("30m.tif", &file("QA_PIXEL.TIF"));
    fs::write(file("MTL.txt"), "GROUP = LANDSAT_METADATA_FILE").unwrap();
    let source = open(scene.path(), &[]).unwrap();
    let bands: Vec<_> = source
        .info()
        .bands
        .iter()
        .map(|band| (band.name.as_str(), band.nodata))
        .collect();
    assert_eq!(
        bands,
        ["B2", "B3", "B4", "B5"].map(|name| (name, Some(0.0)))
    );
    let source = open(scene.path(), &["B10", "B1"]).unwrap();
    assert_eq!(
        read(&*source),
        Samples::U16(expected("landsat", "").repeat(2))
    );
    let message = open(scene.path(), &["B8"]).unwrap_err().to_string();
    let there = "bands must be among those of the product, B1, B2, B3, B4, B5, B10, got B8";
    assert_eq!(message, there);

    put("30m.tif", &file("B2.TIF"));
    let message = open(scene.path(), &[]).unwrap_err().to_string();
    assert!(
        message.contains("SR_B2.TIF: its band B2 is there twice, also in "),
        "{message}"
    );
}

#[test]
fn another_folder_is_no_product() {
    let folder = tempfile::tempdir().unwrap();
    let error = open(folder.path(), &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(
        error
            .to_string()
            .contains("a folder must be a Sentinel-2 product")
    );
    let images = folder.path().join("GRANULE/L1C/IMG_DATA");
    fs::create_dir_all(&images).unwrap();
    fs::write(folder.path().join("MTD_MSIL1C.xml"), metadata("02.14", "")).unwrap();
    let message = open(folder.path(), &[]).unwrap_err().to_string();
    assert!(message.ends_with("there is no image of a band such as …_B02.jp2 in it"));
}
