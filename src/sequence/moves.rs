//! Elements of a list that were moved.
//!
//! A move makes a new place for an element, ordered like an insertion. The element stands at the place with the largest
//! (Lamport, peer) among its moves, or where it was inserted. (A move that another one overwrote has the smaller Lamport.) Each
//! place is an item; one that does not show counts as deleted once more than the element is.

use std::collections::BTreeMap;

use smallvec::{SmallVec, smallvec};

use super::apply::{Edit, Purpose, push_delete};
use super::item::{Element, Item, NOT_YET, VISIBLE};
use super::tracker::Tracker;
use crate::id::Lv;
use crate::oplog::{OpLog, OpRun, SequenceLog};

/// One move of an element.
#[derive(Clone, Copy, Debug)]
struct Move {
    lv: Lv,
    /// At the visited version.
    known: bool,
    /// Whether it was taken back: at the visited version, and at the newest.
    taken_back: (bool, bool),
}

/// The elements that were moved.
#[derive(Clone, Debug, Default)]
pub(super) struct Moves {
    /// By an element's first place: its moves, the smallest (Lamport, peer) first.
    of: BTreeMap<Element, SmallVec<[Move; 1]>>,
    /// The first place, by each later one.
    first: BTreeMap<Element, Element>,
}

impl Moves {
    pub(super) fn clear(&mut self) {
        self.of.clear();
        self.first.clear();
    }

    /// Says that none is known at the visited version.
    pub(super) fn forget_known(&mut self) {
        for moved in self.of.values_mut().flatten() {
            moved.known = false;
            moved.taken_back.0 = false;
        }
    }

    /// The first place of the element that has this place.
    pub(super) fn first_of(&self, place: Element) -> Element {
        self.first.get(&place).copied().unwrap_or(place)
    }

    /// Of `len` places in a row, how many come before the first whose element was moved; one, if that is the first itself.
    pub(super) fn plain(&self, place: Element, len: u32) -> u32 {
        if self.of.is_empty() {
            return len;
        }
        let range = place..place.plus(len);
        let starts = self.of.range(range.clone()).next().map(|(at, _)| *at);
        let places = self.first.range(range).next().map(|(at, _)| *at);
        let next = starts.into_iter().chain(places).min();
        next.map_or(len, |next| next.offset_from(place).max(1))
    }

    /// Whether the element that has this place was moved.
    pub(super) fn is_moved(&self, place: Element) -> bool {
        self.first.contains_key(&place) || self.of.contains_key(&place)
    }

    /// The elements that were moved, by their first places.
    pub(super) fn moved(&self) -> impl Iterator<Item = &Element> {
        self.of.keys()
    }

    /// All places of the element that stands first here.
    pub(super) fn places(&self, first: Element) -> SmallVec<[Element; 4]> {
        let mut places = smallvec![first];
        let moves = self.of.get(&first).into_iter().flatten();
        places.extend(moves.map(|moved| Element::inserted(moved.lv)));
        places
    }

    /// The place that shows at the visited version.
    pub(super) fn here(&self, first: Element) -> Element {
        let moves = self.of.get(&first).into_iter().flatten();
        let mut left = moves.rev().filter(|moved| moved.known);
        let last = left.find(|moved| !moved.taken_back.0);
        last.map_or(first, |moved| Element::inserted(moved.lv))
    }

    /// The place that shows at the newest version.
    pub(super) fn newest(&self, place: Element) -> Element {
        let first = self.first_of(place);
        let moves = self.of.get(&first).into_iter().flatten();
        let last = moves.rev().find(|moved| !moved.taken_back.1);
        last.map_or(first, |moved| Element::inserted(moved.lv))
    }

    fn add(&mut self, log: &OpLog, first: Element, lv: Lv, known: bool) {
        let rank = log.rank(lv);
        let moves = self.of.entry(first).or_default();
        let at = moves.partition_point(|moved| log.rank(moved.lv) < rank);
        let new = Move {
            lv,
            known,
            taken_back: (false, false),
        };
        moves.insert(at, new);
        self.first.insert(Element::inserted(lv), first);
    }

    /// Says whether a move was taken back.
    pub(super) fn set_taken_back(&mut self, first: Element, lv: Lv, taken_back: (bool, bool)) {
        let moves = self.of.get_mut(&first).into_iter().flatten();
        for moved in moves.filter(|moved| moved.lv == lv) {
            moved.taken_back = taken_back;
        }
    }

    fn set_known(&mut self, first: Element, lv: Lv, known: bool) {
        let moves = self.of.get_mut(&first).into_iter().flatten();
        for moved in moves.filter(|moved| moved.lv == lv) {
            moved.known = known;
        }
    }
}

impl Tracker {
    /// Applies a move at the visited version.
    pub(super) fn apply_move(
        &mut self,
        log: &OpLog,
        sequence: &SequenceLog,
        run: &OpRun,
        purpose: &mut Purpose<'_>,
    ) {
        let shown = self.element_at(Some(self.seek_here(run.pos)));
        self.change_place(shown, |item| item.here += 1);
        let to = sequence.moved_to(run.lv);
        let left = (to > 0).then(|| self.element_at(Some(self.seek_here(to - 1))));
        let first = self.moves.first_of(shown);
        let newest = self.moves.newest(first);
        let deleted = self.item(self.find(first)).gone - u32::from(newest != first);
        let wins = newest
            .lv()
            .filter(|_| newest != first)
            .is_none_or(|newest| log.rank(newest) < log.rank(run.lv));
        let from = self.newest_position(newest);
        if wins {
            self.change_place(newest, |item| item.gone += 1);
        }
        let left = left.map(|left| self.place_of(left));
        let new = Item {
            id: Element::inserted(run.lv),
            len: 1,
            origin_left: self.element_at(left),
            origin_right: self.behind(left, |border| self.next_known(border)),
            here: VISIBLE,
            gone: deleted + u32::from(!wins),
        };
        self.insert_between(log, left, new, Purpose::Known);
        self.moves.add(log, first, run.lv, true);
        if let Purpose::Edits(edits) = purpose
            && wins
            && deleted == 0
        {
            let to = self.newest_position(new.id);
            edits.push(Edit::Move { from, to });
        }
    }

    /// Takes in a move that was applied outside: it knew all others.
    pub(super) fn join_move(&mut self, log: &OpLog, sequence: &SequenceLog, run: &OpRun) {
        let shown = self.element_at(Some(self.seek_newest(run.pos)));
        self.change_place(shown, |item| item.gone += 1);
        let to = sequence.moved_to(run.lv);
        self.join_inserted(log, Element::inserted(run.lv), to, 1);
        let first = self.moves.first_of(shown);
        self.moves.add(log, first, run.lv, false);
    }

    /// Retreats or advances a move. The sums above what changes may stay owed.
    pub(super) fn toggle_move(&mut self, lv: Lv, forward: bool) {
        let place = Element::inserted(lv);
        let first = self.moves.first_of(place);
        let before = self.moves.here(first);
        self.moves.set_known(first, lv, forward);
        let now = self.moves.here(first);
        if forward {
            let first_here = self.item(self.find(first)).here;
            let deleted = first_here - VISIBLE - u32::from(before != first);
            let away = u32::from(now != place);
            self.change_elements(place, 1, |item| item.here = VISIBLE + deleted + away);
            if now == place {
                self.change_elements(before, 1, |item| item.here += 1);
            }
        } else {
            self.change_elements(place, 1, |item| item.here = NOT_YET);
            if before == place {
                self.change_elements(now, 1, |item| item.here -= 1);
            }
        }
    }

    /// Retreats or advances a deletion of places in a row.
    pub(super) fn toggle_deleted(&mut self, target: Element, len: u32, forward: bool) {
        let step = move |item: &mut Item| {
            if item.here != NOT_YET {
                item.here = if forward {
                    item.here + 1
                } else {
                    item.here - 1
                };
            }
        };
        let mut done = 0;
        while done < len {
            let place = target.plus(done);
            let plain = self.moves.plain(place, len - done);
            if self.moves.is_moved(place) {
                for place in self.moves.places(self.moves.first_of(place)) {
                    self.change_elements(place, 1, step);
                }
            } else {
                self.change_elements(place, plain, step);
            }
            done += plain;
        }
    }

    /// Deletes the element that has this place, if it was moved: at the newest version, and where `here` at the visited one.
    /// Says whether it was.
    pub(super) fn delete_moved(
        &mut self,
        place: Element,
        here: bool,
        purpose: &mut Purpose<'_>,
    ) -> bool {
        if !self.moves.is_moved(place) {
            return false;
        }
        let newest = self.moves.newest(place);
        if let Purpose::Edits(edits) = purpose
            && self.item(self.find(newest)).gone == 0
        {
            self.pay();
            push_delete(edits, self.newest_position(newest), 1);
        }
        for place in self.moves.places(self.moves.first_of(place)) {
            self.change_place(place, |item| {
                item.gone += 1;
                item.here += u32::from(here && item.here != NOT_YET);
            });
        }
        true
    }

    /// Where an element stands among those visible at the newest version.
    pub(super) fn newest_position(&self, element: Element) -> u32 {
        let (cursor, offset) = self.place_of(element);
        let shows = self.item(cursor).visible_newest() > 0;
        self.newest_before(cursor) + if shows { offset } else { 0 }
    }

    pub(super) fn change_place(&mut self, place: Element, change: impl Fn(&mut Item)) {
        self.change_elements(place, 1, change);
        self.pay();
    }
}
