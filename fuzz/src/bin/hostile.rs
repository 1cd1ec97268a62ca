//! Runs changed encodings, and says what they cost: `hostile [--seed N] [--from N] [--cases N] [--no-time]`.
//!
//! It ends with an error where a case panics, or where one costs more than the library promises. The time of a case is held to
//! its bound in optimised builds only.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use syncline_fuzz::hostile::{Tally, run};

/// What short input may take.
const LONGEST: Duration = Duration::from_millis(50);
/// Bytes that refused input may cost for each of its own, beside 1 MiB.
const COSTLIEST: f64 = 8.0;

static CASE: AtomicU64 = AtomicU64::new(0);

struct Options {
    seed: u64,
    from: u64,
    cases: u64,
    timed: bool,
}

fn options() -> Option<Options> {
    let mut options = Options {
        seed: 1,
        from: 0,
        cases: 20_000,
        timed: !cfg!(debug_assertions),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next()?.parse().ok();
        match word.as_str() {
            "--seed" => options.seed = number()?,
            "--from" => options.from = number()?,
            "--cases" => options.cases = number()?,
            "--no-time" => options.timed = false,
            _ => return None,
        }
    }
    Some(options)
}

fn print(tally: &Tally) {
    println!(
        "{} cases, {} taken; longest {:?} (case {}); costliest when refused: {:.2} bytes a byte (case {}), {} bytes (case {})",
        tally.cases,
        tally.taken,
        tally.longest.0,
        tally.longest.1,
        tally.costliest.0,
        tally.costliest.1,
        tally.largest.0,
        tally.largest.1,
    );
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!("hostile [--seed N] [--from N] [--cases N] [--no-time]");
        return ExitCode::from(2);
    };
    let seed = options.seed;
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        told(panic);
        let case = CASE.load(Ordering::Relaxed);
        eprintln!("again with: hostile --seed {seed} --from {case} --cases 1");
    }));
    let mut last = Instant::now();
    let end = options.from.saturating_add(options.cases);
    let tally = run(seed, options.from, end, |case, tally| {
        CASE.store(case, Ordering::Relaxed);
        if last.elapsed() > Duration::from_secs(30) {
            last = Instant::now();
            print(tally);
        }
    });
    print(&tally);
    let slow = options.timed && tally.longest.0 > LONGEST;
    if slow || tally.costliest.0 > COSTLIEST {
        eprintln!("that is more than the library promises");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
