//! `verify`, `repair`, `export` and `import`.

use std::io::Write;
use std::path::Path;

use serde_json::{Value as Json, json};
use syncline_store::{BlobId, Entry, Import, Repaired, RepairedBlob, Store, Verification};

use super::arguments::{At, Of, Other, Repair};
use super::fetch::{bring_missing, fetch};
use super::opened::{Ended, Stop, now_ms, options, other, to_read, to_write};
use super::sync;
use super::told::{bar, of_failures, outcome, some, tell_errors_and, tell_failures};
use crate::exit::Outcome;
use crate::progress::Progress;

pub(super) fn verify(at: &At, out: &mut dyn Write) -> Ended {
    let store = to_read(at)?;
    let mut verification = Verification::new(&store)?;
    let all = verification.progress().all;
    // Where they cannot be listed, what is wrong with that is told.
    let listing = store.documents().unwrap_or_default();
    let documents = (listing.names.len() + listing.damaged.len()) as u64;
    let blobs = all.saturating_sub(documents);
    let mut bar = bar(at, "verifying", all);
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
                json!({ "documents": documents, "blobs": blobs, "damaged": damaged })
            )?;
        }
        (false, damaged) => {
            let read = format!("{}, {}", some(documents, "document"), some(blobs, "blob"));
            match damaged {
                0 => writeln!(out, "{read}: nothing is damaged")?,
                _ => writeln!(out, "{read}: {} damaged", some(damaged as u64, "place"))?,
            }
        }
    }
    Ok(outcome(failures.is_empty()))
}

/// What to do about what a repair could not mend.
const NEXT_FOR_LEFT: &str = "take what can be read into a new store: `syncline init NEW.store`, \
                             `syncline import NEW.store STORE`, and a copy after it";

pub(super) fn repair(of: &Of<Repair>, out: &mut dyn Write) -> Ended {
    let Of { at, asked } = of;
    let mut store = match &asked.to {
        None => to_write(at)?,
        Some(to) => {
            Store::rescue(&at.store, to)?;
            Store::open(to, &options(at)?)?
        }
    };
    // What is fetched is let go of when the repair is over.
    let mut fetched = None;
    let mut copy = None;
    match &asked.from {
        Some(url) if url.starts_with("ws://") || url.starts_with("wss://") => {
            let options = sync::options(&asked.with)?;
            fetched = Some(fetch(at, &store, url, options)?);
        }
        Some(path) => copy = Some(other(at, Path::new(path))?),
        None => {}
    }
    let of_relay = fetched.as_ref().and_then(|fetched| fetched.store.as_ref());
    let copy = copy.as_ref().or(of_relay);
    let entry = Entry::new().time_ms(now_ms()).origin("syncline repair");
    let mut repair = syncline_store::Repair::new(&store)?;
    let mut bar = bar(at, "repairing", repair.progress().all);
    while repair.step(&mut store, copy, &entry)? {
        bar.reach(repair.progress().done);
    }
    drop(bar);
    let report = repair.into_report();
    let brought = match of_relay {
        Some(there) => bring_missing(&mut store, there)?,
        None => Vec::new(),
    };
    let mut is_all_back = true;
    for repaired in &report.repaired {
        let is_back = is_back(&store, repaired)?;
        is_all_back &= is_back;
        tell_repaired(at, repaired, is_back, out)?;
    }
    for blob in &report.blobs {
        tell_blob(at, blob, out)?;
    }
    for (blob, bytes) in &brought {
        tell_brought(at, blob, *bytes, out)?;
    }
    tell_errors_and(at, of_failures(&report.failures), |_| NEXT_FOR_LEFT, out)?;
    let is_sound = report.repaired.is_empty() && report.blobs.is_empty() && brought.is_empty();
    if !at.json && is_sound && report.failures.is_empty() {
        writeln!(out, "nothing is damaged")?;
    }
    let is_whole = report.failures.is_empty()
        && is_all_back
        && report.blobs.iter().all(|blob| blob.fetched.is_some());
    Ok(outcome(is_whole))
}

/// Whether all that was set aside is there in another way.
fn is_nothing_lost(repaired: &Repaired) -> bool {
    repaired.set_aside.iter().all(|aside| aside.records == 0)
}

/// Whether all that was lost of a document is there again. Of a record that is gone with its row nothing tells what it held: what came
/// from the copy counts for it, where nothing waits for more.
fn is_back(store: &Store, repaired: &Repaired) -> Result<bool, Stop> {
    if is_nothing_lost(repaired) {
        return Ok(true);
    }
    let is_fetched = repaired.fetched > Some(0) && !repaired.is_waiting;
    Ok(is_fetched || !store.has_lost(&repaired.document)?)
}

fn tell_repaired(
    at: &At,
    repaired: &Repaired,
    is_back: bool,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    if at.json {
        let aside = repaired.set_aside.iter().map(|aside| {
            json!({ "place": aside.place.to_string(), "records": aside.records, "what": aside.what })
        });
        let aside: Json = aside.collect();
        let told = json!({ "document": repaired.document, "set_aside": aside, "fetched": repaired.fetched, "back": is_back, "waits": repaired.is_waiting });
        return writeln!(out, "{told}");
    }
    writeln!(out, "{}:", repaired.document)?;
    for aside in &repaired.set_aside {
        writeln!(out, "  set aside {}: {}", aside.place, aside.what)?;
    }
    match repaired.fetched {
        Some(operations) => {
            let fetched = some(operations.into(), "operation");
            writeln!(out, "  fetched {fetched} from the copy")?;
            match is_back {
                true => Ok(()),
                false => writeln!(
                    out,
                    "  not all that is lost came back: the copy may be older"
                ),
            }
        }
        None if is_nothing_lost(repaired) => writeln!(out, "  nothing is lost"),
        None => writeln!(
            out,
            "  what that held is lost here, unless a copy has it (--from)"
        ),
    }?;
    match repaired.is_waiting {
        true => writeln!(
            out,
            "  what came after it waits for it, and shows when a copy brings it"
        ),
        false => Ok(()),
    }
}

/// Of a blob to which a document refers, and that was not here.
fn tell_brought(at: &At, blob: &BlobId, bytes: u64, out: &mut dyn Write) -> std::io::Result<()> {
    let blob = blob.to_string();
    match at.json {
        true => {
            let told = json!({ "blob": blob, "bytes": bytes, "lost": bytes, "fetched": bytes });
            writeln!(out, "{told}")
        }
        false => writeln!(
            out,
            "{blob}: was not here, and {bytes} bytes came from the relay"
        ),
    }
}

fn tell_blob(at: &At, repaired: &RepairedBlob, out: &mut dyn Write) -> std::io::Result<()> {
    let (blob, lost) = (repaired.blob.to_string(), repaired.lost);
    if at.json {
        let told = json!({ "blob": blob, "bytes": repaired.bytes, "lost": lost, "fetched": repaired.fetched });
        return writeln!(out, "{told}");
    }
    writeln!(
        out,
        "{blob}: {lost} of {} bytes are damaged",
        repaired.bytes
    )?;
    match repaired.fetched {
        Some(bytes) => writeln!(out, "  {bytes} of them are back, from the copy"),
        None => writeln!(
            out,
            "  they are lost here, unless a copy has them (--from), or the file is put again"
        ),
    }
}

pub(super) fn export(of: &Of<Other>, out: &mut dyn Write) -> Ended {
    let Of { at, asked } = of;
    let store = to_read(at)?;
    // How many bytes they are is told with the first.
    let mut shown: Option<Progress> = None;
    let name = at.store.display().to_string();
    store.export_telling(&asked.other, move |written, all| {
        let steps = usize::try_from(all).unwrap_or(usize::MAX);
        shown
            .get_or_insert_with(|| Progress::begin(&name, "exporting", steps))
            .reach(written);
    })?;
    let path = asked.other.display().to_string();
    match at.json {
        true => writeln!(out, "{}", json!({ "store": path }))?,
        false => writeln!(out, "{path}: a copy of the whole store")?,
    }
    Ok(Outcome::Done)
}

pub(super) fn import(of: &Of<Other>, out: &mut dyn Write) -> Ended {
    let Of { at, asked } = of;
    let from = other(at, &asked.other)?;
    let origin = asked.other.display().to_string();
    let entry = Entry::new().time_ms(now_ms()).origin(origin);
    let mut store = to_write(at)?;
    let mut import = Import::new(&store, &from)?;
    let mut bar = bar(at, "importing", import.progress().all);
    while import.step(&mut store, &from, &entry)? {
        bar.reach(import.progress().done);
    }
    drop(bar);
    let imported = import.into_imported();
    for (document, operations) in &imported.documents {
        match at.json {
            true => {
                let told = json!({ "document": document, "operations": operations });
                writeln!(out, "{told}")?;
            }
            false => writeln!(
                out,
                "{document}: {}",
                some((*operations).into(), "operation")
            )?,
        }
    }
    tell_failures(at, &imported.failures, out)?;
    let (blobs, is_whole) = (imported.blobs, imported.failures.is_empty());
    match at.json {
        true => writeln!(
            out,
            "{}",
            json!({ "blobs": blobs, "failed": imported.failures.len() })
        )?,
        false if blobs > 0 => writeln!(out, "{}", some(blobs, "blob"))?,
        false if imported.documents.is_empty() && is_whole => {
            writeln!(out, "it holds nothing new")?
        }
        false => {}
    }
    Ok(outcome(is_whole))
}
