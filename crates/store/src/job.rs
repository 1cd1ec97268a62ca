//! What the jobs share: how far one is, and what it could not do.

use crate::error::Error;
use crate::store::Store;

/// Work for the background, on a whole store: [`Compaction`](crate::Compaction), [`Collection`](crate::Collection).
///
/// It is driven by its owner: [`work`](Job::work) reads by a connection of its own, on whatever thread, and [`step`](Job::step)
/// writes a little to the store. To pause, stop calling; to give up, drop it. Commits may come between any two calls.
pub trait Job {
    /// How far it is, in documents, and what it does next.
    fn progress(&self) -> Progress;

    /// Documents that it could not do, and why.
    fn failures(&self) -> &[Failure];

    /// Reads the next document, and works on it in memory. Does nothing in another state than [`State::Working`].
    ///
    /// # Errors
    ///
    /// Where the store cannot be read at all; a document that cannot is told by [`failures`](Job::failures).
    fn work(&mut self) -> Result<(), Error>;

    /// Writes or cleans up a little, so that a commit waits little for it. Does nothing in the states [`State::Working`] and
    /// [`State::Done`].
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Io`]. Calling again tries again.
    fn step(&mut self, store: &mut Store) -> Result<(), Error>;

    /// Works, or writes: what comes next; whether there is more to do.
    ///
    /// # Errors
    ///
    /// As [`step`](Job::step).
    fn go_on(&mut self, store: &mut Store) -> Result<bool, Error> {
        match self.progress().state {
            State::Working => self.work()?,
            State::Done => return Ok(false),
            State::Writing | State::Cleaning => self.step(store)?,
        }
        Ok(true)
    }

    /// Goes on to the end.
    ///
    /// # Errors
    ///
    /// As [`step`](Job::step).
    fn run(&mut self, store: &mut Store) -> Result<(), Error> {
        while self.go_on(store)? {}
        Ok(())
    }
}

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

impl Progress {
    /// Of what only writes, until it is done.
    pub(crate) fn writing(is_done: bool, done: u64, all: u64) -> Progress {
        Progress {
            state: match is_done {
                true => State::Done,
                false => State::Writing,
            },
            // There may be more than could be counted.
            done: done.min(all),
            all,
        }
    }
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

impl Failure {
    /// Of the file itself, or of a blob.
    pub(crate) fn of_file(error: Error) -> Failure {
        Failure {
            document: None,
            error,
        }
    }
}

/// What comes next in a list; nothing, where that cannot be read, which is told among the failures.
pub(crate) fn listed<T>(
    found: Result<Option<T>, Error>,
    failures: &mut Vec<Failure>,
) -> Result<Option<T>, Error> {
    match found {
        Err(error @ Error::Damaged { .. }) => {
            failures.push(Failure::of_file(error));
            Ok(None)
        }
        found => found,
    }
}
