//! Where a JPEG 2000 image lies: `GeoJP2`, or GML in JP2.

use roxmltree::{Document, Node};
use tiff_reader::TiffFile;

use super::boxes::Boxes;
use crate::raster::{CrsKind, Georeference, geotiff};

/// What the boxes say; `GeoJP2` before GML, as GDAL does.
pub(super) fn georeference(boxes: &mut Boxes) -> Option<Georeference> {
    let geotiff = boxes.geotiff.take().and_then(from_geotiff);
    geotiff.or_else(|| boxes.xml.iter().find_map(|xml| from_gml(xml)))
}

fn from_geotiff(bytes: Vec<u8>) -> Option<Georeference> {
    let file = TiffFile::from_bytes(bytes).ok()?;
    let georeference = geotiff::georeference(file.ifd(0).ok()?)?;
    georeference.transform().map(|_| georeference)
}

/// Reads the first rectified grid of a GML coverage.
///
/// The origin is the centre of the first pixel.
fn from_gml(xml: &str) -> Option<Georeference> {
    let document = Document::parse(xml.trim_matches(['\0', ' ', '\n', '\r'])).ok()?;
    let named = |node: Node<'_, '_>, name: &str| node.tag_name().name() == name;
    let grid = document
        .descendants()
        .find(|&node| named(node, "RectifiedGrid"))?;
    let origin = grid.descendants().find(|&node| named(node, "origin"))?;
    let position = origin
        .descendants()
        .find(|&node| named(node, "pos") || named(node, "coordinates"))?;
    let mut vectors = grid
        .descendants()
        .filter(|&node| named(node, "offsetVector"));
    let [mut center, mut column, mut row] = [
        pair(position.text()?)?,
        pair(vectors.next()?.text()?)?,
        pair(vectors.next()?.text()?)?,
    ];

    let mut names = grid.descendants().chain(document.descendants());
    let system = names.find_map(|node| node.attribute("srsName"));
    let epsg = system.and_then(epsg);
    if system.is_some_and(is_ordered_by_authority) && has_northing_first(epsg, column, row) {
        for vector in [&mut center, &mut column, &mut row] {
            vector.swap(0, 1);
        }
    }
    let corner: [f64; 2] = std::array::from_fn(|i| center[i] - f64::midpoint(column[i], row[i]));
    let transform = [corner[0], column[0], row[0], corner[1], column[1], row[1]];
    let has_area =
        transform.iter().all(|t| t.is_finite()) && column[0] * row[1] - column[1] * row[0] != 0.0;
    has_area.then(|| Georeference::from_transform(transform, epsg))
}

fn pair(text: &str) -> Option<[f64; 2]> {
    let mut numbers = text
        .split([',', ' ', '\t', '\n', '\r'])
        .filter(|word| !word.is_empty())
        .map(str::parse);
    Some([numbers.next()?.ok()?, numbers.next()?.ok()?])
}

/// The code in `urn:ogc:def:crs:EPSG::32631`, `EPSG:32631`,
/// `http://www.opengis.net/def/crs/EPSG/0/32631` and the like.
fn epsg(system: &str) -> Option<u32> {
    let is_epsg = system.to_ascii_lowercase().contains("epsg");
    let code = system.rsplit(|c: char| !c.is_ascii_digit()).next()?;
    code.parse().ok().filter(|_| is_epsg)
}

/// Whether coordinates stand in the order of the authority's definition, not always x first.
fn is_ordered_by_authority(system: &str) -> bool {
    system.starts_with("urn:") || system.starts_with("http://www.opengis.net/def/crs/")
}

/// Whether the first coordinate goes north.
///
/// All geographic systems of the EPSG have latitude first. Of projected ones, which are told apart
/// by no property of their code, the few with northing first are recognised by columns that would
/// otherwise run north, as no image has them that was not turned by a quarter.
fn has_northing_first(epsg: Option<u32>, column: [f64; 2], row: [f64; 2]) -> bool {
    let kind = Georeference::from_transform([0.0, 1.0, 0.0, 0.0, 0.0, -1.0], epsg).kind();
    match kind {
        CrsKind::Geographic { .. } => true,
        _ => column[0] == 0.0 && row[1] == 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gml(system: &str, position: &str, vectors: [&str; 2]) -> String {
        let [column, row] = vectors;
        format!(
            "<?xml version=\"1.0\"?><gml:FeatureCollection xmlns:gml=\"http://www.opengis.net/gml\">\
             <gml:RectifiedGrid dimension=\"2\"><gml:origin><gml:Point srsName=\"{system}\">\
             <gml:pos>{position}</gml:pos></gml:Point></gml:origin>\
             <gml:offsetVector>{column}</gml:offsetVector><gml:offsetVector>{row}</gml:offsetVector>\
             </gml:RectifiedGrid></gml:FeatureCollection>\0"
        )
    }

    fn place(xml: &str) -> (Option<u32>, [f64; 6]) {
        let georeference = from_gml(xml).unwrap();
        (georeference.epsg(), georeference.transform().unwrap())
    }

    #[test]
    fn positions_are_centers() {
        let xml = gml(
            "urn:ogc:def:crs:EPSG::32631",
            "300030 4100010",
            ["60 0", "0 -60"],
        );
        let expected = (Some(32631), [300_000.0, 60.0, 0.0, 4_100_040.0, 0.0, -60.0]);
        assert_eq!(place(&xml), expected);
        let url = "http://www.opengis.net/def/crs/EPSG/0/32631";
        assert_eq!(
            place(&gml(url, "300030,4100010", ["60 0", "0 -60"])),
            expected
        );
    }

    #[test]
    fn latitude_stands_first_where_the_authority_says_so() {
        let expected = (Some(4326), [9.5, 1.0, 0.0, 50.25, 0.0, -0.5]);
        let xml = gml("urn:ogc:def:crs:EPSG::4326", "50 10", ["0 1", "-0.5 0"]);
        assert_eq!(place(&xml), expected);
        let xml = gml("EPSG:4326", "10 50", ["1 0", "0 -0.5"]);
        assert_eq!(place(&xml), expected);
    }

    #[test]
    fn northing_first_is_seen_in_the_vectors() {
        let xml = gml(
            "urn:ogc:def:crs:EPSG::3035",
            "3000005 4000005",
            ["0 10", "-10 0"],
        );
        let expected = [4_000_000.0, 10.0, 0.0, 3_000_010.0, 0.0, -10.0];
        assert_eq!(place(&xml), (Some(3035), expected));
    }

    #[test]
    fn what_is_no_grid_says_nothing() {
        assert_eq!(from_gml("<gml>"), None);
        assert_eq!(from_gml("<a/>"), None);
        let system = "urn:ogc:def:crs:EPSG::32631";
        assert_eq!(from_gml(&gml(system, "1 x", ["1 0", "0 1"])), None);
        assert_eq!(from_gml(&gml(system, "1 2", ["1 0", "2 0"])), None);
        assert_eq!(from_gml(&gml(system, "1 2", ["nan 0", "0 1"])), None);
    }
}
