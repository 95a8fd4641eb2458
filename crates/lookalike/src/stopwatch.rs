//! How long the steps of a job take.

use std::time::Instant;

use crate::Result;

/// Seconds of the steps.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    pub(crate) laps: Vec<(&'static str, f64)>,
}

impl Stopwatch {
    pub(crate) fn time<T>(
        &mut self,
        step: &'static str,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let start = Instant::now();
        let result = work()?;
        self.laps.push((step, start.elapsed().as_secs_f64()));
        Ok(result)
    }

    /// Seconds of the last step.
    pub(crate) fn last(&self) -> f64 {
        self.laps.last().map_or(0.0, |lap| lap.1)
    }
}
