//! What the keys of a `GeoTIFF` say of its coordinates.

use geotiff_reader::geokeys::{self, GeoKeyDirectory};

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
    /// Not said, or nothing from which the size of a pixel on the ground follows: a unit that is
    /// not known, or another Mercator than that of the web.
    Unknown,
}

/// The systems and units of the EPSG registry: first and last code of a run, kind, size of a unit.
const REGISTRY: &str = include_str!("epsg_units.csv");

const MODEL_PROJECTED: u16 = 1;
const MODEL_GEOGRAPHIC: u16 = 2;
const ANGULAR_UNIT_SIZE: u16 = 2055;
const LINEAR_UNIT_SIZE: u16 = 3077;
const MERCATOR: u16 = 7;
const WEB_MERCATOR: [u16; 2] = [3857, 3785];
const USER_DEFINED: u16 = 32767;

/// The code of the horizontal system; none when the file names another unit than the system has.
pub(super) fn epsg(keys: &GeoKeyDirectory) -> Option<u32> {
    let system = System::of(keys);
    let code = system.code?;
    let own = system.named_unit(keys);
    let usual = ["metres", "mercator", "degrees"]
        .iter()
        .find_map(|kind| registered(code, kind));
    match (own, usual) {
        (Some(own), Some(usual)) if (own / usual - 1.0).abs() > 1e-6 => None,
        _ => Some(u32::from(code)),
    }
}

/// What the coordinates are.
pub(super) fn kind(keys: &GeoKeyDirectory) -> CrsKind {
    let system = System::of(keys);
    if system.code.is_some_and(|code| WEB_MERCATOR.contains(&code)) {
        return CrsKind::WebMercator;
    }
    // A unit that the file names goes before that of the registry; as in GDAL, a system of one's
    // own that names none is in metres or degrees.
    let unit = |kind| {
        let usual = match system.code {
            Some(code) => registered(code, kind),
            None => system.is_own.then_some(1.0),
        };
        system.named_unit(keys).or(usual)
    };
    let found = match system.model {
        MODEL_PROJECTED if !system.is_mercator(keys) => {
            unit("metres").map(|metres| CrsKind::Projected { metres })
        }
        MODEL_GEOGRAPHIC => unit("degrees").map(|degrees| CrsKind::Geographic { degrees }),
        _ => None,
    };
    found.unwrap_or(CrsKind::Unknown)
}

/// The keys of the system `code` with their values, where the registry knows it.
pub(super) fn keys_of(code: u32) -> Option<[(u16, u16); 2]> {
    let code = u16::try_from(code).ok()?;
    let is_one_of = |kinds: &[&str]| kinds.iter().any(|kind| registered(code, kind).is_some());
    let (model, key) = if is_one_of(&["metres", "mercator"]) {
        (MODEL_PROJECTED, geokeys::PROJECTED_CRS_TYPE)
    } else if is_one_of(&["degrees"]) {
        (MODEL_GEOGRAPHIC, geokeys::GEODETIC_CRS_TYPE)
    } else {
        return None;
    };
    Some([(geokeys::GT_MODEL_TYPE, model), (key, code)])
}

/// The horizontal system, as far as the keys name it.
struct System {
    model: u16,
    code: Option<u16>,
    /// Described by its parameters instead of a code.
    is_own: bool,
}

impl System {
    fn of(keys: &GeoKeyDirectory) -> Self {
        let projected = keys.get_short(geokeys::PROJECTED_CRS_TYPE);
        let geodetic = keys.get_short(geokeys::GEODETIC_CRS_TYPE);
        let model = match keys.get_short(geokeys::GT_MODEL_TYPE) {
            None | Some(0) if projected.is_some() => MODEL_PROJECTED,
            None | Some(0) if geodetic.is_some() => MODEL_GEOGRAPHIC,
            model => model.unwrap_or(0),
        };
        let code = match model {
            MODEL_PROJECTED => projected,
            MODEL_GEOGRAPHIC => geodetic,
            _ => None,
        };
        Self {
            model,
            code: code.filter(|&code| code != 0 && code != USER_DEFINED),
            is_own: code == Some(USER_DEFINED),
        }
    }

    fn is_mercator(&self, keys: &GeoKeyDirectory) -> bool {
        match self.code {
            Some(code) => registered(code, "mercator").is_some(),
            None => keys.get_short(geokeys::PROJ_COORD_TRANS) == Some(MERCATOR),
        }
    }

    /// Metres or degrees a unit, where the file names its unit.
    fn named_unit(&self, keys: &GeoKeyDirectory) -> Option<f64> {
        let (key, own_size, kind) = match self.model {
            MODEL_PROJECTED => (geokeys::PROJ_LINEAR_UNITS, LINEAR_UNIT_SIZE, "length"),
            MODEL_GEOGRAPHIC => (geokeys::GEOG_ANGULAR_UNITS, ANGULAR_UNIT_SIZE, "angle"),
            _ => return None,
        };
        let code = keys.get_short(key)?;
        if code != USER_DEFINED {
            return registered(code, kind);
        }
        let &[size] = keys.get_double(own_size)? else {
            return None;
        };
        let size = if kind == "angle" {
            size.to_degrees()
        } else {
            size
        };
        (size.is_finite() && size > 0.0).then_some(size)
    }
}

/// The size of the unit that the registry gives to `code`, when it is of this kind.
fn registered(code: u16, kind: &str) -> Option<f64> {
    REGISTRY.lines().find_map(|line| {
        let mut fields = line.split(',');
        let first: u16 = fields.next()?.parse().ok()?;
        let last: u16 = fields.next()?.parse().ok()?;
        let matches = (first..=last).contains(&code) && fields.next() == Some(kind);
        matches.then(|| fields.next()?.parse().ok()).flatten()
    })
}
