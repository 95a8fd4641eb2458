//! Opening a raster of whatever format.

use std::fs;
use std::io::Read;
use std::path::Path;

use super::geotiff::GeoTiff;
use super::photo::PhotoRaster;
use super::{Masked, RasterSource};
use crate::{Error, Result};

/// Opens the raster at `path`, whose format is told by its first bytes.
///
/// A file of the same name with `.msk` behind it is its mask, as in GDAL.
///
/// # Errors
/// When the file cannot be read, has a format that is not read, is damaged, or claims more than the
/// limits allow.
pub fn open(path: &Path) -> Result<Box<dyn RasterSource>> {
    let source: Box<dyn RasterSource> = match format_of(path)? {
        Format::Tiff => Box::new(GeoTiff::open(path)?),
        Format::Jpeg2000 => return Err(Error::unsupported(path, "JPEG 2000 is not read")),
        Format::Picture => Box::new(PhotoRaster::open(path)?),
    };
    Masked::with_file_beside(path, source)
}

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Tiff,
    Jpeg2000,
    /// JPEG, PNG, WebP or BMP.
    Picture,
}

fn format_of(path: &Path) -> Result<Format> {
    const MAGIC_BYTES: u64 = 512;
    let io = |e| Error::io("read", path, e);
    let file = fs::File::open(path).map_err(io)?;
    if file.metadata().map_err(io)?.is_dir() {
        return Err(Error::damaged(path, "it is a folder, not a file"));
    }
    let mut start = Vec::new();
    file.take(MAGIC_BYTES).read_to_end(&mut start).map_err(io)?;
    sniff(&start).ok_or_else(|| {
        Error::unsupported(
            path,
            format!(
                "it {}; TIFF, JPEG 2000, JPEG, PNG, WebP and BMP are read",
                likeness(&start)
            ),
        )
    })
}

fn sniff(start: &[u8]) -> Option<Format> {
    let tiff: [&[u8]; 4] = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];
    let jpeg_2000: [&[u8]; 2] = [b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"];
    let picture: [&[u8]; 3] = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM"];
    let is_one_of = |magics: &[&[u8]]| magics.iter().any(|magic| start.starts_with(magic));
    let is_webp = start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP");
    if is_one_of(&tiff) {
        Some(Format::Tiff)
    } else if is_one_of(&jpeg_2000) {
        Some(Format::Jpeg2000)
    } else if is_webp || is_one_of(&picture) {
        Some(Format::Picture)
    } else {
        None
    }
}

/// What the beginning of a file of no format that is read looks like.
fn likeness(start: &[u8]) -> String {
    let known: [(&[u8], &str); 17] = [
        (b"GIF8", "a GIF"),
        (b"\x89HDF\r\n\x1a\n", "HDF5 or NetCDF 4"),
        (b"\x0e\x03\x13\x01", "HDF 4"),
        (b"CDF", "NetCDF 3"),
        (b"GRIB", "GRIB"),
        (b"NITF", "NITF"),
        (b"%PDF", "a PDF"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"8BPS", "a Photoshop file"),
        (b"v/1\x01", "OpenEXR"),
        (b"\xff\x0a", "JPEG XL"),
        (b"\0\0\0\x0cJXL ", "JPEG XL"),
        (b"PAR1", "Parquet"),
        (b"\x93NUMPY", "a NumPy array"),
        (b"EHFA_HEADER_TAG", "ERDAS Imagine"),
        (b"SQLite format 3", "a database, perhaps a GeoPackage"),
    ];
    if start.is_empty() {
        return "is empty".to_owned();
    }
    if let Some((_, name)) = known.iter().find(|(magic, _)| start.starts_with(magic)) {
        return format!("looks like {name}");
    }
    if start.get(4..8) == Some(b"ftyp") {
        return "looks like a HEIF, AVIF or video file".to_owned();
    }
    // A character may be cut in two where the beginning ends.
    let text = match std::str::from_utf8(start) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    match text {
        Some(text) if !text.contains(|c: char| c.is_control() && !c.is_whitespace()) => {
            let line: String = text.trim_start().chars().take(40).collect();
            let line = line.lines().next().unwrap_or_default();
            format!("looks like a text file (“{line}”)")
        }
        _ => {
            let hex: Vec<String> = start.iter().take(8).map(|b| format!("{b:02x}")).collect();
            format!(
                "begins with the bytes {}, which is no format known",
                hex.join(" ")
            )
        }
    }
}
