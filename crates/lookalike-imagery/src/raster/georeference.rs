//! Where on Earth a raster lies.

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

/// What the coordinates of a raster are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CrsKind {
    /// Longitude and latitude, in units of this many degrees (1 but for exotic files).
    Geographic {
        /// Degrees a unit.
        degrees: f64,
    },
    /// Easting and northing, in units of this many metres.
    Projected {
        /// Metres a unit.
        metres: f64,
    },
    /// The Mercator of web maps (EPSG:3857), whose metres are not metres on the ground.
    WebMercator,
    /// Not said.
    Unknown,
}

impl Georeference {
    /// Reads the georeference out of the tags of a `GeoTIFF`.
    pub fn from_tags(_tags: Vec<GeoTag>) -> Self {
        todo!()
    }

    /// A georeference of a format other than `GeoTIFF`; `transform` as in
    /// [`transform`](Self::transform), `epsg` the code of its reference system where it is known.
    pub fn from_transform(_transform: [f64; 6], _epsg: Option<u32>) -> Self {
        todo!()
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
