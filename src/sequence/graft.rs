//! Short branches from the base that nothing goes on from: a crowd that started from one version.
//!
//! To visit the version of such a branch means to leave it again, and both among all that the others inserted. So it is
//! followed apart: a [`Branch`] holds nothing but the base and what the branch itself did, and tells which elements its
//! operations hit. By those they are grafted onto the tracker, which stays at the base: there they are not yet made.

use super::apply::Purpose;
use super::branch::Branch;
use super::item::{Element, Item, NOT_YET};
use super::tracker::{Cursor, Tracker};
use crate::oplog::{OpKind, OpLog, OpRun};

/// Runs that a branch may have: a longer one is worth a visit.
pub(super) const SHORT: usize = if cfg!(any(test, feature = "small-nodes")) {
    4
} else {
    32
};

/// So many such branches make it worth while.
pub(super) const MANY: usize = if cfg!(any(test, feature = "small-nodes")) {
    2
} else {
    4
};

/// Whether a branch of these runs can be followed apart.
pub(super) fn can_be_grafted(runs: &[OpRun]) -> bool {
    let is_visited =
        |run: &OpRun| matches!(run.kind(), OpKind::Move | OpKind::Mark | OpKind::Restore);
    !runs.iter().any(is_visited)
}

impl Tracker {
    /// Says that the next runs are those of such a branch. The visited version must be the base.
    pub(super) fn set_out(&mut self) {
        self.branch = Some(Branch::new(self.base_len()));
    }

    /// Says that the branch is complete.
    pub(super) fn come_back(&mut self) {
        self.branch = None;
    }

    /// Applies a run of a branch.
    pub(super) fn graft(
        &mut self,
        mut branch: Branch,
        log: &OpLog,
        run: &OpRun,
        mut purpose: Purpose<'_>,
    ) {
        match run.kind() {
            OpKind::Insert => {
                let id = Element::inserted(run.lv);
                let (left, right) = branch.insert(run.pos, id, run.len());
                let new = Item {
                    id,
                    len: run.len(),
                    origin_left: left,
                    origin_right: right,
                    here: NOT_YET,
                    gone: 0,
                };
                let left = (left != Element::START).then(|| self.place_of(left));
                self.insert_between(log, left, new, purpose);
            }
            OpKind::Delete | OpKind::DeleteBack => {
                let mut done = 0;
                branch.delete(run.pos, run.len(), |target, len| {
                    self.graft_deleted(run, done, target, len, &mut purpose);
                    done += len;
                });
                self.pay();
            }
            OpKind::Set => {
                let place = self.place_of(branch.element(run.pos));
                self.apply_set(log, run, place, &mut purpose);
            }
            // Branches with those are visited.
            OpKind::Move | OpKind::Mark | OpKind::Restore => {}
        }
        self.branch = Some(branch);
    }

    pub(super) fn place_of(&self, element: Element) -> (Cursor, u32) {
        let cursor = self.find(element);
        (cursor, element.offset_from(self.item(cursor).id))
    }

    /// Deletes elements that a run hit, wherever their items stand by now: the first is the `done`-th of the run's range.
    fn graft_deleted(
        &mut self,
        run: &OpRun,
        done: u32,
        target: Element,
        len: u32,
        purpose: &mut Purpose<'_>,
    ) {
        let back = run.kind() == OpKind::DeleteBack;
        let mut from = 0;
        while from < len {
            let element = target.plus(from);
            let (cursor, offset) = self.place_of(element);
            let here = (self.item(cursor).len - offset).min(len - from);
            let here = self.moves.plain(element, here);
            self.note_deleted(run, back, done + from, element, here);
            if !self.delete_moved(element, false, purpose) {
                let cursor = self.isolate(cursor, offset, here);
                self.delete_item(cursor, 0, purpose);
            }
            from += here;
        }
    }
}
