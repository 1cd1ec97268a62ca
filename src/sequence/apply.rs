//! Applying an operation at the visited version.

use smallvec::SmallVec;

use super::item::{DYING, Element, Item, VISIBLE};
use super::tracker::{Cursor, Deleted, Tracker};
use crate::id::Lv;
use crate::oplog::{Border, OpKind, OpLog, OpRun, SequenceLog};
use crate::tree::{Bias, LeafIx};

/// One change of the current sequence; positions are those after all changes before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Edit {
    /// `len` elements, inserted by the operations from `lv` on.
    Insert {
        at: u32,
        lv: Lv,
        len: u32,
    },
    Delete {
        at: u32,
        len: u32,
    },
    /// The element at `from` now stands at index `to` of the list without it.
    Move {
        from: u32,
        to: u32,
    },
    /// The operation `lv` marks what shows between these, for the first time or again.
    Mark {
        lv: Lv,
        start: Border,
        end: Border,
    },
    /// What the operation `lv` marked is no longer marked by it.
    Unmark {
        lv: Lv,
    },
    /// The element now holds what the operation `lv` set.
    Set {
        at: u32,
        lv: Lv,
    },
}

impl Edit {
    /// Which mark it says something of, and whether that counts from now on.
    pub(crate) fn turned(&self) -> Option<(Lv, bool)> {
        match *self {
            Edit::Mark { lv, .. } => Some((lv, true)),
            Edit::Unmark { lv } => Some((lv, false)),
            _ => None,
        }
    }
}

/// Changes of a sequence, one after another.
pub(crate) type Edits = SmallVec<[Edit; 1]>;

/// What applying an operation is for.
#[derive(Debug)]
pub(super) enum Purpose<'a> {
    /// The operation is part of the current sequence already.
    Known,
    /// Changes of the current sequence are wanted as they come.
    Edits(&'a mut Edits),
    /// The result is read off the items later: note what dies, and keep what operations before `since` inserted apart from
    /// what later ones do.
    Sweep { since: Lv },
}

impl Tracker {
    /// Elements visible at the version that the next run follows.
    pub(super) fn len_here(&self) -> u32 {
        match &self.branch {
            Some(branch) => branch.len(),
            None => self.tree.total().here,
        }
    }

    /// Applies a run whose parents are the visited version. Its positions must lie within [`Tracker::len_here`].
    pub(super) fn apply(
        &mut self,
        log: &OpLog,
        sequence: &SequenceLog,
        run: &OpRun,
        mut purpose: Purpose<'_>,
    ) {
        if let Some(branch) = self.branch.take() {
            return self.graft(branch, log, run, purpose);
        }
        match run.kind() {
            OpKind::Insert => {
                let left = (run.pos > 0).then(|| self.seek_here(run.pos - 1));
                let new = Item {
                    id: Element::inserted(run.lv),
                    len: run.len(),
                    origin_left: self.element_at(left),
                    origin_right: self.behind(left, |border| self.next_known(border)),
                    here: VISIBLE,
                    gone: 0,
                };
                self.insert_between(log, left, new, purpose);
            }
            OpKind::Delete | OpKind::DeleteBack => self.apply_delete(run, &mut purpose),
            OpKind::Move => self.apply_move(log, sequence, run, &mut purpose),
            OpKind::Mark => self.apply_mark(log, run, &mut purpose),
            OpKind::Restore => self.apply_restore(sequence, run, true, &mut purpose),
            OpKind::Set => {
                let place = self.seek_here(run.pos);
                self.apply_set(log, run, place, &mut purpose);
            }
        }
    }

    /// The item that holds the `index`-th element (from 0) visible at the visited version, and the element's offset in it.
    pub(super) fn seek_here(&self, index: u32) -> (Cursor, u32) {
        self.seek(index, |extent| extent.here, Item::visible_here)
    }

    /// Puts a new item between its origins, of which the left one stands at `left`.
    pub(super) fn insert_between(
        &mut self,
        log: &OpLog,
        left: Option<(Cursor, u32)>,
        new: Item,
        purpose: Purpose<'_>,
    ) {
        let at = self.find_room(log, left, new, &purpose);
        if let Purpose::Edits(edits) = purpose
            && let Some(lv) = new.id.lv()
        {
            push_insert(edits, self.newest_before(at.0) + at.1, lv, new.len);
        }
    }

    /// Puts a new item between its origins; returns the item that now holds it, and its offset in that.
    fn find_room(
        &mut self,
        log: &OpLog,
        left: Option<(Cursor, u32)>,
        new: Item,
        purpose: &Purpose<'_>,
    ) -> (Cursor, u32) {
        let stands_apart =
            matches!(purpose, Purpose::Sweep { since } if new.id == Element::inserted(*since));
        if let Some((cursor, offset)) = left
            && offset + 1 < self.item(cursor).len
        {
            // Both origins are in that item.
            return (self.insert_within(cursor, offset + 1, new), 0);
        }
        let mut border = self.border_behind(left);
        let next = self.item_at(border).map(|next| self.item(next).id);
        if next != Some(new.origin_right) {
            // What lies between is unknown to the new element's version.
            let lv = new.id.lv().unwrap_or_default();
            border = self.place(log, lv, new.origin_left, new.origin_right, border);
            self.siblings
                .add((new.origin_left, new.origin_right), || log.id(lv), new.id);
        } else if let Some((cursor, offset)) = left
            && !stands_apart
            && self.reads_on(cursor, &new)
        {
            self.change(cursor, |item| item.len += new.len);
            return (cursor, offset + 1);
        }
        (self.insert(border, new), 0)
    }

    pub(super) fn element_at(&self, place: Option<(Cursor, u32)>) -> Element {
        place.map_or(Element::START, |(cursor, offset)| {
            self.item(cursor).id.plus(offset)
        })
    }

    fn border_behind(&self, place: Option<(Cursor, u32)>) -> Cursor {
        match place {
            Some((cursor, _)) => Cursor {
                at: cursor.at + 1,
                ..cursor
            },
            None => self.first(),
        }
    }

    /// The element behind a place: the next of the same item, or else what is `at_border` behind that item.
    pub(super) fn behind(
        &self,
        place: Option<(Cursor, u32)>,
        at_border: impl FnOnce(Cursor) -> Element,
    ) -> Element {
        match place {
            Some((cursor, offset)) if offset + 1 < self.item(cursor).len => {
                self.item(cursor).id.plus(offset + 1)
            }
            _ => at_border(self.border_behind(place)),
        }
    }

    /// Whether a new item continues the one before it in every respect.
    pub(super) fn reads_on(&self, before: Cursor, new: &Item) -> bool {
        let item = self.item(before);
        new.id.lv().is_some()
            && item.id.plus(item.len) == new.id
            && item.here == new.here
            && item.gone == new.gone
            && item.origin_right == new.origin_right
            && item.last() == new.origin_left
    }

    /// The first element behind a border whose insertion the visited version knows.
    pub(super) fn next_known(&self, border: Cursor) -> Element {
        let mut leaf = border.leaf;
        let mut from = border.at;
        // Near by first; then by measure, so that thousands of unknown items are not walked.
        for _ in 0..3 {
            let spans = self.tree.leaf(leaf).spans();
            if let Some(item) = spans
                .get(from..)
                .unwrap_or(&[])
                .iter()
                .find(|item| item.is_known_here())
            {
                return item.id;
            }
            let Some(next) = self.tree.next(leaf) else {
                break;
            };
            leaf = next;
            from = 0;
        }
        self.first_known_from(leaf)
    }

    fn first_known_from(&self, leaf: LeafIx) -> Element {
        let before = self.tree.before(leaf, |extent| extent.known);
        let (found, _) = self.tree.seek(before, Bias::Right, |extent| extent.known);
        let spans = self.tree.leaf(found).spans();
        // Items known before `leaf` in the found leaf are passed: it may be the same leaf only when nothing precedes.
        let mut rest = before - self.tree.before(found, |extent| extent.known);
        for item in spans {
            if item.is_known_here() {
                if rest < item.len || item.len == 0 {
                    return item.id;
                }
                rest -= item.len;
            }
        }
        spans.last().map_or(Element::START, |item| item.id)
    }

    fn apply_delete(&mut self, run: &OpRun, purpose: &mut Purpose<'_>) {
        let back = run.kind() == OpKind::DeleteBack;
        let mut done = 0;
        let mut found = self.seek_here(run.pos);
        loop {
            let (cursor, offset) = found;
            let target = self.item(cursor).id.plus(offset);
            let len = (self.item(cursor).len - offset).min(run.len() - done);
            let len = self.moves.plain(target, len);
            self.note_deleted(run, back, done, target, len);
            let next = if self.delete_moved(target, true, purpose) {
                None
            } else {
                let cursor = self.isolate(cursor, offset, len);
                self.delete_item(cursor, 1, purpose);
                self.next_visible(cursor)
            };
            done += len;
            if done >= run.len() {
                break;
            }
            // What follows is in the same leaf, nearly always.
            found = match next {
                Some(next) => (next, 0),
                None => {
                    self.pay();
                    self.seek_here(run.pos)
                }
            };
        }
        self.pay();
    }

    /// Deletes an item once more at the newest version, and `here` times at the visited one.
    pub(super) fn delete_item(&mut self, cursor: Cursor, here: u32, purpose: &mut Purpose<'_>) {
        let item = *self.item(cursor);
        let dies = item.gone & !DYING == 0;
        if dies && let Purpose::Edits(edits) = purpose {
            self.pay();
            push_delete(edits, self.newest_before(cursor), item.len);
        }
        let dying = if dies && matches!(purpose, Purpose::Sweep { .. }) {
            DYING
        } else {
            0
        };
        self.change_owing(cursor, |item| {
            item.here += here;
            item.gone = (item.gone + 1) | dying;
        });
    }

    /// The next item of the same leaf that is visible at the visited version.
    fn next_visible(&self, cursor: Cursor) -> Option<Cursor> {
        let behind = self.tree.leaf(cursor.leaf).spans().get(cursor.at + 1..)?;
        let further = behind.iter().position(|item| item.visible_here() > 0)?;
        Some(Cursor {
            at: cursor.at + 1 + further,
            ..cursor
        })
    }

    /// Records which elements a part of a delete run hit: `len` from `target` on, the `done`-th of the run's range first.
    pub(super) fn note_deleted(
        &mut self,
        run: &OpRun,
        back: bool,
        done: u32,
        target: Element,
        len: u32,
    ) {
        let first = if back { run.len() - done - len } else { done };
        let lv = run.lv.plus(first);
        let index = self.deletes.len();
        self.deletes.push(Deleted {
            lv,
            target,
            len,
            back,
        });
        self.by_lv
            .set(lv.0, u32::try_from(index).unwrap_or(u32::MAX));
    }

    /// Applies the setting of the element at a place.
    pub(super) fn apply_set(
        &mut self,
        log: &OpLog,
        run: &OpRun,
        (cursor, offset): (Cursor, u32),
        purpose: &mut Purpose<'_>,
    ) {
        let element = self.moves.first_of(self.item(cursor).id.plus(offset));
        let shown = self.moves.newest(element);
        let is_shown = self.item(self.find(shown)).gone == 0;
        let wins = self.add_set(log, element, run.lv);
        if wins
            && is_shown
            && let Purpose::Edits(edits) = purpose
        {
            edits.push(Edit::Set {
                at: self.newest_position(shown),
                lv: run.lv,
            });
        }
    }
}

/// Appends an insertion, joined to the last one where it reads on.
pub(super) fn push_insert(edits: &mut Edits, at: u32, lv: Lv, len: u32) {
    if let Some(Edit::Insert {
        at: last_at,
        lv: last_lv,
        len: last_len,
    }) = edits.last_mut()
        && *last_at + *last_len == at
        && last_lv.plus(*last_len) == lv
    {
        *last_len += len;
        return;
    }
    edits.push(Edit::Insert { at, lv, len });
}

/// Appends a deletion, joined to the last one where it reads on.
pub(super) fn push_delete(edits: &mut Edits, at: u32, len: u32) {
    if let Some(Edit::Delete {
        at: last_at,
        len: last_len,
    }) = edits.last_mut()
    {
        if *last_at == at {
            *last_len += len;
            return;
        }
        if at + len == *last_at {
            *last_at = at;
            *last_len += len;
            return;
        }
    }
    edits.push(Edit::Delete { at, len });
}
