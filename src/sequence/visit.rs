//! Visiting another version: retreating and advancing operations.

use super::item::Extent;
use super::item::{Element, Item, NOT_YET, VISIBLE};
use super::tracker::{Cursor, Tracker};
use crate::graph::Difference;
use crate::graph::Graph;
use crate::id::{Lv, LvSpan};
use crate::oplog::{OpKind, OpRun, SequenceLog};
use crate::tree::{LeafIx, Measure, Span};

/// Operation runs of a retreat from which on a sweep may be cheaper.
pub(super) const LONG: usize = if cfg!(any(test, feature = "small-nodes")) {
    2
} else {
    48
};

impl Tracker {
    /// Moves the visited version to the one named by `parents`. O(log n) per run of operations between the two.
    pub(super) fn move_to(&mut self, graph: &Graph, log: &SequenceLog, parents: &[Lv]) {
        if self.at.as_slice() == parents {
            return;
        }
        let mut difference = std::mem::take(&mut self.difference);
        difference.find(graph, &self.at, parents);
        if self.is_sweep_cheaper(graph, log, &difference, parents) {
            self.sweep_back();
            difference.find(graph, &self.base, parents);
        }
        for &span in &difference.first {
            for run in log.runs_in(span).rev() {
                self.toggle(log, &run, false);
            }
        }
        for &span in difference.second.iter().rev() {
            for run in log.runs_in(span) {
                self.toggle(log, &run, true);
            }
        }
        self.pay();
        self.difference = difference;
        self.at = parents.into();
    }

    /// Whether going back to the base in one sweep, and forward from there, touches less.
    fn is_sweep_cheaper(
        &self,
        graph: &Graph,
        log: &SequenceLog,
        difference: &Difference,
        parents: &[Lv],
    ) -> bool {
        let operations: u32 = difference.first.iter().map(|span| span.len()).sum();
        if (operations as usize) < LONG.max(self.items / 16) {
            return false;
        }
        let runs = |spans: &[LvSpan]| -> usize {
            spans
                .iter()
                .map(|span| log.index_after(span.end) + 1 - log.index_after(span.start))
                .sum()
        };
        let back = runs(&difference.first);
        let saved = back.saturating_sub(self.sweep_cost());
        if back < LONG || saved == 0 {
            return false;
        }
        let mut from_base = Difference::default();
        from_base.find(graph, &self.base, parents);
        runs(&from_base.second) < saved + runs(&difference.second)
    }

    /// What a sweep costs: so much as the retreat of so many runs.
    pub(super) fn sweep_cost(&self) -> usize {
        self.items / 16
    }

    /// Visits the base.
    pub(super) fn sweep_back(&mut self) {
        self.moves.forget_known();
        self.restores.forget_known();
        self.singles.forget_known();
        let mut leaf = Some(self.tree.first());
        while let Some(ix) = leaf {
            for item in self.tree.leaf_mut(ix).spans_mut() {
                item.here = if item.id.lv().is_some() {
                    NOT_YET
                } else {
                    VISIBLE
                };
            }
            leaf = self.tree.next(ix);
        }
        self.tree.measure_again();
    }

    /// Retreats or advances a run. The sums above what changes may stay owed until [`Tracker::pay`].
    pub(super) fn toggle(&mut self, log: &SequenceLog, run: &OpRun, forward: bool) {
        match run.kind() {
            OpKind::Insert => {
                let here = if forward { VISIBLE } else { NOT_YET };
                self.change_elements(Element::inserted(run.lv), run.len(), |item| {
                    item.here = here
                });
            }
            OpKind::Delete | OpKind::DeleteBack => self.toggle_deletes(run, forward),
            OpKind::Move => self.toggle_move(run.lv, forward),
            OpKind::Restore => self.toggle_restore(log, run, forward),
            // Who holds to which element does not depend on the version.
            OpKind::Set | OpKind::Mark => {}
        }
    }

    fn toggle_deletes(&mut self, run: &OpRun, forward: bool) {
        let mut lv = run.lv;
        while lv < run.end() {
            let (_, index) = self.by_lv.get(lv.0);
            let deleted = self.deletes[index as usize];
            let (target, len) = deleted.part(lv, run.end());
            self.toggle_deleted(target, len, forward);
            lv = lv.plus(len);
        }
    }

    /// Changes the state of a run of elements, wherever their items stand by now.
    pub(super) fn change_elements(&mut self, first: Element, len: u32, change: impl Fn(&mut Item)) {
        let mut element = first;
        let mut rest = len;
        while rest > 0 {
            let found = self.find(element);
            let item = self.item(found);
            let offset = element.offset_from(item.id);
            let done = rest.min(item.len - offset);
            let cursor = self.isolate(found, offset, done);
            // Often the run goes on in the same leaf, and so do those after it: one update of the sums above for all.
            let (done, delta) =
                self.change_from(cursor.leaf, cursor.at, element, rest, done, &change);
            self.owe(cursor.leaf, delta);
            element = element.plus(done);
            rest -= done;
        }
    }

    /// Notes a change of a leaf that the sums above do not show yet.
    fn owe(&mut self, leaf: LeafIx, delta: Extent) {
        if self.owed.0 != leaf {
            self.pay();
            self.owed.0 = leaf;
        }
        self.owed.1 = self.owed.1.plus(delta);
    }

    /// Changes an item; the sums above it stay owed.
    #[inline]
    pub(super) fn change_owing(&mut self, cursor: Cursor, change: impl FnOnce(&mut Item)) {
        let item = &mut self.tree.leaf_mut(cursor.leaf).spans_mut()[cursor.at];
        let before = item.measure();
        change(item);
        let delta = item.measure().minus(before);
        self.owe(cursor.leaf, delta);
    }

    /// Corrects the sums above the leaf changed last.
    pub(super) fn pay(&mut self) {
        let (leaf, delta) = self.owed;
        if delta != Extent::default() {
            self.tree.adjust(leaf, delta);
            self.owed.1 = Extent::default();
        }
    }

    /// Changes the item at `at` (of `first_len` elements) and those directly after it in its leaf that continue the run
    /// and end within `rest`. Returns elements changed and the change in measure.
    fn change_from(
        &mut self,
        leaf: LeafIx,
        at: usize,
        element: Element,
        rest: u32,
        first_len: u32,
        change: impl Fn(&mut Item),
    ) -> (u32, Extent) {
        debug_assert!(first_len <= rest);
        let mut done = 0;
        let mut delta = Extent::default();
        for item in &mut self.tree.leaf_mut(leaf).spans_mut()[at..] {
            if item.id != element.plus(done) || item.len > rest - done || item.len == 0 {
                break;
            }
            let before = item.measure();
            change(item);
            delta = delta.plus(item.measure().minus(before));
            done += item.len;
        }
        (done, delta)
    }
}
