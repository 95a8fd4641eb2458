//! The one door to the engine, `rten`.

use std::fmt;
use std::sync::Arc;
use std::thread;

use rten::{ModelOptions, NodeId, RunOptions, ThreadPool, Value};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use super::flow::Flow;

/// What ran, for the settings.
pub(super) const NAME: &str = "rten 0.27";

/// A loaded graph.
pub(super) struct Engine {
    model: rten::Model,
    inputs: Vec<NodeId>,
    outputs: Vec<NodeId>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Loads a model and optimizes it: its inputs and outputs stay, what is inside it may go.
    ///
    /// # Errors
    /// When the engine lacks an operator or finds a contradiction; the message names the node.
    pub(super) fn load(file: Vec<u8>, inputs: &[&str], outputs: &[&str]) -> Result<Self, String> {
        let model = ModelOptions::with_all_ops()
            .load(file)
            .map_err(|fault| fault.to_string())?;
        let ids = |names: &[&str]| {
            let ids: Result<Vec<_>, _> = names.iter().map(|name| model.node_id(name)).collect();
            ids.map_err(|fault| fault.to_string())
        };
        let (inputs, outputs) = (ids(inputs)?, ids(outputs)?);
        Ok(Self {
            model,
            inputs,
            outputs,
        })
    }

    /// The outputs for the inputs, both in the order of [`load`](Self::load).
    ///
    /// # Errors
    /// When an operator refuses its inputs.
    pub(super) fn run(
        &self,
        inputs: &[&Value],
        threads: &Arc<ThreadPool>,
    ) -> Result<Vec<Value>, String> {
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(threads)));
        let inputs = self
            .inputs
            .iter()
            .copied()
            .zip(inputs.iter().map(|value| (*value).into()));
        let outputs = self
            .model
            .run(inputs.collect(), &self.outputs, Some(options));
        outputs.map_err(|fault| fault.to_string())
    }
}

/// The shape of an output.
pub(super) fn sides(output: &Value) -> Vec<usize> {
    output.shape().to_vec()
}

/// A batch of nothing.
pub(super) fn zeros(shape: [usize; 4]) -> Value {
    Tensor::<f32>::zeros(&shape).into()
}

/// Refuses what the engine would silently compute another way.
///
/// # Errors
/// When a node is a cubic `Resize`, which `rten` takes for a linear one.
pub(super) fn check(flow: &Flow<'_, '_>) -> Result<(), String> {
    for node in &flow.graph.nodes {
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
///
/// # Errors
/// When it panics.
pub(super) fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    thread::scope(|scope| scope.spawn(work).join()).map_err(|cause| {
        let message = cause.downcast_ref::<String>().cloned();
        let message = message.or_else(|| cause.downcast_ref::<&str>().map(ToString::to_string));
        format!("the engine failed: {}", message.unwrap_or_default())
    })
}

/// As many threads as the current rayon pool has.
pub(super) fn threads() -> Arc<ThreadPool> {
    Arc::new(ThreadPool::with_num_threads(rayon::current_num_threads()))
}
