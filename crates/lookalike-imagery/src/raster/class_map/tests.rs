use std::fs;

use geotiff_reader::GeoTiffFile;
use proptest::prelude::*;
use tiff_reader::{ColorModel, TagValue, TiffFile};

use super::overview::tests::twin as overview_twin;
use super::*;
use crate::ErrorKind;
use crate::raster::georeference::tests::golden_tags;
use crate::raster::{GeoTag, GeoTiff, GeoValues, RasterSource};

const TRANSFORM: [f64; 6] = [500_010.0, 30.0, 0.0, 4_200_030.0, 0.0, -30.0];

fn palette(n_classes: usize) -> Vec<Rgb> {
    (1..=n_classes)
        .map(|i| [i as u8, (i * 7) as u8, (i >> 8) as u8])
        .collect()
}

/// Patches of classes 0 to `n_classes`.
fn patches(width: usize, height: usize, n_classes: usize) -> Vec<u16> {
    let class = |i: usize| (i % width / 7 + i / width / 5 * 3) % (n_classes + 1);
    (0..width * height).map(|i| class(i) as u16).collect()
}

fn confidences(classes: &[u16]) -> Vec<u8> {
    (0..classes.len())
        .map(|i| (i * i % 100 + 1) as u8)
        .collect()
}

fn write(spec: &ClassMapSpec, classes: &[u16], rows_a_call: usize, form: Option<Form>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("classes.tif");
    let mut writer = ClassMapWriter::create(&path, spec.clone()).unwrap();
    let confidence = confidences(classes);
    let step = rows_a_call * spec.width;
    for (classes, confidence) in classes.chunks(step).zip(confidence.chunks(step)) {
        let confidence = spec.confidence.then_some(confidence);
        writer.write_rows(classes, confidence).unwrap();
    }
    writer.finish_as(form).unwrap();
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
    fs::read(path).unwrap()
}

fn band(tiff: &TiffFile, level: usize, band: usize) -> Vec<u16> {
    let is_wide = tiff.ifd(level).unwrap().bits_per_sample().unwrap()[0] == 16;
    if is_wide {
        tiff.read_band::<u16>(level, band)
            .unwrap()
            .into_iter()
            .collect()
    } else {
        let samples = tiff.read_band::<u8>(level, band).unwrap();
        samples.into_iter().map(u16::from).collect()
    }
}

#[test]
fn what_is_written_is_read_back() {
    for (n_classes, confidence, form) in [
        (4, false, Form::Classic),
        (255, true, Form::Classic),
        (256, true, Form::Big),
        (300, false, Form::Big),
    ] {
        let (width, height) = (1100, 700);
        let classes = patches(width, height, n_classes);
        let place = Georeference::from_transform(TRANSFORM, Some(32633));
        let spec = ClassMapSpec::new(width, height, palette(n_classes))
            .georeference(Some(place.clone()))
            .confidence(confidence);
        let bytes = write(&spec, &classes, 100, Some(form));
        let file = GeoTiffFile::from_bytes(bytes).unwrap();
        assert_eq!(file.tiff().is_bigtiff(), form == Form::Big);
        assert_eq!((file.width(), file.height()), (1100, 700));
        assert_eq!(file.epsg(), Some(32633));
        assert_eq!(file.nodata(), Some("0"));
        assert_eq!(file.overview_count(), 2);
        assert!(band(file.tiff(), 0, 0) == classes);
        if confidence {
            let expected: Vec<u16> = classes
                .iter()
                .zip(confidences(&classes))
                .map(|(&class, percent)| if class > 0 { percent.into() } else { 0 })
                .collect();
            assert!(band(file.tiff(), 0, 1) == expected);
        }
        for level in 0..3 {
            let ifd = file.tiff().ifd(level).unwrap();
            let map = ifd.color_map().unwrap().unwrap();
            let bits = if n_classes > 255 { 16 } else { 8 };
            assert_eq!(map.len(), 1 << bits);
            let last = palette(n_classes)[n_classes - 1].map(|v| u16::from(v) * 257);
            let entries = [
                map.red()[n_classes],
                map.green()[n_classes],
                map.blue()[n_classes],
            ];
            assert_eq!(entries, last);
        }
    }
}

#[test]
fn tags_of_the_source_are_copied_untouched() {
    for form in [Form::Classic, Form::Big] {
        for (name, tags) in golden_tags() {
            let place = Georeference::from_tags(tags.clone());
            let spec = ClassMapSpec::new(3, 2, palette(2)).georeference(Some(place));
            let file = TiffFile::from_bytes(write(&spec, &[1; 6], 2, Some(form))).unwrap();
            let found = file.ifd(0).unwrap();
            for tag in &tags {
                let expected = match tag.values.clone() {
                    GeoValues::Short(values) => TagValue::Short(values),
                    GeoValues::Double(values) => TagValue::Double(values),
                    GeoValues::Ascii(text) => TagValue::Ascii(String::from_utf8(text).unwrap()),
                };
                assert_eq!(
                    found.tag(tag.tag).unwrap().value,
                    expected,
                    "{name} {}",
                    tag.tag
                );
            }
            let n_geo = found
                .tags()
                .iter()
                .filter(|tag| (33_000..35_000).contains(&tag.code));
            assert_eq!(n_geo.count(), tags.len(), "{name}");
        }
    }
}

#[test]
fn overviews_halve_level_by_level_down_to_one_tile() {
    for how in [Overviews::Mode, Overviews::Nearest] {
        let (width, height) = (1301, 2111);
        let classes = patches(width, height, 5);
        let spec = ClassMapSpec::new(width, height, palette(5))
            .confidence(true)
            .overviews(how);
        let file = TiffFile::from_bytes(write(&spec, &classes, 333, None)).unwrap();
        assert_eq!(file.ifd_count(), 4);
        let mut planes = [band(&file, 0, 0), band(&file, 0, 1)];
        let mut size = (width, height);
        for level in 1..=3 {
            planes = overview_twin(&planes, size.0, how);
            size = (size.0.div_ceil(2), size.1.div_ceil(2));
            let ifd = file.ifd(level).unwrap();
            assert_eq!((ifd.width() as usize, ifd.height() as usize), size);
            assert!(band(&file, level, 0) == planes[0], "{how:?} {level}");
            assert!(band(&file, level, 1) == planes[1], "{how:?} {level}");
        }
    }
}

#[test]
fn directories_come_first_and_coarse_tiles_before_fine_ones() {
    let classes = patches(1500, 1030, 5);
    let spec = ClassMapSpec::new(1500, 1030, palette(5));
    let bytes = write(&spec, &classes, 1030, None);
    assert!(bytes[8..].starts_with(b"GDAL_STRUCTURAL_METADATA_SIZE="));
    let file = TiffFile::from_bytes(bytes).unwrap();
    let ifds = file.ifds();
    assert!(
        ifds.windows(2)
            .all(|pair| pair[0].offset() < pair[1].offset())
    );
    let places: Vec<Vec<u64>> = ifds.iter().map(|ifd| ifd.tile_offsets().unwrap()).collect();
    let first_tile = *places[ifds.len() - 1].first().unwrap();
    assert!(first_tile > ifds[ifds.len() - 1].offset());
    assert!(
        places
            .windows(2)
            .all(|pair| pair[1].last() < pair[0].first())
    );
    assert!(places.iter().all(|level| level.is_sorted()));
}

#[test]
fn bytes_do_not_depend_on_calls_or_threads() {
    let (width, height) = (700, 1600);
    let classes = patches(width, height, 9);
    let spec = ClassMapSpec::new(width, height, palette(9)).confidence(true);
    let reference = write(&spec, &classes, height, None);
    for n_threads in [1, 2, 8] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .unwrap();
        for rows_a_call in [1, 511, 512, 513] {
            let bytes = pool.install(|| write(&spec, &classes, rows_a_call, None));
            assert!(
                bytes == reference,
                "{n_threads} threads, {rows_a_call} rows"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_size_is_read_back(
        width in 1_usize..1200, height in 1_usize..1200, n_classes in 1_usize..400, rows in 1_usize..600,
    ) {
        let classes = patches(width, height, n_classes);
        let spec = ClassMapSpec::new(width, height, palette(n_classes));
        let bytes = write(&spec, &classes, rows, None);
        prop_assert!(bytes == write(&spec, &classes, height, None));
        let tiff = TiffFile::from_bytes(bytes).unwrap();
        prop_assert!(band(&tiff, 0, 0) == classes);
        let is_palette = matches!(tiff.ifd(0).unwrap().color_model(), Ok(ColorModel::Palette { .. }));
        prop_assert!(is_palette);
    }
}

#[test]
fn bytes_of_the_caller_serve_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let (narrow, wide) = (folder.path().join("a.tif"), folder.path().join("b.tif"));
    let mut writer = ClassMapWriter::create(&narrow, ClassMapSpec::new(3, 1, palette(2))).unwrap();
    writer.write_rows(&[0_u8, 1, 2], None).unwrap();
    writer.finish().unwrap();
    let mut writer = ClassMapWriter::create(&wide, ClassMapSpec::new(3, 1, palette(2))).unwrap();
    writer.write_rows(&[0_u16, 1, 2], None).unwrap();
    writer.finish().unwrap();
    assert_eq!(fs::read(narrow).unwrap(), fs::read(wide).unwrap());
}

#[test]
fn an_older_file_is_replaced_by_one_with_the_usual_rights() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (
        folder.path().join("classes.tif"),
        folder.path().join("other"),
    );
    fs::write(&path, b"old").unwrap();
    fs::write(&other, b"").unwrap();
    let mut writer = ClassMapWriter::create(&path, ClassMapSpec::new(1, 1, palette(1))).unwrap();
    writer.write_rows(&[1_u8], None).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    writer.finish().unwrap();
    assert!(TiffFile::open(&path).is_ok());
    let rights = |path| fs::metadata(path).unwrap().permissions();
    assert_eq!(rights(path), rights(other));
}

#[test]
fn mistakes_are_named_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("classes.tif");
    let create = |spec| ClassMapWriter::create(&path, spec);
    let message = |result: Result<()>| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        error.to_string()
    };
    let refused = |spec| message(create(spec).map(drop));
    assert_eq!(
        refused(ClassMapSpec::new(0, 5, palette(2))),
        "width must be 1 to 2147483647, got 0"
    );
    assert_eq!(
        refused(ClassMapSpec::new(5, 5, palette(65_536))),
        "palette must have 1 to 65535 colours, one a class, got 65536"
    );
    assert_eq!(
        refused(ClassMapSpec::new(5, 5, palette(1)).compression(10)),
        "compression must be 0 to 9, got 10"
    );
    let spec = ClassMapSpec::new(2, 2, palette(2));
    let mut writer = create(spec.clone()).unwrap();
    assert_eq!(
        message(writer.write_rows(&[1_u16, 2, 3, 1], None)),
        "classes must be 0 to 2, got 3"
    );
    assert_eq!(
        message(writer.write_rows(&[1_u16, 2, 1], None)),
        "classes must be of whole rows of 2 pixels, 2 rows at most, got 3"
    );
    assert_eq!(
        message(writer.write_rows(&[1_u16; 6], None)),
        "classes must be of whole rows of 2 pixels, 2 rows at most, got 6"
    );
    assert_eq!(
        message(writer.write_rows(&[1_u16; 2], Some(&[1; 2]))),
        "confidence must have 0 values, got 2"
    );
    writer.write_rows(&[1_u16; 2], None).unwrap();
    assert_eq!(
        message(writer.finish()),
        "the number of rows must be 2 when the map is finished, got 1"
    );
    let mut writer = create(spec.confidence(true)).unwrap();
    assert_eq!(
        message(writer.write_rows(&[1_u16; 2], Some(&[100, 101]))),
        "confidence must be 1 to 100 percent, got 101"
    );
    writer.write_rows(&[0_u16, 1], Some(&[0, 1])).unwrap();
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing/classes.tif");
    let error = ClassMapWriter::create(&path, ClassMapSpec::new(2, 2, palette(2))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("missing/classes.tif"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_names_the_file() {
    // The device that is always full stands for the disk: the last step of the file fails on it.
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("classes.tif");
    let mut writer =
        ClassMapWriter::create(&path, ClassMapSpec::new(600, 600, palette(2))).unwrap();
    if let Levels::U8(pyramid) = &mut writer.levels {
        pyramid.levels[0].planes[0].spill = full;
    }
    let error = writer.write_rows(&vec![1_u8; 360_000], None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    let message = error.to_string();
    assert!(
        message.contains("classes.tif") && message.contains("No space"),
        "{message}"
    );
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_world_file_places_what_has_only_a_reference_system() {
    for raster_type in [1, 2] {
        // A projected system, by its code, whose pixels are areas or points.
        let directory = vec![
            1,
            1,
            0,
            3,
            1024,
            0,
            1,
            1,
            1025,
            0,
            1,
            raster_type,
            3072,
            0,
            1,
            32631,
        ];
        let keys = GeoTag {
            tag: 34735,
            values: GeoValues::Short(directory),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("classes.tif");
        let place = Some(Georeference::from_tags(vec![keys]));
        let spec = ClassMapSpec::new(2, 1, palette(1)).georeference(place);
        let mut writer = ClassMapWriter::create(&path, spec).unwrap();
        writer.write_rows(&[1u8, 1], None).unwrap();
        writer.finish().unwrap();
        let place = || {
            GeoTiff::open(&path)
                .unwrap()
                .info()
                .georeference
                .clone()
                .unwrap()
        };
        assert_eq!((place().epsg(), place().transform()), (Some(32631), None));
        fs::write(path.with_extension("tfw"), "10\n0\n0\n-20\n105\n190\n").unwrap();
        let expected = [100.0, 10.0, 0.0, 200.0, 0.0, -20.0];
        assert_eq!(
            (place().epsg(), place().transform()),
            (Some(32631), Some(expected))
        );
        // What is written of it is read alike.
        let again = Georeference::from_tags(place().tags().to_vec());
        assert_eq!(again.transform(), Some(expected));
    }
}
