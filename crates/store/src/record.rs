//! A record of the journal: operations, and what was said of them.
//!
//! The bytes: a form (0), which of the three that follow are there (1, 2, 4), the time (8 bytes), the author and the origin
//! (each 2 bytes of length, and UTF-8), and then what is appended to the document, to the end.

use crate::error::Error;
use crate::options::Limits;
use crate::words::{Words, put_word};

const PLAIN: u8 = 0;
const TIME: u8 = 1;
const AUTHOR: u8 = 2;
const ORIGIN: u8 = 4;

/// What is said of a commit, and kept with it.
///
/// # Examples
///
/// ```
/// use syncline_store::Entry;
///
/// let entry = Entry::new().author("Ann").time_ms(1_795_000_000_000).key("form 17");
/// assert_eq!(entry.author.as_deref(), Some("Ann"));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Entry {
    /// Who made the change.
    pub author: Option<String>,
    /// When it was committed, in milliseconds since 1970: by the program's clock, for the store has none.
    pub time_ms: Option<i64>,
    /// Where it came from: a remote, a device, a command.
    pub origin: Option<String>,
    /// Names the delivery: what is committed under a key is committed once.
    pub key: Option<String>,
}

impl Entry {
    /// With nothing said.
    pub fn new() -> Entry {
        Entry::default()
    }

    /// Who made the change.
    #[must_use]
    pub fn author(mut self, author: impl Into<String>) -> Entry {
        self.author = Some(author.into());
        self
    }

    /// When, in milliseconds since 1970.
    #[must_use]
    pub fn time_ms(mut self, time: i64) -> Entry {
        self.time_ms = Some(time);
        self
    }

    /// Where it came from.
    #[must_use]
    pub fn origin(mut self, origin: impl Into<String>) -> Entry {
        self.origin = Some(origin.into());
        self
    }

    /// The name of the delivery.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Entry {
        self.key = Some(key.into());
        self
    }
}

/// The bytes of a record.
pub(crate) fn write(entry: &Entry, piece: &[u8], limits: &Limits) -> Result<Vec<u8>, Error> {
    let mut body = Vec::with_capacity(piece.len() + 16);
    body.push(PLAIN);
    let is_said = |is: bool, bit| if is { bit } else { 0 };
    body.push(
        is_said(entry.time_ms.is_some(), TIME)
            | is_said(entry.author.is_some(), AUTHOR)
            | is_said(entry.origin.is_some(), ORIGIN),
    );
    if let Some(time) = entry.time_ms {
        body.extend(time.to_le_bytes());
    }
    for word in entry.author.iter().chain(&entry.origin) {
        put_word(&mut body, word, limits)?;
    }
    body.extend_from_slice(piece);
    match u32::try_from(body.len()) {
        Ok(len) if len <= limits.document_bytes => Ok(body),
        _ => Err(Error::Limit {
            what: "document_bytes",
            limit: limits.document_bytes.into(),
            found: body.len() as u64,
        }),
    }
}

/// What was said, and the piece of the document; `None` if the bytes are no record.
pub(crate) fn read(body: &[u8]) -> Option<(Entry, &[u8])> {
    let mut words = Words(body);
    if words.byte()? != PLAIN {
        return None;
    }
    let said = words.byte()?;
    let mut entry = Entry::new();
    if said & TIME != 0 {
        entry.time_ms = Some(i64::from_le_bytes(words.number()?));
    }
    if said & AUTHOR != 0 {
        entry.author = Some(words.word()?);
    }
    if said & ORIGIN != 0 {
        entry.origin = Some(words.word()?);
    }
    (said <= (TIME | AUTHOR | ORIGIN)).then_some((entry, words.0))
}
