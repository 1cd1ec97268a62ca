//! A progress bar on standard error, which shows only when that is a terminal and the work takes a while.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that ends before this needs no bar.
const PATIENCE: Duration = Duration::from_millis(300);

/// Counts the steps of one piece of work.
pub(crate) struct Progress {
    name: String,
    steps: usize,
    done: usize,
    begun: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Begins `steps` steps of what is done with the file at `path`.
    pub(crate) fn begin(path: &str, what: &str, steps: usize) -> Progress {
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        Progress {
            name: format!("{file}: {what}"),
            steps,
            done: 0,
            begun: Instant::now(),
            bar: None,
        }
    }

    /// One more step is done.
    pub(crate) fn step(&mut self) {
        self.advance(1);
    }

    /// There are so many steps, as is known by now.
    pub(crate) fn expect(&mut self, steps: u64) {
        self.steps = usize::try_from(steps).unwrap_or(usize::MAX);
        if let Some(bar) = &self.bar {
            bar.set_length(steps);
        }
    }

    /// So many steps are done, of all.
    pub(crate) fn reach(&mut self, done: u64) {
        let done = usize::try_from(done).unwrap_or(usize::MAX);
        self.advance(done.saturating_sub(self.done));
    }

    /// So many more steps are done.
    pub(crate) fn advance(&mut self, steps: usize) {
        self.done = self.done.saturating_add(steps);
        match &self.bar {
            Some(bar) => bar.set_position(u64::try_from(self.done).unwrap_or(u64::MAX)),
            None if self.begun.elapsed() >= PATIENCE => self.bar = Some(self.bar()),
            None => {}
        }
    }

    fn bar(&self) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(
            u64::try_from(self.steps).ok(),
            ProgressDrawTarget::stderr(),
        );
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
            bar.set_style(style);
        }
        bar.set_message(self.name.clone());
        bar
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
