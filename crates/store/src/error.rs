//! The error of the store's face.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::blob::BlobId;

/// What went wrong. What had been committed before is on disk as it was, and a document in memory is as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// No file is there.
    NoStore {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A store was to be created where a file is.
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// The file is no store. It was not touched.
    NotAStore {
        /// Which file.
        path: PathBuf,
        /// What it is instead, or what it lacks.
        what: String,
    },
    /// A later version of this program wrote the store. It was not touched.
    Newer {
        /// Which store.
        path: PathBuf,
        /// The version of its schema.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// The schema is older, and was opened to be read only: opening it to write brings it up to date.
    Older {
        /// Which store.
        path: PathBuf,
        /// The version of its schema.
        found: u32,
    },
    /// Another process, or another part of this one, has the store open to write.
    Locked {
        /// Which store.
        path: PathBuf,
        /// The process that has it, where it could be told.
        process: Option<u32>,
    },
    /// The file has another name, a hard link. SQLite's log and the lock stand beside a name: whoever comes by the other knows
    /// nothing of them. It was not touched.
    Linked {
        /// Which store.
        path: PathBuf,
    },
    /// The store was opened to be read only.
    ReadOnly {
        /// Which store.
        path: PathBuf,
    },
    /// The store is sealed, and no key was given.
    Sealed {
        /// Which store.
        path: PathBuf,
    },
    /// A key was given, and the store is not sealed.
    NotSealed {
        /// Which store.
        path: PathBuf,
    },
    /// The key is not the one that the store is sealed with.
    WrongKey {
        /// Which store.
        path: PathBuf,
    },
    /// There is no document of that name.
    NoDocument {
        /// The name.
        name: String,
    },
    /// There is a document of that name already.
    DocumentExists {
        /// The name.
        name: String,
    },
    /// The journal went on past what this copy of the document holds: [`Store::refresh`](crate::Store::refresh) it, and commit
    /// again.
    Overtaken {
        /// The document.
        name: String,
    },
    /// There is no blob of that name, or not all of it yet.
    NoBlob {
        /// The name.
        name: String,
    },
    /// The bytes are not those of which they were said to be: another blob's, or another chunk's. Nothing of them was kept.
    WrongBytes {
        /// The hash that was expected, and the one that was found, in hexadecimal digits.
        expected: String,
        /// What they are the bytes of.
        found: String,
    },
    /// It cannot be known to which blobs a document refers, so no blob can be let go of.
    UnknownReferences {
        /// The document.
        name: String,
        /// Why not.
        what: &'static str,
    },
    /// What was told of a blob's chunks cannot be the list of that blob. Nothing of it was kept.
    WrongList {
        /// Which blob.
        blob: BlobId,
    },
    /// A blob that was being written was let go of meanwhile, or some of it could not be written: write it again from the start.
    LetGo,
    /// A delivery of that key had been committed. Nothing was done.
    Delivered {
        /// The document.
        name: String,
        /// The delivery's key.
        key: String,
    },
    /// One of the store's [`Limits`](crate::Limits) would be passed.
    Limit {
        /// Which: the field's name.
        what: &'static str,
        /// The limit.
        limit: u64,
        /// What was asked for, or found.
        found: u64,
    },
    /// Bytes on disk are not what was written there.
    Damaged {
        /// Which store.
        path: PathBuf,
        /// Where in it, and of which document.
        place: Place,
        /// What is wrong.
        what: String,
    },
    /// The document's own error: what was to be merged or loaded is none, or of another history.
    Document {
        /// The document.
        name: String,
        /// What is wrong with it.
        error: syncline::Error,
    },
    /// The disk is full. Nothing was written, and the store goes on when there is room again.
    Full {
        /// Which store.
        path: PathBuf,
    },
    /// The system refused to read or write. Whether a commit that fails so is on disk shows when the store is next opened: it
    /// is there whole, or not at all, and may be committed again.
    Io {
        /// Which file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        error: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Where in a store something is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Place {
    /// In the file itself: a page, the list of documents, what SQLite keeps.
    File,
    /// A record of a document's journal.
    Journal {
        /// The document.
        document: String,
        /// The record's number, from 1.
        seq: u32,
    },
    /// A document's snapshot.
    Snapshot {
        /// The document.
        document: String,
    },
    /// A blob.
    Blob {
        /// Which.
        blob: BlobId,
        /// From which byte of it on.
        offset: u64,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File => f.write_str("the file"),
            Place::Journal { document, seq } => {
                write!(f, "record {seq} of the document {document:?}")
            }
            Place::Blob { blob, offset } => write!(f, "{blob} from byte {offset} on"),
            Place::Snapshot { document } => write!(f, "the snapshot of the document {document:?}"),
        }
    }
}

impl Error {
    /// The store's file at fault, where it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Error::NoStore { path }
            | Error::Exists { path }
            | Error::NotAStore { path, .. }
            | Error::Newer { path, .. }
            | Error::Older { path, .. }
            | Error::Locked { path, .. }
            | Error::Linked { path }
            | Error::ReadOnly { path }
            | Error::Sealed { path }
            | Error::NotSealed { path }
            | Error::WrongKey { path }
            | Error::Damaged { path, .. }
            | Error::Full { path }
            | Error::Io { path, .. } => Some(path),
            _ => None,
        }
    }

    /// What the system said of a file.
    pub(crate) fn io(
        path: &Path,
        doing: &'static str,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        Error::Io {
            path: path.to_owned(),
            doing,
            error: error.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = self.path() {
            write!(f, "{}: ", path.display())?;
        }
        match self {
            Error::NoStore { .. } => f.write_str("no store is there; create one first"),
            Error::Exists { .. } => f.write_str("there is a file already; it was not touched"),
            Error::NotAStore { what, .. } => write!(f, "not a store: {what}; it was not touched"),
            Error::Newer { found, known, .. } => write!(
                f,
                "its schema is of version {found}, and this program knows up to {known}: a later one reads it; it was not touched"
            ),
            Error::Older { found, .. } => write!(
                f,
                "its schema is of version {found}: open it to write once, which brings it up to date; it was not touched"
            ),
            Error::Locked { process, .. } => {
                match process {
                    Some(process) => write!(f, "process {process} has it open to write")?,
                    None => f.write_str("another process has it open to write")?,
                }
                f.write_str("; it can be opened read-only meanwhile")
            }
            Error::Linked { .. } => f.write_str(
                "the file has another name, a hard link: remove the link that is not wanted, or copy the file; it was not touched",
            ),
            Error::ReadOnly { .. } => f.write_str("it was opened read-only; nothing was written"),
            Error::Sealed { .. } => {
                f.write_str("it is sealed: give its key to open it; nothing was read or written")
            }
            Error::NotSealed { .. } => {
                f.write_str("a key was given, and it is not sealed; nothing was read or written")
            }
            Error::WrongKey { .. } => f.write_str(
                "the key is not the one that it is sealed with; nothing was read or written",
            ),
            Error::NoDocument { name } => write!(f, "there is no document {name:?}"),
            Error::NoBlob { name } => write!(f, "there is no blob {name:?}"),
            Error::WrongBytes { expected, found } => write!(
                f,
                "the bytes are those of {found}, where {expected} was expected; nothing of them was kept"
            ),
            Error::UnknownReferences { name, what } => write!(
                f,
                "what the document {name:?} refers to is not known, since {what}; no blob was let go of"
            ),
            Error::WrongList { blob } => write!(
                f,
                "what was told is no list of the chunks of {blob}; nothing of it was kept"
            ),
            Error::LetGo => f.write_str(
                "the blob was not finished, and what was written of it does not count; write it again from the start",
            ),
            Error::DocumentExists { name } => write!(f, "there is a document {name:?} already"),
            Error::Overtaken { name } => write!(
                f,
                "the journal of {name:?} went on meanwhile: refresh the document, and commit again; nothing was written"
            ),
            Error::Delivered { name, key } => write!(
                f,
                "the delivery {key:?} to {name:?} had been committed; nothing was done"
            ),
            Error::Limit { what, limit, found } => {
                write!(f, "{found} is over the store's limit {what} of {limit}")
            }
            Error::Damaged {
                place: place @ Place::File,
                what,
                ..
            } => write!(f, "{place} is damaged: {what}; nothing was changed"),
            Error::Damaged { place, what, .. } => write!(
                f,
                "{place} is damaged: {what}; all else can be read, and nothing was changed"
            ),
            Error::Document { name, error } => write!(f, "the document {name:?}: {error}"),
            Error::Full { .. } => f.write_str(
                "the disk is full; nothing was written, and all that had been committed is there",
            ),
            Error::Io { doing, error, .. } => {
                write!(f, "{doing}: {error}; all that had been committed is there")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Document { error, .. } => Some(error),
            Error::Io { error, .. } => Some(&**error),
            _ => None,
        }
    }
}
