//! What is damaged of a blob is set aside, and fetched again from another copy.

use super::chunks::{self, Found};
use super::incoming;
use super::list;
use super::read::BlobReader;
use super::rows::{self, Row};
use crate::database::Database;
use crate::error::Error;
use crate::repair::{RepairedBlob, Report};
use crate::store::Store;

/// Moves the bytes of a chunk to quarantine; the chunk stays listed, without bytes.
pub(super) fn bytes_aside(db: &Database, chunk: u32) -> Result<(), Error> {
    let note = "INSERT INTO quarantine (document, first, last, snapshot, what, body) \
                SELECT 0, id, id, 0, 'a chunk of blobs is not what was written', body FROM blob_bytes WHERE id = ?1";
    let delete = "DELETE FROM blob_bytes WHERE id = ?1";
    let write = || -> rusqlite::Result<()> {
        db.connection.execute(note, [chunk])?;
        db.connection.execute(delete, [chunk])?;
        Ok(())
    };
    db.named("setting a chunk aside", write())
}

/// What is damaged of a blob.
#[derive(Default)]
struct Damage {
    /// Bytes that are missing, or were set aside.
    lost: u64,
    /// Whether the list of its chunks is lost, or that of all chunks has not all of them: then it is listed again.
    is_list_lost: bool,
}

/// Reads a blob, and sets aside the chunks that are not what was written.
fn set_aside(db: &Database, row: &Row) -> Result<Damage, Error> {
    let mut damage = Damage::default();
    let mut at = 0;
    for part in 0..row.parts {
        let list = list::part(db, row.id, part)?;
        let Some(list) = list.filter(|list| list.start == at) else {
            damage.is_list_lost = true;
            break;
        };
        for chunk in &list.chunks {
            match chunks::find(db, chunk)? {
                Found::Whole(_) => continue,
                Found::Unreadable => {}
                Found::Missing => damage.is_list_lost |= chunks::row_of(db, chunk)?.is_none(),
                Found::Damaged(id) => db.at_once(|| bytes_aside(db, id))?,
            }
            damage.lost += u64::from(chunk.bytes);
        }
        at = list.end();
    }
    if at != row.bytes {
        damage.is_list_lost = true;
        damage.lost = row.bytes;
    }
    Ok(damage)
}

impl Store {
    /// Sets aside what is damaged of a blob, and fetches what it lacks from another copy.
    pub(crate) fn repair_blob(
        &mut self,
        row: &Row,
        other: Option<&Store>,
        report: &mut Report,
    ) -> Result<(), Error> {
        let damage = set_aside(&self.db, row)?;
        if !damage.is_list_lost && damage.lost == 0 {
            return Ok(());
        }
        let fetched = match other {
            Some(other) => self.fetch_blob(row, other, &damage),
            None => Ok(None),
        };
        // Whatever the other copy is worth, what is lost is told.
        let (fetched, failed) = match fetched {
            Ok(fetched) => (fetched, Ok(())),
            Err(error) => (None, Err(error)),
        };
        report.blobs.push(RepairedBlob {
            blob: row.name,
            bytes: row.bytes,
            lost: damage.lost,
            fetched,
        });
        failed
    }

    /// Fetches what a blob lacks from another copy that has it; gives how many bytes.
    fn fetch_blob(
        &mut self,
        row: &Row,
        other: &Store,
        damage: &Damage,
    ) -> Result<Option<u64>, Error> {
        let Some(there) = rows::find(&other.db, &row.name)? else {
            return Ok(None);
        };
        if damage.is_list_lost {
            incoming::take_in(self, other, &there)?;
            return Ok(Some(damage.lost));
        }
        self.fetch_chunks(row, other, &there).map(Some)
    }

    /// Fetches the chunks that a blob lacks, or all of it where its list is lost; gives how many bytes.
    pub(crate) fn fetch_chunks(
        &mut self,
        row: &Row,
        other: &Store,
        there: &Row,
    ) -> Result<u64, Error> {
        let mut fetched = 0;
        for part in 0..row.parts {
            let Some(list) = list::part(&self.db, row.id, part)? else {
                incoming::take_in(self, other, there)?;
                return Ok(row.bytes);
            };
            let mut at = list.start;
            for chunk in &list.chunks {
                if chunks::is_missing(&self.db, chunk)? {
                    // The other copy may have cut the blob elsewhere.
                    let mut bytes = vec![0; chunk.bytes as usize];
                    BlobReader::new(&other.db, *there).fill(at, &mut bytes)?;
                    incoming::put_chunk(&self.db, chunk, &bytes)?;
                    fetched += u64::from(chunk.bytes);
                }
                at += u64::from(chunk.bytes);
            }
        }
        Ok(fetched)
    }
}
