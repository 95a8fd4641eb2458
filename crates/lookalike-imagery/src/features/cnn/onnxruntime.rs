//! ONNX Runtime, where the user has its shared library.

use std::env;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::Session;
use ort::value::Tensor;

/// The variable by which everybody who loads this library lets its place be said.
const VARIABLE: &str = "ORT_DYLIB_PATH";

/// A network loaded by ONNX Runtime.
pub(super) struct OnnxRuntime {
    /// One run at a time, each on all threads.
    session: Mutex<Session>,
    input: String,
    layer: String,
}

impl OnnxRuntime {
    /// Loads a model, with as many threads as the current rayon pool has. None where there is no library
    /// and the user did not say that there is.
    ///
    /// # Errors
    /// When the library that `ORT_DYLIB_PATH` names cannot be loaded, or it refuses the model.
    pub(super) fn load(file: &[u8], input: &str, layer: &str) -> Result<Option<Self>, String> {
        let Some(environment) = environment()? else {
            return Ok(None);
        };
        let session = Session::builder(environment)
            .and_then(|builder| Ok(builder.with_intra_threads(rayon::current_num_threads())?))
            .and_then(|mut builder| builder.commit_from_memory(file))
            .map_err(|fault| fault.to_string())?;
        Ok(Some(Self {
            session: Mutex::new(session),
            input: input.to_owned(),
            layer: layer.to_owned(),
        }))
    }

    /// As `Network::run`.
    pub(super) fn run(
        &self,
        batch: Vec<f32>,
        shape: [usize; 4],
    ) -> Result<(Vec<usize>, Vec<f32>), String> {
        let run = || {
            let batch = Tensor::from_array((shape, batch))?;
            let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
            let outputs = session.run(ort::inputs![self.input.as_str() => batch])?;
            let layer = &outputs[self.layer.as_str()];
            let Ok((shape, values)) = layer.try_extract_tensor::<f32>() else {
                let found = layer.dtype();
                return Ok(Err(format!(
                    "the layer must be of floats, it is of {found}"
                )));
            };
            let sides = shape.iter().map(|side| usize::try_from(*side).unwrap_or(0));
            Ok(Ok((sides.collect(), values.to_vec())))
        };
        run().unwrap_or_else(|fault: ort::Error| Err(fault.to_string()))
    }

    /// What ran: the build of the library.
    pub(super) fn name() -> String {
        format!("onnxruntime ({})", ort::info())
    }
}

impl fmt::Debug for OnnxRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnnxRuntime")
            .field("layer", &self.layer)
            .finish_non_exhaustive()
    }
}

/// The library, loaded once a process.
fn environment() -> Result<Option<&'static Environment>, String> {
    static ENVIRONMENT: OnceLock<Result<Option<Environment>, String>> = OnceLock::new();
    let environment = ENVIRONMENT.get_or_init(|| {
        let named = env::var_os(VARIABLE).map(PathBuf::from);
        let library = named.clone().unwrap_or_else(|| {
            format!(
                "{}onnxruntime{}",
                env::consts::DLL_PREFIX,
                env::consts::DLL_SUFFIX
            )
            .into()
        });
        let loaded = ort::init_from(library).map_err(|fault| fault.to_string());
        let built = loaded.and_then(|one| one.build().map_err(|fault| fault.to_string()));
        match built {
            Ok(environment) => {
                // Its errors are returned; it need not print them too.
                environment.set_log_level(LogLevel::Fatal);
                Ok(Some(environment))
            }
            Err(fault) if named.is_some() => Err(format!("{VARIABLE}: {fault}")),
            Err(_) => Ok(None),
        }
    });
    environment
        .as_ref()
        .map(Option::as_ref)
        .map_err(Clone::clone)
}
