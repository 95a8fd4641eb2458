//! What the tags of a directory say beside the pixels: nodata, names, colours, where it lies.

use roxmltree::{Document, ParsingOptions};
use tiff_reader::{Ifd, TagValue};

use crate::raster::{GeoTag, GeoValues, Georeference, SampleType};

const ORIENTATION: u16 = 274;
const EXTRA_SAMPLES: u16 = 338;
const GDAL_METADATA: u16 = 42112;
const GDAL_NODATA: u16 = 42113;
/// Metadata with more elements and texts is left unread.
const MAX_METADATA_NODES: u32 = 1 << 18;
/// Scale, tie points, transformation; directory, numbers and texts of the keys.
const GEO_TAGS: [u16; 6] = [33550, 33922, 34264, 34735, 34736, 34737];

/// The sample of a pixel that is alpha: the last that says so.
pub(super) fn alpha(ifd: &Ifd) -> Option<usize> {
    let kinds = ifd.tag(EXTRA_SAMPLES)?.value.as_u16_slice()?;
    let first = usize::from(ifd.samples_per_pixel()).checked_sub(kinds.len())?;
    let last = kinds.iter().rposition(|kind| matches!(kind, 1 | 2))?;
    Some(first + last)
}

/// Whether the last sample that is alpha says that the colours are multiplied by it.
pub(super) fn is_multiplied_by_alpha(ifd: &Ifd) -> bool {
    let kinds = ifd
        .tag(EXTRA_SAMPLES)
        .and_then(|tag| tag.value.as_u16_slice());
    let last = kinds.and_then(|kinds| kinds.iter().rfind(|kind| matches!(kind, 1 | 2)));
    last == Some(&1)
}

/// How the rows and columns lie, as EXIF numbers it.
pub(super) fn orientation(ifd: &Ifd) -> Option<u8> {
    let value = ifd.tag(ORIENTATION)?.value.as_u64()?;
    u8::try_from(value).ok()
}

/// The text that says which value means "no data".
pub(super) fn nodata_text(ifd: &Ifd) -> Option<String> {
    match &ifd.tag(GDAL_NODATA)?.value {
        TagValue::Ascii(text) => Some(text.trim().to_owned()),
        _ => None,
    }
}

/// The number that a text for "no data" means; not-a-number has many spellings.
pub(super) fn parse_nodata(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    if lower.contains("nan") || lower.contains("#qnan") || lower.contains("#ind") {
        return Some(f64::NAN);
    }
    lower.replace("1.#inf", "inf").parse().ok()
}

/// The value that means "no data" where samples of `sample_type` can be it.
pub(super) fn nodata(text: &str, sample_type: SampleType) -> Option<f64> {
    let value = parse_nodata(text)?;
    let nearest = match sample_type {
        SampleType::F32 => f64::from(value as f32),
        _ => value,
    };
    sample_type.holds(value).then_some(nearest)
}

/// The colours of a palette, as GDAL scales them to eight bits; the colour of nodata is transparent.
pub(super) fn palette(ifd: &Ifd, nodata: Option<f64>) -> Option<Vec<[u8; 4]>> {
    const PALETTE: u16 = 3;
    if ifd.photometric_interpretation() != Some(PALETTE) {
        return None;
    }
    let map = ifd.color_map().ok()??;
    let all = || map.red().iter().chain(map.green()).chain(map.blue());
    let divisor = if all().all(|&c| c < 256) && all().any(|&c| c > 0) {
        1
    } else if all().all(|&c| c % 256 == 0) && !all().all(|&c| c % 257 == 0) {
        256
    } else {
        257
    };
    let colours = map.red().iter().zip(map.green()).zip(map.blue());
    let colours = colours.enumerate().map(|(index, ((&r, &g), &b))| {
        let [r, g, b] = [r, g, b].map(|c| (c / divisor) as u8);
        let alpha = if nodata == Some(index as f64) { 0 } else { 255 };
        [r, g, b, alpha]
    });
    Some(colours.collect())
}

/// The names of the samples that GDAL's metadata gives.
pub(super) fn names(ifd: &Ifd, n_samples: usize) -> Vec<String> {
    let mut names = vec![String::new(); n_samples];
    let Some(TagValue::Ascii(text)) = ifd.tag(GDAL_METADATA).map(|tag| &tag.value) else {
        return names;
    };
    let limited = ParsingOptions {
        nodes_limit: MAX_METADATA_NODES,
        ..ParsingOptions::default()
    };
    let Ok(metadata) = Document::parse_with_options(text, limited) else {
        return names;
    };
    for item in metadata.descendants() {
        if item.attribute("role") != Some("description") {
            continue;
        }
        let sample = item
            .attribute("sample")
            .and_then(|sample| sample.parse::<usize>().ok());
        let place = sample.and_then(|sample| names.get_mut(sample));
        if let (Some(place), Some(name)) = (place, item.text()) {
            *place = unescape(name.trim());
        }
    }
    names
}

/// GDAL escapes names twice.
fn unescape(name: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(name.to_owned(), |name, (escaped, plain)| {
        name.replace(escaped, plain)
    })
}

/// Where the image lies, if any tag speaks of it.
pub(in crate::raster) fn georeference(ifd: &Ifd) -> Option<Georeference> {
    let tags: Vec<GeoTag> = GEO_TAGS
        .iter()
        .filter_map(|&tag| {
            let values = match &ifd.tag(tag)?.value {
                TagValue::Short(values) => GeoValues::Short(values.clone()),
                // A byte that is no UTF-8 counts as one place, as the keys count in bytes.
                TagValue::Ascii(text) => {
                    GeoValues::Ascii(text.replace(char::REPLACEMENT_CHARACTER, "?").into_bytes())
                }
                numbers => GeoValues::Double(numbers.as_f64_vec()?),
            };
            Some(GeoTag { tag, values })
        })
        .collect();
    (!tags.is_empty()).then(|| Georeference::from_tags(tags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodata_must_fit_the_type() {
        assert_eq!(nodata("255", SampleType::U8), Some(255.0));
        assert_eq!(nodata("256", SampleType::U8), None);
        assert_eq!(nodata("nan", SampleType::U8), None);
        assert_eq!(nodata("0.5", SampleType::I32), None);
        assert_eq!(nodata("-9999", SampleType::U16), None);
        assert_eq!(nodata("-9999", SampleType::I16), Some(-9999.0));
        assert_eq!(
            nodata("18446744073709551615", SampleType::U64),
            Some(u64::MAX as f64)
        );
        assert!(nodata("-1.#QNAN", SampleType::F32).unwrap().is_nan());
        assert_eq!(nodata("-inf", SampleType::F32), Some(f64::NEG_INFINITY));
        assert_eq!(nodata("1e39", SampleType::F32), None);
        assert_eq!(
            nodata("-3.40282346638529e+38", SampleType::F32),
            Some(f32::MIN.into())
        );
        assert_eq!(
            nodata("-9999.9", SampleType::F32),
            Some((-9999.9f32).into())
        );
        assert_eq!(nodata("none", SampleType::F32), None);
    }
}
