//! Taking in what was applied outside the tracker.
//!
//! Local edits, and remote ones that followed everything, changed the current sequence directly. Each knew all that the
//! tracker held, so its position is one at the newest version, and a new element goes directly after its left neighbour:
//! whatever follows was known to it too. The visited version does not move: there they are not yet made.

use super::item::{Element, Item, NOT_YET};
use super::tracker::{Cursor, Tracker};
use crate::id::{Lv, LvSpan};
use crate::oplog::{OpKind, OpRun, SequenceLog};
use smallvec::smallvec;

impl Tracker {
    /// Takes in the operations up to `end` that were applied outside.
    pub(super) fn join(&mut self, log: &SequenceLog, end: Lv) {
        if self.joined < end {
            for run in log.runs_in(LvSpan::new(self.joined, end)) {
                self.join_run(&run);
            }
            self.joined = end;
        }
    }

    fn join_run(&mut self, run: &OpRun) {
        match run.kind() {
            OpKind::Insert => self.join_insert(run),
            OpKind::Delete | OpKind::DeleteBack => self.join_delete(run),
            OpKind::Set => {
                let (cursor, offset) = self.seek_newest(run.pos);
                let element = self.item(cursor).id.plus(offset);
                self.sets.insert(element, smallvec![run.lv]);
            }
        }
    }

    fn join_insert(&mut self, run: &OpRun) {
        let mut new = Item {
            id: Element::inserted(run.lv),
            len: run.len(),
            origin_left: Element::START,
            origin_right: Element::START,
            here: NOT_YET,
            gone: 0,
        };
        let mut border = self.first();
        if run.pos > 0 {
            let (cursor, offset) = self.seek_newest(run.pos - 1);
            let item = *self.item(cursor);
            new.origin_left = item.id.plus(offset);
            if offset + 1 < item.len {
                new.origin_right = item.id.plus(offset + 1);
                self.insert_within(cursor, offset + 1, new);
                return;
            }
            border = Cursor {
                at: cursor.at + 1,
                ..cursor
            };
            if let Some(next) = self.item_at(border) {
                new.origin_right = self.item(next).id;
            }
            if self.reads_on(cursor, &new) {
                self.change(cursor, |item| item.len += new.len);
                return;
            }
        } else {
            new.origin_right = self.item(border).id;
        }
        self.insert(border, new);
    }

    fn join_delete(&mut self, run: &OpRun) {
        let back = run.kind() == OpKind::DeleteBack;
        let mut done = 0;
        while done < run.len() {
            let (cursor, offset) = self.seek_newest(run.pos);
            let len = (self.item(cursor).len - offset).min(run.len() - done);
            let cursor = self.isolate(cursor, offset, len);
            let target = self.item(cursor).id;
            self.note_deleted(run, back, done, target, len);
            self.change(cursor, |item| item.gone += 1);
            done += len;
        }
    }

    fn seek_newest(&self, index: u32) -> (Cursor, u32) {
        self.seek(index, |extent| extent.newest, Item::visible_newest)
    }
}
