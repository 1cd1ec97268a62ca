//! The slow, complete check of a document.

use super::Doc;
use super::written::Written;
use crate::id::{Lv, LvSpan};
use crate::oplog::{ContainerIx, Kind};

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
        self.check_moved()?;
        if !self.elements_are_there() {
            return Err(
                "an element shows what stands elsewhere, or does not show what is there".into(),
            );
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

    /// Where containers were moved, every key shows what all that was written says.
    fn check_moved(&self) -> Result<(), String> {
        if !self.log.has_moves() {
            return Ok(());
        }
        let all = self.log.stretches(LvSpan::new(Lv(0), self.log.end()));
        let slots = all.flat_map(|stretch| {
            let keys = stretch
                .entries()
                .filter(move |_| self.is_map(stretch.container));
            keys.filter_map(move |entry| Some((stretch.container, self.log.entries.key(entry)?)))
        });
        let written = Written::of(&self.log, &slots.collect());
        for (slot, mut said) in written.survivors(&self.log) {
            let mut shown: Vec<u32> = self.state.survivors(&self.log.entries, slot).collect();
            shown.sort_unstable();
            said.sort_unstable();
            if shown != said.as_slice() {
                return Err(format!(
                    "{slot:?} shows {shown:?}, and its moves say {said:?}"
                ));
            }
        }
        match self.keys_are_there() {
            true => Ok(()),
            false => Err("a key shows what stands elsewhere".into()),
        }
    }

    fn is_map(&self, container: ContainerIx) -> bool {
        self.log.containers.kind(container) == Kind::Map
    }
}
