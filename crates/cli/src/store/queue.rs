//! `queue`: what no relay has said that it stored.

use std::io::Write;

use serde_json::json;
use syncline::VersionVector;
use syncline_store::Remote;

use super::arguments::At;
use super::opened::{Ended, to_read};
use super::told::{outcome, tell_failure};

pub(super) fn queue(at: &At, out: &mut dyn Write) -> Ended {
    let store = to_read(at)?;
    let listing = store.documents()?;
    let mut is_whole = listing.damaged.is_empty();
    let mut is_empty = true;
    for name in &listing.names {
        let document = match store.document(name) {
            Ok(document) => document,
            Err(error) => {
                tell_failure(at, Some(name), &error, out)?;
                is_whole = false;
                continue;
            }
        };
        let remotes = store.remotes(name)?;
        let version = document.doc().version_vector();
        let missing = remotes.iter().map(|(_, remote)| missing(&version, remote));
        let operations = missing.min().unwrap_or_else(|| all(&version));
        if operations == 0 {
            continue;
        }
        is_empty = false;
        let failed = remotes
            .iter()
            .find_map(|(relay, remote)| Some((relay, remote.last_error.as_ref()?)));
        match (at.json, failed) {
            (true, failed) => {
                let (relay, error) = failed.unzip();
                let told = json!({ "document": name, "operations": operations, "relay": relay, "error": error });
                writeln!(out, "{told}")?;
            }
            (false, Some((relay, error))) => {
                writeln!(out, "{name}: {operations} operations; {relay}: {error}")?;
            }
            (false, None) => writeln!(out, "{name}: {operations} operations")?,
        }
    }
    for error in &listing.damaged {
        tell_failure(at, None, error, out)?;
    }
    if is_empty && is_whole && !at.json {
        writeln!(out, "all is stored on a relay")?;
    }
    Ok(outcome(is_whole))
}

fn all(version: &VersionVector) -> u64 {
    version.iter().map(|(_, count)| u64::from(count)).sum()
}

/// How many operations a remote lacks, as far as it said.
fn missing(version: &VersionVector, remote: &Remote) -> u64 {
    let of_peers = version.iter().map(|(peer, count)| {
        let there = remote.acknowledged.get(peer);
        u64::from(count.saturating_sub(there))
    });
    of_peers.sum()
}
