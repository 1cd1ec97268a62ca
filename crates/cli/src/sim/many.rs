//! Many histories, one after another.

use std::io::{self, Write};
use std::ops::Range;
use std::time::Instant;

use syncline_sim::History;

use super::seeds::Seeds;
use super::sum::Sum;
use super::{one, report};
use crate::exit::Outcome;
use crate::progress::Progress;

/// Failures of which more than the seed is told.
const TOLD_MAX: usize = 10;

fn run_many(seeds: &Seeds, some: Range<u64>, out: &mut dyn Write) -> io::Result<Sum> {
    let mut sum = Sum::new(&some);
    let begun = Instant::now();
    let count = usize::try_from(sum.histories).unwrap_or(usize::MAX);
    let mut progress = Progress::begin("sim", "histories", count);
    for seed in some {
        let config = seeds.config(seed);
        let end = syncline_sim::run(&config, &mut History::off());
        sum.add(&end);
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
