//! Holding a blob against its name, part by part.

use super::chunks;
use super::id::BlobId;
use super::list;
use super::rows::Row;
use crate::database::Database;
use crate::error::Error;

/// How far a blob is read.
pub(crate) struct BlobCheck {
    row: Row,
    hasher: blake3::Hasher,
    part: u32,
    at: u64,
}

impl BlobCheck {
    pub(crate) fn new(row: Row) -> BlobCheck {
        BlobCheck {
            row,
            hasher: blake3::Hasher::new(),
            part: 0,
            at: 0,
        }
    }

    /// Reads the next part; whether there is more. What is wrong is [`Error::Damaged`].
    pub(crate) fn step(&mut self, db: &Database) -> Result<bool, Error> {
        let damaged = |at, what: &str| Err(db.damaged(self.row.place(at), what));
        if self.part == self.row.parts {
            let found = BlobId::from_bytes(self.hasher.finalize().into());
            return match found == self.row.name && self.at == self.row.bytes {
                true => Ok(false),
                false => damaged(0, "its bytes are another's"),
            };
        }
        let list = list::part(db, self.row.id, self.part)?;
        let Some(list) = list.filter(|list| list.start == self.at) else {
            return damaged(self.at, "the list of its chunks is not what was written");
        };
        for chunk in &list.chunks {
            match chunks::find(db, chunk)?.whole() {
                Ok(bytes) => self.hasher.update(&bytes),
                Err(what) => return damaged(self.at, what),
            };
            self.at += u64::from(chunk.bytes);
        }
        self.part += 1;
        Ok(true)
    }
}
