//! How much ground a pixel covers.

use super::{CrsKind, Georeference};

/// Half the longer and the shorter axis of the ellipsoid of WGS 84, in metres.
const A: f64 = 6_378_137.0;
const B: f64 = 6_356_752.314_245_179;

/// The area on the ground of a pixel, which in degrees and in Web Mercator depends on its row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PixelAreas {
    kind: Kind,
    /// y of the upper edge of row 0, and the height of a row; in degrees or metres.
    top: f64,
    step: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// All the same, in square metres.
    Same(f64),
    /// The width of a pixel in radians of longitude; y in degrees.
    Degrees(f64),
    /// The width of a pixel in radians of longitude; y in metres of Web Mercator.
    WebMercator(f64),
}

impl PixelAreas {
    /// The areas of the pixels of a raster that lies there.
    ///
    /// In degrees and in Web Mercator they are those between meridians and parallels of the
    /// ellipsoid of WGS 84, exact but for rounding; on other ellipsoids the difference is below
    /// 0.1 %. In other projections they are those of the map, as if it were true to area.
    ///
    /// # Errors
    /// When no area follows from the georeference; the text says why.
    pub fn of(georeference: &Georeference) -> std::result::Result<Self, &'static str> {
        let Some([_, dx, x_by_row, top, y_by_column, dy]) = georeference.transform() else {
            return Err("the raster has no transform from pixels to coordinates");
        };
        let is_rotated = x_by_row != 0.0 || y_by_column != 0.0;
        let upright = |kind: Kind, unit: f64| Self {
            kind,
            top: top * unit,
            step: dy * unit,
        };
        match georeference.kind() {
            CrsKind::Projected { metres } => {
                let map_units = (dx * dy - x_by_row * y_by_column).abs();
                Ok(upright(Kind::Same(map_units * metres * metres), metres))
            }
            CrsKind::Geographic { .. } | CrsKind::WebMercator if is_rotated => {
                Err("the raster is rotated against meridians and parallels")
            }
            CrsKind::Geographic { degrees } => {
                let width = (dx * degrees).abs().to_radians();
                Ok(upright(Kind::Degrees(width), degrees))
            }
            CrsKind::WebMercator => Ok(upright(Kind::WebMercator(dx.abs() / A), 1.0)),
            CrsKind::Unknown => Err("the units of the raster's reference system are not known"),
        }
    }

    /// Square metres of a pixel of this row, counted from 0.
    pub fn square_metres(&self, row: usize) -> f64 {
        let upper = self.top + row as f64 * self.step;
        let lower = self.top + (row + 1) as f64 * self.step;
        match self.kind {
            Kind::Same(area) => area,
            Kind::Degrees(width) => {
                let latitude = |y: f64| y.clamp(-90.0, 90.0).to_radians();
                width * (zone(latitude(upper).sin()) - zone(latitude(lower).sin())).abs()
            }
            Kind::WebMercator(width) => {
                // Web Mercator takes geodetic latitudes as if they were those of a sphere.
                let sine = |y: f64| (y / A).tanh();
                width * (zone(sine(upper)) - zone(sine(lower))).abs()
            }
        }
    }
}

/// The area from the equator to the latitude of this sine, a radian wide (Snyder 1987, 3-12).
fn zone(sine: f64) -> f64 {
    let e2 = 1.0 - (B / A) * (B / A);
    let e = e2.sqrt();
    let q = sine / (1.0 - e2 * sine * sine) + (e * sine).atanh() / e;
    B * B / 2.0 * q
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "products of small numbers are exact")]

    use serde_json::Value;

    use super::*;

    const GOLDEN: &str = include_str!("../../../../testdata/golden/pixel_area.json");

    #[test]
    fn areas_are_those_of_geodesics() {
        let golden: Value = serde_json::from_str(GOLDEN).unwrap();
        let cases = golden["cases"].as_array().unwrap();
        assert!(cases.len() >= 10);
        for case in cases {
            let transform = std::array::from_fn(|i| case["transform"][i].as_f64().unwrap());
            let epsg = case["epsg"].as_u64().unwrap() as u32;
            let place = Georeference::from_transform(transform, Some(epsg));
            let areas = PixelAreas::of(&place).unwrap();
            for (i, row) in case["rows"].as_array().unwrap().iter().enumerate() {
                let got = areas.square_metres(row.as_u64().unwrap() as usize);
                let expected = case["areas"][i].as_f64().unwrap();
                assert!(
                    (got / expected - 1.0).abs() < 1e-6,
                    "{transform:?}: {got}, {expected}"
                );
            }
        }
    }

    #[test]
    fn the_whole_earth_has_its_known_area() {
        let place = Georeference::from_transform([-180.0, 1.0, 0.0, 90.0, 0.0, -1.0], Some(4326));
        let areas = PixelAreas::of(&place).unwrap();
        let total: f64 = (0..180).map(|row| 360.0 * areas.square_metres(row)).sum();
        // Geod's own figure of the ellipsoid's surface.
        assert!(
            (total / 510_065_621_724_088.4 - 1.0).abs() < 1e-12,
            "{total}"
        );
        assert_eq!(areas.square_metres(180), 0.0);
    }

    #[test]
    fn maps_count_by_their_determinant_and_unit() {
        let of = |transform, epsg| {
            PixelAreas::of(&Georeference::from_transform(transform, epsg))
                .unwrap()
                .square_metres(3)
        };
        assert_eq!(of([5e5, 30.0, 0.0, 4e6, 0.0, -30.0], Some(32633)), 900.0);
        assert_eq!(of([5e5, 8.0, 3.0, 4e6, 2.0, -9.0], Some(32633)), 78.0);
        let feet = of([5e5, 10.0, 0.0, 4e5, 0.0, -10.0], Some(2263));
        assert!((feet - 100.0 * 0.304_800_609_601_219_24_f64.powi(2)).abs() < 1e-12);
    }

    #[test]
    fn degrees_may_run_upwards_and_count_in_grads() {
        let of = |transform, epsg, row| {
            let place = Georeference::from_transform(transform, Some(epsg));
            PixelAreas::of(&place).unwrap().square_metres(row)
        };
        let down = of([0.0, 0.1, 0.0, 45.0, 0.0, -0.1], 4326, 4);
        let up = of([0.0, 0.1, 0.0, 44.0, 0.0, 0.1], 4326, 5);
        assert!((down / up - 1.0).abs() < 1e-9);
        let grads = of([0.0, 0.1 / 0.9, 0.0, 50.0, 0.0, -0.1 / 0.9], 4807, 4);
        assert!((down / grads - 1.0).abs() < 1e-9);
    }

    #[test]
    fn where_no_area_follows_the_reason_is_told() {
        let of = |transform, epsg| PixelAreas::of(&Georeference::from_transform(transform, epsg));
        let rotated = [0.0, 1.0, 0.1, 5.0, 0.1, -1.0];
        assert!(of(rotated, Some(4326)).unwrap_err().contains("rotated"));
        assert!(of(rotated, Some(3857)).unwrap_err().contains("rotated"));
        assert!(of(rotated, None).unwrap_err().contains("not known"));
        assert!(of(rotated, Some(3395)).unwrap_err().contains("not known"));
        let nowhere = Georeference::from_tags(Vec::new());
        assert!(
            PixelAreas::of(&nowhere)
                .unwrap_err()
                .contains("no transform")
        );
    }
}
