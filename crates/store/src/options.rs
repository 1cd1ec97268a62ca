//! How a store is opened.

use crate::error::Error;
use crate::seal::Key;

/// When a commit is on disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Durability {
    /// When it returns: it survives the end of the process, of the system, and of the power. One sync of the disk a commit.
    #[default]
    Full,
    /// It survives the end of the process when it returns. After a power loss the last commits may be missing, as many as the
    /// system had not written by itself; the store is whole, and none before them is missing.
    Fast,
}

/// Bounds on what a store takes in or reads, checked before memory is taken.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of UTF-8 in the name of a document, or of a blob that is kept by name. 1,024.
    pub name_bytes: u32,
    /// Bytes of UTF-8 in an author, an origin, or the key of a delivery. 1,024.
    pub word_bytes: u32,
    /// Bytes of one document on disk: its snapshot, and the journal after that; and so the most that one record may have.
    /// 256 MiB.
    pub document_bytes: u32,
    /// Bytes of one blob. 64 GiB.
    pub blob_bytes: u64,
    /// What each document holds its writers to.
    pub document: syncline::Limits,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            name_bytes: 1024,
            word_bytes: 1024,
            document_bytes: 256 << 20,
            blob_bytes: 64 << 30,
            document: syncline::Limits::default(),
        }
    }
}

impl Limits {
    /// Refuses a document that is too large.
    pub(crate) fn check_document(&self, found: u64) -> Result<(), Error> {
        let limit = u64::from(self.document_bytes);
        match found > limit {
            true => Err(Error::Limit {
                what: "document_bytes",
                limit,
                found,
            }),
            false => Ok(()),
        }
    }

    /// Refuses a name that is too long. Whatever the limit, none is longer than 65,535 bytes.
    pub(crate) fn check_name(&self, name: &str) -> Result<(), Error> {
        let limit = u64::from(self.name_bytes.min(u16::MAX.into()));
        match name.len() as u64 {
            found if found > limit => Err(Error::Limit {
                what: "name_bytes",
                limit,
                found,
            }),
            _ => Ok(()),
        }
    }
}

/// How to open a store.
///
/// # Examples
///
/// ```
/// use syncline_store::{Durability, Options};
///
/// let options = Options::new().durability(Durability::Fast);
/// let reader = Options::new().read_only();
/// # let _ = (options, reader);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(crate) durability: Durability,
    pub(crate) is_read_only: bool,
    pub(crate) limits: Limits,
    pub(crate) key: Option<Key>,
}

impl Options {
    /// To write, every commit synced to disk, the usual limits.
    pub fn new() -> Options {
        Options::default()
    }

    /// When a commit is on disk; [`Durability::Full`] unless said.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Options {
        self.durability = durability;
        self
    }

    /// To read only, beside whoever writes, and as many others as there are.
    #[must_use]
    pub fn read_only(mut self) -> Options {
        self.is_read_only = true;
        self
    }

    /// Sealed with this key: a store is made so, and opens with no other.
    #[must_use]
    pub fn key(mut self, key: Key) -> Options {
        self.key = Some(key);
        self
    }

    /// Other limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Options {
        self.limits = limits;
        self
    }
}
