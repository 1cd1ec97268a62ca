//! Why a reconciliation ended without a result.

use std::fmt;

use crate::column::ReadError;

/// Why a reconciliation ended without a result. Nothing is wrong with the own summary; another one may be begun.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ReconcileError {
    /// Bytes that are no message, or one that was cut short or damaged.
    Malformed {
        /// Where in the turn, of all its messages together, without their first bytes.
        offset: usize,
        /// What was wrong.
        what: &'static str,
    },
    /// A message in a version that this library does not know.
    Version {
        /// The version.
        found: u8,
    },
    /// A message that does not answer what was sent.
    OutOfTurn,
    /// What the other side said does not fit together, or its summary changed meanwhile.
    Contradiction,
    /// No result after so many round trips.
    TooManyTrips {
        /// The most there may be.
        limit: u32,
    },
    /// One side would have sent or received more than it may.
    TooLong {
        /// The most bytes there may be.
        limit: u64,
    },
}

impl fmt::Display for ReconcileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReconcileError::Malformed { offset, what } => {
                write!(f, "malformed message: {what} at byte {offset}")
            }
            ReconcileError::Version { found } => {
                write!(
                    f,
                    "a message of version {found}, which needs a newer library"
                )
            }
            ReconcileError::OutOfTurn => {
                f.write_str("a message that answers nothing that was sent")
            }
            ReconcileError::Contradiction => {
                f.write_str("the other side's messages contradict each other")
            }
            ReconcileError::TooManyTrips { limit } => {
                write!(f, "no result after {limit} round trips")
            }
            ReconcileError::TooLong { limit } => write!(f, "more than {limit} bytes"),
        }
    }
}

impl std::error::Error for ReconcileError {}

impl From<ReadError> for ReconcileError {
    fn from(error: ReadError) -> Self {
        ReconcileError::Malformed {
            offset: error.offset,
            what: error.what,
        }
    }
}
