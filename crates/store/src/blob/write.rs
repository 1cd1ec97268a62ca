//! Bringing a blob in from bytes.

use std::io::Read;

use super::chunks;
use super::cut::{MOST, first_chunk};
use super::id::BlobId;
use super::list::{self, CHUNKS, Chunk, List};
use super::rows::{self, Row};
use crate::error::Error;
use crate::store::Store;

/// Writes a blob as its bytes come, a little at a time: commits may come between any two calls. Dropped, or cut short, what was
/// written of it is let go of by a collection; written again, what is there already is not written twice.
///
/// It holds 2 MiB at most.
///
/// # Examples
///
/// ```
/// # use syncline_store::{BlobId, Options, Store};
/// use syncline_store::BlobWriter;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let mut store = Store::create(folder.path().join("notes.syncline"), &Options::new())?;
/// let mut writer = BlobWriter::new(&mut store)?;
/// writer.write(&mut store, b"a ")?;
/// writer.write(&mut store, b"picture")?;
/// assert_eq!(writer.finish(&mut store)?, BlobId::of(b"a picture"));
/// # Ok(())
/// # }
/// ```
pub struct BlobWriter {
    row: Row,
    hasher: blake3::Hasher,
    /// What is not cut into chunks yet.
    rest: Vec<u8>,
    /// Chunks that are not written yet, and their list.
    waiting: Vec<Vec<u8>>,
    list: List,
    /// Whether something of it was not written.
    has_failed: bool,
}

/// Bytes that are written at once, about.
const BATCH: u64 = 512 << 10;

/// Bytes that are cut at once.
const FILL: usize = 1 << 20;

impl BlobWriter {
    /// Begins a blob.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`], [`Error::Full`], [`Error::Io`].
    pub fn new(store: &mut Store) -> Result<BlobWriter, Error> {
        let db = &store.db;
        Ok(BlobWriter {
            row: db.without_hurry(|| rows::begin(db, BlobId::from_bytes([0; 32]), 0))?,
            hasher: blake3::Hasher::new(),
            rest: Vec::new(),
            waiting: Vec::new(),
            list: List::default(),
            has_failed: false,
        })
    }

    /// Writes the bytes that follow.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`] for more than [`Limits::blob_bytes`](crate::Limits::blob_bytes); [`Error::LetGo`] where two collections
    /// have come and gone since the last call, or one before failed; [`Error::Full`], [`Error::Io`]. The blob is then to be begun
    /// again.
    pub fn write(&mut self, store: &mut Store, bytes: &[u8]) -> Result<(), Error> {
        self.check_whole()?;
        self.has_failed = true;
        self.take(store, bytes)?;
        self.has_failed = false;
        Ok(())
    }

    /// After an error some of it is missing, and what is there would not be what its name says.
    fn check_whole(&self) -> Result<(), Error> {
        match self.has_failed {
            true => Err(Error::LetGo),
            false => Ok(()),
        }
    }

    fn take(&mut self, store: &mut Store, bytes: &[u8]) -> Result<(), Error> {
        for piece in bytes.chunks(FILL) {
            self.row.bytes += piece.len() as u64;
            let (limit, found) = (store.limits.blob_bytes, self.row.bytes);
            if found > limit {
                return Err(Error::Limit {
                    what: "blob_bytes",
                    limit,
                    found,
                });
            }
            self.hasher.update(piece);
            self.rest.extend_from_slice(piece);
            if self.rest.len() >= FILL {
                self.cut(store, MOST)?;
            }
        }
        Ok(())
    }

    /// Cuts off chunks while so many bytes are left.
    fn cut(&mut self, store: &mut Store, while_left: usize) -> Result<(), Error> {
        let rest = std::mem::take(&mut self.rest);
        let mut left = &*rest;
        while left.len() >= while_left {
            let (bytes, after) = left.split_at(first_chunk(left));
            left = after;
            self.list.chunks.push(Chunk::of(bytes));
            self.waiting.push(bytes.to_vec());
            if self.list.chunks.len() == CHUNKS || self.list.end() - self.list.start >= BATCH {
                self.flush(store)?;
            }
        }
        self.rest = left.to_vec();
        Ok(())
    }

    /// Writes the chunks that wait, and their list.
    fn flush(&mut self, store: &mut Store) -> Result<(), Error> {
        if self.list.chunks.is_empty() {
            return Ok(());
        }
        let db = &store.db;
        db.without_hurry(|| {
            if !rows::keep(db, self.row.id)? {
                return Err(Error::LetGo);
            }
            for (chunk, bytes) in self.list.chunks.iter().zip(&self.waiting) {
                chunks::put(db, chunks::claim(db, chunk)?, chunk, bytes)?;
            }
            list::write_part(db, self.row.id, self.row.parts, &self.list)
        })?;
        self.row.parts += 1;
        self.waiting.clear();
        self.list = List {
            start: self.list.end(),
            chunks: Vec::new(),
        };
        Ok(())
    }

    /// Ends the blob, and gives its name. When this returns, it is on disk.
    ///
    /// # Errors
    ///
    /// As [`write`](BlobWriter::write).
    pub fn finish(mut self, store: &mut Store) -> Result<BlobId, Error> {
        self.check_whole()?;
        self.cut(store, 1)?;
        self.flush(store)?;
        self.row.name = BlobId::from_bytes(self.hasher.finalize().into());
        let db = &store.db;
        db.at_once(|| {
            if !rows::keep(db, self.row.id)? {
                return Err(Error::LetGo);
            }
            rows::finish(db, &self.row)
        })?;
        Ok(self.row.name)
    }
}

impl Store {
    /// Puts a blob: everything that comes from a reader. When this returns, it is on disk. Holds a few MiB, however large the
    /// blob is; what the store has already is not written again.
    ///
    /// # Errors
    ///
    /// As [`BlobWriter::write`]; [`Error::Io`] also where the reader fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # use syncline_store::{Entry, Options, Store};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let mut store = Store::create(folder.path().join("notes.syncline"), &Options::new())?;
    /// # let mut notes = store.create_document("notes")?;
    /// let picture = store.put_blob(&b"a picture"[..])?;
    /// notes.doc_mut().transact(|tx| tx.map("meta").set("picture", picture.to_string()))?;
    /// store.commit(&mut notes, &Entry::new())?;
    ///
    /// let mut middle = [0; 3];
    /// store.open_blob(&picture)?.fill(2, &mut middle)?;
    /// assert_eq!(&middle, b"pic");
    /// # Ok(())
    /// # }
    /// ```
    pub fn put_blob(&mut self, mut from: impl Read) -> Result<BlobId, Error> {
        let mut writer = BlobWriter::new(self)?;
        let mut piece = vec![0; MOST];
        loop {
            let read = match from.read(&mut piece) {
                Ok(0) => return writer.finish(self),
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let doing = "reading what is to be put there";
                    return Err(Error::io(&self.db.path, doing, error));
                }
            };
            writer.write(self, piece.get(..read).unwrap_or_default())?;
        }
    }
}
