//! Which marks show at a place of a text, as the reading goes along it.

use std::collections::{BTreeMap, BTreeSet};

use smallvec::SmallVec;

use super::Doc;
use crate::id::{Lv, OpId};
use crate::oplog::{Cell, KeyIx};

/// So many marks are looked through faster than they are kept in order.
const FEW: usize = 4;

/// The marks of one key that cover a place.
enum Covering {
    Few(SmallVec<[Lv; FEW]>),
    /// By (Lamport, peer).
    Many(BTreeSet<((u32, OpId), Lv)>),
}

impl Covering {
    fn is_empty(&self) -> bool {
        match self {
            Covering::Few(few) => few.is_empty(),
            Covering::Many(many) => many.is_empty(),
        }
    }

    /// The mark with the largest (Lamport, peer).
    fn winner(&self, doc: &Doc) -> Option<Lv> {
        match self {
            Covering::Few(few) => match few.as_slice() {
                [only] => Some(*only),
                few => few.iter().copied().max_by_key(|&mark| doc.log.rank(mark)),
            },
            Covering::Many(many) => many.last().map(|&(_, mark)| mark),
        }
    }

    /// A mark begins, or ends: one that covers nothing any more may end before it begins.
    fn turn(&mut self, mark: Lv, doc: &Doc) {
        let ranked = |mark| (doc.log.rank(mark), mark);
        match self {
            Covering::Few(few) => match few.iter().position(|&one| one == mark) {
                Some(at) => drop(few.swap_remove(at)),
                None if few.len() < FEW => few.push(mark),
                None => {
                    let all = few.iter().copied().chain([mark]);
                    *self = Covering::Many(all.map(ranked).collect());
                }
            },
            Covering::Many(many) => {
                if !many.remove(&ranked(mark)) {
                    many.insert(ranked(mark));
                }
            }
        }
    }
}

/// A key, and what of it shows where the reading has come to.
struct Covered {
    marks: Covering,
    shows: Option<Lv>,
}

/// The keys that show, each with its mark.
enum Shown {
    /// By key.
    All(SmallVec<[(KeyIx, Lv); FEW]>),
    /// Where people who did not know of each other made more than the limit allows: by (Lamport, peer).
    Crowd(BTreeSet<((u32, OpId), KeyIx, Lv)>),
}

impl Shown {
    /// Of a key another mark shows than before.
    fn change(&mut self, key: KeyIx, before: Option<Lv>, now: Option<Lv>, doc: &Doc) {
        let limit = doc.limits.marks_per_position as usize;
        let ranked = |(key, mark)| (doc.log.rank(mark), key, mark);
        match self {
            Shown::All(all) => {
                let at = all.partition_point(|&(other, _)| other < key);
                match (before, now) {
                    (Some(_), Some(mark)) => all[at].1 = mark,
                    (Some(_), None) => drop(all.remove(at)),
                    (None, Some(mark)) => all.insert(at, (key, mark)),
                    (None, None) => {}
                }
                if all.len() > limit {
                    *self = Shown::Crowd(all.iter().copied().map(ranked).collect());
                }
            }
            Shown::Crowd(crowd) => {
                before.map(|mark| crowd.remove(&ranked((key, mark))));
                crowd.extend(now.map(|mark| ranked((key, mark))));
                if crowd.len() <= limit {
                    *self = Shown::All(latest(crowd, limit).into_iter().collect());
                }
            }
        }
    }
}

/// Of too many the latest.
fn latest(crowd: &BTreeSet<((u32, OpId), KeyIx, Lv)>, limit: usize) -> SmallVec<[(KeyIx, Lv); 2]> {
    let latest = crowd.iter().rev().take(limit);
    let mut latest: SmallVec<_> = latest.map(|&(_, key, mark)| (key, mark)).collect();
    latest.sort_unstable();
    latest
}

/// What is marked where the reading has come to.
pub(super) struct Showing {
    pub(super) at: u32,
    keys: BTreeMap<KeyIx, Covered>,
    /// Keys of which other marks cover it than when they were looked at last.
    changed: Vec<KeyIx>,
    shown: Shown,
}

impl Showing {
    pub(super) fn new(at: u32) -> Showing {
        Showing {
            at,
            keys: BTreeMap::new(),
            changed: Vec::new(),
            shown: Shown::All(SmallVec::new()),
        }
    }

    /// A mark begins, or ends.
    pub(super) fn turn(&mut self, mark: Lv, doc: &Doc) {
        let Some(key) = doc.log.marks.key(mark) else {
            return;
        };
        let covered = self.keys.entry(key).or_insert(Covered {
            marks: Covering::Few(SmallVec::new()),
            shows: None,
        });
        covered.marks.turn(mark, doc);
        self.changed.push(key);
    }

    /// Looks which mark of each key shows: that with the largest (Lamport, peer), and none where that takes away.
    pub(super) fn settle(&mut self, doc: &Doc) {
        self.changed.sort_unstable();
        self.changed.dedup();
        for key in self.changed.drain(..) {
            let Some(covered) = self.keys.get_mut(&key) else {
                continue;
            };
            let value = |mark: &Lv| doc.log.marks.get(*mark).map(|mark| mark.value);
            let winner = covered.marks.winner(doc);
            if winner != covered.shows {
                let winner = winner.filter(|mark| value(mark) != Some(Cell::Null));
                self.shown.change(key, covered.shows, winner, doc);
                covered.shows = winner;
            }
            if covered.marks.is_empty() {
                self.keys.remove(&key);
            }
        }
    }

    /// The keys that show, each with its mark: of a crowd the latest.
    pub(super) fn visible(&self, doc: &Doc) -> SmallVec<[(KeyIx, Lv); 2]> {
        match &self.shown {
            Shown::All(all) => SmallVec::from_slice(all),
            Shown::Crowd(crowd) => latest(crowd, doc.limits.marks_per_position as usize),
        }
    }
}
