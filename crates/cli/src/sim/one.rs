//! One history.

use std::io::{self, Write};
use std::time::Instant;

use syncline_sim::{Config, History, Outcome as End, run_watched};

use super::report;
use super::seeds::Seeds;
use crate::exit::Outcome;
use crate::progress::Progress;

/// Lines told of a history that went wrong, the last.
const LINES_MAX: usize = 400;

pub(super) fn run(seeds: &Seeds, out: &mut dyn Write) -> io::Result<Outcome> {
    let config = seeds.config(seeds.seed);
    let mut history = match seeds.history {
        true => History::last(usize::MAX),
        false => History::off(),
    };
    let begun = Instant::now();
    let steps = config.operations.unwrap_or(0);
    let mut progress = Progress::begin("sim", "operations written", steps);
    let end = run_watched(&config, &mut history, &mut |count| {
        for _ in 0..count {
            progress.step();
        }
    });
    drop(progress);
    let ms = begun.elapsed().as_secs_f64() * 1e3;
    if seeds.history {
        report::write_history(&history, out)?;
    }
    match seeds.json {
        true => report::write_json(&config, &end, ms, out)?,
        false => report::write_text(&config, &end, ms, out)?,
    }
    if end.converged() {
        return Ok(Outcome::Done);
    }
    out.flush()?;
    tell_failure(&config, &end, !seeds.history && !seeds.json, out)?;
    Ok(Outcome::Differs)
}

/// What went wrong, how it came to that, and how to see it again.
pub(super) fn tell_failure(
    config: &Config,
    end: &End,
    with_history: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(failure) = &end.failure else {
        return Ok(());
    };
    if with_history {
        let mut history = History::last(LINES_MAX);
        syncline_sim::run(config, &mut history);
        report::write_history(&history, out)?;
        out.flush()?;
    }
    eprintln!(
        "syncline: seed {}: {}, at step {} ({} ms)\n  next: syncline sim {} --history",
        config.seed,
        failure.what,
        failure.step,
        failure.at_ms,
        config.arguments()
    );
    Ok(())
}
