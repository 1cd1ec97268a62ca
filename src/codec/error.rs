//! What is wrong with bytes from outside.

use std::fmt;

use crate::column::ReadError;
use crate::id::OpId;

/// Bytes that no replica wrote, or that were damaged since. Nothing of them was used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct DecodeError {
    /// Where in the input, in bytes from its start, the error was noticed.
    pub offset: usize,
    /// What was wrong there.
    pub what: &'static str,
}

impl DecodeError {
    pub(crate) fn new(offset: usize, what: &'static str) -> Self {
        DecodeError { offset, what }
    }
}

impl From<ReadError> for DecodeError {
    fn from(error: ReadError) -> Self {
        DecodeError {
            offset: error.offset,
            what: error.what,
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.what, self.offset)
    }
}

impl std::error::Error for DecodeError {}

/// Why a delta cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unreadable {
    Damaged(DecodeError),
    /// It goes on from another operation than the one known under this id.
    Forked(OpId),
}

impl<E: Into<DecodeError>> From<E> for Unreadable {
    fn from(error: E) -> Self {
        Unreadable::Damaged(error.into())
    }
}
