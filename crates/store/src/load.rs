//! From the bytes on disk to a document: its snapshot, and the journal after that.

use rusqlite::{OptionalExtension, Row, params};
use syncline::Doc;

use crate::database::Database;
use crate::document::Document;
use crate::error::{Error, Place};
use crate::journal::Body;
use crate::options::Limits;
use crate::quarantine::Stretches;
use crate::snapshot::Snapshot;
use crate::words::{Owner, Tag};
use crate::{journal, record, salvage, snapshot};

/// Finds a document by its name.
pub(crate) fn find(db: &Database, name: &str) -> Result<Option<Owner>, Error> {
    let query = "SELECT id, key, name FROM document WHERE key = ?1";
    let read = db
        .connection
        .query_row(query, params![db.name_key(name)], Listed::read);
    match db.named("looking for a document", read.optional())? {
        None => Ok(None),
        Some(listed) if listed.name(db).as_deref() == Some(name) => Ok(Some(listed.owner)),
        Some(_) => Err(db.damaged(
            Place::File,
            format!("the document {name:?} stands there under another name"),
        )),
    }
}

/// As [`find`], where it has to be there.
pub(crate) fn find_existing(db: &Database, name: &str) -> Result<Owner, Error> {
    find(db, name)?.ok_or_else(|| Error::NoDocument {
        name: name.to_owned(),
    })
}

/// All documents, as [`next`] and [`count`] take them.
pub(crate) const ALL: &str = "FROM document WHERE 1";

/// Those whose journal goes on after their snapshot.
pub(crate) const GROWN: &str = "FROM document LEFT JOIN snapshot ON snapshot.id = document.snapshot \
                                WHERE document.last > coalesce(snapshot.through, 0)";

/// How many documents there are of some.
pub(crate) fn count(db: &Database, some: &str) -> Result<u64, Error> {
    let query = format!("SELECT count(*) {some}");
    let read = db.connection.query_row(&query, [], |row| row.get(0));
    let count: i64 = db.named("counting documents", read)?;
    Ok(count.max(0).cast_unsigned())
}

/// A document's row.
pub(crate) struct Listed {
    pub(crate) owner: Owner,
    pub(crate) name: Vec<u8>,
}

impl Listed {
    /// Of the columns of its number, its key and its name.
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Listed> {
        Ok(Listed {
            owner: Owner {
                row: row.get(0)?,
                // What is none of these is damage, of this document alone: see `checked_name`.
                key: row.get(1).unwrap_or_default(),
            },
            name: row.get(2).unwrap_or_default(),
        })
    }

    /// The document's name; `None` where it is not what was written.
    pub(crate) fn name(&self, db: &Database) -> Option<String> {
        let name = db.seal.open(Tag::Name, self.owner, 0, &self.name)?;
        String::from_utf8(name.into_owned()).ok()
    }

    /// The document's name, where it is what was written.
    pub(crate) fn told_name(&self, db: &Database) -> Result<String, Error> {
        let name = self
            .name(db)
            .filter(|name| db.name_key(name) == self.owner.key);
        name.ok_or_else(|| {
            let number = self.owner.row;
            let what = format!("the name of document {number} is not what was written");
            db.damaged(Place::File, what)
        })
    }

    /// The document's name, by which it has to be found too.
    pub(crate) fn checked_name(&self, db: &Database) -> Result<String, Error> {
        let name = self.told_name(db)?;
        match find(db, &name)? {
            Some(owner) if owner == self.owner => Ok(name),
            _ => {
                let what = format!("the document {name:?} cannot be found by its name");
                Err(db.damaged(Place::File, what))
            }
        }
    }
}

/// The first of some documents after a row.
pub(crate) fn next(db: &Database, some: &str, after: u32) -> Result<Option<Listed>, Error> {
    let query = format!(
        "SELECT document.id, document.key, document.name {some} AND document.id > ?1 \
         ORDER BY document.id LIMIT 1"
    );
    let read = db.connection.query_row(&query, [after], Listed::read);
    let found = db.named("looking for a document", read.optional());
    match found.and_then(|found| in_order(db, found, after)) {
        Err(Error::Damaged { .. }) if some == ALL => salvage::next_document(db, after),
        found => found,
    }
}

/// What was found after a row, if it is.
pub(crate) fn in_order(
    db: &Database,
    found: Option<Listed>,
    after: u32,
) -> Result<Option<Listed>, Error> {
    if let Some(found) = &found {
        db.check_order(found.owner.row.into(), after.into())?;
    }
    Ok(found)
}

/// All documents.
pub(crate) fn list(db: &Database) -> Result<Vec<Listed>, Error> {
    let read = || -> rusqlite::Result<Vec<Listed>> {
        let query = "SELECT id, key, name FROM document";
        let mut statement = db.connection.prepare(query)?;
        let rows = statement.query_map([], Listed::read)?;
        rows.collect()
    };
    match db.named("listing the documents", read()) {
        Err(Error::Damaged { .. }) => {}
        listed => return listed,
    }
    let (mut all, mut at) = (Vec::new(), 0);
    while let Some(listed) = next(db, ALL, at)? {
        at = listed.owner.row;
        all.push(listed);
    }
    Ok(all)
}

/// What a document is made of, as it is on disk: what [`Doc::load`] takes.
#[derive(Default)]
pub(crate) struct Pieces {
    pub(crate) bytes: Vec<u8>,
    /// Where each of them ends, and the last record of the journal that it brings.
    pub(crate) ends: Vec<(usize, u32)>,
    /// The last record of the journal among them.
    pub(crate) seq: u32,
    /// How many bytes they have on disk.
    pub(crate) found: u64,
}

impl Pieces {
    /// Each piece, and the record that it ends with.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&[u8], u32)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        let pieces = starts.zip(&self.ends);
        pieces.filter_map(|(start, &(end, seq))| Some((self.bytes.get(start..end)?, seq)))
    }

    fn end_piece(&mut self, seq: u32) {
        self.ends.push((self.bytes.len(), seq));
        self.seq = seq;
    }
}

/// Bytes that are made room for before any are read; for more as they come.
const AT_FIRST: u64 = 1 << 20;

/// All pieces of a document, or those after what a copy of it holds.
pub(crate) fn pieces(
    db: &Database,
    owner: Owner,
    name: &str,
    held: u32,
    limits: &Limits,
) -> Result<Pieces, Error> {
    let snapshot = snapshot::find(db, owner, name)?;
    let snapshot = snapshot.filter(|snapshot| snapshot.through > held);
    let through = snapshot.map_or(held, |snapshot| snapshot.through);
    let found = found_bytes(db, owner, through, snapshot)?;
    limits.check_document(found)?;
    let mut pieces = Pieces {
        bytes: Vec::with_capacity(usize::try_from(found.min(AT_FIRST)).unwrap_or(0)),
        ends: Vec::new(),
        seq: held,
        found,
    };
    if let Some(snapshot) = snapshot {
        snapshot::read(db, owner, name, snapshot, &mut pieces.bytes)?;
        pieces.end_piece(through);
    }
    let damaged = |wrong: Wrong| Err(db.damaged(journal::place(name, wrong.first), wrong.what));
    pieces.seq = records(db, owner, through, damaged, |seq, piece| {
        pieces.bytes.extend_from_slice(piece);
        limits.check_document(pieces.bytes.len() as u64)?;
        pieces.end_piece(seq);
        Ok(())
    })?;
    Ok(pieces)
}

/// Records that are damaged or missing.
pub(crate) struct Wrong {
    pub(crate) first: u32,
    /// Another than the first where a stretch of them is missing.
    pub(crate) last: u32,
    pub(crate) what: &'static str,
}

impl Wrong {
    fn one(seq: u32, what: &'static str) -> Wrong {
        let (first, last) = (seq, seq);
        Wrong { first, last, what }
    }
}

/// All in a document's journal that [`pieces`] would come upon.
pub(crate) fn all_wrong(db: &Database, owner: Owner, name: &str) -> Result<Vec<Wrong>, Error> {
    let mut found = Vec::new();
    let note = |wrong| {
        found.push(wrong);
        Ok(())
    };
    db.as_of_now(|| {
        let snapshot = snapshot::find(db, owner, name)?;
        let through = snapshot.map_or(0, |snapshot| snapshot.through);
        records(db, owner, through, note, |_, _| Ok(()))
    })?;
    Ok(found)
}

/// Goes through a document's records after one: what is wrong, unless it lies in quarantine, and what each brings. Gives the number of
/// the last.
fn records(
    db: &Database,
    owner: Owner,
    after: u32,
    mut wrong: impl FnMut(Wrong) -> Result<(), Error>,
    mut each: impl FnMut(u32, &[u8]) -> Result<(), Error>,
) -> Result<u32, Error> {
    let mut aside = Stretches::new(db, owner);
    let (mut at, mut is_whole) = (after, true);
    journal::rows_after(db, owner, after, |row| {
        let piece = match &row.body {
            Body::Whole(body) => record::read(body).map(|(_, piece)| piece),
            Body::Unreadable if aside.end_of(row.seq)?.is_some() => return Ok(()),
            _ => None,
        };
        check_gap(&mut aside, at, row.seq, &mut wrong)?;
        (at, is_whole) = (row.seq, piece.is_some());
        match piece {
            Some(piece) => each(row.seq, piece),
            None => wrong(Wrong::one(row.seq, row.body.what())),
        }
    })?;
    let last = journal::last(db, owner)?;
    if at > last && is_whole {
        wrong(Wrong::one(at, "it was never committed"))?;
    }
    if at < last {
        check_gap(&mut aside, at, last.saturating_add(1), &mut wrong)?;
    }
    Ok(at.max(last))
}

/// Between two records that follow each other in the journal none may be missing, but for what lies in quarantine.
fn check_gap(
    aside: &mut Stretches<'_>,
    from: u32,
    to: u32,
    wrong: &mut impl FnMut(Wrong) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut first = from.saturating_add(1);
    while first < to {
        if let Some(last) = aside.end_of(first)? {
            first = last.saturating_add(1);
            continue;
        }
        let last = aside.start_after(first)?.map_or(to, |start| start.min(to)) - 1;
        let what = "it is missing";
        wrong(Wrong { first, last, what })?;
        first = last.saturating_add(1);
    }
    Ok(())
}

/// How many bytes a document has on disk now.
pub(crate) fn bytes(db: &Database, owner: Owner, name: &str) -> Result<u64, Error> {
    let snapshot = snapshot::find(db, owner, name)?;
    let through = snapshot.map_or(0, |snapshot| snapshot.through);
    found_bytes(db, owner, through, snapshot)
}

/// How many bytes a document has: its snapshot, and the journal after that. Reads none of them. Those on pages that cannot be
/// read are not among them, nor what says that it is longer than the file.
fn found_bytes(
    db: &Database,
    owner: Owner,
    through: u32,
    snapshot: Option<Snapshot>,
) -> Result<u64, Error> {
    let journal = match journal::bytes_after(db, owner, through) {
        Err(Error::Damaged { .. }) => 0,
        bytes => bytes?,
    };
    let snapshot = match snapshot.map(|snapshot| snapshot::bytes(db, snapshot)) {
        None | Some(Err(Error::Damaged { .. })) => 0,
        Some(bytes) => bytes?,
    };
    Ok(journal + snapshot)
}

/// Opens a document.
pub(crate) fn load(
    db: &Database,
    owner: Owner,
    name: &str,
    limits: &Limits,
) -> Result<Document, Error> {
    let pieces = db.as_of_now(|| pieces(db, owner, name, 0, limits))?;
    let doc = match pieces.bytes.is_empty() {
        true => Doc::with_limits(limits.document.clone()),
        false => Doc::load_with_limits(&pieces.bytes, limits.document.clone())
            .map_err(|error| of_document(name, error))?,
    };
    Ok(Document {
        name: name.to_owned(),
        owner,
        point: doc.save_point(),
        doc,
        seq: pieces.seq,
        bytes: pieces.found,
    })
}

/// A document's own error, with its name.
pub(crate) fn of_document(name: &str, error: syncline::Error) -> Error {
    Error::Document {
        name: name.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests;
