//! Bringing a blob in from another store, chunk by chunk: what has come stays, so a transfer that is cut short goes on.

use std::ops::Range;

use super::chunks::{self, Found};
use super::face::Blob;
use super::id::{BlobId, hex};
use super::list::{self, CHUNKS, Chunk, List, MOST_BYTES};
use super::read::BlobReader;
use super::rows::{self, Row};
use super::set_aside::bytes_aside;
use super::unfinished::held;
use crate::database::Database;
use crate::error::Error;
use crate::store::Store;

/// A part of the list of a blob's chunks, in their order: what one store tells another.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Part {
    /// Its number, from 0.
    pub number: u32,
    /// Up to 16 chunks.
    pub chunks: Vec<Chunk>,
}

/// A chunk whose bytes are to come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Missing {
    /// The byte of the blob where it starts.
    pub offset: u64,
    /// The blake3 hash of its bytes.
    pub hash: [u8; 32],
    /// How many they are.
    pub bytes: u32,
}

impl Part {
    /// With these chunks.
    pub fn new(number: u32, chunks: Vec<Chunk>) -> Part {
        Part { number, chunks }
    }
}

/// A blob that comes from elsewhere. Parts of its list are taken in order, chunks in any; what came is on disk, and is found again
/// by the next one for the same blob.
///
/// # Examples
///
/// ```
/// # use syncline_store::{Options, Store};
/// use syncline_store::BlobIncoming;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let mut there = Store::create(folder.path().join("there.syncline"), &Options::new())?;
/// # let mut here = Store::create(folder.path().join("here.syncline"), &Options::new())?;
/// let picture = there.put_blob(&b"a picture"[..])?;
/// let mut incoming = BlobIncoming::new(&mut here, &there.blob(&picture)?)?;
/// while let Some(number) = incoming.next_part() {
///     incoming.part(&mut here, &there.blob_part(&picture, number)?)?;
/// }
/// loop {
///     let missing = incoming.missing(&here, 100)?;
///     if missing.is_empty() {
///         break;
///     }
///     for chunk in missing {
///         let mut bytes = vec![0; chunk.bytes as usize];
///         there.open_blob(&picture)?.fill(chunk.offset, &mut bytes)?;
///         incoming.chunk(&mut here, &bytes)?;
///     }
/// }
/// incoming.finish(&mut here)?;
/// assert!(here.blob(&picture).is_ok());
/// # Ok(())
/// # }
/// ```
pub struct BlobIncoming {
    row: Row,
    /// Bytes of which the list has come.
    listed: u64,
    /// Parts all of whose chunks had come when they were last looked at.
    complete: u32,
    /// The part, and the chunk of it, that [`next_missing`](BlobIncoming::next_missing) looks at next.
    next: (u32, usize),
}

impl BlobIncoming {
    /// Begins to take in a blob of which another store tells, or goes on with it.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`] for more than [`Limits::blob_bytes`](crate::Limits::blob_bytes); [`Error::ReadOnly`], [`Error::Full`],
    /// [`Error::Io`].
    pub fn new(store: &mut Store, blob: &Blob) -> Result<BlobIncoming, Error> {
        if blob.bytes > store.limits.blob_bytes {
            return Err(Error::Limit {
                what: "blob_bytes",
                limit: store.limits.blob_bytes,
                found: blob.bytes,
            });
        }
        let db = &store.db;
        let (row, listed) = match unfinished(db, &blob.id, blob.bytes)? {
            Some(row) => match listed(db, &row)? {
                Some(listed) => (row, listed),
                None => (begin_again(db, &row)?, 0),
            },
            None => (
                db.without_hurry(|| rows::begin(db, blob.id, blob.bytes))?,
                0,
            ),
        };
        Ok(BlobIncoming {
            row,
            listed,
            complete: 0,
            next: (0, 0),
        })
    }

    /// The part of the list that is to come next; `None` when all of it is here.
    pub fn next_part(&self) -> Option<u32> {
        (self.listed < self.row.bytes).then_some(self.row.parts)
    }

    /// Takes a part of the list; one that is here already is passed over.
    ///
    /// # Errors
    ///
    /// [`Error::WrongList`] where it cannot be that part of that blob; [`Error::LetGo`]; [`Error::Full`], [`Error::Io`].
    pub fn part(&mut self, store: &mut Store, part: &Part) -> Result<(), Error> {
        if part.number < self.row.parts {
            return Ok(());
        }
        let list = List {
            start: self.listed,
            chunks: part.chunks.clone(),
        };
        let is_chunk = |chunk: &Chunk| (1..=MOST_BYTES).contains(&chunk.bytes);
        let is_list = (1..=CHUNKS).contains(&list.chunks.len()) && list.chunks.iter().all(is_chunk);
        if part.number != self.row.parts || !is_list || list.end() > self.row.bytes {
            return Err(Error::WrongList {
                blob: self.row.name,
            });
        }
        let db = &store.db;
        let row = Row {
            parts: self.row.parts + 1,
            ..self.row
        };
        db.without_hurry(|| {
            if !rows::keep(db, row.id)? {
                return Err(Error::LetGo);
            }
            for chunk in &list.chunks {
                chunks::claim(db, chunk)?;
            }
            list::write_part(db, row.id, part.number, &list)?;
            rows::unfinished(db, &row)
        })?;
        self.row = row;
        self.listed = list.end();
        Ok(())
    }

    /// Chunks of the parts that have come whose bytes are not here: the first of them, so many at most.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`], [`Error::Io`].
    pub fn missing(&mut self, store: &Store, most: usize) -> Result<Vec<Missing>, Error> {
        let mut missing: Vec<Missing> = Vec::new();
        for part in self.complete..self.row.parts {
            let list = self.list(&store.db, part)?;
            let mut offset = list.start;
            for Chunk { hash, bytes } in list.chunks {
                if missing.len() == most {
                    return Ok(missing);
                }
                let is_told = missing.iter().any(|told| told.hash == hash);
                if !is_told && chunks::is_missing(&store.db, &Chunk { hash, bytes })? {
                    missing.push(Missing {
                        offset,
                        hash,
                        bytes,
                    });
                }
                offset += u64::from(bytes);
            }
            if missing.is_empty() {
                self.complete = part + 1;
            }
        }
        Ok(missing)
    }

    /// How many parts of its list have come.
    pub fn parts(&self) -> u32 {
        self.row.parts
    }

    /// The next chunk of the parts that have come whose bytes are not here; each is told once, and what is here then is passed over. So
    /// however many there are, all together cost O(chunks).
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`], [`Error::Io`].
    pub fn next_missing(&mut self, store: &Store) -> Result<Option<Missing>, Error> {
        while self.next.0 < self.row.parts {
            let list = self.list(&store.db, self.next.0)?;
            let mut offset = list.start;
            for (at, Chunk { hash, bytes }) in list.chunks.into_iter().enumerate() {
                if at >= self.next.1 {
                    self.next.1 = at + 1;
                    if chunks::is_missing(&store.db, &Chunk { hash, bytes })? {
                        return Ok(Some(Missing {
                            offset,
                            hash,
                            bytes,
                        }));
                    }
                }
                offset += u64::from(bytes);
            }
            self.next = (self.next.0 + 1, 0);
        }
        Ok(None)
    }

    fn list(&self, db: &Database, part: u32) -> Result<List, Error> {
        list_of(db, &self.row, part)
    }

    /// Bytes that it takes on the disk, about, of parts of its list that have come: those of their chunks that are here, also where
    /// other blobs share them, and 4 KiB for each part.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`], [`Error::Io`].
    pub fn held(&self, store: &Store, parts: Range<u32>) -> Result<u64, Error> {
        held(
            &store.db,
            &self.row,
            parts.start..parts.end.min(self.row.parts),
        )
    }

    /// Takes the bytes of a chunk; those that are here already are passed over.
    ///
    /// # Errors
    ///
    /// [`Error::WrongBytes`] where they are no chunk that was listed; [`Error::Full`], [`Error::Io`].
    pub fn chunk(&mut self, store: &mut Store, bytes: &[u8]) -> Result<(), Error> {
        put_chunk(&store.db, &Chunk::of(bytes), bytes)
    }

    /// Lets go of the list that came, and begins it afresh: where what came by it cannot be the blob.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`], [`Error::Full`], [`Error::Io`].
    pub fn begin_again(&mut self, store: &mut Store) -> Result<(), Error> {
        self.row = begin_again(&store.db, &self.row)?;
        (self.listed, self.complete, self.next) = (0, 0, (0, 0));
        Ok(())
    }

    /// Ends the blob: reads it once, and holds it against its name. When this returns, it is on disk, and counts.
    ///
    /// # Errors
    ///
    /// [`Error::WrongBytes`] where it is another blob: what was listed is then let go of, and [`new`](BlobIncoming::new) begins
    /// afresh. [`Error::Damaged`] where bytes are missing: [`missing`](BlobIncoming::missing) tells them. [`Error::Full`],
    /// [`Error::Io`].
    pub fn finish(&mut self, store: &mut Store) -> Result<(), Error> {
        let db = &store.db;
        let mut hasher = blake3::Hasher::new();
        let mut at = 0;
        self.complete = 0;
        for part in 0..self.row.parts {
            for chunk in self.list(db, part)?.chunks {
                let found = chunks::find(db, &chunk)?;
                if let Found::Damaged(id) = found {
                    db.at_once(|| bytes_aside(db, id))?;
                }
                match found.whole() {
                    Ok(bytes) => hasher.update(&bytes),
                    Err(what) => return Err(db.damaged(self.row.place(at), what)),
                };
                at += u64::from(chunk.bytes);
            }
        }
        if at < self.row.bytes {
            return Err(db.damaged(self.row.place(at), "the list of its chunks goes on"));
        }
        let found = BlobId::from_bytes(hasher.finalize().into());
        if found != self.row.name {
            db.at_once(|| rows::let_go(db, &self.row.nameless()))?;
            return Err(Error::WrongBytes {
                expected: self.row.name.to_string(),
                found: found.to_string(),
            });
        }
        db.at_once(|| {
            if !rows::keep(db, self.row.id)? {
                return Err(Error::LetGo);
            }
            rows::finish(db, &self.row)
        })
    }
}

fn list_of(db: &Database, row: &Row, part: u32) -> Result<List, Error> {
    list::part(db, row.id, part)?.ok_or_else(|| {
        let what = "the list of its chunks is not what was written";
        db.damaged(row.place(0), what)
    })
}

/// How many bytes the parts list that have come; `None` where one is not what was written.
fn listed(db: &Database, row: &Row) -> Result<Option<u64>, Error> {
    let mut at = 0;
    for part in 0..row.parts {
        match list::part(db, row.id, part)? {
            Some(list) if list.start == at => at = list.end(),
            _ => return Ok(None),
        }
    }
    Ok(Some(at))
}

/// Lets go of a blob that cannot be gone on with, and begins it afresh.
fn begin_again(db: &Database, row: &Row) -> Result<Row, Error> {
    db.without_hurry(|| {
        rows::let_go(db, &row.nameless())?;
        rows::begin(db, row.name, row.bytes)
    })
}

/// A blob of that name that has begun to come in.
fn unfinished(db: &Database, blob: &BlobId, bytes: u64) -> Result<Option<Row>, Error> {
    let mut after = 0;
    loop {
        match rows::next(db, false, after)? {
            None => return Ok(None),
            Some(Ok(row)) if row.name == *blob && row.bytes == bytes => return Ok(Some(row)),
            Some(Ok(Row { id, .. }) | Err(id)) => after = id,
        }
    }
}

/// Takes the bytes of a chunk that is listed.
pub(super) fn put_chunk(db: &Database, chunk: &Chunk, bytes: &[u8]) -> Result<(), Error> {
    let found = Chunk::of(bytes);
    let id = match found == *chunk {
        true => chunks::row_of(db, chunk)?,
        false => None,
    };
    let Some(id) = id else {
        return Err(Error::WrongBytes {
            expected: "a chunk of the list".to_owned(),
            found: hex(&found.hash),
        });
    };
    db.without_hurry(|| chunks::put(db, id, chunk, bytes))
}

/// Takes in a blob of another store, which is open.
pub(crate) fn take_in(store: &mut Store, other: &Store, there: &Row) -> Result<(), Error> {
    let mut incoming = BlobIncoming::new(store, &Blob::of(there))?;
    while let Some(number) = incoming.next_part() {
        let Some(list) = list::part(&other.db, there.id, number)? else {
            let what = "the list of its chunks is not what was written";
            return Err(other.db.damaged(there.place(incoming.listed), what));
        };
        incoming.part(store, &Part::new(number, list.chunks))?;
    }
    let mut reader = BlobReader::new(&other.db, *there);
    let mut at = 0;
    for part in 0..incoming.row.parts {
        for chunk in incoming.list(&store.db, part)?.chunks {
            if chunks::is_missing(&store.db, &chunk)? {
                let mut bytes = vec![0; chunk.bytes as usize];
                reader.fill(at, &mut bytes)?;
                put_chunk(&store.db, &chunk, &bytes)?;
            }
            at += u64::from(chunk.bytes);
        }
    }
    incoming.finish(store)
}
