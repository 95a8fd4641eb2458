//! The second chapter of the tutorial: a scene whose truth is known.

use lookalike_figures::{Class, ConfusionHeatmap, Figure, Picture, Report, ScenePictures};
use lookalike_imagery::raster::{ClassMapSpec, ClassMapWriter, Rgb, parse_colors};
use lookalike_learn::Context;
use lookalike_learn::metrics::Matching;
use serde_json::{Value, json};

use super::files::percent;
use super::synthetic::{CLASSES, HEIGHT, SyntheticScene, WIDTH};
use super::{ClassMemory, PictureFormat, Segment, Segmentation};
use crate::evaluation::Evaluation;
use crate::output::OutputFolder;
use crate::{ClusterCount, Result};

/// The colours of water, wood, fields and town: those of the tutorial, each where it belongs.
const COLORS: &str = "navy,green,#E1AD01,#B90E0A";
/// Names of the files, in their folder.
const NAME: &str = "scene/synthetic";

/// The synthetic scene, its classes, and how well they fit the truth.
#[derive(Debug, Clone)]
pub struct SceneDemo {
    scene: SyntheticScene,
    classes: ClassMemory,
    /// What k-means found; each class has the name of the true one that most of its pixels have.
    pub segmentation: Segmentation,
    /// The classes against the truth, over the pixels with data.
    pub evaluation: Evaluation,
}

impl SceneDemo {
    /// Makes the scene of this seed, finds four classes in it and judges them.
    ///
    /// # Errors
    /// When cancelled through `context`.
    pub fn run(seed: u64, context: &Context) -> Result<Self> {
        let scene = context.run(|| SyntheticScene::new(seed));
        let segment = Segment::new(ClusterCount::Exactly(CLASSES.len())).seed(seed);
        let mut classes = ClassMemory::default();
        let (mut segmentation, _) =
            segment.run(&scene.raster(), None, |_| Ok(&mut classes), context)?;
        let pixels = scene.truth().iter().zip(&classes.classes);
        let valid = pixels.filter(|&(_, &class)| class > 0);
        let (truth, found): (Vec<i32>, Vec<i32>) = valid
            .map(|(&truth, &class)| (i32::from(truth), i32::from(class)))
            .unzip();
        let colors = parse_colors(COLORS)?;
        let looks: Vec<(String, Rgb)> = Matching::by_majority(&truth, &found)?
            .clusters()
            .iter()
            .filter_map(|cluster| cluster.label)
            .map(|label| label as usize - 1)
            .map(|class| (CLASSES[class].to_owned(), colors[class]))
            .collect();
        segmentation.set_looks(&looks);
        Ok(Self {
            evaluation: Evaluation::new(&truth, &found)?,
            scene,
            classes,
            segmentation,
        })
    }

    /// Writes all files of the segmentation into the folder `scene`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &mut OutputFolder) -> Result<()> {
        let path = folder.path(format!("{NAME}.tif"))?;
        let spec = ClassMapSpec::new(WIDTH, HEIGHT, self.segmentation.model.colors());
        let mut map = ClassMapWriter::create(&path, spec)?;
        map.write_rows(&self.classes.classes, None)?;
        map.finish()?;
        self.segmentation.write(folder, NAME, PictureFormat::Png)
    }

    /// Everything measured but times, as one JSON document.
    pub fn metrics(&self) -> Value {
        json!({
            "segmentation": self.segmentation.json(),
            "evaluation": self.evaluation,
        })
    }

    /// Adds the chapter to the page of the tutorial.
    pub(crate) fn chapter(&self, report: Report) -> Result<Report> {
        let accuracy = self.evaluation.scores.accuracy;
        Ok(report
            .heading("A scene from above")
            .paragraph(&format!(
                "The same k-means on the pixels of a scene: {WIDTH}×{HEIGHT} pixels in four bands, \
                 made by the program itself, so that the truth is known. A real one has noise, \
                 mixed pixels and a swath that ends, and so has this. Pixels without data are left \
                 out; {} of all others get the right class.",
                percent(accuracy)
            ))
            .figure(
                &self.pictures()?,
                "In the tutorial's colours. The names were given afterwards: each class is \
                 called as most of its pixels truly are.",
            )?
            .figure(&self.confusion()?, "True classes across, found ones down.")?
            .paragraph(
                "The folder scene has what a map maker needs of it: the class map as a GeoTIFF \
                 with its colours, areas, a style for QGIS, a model for other scenes, and a report \
                 of its own.",
            ))
    }

    fn pictures(&self) -> Result<Figure> {
        let colors = self.segmentation.model.colors();
        let of_truth = parse_colors(COLORS)?;
        let scene = Picture::from_rgba(WIDTH, HEIGHT, &self.segmentation.pictures.scene)?;
        let truth = painted(
            self.scene.truth().iter().map(|&c| usize::from(c)),
            &of_truth,
        )?;
        let found = painted(
            self.classes.classes.iter().map(|&c| usize::from(c)),
            &colors,
        )?;
        let legend: Vec<Class> = CLASSES
            .iter()
            .zip(of_truth)
            .map(|(&name, color)| Class::new(name, color))
            .collect();
        let pictures = [
            (&scene, "the scene"),
            (&truth, "the truth"),
            (&found, "what k-means found"),
        ];
        Ok(ScenePictures::new(&pictures)
            .classes(&legend)
            .no_data(self.segmentation.invalid_share())
            .draw()?)
    }

    fn confusion(&self) -> Result<Figure> {
        let matrix = &self.evaluation.confusion_matrix;
        let names: Vec<&str> = matrix
            .labels
            .iter()
            .map(|&label| CLASSES[label as usize - 1])
            .collect();
        Ok(ConfusionHeatmap::new(&matrix.counts)
            .true_names(&names)
            .predicted_names(&names)
            .title("Pixels of the scene")
            .draw()?)
    }
}

/// A picture of classes, in the colours of classes 1, 2, …
fn painted(classes: impl Iterator<Item = usize>, colors: &[Rgb]) -> Result<Picture> {
    let mut of_classes = vec![[0; 4]];
    of_classes.extend(colors.iter().map(|c| [c[0], c[1], c[2], 255]));
    let rgba: Vec<u8> = classes.flat_map(|class| of_classes[class]).collect();
    Ok(Picture::from_rgba(WIDTH, HEIGHT, &rgba)?)
}
