//! Runs changed encodings, and says what they cost: `hostile [--seed N] [--from N] [--cases N] [--no-time] [--show]`.
//!
//! `--show` prints the bytes of the first case.
//!
//! It ends with an error where a case panics, or where one costs more than the library promises. The time of a case is held to
//! its bound in optimised builds only, and in three more runs of that case alone.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use syncline_fuzzing::hostile::{Tally, bytes_of, is_slow, run};

/// Bytes that refused input may cost, beside 1 MiB: for each of its own and of those that it unpacks to while it is read, and
/// for each that it is worth.
const COSTLIEST: f64 = 8.0;

static CASE: AtomicU64 = AtomicU64::new(0);

struct Options {
    seed: u64,
    from: u64,
    cases: u64,
    timed: bool,
    show: bool,
}

fn options() -> Option<Options> {
    let mut options = Options {
        seed: 1,
        from: 0,
        cases: 20_000,
        timed: !cfg!(debug_assertions),
        show: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next()?.parse().ok();
        match word.as_str() {
            "--seed" => options.seed = number()?,
            "--from" => options.from = number()?,
            "--cases" => options.cases = number()?,
            "--show" => options.show = true,
            "--no-time" => options.timed = false,
            _ => return None,
        }
    }
    Some(options)
}

fn print(tally: &Tally) {
    let Tally {
        cases,
        taken,
        longest,
        longest_a_mib,
        costliest,
        costliest_said,
        largest,
        slow: _,
    } = tally;
    println!(
        "{cases} cases, {taken} taken; longest {:?} (case {})",
        longest.0, longest.1
    );
    println!(
        "    of large ones {:?} a MiB (case {})",
        longest_a_mib.0, longest_a_mib.1
    );
    println!(
        "    most memory when refused: {} bytes (case {})",
        largest.0, largest.1
    );
    println!(
        "    beyond 1 MiB for each byte: {:.2} in reading (case {}); {:.2} for what it says (case {})",
        costliest.0, costliest.1, costliest_said.0, costliest_said.1
    );
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!("hostile [--seed N] [--from N] [--cases N] [--no-time] [--show]");
        return ExitCode::from(2);
    };
    let seed = options.seed;
    if options.show {
        println!("{:02x?}", bytes_of(seed, options.from));
    }
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
    let slow = tally.slow.iter().find(|&&case| is_slow(seed, case));
    if let Some(case) = slow.filter(|_| options.timed) {
        eprintln!(
            "case {case} takes too long, also alone: hostile --seed {seed} --from {case} --cases 1"
        );
        return ExitCode::FAILURE;
    }
    if tally.costliest.0.max(tally.costliest_said.0) > COSTLIEST {
        eprintln!("that is more than the library promises");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
