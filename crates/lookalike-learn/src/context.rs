//! What a computation may use and whom it tells: threads, progress, cancellation.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use rayon::{Scope, ThreadPool, ThreadPoolBuilder};

use crate::{Error, Result};

/// Threads, progress and cancellation of one computation.
///
/// The default is quiet, cannot be cancelled and uses all cores. Results never depend on it: the
/// same seed gives the same bits with any number of threads.
///
/// ```
/// use lookalike_learn::{Context, KMeans, datasets};
///
/// let digits = datasets::digits();
/// let one = Context::new().threads(1)?;
/// let two = Context::new().threads(2)?;
/// let recipe = KMeans::new(10).seed(7);
/// assert_eq!(recipe.fit_with(&digits.data, &one)?, recipe.fit_with(&digits.data, &two)?);
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Context {
    pool: Option<Arc<ThreadPool>>,
    on_progress: Option<Listener>,
    cancel: CancelToken,
}

type Listener = Arc<dyn Fn(&Progress) + Send + Sync>;

/// How far a computation has come.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done, in a word or two: `"t-SNE"`.
    pub stage: &'static str,
    /// Steps done.
    pub done: usize,
    /// Steps to do at the most; a method that converges may end before.
    pub total: usize,
    /// What the method minimises, where it knows it at this step.
    pub objective: Option<f64>,
}

/// A switch that ends computations early; clones share it.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Asks every computation that holds this token to stop.
    ///
    /// It returns [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) soon after.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Context {
    /// Quiet, all cores, never cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Uses `n` threads instead of one a core.
    ///
    /// # Errors
    /// When `n` is 0 or the system refuses the threads.
    pub fn threads(mut self, n: usize) -> Result<Self> {
        if n == 0 {
            return Err(Error::parameter("threads", "be at least 1", n));
        }
        let pool = ThreadPoolBuilder::new()
            .num_threads(n)
            .build()
            .map_err(|e| Error::parameter("threads", format!("be available ({e})"), n))?;
        self.pool = Some(Arc::new(pool));
        Ok(self)
    }

    /// Calls `listener` as the computation goes on.
    pub fn on_progress(mut self, listener: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.on_progress = Some(Arc::new(listener));
        self
    }

    /// Stops when `token` is cancelled.
    pub fn cancel_with(mut self, token: &CancelToken) -> Self {
        self.cancel = token.clone();
        self
    }

    /// Runs `work` on this context's threads.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            // Inside the pool, or each parallel loop would have to wake it up from outside.
            None => rayon::scope(|_| work()),
        }
    }

    /// [`run`](Self::run), while the calling thread calls `watch` again and again, `every` so often: for
    /// callers that must look after something themselves, as an interpreter after its signals.
    ///
    /// # Panics
    /// When `work` does.
    pub fn run_watched<T: Send>(
        &self,
        work: impl FnOnce() -> T + Send,
        every: Duration,
        mut watch: impl FnMut(),
    ) -> T {
        let mut result = None;
        let slot = &mut result;
        let task = move || *slot = Some(work());
        match &self.pool {
            Some(pool) => {
                pool.in_place_scope(|scope| spawn_watched(scope, task, every, &mut watch));
            }
            None => rayon::in_place_scope(|scope| spawn_watched(scope, task, every, &mut watch)),
        }
        result.expect("a scope ends when its work has, or panics as it did")
    }

    /// An error once the caller has asked to stop.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) after the token was cancelled.
    pub fn check(&self) -> Result<()> {
        if self.cancel.is_cancelled() {
            Err(Error::cancelled())
        } else {
            Ok(())
        }
    }

    /// Tells the listener, if there is one, how far `stage` has come.
    pub fn report(&self, stage: &'static str, done: usize, total: usize, objective: Option<f64>) {
        if let Some(listener) = &self.on_progress {
            listener(&Progress {
                stage,
                done,
                total,
                objective,
            });
        }
    }
}

fn spawn_watched<'scope>(
    scope: &Scope<'scope>,
    task: impl FnOnce() + Send + 'scope,
    every: Duration,
    watch: &mut dyn FnMut(),
) {
    let (done, is_done) = mpsc::sync_channel::<()>(1);
    scope.spawn(move |_| {
        // Goes when the work ends, however it does.
        let _done = done;
        task();
    });
    while is_done.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
        watch();
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field(
                "threads",
                &self.pool.as_ref().map(|pool| pool.current_num_threads()),
            )
            .field("reports_progress", &self.on_progress.is_some())
            .field("cancel", &self.cancel)
            .finish()
    }
}
