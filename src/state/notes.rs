//! What an unfinished transaction did: enough to take it back, and to tell of it.

use smallvec::SmallVec;

use super::State;
use super::Stroke;
use super::list::ListPlace;
use super::marks::Loosened;
use super::register::Slot;
use super::text::begins;
use super::unseen::Unseen;
use crate::id::Lv;
use crate::oplog::{Border, ContainerIx, EntryLog};

/// One change of the state.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Note {
    /// What was deleted stands at the end of [`Notes::text`], before that of later notes.
    Stroke {
        text: ContainerIx,
        stroke: Stroke,
    },
    /// What was inserted: in the log, the bytes of the text's content from `from` on.
    TextInserted {
        text: ContainerIx,
        at: u32,
        len: u32,
        from: u32,
        bytes: u32,
    },
    /// Marks that a deletion, told next, moved: of [`Notes::loosened`] those from `from` on.
    Loosened {
        text: ContainerIx,
        at: u32,
        len: u32,
        from: u32,
    },
    Marked {
        text: ContainerIx,
        mark: Lv,
        borders: [Border; 2],
    },
    ListInserted {
        list: ContainerIx,
        at: ListPlace,
        len: u32,
    },
    /// What was deleted: the spans of [`Notes::spans`] from `from` on, up to the next such note.
    ListDeleted {
        list: ContainerIx,
        at: ListPlace,
        len: u32,
        from: usize,
    },
    ListSet {
        list: ContainerIx,
        at: ListPlace,
        before: Lv,
    },
    /// The element at `from`, which shows `lv`, went to place `to` of the list without it.
    ListMoved {
        list: ContainerIx,
        from: ListPlace,
        to: ListPlace,
        lv: Lv,
    },
    /// The element at a place, which shows or would show what `lv` wrote, does from now on, or no longer.
    Appeared {
        list: ContainerIx,
        at: ListPlace,
        lv: Lv,
        shows: bool,
    },
    /// What happened to an element that does not show.
    Unseen {
        list: ContainerIx,
        what: Unseen,
    },
    /// So many operations restored what others deleted.
    Restored {
        sequence: ContainerIx,
        len: u32,
    },
    /// What shows again by them, from `at` on: elements that the operations from `lv` on wrote.
    ShownAgain {
        sequence: ContainerIx,
        at: ListPlace,
        lv: Lv,
        len: u32,
    },
    /// The mark counts from now on, or no longer.
    MarkTurned {
        text: ContainerIx,
        mark: Lv,
        counts: bool,
    },
    /// Where a mark stands was asked when text showed again around it.
    MarkSettled {
        text: ContainerIx,
        mark: Lv,
        before: [Border; 2],
        now: [Border; 2],
    },
    /// The element shows again what the operation `lv` wrote.
    SetAgain {
        list: ContainerIx,
        at: ListPlace,
        before: Lv,
        lv: Lv,
    },
    /// What survived before: the winner, and of [`Notes::rivals`] those from `from` on, likewise; and what does now.
    Register {
        slot: Slot,
        before: Option<u32>,
        now: Option<u32>,
        from: u32,
    },
    /// The same, where a container was moved away or stands again: no operation there.
    Stands {
        slot: Slot,
        before: Option<u32>,
        from: u32,
    },
    Counted {
        counter: ContainerIx,
        by: i64,
    },
}

impl Note {
    /// The container that changed.
    #[inline]
    pub(crate) fn container(self) -> ContainerIx {
        match self {
            Note::Stroke { text, .. }
            | Note::TextInserted { text, .. }
            | Note::Loosened { text, .. }
            | Note::MarkTurned { text, .. }
            | Note::MarkSettled { text, .. }
            | Note::Marked { text, .. } => text,
            Note::ListInserted { list, .. }
            | Note::ListDeleted { list, .. }
            | Note::ListSet { list, .. }
            | Note::ListMoved { list, .. }
            | Note::Appeared { list, .. }
            | Note::Unseen { list, .. }
            | Note::SetAgain { list, .. } => list,
            Note::Restored { sequence, .. } | Note::ShownAgain { sequence, .. } => sequence,
            Note::Register { slot: (map, _), .. } | Note::Stands { slot: (map, _), .. } => map,
            Note::Counted { counter, .. } => counter,
        }
    }

    /// How many operations it took.
    pub(crate) fn operations(self) -> u32 {
        match self {
            Note::Stroke { stroke, .. } => stroke.operations(),
            Note::TextInserted { len, .. }
            | Note::ListInserted { len, .. }
            | Note::ListDeleted { len, .. }
            | Note::Restored { len, .. } => len,
            Note::Loosened { .. }
            | Note::MarkTurned { .. }
            | Note::MarkSettled { .. }
            | Note::ShownAgain { .. }
            | Note::Stands { .. }
            | Note::Appeared { .. }
            | Note::Unseen {
                what: Unseen::Came(_) | Unseen::Set(..),
                ..
            }
            | Note::SetAgain { .. } => 0,
            Note::Unseen {
                what: Unseen::Deleted(..) | Unseen::Moved(..),
                ..
            }
            | Note::Marked { .. }
            | Note::ListSet { .. }
            | Note::ListMoved { .. }
            | Note::Register { .. }
            | Note::Counted { .. } => 1,
        }
    }
}

/// Notes in order. Kept between transactions, so that none allocates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    notes: Vec<Note>,
    pub(crate) text: Vec<u8>,
    pub(crate) spans: Vec<(Lv, u32)>,
    pub(crate) rivals: Vec<u32>,
    pub(crate) loosened: Vec<Loosened>,
    /// Memory to write in; empty between uses.
    pub(crate) memory: Vec<u8>,
}

/// Items that a column keeps room for.
const KEPT: usize = 1024;

impl Notes {
    #[inline]
    pub(crate) fn push(&mut self, note: Note) {
        self.notes.push(note);
    }

    #[inline]
    pub(crate) fn all(&self) -> &[Note] {
        &self.notes
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.notes.clear();
        self.text.clear();
        self.spans.clear();
        self.rivals.clear();
        self.loosened.clear();
    }

    /// Takes back memory that was lent, unless it has become large.
    #[inline]
    pub(crate) fn put_back(&mut self, mut memory: Vec<u8>) {
        if memory.capacity() <= KEPT {
            memory.clear();
            self.memory = memory;
        }
    }

    /// A large transaction, once it is over, leaves no large memory behind.
    pub(crate) fn let_go(&mut self) {
        if self.notes.capacity().max(self.text.capacity()) > KEPT {
            *self = Notes::default();
        }
    }

    /// Takes back everything noted.
    pub(crate) fn take_back(&mut self, state: &mut State, log: &EntryLog) {
        while let Some(note) = self.notes.pop() {
            match note {
                Note::Stroke { text, stroke } => self.take_back_stroke(state, text, stroke),
                Note::TextInserted { text, at, len, .. } => {
                    if let Some(rope) = state.text_mut(text) {
                        rope.delete(at, len, &mut Vec::new());
                    }
                    state.marks_deleted(text, at, len, |_| {});
                }
                Note::Loosened {
                    text,
                    at,
                    len,
                    from,
                } => {
                    let from = from as usize;
                    if let Some(marks) = state.marks_mut(text) {
                        marks.put_back(at, len, self.loosened.get(from..).unwrap_or(&[]));
                    }
                    self.loosened.truncate(from);
                }
                Note::Marked {
                    text,
                    mark,
                    borders,
                } => state.take_mark(text, mark, borders),
                Note::ListInserted { list, at, len } => {
                    if let Some(list) = state.list_mut(list) {
                        list.delete(at.at, len, |_, _| {});
                    }
                }
                Note::ListDeleted { list, at, from, .. } => {
                    if let Some(list) = state.list_mut(list) {
                        let mut at = at.at;
                        for &(lv, len) in self.spans.get(from..).unwrap_or(&[]) {
                            list.insert(at, lv, len);
                            at += len;
                        }
                    }
                    self.spans.truncate(from);
                }
                Note::ListSet { list, at, before }
                | Note::SetAgain {
                    list, at, before, ..
                } => {
                    if let Some(list) = state.list_mut(list) {
                        list.set(at.at, before);
                    }
                }
                Note::ListMoved { list, from, to, .. } => {
                    if let Some(list) = state.list_mut(list) {
                        list.relocate(to.at, from.at);
                    }
                }
                Note::Appeared {
                    list, at, shows, ..
                } => {
                    if let Some(list) = state.list_mut(list) {
                        if shows {
                            list.hide(at.at)
                        } else {
                            list.show(at.at)
                        };
                    }
                }
                Note::Unseen { list, what } => {
                    if let Some(list) = state.list_mut(list) {
                        what.take_back(list);
                    }
                }
                Note::Restored { .. } => {}
                Note::MarkTurned { text, mark, counts } => {
                    state.turn_mark(text, mark, !counts);
                }
                Note::MarkSettled {
                    text,
                    mark,
                    before,
                    now,
                } => {
                    state.relocate_mark(text, mark, now, before);
                }
                Note::ShownAgain {
                    sequence, at, len, ..
                } => {
                    if let Some(rope) = state.text_mut(sequence) {
                        rope.delete(at.at, len, &mut Vec::new());
                        state.marks_deleted(sequence, at.at, len, |_| {});
                    } else if let Some(list) = state.list_mut(sequence) {
                        list.delete(at.at, len, |_, _| {});
                    }
                }
                Note::Register {
                    slot, before, from, ..
                }
                | Note::Stands {
                    slot, before, from, ..
                } => {
                    let from = from as usize;
                    let mut survivors: SmallVec<[u32; 4]> = before.into_iter().collect();
                    survivors.extend_from_slice(self.rivals.get(from..).unwrap_or(&[]));
                    state.replace(log, slot, &survivors);
                    self.rivals.truncate(from);
                }
                Note::Counted { counter, by } => state.add_to(counter, -i128::from(by)),
            }
        }
        self.clear();
    }

    fn take_back_stroke(&mut self, state: &mut State, text: ContainerIx, stroke: Stroke) {
        let Some(rope) = state.text_mut(text) else {
            return;
        };
        if stroke.char().is_some() {
            rope.delete(stroke.at(), 1, &mut Vec::new());
            state.marks_deleted(text, stroke.at(), 1, |_| {});
            return;
        }
        let deletions = stroke.deletions() as usize;
        let from = start_of_last(&self.text, deletions);
        // Ropes give whole characters.
        if let Ok(deleted) = std::str::from_utf8(&self.text[from..]) {
            rope.insert(stroke.at(), deleted);
        }
        self.text.truncate(from);
    }
}

/// Where the last so many characters of a text begin.
fn start_of_last(text: &[u8], characters: usize) -> usize {
    let starts = text.iter().enumerate().rev();
    let starts = starts.filter(|(_, byte)| begins(**byte));
    let last = starts.map(|(at, _)| at).take(characters).last();
    last.unwrap_or(text.len())
}
