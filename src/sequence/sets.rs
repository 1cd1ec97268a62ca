//! Elements of a list that were set.
//!
//! An element shows the set with the largest (Lamport, peer) among those not overwritten. One that another one overwrote has
//! the smaller Lamport, so that is the largest of all: a whole tracker keeps them all, to tell what a set took the place of.

use super::item::Element;
use super::tracker::Tracker;
use crate::id::Lv;
use crate::oplog::OpLog;

impl Tracker {
    /// Notes a set at the visited version; says whether its value is the one to show.
    pub(super) fn add_set(&mut self, log: &OpLog, element: Element, set: Lv) -> bool {
        let sets = self.sets.entry(element).or_default();
        if self.is_whole {
            self.set_by.insert(set, element);
        } else {
            let parents = log.graph.parents(set);
            sets.retain(|before| !log.graph.includes(&parents, *before));
        }
        let rank = log.rank(set);
        let at = sets.partition_point(|&other| log.rank(other) < rank);
        let wins = at == sets.len();
        sets.insert(at, set);
        wins
    }

    /// Notes a set that was applied outside: it knew all others.
    pub(super) fn join_set(&mut self, element: Element, set: Lv) {
        let sets = self.sets.entry(element).or_default();
        if self.is_whole {
            self.set_by.insert(set, element);
        } else {
            sets.clear();
        }
        sets.push(set);
    }

    /// The operation whose value an element shows, given its first place; `None` for what was there before the log's own.
    pub(super) fn shown_by(&self, element: Element) -> Option<Lv> {
        let sets = self.sets.get(&element);
        sets.and_then(|sets| sets.last().copied()).or(element.lv())
    }
}
