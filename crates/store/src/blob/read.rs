//! Giving a blob's bytes: any range, without the rest.

use std::io::{self, Read, Seek, SeekFrom};

use super::chunks;
use super::id::BlobId;
use super::list::{self, List};
use super::rows::{self, Row};
use crate::database::Database;
use crate::error::Error;

/// Reads a blob. Every chunk is held against its hash before any of it is given; a range costs the chunks that it touches, and a
/// part of their list.
///
/// It is [`Read`] and [`Seek`]; [`fill`](BlobReader::fill) tells what is wrong by the store's own error. It holds one chunk:
/// 256 KiB at most.
pub struct BlobReader<'s> {
    db: &'s Database,
    row: Row,
    at: u64,
    list: Option<(u32, List)>,
    chunk: Option<(u64, Vec<u8>)>,
}

impl<'s> BlobReader<'s> {
    pub(crate) fn new(db: &'s Database, row: Row) -> BlobReader<'s> {
        BlobReader {
            db,
            row,
            at: 0,
            list: None,
            chunk: None,
        }
    }

    /// The blob's name.
    pub fn id(&self) -> BlobId {
        self.row.name
    }

    /// How many bytes it has.
    pub fn len(&self) -> u64 {
        self.row.bytes
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.row.bytes == 0
    }

    /// Fills a buffer with the bytes from one on.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`] where the blob has not so many; [`Error::Damaged`] where some are missing or are not what was written;
    /// [`Error::NoBlob`] where a collection let go of it meanwhile; [`Error::Io`].
    pub fn fill(&mut self, offset: u64, mut buffer: &mut [u8]) -> Result<(), Error> {
        let mut at = offset;
        while !buffer.is_empty() {
            let filled = self.some(at, buffer)?;
            if filled == 0 {
                return Err(Error::Limit {
                    what: "the blob's bytes",
                    limit: self.row.bytes,
                    found: at.saturating_add(buffer.len() as u64),
                });
            }
            at += filled as u64;
            buffer = buffer.get_mut(filled..).unwrap_or_default();
        }
        Ok(())
    }

    /// The bytes of the chunk that begins at a byte and has so many; `None`, and nothing is read of any, where the blob has none such.
    ///
    /// # Errors
    ///
    /// As [`fill`](BlobReader::fill).
    pub fn chunk(&mut self, offset: u64, bytes: u32) -> Result<Option<Vec<u8>>, Error> {
        let part = list::part_at(self.db, &self.row, offset)?;
        let Some(list) = list::part(self.db, self.row.id, part)? else {
            return Err(self.missing(offset, "the list of its chunks is not what was written"));
        };
        let mut start = list.start;
        for chunk in &list.chunks {
            if start == offset && chunk.bytes == bytes {
                return match chunks::find(self.db, chunk)?.whole() {
                    Ok(bytes) => Ok(Some(bytes)),
                    Err(what) => Err(self.missing(start, what)),
                };
            }
            start += u64::from(chunk.bytes);
        }
        Ok(None)
    }

    /// Gives bytes from one on, as many as one chunk holds; 0 at the end.
    fn some(&mut self, at: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        if at >= self.row.bytes {
            return Ok(0);
        }
        let held = |(start, bytes): &(u64, Vec<u8>)| {
            at.checked_sub(*start)
                .is_some_and(|into| into < bytes.len() as u64)
        };
        if !self.chunk.as_ref().is_some_and(held) {
            self.chunk = Some(self.chunk_at(at)?);
        }
        let Some((start, bytes)) = &self.chunk else {
            return Ok(0);
        };
        let into = usize::try_from(at - start).unwrap_or(usize::MAX);
        let given = bytes.get(into..).unwrap_or_default();
        let len = given.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(given) {
            *to = *from;
        }
        Ok(len)
    }

    /// The chunk that holds a byte, and where it starts.
    fn chunk_at(&mut self, at: u64) -> Result<(u64, Vec<u8>), Error> {
        let holds = |(_, list): &(u32, List)| list.start <= at && at < list.end();
        if !self.list.as_ref().is_some_and(holds) {
            let part = list::part_at(self.db, &self.row, at)?;
            let list = list::part(self.db, self.row.id, part)?;
            self.list = list.map(|list| (part, list)).filter(holds);
        }
        let Some((_, list)) = &self.list else {
            return Err(self.missing(at, "the list of its chunks is not what was written"));
        };
        let mut start = list.start;
        for chunk in &list.chunks {
            let end = start + u64::from(chunk.bytes);
            if at < end {
                return match chunks::find(self.db, chunk)?.whole() {
                    Ok(bytes) => Ok((start, bytes)),
                    Err(what) => Err(self.missing(start, what)),
                };
            }
            start = end;
        }
        Err(self.missing(start, "its chunks are missing"))
    }

    /// What is not there is damage, or was let go of since the blob was opened.
    fn missing(&self, offset: u64, what: &str) -> Error {
        match rows::find_existing(self.db, &self.row.name) {
            Ok(_) => self.db.damaged(self.row.place(offset), what),
            Err(error) => error,
        }
    }
}

impl Read for BlobReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.some(self.at, buffer).map_err(io::Error::other)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for BlobReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.row.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
