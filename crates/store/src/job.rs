//! What the jobs share: how far one is, and what it could not do.

use crate::error::Error;

/// How far a job is.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// What it does at present.
    pub state: State,
    /// Documents, and blobs where it reads them, that it is done with.
    pub done: u64,
    /// Those that it had to do when it began.
    pub all: u64,
}

/// What a job does next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum State {
    /// Reads a document, and works on it in memory. Needs nobody: it may be done on another thread.
    Working,
    /// Writes to the store, a little at a time.
    Writing,
    /// Lets go of what is needed no more, a little at a time.
    Cleaning,
    /// Nothing: all is done.
    Done,
}

/// A document that a job could not do, and left as it was.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The document; `None` where it is the file itself, or a blob, which the error names.
    pub document: Option<String>,
    /// Why.
    pub error: Error,
}
