//! Applying an operation at the visited version.

use smallvec::SmallVec;

use super::item::{DYING, Element, Item, VISIBLE};
use super::tracker::{Cursor, Deleted, Tracker};
use crate::id::Lv;
use crate::oplog::{OpKind, OpLog, OpRun};
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
    /// The element now holds what the operation `lv` set.
    Set {
        at: u32,
        lv: Lv,
    },
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
    /// Elements visible at the visited version.
    pub(super) fn len_here(&self) -> u32 {
        self.tree.total().here
    }

    /// Applies a run whose parents are the visited version. Its positions must lie within [`Tracker::len_here`].
    pub(super) fn apply(&mut self, log: &OpLog, run: &OpRun, mut purpose: Purpose<'_>) {
        match run.kind() {
            OpKind::Insert => {
                let at = self.apply_insert(log, run, &purpose);
                if let Purpose::Edits(edits) = purpose {
                    push_insert(edits, at, run.lv, run.len());
                }
            }
            OpKind::Delete | OpKind::DeleteBack => self.apply_delete(run, &mut purpose),
            OpKind::Set => self.apply_set(log, run, &mut purpose),
        }
    }

    /// Returns the place at the newest version, if that is wanted.
    fn apply_insert(&mut self, log: &OpLog, run: &OpRun, purpose: &Purpose<'_>) -> u32 {
        let wants_place = matches!(purpose, Purpose::Edits(_));
        let stands_apart = matches!(purpose, Purpose::Sweep { since } if *since == run.lv);
        let mut new = Item {
            id: Element::inserted(run.lv),
            len: run.len(),
            origin_left: Element::START,
            origin_right: Element::START,
            here: VISIBLE,
            gone: 0,
        };
        let mut left_item = None;
        let mut border = self.first();
        if run.pos > 0 {
            let (cursor, offset) = self.seek(run.pos - 1, |extent| extent.here, Item::visible_here);
            let item = self.item(cursor);
            new.origin_left = item.id.plus(offset);
            if offset + 1 < item.len {
                // Within an item: what follows is known.
                new.origin_right = item.id.plus(offset + 1);
                let at = self.insert_within(cursor, offset + 1, new);
                return if wants_place {
                    self.newest_before(at)
                } else {
                    0
                };
            }
            left_item = Some(cursor);
            border = Cursor {
                at: cursor.at + 1,
                ..cursor
            };
        }
        match self.item_at(border).map(|next| *self.item(next)) {
            Some(next) if !next.is_known_here() => {
                new.origin_right = self.next_known(border);
                border = self.place(log, run.lv, new.origin_left, new.origin_right, border);
                self.siblings
                    .add((new.origin_left, new.origin_right), log.id(run.lv), new.id);
            }
            Some(next) => {
                new.origin_right = next.id;
                if let Some(cursor) = left_item
                    && !stands_apart
                    && self.reads_on(cursor, &new)
                {
                    let place = if wants_place {
                        self.newest_before(cursor) + self.item(cursor).len
                    } else {
                        0
                    };
                    self.change(cursor, |item| item.len += new.len);
                    return place;
                }
            }
            // The last item stands for the end: something always follows.
            None => {}
        }
        self.insert_at(border, new, wants_place)
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

    fn insert_at(&mut self, border: Cursor, new: Item, wants_place: bool) -> u32 {
        let at = self.insert(border, new);
        if wants_place {
            self.newest_before(at)
        } else {
            0
        }
    }

    /// The first element behind a border whose insertion the visited version knows.
    fn next_known(&self, border: Cursor) -> Element {
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
        let before = self.tree.start_of(leaf).known;
        let (found, _) = self.tree.seek(before, Bias::Right, |extent| extent.known);
        let spans = self.tree.leaf(found).spans();
        // Items known before `leaf` in the found leaf are passed: it may be the same leaf only when nothing precedes.
        let mut rest = before - self.tree.start_of(found).known;
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
        let mut found = self.seek(run.pos, |extent| extent.here, Item::visible_here);
        loop {
            let (cursor, offset) = found;
            let len = (self.item(cursor).len - offset).min(run.len() - done);
            let cursor = self.isolate(cursor, offset, len);
            let item = *self.item(cursor);
            self.note_deleted(run, back, done, item.id, len);
            let dies = item.gone & !DYING == 0;
            if dies && let Purpose::Edits(edits) = purpose {
                self.pay();
                push_delete(edits, self.newest_before(cursor), len);
            }
            let dying = if dies && matches!(purpose, Purpose::Sweep { .. }) {
                DYING
            } else {
                0
            };
            self.change_owing(cursor, |item| {
                item.here += 1;
                item.gone = (item.gone + 1) | dying;
            });
            done += len;
            if done >= run.len() {
                break;
            }
            // What follows is in the same leaf, nearly always.
            found = match self.next_visible(cursor) {
                Some(next) => (next, 0),
                None => {
                    self.pay();
                    self.seek(run.pos, |extent| extent.here, Item::visible_here)
                }
            };
        }
        self.pay();
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
        self.deleted
            .set(lv.0, u32::try_from(index).unwrap_or(u32::MAX));
    }

    fn apply_set(&mut self, log: &OpLog, run: &OpRun, purpose: &mut Purpose<'_>) {
        let (cursor, offset) = self.seek(run.pos, |extent| extent.here, Item::visible_here);
        let item = *self.item(cursor);
        let element = item.id.plus(offset);
        let parents = log.graph.parents(run.lv);
        let survivors = self.sets.entry(element).or_default();
        survivors.retain(|set| !log.graph.includes(&parents, *set));
        let rank = log.rank(run.lv);
        let wins = survivors.iter().all(|&set| log.rank(set) < rank);
        survivors.push(run.lv);
        if wins
            && item.gone == 0
            && let Purpose::Edits(edits) = purpose
        {
            edits.push(Edit::Set {
                at: self.newest_before(cursor) + offset,
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
