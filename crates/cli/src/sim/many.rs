//! Many histories, one after another.

use std::io::{self, Write};
use std::ops::Range;
use std::time::Instant;

use syncline_sim::History;

use super::command::Seeds;
use super::{one, report};
use crate::exit::Outcome;
use crate::progress::Progress;

/// Failures of which more than the seed is told.
const TOLD_MAX: usize = 10;

/// What many histories came to.
pub(super) struct Sum {
    pub(super) histories: u64,
    pub(super) failed: Vec<u64>,
    pub(super) hash: blake3::Hasher,
    pub(super) bytes: u64,
    pub(super) round_trips: u64,
    pub(super) steps: u64,
    pub(super) faults: u64,
    pub(super) operations: u64,
    pub(super) simulated_ms: u64,
    pub(super) seconds: f64,
}

fn run_many(seeds: &Seeds, some: Range<u64>, out: &mut dyn Write) -> io::Result<Sum> {
    let mut sum = Sum {
        histories: some.end - some.start,
        failed: Vec::new(),
        hash: blake3::Hasher::new(),
        bytes: 0,
        round_trips: 0,
        steps: 0,
        faults: 0,
        operations: 0,
        simulated_ms: 0,
        seconds: 0.0,
    };
    let begun = Instant::now();
    let count = usize::try_from(sum.histories).unwrap_or(usize::MAX);
    let mut progress = Progress::begin("sim", "histories", count);
    for seed in some {
        let config = seeds.config(seed);
        let end = syncline_sim::run(&config, &mut History::off());
        sum.hash.update(end.hash.as_bytes());
        sum.bytes += end.bytes;
        sum.round_trips += end.round_trips;
        sum.steps += end.steps;
        sum.faults += end.faults;
        sum.operations += end.operations;
        sum.simulated_ms += end.simulated_ms;
        if !end.converged() {
            // How it came to that is told of the first; the others are mostly the same.
            let with_history = sum.failed.is_empty() && !seeds.json;
            if sum.failed.len() < TOLD_MAX {
                one::tell_failure(&config, &end, with_history, out)?;
            }
            sum.failed.push(seed);
        }
        progress.step();
    }
    sum.seconds = begun.elapsed().as_secs_f64();
    Ok(sum)
}

pub(super) fn run(seeds: &Seeds, some: Range<u64>, out: &mut dyn Write) -> io::Result<Outcome> {
    let sum = run_many(seeds, some.clone(), out)?;
    match seeds.json {
        true => report::write_sum_json(&some, &sum, out)?,
        false => report::write_sum(&some, &sum, out)?,
    }
    Ok(match sum.failed.is_empty() {
        true => Outcome::Done,
        false => Outcome::Differs,
    })
}
