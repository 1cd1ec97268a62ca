//! The error of the document's face.

use std::fmt;

use crate::codec::{DecodeError, Unreadable};
use crate::id::{OpId, Peer};
use crate::oplog::Kind;

/// What went wrong. Whatever it was, the document is as it was before the call.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Error {
    /// A position past the end, or within a character.
    OutOfRange {
        /// The container; empty where a view of what nobody wrote yet was read, which does not know its name.
        path: String,
        /// The position asked for.
        position: usize,
        /// How long the container is, in the same unit.
        len: usize,
        /// What positions count: "chars", "UTF-16 units", "bytes" or "elements".
        unit: &'static str,
    },
    /// A range that ends before it starts.
    ReversedRange {
        /// The container, as for [`OutOfRange`](Error::OutOfRange).
        path: String,
        /// Where the range starts.
        start: usize,
        /// Where it ends.
        end: usize,
    },
    /// A container of another kind, or a plain value, stands there.
    WrongKind {
        /// Where.
        path: String,
        /// What was asked for.
        expected: Kind,
        /// What stands there; `None` for a plain value.
        found: Option<Kind>,
    },
    /// A mark was given a list or a map as its value.
    NotPlain {
        /// The mark's key.
        key: String,
    },
    /// A Quill delta that is none, or holds what a text cannot.
    Quill {
        /// Which of its operations, from 0.
        operation: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Nothing stands at that path.
    NoSuchPath {
        /// The path.
        path: String,
    },
    /// What was to be moved has no other place, or cannot stand there.
    CannotMove {
        /// The path, of whichever of the two is wrong.
        path: String,
        /// Why.
        what: &'static str,
    },
    /// One of the document's [`Limits`](crate::Limits) would be passed.
    Limit {
        /// Which: the field's name, or "operations".
        what: &'static str,
        /// The limit.
        limit: u64,
        /// What was asked for.
        found: u64,
    },
    /// The bytes are not an encoding that this version reads, or were damaged.
    Decode(DecodeError),
    /// The last piece of a file was not written to its end. All before it is whole.
    Torn {
        /// Where that piece starts, in bytes: so many of the file's bytes load.
        offset: usize,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// The bytes are well-formed, but no replica can have made these operations.
    Invalid {
        /// The first operation that cannot be.
        id: OpId,
        /// Why.
        what: &'static str,
    },
    /// One peer id, two histories: an operation of this peer, made elsewhere, is not the one known here.
    Forked {
        /// The peer that has two histories.
        peer: Peer,
        /// The first operation, by number, that is known to differ or to follow a differing one.
        seq: u32,
    },
    /// The document is without the history before some version, and an operation does not follow that version: it can be
    /// merged only where the history is. What that replica then saves holds it.
    NeedsBase {
        /// The operation, or one before it.
        id: OpId,
    },
    /// A version was named by an operation that the document does not have.
    UnknownVersion {
        /// The operation.
        id: OpId,
    },
    /// An operation was to be restored that is not known here, or did what no restore takes back.
    NotRestorable {
        /// The operation.
        id: OpId,
    },
    /// A pattern of paths that matches no key of a map.
    BadPattern {
        /// The pattern.
        pattern: String,
    },
    /// A key was to be settled at which nobody disagrees, or for a value that is not among those there.
    NoConflict {
        /// Its path.
        path: String,
    },
    /// A root was to be opened whose name begins with U+0000: those are the library's own.
    Reserved {
        /// The name.
        name: String,
    },
    /// An anchor is of another document, or holds to what has not arrived here.
    UnknownAnchor,
    /// The document has no peer id and could not draw one: give it one with
    /// [`Doc::set_peer`](crate::Doc::set_peer).
    NoPeer,
    /// Serde could not bring a value into the type asked for.
    Serde(String),
    /// The transaction's own code gave up, saying why.
    Aborted(String),
}

impl Error {
    /// An error with which a transaction gives up, for a reason of its own: see [`Doc::transact`](crate::Doc::transact).
    pub fn aborted(why: impl fmt::Display) -> Error {
        Error::Aborted(why.to_string())
    }
}

impl From<Unreadable> for Error {
    fn from(error: Unreadable) -> Self {
        match error {
            Unreadable::Damaged(error) => Error::Decode(error),
            Unreadable::Forked(OpId { peer, seq }) => Error::Forked { peer, seq },
        }
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Error::Decode(error)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Error::Serde(error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::OutOfRange {
                path,
                position,
                len,
                unit,
            } => {
                if path.is_empty() {
                    return write!(
                        f,
                        "position {position} is past the end of a text that is empty"
                    );
                }
                // Only of units that cut characters is there a position that is neither past the end nor within.
                if position < len {
                    return write!(
                        f,
                        "position {position} of `{path}`, counted in {unit}, lies within a character"
                    );
                }
                write!(
                    f,
                    "position {position} is past the end of `{path}`, which has {len} {unit}"
                )
            }
            Error::ReversedRange { path, start, end } if path.is_empty() => {
                write!(f, "the range {start}..{end} ends before it starts")
            }
            Error::ReversedRange { path, start, end } => {
                write!(
                    f,
                    "the range {start}..{end} of `{path}` ends before it starts"
                )
            }
            Error::WrongKind {
                path,
                expected,
                found: Some(found),
            } => {
                write!(f, "`{path}` is a {found}, not a {expected}")
            }
            Error::WrongKind {
                path,
                expected,
                found: None,
            } => {
                write!(
                    f,
                    "`{path}` holds a plain value, not a {expected}; `set` or `remove` replaces it"
                )
            }
            Error::NotPlain { key } => {
                write!(
                    f,
                    "the mark {key:?} holds a list or a map; marks hold plain values"
                )
            }
            Error::Quill { operation, what } => {
                write!(f, "operation {operation} of the Quill delta: {what}")
            }
            Error::NoSuchPath { path } => write!(f, "nothing stands at `{path}`"),
            Error::CannotMove { path, what } => write!(f, "`{path}`: {what}"),
            Error::Limit { what, limit, found } => {
                write!(f, "{found} is over the limit {what} of {limit}")
            }
            Error::Decode(error) => write!(f, "{error}; nothing of the input was used"),
            Error::Torn { offset, error } => write!(
                f,
                "the last piece is torn: {error}; the {offset} bytes before it are whole, and load"
            ),
            Error::Invalid { id, what } => write!(
                f,
                "operation {id} cannot be: {what}; nothing of the input was used"
            ),
            Error::Forked { peer, seq } => write!(
                f,
                "peer {peer} has two histories, which differ at operation {seq} or before; nothing of the input was used"
            ),
            Error::NeedsBase { id } => write!(
                f,
                "operation {id} lies in or beside the history that this document is without; merge it where the history is, and load what is saved there; nothing of the input was used"
            ),
            Error::BadPattern { pattern } => write!(
                f,
                "the pattern {pattern:?} matches no key: a key's path has two parts at least"
            ),
            Error::NoConflict { path } => {
                write!(f, "nobody disagrees at `{path}`, or not for that value")
            }
            Error::Reserved { name } => write!(
                f,
                "roots whose names begin with U+0000, as {name:?}, are the library's own"
            ),
            Error::UnknownAnchor => f.write_str(
                "the anchor is of another document, or holds to what has not arrived here",
            ),
            Error::NotRestorable { id } => write!(
                f,
                "operation {id} is not known, or did what cannot be restored"
            ),
            Error::UnknownVersion { id } => write!(
                f,
                "the version names operation {id}, which is not in this document"
            ),
            Error::NoPeer => write!(
                f,
                "the document has no peer id to write under; set one with set_peer"
            ),
            Error::Serde(what) => write!(f, "{what}"),
            Error::Aborted(why) => write!(f, "the transaction gave up: {why}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Decode(error) | Error::Torn { error, .. } => Some(error),
            _ => None,
        }
    }
}
