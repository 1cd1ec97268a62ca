//! What the jobs on documents hold alike: how far one is, and what it could not do.

use crate::checkpoint::Checkpoints;
use crate::database::Database;
use crate::error::Error;
use crate::job::{Failure, Progress, State};
use crate::load;
use crate::options::Limits;
use crate::store::Store;

/// How far a job is.
pub(crate) struct Course {
    /// A connection of its own.
    pub(crate) reader: Database,
    pub(crate) limits: Limits,
    pub(crate) checkpoints: Checkpoints,
    /// What comes next, where the log need not be brought into the file first.
    pub(crate) state: State,
    pub(crate) done: u64,
    all: u64,
    pub(crate) failures: Vec<Failure>,
}

impl Course {
    /// Of some documents, as [`load::count`] takes them.
    pub(crate) fn new(store: &Store, some: &str) -> Result<Course, Error> {
        let reader = store.reader()?;
        Ok(Course {
            all: load::count(&reader, some)?,
            reader,
            limits: store.limits.clone(),
            checkpoints: Checkpoints::new(store)?,
            state: State::Working,
            done: 0,
            failures: Vec::new(),
        })
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress {
            state: self.checkpoints.before(self.state),
            // Documents may have come since they were counted.
            done: self.done.min(self.all),
            all: self.all,
        }
    }

    /// Brings the log into the file where that is due; if not, whether there is something to read.
    pub(crate) fn is_to_work(&mut self) -> Result<bool, Error> {
        Ok(!self.checkpoints.work()? && self.state == State::Working)
    }

    pub(crate) fn fail(&mut self, document: Option<String>, error: Error) {
        self.failures.push(Failure { document, error });
    }
}
