//! `verify`, `repair`, `compact`, `jobs`, `export` and `import`.

use std::fs;
use std::io::Write;

use serde_json::{Value as Json, json};
use syncline_store::{Compaction, Entry, Failure, Repaired, State, Verification};

use super::arguments::{At, Files, Repair};
use super::opened::{Ended, now_ms, other, to_read, to_write};
use crate::exit::Outcome;
use crate::progress::Progress;

pub(super) fn verify(at: &At, out: &mut dyn Write) -> Ended {
    let store = to_read(at)?;
    let mut verification = Verification::new(&store)?;
    let documents = verification.progress().all;
    let mut bar = bar(at, "verifying", documents);
    while verification.work()? {
        bar.step();
    }
    let failures = verification.failures();
    tell_failures(at, failures, out)?;
    match (at.json, failures.len()) {
        (true, damaged) => {
            writeln!(
                out,
                "{}",
                json!({ "documents": documents, "damaged": damaged })
            )?;
        }
        (false, 0) => writeln!(out, "{documents} documents, nothing damaged")?,
        (false, damaged) => writeln!(out, "{documents} documents, {damaged} places damaged")?,
    }
    Ok(outcome(failures.is_empty()))
}

pub(super) fn repair(asked: &Repair, out: &mut dyn Write) -> Ended {
    let at = &asked.at;
    let mut store = to_write(at)?;
    let copy = match &asked.from {
        Some(path) => Some(other(at, path)?),
        None => None,
    };
    let entry = Entry::new().time_ms(now_ms()).origin("syncline repair");
    let report = store.repair(copy.as_ref(), &entry)?;
    for repaired in &report.repaired {
        tell_repaired(at, repaired, out)?;
    }
    tell_failures(at, &report.failures, out)?;
    if !at.json && report.repaired.is_empty() && report.failures.is_empty() {
        writeln!(out, "nothing is damaged")?;
    }
    let is_back = |repaired: &Repaired| {
        repaired.fetched.is_some() || repaired.set_aside.iter().all(|aside| aside.records == 0)
    };
    let is_whole = report.failures.is_empty() && report.repaired.iter().all(is_back);
    Ok(outcome(is_whole))
}

fn tell_repaired(at: &At, repaired: &Repaired, out: &mut dyn Write) -> std::io::Result<()> {
    if at.json {
        let aside = repaired.set_aside.iter().map(|aside| {
            json!({ "place": aside.place.to_string(), "records": aside.records, "what": aside.what })
        });
        let aside: Json = aside.collect();
        let told = json!({ "document": repaired.document, "set_aside": aside, "fetched": repaired.fetched });
        return writeln!(out, "{told}");
    }
    writeln!(out, "{}:", repaired.document)?;
    for aside in &repaired.set_aside {
        writeln!(out, "  set aside {}: {}", aside.place, aside.what)?;
    }
    match repaired.fetched {
        Some(operations) => writeln!(out, "  fetched {operations} operations from the copy"),
        None => writeln!(
            out,
            "  what that held is lost here, unless a copy has it (--from)"
        ),
    }
}

pub(super) fn compact(at: &At, out: &mut dyn Write) -> Ended {
    let mut store = to_write(at)?;
    let size = || fs::metadata(&at.store).map_or(0, |file| file.len());
    let before = size();
    let mut compaction = Compaction::new(&store)?;
    let documents = compaction.progress().all;
    let mut bar = bar(at, "compacting", documents);
    let mut done = 0;
    while compaction.progress().state != State::Done {
        match compaction.progress().state {
            State::Working => compaction.work()?,
            _ => compaction.step(&mut store)?,
        }
        for _ in done..compaction.progress().done {
            bar.step();
        }
        done = compaction.progress().done;
    }
    drop(bar);
    let failures = compaction.failures();
    tell_failures(at, failures, out)?;
    let (failed, after) = (failures.len() as u64, size());
    let compacted = done - failed;
    match at.json {
        true => {
            let told = json!({
                "documents": documents,
                "compacted": compacted,
                "failed": failed,
                "bytes_before": before,
                "bytes_after": after,
            });
            writeln!(out, "{told}")?;
        }
        false => writeln!(
            out,
            "{compacted} documents compacted; {before} bytes before, {after} after"
        )?,
    }
    Ok(outcome(failed == 0))
}

pub(super) fn jobs(at: &At, out: &mut dyn Write) -> Ended {
    let grown = to_read(at)?.grown()?;
    let state = if grown > 0 { "waiting" } else { "idle" };
    match at.json {
        true => {
            let told = json!({ "job": "compaction", "state": state, "documents": grown });
            writeln!(out, "{told}")?;
        }
        false => writeln!(out, "compaction: {state}, {grown} documents have grown")?,
    }
    Ok(Outcome::Done)
}

pub(super) fn export(asked: &Files, out: &mut dyn Write) -> Ended {
    to_read(&asked.at)?.export(&asked.other)?;
    let path = asked.other.display().to_string();
    match asked.at.json {
        true => writeln!(out, "{}", json!({ "store": path }))?,
        false => writeln!(out, "{path}: a copy of the whole store")?,
    }
    Ok(Outcome::Done)
}

pub(super) fn import(asked: &Files, out: &mut dyn Write) -> Ended {
    let at = &asked.at;
    let from = other(at, &asked.other)?;
    let origin = asked.other.display().to_string();
    let entry = Entry::new().time_ms(now_ms()).origin(origin);
    let taken = to_write(at)?.import(&from, &entry)?;
    for (document, operations) in &taken {
        match at.json {
            true => {
                let told = json!({ "document": document, "operations": operations });
                writeln!(out, "{told}")?;
            }
            false => writeln!(out, "{document}: {operations} operations")?,
        }
    }
    if !at.json && taken.is_empty() {
        writeln!(out, "it holds nothing new")?;
    }
    Ok(Outcome::Done)
}

fn tell_failures(at: &At, failures: &[Failure], out: &mut dyn Write) -> std::io::Result<()> {
    for failure in failures {
        let error = failure.error.to_string();
        match at.json {
            true => {
                let told = json!({ "document": failure.document, "error": error });
                writeln!(out, "{told}")?;
            }
            false => writeln!(out, "{error}")?,
        }
    }
    Ok(())
}

fn bar(at: &At, what: &str, steps: u64) -> Progress {
    let steps = usize::try_from(steps).unwrap_or(usize::MAX);
    Progress::begin(&at.store.display().to_string(), what, steps)
}

fn outcome(is_well: bool) -> Outcome {
    match is_well {
        true => Outcome::Done,
        false => Outcome::Differs,
    }
}
