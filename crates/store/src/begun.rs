//! Snapshots that jobs of this program are writing. One that none of them writes, and that was never finished, is of a job that was
//! given up or cut short: since one process writes, nobody goes on with it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Their numbers: one set for all connections of a store.
#[derive(Clone, Default)]
pub(crate) struct Begun(Arc<Mutex<BTreeSet<u32>>>);

impl Begun {
    /// Notes that a snapshot is being written, as long as what this gives lives.
    pub(crate) fn hold(&self, id: u32) -> Held {
        self.all().insert(id);
        Held {
            id,
            begun: self.clone(),
        }
    }

    pub(crate) fn has(&self, id: u32) -> bool {
        self.all().contains(&id)
    }

    fn all(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A snapshot that is being written.
pub(crate) struct Held {
    pub(crate) id: u32,
    begun: Begun,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.begun.all().remove(&self.id);
    }
}
