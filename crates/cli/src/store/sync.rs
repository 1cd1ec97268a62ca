//! `sync`: a store is kept in step with a relay.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;

use serde_json::{Value as Json, json};
use syncline_net::{BlobState, Blobs, Features, Options, Phase, Replica, Status, Worker};

use super::arguments::{At, Of};
use super::look::dry_run;
use super::opened::{Ended, Stop, runtime, to_write};
use super::relays::{Sync, With};
use super::serve::told_to_end;
use super::told::{bar, outcome};
use crate::exit::Outcome;
use crate::failure::Failure;
use crate::plain::plain;

pub(super) fn sync(of: &Of<Sync>, out: &mut dyn Write) -> Ended {
    let Of { at, asked } = of;
    let options = options(&asked.with)?;
    if asked.dry_run {
        return dry_run(of, &options, out);
    }
    let replica = Replica::open(to_write(at)?, asked.without.limits())?;
    runtime()?.block_on(async {
        let damaged = replica.damaged().await?;
        for damage in &damaged {
            eprintln!("syncline: left out: {}", plain(&damage.to_string()));
        }
        let worker = Worker::start(replica.clone(), &asked.url, options)?;
        let ended = match asked.watch {
            true => watch(at, &worker, out).await,
            false => once(of, &worker, out).await,
        };
        worker.stop().await;
        replica.close().await?;
        let ended = ended?;
        Ok(if damaged.is_empty() {
            ended
        } else {
            Outcome::Differs
        })
    })
}

/// With the token that a file holds, believing whom another names.
pub(super) fn options(with: &With) -> Result<Options, Stop> {
    let mut options = Options::new();
    if let Some(file) = &with.token_file {
        let next = "check the name; the file holds the token, and nothing else";
        let token = fs::read_to_string(file)
            .map_err(|error| Failure::new(format!("{}: {error}", file.display()), next))?;
        options = options.token(token.trim());
    }
    #[cfg(feature = "tls")]
    if let Some(file) = &with.ca {
        options = options.roots(syncline_net::Roots::from_pem(&pem(file)?)?);
    }
    Ok(options)
}

/// What a file of certificates, or of a key, holds.
#[cfg(feature = "tls")]
pub(super) fn pem(file: &std::path::Path) -> Result<Vec<u8>, Failure> {
    let next = "check the name, and your right to read it";
    fs::read(file).map_err(|error| Failure::new(format!("{}: {error}", file.display()), next))
}

async fn once(of: &Of<Sync>, worker: &Worker, out: &mut dyn Write) -> Ended {
    let Of { at, asked } = of;
    let status = until_stored(at, "syncing", worker).await?;
    tell(at, &asked.url, &status, out)?;
    let does_blobs = asked.without.limits().features.include(Features::BLOBS);
    let is_whole = status.refused.is_empty()
        && failed(&status.blobs).is_empty()
        && !(does_blobs && status.leaves_blobs);
    Ok(outcome(is_whole))
}

/// Waits until both have what the other had, and the relay has stored it; fails with the first try.
pub(super) async fn until_stored(at: &At, what: &str, worker: &Worker) -> Result<Status, Stop> {
    let mut statuses = worker.status();
    let mut bar = bar(at, what, 0);
    loop {
        let status = statuses.borrow_and_update().clone();
        bar.expect(status.received.1 + status.sent.1);
        bar.reach(status.received.0 + status.sent.0);
        match (status.phase, &status.trouble) {
            (Phase::Live, _) if status.is_confirmed => return Ok(status),
            (Phase::Waiting, Some(trouble)) => {
                return Err(Failure::new(trouble.what.clone(), trouble.next).into());
            }
            _ => {}
        }
        if statuses.changed().await.is_err() {
            return Err(Failure::new("the worker ended", "do it again").into());
        }
    }
}

fn tell(at: &At, url: &str, status: &Status, out: &mut dyn Write) -> Result<(), Stop> {
    let (received, sent) = (status.received.0, status.sent.0);
    if at.json {
        let (lost, refused, blobs) = (status.lost, &status.refused, &status.blobs);
        let told = json!({
            "relay": url,
            "received": received,
            "sent": sent,
            "lost": lost,
            "refused": refused,
            "blobs_received": blobs.received,
            "blobs_stored": blobs.stored,
            "blobs_failed": failed(blobs),
            "leaves_blobs": status.leaves_blobs,
        });
        writeln!(out, "{told}")?;
        return Ok(());
    }
    for (document, why) in &status.refused {
        writeln!(out, "{document} was left out: {why}")?;
    }
    for (blob, why) in failed(&status.blobs) {
        writeln!(out, "{blob} was left out: {why}")?;
    }
    if status.lost > 0 {
        let lost = status.lost;
        writeln!(
            out,
            "{url} had lost {lost} operations that it had confirmed"
        )?;
    }
    writeln!(
        out,
        "{url}: {received} operations received, {sent} sent and stored there"
    )?;
    let Blobs {
        received, stored, ..
    } = status.blobs;
    if status.leaves_blobs {
        writeln!(out, "blobs were left out: one of the sides does without")?;
    }
    if received + stored > 0 {
        writeln!(out, "{received} blobs received, {stored} stored there")?;
    }
    Ok(())
}

/// Blobs that could not be had, or were not taken, and why.
fn failed(blobs: &Blobs) -> BTreeMap<String, String> {
    let why = |(blob, state): (&'_ String, &'_ BlobState)| match state {
        BlobState::Failed { why } => Some((blob.clone(), why.clone())),
        _ => None,
    };
    blobs.jobs.iter().filter_map(why).collect()
}

/// Tells what the worker does as it changes, until it is told to end.
async fn watch(at: &At, worker: &Worker, out: &mut dyn Write) -> Ended {
    let mut statuses = worker.status();
    let mut last = None;
    let mut end = std::pin::pin!(told_to_end());
    loop {
        let status = statuses.borrow_and_update().clone();
        let told = line(at, &status);
        if last.as_ref() != Some(&told) {
            writeln!(out, "{told}")?;
            out.flush()?;
            last = Some(told);
        }
        tokio::select! {
            ended = &mut end => {
                ended?;
                return Ok(Outcome::Done);
            }
            changed = statuses.changed() => if changed.is_err() {
                return Err(Failure::new("the worker ended", "do it again").into());
            },
        }
    }
}

fn line(at: &At, status: &Status) -> String {
    let phase = match (status.phase, status.is_confirmed) {
        (Phase::Connecting, _) => "connecting",
        (Phase::Syncing, _) => "syncing",
        (Phase::Live, true) => "in step",
        (Phase::Live, false) => "sending",
        (Phase::Waiting, _) => "waiting",
        _ => "resting",
    };
    let trouble = status.trouble.as_ref();
    if at.json {
        let told = json!({
            "phase": phase,
            "received": status.received.0,
            "to_receive": status.received.1,
            "sent": status.sent.0,
            "to_send": status.sent.1,
            "failures": status.failures,
            "conflicts": status.conflicts.all,
            "to_review": status.conflicts.to_review,
            "leaves_blobs": status.leaves_blobs,
            "next_try": status.next_try_ms,
            "error": trouble.map_or(Json::Null, |trouble| trouble.what.as_str().into()),
        });
        return told.to_string();
    }
    let blobs = if status.leaves_blobs {
        ", blobs are left out"
    } else {
        ""
    };
    match (trouble, status.conflicts.all) {
        (Some(trouble), _) => format!("{phase}: {}\n  next: {}", trouble.what, trouble.next),
        (None, 0) => format!("{phase}{blobs}"),
        (None, conflicts) => format!("{phase}, {conflicts} conflicts{blobs}"),
    }
}
