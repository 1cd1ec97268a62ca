//! Committing: what came to a document since the last commit is appended to its journal.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use rusqlite::{OptionalExtension, params};

use crate::database::Database;
use crate::document::Document;
use crate::error::Error;
use crate::options::Limits;
use crate::record::{self, Entry};
use crate::words::Owner;
use crate::{journal, load};

/// The last record that was committed to each document since the store was opened: for a job that has to know.
#[derive(Default)]
pub(crate) struct Commits(Mutex<BTreeMap<u32, u32>>);

impl Commits {
    fn all(&self) -> MutexGuard<'_, BTreeMap<u32, u32>> {
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn note(&self, owner: Owner, seq: u32) {
        self.all().insert(owner.row, seq);
    }

    /// The documents that go on after what was read of them, with their last records.
    pub(crate) fn beyond(&self, read: &BTreeMap<u32, u32>) -> Vec<(u32, u32)> {
        let all = self.all();
        let beyond = all.iter().filter(|(row, seq)| read.get(row) < Some(seq));
        beyond.map(|(row, seq)| (*row, *seq)).collect()
    }
}

/// When what is committed is to be on disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Due {
    /// As the store's durability says.
    Now,
    /// When a [`Syncer`](crate::Syncer) has synced.
    Later,
}

/// Appends what came to each document, all at once or nothing, and says so to the documents.
pub(crate) fn commit(
    db: &Database,
    documents: &mut [&mut Document],
    entry: &Entry,
    limits: &Limits,
    due: Due,
) -> Result<(), Error> {
    db.check_writable()?;
    let mut bodies = Vec::with_capacity(documents.len());
    for document in documents.iter_mut() {
        let piece = document.doc.save_since(&document.point);
        let body = match piece.is_empty() {
            true => None,
            false => {
                let body = record::write(entry, &piece, limits)?;
                check_room(db, document, &body, limits)?;
                Some(body)
            }
        };
        bodies.push(body);
    }
    if entry.key.is_none() && bodies.iter().all(Option::is_none) {
        return Ok(());
    }
    let appended = || -> Result<Vec<u32>, Error> {
        let pairs = documents.iter().zip(&bodies);
        pairs
            .map(|(document, body)| append(db, document, entry, body.as_deref()))
            .collect()
    };
    let ends = match due {
        Due::Now => db.at_once(appended),
        Due::Later => db.without_hurry(appended),
    };
    if ends.is_err() {
        // What failed may be on disk all the same.
        for document in documents.iter() {
            db.commits
                .note(document.owner, document.seq.saturating_add(1));
        }
    }
    let ends = ends?;
    for ((document, seq), body) in documents.iter_mut().zip(ends).zip(&bodies) {
        document.bytes += body.as_ref().map_or(0, |body| on_disk(body));
        document.point = document.doc.save_point();
        document.seq = seq;
        db.commits.note(document.owner, seq);
    }
    Ok(())
}

/// What a record takes on disk, at most: it may be sealed.
fn on_disk(body: &[u8]) -> u64 {
    body.len() as u64 + 64
}

/// Refuses a record with which a document would be larger than it may be to be opened.
fn check_room(
    db: &Database,
    document: &mut Document,
    body: &[u8],
    limits: &Limits,
) -> Result<(), Error> {
    if limits
        .check_document(document.bytes + on_disk(body))
        .is_err()
    {
        // It may have been compacted since.
        document.bytes = load::bytes(db, document.owner, &document.name)?;
    }
    limits.check_document(document.bytes + on_disk(body))
}

/// Appends to one document; gives the number of its last record.
fn append(
    db: &Database,
    document: &Document,
    entry: &Entry,
    body: Option<&[u8]>,
) -> Result<u32, Error> {
    let Document {
        name, owner, seq, ..
    } = document;
    let overtaken = || Error::Overtaken { name: name.clone() };
    if journal::last_here(db, *owner, name)? != *seq {
        return Err(overtaken());
    }
    let seq = match body {
        Some(body) => {
            let next = seq.checked_add(1).ok_or_else(overtaken)?;
            journal::append(db, *owner, next, body)?;
            next
        }
        None => *seq,
    };
    if let Some(key) = &entry.key {
        note_delivery(db, document, key, seq)?;
    }
    Ok(seq)
}

/// Notes that something was delivered to a document.
fn note_delivery(db: &Database, document: &Document, key: &str, seq: u32) -> Result<(), Error> {
    let insert =
        "INSERT INTO delivery (document, key, seq) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    let row = params![document.owner.row, db.delivery_key(key), seq];
    let inserted = db.named("committing", db.connection.execute(insert, row))?;
    match inserted {
        0 => Err(Error::Delivered {
            name: document.name.clone(),
            key: key.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Whether a delivery of that key was committed to a document.
pub(crate) fn is_delivered(db: &Database, owner: Owner, key: &str) -> Result<bool, Error> {
    let query = "SELECT 1 FROM delivery WHERE document = ?1 AND key = ?2";
    let row = params![owner.row, db.delivery_key(key)];
    let read = db.connection.query_row(query, row, |_| Ok(()));
    let found = db.named("looking for a delivery", read.optional())?;
    Ok(found.is_some())
}
