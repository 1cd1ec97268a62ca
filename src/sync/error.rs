//! Why a session ended.

use std::fmt;

use crate::error::Error;
use crate::summary::ReconcileError;

/// Why a session ended. The documents are as they were before the message that ended it; a new session goes on from there.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum SessionError {
    /// The message was cut, damaged, sent twice or out of order.
    Damaged,
    /// The message is whole and says what no session says.
    Malformed {
        /// What was wrong.
        what: &'static str,
    },
    /// The other side speaks a version that this library does not know.
    Version {
        /// The other side's.
        found: u8,
    },
    /// One side has a document, the other a workspace.
    Scope,
    /// A message, or all that the other side may make this one hold, was larger than the options allow.
    TooLarge {
        /// What.
        what: &'static str,
        /// The most there may be.
        limit: u64,
    },
    /// What differs could not be found.
    Reconcile(ReconcileError),
    /// One of the own documents could not be read.
    Document {
        /// Its name; empty for a single document.
        name: String,
        /// Why.
        error: Error,
    },
    /// The session had ended before.
    Ended,
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SessionError::Damaged => f.write_str(
                "a message was cut, damaged, sent twice or out of order; begin a new session",
            ),
            SessionError::Malformed { what } => write!(f, "a message that makes no sense: {what}"),
            SessionError::Version { found } => write!(
                f,
                "the other side speaks version {found} of the session, which needs a newer library"
            ),
            SessionError::Scope => {
                f.write_str("one side has a single document, the other a workspace of many")
            }
            SessionError::TooLarge { what, limit } => {
                write!(f, "{what} beyond the limit of {limit}")
            }
            SessionError::Reconcile(error) => write!(f, "finding what differs: {error}"),
            SessionError::Document { name, error } if name.is_empty() => write!(f, "{error}"),
            SessionError::Document { name, error } => write!(f, "document `{name}`: {error}"),
            SessionError::Ended => f.write_str("the session is over; begin a new one"),
        }
    }
}

impl std::error::Error for SessionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            SessionError::Reconcile(error) => Some(error),
            SessionError::Document { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl From<ReconcileError> for SessionError {
    fn from(error: ReconcileError) -> Self {
        SessionError::Reconcile(error)
    }
}
