//! In which order entries changed.

use std::collections::{BTreeMap, VecDeque};

/// A change: the key, and how long its entry was before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Change {
    pub(crate) key: u64,
    pub(crate) from: u32,
}

/// Ticks of earlier lives that are remembered.
const REMEMBERED_MOST: usize = 64;

/// What changed from a tick of an earlier life up to a tick of this one.
#[derive(Clone, Debug)]
struct Remembered {
    upto: u64,
    since: BTreeMap<u64, u32>,
}

/// The newest changes, in order. Counts them from the beginning.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    /// How many are kept no more.
    dropped: u64,
    changes: VecDeque<Change>,
    /// By tick of an earlier life.
    remembered: BTreeMap<u64, Remembered>,
}

impl Journal {
    /// Notes what changed since a tick of an earlier life: ticks go on after that.
    pub(crate) fn remember(&mut self, tick: u64, since: BTreeMap<u64, u32>) {
        if tick > u64::MAX / 2 {
            // Nobody counts so far.
            return;
        }
        if self.tick() <= tick {
            self.changes.clear();
            self.dropped = tick + 1;
        }
        let upto = self.tick();
        self.remembered.insert(tick, Remembered { upto, since });
        if self.remembered.len() > REMEMBERED_MOST {
            self.remembered.pop_first();
        }
    }

    /// How many changes there were.
    pub(crate) fn tick(&self) -> u64 {
        self.dropped + self.changes.len() as u64
    }

    /// Notes a change, and lets the oldest go beyond so many.
    pub(crate) fn note(&mut self, key: u64, from: u32, most: usize) {
        self.changes.push_back(Change { key, from });
        while self.changes.len() > most {
            self.changes.pop_front();
            self.dropped += 1;
        }
    }

    /// What changed since there were so many changes: each key once, with how long its entry was then. `None` if that is not
    /// known any more, or has not come yet.
    pub(crate) fn since(&self, tick: u64) -> Option<BTreeMap<u64, u32>> {
        if let Some(remembered) = self.remembered.get(&tick).filter(|one| one.upto > tick) {
            let mut first = self.since(remembered.upto)?;
            first.extend(&remembered.since);
            return Some(first);
        }
        let past = usize::try_from(tick.checked_sub(self.dropped)?).ok()?;
        if past > self.changes.len() {
            return None;
        }
        let mut first = BTreeMap::new();
        for change in self.changes.range(past..) {
            first.entry(change.key).or_insert(change.from);
        }
        Some(first)
    }
}
