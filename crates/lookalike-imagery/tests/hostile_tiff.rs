//! Damaged and malicious TIFFs give an error that says what is wrong, and nothing else.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot write its files has to fail"
)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use lookalike_imagery::ErrorKind;
use lookalike_imagery::raster::{self, Block, GeoTiff, RasterSource, Samples, Window};
use proptest::prelude::*;

const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const BITS: u16 = 258;
const COMPRESSION: u16 = 259;
const STRIP_OFFSETS: u16 = 273;
const SAMPLES: u16 = 277;
const ROWS_PER_STRIP: u16 = 278;
const STRIP_BYTE_COUNTS: u16 = 279;
const TILE_WIDTH: u16 = 322;

const DEFLATE: u32 = 8;

/// A gray TIFF of one strip, whose tags are all LONG.
#[derive(Clone)]
struct Tiff {
    tags: BTreeMap<u16, Vec<u32>>,
    data: Vec<u8>,
    next_directory: u32,
}

impl Tiff {
    fn new(width: u32, height: u32, data: &[u8]) -> Self {
        let tags = [
            (WIDTH, width),
            (HEIGHT, height),
            (BITS, 8),
            (COMPRESSION, 1),
            (SAMPLES, 1),
            (ROWS_PER_STRIP, height),
            (STRIP_OFFSETS, 8),
            (STRIP_BYTE_COUNTS, data.len() as u32),
        ];
        Self {
            tags: tags
                .into_iter()
                .map(|(tag, value)| (tag, vec![value]))
                .collect(),
            data: data.to_vec(),
            next_directory: 0,
        }
    }

    fn with(mut self, tag: u16, values: &[u32]) -> Self {
        self.tags.insert(tag, values.to_vec());
        self
    }

    /// Where the directory begins: behind the pixels.
    fn directory(&self) -> u32 {
        8 + self.data.len() as u32
    }

    fn bytes(&self) -> Vec<u8> {
        const LONG: u16 = 4;
        let mut out = b"II*\0".to_vec();
        out.extend(self.directory().to_le_bytes());
        out.extend(&self.data);
        out.extend((self.tags.len() as u16).to_le_bytes());
        let mut behind = out.len() as u32 + 12 * self.tags.len() as u32 + 4;
        let mut long_values = Vec::new();
        for (tag, values) in &self.tags {
            out.extend(tag.to_le_bytes());
            out.extend(LONG.to_le_bytes());
            out.extend((values.len() as u32).to_le_bytes());
            if let [value] = values[..] {
                out.extend(value.to_le_bytes());
            } else {
                out.extend(behind.to_le_bytes());
                behind += 4 * values.len() as u32;
                long_values.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            }
        }
        out.extend(self.next_directory.to_le_bytes());
        out.extend(long_values);
        out
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Opens a TIFF in memory and reads what a window of at most 64×64 pixels holds.
fn read(bytes: Vec<u8>) -> lookalike_imagery::Result<Block> {
    let source = GeoTiff::from_bytes(bytes, "test.tif")?;
    let info = source.info();
    let window = Window {
        x: 0,
        y: 0,
        width: info.width.min(64),
        height: info.height.min(64),
    };
    let bands: Vec<usize> = (0..info.bands.len().min(64)).collect();
    let mut block = Block::default();
    source.read(window, &bands, &mut block)?;
    Ok(block)
}

#[track_caller]
fn refuses(tiff: &Tiff, kind: ErrorKind, message: &str) {
    let error = read(tiff.bytes()).unwrap_err();
    let expected = format!("cannot read test.tif: {message}");
    assert_eq!((error.to_string(), error.kind()), (expected, kind));
}

#[test]
fn a_sound_file_is_read() {
    let block = read(Tiff::new(3, 2, b"abcdef").bytes()).unwrap();
    assert_eq!(block.samples, Samples::U8(b"abcdef".to_vec()));
    assert_eq!(block.valid, [1; 6]);
}

#[test]
fn malformed_georeference_does_not_matter_to_pixels() {
    const SCALE: u16 = 33550;
    const KEYS: u16 = 34735;
    let tiff = Tiff::new(3, 2, b"abcdef")
        .with(SCALE, &[1])
        .with(KEYS, &[9, 9, 9]);
    let source = GeoTiff::from_bytes(tiff.bytes(), "test.tif").unwrap();
    let place = source.info().georeference.as_ref();
    assert_eq!(place.and_then(raster::Georeference::transform), None);
    let block = read(tiff.bytes()).unwrap();
    assert_eq!(block.samples, Samples::U8(b"abcdef".to_vec()));
}

#[test]
fn sizes_beyond_the_limits() {
    let side = 1u32 << 31;
    refuses(
        &Tiff::new(side, side, b"abc"),
        ErrorKind::TooLarge,
        "it claims 2147483648×2147483648 pixels, but at most 10000000 columns and rows are read",
    );
    refuses(
        &Tiff::new(0, 4, b"abc"),
        ErrorKind::InvalidInput,
        "it claims 0×4 pixels",
    );
    refuses(
        &Tiff::new(60_000, 60_000, b"abc").with(COMPRESSION, &[DEFLATE]),
        ErrorKind::TooLarge,
        "one of its strips or tiles takes 3600000000 bytes when decoded, but at most 268435456 are",
    );
    refuses(
        &Tiff::new(9_000_000, 60, b"abc").with(SAMPLES, &[65_535]),
        ErrorKind::TooLarge,
        "one of its strips or tiles takes 589815000000 bytes when decoded, but at most 268435456 are",
    );
}

#[test]
fn blocks_that_do_not_fit_the_image() {
    refuses(
        &Tiff::new(3, 2, b"abcdef").with(ROWS_PER_STRIP, &[0]),
        ErrorKind::InvalidInput,
        "its strips or tiles measure 3×0 pixels",
    );
    refuses(
        &Tiff::new(3, 2, b"abcdef")
            .with(TILE_WIDTH, &[16])
            .with(323, &[16]),
        ErrorKind::InvalidInput,
        "its tag TileOffsets is missing",
    );
    refuses(
        &Tiff::new(3, 2, b"abcdef").with(ROWS_PER_STRIP, &[1]),
        ErrorKind::InvalidInput,
        "an image of 3×2 pixels in blocks of 3×1 needs 2 of them, but its tag StripOffsets has 1",
    );
}

#[test]
fn strips_outside_the_file() {
    refuses(
        &Tiff::new(3, 2, b"abcdef").with(STRIP_OFFSETS, &[5000]),
        ErrorKind::InvalidInput,
        "its strip or tile 0 ends at byte 5006, but the file has 116 bytes",
    );
    refuses(
        &Tiff::new(3, 2, b"abcdef").with(STRIP_BYTE_COUNTS, &[u32::MAX]),
        ErrorKind::InvalidInput,
        "its strip or tile 0 ends at byte 4294967303, but the file has 116 bytes",
    );
    refuses(
        &Tiff::new(3, 2, b"abcdef").with(STRIP_BYTE_COUNTS, &[5]),
        ErrorKind::InvalidInput,
        "strip or tile 0 is damaged: it holds 5 bytes, but its rows take 6",
    );
}

#[test]
fn directories_that_loop() {
    let mut tiff = Tiff::new(3, 2, b"abcdef");
    tiff.next_directory = tiff.directory();
    let error = read(tiff.bytes()).unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot read test.tif: invalid image layout: IFD chain contains a loop at offset 14"
    );
    tiff.next_directory = 9999;
    let error = read(tiff.bytes()).unwrap_err().to_string();
    assert!(
        error.contains("it points to byte 9999, which lies beyond its end"),
        "{error}"
    );
}

#[test]
fn features_that_are_not_read() {
    let plain = Tiff::new(3, 2, b"abcdef");
    let codecs = "none, PackBits, LZW, Deflate, ZSTD, JPEG, LERC and WebP are";
    for (compression, name) in [(34925, "LZMA"), (50002, "JPEG XL"), (12345, "unknown")] {
        refuses(
            &plain.clone().with(COMPRESSION, &[compression]),
            ErrorKind::Unsupported,
            &format!("its compression {compression} ({name}) is not read: {codecs}"),
        );
    }
    let types = "which are not read: unsigned integers of 1 to 16, 32 and 64 bits, signed ones of \
                 8, 16, 32 and 64 bits and floats of 32 and 64 bits are";
    for (format, bits, what) in [
        (1, 24, "unsigned integers of 24 bits"),
        (2, 12, "signed integers of 12 bits"),
        (3, 16, "floats of 16 bits"),
        (6, 64, "complex numbers"),
    ] {
        refuses(
            &plain.clone().with(BITS, &[bits]).with(339, &[format]),
            ErrorKind::Unsupported,
            &format!("its samples are {what}, {types}"),
        );
    }
    refuses(
        &plain.clone().with(SAMPLES, &[2]).with(BITS, &[8, 16]),
        ErrorKind::Unsupported,
        "its bands have several types, which is not read (BitsPerSample [8, 16], SampleFormat [1])",
    );
    refuses(
        &plain.clone().with(262, &[5]),
        ErrorKind::Unsupported,
        "its colours are CMYK, which is not read: make it RGB first",
    );
    refuses(
        &plain.clone().with(COMPRESSION, &[DEFLATE]).with(317, &[3]),
        ErrorKind::Unsupported,
        "it has predictor 3 (of floats) on integers",
    );
    refuses(
        &plain.with(COMPRESSION, &[7]).with(317, &[2]),
        ErrorKind::Unsupported,
        "it combines predictor 2 with compression 7, which has none",
    );
}

#[test]
fn damaged_data() {
    let pixels = vec![7u8; 600];
    let good = deflated(&pixels);
    let tiff = |data: &[u8]| Tiff::new(30, 20, data).with(COMPRESSION, &[DEFLATE]);
    assert!(read(tiff(&good).bytes()).is_ok());
    let mut broken = good.clone();
    broken[3] ^= 0xff;
    let error = read(tiff(&broken).bytes()).unwrap_err().to_string();
    assert!(error.contains("strip or tile 0 is damaged: "), "{error}");
    let mut long = good.clone();
    long.resize(10_000, 0);
    refuses(
        &tiff(&long),
        ErrorKind::InvalidInput,
        "strip or tile 0 is damaged: it takes 10000 bytes, more than its pixels can",
    );
    for compression in [5, 7, 34887, 50000, 50001] {
        let garbage = tiff(b"this is no compressed data at all").with(COMPRESSION, &[compression]);
        assert!(read(garbage.bytes()).is_err(), "{compression}");
    }
}

#[test]
fn a_bomb_is_decoded_no_further_than_the_image_needs() {
    let bomb = deflated(&vec![9u8; 200 << 20]);
    let tiff = Tiff::new(1000, 300, &bomb).with(COMPRESSION, &[DEFLATE]);
    assert_eq!(
        read(tiff.bytes()).unwrap().samples,
        Samples::U8(vec![9; 64 * 64])
    );
}

#[test]
fn rows_that_are_not_compressed_are_read_alone() {
    // One strip of 3.9 GB, in a file that is nearly all hole.
    let (width, height) = (130_000u32, 30_000u32);
    let offset = 4096u32;
    let tags = Tiff::new(width, height, b"")
        .with(STRIP_OFFSETS, &[offset])
        .with(STRIP_BYTE_COUNTS, &[width * height]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.tif");
    let mut file = File::create(&path).unwrap();
    file.write_all(&tags.bytes()).unwrap();
    let end = u64::from(offset) + u64::from(width) * u64::from(height);
    file.seek(SeekFrom::Start(end - 3)).unwrap();
    file.write_all(b"xyz").unwrap();
    let source = raster::open(&path).unwrap();
    let mut block = Block::default();
    let corner = Window {
        x: width as usize - 4,
        y: height as usize - 2,
        width: 4,
        height: 2,
    };
    source.read(corner, &[0], &mut block).unwrap();
    assert_eq!(block.samples, Samples::U8(b"\0\0\0\0\0xyz".to_vec()));
}

#[test]
fn a_tall_strip_is_read_in_portions() {
    let (width, height) = (1000, 5000);
    let pixels: Vec<u8> = (0..width * height).map(|i| (i % 251) as u8).collect();
    let bytes = Tiff::new(width as u32, height as u32, &pixels).bytes();
    let source = GeoTiff::from_bytes(bytes, "test.tif").unwrap();
    assert_eq!(source.info().block, (1000, 1048));
    let window = Window {
        x: 990,
        y: 7,
        width: 3,
        height: height - 7,
    };
    let mut block = Block::default();
    source.read(window, &[0], &mut block).unwrap();
    let rows = pixels.chunks(width).skip(7);
    let expected = rows.flat_map(|row| &row[990..993]).copied().collect();
    assert_eq!(block.samples, Samples::U8(expected));
}

fn open_file(name: &str, contents: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, contents).unwrap();
    let message = raster::open(&path).unwrap_err().to_string();
    message.replace(&folder.path().display().to_string(), "F")
}

#[test]
fn files_that_are_no_rasters() {
    let read = "TIFF, JPEG 2000, JPEG, PNG, WebP, BMP, GIF, PNM and QOI are read";
    assert_eq!(
        open_file("a.tif", b""),
        format!("cannot read F/a.tif: it is empty; {read}")
    );
    assert_eq!(
        open_file("b.tif", "<!DOCTYPE html>\n<p>404 – “nothing”".as_bytes()),
        format!("cannot read F/b.tif: it looks like a text file (“<!DOCTYPE html>”); {read}")
    );
    assert_eq!(
        open_file("c.tif", b"PK\x03\x04..."),
        format!("cannot read F/c.tif: it looks like a ZIP archive; {read}")
    );
    assert_eq!(
        open_file("d.tif", &[0; 999]),
        format!(
            "cannot read F/d.tif: it begins with the bytes 00 00 00 00 00 00 00 00, which is no \
             format known; {read}"
        )
    );
    assert_eq!(
        open_file("e.tif", b"II*\0"),
        "cannot read F/e.tif: not a TIFF file: invalid magic bytes"
    );
    let folder = tempfile::tempdir().unwrap();
    let message = raster::open(folder.path()).unwrap_err().to_string();
    assert!(message.ends_with("it is a folder, not a file"), "{message}");
    let missing = raster::open(&folder.path().join("missing.tif")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Io);
    assert!(missing.to_string().starts_with("cannot read "), "{missing}");
}

#[test]
fn a_mask_must_go_with_its_raster() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    fs::write(&path, Tiff::new(3, 2, b"abcdef").bytes()).unwrap();
    let mask = folder.path().join("a.tif.msk");
    fs::write(&mask, Tiff::new(2, 3, b"abcdef").bytes()).unwrap();
    let message = raster::open(&path).unwrap_err().to_string();
    let rule = "a mask must have the size of its raster, 3×2, got 2×3";
    assert_eq!(message, format!("cannot read {}: {rule}", mask.display()));
    fs::write(&mask, Tiff::new(3, 2, b"a\0c\0\0f").bytes()).unwrap();
    let mut block = Block::default();
    let all = Window {
        x: 0,
        y: 0,
        width: 3,
        height: 2,
    };
    raster::open(&path)
        .unwrap()
        .read(all, &[0], &mut block)
        .unwrap();
    assert_eq!(block.valid, [1, 0, 1, 0, 0, 1]);
}

fn golden() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden/rasters");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "tif"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn truncated_files_are_refused() {
    let paths = golden();
    assert!(paths.len() > 60);
    for path in paths {
        let whole = fs::read(&path).unwrap();
        // Not-a-number is not equal to itself, but its text is.
        let kept = format!("{:?}", read(whole.clone()).unwrap());
        for length in (0..whole.len()).step_by(whole.len() / 60 + 1) {
            // What is cut off may be padding: then all is there.
            if let Ok(block) = read(whole[..length].to_vec()) {
                let found = format!("{block:?}");
                assert!(found == kept, "{} to {length}", path.display());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn changed_bytes_never_panic(
        file in 0usize..1000,
        changes in prop::collection::vec((any::<u32>(), any::<u8>()), 1..6),
    ) {
        let paths = golden();
        let mut bytes = fs::read(&paths[file % paths.len()]).unwrap();
        let n = bytes.len();
        for (place, value) in changes {
            bytes[place as usize % n] = value;
        }
        let _ = read(bytes);
    }
}
