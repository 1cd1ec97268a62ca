//! `init`, `new` and `edit`.

use std::io::Write;

use serde_json::json;
use syncline::Transaction;
use syncline_store::{Entry, Store};

use super::arguments::{At, Document, Edit};
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

pub(super) fn edit(asked: &Edit, out: &mut dyn Write) -> Ended {
    let edits = parsed(asked)?;
    let Document { at, document: name } = &asked.document;
    let mut store = to_write(at)?;
    let mut document = store.document(name)?;
    if let Some(author) = &asked.author {
        document.doc_mut().set_author(author)?;
    }
    let time = now_ms();
    let mut entry = Entry::new().time_ms(time).origin("syncline edit");
    entry.author = asked.author.clone();
    entry.key = asked.once.clone();
    let change = store.write(&mut document, &entry, |tx| {
        tx.set_time(time);
        if let Some(message) = &asked.message {
            tx.set_message(message)?;
        }
        make(tx, &edits, asked.append.as_deref())
    })?;
    let operations = change.as_ref().map_or(0, syncline::Change::applied);
    let (record, is_known) = (document.seq(), change.is_none());
    if at.json {
        let told = json!({ "document": name, "operations": operations, "record": record, "once": is_known });
        writeln!(out, "{told}")?;
    } else if is_known {
        writeln!(out, "{name}: that key had been committed; nothing was done")?;
    } else {
        writeln!(
            out,
            "{name}: {operations} operations are on disk, as record {record}"
        )?;
    }
    Ok(Outcome::Done)
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
