//! Moving containers between keys of maps and elements of lists, with all that is in them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use smallvec::SmallVec;

use super::fits::{check_content, check_depth};
use super::handle::Target;
use super::path::{Found, parse_index, unescape};
use super::policies::Slot;
use super::record::Record;
use super::written::Written;
use super::{Doc, Transaction};
use crate::error::Error;
use crate::id::{Lv, LvSpan};
use crate::oplog::{Cell, ContainerIx, Kind, MOVED_DEPTH, Name, SEAT, Shift, offset_of};
use crate::state::Note;

impl Transaction<'_> {
    /// Moves the container at a path, with all that is in it, to a key of a map or an index of a list: `to` ends with those, and
    /// leads through places as they are before. What stood at the key is overwritten, as by [`set`](crate::MapMut::set); in a list
    /// it is inserted, and an element of the same list [moves](crate::ListMut::move_to). Where it stood, nothing does. It stays
    /// the same container: what others write in it meanwhile, anchors, and whose text is whose go with it. To where it stands
    /// already makes no operation. A place in a list takes one level of [`Limits::nesting`](crate::Limits::nesting).
    ///
    /// However many move a container at the same time, it stands in one place: where the last move put it, in the order of
    /// (Lamport, peer). A move that would by then put it within itself, or in more than 128 others, does nothing. A move away survives a concurrent removal
    /// of what it moves, or of what that stood in; what is moved into something that another one removes goes with that.
    ///
    /// O(log n) amortised for n containers; the first move of a document O(n log n).
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPath`] where nothing stands; [`Error::CannotMove`] for what is no container, or a root, for a place that
    /// is neither a key of a map nor an index of a list, and for one within the container itself; [`Error::OutOfRange`] past the
    /// end of a list; [`Error::Limit`] where it would stand too deep.
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
    ///
    /// // A board: a card goes from one column to the top of another.
    /// doc.transact(|tx| {
    ///     tx.list("doing").push_map()?.set("title", "Write")?;
    ///     tx.list("ready").push_map()?.set("title", "Think")
    /// })?;
    /// doc.transact(|tx| tx.move_to("doing/0", "ready/0"))?;
    /// assert_eq!(doc.list("doing").len(), 0);
    /// assert_eq!(doc.get("ready/0/title"), Some("Write".into()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn move_to(&mut self, from: &str, to: &str) -> Result<(), Error> {
        let doc = self.doc_mut();
        let container = doc.movable_at(from)?;
        match doc.place_at(to)? {
            Goal::Key(map, key) => doc.move_container(container, (map, &key), to),
            Goal::Index(list, index) => doc.move_to_index(container, (list, index), to),
        }
    }
}

/// Where something is to be moved.
enum Goal<'p> {
    Key(ContainerIx, Cow<'p, str>),
    Index(ContainerIx, usize),
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
        match self.log.around(container) {
            Some(_) => Ok(container),
            None => Err(cannot(path, "a root has no other place")),
        }
    }

    /// The map and key at the end of a path, or the list and index. A root map that is not there is made.
    fn place_at<'p>(&mut self, path: &'p str) -> Result<Goal<'p>, Error> {
        const NO_KEY: &str = "a container can go to a key of a map, or an index of a list";
        let (around, key) = path.rsplit_once('/').ok_or_else(|| cannot(path, NO_KEY))?;
        let map = match self.find(around) {
            Some(Found::Container(map)) => match self.log.containers.kind(map) {
                Kind::Map => map,
                Kind::List => {
                    let index = parse_index(key).ok_or_else(|| cannot(path, NO_KEY))?;
                    return Ok(Goal::Index(map, index));
                }
                Kind::Text | Kind::Counter => return Err(cannot(path, NO_KEY)),
            },
            Some(_) => return Err(cannot(path, NO_KEY)),
            None if !around.contains('/') => {
                Target::root(self, &unescape(around), Kind::Map).resolve(self)?
            }
            None => {
                let path = around.to_owned();
                return Err(Error::NoSuchPath { path });
            }
        };
        let key = unescape(key);
        if key == SEAT {
            return Err(cannot(path, "that key is the library's own"));
        }
        Ok(Goal::Key(map, key))
    }

    /// Puts a container into a list, so that it stands at an index; `path` is what to call that in an error.
    pub(super) fn move_to_index(
        &mut self,
        container: ContainerIx,
        (list, index): (ContainerIx, usize),
        path: &str,
    ) -> Result<(), Error> {
        let len = self.state.list(list).map_or(0, |state| state.len());
        let from = self.index_in(container, list);
        // In its own list it is not counted.
        let last = len - u32::from(from.is_some());
        let at = u32::try_from(index).ok().filter(|&at| at <= last);
        let at = at.ok_or_else(|| Error::OutOfRange {
            path: path
                .rsplit_once('/')
                .map_or(path, |(list, _)| list)
                .to_owned(),
            position: index,
            len: last as usize,
            unit: "elements",
        })?;
        if let Some(from) = from {
            return match from == at {
                true => Ok(()),
                false => self.move_element(list, from, at),
            };
        }
        if self.log.is_in(list, |around| around == container) {
            return Err(cannot(path, "a container cannot stand within itself"));
        }
        self.check_height(container, list)?;
        self.check_key(SEAT)?;
        let (seat, moved) = (Cell::made(Kind::Map), Cell::Moved(container));
        self.check_content(list, seat.len())?;
        check_content(
            self.log.entries.content_len(),
            moved.stored_len(),
            &self.limits,
        )?;
        self.check_room(2)?;
        let key = self.log.keys.intern(SEAT);
        let lv = self.insert_cells(list, at, &seat, 1)?;
        let kind = Kind::Map;
        match self.log.containers.find(Name::Made { by: lv, kind }) {
            Some(seat) => self.set_moved((seat, key), container).map(drop),
            None => Ok(()),
        }
    }

    /// At which index a list shows a container.
    pub(super) fn index_in(&self, container: ContainerIx, list: ContainerIx) -> Option<u32> {
        let place = self.log.stands(container);
        let (around, made) = self.log.element_at(container, place)?;
        let state = self.state.list(list).filter(|_| around == list)?;
        state.position_of(made)
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

    /// Whether a container was moved, or is shown somewhere, and can stand in a map or list.
    pub(super) fn may_move(&mut self, container: ContainerIx, around: ContainerIx) -> bool {
        let was_moved = self.log.stands(container).is_some() || self.path_of(container).is_some();
        was_moved
            && self.log.around(container).is_some()
            && !self.log.is_in(around, |around| around == container)
            && self.check_height(container, around).is_ok()
    }

    /// Whether a container, with what is in it, would not stand too deep in a map or list.
    fn check_height(&mut self, container: ContainerIx, around: ContainerIx) -> Result<(), Error> {
        let (deepest, deepest_moved) = self.log.deepest_in(container, around);
        // The element of a list is a map that the container stands in.
        let seat = u32::from(self.log.containers.kind(around) == Kind::List);
        self.check_depth(deepest + seat)?;
        check_depth(deepest_moved + seat, MOVED_DEPTH)
    }

    /// Shows what moves, or what took some back, put elsewhere, in a transaction. What the operations of `new` wrote is shown.
    pub(super) fn show_shifted(&mut self, shifts: &[Shift], new: LvSpan) {
        for (slot, survivors) in self.shown_by(shifts, new) {
            let (before, _, from) = self.replace_noted(slot, &survivors);
            self.notes.push(Note::Stands { slot, before, from });
            // Policies go by where keys are.
            self.open.is_ruled |= self.policies.is_some();
        }
        let mut turned = Vec::new();
        self.turn_elements(shifts, &mut |note| turned.push(note));
        turned.into_iter().for_each(|note| self.notes.push(note));
    }

    /// Likewise, in a merge.
    pub(super) fn show_shifted_in(&mut self, shifts: &[Shift], new: LvSpan, record: &mut Record) {
        for (slot, survivors) in self.shown_by(shifts, new) {
            let before = self.state.winner(&self.log.entries, slot);
            record.entry_changed(slot.0, slot.1, self.shown_before(slot, before));
            self.state.replace(&self.log.entries, slot, &survivors);
        }
        self.turn_elements(shifts, &mut |note| record.of_list(note));
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
    pub(super) fn keys_are_there(&self) -> bool {
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
