//! `diff`: what differs between two versions.

use std::io::Write;

use serde_json::{Value as Json, json};
use syncline::{Change, Kind, ListEdit, TextEdit};

use super::arguments::{Diff, Document, In};
use super::opened::{Ended, to_read, version};
use crate::exit::Outcome;

pub(super) fn diff(of: &In<Diff>, out: &mut dyn Write) -> Ended {
    let In { document, asked } = of;
    let Document { at, document } = document;
    let mut document = to_read(at)?.document(document)?;
    let doc = document.doc_mut();
    let to = match &asked.to {
        Some(to) => version(to)?,
        None => doc.frontier(),
    };
    let change = doc.diff(&version(&asked.from)?, &to)?;
    for (path, kind) in change.containers() {
        let edits = edits(&change, path, kind);
        match at.json {
            true => {
                let told = json!({ "path": path, "kind": kind.to_string(), "edits": edits });
                writeln!(out, "{told}")?;
            }
            false => writeln!(out, "{path} ({kind}): {edits}")?,
        }
    }
    Ok(Outcome::Done)
}

/// The edits of one container: of sequences `["retain", 3]`, `["delete", 1]` and `["insert", …]`, in one pass over what was
/// there before; of a map `[key, value]`, without a value where it went; of a counter what was added.
fn edits(change: &Change, path: &str, kind: Kind) -> Json {
    match kind {
        Kind::Text => {
            let edits = change.text(path).into_iter();
            let told = edits.map(|edit| match edit {
                TextEdit::Retain(len) => json!(["retain", len]),
                TextEdit::Delete(len) => json!(["delete", len]),
                TextEdit::Insert(text) => json!(["insert", text]),
            });
            told.collect()
        }
        Kind::List => {
            let edits = change.list(path).into_iter();
            let told = edits.map(|edit| match edit {
                ListEdit::Retain(len) => json!(["retain", len]),
                ListEdit::Delete(len) => json!(["delete", len]),
                ListEdit::Insert(values) => {
                    let values: Json = values.iter().map(syncline::Value::to_json).collect();
                    json!(["insert", values])
                }
            });
            told.collect()
        }
        Kind::Map => {
            let entries = change.map(path).into_iter();
            let told = entries.map(|(key, value)| match value {
                Some(value) => json!([key, value.to_json()]),
                None => json!([key]),
            });
            told.collect()
        }
        _ => json!(change.counter(path)),
    }
}
