//! The files of a segmentation, beside the class map itself.

use std::fmt::Write;
use std::path::Path;

use lookalike_figures::{Class, Figure, Picture, ScenePictures};
use lookalike_imagery::picture::{MAX_PNG_PALETTE, encode_jpeg, encode_palette_png};
use lookalike_imagery::raster::{ClassMapSpec, ClassMapWriter, Georeference, Legend, world_file};
use serde_json::{Value, json};

use super::SceneModel;
use super::options::Segment;
use super::run::Segmentation;
use crate::Result;
use crate::output::OutputFolder;

/// In which format pictures of the scene are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PictureFormat {
    /// Exact, and clear where there is no data.
    #[default]
    Png,
    /// Smaller; grey where there is no data.
    Jpg,
}

impl PictureFormat {
    fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpg => "jpg",
        }
    }
}

const JPEG_QUALITY: u8 = 90;
/// What JPEG files show where there is no data.
const NO_DATA: [u8; 3] = [224; 3];
/// Pixels of a PNG figure for each on the page.
const PNG_SCALE: f32 = 2.0;
/// Square metres of a hectare.
const HECTARE: f64 = 10_000.0;

impl Segment {
    /// Begins the class map `NAME.tif` of a scene, for [`run`](Self::run) to fill.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn class_map(
        &self,
        source: &dyn lookalike_imagery::raster::RasterSource,
        model: &SceneModel,
        name: &str,
        folder: &mut OutputFolder,
    ) -> Result<ClassMapWriter> {
        let info = source.info();
        let spec = ClassMapSpec::new(info.width, info.height, model.colors())
            .georeference(info.georeference.clone())
            .confidence(self.confidence)
            .overviews(self.overviews);
        Ok(ClassMapWriter::create(
            &folder.path(format!("{name}.tif"))?,
            spec,
        )?)
    }
}

impl Segmentation {
    /// Writes everything but the class map: legends for GDAL and QGIS, areas, model, pictures and
    /// `report.html`. `name` is that of the class map without `.tif`, with its folder if it has one.
    ///
    /// All of them are the same, byte for byte, on any number of threads.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(
        &self,
        folder: &mut OutputFolder,
        name: &str,
        format: PictureFormat,
    ) -> Result<()> {
        let legend = Legend::new(self.model.colors(), self.model.names())?;
        folder.write(
            format!("{name}.tif.aux.xml"),
            legend.gdal_aux_xml().as_bytes(),
        )?;
        folder.write(format!("{name}.qml"), legend.qgis_style().as_bytes())?;
        folder.write(format!("{name}.areas.csv"), self.areas_csv().as_bytes())?;
        folder.write(format!("{name}.model.json"), self.model.json().as_bytes())?;
        self.write_pictures(folder, name, format)
    }

    fn write_pictures(
        &self,
        folder: &mut OutputFolder,
        name: &str,
        format: PictureFormat,
    ) -> Result<()> {
        let (scene, (classes, classes_file)) =
            rayon::join(|| self.scene_picture(), || self.class_picture(format)).both()?;
        let (preview, (scene_file, report)) = rayon::join(
            || -> Result<Vec<u8>> { Ok(self.preview(&classes, name)?.png(PNG_SCALE)?) },
            || {
                let scene_file = self.scene_file(&scene, format)?;
                Ok((scene_file, self.report(name, &scene, &classes)?))
            },
        )
        .both()?;
        let extension = format.extension();
        folder.write(format!("{name}.stretched.{extension}"), &scene_file)?;
        folder.write(format!("{name}.classes.{extension}"), &classes_file)?;
        let zoom = self.pictures.zoom.factors();
        if let Some(world) = self.georeference.as_ref().and_then(|g| world_file(g, zoom)) {
            let short: String = [&extension[..1], &extension[2..], "w"].concat();
            folder.write(format!("{name}.stretched.{short}"), world.as_bytes())?;
            folder.write(format!("{name}.classes.{short}"), world.as_bytes())?;
        }
        folder.write(format!("{name}.preview.png"), &preview)?;
        folder.write(
            Path::new(name).with_file_name("report.html"),
            report.as_bytes(),
        )
    }

    /// The stretched scene, for the report.
    fn scene_picture(&self) -> Result<Picture> {
        let (zoom, rgba) = (self.pictures.zoom, &self.pictures.scene);
        let (width, height) = (zoom.picture_width, zoom.picture_height);
        let jpeg = encode_jpeg(width, height, rgba, JPEG_QUALITY, NO_DATA)?;
        Ok(Picture::from_file(width, height, jpeg)?)
    }

    /// The stretched scene as a file.
    fn scene_file(&self, picture: &Picture, format: PictureFormat) -> Result<Vec<u8>> {
        let (width, height) = picture.size();
        Ok(match format {
            PictureFormat::Png => Picture::from_rgba(width, height, &self.pictures.scene)?
                .file()
                .to_vec(),
            PictureFormat::Jpg => picture.file().to_vec(),
        })
    }

    /// The classes in their colours: for the report, and as a file.
    fn class_picture(&self, format: PictureFormat) -> Result<(Picture, Vec<u8>)> {
        let zoom = self.pictures.zoom;
        let (width, height) = (zoom.picture_width, zoom.picture_height);
        let classes = &self.pictures.classes.classes;
        let mut colors = vec![[0; 4]];
        colors.extend(self.model.colors().iter().map(|c| [c[0], c[1], c[2], 255]));
        let rgba = || -> Vec<u8> {
            let pixels = classes.iter();
            pixels
                .flat_map(|&class| colors[usize::from(class)])
                .collect()
        };
        let picture = if colors.len() <= MAX_PNG_PALETTE {
            let file = encode_palette_png(width, height, &colors, classes)?;
            Picture::from_file(width, height, file)?
        } else {
            Picture::from_rgba(width, height, &rgba())?
        };
        let file = match format {
            PictureFormat::Png => picture.file().to_vec(),
            PictureFormat::Jpg => encode_jpeg(width, height, &rgba(), JPEG_QUALITY, NO_DATA)?,
        };
        Ok((picture, file))
    }

    /// The class map with its legend.
    fn preview(&self, classes: &Picture, name: &str) -> Result<Figure> {
        let legend = self.legend();
        let mut figure = ScenePictures::new(&[(classes, "")])
            .classes(&legend)
            .hard_edges()
            .title(title(name));
        if self.n_invalid > 0 {
            figure = figure.no_data(self.invalid_share());
        }
        Ok(figure.draw()?)
    }

    /// The classes with their shares, for figures.
    pub(super) fn legend(&self) -> Vec<Class> {
        let class =
            |c: &super::ClassSummary| Class::new(c.name.clone(), c.color).note(percent(c.share));
        self.classes.iter().map(class).collect()
    }

    /// Which part of all pixels has no data.
    pub(super) fn invalid_share(&self) -> String {
        percent(self.n_invalid as f64 / (self.size.0 * self.size.1) as f64)
    }

    /// One row a class. Shares are of the valid pixels; areas are empty where the place is not known.
    fn areas_csv(&self) -> String {
        let mut csv = String::from("class,name,color,pixels,share,square_metres,hectares");
        for band in &self.bands {
            // Writing to a string cannot fail.
            let _ = write!(csv, ",{}", quoted(&format!("center {band}")));
        }
        csv.push('\n');
        for c in &self.classes {
            let [red, green, blue] = c.color;
            let _ = write!(
                csv,
                "{},{},#{red:02x}{green:02x}{blue:02x},{},{:.6}",
                c.class,
                quoted(&c.name),
                c.pixels,
                c.share
            );
            let _ = match c.square_metres {
                Some(area) => write!(csv, ",{area:.1},{:.4}", area / HECTARE),
                None => write!(csv, ",,"),
            };
            for value in &c.center {
                let _ = write!(csv, ",{value}");
            }
            csv.push('\n');
        }
        csv
    }

    /// Everything found but times, as one JSON document.
    pub fn json(&self) -> Value {
        let hectares = |c: &super::ClassSummary| c.square_metres.map(|area| area / HECTARE);
        let classes: Vec<Value> = self
            .classes
            .iter()
            .map(|c| {
                let mut class = json!(c);
                class["hectares"] = json!(hectares(c));
                class
            })
            .collect();
        json!({
            "scene": {
                "name": self.scene, "width": self.size.0, "height": self.size.1,
                "bands": self.bands, "n_invalid": self.n_invalid,
                "epsg": self.georeference.as_ref().and_then(Georeference::epsg),
            },
            "classes": classes,
            "fit": self.model.fit,
            "was_fitted": self.was_fitted,
            "n_distinct": self.n_distinct,
            "choice": self.choice,
        })
    }
}

/// What people call it: the name without its folder.
pub(super) fn title(name: &str) -> String {
    let name = Path::new(name).file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// `12.3 %`, with more digits below one percent.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent > 0.0 && percent < 0.95 {
        format!("{percent:.2} %")
    } else {
        format!("{percent:.1} %")
    }
}

/// A text as a cell of a CSV file.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Two results as one.
trait Both<A, B> {
    fn both(self) -> Result<(A, B)>;
}

impl<A, B> Both<A, B> for (Result<A>, Result<B>) {
    fn both(self) -> Result<(A, B)> {
        Ok((self.0?, self.1?))
    }
}
