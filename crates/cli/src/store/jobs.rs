//! `compact`, `collect` and `jobs`: background work, done at once, and what there is of it.

use std::fs;
use std::io::Write;

use serde_json::json;
use syncline_store::{Collection, Compaction, Job, Store};

use super::arguments::{At, Collect, Of};
use super::opened::{Ended, Stop, to_read, to_write};
use super::told::{bar, outcome, some, tell_failures};
use crate::exit::Outcome;

pub(super) fn compact(at: &At, out: &mut dyn Write) -> Ended {
    let mut store = to_write(at)?;
    let before = size(at);
    let mut compaction = Compaction::new(&store)?;
    run(at, "compacting", &mut store, &mut compaction)?;
    let failures = compaction.failures();
    tell_failures(at, failures, out)?;
    let (failed, after) = (failures.len() as u64, size(at));
    let progress = compaction.progress();
    let compacted = progress.done.saturating_sub(failed);
    match at.json {
        true => {
            let told = json!({
                "documents": progress.all,
                "compacted": compacted,
                "failed": failed,
                "bytes_before": before,
                "bytes_after": after,
            });
            writeln!(out, "{told}")?;
        }
        false => writeln!(
            out,
            "{} compacted; {before} bytes before, {after} after",
            some(compacted, "document")
        )?,
    }
    Ok(outcome(failed == 0))
}

pub(super) fn collect(of: &Of<Collect>, out: &mut dyn Write) -> Ended {
    let Of { at, asked } = of;
    let mut store = to_write(at)?;
    let before = size(at);
    let mut collection = Collection::new(&mut store)?;
    if asked.now {
        collection = collection.at_once();
    }
    run(at, "collecting", &mut store, &mut collection)?;
    let failures = collection.failures();
    tell_failures(at, failures, out)?;
    let (collected, after) = (collection.collected(), size(at));
    match at.json {
        true => {
            let told = json!({
                "documents": collection.progress().all,
                "blobs": collected.blobs,
                "bytes": collected.bytes,
                "waiting": collected.waiting,
                "bytes_before": before,
                "bytes_after": after,
            });
            writeln!(out, "{told}")?;
        }
        false => {
            let (blobs, waiting) = (collected.blobs, collected.waiting);
            writeln!(
                out,
                "{} let go of; {before} bytes before, {after} after",
                some(blobs, "blob")
            )?;
            if waiting > 0 {
                writeln!(
                    out,
                    "nothing refers to {waiting} more, which go with the next collection"
                )?;
            }
        }
    }
    Ok(outcome(failures.is_empty()))
}

fn size(at: &At) -> u64 {
    fs::metadata(&at.store).map_or(0, |file| file.len())
}

/// Does a job to its end, and shows how far it is.
fn run(at: &At, what: &str, store: &mut Store, job: &mut impl Job) -> Result<(), Stop> {
    let mut bar = bar(at, what, job.progress().all);
    while job.go_on(store)? {
        bar.reach(job.progress().done);
    }
    Ok(())
}

pub(super) fn jobs(at: &At, out: &mut dyn Write) -> Ended {
    let store = to_read(at)?;
    let jobs = [
        ("compaction", "documents", store.grown()?, "that have grown"),
        (
            "collection",
            "blobs",
            store.unreferred()?,
            "that nothing is known to refer to",
        ),
    ];
    for (job, of, count, why) in jobs {
        let state = if count > 0 { "waiting" } else { "idle" };
        match at.json {
            true => writeln!(out, "{}", json!({ "job": job, "state": state, of: count }))?,
            false => writeln!(out, "{job}: {state}, {of} {why}: {count}")?,
        }
    }
    Ok(Outcome::Done)
}
