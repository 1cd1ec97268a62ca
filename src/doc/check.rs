//! The slow, complete check of a document.

use super::Doc;
use crate::oplog::Kind;

impl Doc {
    /// Verifies every internal invariant. Slow: for tests and fuzzers, after every step.
    ///
    /// # Errors
    ///
    /// What was found wrong.
    pub fn check(&self) -> Result<(), String> {
        self.log.check()?;
        self.state.check(&self.log.entries)?;
        for (container, tracker) in self.replay.trackers() {
            let joined = tracker.is_live() && tracker.has_joined(self.log.end());
            tracker.check(joined.then(|| self.state.sequence_len(container)))?;
        }
        for (container, name) in self.log.containers.iter() {
            let is_sequence = matches!(name.kind(), Kind::Text | Kind::List);
            if is_sequence != self.log.sequence(container).is_some() {
                return Err(format!(
                    "container {container:?} is a {} with the wrong columns",
                    name.kind()
                ));
            }
        }
        self.check_policies()?;
        if let Some(fork) = self.misnamed() {
            return Err(format!(
                "{fork:?} is not what the peer's history makes of it"
            ));
        }
        if self.log.operations() != u64::from(self.operations()) {
            return Err("operations are counted in two ways".into());
        }
        if self.notes.all().is_empty() {
            Ok(())
        } else {
            Err("a transaction was left open".into())
        }
    }
}
