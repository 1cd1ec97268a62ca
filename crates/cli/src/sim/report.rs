//! Telling what histories came to.

use std::io::{self, Write};
use std::ops::Range;

use serde_json::json;
use syncline_sim::{Config, History, Outcome as End};

use super::sum::Sum;
use crate::paint::grouped;

pub(super) fn write_history(history: &History, out: &mut dyn Write) -> io::Result<()> {
    if history.left_out() > 0 {
        let count = history.left_out();
        writeln!(out, "… {} lines before", grouped(count))?;
    }
    for line in history.lines() {
        writeln!(out, "{line}")?;
    }
    writeln!(out)
}

/// One line of JSON.
pub(super) fn write_json(
    config: &Config,
    end: &End,
    ms: f64,
    out: &mut dyn Write,
) -> io::Result<()> {
    let line = json!({
        "seed": config.seed,
        "replicas": end.replicas,
        "documents": end.documents,
        "operations": end.operations,
        "converged": end.converged(),
        "hash": end.hash,
        "bytes": end.bytes,
        "messages": end.messages,
        "sessions": end.sessions,
        "round_trips": end.round_trips,
        "steps": end.steps,
        "faults": end.faults,
        "crashes": end.crashes,
        "forks": end.forks,
        "simulated_ms": end.simulated_ms,
        "ms": ms,
        "error": end.failure.as_ref().map(|failure| &failure.what),
    });
    writeln!(out, "{line}")
}

/// A few lines for people.
pub(super) fn write_text(
    config: &Config,
    end: &End,
    ms: f64,
    out: &mut dyn Write,
) -> io::Result<()> {
    let count = |number: u64| grouped(usize::try_from(number).unwrap_or(usize::MAX));
    writeln!(
        out,
        "seed {}: {} replicas, {} documents, {} operations",
        config.seed,
        end.replicas,
        end.documents,
        count(end.operations)
    )?;
    writeln!(
        out,
        "  {} sessions, {} messages, {} bytes, {} round trips",
        count(end.sessions),
        count(end.messages),
        count(end.bytes),
        count(end.round_trips)
    )?;
    writeln!(
        out,
        "  {} faults, {} restarts, {} forks; {} steps in {} s, simulated in {ms:.1} ms",
        count(end.faults),
        count(end.crashes),
        count(end.forks),
        count(end.steps),
        count(end.simulated_ms / 1_000)
    )?;
    match end.converged() {
        true => writeln!(out, "  all converged: {}", end.hash),
        false => writeln!(out, "  NOT CONVERGED"),
    }
}

fn per_second(sum: &Sum) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count for people")]
    let histories = sum.histories as f64;
    histories / sum.seconds.max(1e-9)
}

/// Of many, one line of JSON.
pub(super) fn write_sum_json(seeds: &Range<u64>, sum: &Sum, out: &mut dyn Write) -> io::Result<()> {
    let line = json!({
        "seeds": format!("{}..{}", seeds.start, seeds.end),
        "histories": sum.histories,
        "converged": sum.failed.is_empty(),
        "failed": sum.failed,
        "hash": sum.hash.finalize().to_hex().as_str(),
        "operations": sum.operations,
        "bytes": sum.bytes,
        "round_trips": sum.round_trips,
        "steps": sum.steps,
        "faults": sum.faults,
        "simulated_ms": sum.simulated_ms,
        "ms": sum.seconds * 1e3,
        "per_second": per_second(sum),
    });
    writeln!(out, "{line}")
}

/// Of many, for people.
pub(super) fn write_sum(seeds: &Range<u64>, sum: &Sum, out: &mut dyn Write) -> io::Result<()> {
    let count = |number: u64| grouped(usize::try_from(number).unwrap_or(usize::MAX));
    writeln!(
        out,
        "seeds {}..{}: {} histories in {:.1} s, {:.0} a second",
        seeds.start,
        seeds.end,
        count(sum.histories),
        sum.seconds,
        per_second(sum)
    )?;
    writeln!(
        out,
        "  {} operations, {} bytes, {} faults; {} simulated hours",
        count(sum.operations),
        count(sum.bytes),
        count(sum.faults),
        count(sum.simulated_ms / 3_600_000)
    )?;
    match &*sum.failed {
        [] => writeln!(out, "  all converged"),
        failed => {
            let named = failed.iter().take(20).map(u64::to_string);
            let named: Vec<String> = named.collect();
            let more = if failed.len() > 20 { " …" } else { "" };
            let (some, named) = (grouped(failed.len()), named.join(" "));
            writeln!(out, "  NOT CONVERGED: {some}, of seeds {named}{more}")
        }
    }
}
