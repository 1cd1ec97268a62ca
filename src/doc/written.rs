//! What keys of a map show where writes were taken back: read off all that was written to them.

use std::collections::{BTreeMap, BTreeSet};

use smallvec::SmallVec;

use crate::graph::PeerIx;
use crate::id::{Lv, LvSpan};
use crate::oplog::{Cell, ContainerIx, KeyIx, OpLog};

/// The last that somebody wrote to a key, and did not take back.
#[derive(Clone, Copy)]
struct Last {
    by: PeerIx,
    lv: Lv,
    entry: u32,
}

/// What was written to some keys of a map.
#[derive(Default)]
pub(super) struct Written {
    /// Of each peer the last: it knew what it had written before.
    last: BTreeMap<KeyIx, SmallVec<[Last; 4]>>,
    /// Entries that were taken back.
    taken_back: BTreeSet<u32>,
}

/// By key, the sets that nothing overwrites, the winner first.
type Survivors = Vec<(KeyIx, SmallVec<[u32; 4]>)>;

impl Written {
    /// O(operations of the map, and routes).
    pub(super) fn of(log: &OpLog, map: ContainerIx, keys: &BTreeSet<KeyIx>) -> Self {
        let mut written = Written::default();
        let all = log.stretches(LvSpan::new(Lv(0), log.end()));
        let of_map: Vec<_> = all.filter(|stretch| stretch.container == map).collect();
        for &key in keys {
            written.last.insert(key, SmallVec::new());
        }
        for stretch in of_map.into_iter().rev() {
            for entry in stretch.entries().rev() {
                let lv = stretch.span.start.plus(entry - stretch.entry);
                written.add(log, lv, entry);
            }
        }
        written
    }

    /// Adds what was written before all that was added. What takes it back came after it.
    fn add(&mut self, log: &OpLog, lv: Lv, entry: u32) {
        let key = log.entries.key(entry);
        let Some(last) = key.and_then(|key| self.last.get_mut(&key)) else {
            return;
        };
        if self.taken_back.contains(&entry) {
            return;
        }
        if let Cell::Back(target) = log.entries.cell(entry) {
            self.taken_back.insert(target);
            return;
        }
        let (by, _) = log.graph.author_of(lv);
        if last.iter().all(|known| known.by != by) {
            last.push(Last { by, lv, entry });
        }
    }

    /// Whether an entry was taken back.
    pub(super) fn is_taken_back(&self, entry: u32) -> bool {
        self.taken_back.contains(&entry)
    }

    /// Of each peer the last write to a key that was not taken back: the operation and its entry, the newest first.
    pub(super) fn last(&self, key: KeyIx) -> impl Iterator<Item = (Lv, u32)> + '_ {
        let last = self.last.get(&key).into_iter().flatten();
        last.map(|last| (last.lv, last.entry))
    }

    pub(super) fn survivors(self, log: &OpLog) -> Survivors {
        let ground = log.ground.as_ref().map_or(Lv(0), |ground| ground.end);
        let survivors = |last: SmallVec<[Last; 4]>| {
            let knows = |one: &Last, other: &Last| {
                let parents = || log.graph.parents(one.lv);
                one.lv != other.lv && one.lv >= ground && log.graph.includes(&parents(), other.lv)
            };
            let is_left = |one: &&Last| {
                let is_set = log.entries.cell(one.entry) != Cell::Removed;
                is_set && !last.iter().any(|other| knows(other, one))
            };
            let mut left: SmallVec<[Last; 4]> = last.iter().filter(is_left).copied().collect();
            left.sort_by_cached_key(|one| std::cmp::Reverse(log.rank(one.lv)));
            left.into_iter().map(|one| one.entry).collect()
        };
        let keys = self.last.into_iter();
        keys.map(|(key, last)| (key, survivors(last))).collect()
    }
}
