//! `growth`: what an operation costs in a document of 1,000 things, and in one of 16 times as many.
//!
//! What somebody does at every keystroke must not cost more in a document that has grown; a tree or a cache may be felt. Times are
//! medians within one run, so the ratio says more than either. Some questions are asked of the whole document, and say so.

mod documents;
mod operations;

use std::time::{Duration, Instant};

use crate::engine::{Outcome, said};
use crate::markdown;
use crate::options::Options;
use crate::random::Random;
use documents::Pair;
use operations::{Operation, operations};

/// Things in the small document, and how often as many in the large one.
const SMALL: usize = 1_000;
const TIMES: usize = 16;

/// Operations that are timed, after some that warm up.
const TIMED: usize = 61;
const WARM: usize = 8;

/// How much dearer an operation may be in the large document.
const AT_MOST: f64 = 4.0;

/// Measures each operation.
///
/// # Errors
/// An operation that fails.
pub fn run(options: &Options) -> Outcome<String> {
    let times = if options.quick { 2 } else { TIMES };
    let head = |of: usize| format!("of {of}, µs");
    let mut rows = vec![vec![
        "what, in which document".to_owned(),
        head(SMALL),
        head(SMALL * times),
        "times".to_owned(),
        "at most".to_owned(),
    ]];
    for operation in operations() {
        if !options.wants(operation.what) {
            continue;
        }
        let [small, large] = [SMALL, SMALL * times].map(|size| measure(&operation, size));
        let (small, large) = (small?, large?);
        rows.push(vec![
            format!("{}, {}", operation.what, operation.document.name()),
            format!("{small:.2}"),
            format!("{large:.2}"),
            format!("{:.1}", large / small),
            operation
                .asks_all
                .map_or(format!("{AT_MOST}"), str::to_owned),
        ]);
    }
    if let Some(file) = &options.markdown {
        markdown::write_part(file, "growth", &markdown::table(&rows))?;
    }
    Ok(markdown::aligned(&rows))
}

/// The median in microseconds.
fn measure(operation: &Operation, size: usize) -> Outcome<f64> {
    let mut pair = said(Pair::new(operation.document, size))?;
    let mut random = Random::new(size as u64);
    let mut times: Vec<Duration> = Vec::new();
    for nth in 0..WARM + TIMED {
        let start = Instant::now();
        said((operation.step)(&mut pair, &mut random))?;
        if nth >= WARM {
            times.push(start.elapsed());
        }
    }
    times.sort_unstable();
    Ok(times[TIMED / 2].as_secs_f64() * 1e6)
}
