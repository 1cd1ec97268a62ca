//! Reading around pages that SQLite cannot read: what other pages hold is given all the same.
//!
//! A document's records are read one by one then (see `journal.rs`), and documents are found by the index of their keys, which
//! stands on pages of its own.

use rusqlite::OptionalExtension;

use crate::database::Database;
use crate::error::Error;
use crate::load::{self, Listed};
use crate::words::Owner;

/// The first document after a row: its row may be on a page that cannot be read, and is then without a name.
pub(crate) fn next_document(db: &Database, after: u32) -> Result<Option<Listed>, Error> {
    let by_key = "SELECT id, key FROM document INDEXED BY sqlite_autoindex_document_1 \
                  WHERE id > ?1 AND key NOT NULL ORDER BY id LIMIT 1";
    let read = db.connection.query_row(by_key, [after], |row| {
        Ok(Owner {
            row: row.get(0)?,
            key: row.get(1).unwrap_or_default(),
        })
    });
    let found = db.named("looking for a document", read.optional())?;
    let Some(owner) = found else {
        return Ok(None);
    };
    let by_row = "SELECT id, key, name FROM document WHERE id = ?1";
    let read = db.connection.query_row(by_row, [owner.row], Listed::read);
    let listed = match db.named("looking for a document", read.optional()) {
        Err(Error::Damaged { .. }) => None,
        read => read?,
    };
    // What is found by the number of another row is none.
    let listed = listed.filter(|listed| listed.owner.row == owner.row);
    let name = Vec::new();
    load::in_order(db, Some(listed.unwrap_or(Listed { owner, name })), after)
}
