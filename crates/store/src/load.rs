//! From the bytes on disk to a document: its snapshot, and the journal after that.

use rusqlite::{OptionalExtension, Row, params};
use syncline::Doc;

use crate::database::Database;
use crate::document::Document;
use crate::error::{Error, Place};
use crate::options::Limits;
use crate::words::{Owner, Tag};
use crate::{journal, record, snapshot};

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
    name: Vec<u8>,
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

    /// The document's name, by which it has to be found too.
    pub(crate) fn checked_name(&self, db: &Database) -> Result<String, Error> {
        let number = self.owner.row;
        let name = self
            .name(db)
            .filter(|name| db.name_key(name) == self.owner.key);
        let name = name.ok_or_else(|| {
            let what = format!("the name of document {number} is not what was written");
            db.damaged(Place::File, what)
        })?;
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
    db.named("looking for a document", read.optional())
}

/// What a document is made of, as it is on disk: what [`Doc::load`] takes.
#[derive(Default)]
pub(crate) struct Pieces {
    pub(crate) bytes: Vec<u8>,
    /// Where each of them ends, and the last record of the journal that it brings.
    pub(crate) ends: Vec<(usize, u32)>,
    /// The last record of the journal among them.
    pub(crate) seq: u32,
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
    let mut found = journal::bytes_after(db, owner, through)?;
    if let Some(snapshot) = snapshot {
        found += snapshot::bytes(db, snapshot)?;
    }
    let limit = u64::from(limits.document_bytes);
    if found > limit {
        return Err(Error::Limit {
            what: "document_bytes",
            limit,
            found,
        });
    }
    let mut pieces = Pieces {
        bytes: Vec::with_capacity(usize::try_from(found).unwrap_or(0)),
        ends: Vec::new(),
        seq: held,
    };
    if let Some(snapshot) = snapshot {
        snapshot::read(db, owner, name, snapshot, &mut pieces.bytes)?;
        pieces.end_piece(through);
    }
    journal::rows_after(db, owner, through, |row| {
        let Some((_, piece)) = row.body.as_deref().and_then(record::read) else {
            let place = journal::place(name, row.seq);
            return Err(db.damaged(place, "it is not what was written"));
        };
        check_gap(db, owner, name, pieces.seq, row.seq)?;
        pieces.bytes.extend_from_slice(piece);
        pieces.end_piece(row.seq);
        Ok(())
    })?;
    let last = journal::last(db, owner)?;
    if pieces.seq > last {
        return Err(db.damaged(journal::place(name, pieces.seq), "it was never committed"));
    }
    if pieces.seq < last {
        check_gap(db, owner, name, pieces.seq, last.saturating_add(1))?;
        pieces.seq = last;
    }
    Ok(pieces)
}

/// Between two records that follow each other in the journal none may be missing, but for what lies in quarantine.
fn check_gap(db: &Database, owner: Owner, name: &str, from: u32, to: u32) -> Result<(), Error> {
    if from.checked_add(1) == Some(to) {
        return Ok(());
    }
    let query =
        "SELECT max(last) FROM quarantine WHERE document = ?1 AND first <= ?2 AND last >= ?2";
    let mut statement = db.named("reading the quarantine", db.connection.prepare(query))?;
    let mut missing = from.saturating_add(1);
    while missing < to {
        let read = statement.query_row([owner.row, missing], |row| row.get(0));
        let last: Option<u32> = db.named("reading the quarantine", read)?;
        let Some(last) = last else {
            return Err(db.damaged(journal::place(name, missing), "it is missing"));
        };
        missing = last.saturating_add(1);
    }
    Ok(())
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
    })
}

/// A document's own error, with its name.
pub(crate) fn of_document(name: &str, error: syncline::Error) -> Error {
    Error::Document {
        name: name.to_owned(),
        error,
    }
}
