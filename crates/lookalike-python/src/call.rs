//! The one way in: without the interpreter's lock, on threads of our own, Ctrl-C heeded.

use std::collections::HashMap;
use std::process;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use lookalike::{CancelToken, Context, Error};
use pyo3::prelude::*;

use crate::error::to_python;

/// How often Ctrl-C is looked for.
const POLL: Duration = Duration::from_millis(50);

/// Threads by process and number: a process that was forked has none of its parent's.
static CONTEXTS: Mutex<Option<HashMap<(u32, usize), Context>>> = Mutex::new(None);

/// How many threads to use (None: all), and whom to tell about progress, called with (stage, steps done,
/// steps in all, objective or None).
#[derive(FromPyObject)]
pub(crate) struct How(Option<usize>, Option<Py<PyAny>>);

/// Does `work` as `how` says, while other threads of Python go on.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method itself is one of a single lifetime"
)]
pub(crate) fn run<T: Send, E: Into<Error> + Send>(
    py: Python<'_>,
    how: How,
    work: impl FnOnce(&Context) -> Result<T, E> + Send,
) -> PyResult<T> {
    let How(threads, progress) = how;
    let token = CancelToken::default();
    let mut context = context(threads)?.cancel_with(&token);
    if let Some(progress) = progress {
        context = context.on_progress(move |p| {
            Python::attach(|py| {
                let told = progress.call1(py, (p.stage, p.done, p.total, p.objective));
                if let Err(e) = told {
                    e.write_unraisable(py, None);
                }
            });
        });
    }
    py.detach(|| {
        let mut interrupt = None;
        let look = || {
            if let Err(e) = Python::attach(|py| py.check_signals()) {
                token.cancel();
                interrupt.get_or_insert(e);
            }
        };
        let result = context.run_watched(|| work(&context), POLL, look);
        match interrupt {
            Some(e) => Err(e),
            None => result.map_err(|e| to_python(&e.into())),
        }
    })
}

/// The threads of this process, started when they are first wanted.
fn context(threads: Option<usize>) -> PyResult<Context> {
    let n = match threads {
        Some(n) => n,
        None => thread::available_parallelism().map_or(1, usize::from),
    };
    let mut contexts = CONTEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    let contexts = contexts.get_or_insert_default();
    let key = (process::id(), n);
    if let Some(context) = contexts.get(&key) {
        return Ok(context.clone());
    }
    let context = Context::new()
        .threads(n)
        .map_err(|e| to_python(&e.into()))?;
    contexts.insert(key, context.clone());
    Ok(context)
}
