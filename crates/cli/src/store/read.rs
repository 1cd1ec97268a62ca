//! `show`, `log`, `blame` and `conflicts`.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Value as Json, json};
use syncline::{Doc, OpId, Peer};
use syncline_store::Store;

use super::arguments::{At, Blame, Document, In, Of, Show};
use super::opened::{Ended, Stop, to_read, version};
use super::told::{outcome, some, tell_errors};
use super::when::when;
use crate::exit::Outcome;
use crate::play::Shown;

pub(super) fn show(of: &Of<Show>, out: &mut dyn Write) -> Ended {
    let Of { at, asked } = of;
    let store = to_read(at)?;
    let Some(name) = &asked.document else {
        return list(at, &store, out);
    };
    let mut document = store.document(name)?;
    let shown = match &asked.version {
        Some(named) => document.doc_mut().at(&version(named)?)?.to_json(),
        None => document.doc().to_json(),
    };
    match at.json {
        true => serde_json::to_writer(&mut *out, &shown)?,
        false => serde_json::to_writer_pretty(&mut *out, &shown)?,
    }
    writeln!(out)?;
    Ok(Outcome::Done)
}

fn list(at: &At, store: &Store, out: &mut dyn Write) -> Ended {
    let listing = store.documents()?;
    for name in listing.names {
        match at.json {
            true => writeln!(out, "{}", json!({ "document": name }))?,
            false => writeln!(out, "{name}")?,
        }
    }
    let damaged = listing.damaged.iter().map(|error| (None, error));
    tell_errors(at, damaged, out)?;
    Ok(outcome(listing.damaged.is_empty()))
}

pub(super) fn log(asked: &Document, out: &mut dyn Write) -> Ended {
    let mut document = to_read(&asked.at)?.document(&asked.document)?;
    for entry in document.doc_mut().log()? {
        let last = OpId {
            peer: entry.peer,
            seq: entry.seq + (entry.operations - 1),
        };
        if asked.at.json {
            let told = json!({
                "id": last.to_string(),
                "peer": entry.peer.to_string(),
                "seq": entry.seq,
                "operations": entry.operations,
                "author": entry.author,
                "time": entry.time,
                "message": entry.message,
            });
            writeln!(out, "{told}")?;
            continue;
        }
        let author = entry.author.unwrap_or_else(|| entry.peer.to_string());
        let operations = some(entry.operations.into(), "operation");
        write!(out, "{last}  {operations} by {author}")?;
        if let Some(time) = entry.time {
            write!(out, " at {}", when(time))?;
        }
        if let Some(message) = entry.message {
            write!(out, ": {message}")?;
        }
        writeln!(out)?;
    }
    Ok(Outcome::Done)
}

/// The name that each peer told last.
fn names(doc: &mut Doc) -> Result<BTreeMap<Peer, String>, Stop> {
    let log = doc.log()?.into_iter();
    Ok(log
        .filter_map(|entry| Some((entry.peer, entry.author?)))
        .collect())
}

pub(super) fn blame(of: &In<Blame>, out: &mut dyn Write) -> Ended {
    let In { document, asked } = of;
    let Document { at, document } = document;
    let mut document = to_read(at)?.document(document)?;
    let doc = document.doc_mut();
    let names = names(doc)?;
    let author = |id: Option<OpId>| match id {
        Some(id) => names
            .get(&id.peer)
            .cloned()
            .unwrap_or_else(|| id.peer.to_string()),
        None => "before the history".to_owned(),
    };
    let told = |what: Json, id: Option<OpId>| {
        let id_told = id.map(|id| id.to_string());
        (
            author(id),
            json!({ "of": what, "id": id_told, "author": author(id) }),
        )
    };
    let lines: Vec<(String, Json)> = match doc.blame(&asked.path)? {
        syncline::Blame::Text(written) => {
            let shown = doc.get(&asked.path).map(|value| value.to_json());
            let text = shown.as_ref().and_then(Json::as_str).unwrap_or_default();
            let mut chars = text.chars();
            let stretches = written.into_iter().map(|by| {
                let text: String = chars.by_ref().take(by.len).collect();
                told(text.into(), by.id)
            });
            stretches.collect()
        }
        syncline::Blame::List(written) => {
            let elements = written.into_iter();
            elements.map(|by| told(by.len.into(), by.id)).collect()
        }
        syncline::Blame::Map(keys) => {
            let keys = keys.into_iter();
            keys.map(|(key, id)| told(key.into(), Some(id))).collect()
        }
        _ => Vec::new(),
    };
    for (author, line) in lines {
        match at.json {
            true => writeln!(out, "{line}")?,
            false => writeln!(out, "{author}: {}", line.get("of").unwrap_or(&Json::Null))?,
        }
    }
    Ok(Outcome::Done)
}

pub(super) fn conflicts(asked: &Document, out: &mut dyn Write) -> Ended {
    let document = to_read(&asked.at)?.document(&asked.document)?;
    for (path, values) in Shown::by(document.doc()).conflicts {
        match asked.at.json {
            true => writeln!(out, "{}", json!({ "path": path, "values": values }))?,
            false => writeln!(out, "{path}: {values}")?,
        }
    }
    Ok(Outcome::Done)
}
