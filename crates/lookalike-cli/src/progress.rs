//! A progress bar, on a terminal only.

use std::io::{IsTerminal, stderr};
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};
use lookalike::pictures::PICTURES;
use lookalike::{Context, Progress};

/// Makes `context` show its progress on stderr, where that is a terminal and `quiet` is not set.
pub(crate) fn show(context: Context, quiet: bool) -> Context {
    if quiet || !stderr().is_terminal() {
        return context;
    }
    let style = |template: &str| {
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
    };
    // Iterations end when they converge; things that are counted go on at their pace to the last.
    let iterations = style("{prefix:>20} {bar:30} {pos}/{len} {msg}");
    let things = style("{prefix:>20} {bar:30} {pos}/{len}, {per_sec}, {eta} left");
    let bar = ProgressBar::new(0).with_style(iterations.clone());
    let stage = Mutex::new("");
    context.on_progress(move |progress: &Progress| {
        let Ok(mut stage) = stage.lock() else { return };
        if *stage != progress.stage {
            *stage = progress.stage;
            bar.reset();
            bar.set_style(if progress.stage == PICTURES {
                things.clone()
            } else {
                iterations.clone()
            });
            bar.set_prefix(progress.stage);
            bar.set_message("");
            bar.set_length(progress.total as u64);
        }
        bar.set_position(progress.done as u64);
        if let Some(objective) = progress.objective {
            bar.set_message(format!("{objective:.4}"));
        }
        if progress.done >= progress.total {
            bar.finish_and_clear();
        }
    })
}
