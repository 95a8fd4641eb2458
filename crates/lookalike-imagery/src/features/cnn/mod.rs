//! Features by a neural network: the last hidden vector before its prediction, or any other layer.
//!
//! The network is an ONNX file of the user. It is cut at the layer before it is loaded, so that
//! weights behind it cost nothing, and runs on the CPU. Rows of one picture have the same bits
//! whatever pictures are beside it and however many threads run.
//!
//! | file | what it is |
//! |---|---|
//! | `wire`, `proto` | the ONNX file, read without copies and without belief |
//! | `flow`, `choose`, `cut`, `external` | what is computed from what; the layer; the file without the rest |
//! | `input`, `preprocess` | what the network wants to be given |
//! | `sites`, `split`, `convolution/`, `engine`, `network` | what is done here and what the engine runs; running it |
//! | `backend`, `onnxruntime` | that, or another engine for all |
//! | `pool` | from its tensor to rows |

mod backend;
mod choose;
mod convolution;
mod cut;
mod engine;
mod external;
mod flow;
mod input;
mod layers;
mod network;
#[cfg(feature = "onnxruntime")]
mod onnxruntime;
mod pool;
mod preprocess;
mod proto;
mod sites;
mod split;
mod wire;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use ndarray::{ArrayViewMut1, ArrayViewMut2, Axis};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use self::backend::Backend;
use self::choose::Choice;
use self::flow::Flow;
use self::input::Input;
use self::pool::Shape;
use self::proto::Model;
use super::Features;
use crate::picture::Picture;
use crate::{Error, Result};

pub use layers::{Layer, layers, layers_of_bytes};
pub use pool::Pool;
pub use preprocess::Preprocess;

/// Pictures a batch, if the model leaves it free. Always so many: how the engine rounds may depend on
/// the number.
const BATCH: usize = 8;

/// Rows and columns of the input, if the model leaves them free.
const DEFAULT_SIDE: usize = 224;

/// A model file may have this many bytes: more does not go into one message of Protocol Buffers.
const MAX_BYTES: u64 = (1 << 31) - 1;

/// What to take from a model, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CnnOptions {
    /// The name of a tensor or node; by default the last hidden vector before the classifier, or the
    /// output of a model without one.
    pub layer: Option<String>,
    /// By default guessed from the graph.
    pub preprocess: Option<Preprocess>,
    /// For layers that have places or tokens; by default the average.
    pub pool: Pool,
    /// Whether rows get length 1; by default they do.
    pub normalize: bool,
}

impl Default for CnnOptions {
    fn default() -> Self {
        Self {
            layer: None,
            preprocess: None,
            pool: Pool::default(),
            normalize: true,
        }
    }
}

/// A network whose layer is the features.
#[derive(Debug)]
pub struct Cnn {
    path: PathBuf,
    backend: Backend,
    input: Input,
    preprocess: Preprocess,
    shape: Shape,
    pool: Pool,
    normalize: bool,
    layer: String,
    digest: String,
    choices: Vec<String>,
}

impl Cnn {
    /// Loads what is needed of an ONNX model and runs it once.
    ///
    /// # Errors
    /// When the file cannot be read or is no ONNX model; the layer is unknown, is not of floats, or is
    /// nothing that has a row a picture; the model wants more than one input, or pictures of other
    /// than 1 or 3 channels; or the engine lacks an operator, which the message names.
    pub fn open(model: &Path, options: &CnnOptions) -> Result<Self> {
        let path = model;
        let file = read_model(path)?;
        let model = Model::parse(&file).map_err(|fault| not_onnx(path, fault))?;
        let flow = Flow::new(&model.graph).map_err(|fault| Error::damaged(path, fault))?;
        let unsupported = |fault: String| Error::unsupported(path, fault);
        let choice = choose(&flow, options.layer.as_deref()).map_err(unsupported)?;
        let (needed, _) = flow.needed(&[choice.tensor], |_| false);
        let input = Input::of(&flow, &needed).map_err(unsupported)?;
        let (guess, why) = preprocess::guess(&input, model.producer, &model.graph.names());
        let layout = pool::layout_of(&flow, &input, choice.tensor);

        let mut choices = vec![format!("layer {}: {}", choice.tensor, choice.why)];
        let preprocess = options.preprocess.unwrap_or(guess);
        if options.preprocess.is_none() {
            choices.push(format!("preprocess {guess}: {why}"));
        }
        let layer = choice.tensor.to_owned();
        let cut = cut::cut(&model, &flow, &[choice.tensor], &[], path)?;
        drop(file);
        let digest = Sha256::digest(&cut);
        let digest = digest.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        let backend = Backend::load(&cut, &input, &layer).map_err(unsupported)?;
        drop(cut);
        let mut cnn = Self {
            path: path.to_owned(),
            backend,
            input,
            preprocess,
            shape: Shape::Vector { n: 0 },
            pool: options.pool,
            normalize: options.normalize,
            layer,
            digest,
            choices,
        };
        let zeros = vec![0.0; cnn.batch_shape().iter().product()];
        let (sides, _) = cnn.run(zeros)?;
        cnn.shape = Shape::of(&sides, cnn.batch_size(), layout).map_err(unsupported)?;
        if cnn.shape.is_pooled() {
            cnn.choices
                .push(format!("pool {}: of the layer's shape {sides:?}", cnn.pool));
        }
        Ok(cnn)
    }

    /// How pictures are prepared.
    pub fn preprocess(&self) -> Preprocess {
        self.preprocess
    }

    /// The tensor that is taken.
    pub fn layer(&self) -> &str {
        &self.layer
    }

    /// What was chosen for the user, and why: a line each.
    pub fn choices(&self) -> &[String] {
        &self.choices
    }

    fn size(&self) -> (usize, usize) {
        self.input.size.unwrap_or((DEFAULT_SIDE, DEFAULT_SIDE))
    }

    fn batch_shape(&self) -> [usize; 4] {
        self.input.shape(self.batch_size(), self.size())
    }

    fn run(&self, batch: Vec<f32>) -> Result<(Vec<usize>, Vec<f32>)> {
        let values = self.backend.run(batch, self.batch_shape());
        values.map_err(|fault| Error::unsupported(&self.path, fault))
    }

    fn extract_batch(&self, pictures: &[Picture], mut rows: ArrayViewMut2<'_, f32>) -> Result<()> {
        let mut batch = vec![0.0; self.batch_shape().iter().product()];
        let n_numbers = batch.len() / self.batch_size();
        batch
            .par_chunks_exact_mut(n_numbers)
            .zip(pictures)
            .try_for_each(|(numbers, picture)| {
                let fitted = self
                    .preprocess
                    .fit(picture, self.input.n_channels, self.size())?;
                self.preprocess.write(&fitted, self.input.layout, numbers);
                Ok(())
            })?;
        let (_, values) = self.run(batch)?;
        let tensors = values.chunks_exact(values.len() / self.batch_size());
        for (tensor, row) in tensors.zip(rows.axis_iter_mut(Axis(0))) {
            self.fill(tensor, row)?;
        }
        Ok(())
    }

    fn fill(&self, tensor: &[f32], mut row: ArrayViewMut1<'_, f32>) -> Result<()> {
        let mut numbers = vec![0.0; self.shape.n_features()];
        self.shape.row(tensor, self.pool, &mut numbers);
        let norm = numbers
            .iter()
            .map(|x| f64::from(*x).powi(2))
            .sum::<f64>()
            .sqrt();
        if !norm.is_finite() {
            let why = format!("the layer {} is not finite for a picture", self.layer);
            return Err(Error::unsupported(&self.path, why));
        }
        let scale = if self.normalize && norm > 0.0 {
            1.0 / norm
        } else {
            1.0
        };
        for (to, x) in row.iter_mut().zip(numbers) {
            *to = (f64::from(x) * scale) as f32;
        }
        Ok(())
    }
}

impl Features for Cnn {
    fn n_features(&self) -> usize {
        self.shape.n_features()
    }

    fn settings(&self) -> String {
        let (height, width) = self.size();
        let pool = if self.shape.is_pooled() {
            self.pool.name()
        } else {
            "none"
        };
        format!(
            "cnn model={} layer={} preprocess={} size={width}x{height} batch={} pool={pool} normalize={} engine={}",
            self.digest,
            self.layer,
            self.preprocess,
            self.batch_size(),
            self.normalize,
            self.backend.name(),
        )
    }

    fn batch_size(&self) -> usize {
        self.input.batch.unwrap_or(BATCH)
    }

    fn extract(&self, pictures: &[Picture], mut rows: ArrayViewMut2<'_, f32>) -> Result<()> {
        let n = self.batch_size();
        for (pictures, rows) in pictures
            .chunks(n)
            .zip(rows.axis_chunks_iter_mut(Axis(0), n))
        {
            self.extract_batch(pictures, rows)?;
        }
        Ok(())
    }
}

/// The ONNX model without what a layer does not need: by default the layer that [`CnnOptions`] describe.
/// Messages call the file `path`; weights outside of it are beside that.
///
/// # Errors
/// When the bytes are no ONNX model, or the layer is unknown.
pub fn cut_model(file: &[u8], layer: Option<&str>, path: &Path) -> Result<Vec<u8>> {
    let model = Model::parse(file).map_err(|fault| not_onnx(path, fault))?;
    let flow = Flow::new(&model.graph).map_err(|fault| Error::damaged(path, fault))?;
    let choice = choose(&flow, layer).map_err(|fault| Error::unsupported(path, fault))?;
    cut::cut(&model, &flow, &[choice.tensor], &[], path)
}

fn choose<'a>(flow: &Flow<'_, 'a>, layer: Option<&str>) -> std::result::Result<Choice<'a>, String> {
    match layer {
        None => choose::auto(flow),
        Some(name) => choose::by_name(flow, name),
    }
}

fn not_onnx(path: &Path, fault: &str) -> Error {
    Error::damaged(path, format!("it is not an ONNX model: {fault}"))
}

fn read_model(path: &Path) -> Result<Vec<u8>> {
    let io = |cause| Error::io("read", path, cause);
    let n_bytes = fs::metadata(path).map_err(io)?.len();
    if n_bytes > MAX_BYTES {
        let why = format!("a model must have at most {MAX_BYTES} bytes, this one has {n_bytes}");
        return Err(Error::too_large(path, why));
    }
    fs::read(path).map_err(io)
}

#[cfg(test)]
mod tests;
