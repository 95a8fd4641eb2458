//! The one door to the engine, `rten`.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::thread;

use rten::{ModelOptions, NodeId, RunOptions, ThreadPool, Value};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensorView, Tensor};

use super::flow::Flow;

/// What ran, for the settings.
pub(super) const NAME: &str = "rten 0.27";

/// A loaded model of one input.
pub(super) struct Engine {
    model: rten::Model,
    input: NodeId,
    threads: OnceLock<Arc<ThreadPool>>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Loads a model and optimizes it: its outputs stay, what is inside it may go.
    ///
    /// # Errors
    /// When the engine lacks an operator or finds a contradiction; the message names the node.
    pub(super) fn load(file: Vec<u8>) -> Result<Self, String> {
        let load = || ModelOptions::with_all_ops().load(file);
        let model = apart(load)?.map_err(|fault| fault.to_string())?;
        let [input] = *model.input_ids() else {
            return Err("the engine finds not one input".to_owned());
        };
        Ok(Self {
            model,
            input,
            threads: OnceLock::new(),
        })
    }

    /// The outputs for a batch, with as many threads as the rayon pool of the first caller has.
    ///
    /// # Errors
    /// When an operator refuses its inputs.
    pub(super) fn run(&self, batch: &[f32], shape: [usize; 4]) -> Result<Vec<Value>, String> {
        let n_threads = rayon::current_num_threads();
        let threads = self
            .threads
            .get_or_init(|| Arc::new(ThreadPool::with_num_threads(n_threads)));
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(threads)));
        let input = NdTensorView::from_data(shape, batch);
        let outputs = self.model.output_ids();
        let run = || {
            self.model
                .run(vec![(self.input, input.into())], outputs, Some(options))
        };
        apart(run)?.map_err(|fault| fault.to_string())
    }
}

/// The shape of an output.
pub(super) fn sides(output: &Value) -> Vec<usize> {
    output.shape().to_vec()
}

/// The shape and values of the first output.
///
/// # Errors
/// When it is not of floats.
pub(super) fn floats(outputs: Vec<Value>) -> Result<(Vec<usize>, Vec<f32>), String> {
    let value = outputs
        .into_iter()
        .next()
        .ok_or("the engine returned nothing")?;
    let value_type = value.dtype();
    let tensor: Option<Tensor<f32>> = value.into_tensor();
    let tensor =
        tensor.ok_or_else(|| format!("the layer must be of floats, it is of {value_type}"))?;
    Ok((tensor.shape().to_vec(), tensor.into_data()))
}

/// Refuses what the engine would silently compute another way.
///
/// # Errors
/// When a node is a cubic `Resize`, which `rten` takes for a linear one.
pub(super) fn check(flow: &Flow<'_, '_>, needed: &[bool]) -> Result<(), String> {
    for (node, _) in flow
        .graph
        .nodes
        .iter()
        .zip(needed)
        .filter(|(_, needed)| **needed)
    {
        let mode = node.attribute("mode").map(|mode| mode.text);
        if node.op == "Resize" && mode == Some(b"cubic") {
            return Err(format!(
                "node {:?}: Resize of mode cubic is not supported",
                node.label()
            ));
        }
    }
    Ok(())
}

/// Runs the engine on a thread of its own: a worker of the caller's rayon pool would, while it waits
/// for the engine's, begin the next batch, and the one after, all of them in memory. What panics
/// in the engine ends here.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    thread::scope(|scope| scope.spawn(work).join()).map_err(|cause| {
        let message = cause.downcast_ref::<String>().cloned();
        let message = message.or_else(|| cause.downcast_ref::<&str>().map(ToString::to_string));
        format!("the engine failed: {}", message.unwrap_or_default())
    })
}
