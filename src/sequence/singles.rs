//! Sets, moves and marks that were taken back.
//!
//! A restore of a set or move makes its element show, or stand, as if that were not, and one of a mark its text; a restore of
//! such a restore makes it count again. Nothing restores more than that, so what counts is told in two steps.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::apply::{Edit, Purpose};
use super::item::Element;
use super::tracker::Tracker;
use crate::id::Lv;

/// A restore of one operation.
#[derive(Clone, Copy, Debug)]
struct Single {
    by: Lv,
    /// At the visited version.
    known: bool,
}

/// Restores of sets, moves and marks, and of such restores.
#[derive(Clone, Debug, Default)]
pub(super) struct Singles {
    /// By what they take back.
    of: BTreeMap<Lv, SmallVec<[Single; 1]>>,
    /// The other way, of those that take these back.
    targets: BTreeMap<Lv, Lv>,
}

impl Singles {
    pub(super) fn clear(&mut self) {
        self.of.clear();
        self.targets.clear();
    }

    /// Says that none is known at the visited version.
    pub(super) fn forget_known(&mut self) {
        for single in self.of.values_mut().flatten() {
            single.known = false;
        }
    }

    /// The set, move or mark that an operation is about.
    fn root(&self, target: Lv) -> Lv {
        self.targets.get(&target).copied().unwrap_or(target)
    }

    fn add(&mut self, target: Lv, by: Lv, known: bool) {
        if self.root(target) == target {
            self.targets.insert(by, target);
        }
        self.of
            .entry(target)
            .or_default()
            .push(Single { by, known });
    }

    fn set_known(&mut self, target: Lv, by: Lv, known: bool) {
        let singles = self.of.get_mut(&target).into_iter().flatten();
        for single in singles.filter(|single| single.by == by) {
            single.known = known;
        }
    }

    /// Whether an operation is taken back at the newest version.
    pub(super) fn is_taken_back(&self, lv: Lv) -> bool {
        self.counts(lv, |_| true)
    }

    /// The same at the visited version.
    fn is_taken_back_here(&self, lv: Lv) -> bool {
        self.counts(lv, |single| single.known)
    }

    fn counts(&self, lv: Lv, is_there: fn(&Single) -> bool) -> bool {
        let taken = |lv: Lv, deeper: &dyn Fn(Lv) -> bool| {
            let singles = self.of.get(&lv).into_iter().flatten();
            singles
                .filter(|single| is_there(single))
                .any(|single| !deeper(single.by))
        };
        taken(lv, &|by| taken(by, &|_| false))
    }
}

impl Tracker {
    /// Takes an operation back at the newest version, and where `known` at the visited one.
    pub(super) fn take_back(&mut self, target: Lv, by: Lv, known: bool, purpose: &mut Purpose<'_>) {
        let root = self.singles.root(target);
        if let Some([start, end]) = self.borders(root) {
            let counted = self.counts(root);
            self.singles.add(target, by, known);
            if let Purpose::Edits(edits) = purpose
                && counted != self.counts(root)
            {
                edits.push(match counted {
                    true => Edit::Unmark { lv: root },
                    false => Edit::Mark {
                        lv: root,
                        start,
                        end,
                    },
                });
            }
            return;
        }
        let Some(&element) = self.set_by.get(&root) else {
            return self.take_back_move(root, purpose, |singles| singles.add(target, by, known));
        };
        let before = self.shown_by(element);
        self.singles.add(target, by, known);
        let now = self.shown_by(element);
        if let Purpose::Edits(edits) = purpose
            && let Some(lv) = now.filter(|_| before != now)
        {
            let shown = self.moves.newest(element);
            if self.item(self.find(shown)).gone == 0 {
                let at = self.newest_position(shown);
                edits.push(Edit::Set { at, lv });
            }
        }
    }

    /// Retreats or advances the taking back of an operation. The sums above what changes may stay owed.
    pub(super) fn toggle_single(&mut self, target: Lv, by: Lv, forward: bool) {
        let root = self.singles.root(target);
        if self.set_by.contains_key(&root) || self.marks.holds(root) {
            // Which set shows, and what is marked, is asked of the newest version only.
            return self.singles.set_known(target, by, forward);
        }
        self.take_back_move(root, &mut Purpose::Known, |singles| {
            singles.set_known(target, by, forward);
        });
    }

    /// Changes whether a move counts; its element stands elsewhere then.
    fn take_back_move(
        &mut self,
        moved: Lv,
        purpose: &mut Purpose<'_>,
        change: impl FnOnce(&mut Singles),
    ) {
        let first = self.moves.first_of(Element::inserted(moved));
        let (here, newest) = (self.moves.here(first), self.moves.newest(first));
        change(&mut self.singles);
        let taken_back = (
            self.singles.is_taken_back_here(moved),
            self.singles.is_taken_back(moved),
        );
        self.moves.set_taken_back(first, moved, taken_back);
        let (here_now, newest_now) = (self.moves.here(first), self.moves.newest(first));
        if here != here_now {
            self.change_place(here, |item| item.here += 1);
            self.change_place(here_now, |item| item.here -= 1);
        }
        if newest != newest_now {
            let from = self.newest_position(newest);
            let shows = self.item(self.find(newest)).gone == 0;
            self.change_place(newest, |item| item.gone += 1);
            self.change_place(newest_now, |item| item.gone -= 1);
            if let Purpose::Edits(edits) = purpose
                && shows
            {
                let to = self.newest_position(newest_now);
                edits.push(Edit::Move { from, to });
            }
        }
    }

    /// Whether an operation counts at the visited version, so that it can be taken back there.
    pub(super) fn counts_here(&self, target: Lv) -> bool {
        !self.singles.is_taken_back_here(target)
    }

    /// Whether what shows instead of a set is known.
    pub(super) fn knows_shown(&self, target: Lv) -> bool {
        let element = self.set_by.get(&self.singles.root(target));
        element.is_none_or(|element| element.lv().is_some())
    }
}
