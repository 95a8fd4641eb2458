//! Where on Earth a raster lies.

mod crs;

pub use crs::CrsKind;

use geotiff_reader::crs::RasterType;
use geotiff_reader::geokeys::{self, GeoKeyDirectory};
use geotiff_reader::transform::GeoTransform;

/// A georeference, kept as the tags of a `GeoTIFF` so that it can be copied untouched.
#[derive(Debug, Clone, PartialEq)]
pub struct Georeference {
    tags: Vec<GeoTag>,
    transform: Option<[f64; 6]>,
    epsg: Option<u32>,
    kind: CrsKind,
}

/// One tag of a `GeoTIFF` that says where it lies: 33550, 33922, 34264, 34735, 34736 or 34737.
#[derive(Debug, Clone, PartialEq)]
pub struct GeoTag {
    /// The number of the tag.
    pub tag: u16,
    /// Its values.
    pub values: GeoValues,
}

/// The values of a [`GeoTag`].
#[derive(Debug, Clone, PartialEq)]
pub enum GeoValues {
    /// The directory of keys.
    Short(Vec<u16>),
    /// Coordinates and numeric parameters.
    Double(Vec<f64>),
    /// Citations, without the closing NUL.
    Ascii(Vec<u8>),
}

const MODEL_PIXEL_SCALE: u16 = 33550;
const MODEL_TIEPOINT: u16 = 33922;
const MODEL_TRANSFORMATION: u16 = 34264;
const GEO_KEY_DIRECTORY: u16 = 34735;
const GEO_DOUBLE_PARAMS: u16 = 34736;
const GEO_ASCII_PARAMS: u16 = 34737;

impl Georeference {
    /// Reads the georeference out of the tags of a `GeoTIFF`, as GDAL does.
    ///
    /// Tags of other numbers are left out. What is malformed says nothing: the transform, the code
    /// or the kind is then not known.
    pub fn from_tags(tags: Vec<GeoTag>) -> Self {
        let mut known: Vec<GeoTag> = Vec::new();
        for tag in tags {
            let is_geo = matches!(
                tag.tag,
                MODEL_PIXEL_SCALE
                    | MODEL_TIEPOINT
                    | MODEL_TRANSFORMATION
                    | GEO_KEY_DIRECTORY
                    | GEO_DOUBLE_PARAMS
                    | GEO_ASCII_PARAMS
            );
            if is_geo && known.iter().all(|other| other.tag != tag.tag) {
                known.push(tag);
            }
        }
        known.sort_by_key(|tag| tag.tag);
        let keys = keys_of(&known);
        Self {
            transform: transform_of(&known, &keys),
            epsg: crs::epsg(&keys),
            kind: crs::kind(&keys),
            tags: known,
        }
    }

    /// A georeference of a format other than `GeoTIFF`; `transform` as in
    /// [`transform`](Self::transform), `epsg` the code of its reference system where it is known.
    ///
    /// A code that no key of a `GeoTIFF` can hold, or that the registry does not know as a
    /// horizontal system, is left out; so is a transform that is not finite.
    pub fn from_transform(transform: [f64; 6], epsg: Option<u32>) -> Self {
        let [x, dx_column, dx_row, y, dy_column, dy_row] = transform;
        let affine = GeoTransform {
            origin_x: x,
            pixel_width: dx_column,
            skew_x: dx_row,
            origin_y: y,
            skew_y: dy_column,
            pixel_height: dy_row,
        };
        let mut tags = match affine.to_tiepoint_and_scale() {
            _ if transform.iter().any(|t| !t.is_finite()) => Vec::new(),
            Some((tiepoint, scale)) => vec![
                double_tag(MODEL_PIXEL_SCALE, &scale),
                double_tag(MODEL_TIEPOINT, &tiepoint),
            ],
            None => vec![double_tag(
                MODEL_TRANSFORMATION,
                &affine.to_transformation_matrix(),
            )],
        };
        if let Some([model, code]) = epsg.and_then(crs::keys_of) {
            let keys = [model, (geokeys::GT_RASTER_TYPE, 1), code];
            let mut directory = vec![1, 1, 0, keys.len() as u16];
            directory.extend(keys.iter().flat_map(|&(key, value)| [key, 0, 1, value]));
            tags.push(GeoTag {
                tag: GEO_KEY_DIRECTORY,
                values: GeoValues::Short(directory),
            });
        }
        Self::from_tags(tags)
    }

    /// Whether nothing says where the raster lies, neither a transform nor control points.
    pub(super) fn is_without_place(&self) -> bool {
        self.transform.is_none() && self.tags.iter().all(|tag| tag.tag >= GEO_KEY_DIRECTORY)
    }

    /// In the same reference system, with a transform from elsewhere.
    pub(super) fn placed(&self, transform: [f64; 6]) -> Self {
        let [x, x_by_column, x_by_row, y, y_by_column, y_by_row] = transform;
        // Keys may say that coordinates are those of the middle of a pixel.
        let half = match raster_type(&keys_of(&self.tags)) {
            RasterType::PixelIsPoint => 0.5,
            _ => 0.0,
        };
        let (x, y) = (
            x + half * (x_by_column + x_by_row),
            y + half * (y_by_column + y_by_row),
        );
        let place =
            Self::from_transform([x, x_by_column, x_by_row, y, y_by_column, y_by_row], None);
        let keys = self.tags.iter().filter(|tag| tag.tag >= GEO_KEY_DIRECTORY);
        Self::from_tags(place.tags.iter().chain(keys).cloned().collect())
    }

    /// The tags of a `GeoTIFF` that has this georeference; those that it was read from, if any.
    pub fn tags(&self) -> &[GeoTag] {
        &self.tags
    }

    /// GDAL's six numbers t: the corner of column c and row r lies at
    /// x = t0 + c·t1 + r·t2, y = t3 + c·t4 + r·t5. None where only control points are known.
    pub fn transform(&self) -> Option<[f64; 6]> {
        self.transform
    }

    /// The EPSG code of the horizontal reference system, where it has one.
    pub fn epsg(&self) -> Option<u32> {
        self.epsg
    }

    /// What the coordinates are.
    pub fn kind(&self) -> CrsKind {
        self.kind
    }
}

fn keys_of(tags: &[GeoTag]) -> GeoKeyDirectory {
    // No citation is ever looked at, only numbers.
    let keys = match find(tags, GEO_KEY_DIRECTORY) {
        Some(GeoValues::Short(directory)) => {
            GeoKeyDirectory::parse(directory, doubles(tags, GEO_DOUBLE_PARAMS), "")
        }
        _ => None,
    };
    keys.unwrap_or_default()
}

fn raster_type(keys: &GeoKeyDirectory) -> RasterType {
    RasterType::from_code(keys.get_short(geokeys::GT_RASTER_TYPE).unwrap_or(1))
}

/// GDAL's order: a usable scale with a tiepoint goes before a matrix; several tiepoints without a
/// scale are control points, which give no transform.
fn transform_of(tags: &[GeoTag], keys: &GeoKeyDirectory) -> Option<[f64; 6]> {
    let raster_type = raster_type(keys);
    let from_scale = || {
        let &[x, y, ..] = doubles(tags, MODEL_PIXEL_SCALE) else {
            return None;
        };
        let tiepoint = doubles(tags, MODEL_TIEPOINT).first_chunk::<6>()?;
        (x != 0.0 && y != 0.0).then(|| {
            GeoTransform::from_tiepoint_and_scale_with_raster_type(
                tiepoint,
                &[x, y, 0.0],
                raster_type,
            )
        })
    };
    let from_matrix = || {
        let matrix = doubles(tags, MODEL_TRANSFORMATION).try_into().ok()?;
        let transform =
            GeoTransform::from_transformation_matrix_with_raster_type(&matrix, raster_type);
        let determinant =
            transform.pixel_width * transform.pixel_height - transform.skew_x * transform.skew_y;
        (determinant != 0.0).then_some(transform)
    };
    let t = from_scale().or_else(from_matrix)?;
    let numbers = [
        t.origin_x,
        t.pixel_width,
        t.skew_x,
        t.origin_y,
        t.skew_y,
        t.pixel_height,
    ];
    numbers.iter().all(|t| t.is_finite()).then_some(numbers)
}

fn find(tags: &[GeoTag], number: u16) -> Option<&GeoValues> {
    tags.iter()
        .find(|tag| tag.tag == number)
        .map(|tag| &tag.values)
}

fn doubles(tags: &[GeoTag], number: u16) -> &[f64] {
    match find(tags, number) {
        Some(GeoValues::Double(values)) => values,
        _ => &[],
    }
}

fn double_tag(tag: u16, values: &[f64]) -> GeoTag {
    GeoTag {
        tag,
        values: GeoValues::Double(values.to_vec()),
    }
}

#[cfg(test)]
pub(super) mod tests;
