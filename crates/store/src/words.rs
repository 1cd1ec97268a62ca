//! Bytes on disk: what stands before a delta in its record, and the checksums of rows.

use crate::error::Error;
use crate::options::Limits;

/// A document's place in the store: its row, and the hash of its name, which every checksum of its rows covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Owner {
    pub(crate) row: u32,
    pub(crate) key: [u8; 16],
}

impl Owner {
    /// Of what is of the store, and of no document.
    pub(crate) const NOBODY: Owner = Owner {
        row: 0,
        key: [0; 16],
    };
}

/// What a checksum is of. The numbers stand for all time.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(crate) enum Tag {
    Record = 1,
    Snapshot = 2,
    Chunk = 3,
    Remote = 4,
    /// A document's name, and a key: these have no checksum of a document's.
    Name = 5,
    Key = 6,
    Blob = 7,
    /// A part of the list of a blob's chunks.
    Part = 8,
    /// A chunk, whose own hash is its checksum.
    Bytes = 9,
    BlobName = 10,
}

/// Names the place of a row: in which table, of which document, and which one there.
pub(crate) fn place_bytes(tag: Tag, owner: Owner, number: u64) -> [u8; 25] {
    let mut place = [0; 25];
    let parts = [&[tag as u8][..], &owner.key, &number.to_le_bytes()];
    let bytes = parts.into_iter().flatten();
    place
        .iter_mut()
        .zip(bytes)
        .for_each(|(to, from)| *to = *from);
    place
}

/// The checksum of a row of that document, against accidents: it tells what was changed, and what stands where it does not
/// belong.
pub(crate) fn checksum(tag: Tag, owner: Owner, number: u64, body: &[u8]) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&place_bytes(tag, owner, number));
    hasher.update(body);
    let hash = hasher.finalize();
    let first = hash.as_bytes().first_chunk().copied();
    i64::from_le_bytes(first.unwrap_or_default())
}

/// Bytes that are read from the front; what is too short gives `None`.
pub(crate) struct Words<'a>(pub(crate) &'a [u8]);

impl<'a> Words<'a> {
    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(front)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(crate) fn number<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn word(&mut self) -> Option<String> {
        let len = u16::from_le_bytes(self.number()?);
        let word = std::str::from_utf8(self.take(len.into())?).ok()?;
        Some(word.to_owned())
    }
}

/// Puts a word that [`Words::word`] reads.
///
/// # Errors
///
/// Where it is longer than the limit, or than any can be.
pub(crate) fn put_word(out: &mut Vec<u8>, word: &str, limits: &Limits) -> Result<(), Error> {
    let most = limits.word_bytes.min(u16::MAX.into());
    let over = || Error::Limit {
        what: "word_bytes",
        limit: most.into(),
        found: word.len() as u64,
    };
    let len = u16::try_from(word.len()).map_err(|_| over())?;
    if u32::from(len) > most {
        return Err(over());
    }
    put_text(out, word);
    Ok(())
}

/// As [`put_word`], of what is known to be short.
pub(crate) fn put_text(out: &mut Vec<u8>, word: &str) {
    let len = u16::try_from(word.len()).unwrap_or(u16::MAX);
    out.extend(len.to_le_bytes());
    out.extend_from_slice(word.as_bytes());
}
