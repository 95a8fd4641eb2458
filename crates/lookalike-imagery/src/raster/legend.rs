//! Names and colours of classes for programs that do not find them in the `GeoTIFF` itself.

use std::fmt::Write;

use super::Rgb;
use crate::{Error, Result};

/// Names and colours of classes 1 to k.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Legend {
    colors: Vec<Rgb>,
    names: Vec<String>,
}

impl Legend {
    /// Classes of these colours and names; without names they are called `class 1` and so on.
    ///
    /// # Errors
    /// When there are names, but not one for each colour.
    pub fn new(colors: Vec<Rgb>, names: Vec<String>) -> Result<Self> {
        if !names.is_empty() && names.len() != colors.len() {
            let rule = format!("be as many as classes ({})", colors.len());
            return Err(Error::parameter("names", rule, names.len()));
        }
        let names = if names.is_empty() {
            (1..=colors.len()).map(|i| format!("class {i}")).collect()
        } else {
            names
        };
        Ok(Self { colors, names })
    }

    /// The colours of classes 1 to k.
    pub fn colors(&self) -> &[Rgb] {
        &self.colors
    }

    /// The names of classes 1 to k.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What GDAL reads beside `NAME.tif` in `NAME.tif.aux.xml`: category names, and a table of
    /// values, names and colours, both for band 1.
    pub fn gdal_aux_xml(&self) -> String {
        let mut xml =
            String::from("<PAMDataset>\n  <PAMRasterBand band=\"1\">\n    <CategoryNames>\n");
        xml.push_str("      <Category>no data</Category>\n");
        for name in &self.names {
            _ = writeln!(xml, "      <Category>{}</Category>", escaped(name));
        }
        xml.push_str("    </CategoryNames>\n");
        xml.push_str("    <GDALRasterAttributeTable tableType=\"thematic\">\n");
        // Type 0 is a whole number, 2 a text; the usages are GDAL's GFU_MinMax, Name, Red, …
        let fields = [
            ("Value", 0, 5),
            ("Class", 2, 2),
            ("Red", 0, 6),
            ("Green", 0, 7),
            ("Blue", 0, 8),
        ];
        for (i, (name, kind, usage)) in fields.iter().enumerate() {
            _ = writeln!(
                xml,
                "      <FieldDefn index=\"{i}\"><Name>{name}</Name><Type>{kind}</Type>\
                 <Usage>{usage}</Usage></FieldDefn>"
            );
        }
        for (i, ([red, green, blue], name)) in self.colors.iter().zip(&self.names).enumerate() {
            _ = writeln!(
                xml,
                "      <Row index=\"{i}\"><F>{}</F><F>{}</F><F>{red}</F><F>{green}</F>\
                 <F>{blue}</F></Row>",
                i + 1,
                escaped(name)
            );
        }
        xml + "    </GDALRasterAttributeTable>\n  </PAMRasterBand>\n</PAMDataset>\n"
    }

    /// The style of QGIS for `NAME.tif`, read from `NAME.qml`: band 1 by values with their names.
    pub fn qgis_style(&self) -> String {
        let mut xml = String::from(
            "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n\
             <qgis version=\"3.22\" styleCategories=\"Symbology\">\n  <pipe>\n    \
             <rasterrenderer type=\"paletted\" band=\"1\" opacity=\"1\" alphaBand=\"-1\" \
             nodataColor=\"\">\n      <colorPalette>\n",
        );
        for (i, ([red, green, blue], name)) in self.colors.iter().zip(&self.names).enumerate() {
            _ = writeln!(
                xml,
                "        <paletteEntry value=\"{}\" color=\"#{red:02x}{green:02x}{blue:02x}\" \
                 label=\"{}\" alpha=\"255\"/>",
                i + 1,
                escaped(name)
            );
        }
        xml + "      </colorPalette>\n    </rasterrenderer>\n  </pipe>\n</qgis>\n"
    }
}

/// Text for an element or an attribute; what XML cannot hold becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\0'..'\u{20}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use roxmltree::{Document, ParsingOptions};

    use super::*;

    #[test]
    fn names_come_one_a_class_or_not_at_all() {
        let colors = vec![[1, 2, 3], [255, 0, 16]];
        let error = Legend::new(colors.clone(), vec!["water".into()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "names must be as many as classes (2), got 1"
        );
        let legend = Legend::new(colors.clone(), Vec::new()).unwrap();
        assert_eq!(legend.names(), ["class 1", "class 2"]);
        assert_eq!(legend.colors(), colors);
    }

    proptest! {
        #[test]
        fn any_name_survives(name in "\\PC{0,20}", control in "[\t\n\u{1}a\u{ffff}]{0,3}") {
            let legend = Legend::new(vec![[1, 2, 3], [255, 0, 16]], vec![name.clone(), control]).unwrap();
            let aux = legend.gdal_aux_xml();
            let aux = Document::parse(&aux).unwrap();
            let categories: Vec<&str> = aux
                .descendants()
                .filter(|node| node.has_tag_name("Category"))
                .map(|node| node.text().unwrap_or_default())
                .collect();
            prop_assert_eq!(&categories[..2], &["no data", &name]);
            let row: Vec<&str> = aux
                .descendants()
                .filter(|node| node.has_tag_name("F"))
                .map(|node| node.text().unwrap_or_default())
                .take(5)
                .collect();
            prop_assert_eq!(row, ["1", &name, "1", "2", "3"]);

            let style = legend.qgis_style();
            let options = ParsingOptions { allow_dtd: true, ..Default::default() };
            let style = Document::parse_with_options(&style, options).unwrap();
            let entries: Vec<_> =
                style.descendants().filter(|node| node.has_tag_name("paletteEntry")).collect();
            prop_assert_eq!(entries.len(), 2);
            prop_assert_eq!(entries[0].attribute("label"), Some(&name[..]));
            prop_assert_eq!(entries[1].attribute("value"), Some("2"));
            prop_assert_eq!(entries[1].attribute("color"), Some("#ff0010"));
        }
    }
}
