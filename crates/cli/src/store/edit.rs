//! `init`, `new`, `edit` and `resolve`.

use std::io::Write;

use serde_json::json;
use syncline::{OpId, Transaction, Value};
use syncline_store::{Entry, Store};

use super::arguments::{At, Document, Edit, In, Resolve, Said};
use super::opened::{Ended, Stop, now_ms, options, to_write};
use crate::exit::Outcome;
use crate::failure::Failure;
use crate::play;

pub(super) fn init(at: &At, out: &mut dyn Write) -> Ended {
    let store = Store::create(&at.store, &options(at)?)?;
    let path = store.path().display().to_string();
    match at.json {
        true => writeln!(out, "{}", json!({ "store": path }))?,
        false => writeln!(out, "{path}: an empty store")?,
    }
    Ok(Outcome::Done)
}

pub(super) fn new(asked: &Document, out: &mut dyn Write) -> Ended {
    let name = &asked.document;
    to_write(&asked.at)?.create_document(name)?;
    match asked.at.json {
        true => writeln!(out, "{}", json!({ "document": name }))?,
        false => writeln!(out, "{name}: an empty document")?,
    }
    Ok(Outcome::Done)
}

pub(super) fn edit(of: &In<Edit>, out: &mut dyn Write) -> Ended {
    let In { document, asked } = of;
    let edits = parsed(asked)?;
    let mut opened = Opened::new(document)?;
    opened.write(&asked.said, out, |tx| {
        make(tx, &edits, asked.append.as_deref())
    })
}

pub(super) fn resolve(of: &In<Resolve>, out: &mut dyn Write) -> Ended {
    let In { document, asked } = of;
    let mut opened = Opened::new(document)?;
    let path = &*asked.path;
    let to = match (asked.to.keep, &asked.to.value) {
        (Some(number), _) => {
            let conflicts = opened.document.doc().conflicts(path);
            let kept = number.checked_sub(1).and_then(|at| conflicts.get(at));
            let kept = kept.ok_or_else(|| {
                let what = format!(
                    "{path} has no value {number}: there are {}",
                    conflicts.len()
                );
                Failure::new(what, "`syncline conflicts` lists them, the shown one first")
            })?;
            Chosen::Kept(kept.id)
        }
        (None, written) => Chosen::Set(value(written.as_deref().unwrap_or_default())?),
    };
    opened.write(&asked.said, out, |tx| match &to {
        Chosen::Kept(id) => tx.resolve_to(path, *id),
        Chosen::Set(value) => tx.resolve(path, value.clone()),
    })
}

/// How a conflict ends.
enum Chosen {
    /// By the value that an operation set.
    Kept(OpId),
    /// By another.
    Set(Value),
}

fn value(written: &str) -> Result<Value, Failure> {
    let failure = |error: serde_json::Error| {
        let next = "write it as JSON; a string stands in quotes: --value '\"Food\"'";
        Failure::new(format!("{written}: {error}"), next)
    };
    let json: serde_json::Value = serde_json::from_str(written).map_err(failure)?;
    Ok(json.into())
}

/// A document that is to be written.
struct Opened<'a> {
    at: &'a At,
    store: Store,
    document: syncline_store::Document,
}

impl<'a> Opened<'a> {
    fn new(asked: &'a Document) -> Result<Opened<'a>, Stop> {
        let store = to_write(&asked.at)?;
        let document = store.document(&asked.document)?;
        Ok(Opened {
            at: &asked.at,
            store,
            document,
        })
    }

    /// Edits the document, commits it, and tells what came of it.
    fn write(
        &mut self,
        said: &Said,
        out: &mut dyn Write,
        make: impl FnOnce(&mut Transaction<'_>) -> Result<(), syncline::Error>,
    ) -> Ended {
        let document = &mut self.document;
        if let Some(author) = &said.author {
            document.doc_mut().set_author(author)?;
        }
        let time = now_ms();
        let mut entry = Entry::new().time_ms(time).origin("syncline edit");
        entry.author = said.author.clone();
        entry.key = said.once.clone();
        let change = self.store.write(document, &entry, |tx| {
            tx.set_time(time);
            if let Some(message) = &said.message {
                tx.set_message(message)?;
            }
            make(tx)
        })?;
        let operations = change.as_ref().map_or(0, syncline::Change::applied);
        let (name, record, is_known) = (document.name(), document.seq(), change.is_none());
        if self.at.json {
            let told = json!({ "document": name, "operations": operations, "record": record, "once": is_known });
            writeln!(out, "{told}")?;
        } else if is_known {
            writeln!(out, "{name}: that key had been committed; nothing was done")?;
        } else {
            let what = format!("{operations} operations are on disk, as record {record}");
            writeln!(out, "{name}: {what}")?;
        }
        Ok(Outcome::Done)
    }
}

fn parsed(asked: &Edit) -> Result<Vec<play::Edit>, Stop> {
    if asked.edits.is_empty() && asked.append.is_none() {
        let next = "give edits, or --append TEXT; `syncline edit --help` has examples";
        return Err(Failure::new("there is nothing to edit", next).into());
    }
    let parse = |written: &String| {
        let json = serde_json::from_str(written).map_err(|error| format!("{written}: {error}"));
        json.and_then(|json| play::parse_edit(&json))
    };
    let edits = asked.edits.iter().map(parse).collect::<Result<_, _>>();
    let next = "write [\"text\", \"body\", \"insert\", 0, \"hi\"], or as docs/scenarios.md tells";
    Ok(edits.map_err(|what: String| Failure::new(what, next))?)
}

fn make(
    tx: &mut Transaction<'_>,
    edits: &[play::Edit],
    append: Option<&str>,
) -> Result<(), syncline::Error> {
    for edit in edits {
        play::make_edit(tx, edit)?;
    }
    match append {
        Some(text) => tx.text("body").push(text),
        None => Ok(()),
    }
}
