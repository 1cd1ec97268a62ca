//! Taking in what was applied outside the tracker.
//!
//! Local edits, and remote ones that followed everything, changed the current sequence directly. Each knew all that the
//! tracker held, so its position is one at the newest version, and a new element goes directly after its left neighbour:
//! whatever follows was known to it too. The visited version does not move: there they are not yet made.

use super::apply::Purpose;
use super::item::{Element, Item, NOT_YET};
use super::tracker::{Cursor, Tracker};
use crate::id::{Lv, LvSpan};
use crate::oplog::{OpKind, OpLog, OpRun, SequenceLog};

impl Tracker {
    /// Takes in the operations up to `end` that were applied outside.
    pub(super) fn join(&mut self, log: &OpLog, sequence: &SequenceLog, end: Lv) {
        if self.joined < end {
            for run in sequence.runs_in(LvSpan::new(self.joined, end)) {
                self.join_run(log, sequence, &run);
            }
            self.joined = end;
        }
    }

    fn join_run(&mut self, log: &OpLog, sequence: &SequenceLog, run: &OpRun) {
        match run.kind() {
            OpKind::Insert => {
                self.join_inserted(log, Element::inserted(run.lv), run.pos, run.len());
            }
            OpKind::Delete | OpKind::DeleteBack => self.join_delete(run),
            OpKind::Move => self.join_move(log, sequence, run),
            OpKind::Mark => self.join_mark(log, run),
            OpKind::Restore => self.apply_restore(sequence, run, false, &mut Purpose::Known),
            OpKind::Set => {
                let shown = self.element_at(Some(self.seek_newest(run.pos)));
                let element = self.moves.first_of(shown);
                self.join_set(element, run.lv);
            }
        }
    }

    /// Takes in elements that were put at a position.
    pub(super) fn join_inserted(&mut self, log: &OpLog, id: Element, pos: u32, len: u32) {
        let left = (pos > 0).then(|| self.seek_newest(pos - 1));
        let new = Item {
            id,
            len,
            origin_left: self.element_at(left),
            origin_right: self.behind(left, |border| {
                let next = self.item_at(border);
                next.map_or(Element::START, |next| self.item(next).id)
            }),
            here: NOT_YET,
            gone: 0,
        };
        self.insert_between(log, left, new, Purpose::Known);
    }

    fn join_delete(&mut self, run: &OpRun) {
        let back = run.kind() == OpKind::DeleteBack;
        let mut done = 0;
        while done < run.len() {
            let (cursor, offset) = self.seek_newest(run.pos);
            let target = self.item(cursor).id.plus(offset);
            let len = (self.item(cursor).len - offset).min(run.len() - done);
            let len = self.moves.plain(target, len);
            self.note_deleted(run, back, done, target, len);
            if !self.delete_moved(target, false, &mut Purpose::Known) {
                let cursor = self.isolate(cursor, offset, len);
                self.change(cursor, |item| item.gone += 1);
            }
            done += len;
        }
    }

    pub(super) fn seek_newest(&self, index: u32) -> (Cursor, u32) {
        self.seek(index, |extent| extent.newest, Item::visible_newest)
    }
}
