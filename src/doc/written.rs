//! What keys of maps show where writes were taken back, or where what was moved away stands again: read off all that was written
//! to them.

use std::collections::{BTreeMap, BTreeSet};

use smallvec::SmallVec;

use super::policies::Slot;
use crate::graph::PeerIx;
use crate::id::{Lv, LvSpan};
use crate::oplog::{Cell, ContainerIx, OpLog};

/// The last that somebody wrote to a key, and did not take back.
#[derive(Clone, Copy)]
struct Last {
    by: PeerIx,
    lv: Lv,
    entry: u32,
}

/// What was written to some keys of maps.
#[derive(Default)]
pub(super) struct Written {
    /// Of each peer the last: it knew what it had written before.
    last: BTreeMap<Slot, SmallVec<[Last; 4]>>,
    /// Entries that were taken back.
    taken_back: BTreeSet<u32>,
}

/// By key, the sets that nothing overwrites, the winner first.
type Survivors = Vec<(Slot, SmallVec<[u32; 4]>)>;

impl Written {
    /// O(operations of the maps, and routes).
    pub(super) fn of(log: &OpLog, slots: &BTreeSet<Slot>) -> Self {
        let mut written = Written::default();
        let maps: BTreeSet<ContainerIx> = slots.iter().map(|slot| slot.0).collect();
        let all = log.stretches(LvSpan::new(Lv(0), log.end()));
        let of_maps: Vec<_> = all
            .filter(|stretch| maps.contains(&stretch.container))
            .collect();
        for &slot in slots {
            written.last.insert(slot, SmallVec::new());
        }
        for stretch in of_maps.into_iter().rev() {
            for entry in stretch.entries().rev() {
                let lv = stretch.span.start.plus(entry - stretch.entry);
                written.add(log, stretch.container, lv, entry);
            }
        }
        written
    }

    /// Adds what was written before all that was added. What takes it back came after it.
    fn add(&mut self, log: &OpLog, map: ContainerIx, lv: Lv, entry: u32) {
        let slot = log.entries.key(entry).map(|key| (map, key));
        let Some(last) = slot.and_then(|slot| self.last.get_mut(&slot)) else {
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
    pub(super) fn last(&self, slot: Slot) -> impl Iterator<Item = (Lv, u32)> + '_ {
        let last = self.last.get(&slot).into_iter().flatten();
        last.map(|last| (last.lv, last.entry))
    }

    /// What stands at each key.
    pub(super) fn survivors(self, log: &OpLog) -> Survivors {
        let ground = log.ground.as_ref().map_or(Lv(0), |ground| ground.end);
        let survivors = |map: ContainerIx, last: SmallVec<[Last; 4]>| {
            let knows = |one: &Last, other: &Last| {
                let parents = || log.graph.parents(one.lv);
                one.lv != other.lv && one.lv >= ground && log.graph.includes(&parents(), other.lv)
            };
            let is_left = |one: &&Last| {
                let is_set = log.entries.cell(one.entry) != Cell::Removed;
                is_set
                    && log.is_there(map, one.entry)
                    && !last.iter().any(|other| knows(other, one))
            };
            let mut left: SmallVec<[Last; 4]> = last.iter().filter(is_left).copied().collect();
            left.sort_by_cached_key(|one| std::cmp::Reverse(log.rank(one.lv)));
            left.into_iter().map(|one| one.entry).collect()
        };
        let slots = self.last.into_iter();
        slots
            .map(|(slot, last)| (slot, survivors(slot.0, last)))
            .collect()
    }
}
