//! Making operations on the elements of a list. Callers give indexes among what shows, operations places among all there is.

use super::Doc;
use crate::error::Error;
use crate::id::{Lv, LvSpan};
use crate::oplog::{Cell, ContainerIx};
use crate::state::{ListState, Note, Unseen};

impl Doc {
    /// Inserts values given as cells; the position has been checked, and that there is room. Returns the first operation.
    pub(super) fn insert_cells(
        &mut self,
        list: ContainerIx,
        at: u32,
        cells: &[u8],
        len: u32,
    ) -> Result<Lv, Error> {
        let (lv, joined) = self.begin(len)?;
        let state = self.state.list(list);
        let place = state.map_or(at, |state| state.gap_at(at));
        let extend = self
            .log
            .sequence_mut(list)
            .is_some_and(|log| log.may_extend(self.open.start));
        self.log.push_values(
            LvSpan::new(lv, lv.plus(len)),
            list,
            place,
            cells,
            joined,
            extend,
        );
        self.state.grow(&self.log);
        if let Some(state) = self.state.list_mut(list) {
            let at = state.place(place);
            state.insert(place, lv, len);
            self.notes.push(Note::ListInserted { list, at, len });
        }
        Ok(lv)
    }

    /// Deletes elements that show, from an index on; the range has been checked.
    pub(super) fn delete_elements(
        &mut self,
        list: ContainerIx,
        index: u32,
        len: u32,
    ) -> Result<(), Error> {
        if !self.log.has_room(len) {
            return Err(self.refusal(len));
        }
        let mut rest = len;
        while rest > 0 {
            let Some(state) = self.state.list(list) else {
                return Ok(());
            };
            let at = state.place_of(index);
            let (here, _) = state.stretch_at(at, rest);
            self.delete_places(list, at, here)?;
            rest -= here;
        }
        Ok(())
    }

    /// Deletes elements by their places, also such as do not show; the range has been checked.
    pub(super) fn delete_places(
        &mut self,
        list: ContainerIx,
        at: u32,
        len: u32,
    ) -> Result<(), Error> {
        let (Some(author), true) = (self.author(), self.log.has_room(len)) else {
            return Err(self.refusal(len));
        };
        self.log.delete(author, list, at, len, self.open.start);
        let mut rest = len;
        while let Some(state) = self.state.list_mut(list)
            && rest > 0
        {
            let (here, _) = state.stretch_at(at, rest);
            rest -= here;
            if let Some(lv) = state.hidden_at(at) {
                for lv in (lv.0..lv.0 + here).map(Lv) {
                    state.delete(at, 1, |_, _| {});
                    let what = Unseen::Deleted(at, lv);
                    self.notes.push(Note::Unseen { list, what });
                }
                continue;
            }
            let (from, place) = (self.notes.spans.len(), state.place(at));
            let spans = &mut self.notes.spans;
            state.delete(at, here, |lv, len| spans.push((lv, len)));
            self.notes.push(Note::ListDeleted {
                list,
                at: place,
                len: here,
                from,
            });
        }
        Ok(())
    }

    /// Sets an element; the index has been checked, and that there is room. Returns the operation.
    pub(super) fn set_element(
        &mut self,
        list: ContainerIx,
        index: u32,
        cell: &[u8],
    ) -> Result<Lv, Error> {
        let (lv, joined) = self.begin(1)?;
        let state = self.state.list(list);
        let at = state.map_or(index, |state| state.place_of(index));
        self.log.push_set(lv, list, at, cell, joined);
        self.state.grow(&self.log);
        if let Some(state) = self.state.list_mut(list)
            && let Some(before) = state.set(at, lv)
        {
            let at = state.place(at);
            self.notes.push(Note::ListSet { list, at, before });
        }
        Ok(lv)
    }

    /// Moves an element; the indexes have been checked, and that there is room.
    pub(super) fn move_element(
        &mut self,
        list: ContainerIx,
        from: u32,
        to: u32,
    ) -> Result<(), Error> {
        let (from, to) = match self.state.list(list) {
            Some(state) => places_of_move(state, from, to),
            None => (from, to),
        };
        self.check_content(list, Cell::Int(to.into()).stored_len())?;
        let (lv, joined) = self.begin(1)?;
        self.log.push_move(lv, list, from, to, joined);
        if let Some(state) = self.state.list_mut(list) {
            let from = state.place(from);
            if let Some(lv) = state.relocate(from.at, to) {
                let to = state.place(to);
                self.notes.push(Note::ListMoved { list, from, to, lv });
            }
        }
        Ok(())
    }
}

/// The places of an element that goes from an index to one of the list without it: there it comes to stand directly behind what
/// shows before it.
fn places_of_move(list: &ListState, from: u32, to: u32) -> (u32, u32) {
    let place = list.place_of(from);
    let to = match to.checked_sub(1) {
        None => 0,
        Some(before) => {
            let before = list.place_of(before + u32::from(before >= from));
            before + u32::from(before < place)
        }
    };
    (place, to)
}
