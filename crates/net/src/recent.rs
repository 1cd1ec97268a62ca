//! In which order documents changed.

use std::collections::{BTreeMap, VecDeque};

/// The newest changes, in order. Counts them from the beginning.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    /// How many are kept no more.
    dropped: u64,
    /// Which document, by key, and how many operations it had before.
    changes: VecDeque<(u64, u32)>,
}

impl Recent {
    /// How many changes there were.
    pub(crate) fn moment(&self) -> u64 {
        self.dropped + self.changes.len() as u64
    }

    /// Notes a change of a document that had so many operations; the oldest go beyond so many changes.
    pub(crate) fn note(&mut self, key: u64, from: u32, most: usize) {
        self.changes.push_back((key, from));
        while self.changes.len() > most {
            self.changes.pop_front();
            self.dropped += 1;
        }
    }

    /// What changed since there were so many changes: each document once, with how many operations it had then. `None` where that is
    /// not known any more.
    pub(crate) fn since(&self, moment: u64) -> Option<BTreeMap<u64, u32>> {
        let past = usize::try_from(moment.checked_sub(self.dropped)?).ok()?;
        if past > self.changes.len() {
            return None;
        }
        let mut first = BTreeMap::new();
        for (key, from) in self.changes.range(past..) {
            first.entry(*key).or_insert(*from);
        }
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told_once_as_it_was_then() {
        let mut recent = Recent::default();
        for (key, from) in [(1, 0), (2, 5), (1, 3), (1, 4)] {
            recent.note(key, from, 3);
        }
        assert_eq!(recent.moment(), 4);
        assert_eq!(recent.since(0), None);
        assert_eq!(recent.since(1), Some(BTreeMap::from([(1, 3), (2, 5)])));
        assert_eq!(recent.since(3), Some(BTreeMap::from([(1, 4)])));
        assert_eq!(recent.since(4), Some(BTreeMap::new()));
        assert_eq!(recent.since(5), None);
    }
}
