//! Moving containers from one key of a map to another, with all that is in them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use smallvec::SmallVec;

use super::fits::check_depth;
use super::handle::Target;
use super::path::{Found, unescape};
use super::policies::Slot;
use super::record::Record;
use super::written::Written;
use super::{Doc, Transaction};
use crate::error::Error;
use crate::id::{Lv, LvSpan};
use crate::oplog::{Cell, ContainerIx, Kind, MOVED_DEPTH, Shift, offset_of};
use crate::state::Note;

impl Transaction<'_> {
    /// Moves the container at a path, with all that is in it, to another key of a map: `to` is the path that it has then. What
    /// stood there is overwritten, as by [`set`](crate::MapMut::set); where it stood, nothing does. It stays the same
    /// container: what others write in it meanwhile, anchors, and whose text is whose go with it. To where it stands already
    /// makes no operation.
    ///
    /// However many move a container at the same time, it stands in one place: where the last move put it, in the order of
    /// (Lamport, peer). A move that would by then put it within itself, or in more than 128 others, does nothing. A move away survives a concurrent removal
    /// of what it moves, or of what that stood in; what is moved into something that another one removes goes with that.
    ///
    /// O(log n) amortised for n containers; the first move of a document O(n log n).
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPath`] where nothing stands; [`Error::CannotMove`] for what is no container, a root, or an element of a
    /// list, for a place that is no key of a map, and for one within the container itself; [`Error::Limit`] where
    /// it would stand too deep.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.map("drafts").text("plan")?.push("Rest"))?;
    /// doc.transact(|tx| tx.move_to("drafts/plan", "done/plan"))?;
    /// assert_eq!(doc.get("done/plan"), Some("Rest".into()));
    /// assert_eq!(doc.get("drafts/plan"), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn move_to(&mut self, from: &str, to: &str) -> Result<(), Error> {
        let doc = self.doc_mut();
        let container = doc.movable_at(from)?;
        let (map, key) = doc.place_at(to)?;
        doc.move_container(container, (map, &key), to)
    }
}

impl Doc {
    /// The container at a path, if it can be moved.
    fn movable_at(&self, path: &str) -> Result<ContainerIx, Error> {
        let found = self.find(path).ok_or_else(|| Error::NoSuchPath {
            path: path.to_owned(),
        })?;
        let Found::Container(container) = found else {
            return Err(cannot(path, "a plain value is set, not moved"));
        };
        if self.log.around(container).is_none() {
            return Err(cannot(path, "a root has no other place"));
        }
        match self.log.first_slot(container) {
            Some(_) => Ok(container),
            None => Err(cannot(path, "an element of a list stays in its list")),
        }
    }

    /// The map and key at the end of a path. A root that is not there is made.
    fn place_at<'p>(&mut self, path: &'p str) -> Result<(ContainerIx, Cow<'p, str>), Error> {
        const NO_KEY: &str = "a container can go to a key of a map alone";
        let (around, key) = path.rsplit_once('/').ok_or_else(|| cannot(path, NO_KEY))?;
        let map = match self.find(around) {
            Some(Found::Container(map)) if self.log.containers.kind(map) == Kind::Map => map,
            Some(_) => return Err(cannot(path, NO_KEY)),
            None if !around.contains('/') => {
                Target::root(self, &unescape(around), Kind::Map).resolve(self)?
            }
            None => {
                let path = around.to_owned();
                return Err(Error::NoSuchPath { path });
            }
        };
        Ok((map, unescape(key)))
    }

    /// Puts a container at a key; `path` is what to call that in an error.
    pub(super) fn move_container(
        &mut self,
        container: ContainerIx,
        (map, key): (ContainerIx, &str),
        path: &str,
    ) -> Result<(), Error> {
        if let Some(Found::Container(shown)) = self.at_key(map, key)
            && shown == container
        {
            return Ok(());
        }
        if self.log.is_in(map, |around| around == container) {
            return Err(cannot(path, "a container cannot stand within itself"));
        }
        self.check_key(key)?;
        self.check_height(container, map)?;
        let cell = Cell::Moved(container);
        self.check_content(map, cell.stored_len())?;
        let key = self.log.keys.intern(key);
        self.set_entry(map, key, cell).map(drop)
    }

    /// Sets a key to a container that stands elsewhere so far.
    #[cold]
    pub(super) fn set_moved(&mut self, slot: Slot, container: ContainerIx) -> Result<Lv, Error> {
        let (lv, joined) = self.begin(1)?;
        let own = LvSpan::new(lv, lv.plus(1));
        let cell = Cell::Moved(container);
        let entry = self.log.push_entry(lv, slot.0, Some(slot.1), cell, joined);
        let shifts = self.log.settle_moves(own);
        let there = self.log.is_there(slot.0, entry).then_some(entry);
        let (before, now, from) = self.replace_noted(slot, there.as_slice());
        self.notes.push(Note::Register {
            slot,
            before,
            now,
            from,
        });
        self.show_shifted(&shifts, own);
        Ok(lv)
    }

    /// Whether a container was moved, or is shown somewhere, and can stand in a map.
    pub(super) fn may_move(&mut self, container: ContainerIx, map: ContainerIx) -> bool {
        let was_moved = self.log.stands(container).is_some() || self.path_of(container).is_some();
        was_moved
            && self.log.first_slot(container).is_some()
            && !self.log.is_in(map, |around| around == container)
            && self.check_height(container, map).is_ok()
    }

    /// Whether a container, with what is in it, would not stand too deep in a map.
    fn check_height(&mut self, container: ContainerIx, map: ContainerIx) -> Result<(), Error> {
        let (deepest, deepest_moved) = self.log.deepest_in(container, map);
        self.check_depth(deepest)?;
        check_depth(deepest_moved, MOVED_DEPTH)
    }

    /// Shows what moves, or what took some back, put elsewhere, in a transaction. What the operations of `new` wrote is shown.
    pub(super) fn show_shifted(&mut self, shifts: &[Shift], new: LvSpan) {
        for (slot, survivors) in self.shown_by(shifts, new) {
            let (before, _, from) = self.replace_noted(slot, &survivors);
            self.notes.push(Note::Stands { slot, before, from });
            // Policies go by where keys are.
            self.open.is_ruled |= self.policies.is_some();
        }
    }

    /// Likewise, in a merge.
    pub(super) fn show_shifted_in(
        &mut self,
        shifts: &[Shift],
        new: LvSpan,
        record: &mut Record,
    ) -> Vec<Slot> {
        let shown = self.shown_by(shifts, new);
        for (slot, survivors) in &shown {
            let before = self.state.winner(&self.log.entries, *slot);
            record.entry_changed(slot.0, slot.1, self.shown_before(*slot, before));
            self.state.replace(&self.log.entries, *slot, survivors);
        }
        shown.into_iter().map(|(slot, _)| slot).collect()
    }

    /// What the keys show at which containers stood, and stand by what was written before `new`.
    fn shown_by(&self, shifts: &[Shift], new: LvSpan) -> Vec<(Slot, SmallVec<[u32; 4]>)> {
        let log = &self.log;
        let (mut left, mut met) = (BTreeSet::new(), BTreeSet::new());
        for &(container, before) in shifts {
            left.extend(log.slot_at(container, before));
            let now = log.stands(container);
            if now.is_none_or(|entry| {
                log.entry_lv(entry) < new.start || log.entry_lv(entry) >= new.end
            }) {
                met.extend(log.slot_at(container, now));
            }
        }
        let mut shown = Vec::new();
        for slot in left.difference(&met) {
            let survivors = || self.state.survivors(&log.entries, *slot);
            if survivors().any(|entry| !log.is_there(slot.0, entry)) {
                let there = survivors().filter(|&entry| log.is_there(slot.0, entry));
                shown.push((*slot, there.collect()));
            }
        }
        if !met.is_empty() {
            shown.extend(Written::of(log, &met).survivors(log));
        }
        shown
    }

    /// Whether no key shows a container that stands elsewhere. O(keys).
    pub(super) fn all_is_there(&self) -> bool {
        let entries = &self.log.entries;
        self.log.containers.iter().all(|(map, _)| {
            self.state.entries_of(entries, map).all(|(key, _)| {
                let mut survivors = self.state.survivors(entries, (map, key));
                survivors.all(|entry| self.log.is_there(map, entry))
            })
        })
    }

    /// Makes a key show these; returns what a note of that needs.
    pub(super) fn replace_noted(
        &mut self,
        slot: Slot,
        survivors: &[u32],
    ) -> (Option<u32>, Option<u32>, u32) {
        let from = offset_of(self.notes.rivals.len());
        let rivals = self.state.rivals_of(slot);
        self.notes.rivals.extend_from_slice(rivals);
        let before = self.state.winner(&self.log.entries, slot);
        self.state.replace(&self.log.entries, slot, survivors);
        let now = self.state.winner(&self.log.entries, slot);
        (before, now, from)
    }
}

fn cannot(path: &str, what: &'static str) -> Error {
    Error::CannotMove {
        path: path.to_owned(),
        what,
    }
}
