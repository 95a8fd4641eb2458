//! What runs the cut network: parts of it the built-in engine and convolutions of our own, or all of it
//! ONNX Runtime.

use super::convolution;
use super::engine;
use super::flow::Flow;
use super::input::Input;
use super::network::Network;
#[cfg(feature = "onnxruntime")]
use super::onnxruntime::OnnxRuntime;
use super::proto::Model;

/// A loaded network.
#[derive(Debug)]
pub(super) enum Backend {
    BuiltIn(Network),
    #[cfg(feature = "onnxruntime")]
    OnnxRuntime(OnnxRuntime),
}

impl Backend {
    /// Loads a file that holds no more than what `layer` needs.
    ///
    /// # Errors
    /// When an operator is missing or the graph contradicts itself; the message names the node. With the
    /// feature `onnxruntime`, also when the library that the user names cannot be loaded.
    pub(super) fn load(file: &[u8], input: &Input, layer: &str) -> Result<Self, String> {
        #[cfg(feature = "onnxruntime")]
        if let Some(runtime) = OnnxRuntime::load(file, &input.name, layer)? {
            return Ok(Self::OnnxRuntime(runtime));
        }
        let model = Model::parse(file)?;
        let flow = Flow::new(&model.graph)?;
        engine::check(&flow)?;
        let outputs = &mut model.graph.outputs.iter().map(|output| output.name);
        let layer = outputs
            .find(|name| *name == layer)
            .ok_or("the layer was cut away")?;
        Network::load(&model, &flow, &input.name, layer).map(Self::BuiltIn)
    }

    /// The layer's shape and values for a batch.
    ///
    /// # Errors
    /// When an operator refuses its inputs, or the layer is not of floats.
    pub(super) fn run(
        &self,
        batch: Vec<f32>,
        shape: [usize; 4],
    ) -> Result<(Vec<usize>, Vec<f32>), String> {
        match self {
            Self::BuiltIn(network) => network.run(batch, shape),
            #[cfg(feature = "onnxruntime")]
            Self::OnnxRuntime(runtime) => runtime.run(batch, shape),
        }
    }

    /// For the settings: all of it that decides how rows are rounded.
    pub(super) fn name(&self) -> String {
        match self {
            Self::BuiltIn(_) => format!("{} convolutions={}", engine::NAME, convolution::VERSION),
            #[cfg(feature = "onnxruntime")]
            Self::OnnxRuntime(_) => OnnxRuntime::name(),
        }
    }
}
