//! Opening a raster of whatever format.

use std::fs;
use std::io::Read;
use std::path::Path;

use super::geotiff::{self, GeoTiff};
use super::jpeg2000::{self, Jpeg2000};
use super::photo::PhotoRaster;
use super::{Masked, RasterSource};
use crate::{Error, Result, picture};

/// Opens the raster at `path`, whose format is told by its first bytes.
///
/// With the feature `gdal`, what is not read otherwise is opened by GDAL where it can.
///
/// A file of the same name with `.msk` behind it is its mask, as in GDAL.
///
/// # Errors
/// When the file cannot be read, has a format that is not read, is damaged, or claims more than the
/// limits allow.
pub fn open(path: &Path) -> Result<Box<dyn RasterSource>> {
    let source = open_own(path);
    #[cfg(feature = "gdal")]
    let source = source.or_else(|refusal| super::gdal::open_instead(path, refusal));
    Masked::with_file_beside(path, source?)
}

fn open_own(path: &Path) -> Result<Box<dyn RasterSource>> {
    let start = beginning_of(path)?;
    if geotiff::is_tiff(&start) {
        Ok(Box::new(GeoTiff::open(path)?))
    } else if jpeg2000::is_jpeg2000(&start) {
        Ok(Box::new(Jpeg2000::open(path)?))
    } else if picture::is_picture(&start) {
        Ok(Box::new(PhotoRaster::open(path)?))
    } else {
        let why = format!(
            "it {}; TIFF, JPEG 2000, JPEG, PNG, WebP, BMP, GIF, PNM and QOI are read",
            likeness(&start)
        );
        Err(Error::unsupported(path, why))
    }
}

fn beginning_of(path: &Path) -> Result<Vec<u8>> {
    const BYTES: u64 = 512;
    let io = |e| Error::io("read", path, e);
    let file = fs::File::open(path).map_err(io)?;
    if file.metadata().map_err(io)?.is_dir() {
        return Err(Error::damaged(path, "it is a folder, not a file"));
    }
    let mut start = Vec::new();
    file.take(BYTES).read_to_end(&mut start).map_err(io)?;
    Ok(start)
}

/// What the beginning of a file of no format that is read looks like.
fn likeness(start: &[u8]) -> String {
    let known: [(&[u8], &str); 16] = [
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
