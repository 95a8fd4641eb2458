//! Landsat scenes, levels 1 and 2: a folder of one TIFF a band.
//!
//! Names as in the Data Format Control Books of the USGS, such as
//! `LC08_L2SP_193029_20200617_20200824_02_T1_SR_B4.TIF`.

use std::path::Path;

use super::{BandFile, Product, entries, name};
use crate::{Error, Result};

/// Blue, green, red and near infrared.
const USUAL_OLI: &[&str] = &["B2", "B3", "B4", "B5"];
const USUAL_TM: &[&str] = &["B1", "B2", "B3", "B4"];

/// The bands of a scene, if the folder is one.
pub(super) fn scan(folder: &Path) -> Result<Option<Product>> {
    let mut bands: Vec<BandFile> = Vec::new();
    let mut usual: &[&str] = &[];
    for path in entries(folder)? {
        let Some((satellite, number)) = parse(name(&path)) else {
            continue;
        };
        usual = match satellite {
            8.. => USUAL_OLI,
            4..=7 => USUAL_TM,
            _ => &[],
        };
        let name = format!("B{number}");
        if let Some(other) = bands.iter().find(|band| band.name == name) {
            let why = format!(
                "its band {name} is there twice, also in {}",
                other.path.display()
            );
            return Err(Error::damaged(&path, why));
        }
        bands.push(BandFile {
            name,
            path,
            offset: 0,
        });
    }
    bands.sort_by_key(|band| (band.name.len(), band.name.clone()));
    Ok((!bands.is_empty()).then_some(Product { bands, usual }))
}

/// The number of the satellite, and what stands behind `_B` in the name of a band's file.
fn parse(name: &str) -> Option<(u32, String)> {
    let name = name.to_ascii_uppercase();
    let stem = name
        .strip_suffix(".TIF")
        .or_else(|| name.strip_suffix(".TIFF"))?;
    // `LC08_…` since 2017, `LC8193…` before.
    let sensor = stem
        .strip_prefix('L')?
        .trim_start_matches(|c: char| c.is_ascii_uppercase());
    let satellite = sensor
        .trim_start_matches('0')
        .chars()
        .next()?
        .to_digit(10)?;
    let (_, band) = stem.rsplit_once("_B")?;
    let digits = band
        .strip_suffix("_VCID_1")
        .or(band.strip_suffix("_VCID_2"))
        .unwrap_or(band);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| (satellite, band.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_bands() {
        let parsed = |name| parse(name).map(|(satellite, band)| (satellite, format!("B{band}")));
        let level_2 = "LC08_L2SP_193029_20200617_20200824_02_T1_SR_B4.TIF";
        assert_eq!(parsed(level_2), Some((8, "B4".into())));
        assert_eq!(
            parsed("LC09_L2SP_193029_20200617_02_T1_ST_B10.tif"),
            Some((9, "B10".into()))
        );
        assert_eq!(
            parsed("LE07_L1TP_193029_20020617_02_T1_B6_VCID_2.TIF"),
            Some((7, "B6_VCID_2".into()))
        );
        assert_eq!(parsed("LT51930292009LGN00_B3.TIF"), Some((5, "B3".into())));
        assert_eq!(parsed("LC08_L2SP_193029_20200617_02_T1_QA_PIXEL.TIF"), None);
        assert_eq!(parsed("LC08_L1TP_193029_20200617_02_T1_BQA.TIF"), None);
        assert_eq!(parsed("hatteras_B01.tif"), None);
    }
}
