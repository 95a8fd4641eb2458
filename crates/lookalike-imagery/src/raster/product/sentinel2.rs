//! Sentinel-2 products in the SAFE format, levels 1C and 2A.
//!
//! Product specification: ESA, S2-PDGS-TAS-DI-PSD.

use std::fs;
use std::path::{Path, PathBuf};

use roxmltree::Document;

use super::{BandFile, Product, entries, name};
use crate::{Error, Result};

/// The bands, by the numbers that the metadata gives them.
const BANDS: [&str; 13] = [
    "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12",
];
const USUAL: &[&str] = &["B02", "B03", "B04", "B08"];
/// The processing baseline from which on values have an offset.
const FIRST_WITH_OFFSET: f64 = 4.0;
/// A metadata file may have this many bytes; usual ones have 50 000.
const MAX_METADATA: u64 = 1 << 24;

/// The bands of a product, if the folder is one: the whole, one granule of it, or the folder of its
/// images.
pub(super) fn scan(folder: &Path) -> Result<Option<Product>> {
    let Some(images) = find_images(folder)? else {
        return Ok(None);
    };
    let metadata = find_metadata(&images)?.ok_or_else(|| {
        let why =
            "its MTD_MSIL1C.xml or MTD_MSIL2A.xml is missing, which tells the offset of values";
        Error::damaged(folder, why)
    })?;
    let offsets = read_offsets(&metadata)?;
    let mut files = entries(&images)?;
    for folder in files.clone().iter().filter(|path| path.is_dir()) {
        files.extend(entries(folder)?);
    }
    let mut bands = Vec::new();
    for (band, offset) in BANDS.iter().zip(offsets) {
        let of_band = files
            .iter()
            .filter_map(|path| Some((resolution(path, band)?, path)));
        if let Some((_, path)) = of_band.min() {
            bands.push(BandFile {
                name: (*band).to_owned(),
                path: path.clone(),
                offset,
            });
        }
    }
    if bands.is_empty() {
        let why = "there is no image of a band such as …_B02.jp2 in it";
        return Err(Error::damaged(&images, why));
    }
    Ok(Some(Product {
        bands,
        usual: USUAL,
    }))
}

fn find_images(folder: &Path) -> Result<Option<PathBuf>> {
    if name(folder) == "IMG_DATA" && folder.is_dir() {
        return Ok(Some(folder.to_owned()));
    }
    let own = folder.join("IMG_DATA");
    if own.is_dir() {
        return Ok(Some(own));
    }
    let granules = folder.join("GRANULE");
    if !granules.is_dir() {
        return Ok(None);
    }
    let mut images = entries(&granules)?;
    images.retain(|granule| granule.join("IMG_DATA").is_dir());
    match images.as_slice() {
        [granule] => Ok(Some(granule.join("IMG_DATA"))),
        [] => Err(Error::damaged(
            &granules,
            "there is no granule with a folder IMG_DATA in it",
        )),
        several => {
            let names: Vec<&str> = several.iter().map(|path| name(path)).collect();
            let why = format!(
                "it has several granules; open the folder of one: {}",
                names.join(", ")
            );
            Err(Error::unsupported(folder, why))
        }
    }
}

/// The metadata of the product: `PRODUCT/GRANULE/…/IMG_DATA` lies three folders below it.
fn find_metadata(images: &Path) -> Result<Option<PathBuf>> {
    let images = fs::canonicalize(images).map_err(|cause| Error::io("read", images, cause))?;
    let Some(product) = images.ancestors().nth(3) else {
        return Ok(None);
    };
    let is_metadata = |path: &PathBuf| {
        let name = name(path);
        let of_product = name.contains("MTD_MSIL") || name.contains("MTD_SAF");
        of_product && path.extension().is_some_and(|extension| extension == "xml")
    };
    Ok(entries(product)?.into_iter().find(is_metadata))
}

/// What is to be added to the values of each of [`BANDS`].
fn read_offsets(metadata: &Path) -> Result<[i32; BANDS.len()]> {
    let io = |cause| Error::io("read", metadata, cause);
    if fs::metadata(metadata).map_err(io)?.len() > MAX_METADATA {
        let why = format!("metadata must have at most {MAX_METADATA} bytes");
        return Err(Error::too_large(metadata, why));
    }
    let xml = fs::read_to_string(metadata).map_err(io)?;
    let damaged = |why: String| Error::damaged(metadata, why);
    let document = Document::parse(&xml).map_err(|cause| damaged(cause.to_string()))?;
    let baseline = document
        .descendants()
        .find(|node| node.tag_name().name() == "PROCESSING_BASELINE")
        .and_then(|node| node.text()?.trim().parse::<f64>().ok())
        .ok_or_else(|| damaged("it must have a PROCESSING_BASELINE, a number".into()))?;

    let mut offsets = [None; BANDS.len()];
    for node in document.descendants() {
        let tag = node.tag_name().name();
        if tag != "RADIO_ADD_OFFSET" && tag != "BOA_ADD_OFFSET" {
            continue;
        }
        let text = node.text().unwrap_or_default().trim();
        let band = node
            .attribute("band_id")
            .and_then(|id| id.parse::<usize>().ok());
        let band = band.and_then(|band| offsets.get_mut(band));
        let value = text
            .parse::<f64>()
            .ok()
            .filter(|v| v.fract() == 0.0 && v.abs() < 65_536.0);
        let (Some(band), Some(value)) = (band, value) else {
            let why =
                format!("{tag} must be an integer and name a band from 0 to 12, got {text:?}");
            return Err(damaged(why));
        };
        *band = Some(value as i32);
    }
    if baseline >= FIRST_WITH_OFFSET && offsets.contains(&None) {
        let why = format!(
            "from processing baseline 04.00 on each band must have an offset, {baseline:05.2} lacks some"
        );
        return Err(damaged(why));
    }
    Ok(offsets.map(|offset| offset.unwrap_or(0)))
}

/// The resolution in metres of the image of a band, 0 where the name leaves it out; none if it is
/// not one.
fn resolution(path: &Path, band: &str) -> Option<u32> {
    let stem = name(path).strip_suffix(".jp2")?;
    let mut parts = stem.rsplit('_');
    let last = parts.next()?;
    if last == band {
        return Some(0);
    }
    let resolution = last.strip_suffix('m')?.parse().ok()?;
    (parts.next() == Some(band)).then_some(resolution)
}
