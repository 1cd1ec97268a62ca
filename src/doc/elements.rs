//! What operations do to the elements of a list, of which some may not show: what they showed stands elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::Doc;
use super::record::Record;
use crate::id::Lv;
use crate::oplog::{ContainerIx, OpLog, Shift};
use crate::sequence::Edit;
use crate::state::{ListState, Note, State, Unseen};

/// By list, elements that may have come to show, or to show no longer, by what made them.
type Elements = BTreeMap<ContainerIx, BTreeSet<Lv>>;

impl Doc {
    /// Does to a list what an edit says, and notes it.
    pub(super) fn edit_elements(&mut self, list: ContainerIx, edit: Edit) {
        let (log, notes) = (&self.log, &mut self.notes);
        if let Some(state) = self.state.list_mut(list) {
            edit_state(state, log, list, edit, |note| notes.push(note));
        }
    }

    /// The same in a merge.
    pub(super) fn edit_elements_in(
        &mut self,
        list: ContainerIx,
        edits: &[Edit],
        record: &mut Record,
    ) {
        let log = &self.log;
        if let Some(state) = self.state.list_mut(list) {
            for &edit in edits {
                edit_state(state, log, list, edit, |note| record.of_list(note));
            }
        }
    }

    /// Shows elements at which something stands again, and hides those that it left; says what it did.
    pub(super) fn turn_elements(&mut self, shifts: &[Shift], note: &mut dyn FnMut(Note)) {
        let (log, state) = (&self.log, &mut self.state);
        for (list, made) in elements_of(log, shifts) {
            turn(log, state, list, &made, note);
        }
    }

    /// Hides all elements whose containers stand elsewhere. O(elements).
    pub(super) fn hide_elements(&mut self) {
        let (log, state) = (&self.log, &mut self.state);
        for (list, _) in log.containers.iter() {
            let all = state.list(list).into_iter().flat_map(ListState::all);
            let made: BTreeSet<Lv> = all.filter(|&lv| is_hidden(log, list, lv)).collect();
            turn(log, state, list, &made, &mut |_| {});
        }
    }

    /// Whether just those elements show that are to. O(elements).
    pub(super) fn elements_are_there(&self) -> bool {
        self.log.containers.iter().all(|(list, _)| {
            let Some(state) = self.state.list(list) else {
                return true;
            };
            let all = (0..).zip(state.all());
            let mut all = all.map(|(at, lv)| (state.hidden_at(at), lv));
            all.all(|(hidden, lv)| hidden == is_hidden(&self.log, list, lv).then_some(lv))
        })
    }
}

/// Whether a list does not show what an operation wrote.
fn is_hidden(log: &OpLog, list: ContainerIx, lv: Lv) -> bool {
    let sequence = log.sequence(list);
    sequence.is_some_and(|sequence| log.is_hidden(sequence.cell(lv), lv))
}

/// The elements that containers left, and came to.
fn elements_of(log: &OpLog, shifts: &[Shift]) -> Elements {
    let mut elements = Elements::new();
    for &(container, before) in shifts {
        for place in [before, log.stands(container)] {
            if let Some((list, made)) = log.element_at(container, place) {
                elements.entry(list).or_default().insert(made);
            }
        }
    }
    elements
}

/// Makes elements of a list show, or not, as they are to.
fn turn(
    log: &OpLog,
    state: &mut State,
    list: ContainerIx,
    made: &BTreeSet<Lv>,
    note: &mut dyn FnMut(Note),
) {
    let Some(state) = state.list_mut(list).filter(|_| !made.is_empty()) else {
        return;
    };
    // What shows or not keeps its place.
    for (at, lv) in state.places_of(made) {
        let shows = !is_hidden(log, list, lv);
        if shows == state.hidden_at(at).is_none() {
            continue;
        }
        if shows {
            state.show(at)
        } else {
            state.hide(at)
        };
        let at = state.place(at);
        note(Note::Appeared {
            list,
            at,
            lv,
            shows,
        });
    }
}

/// Does to a list what an edit says, by places.
fn edit_state(
    state: &mut ListState,
    log: &OpLog,
    list: ContainerIx,
    edit: Edit,
    mut note: impl FnMut(Note),
) {
    let may_hide = log.may_hide();
    let hides = |lv: Lv| may_hide && is_hidden(log, list, lv);
    match edit {
        Edit::Insert { at, lv, len } => {
            let mut done = 0;
            while done < len {
                let (to, first) = (at + done, lv.plus(done));
                if hides(first) {
                    state.insert_hidden(to, first);
                    let what = Unseen::Came(to);
                    note(Note::Unseen { list, what });
                    done += 1;
                    continue;
                }
                let more = (done + 1..len).take_while(|_| may_hide);
                let end = more
                    .map(|nth| (nth, lv.plus(nth)))
                    .find(|&(_, lv)| hides(lv));
                let here = end.map_or(len, |(nth, _)| nth) - done;
                let place = state.place(to);
                state.insert(to, first, here);
                note(Note::ShownAgain {
                    sequence: list,
                    at: place,
                    lv: first,
                    len: here,
                });
                done += here;
            }
        }
        Edit::Delete { at, len } => {
            let mut rest = len;
            while rest > 0 {
                let (here, shows) = state.stretch_at(at, rest);
                let place = state.place(at);
                state.delete(at, here, |_, _| {});
                if shows {
                    note(Note::ListDeleted {
                        list,
                        at: place,
                        len: here,
                        from: 0,
                    });
                }
                rest -= here;
            }
        }
        Edit::Move { from, to } => {
            let is_hidden = state.hidden_at(from).is_some();
            let place = state.place(from);
            let Some(lv) = state.relocate(from, to) else {
                return;
            };
            note(if is_hidden {
                let what = Unseen::Moved(from, to);
                Note::Unseen { list, what }
            } else {
                Note::ListMoved {
                    list,
                    from: place,
                    to: state.place(to),
                    lv,
                }
            });
        }
        Edit::Set { at, lv } => {
            let place = state.place(at);
            let was_hidden = state.hidden_at(at).is_some();
            if !was_hidden && !hides(lv) {
                if let Some(before) = state.set(at, lv) {
                    note(Note::SetAgain {
                        list,
                        at: place,
                        before,
                        lv,
                    });
                }
                return;
            }
            let appeared = |lv: Lv, shows: bool| Note::Appeared {
                list,
                at: place,
                lv,
                shows,
            };
            if !was_hidden && let Some(before) = state.hide(at) {
                note(appeared(before, false));
            }
            if let Some(before) = state.set_hidden(at, lv) {
                let what = Unseen::Set(at, before);
                note(Note::Unseen { list, what });
            }
            if !hides(lv) && state.show(at).is_some() {
                note(appeared(lv, true));
            }
        }
        // Not in a list.
        Edit::Mark { .. } | Edit::Unmark { .. } => {}
    }
}

impl Record {
    /// Says what a note tells of a list.
    pub(super) fn of_list(&mut self, note: Note) {
        match note {
            Note::ShownAgain {
                sequence: list,
                at,
                lv,
                len,
            } => self.list_inserted(list, at.index(), lv, len),
            Note::ListDeleted { list, at, len, .. } => self.list_deleted(list, at.index(), len),
            Note::ListMoved { list, from, to, lv } => {
                self.list_moved(list, from.index(), to.index(), lv);
            }
            Note::SetAgain { list, at, lv, .. } => self.list_set(list, at.index(), lv),
            Note::Appeared {
                list,
                at,
                lv,
                shows: true,
            } => self.list_inserted(list, at.index(), lv, 1),
            Note::Appeared { list, at, .. } => self.list_deleted(list, at.index(), 1),
            _ => {}
        }
    }
}
