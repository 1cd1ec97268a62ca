//! Deletions that were restored.
//!
//! A restore names a deletion, not a position. The first restore of a deletion that a version knows takes it back there: the
//! elements that it hit count as deleted once less. Further ones, by people who did the same apart, change nothing.
//!
//! Which elements a deletion hit is known of those in the tracker only. So where anything is restored, a tracker has all that
//! happened to its sequence.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::apply::{Edits, Purpose, push_insert};
use super::item::Element;
use super::replay::Replay;
use super::tracker::Tracker;
use crate::id::{Lv, LvSpan};
use crate::oplog::{ContainerIx, OpKind, OpLog, OpRun, SequenceLog};

/// How many restores are known of each of some consecutive deletions.
#[derive(Clone, Copy, Debug)]
struct Restored {
    len: u32,
    /// At the visited version.
    here: u32,
    /// At the newest version.
    newest: u32,
}

/// By first deletion.
#[derive(Clone, Debug, Default)]
pub(super) struct Restores {
    of: BTreeMap<Lv, Restored>,
}

/// Elements in a row.
type Parts = SmallVec<[(Element, u32); 2]>;

type Spans = SmallVec<[LvSpan; 1]>;

impl Restores {
    pub(super) fn clear(&mut self) {
        self.of.clear();
    }

    /// Says that none is known at the visited version.
    pub(super) fn forget_known(&mut self) {
        for restored in self.of.values_mut() {
            restored.here = 0;
        }
    }

    /// Makes deletions from `lv` on stand apart from those before.
    fn cut(&mut self, lv: Lv) {
        if let Some((&start, restored)) = self.of.range_mut(..lv).next_back()
            && start.plus(restored.len) > lv
        {
            let before = lv.0 - start.0;
            let behind = Restored {
                len: restored.len - before,
                ..*restored
            };
            restored.len = before;
            self.of.insert(lv, behind);
        }
    }

    /// Changes the counts of deletions; gives those of which `change` says so.
    fn count(&mut self, span: LvSpan, mut change: impl FnMut(&mut Restored) -> bool) -> Spans {
        self.cut(span.start);
        self.cut(span.end);
        let mut gaps: Spans = SmallVec::new();
        let mut at = span.start;
        for (&start, restored) in self.of.range(span.start..span.end) {
            if at < start {
                gaps.push(LvSpan::new(at, start));
            }
            at = start.plus(restored.len);
        }
        if at < span.end {
            gaps.push(LvSpan::new(at, span.end));
        }
        for gap in gaps {
            let none = Restored {
                len: gap.len(),
                here: 0,
                newest: 0,
            };
            self.of.insert(gap.start, none);
        }
        let mut changed = Spans::new();
        for (&start, restored) in self.of.range_mut(span.start..span.end) {
            if change(restored) {
                changed.push(LvSpan::new(start, start.plus(restored.len)));
            }
        }
        changed
    }

    /// Of these deletions, those that nothing restores.
    fn none_of(&self, span: LvSpan, count: impl Fn(&Restored) -> u32) -> Spans {
        let mut open = Spans::new();
        let mut at = span.start;
        let before = self.of.range(..span.start).next_back();
        let within = self.of.range(span.start..span.end);
        for (&start, restored) in before.into_iter().chain(within) {
            let end = start.plus(restored.len).min(span.end);
            if count(restored) == 0 || end <= at {
                continue;
            }
            if at < start {
                open.push(LvSpan::new(at, start));
            }
            at = end;
        }
        if at < span.end {
            open.push(LvSpan::new(at, span.end));
        }
        open
    }
}

impl Tracker {
    /// Applies restores at the newest version, and where `here` at the visited one.
    pub(super) fn apply_restore(
        &mut self,
        sequence: &SequenceLog,
        run: &OpRun,
        here: bool,
        purpose: &mut Purpose<'_>,
    ) {
        for (target, by) in targets(sequence, run) {
            if deletes(&target) {
                if here {
                    self.toggle_deletions(target.span(), true);
                    self.pay();
                }
                self.restore_deletions(target.span(), purpose);
            } else {
                each_single(&target, by, |target, by| {
                    self.take_back(target, by, here, purpose);
                });
            }
        }
    }

    /// Retreats or advances restores. The sums above what changes may stay owed.
    pub(super) fn toggle_restore(&mut self, sequence: &SequenceLog, run: &OpRun, forward: bool) {
        for (target, by) in targets(sequence, run) {
            if deletes(&target) {
                self.toggle_deletions(target.span(), forward);
            } else {
                each_single(&target, by, |target, by| {
                    self.toggle_single(target, by, forward)
                });
            }
        }
    }

    fn toggle_deletions(&mut self, deletions: LvSpan, forward: bool) {
        let turned = self.restores.count(deletions, |restored| {
            if forward {
                restored.here += 1;
                restored.here == 1
            } else {
                restored.here -= 1;
                restored.here == 0
            }
        });
        for span in turned {
            for (target, len) in self.deleted_by(span) {
                self.toggle_deleted(target, len, !forward);
            }
        }
    }

    fn restore_deletions(&mut self, deletions: LvSpan, purpose: &mut Purpose<'_>) {
        let turned = self.restores.count(deletions, |restored| {
            restored.newest += 1;
            restored.newest == 1
        });
        for span in turned {
            for (target, len) in self.deleted_by(span) {
                self.show_again(target, len, purpose);
            }
        }
    }

    /// The elements that deletions hit, in order of the deletions.
    pub(super) fn deleted_by(&self, span: LvSpan) -> Parts {
        let mut parts = Parts::new();
        let mut lv = span.start;
        while lv < span.end {
            let (_, index) = self.by_lv.get(lv.0);
            let (target, len) = self.deletes[index as usize].part(lv, span.end);
            parts.push((target, len));
            lv = lv.plus(len);
        }
        parts
    }

    /// Counts elements in a row as deleted once less at the newest version.
    fn show_again(&mut self, target: Element, len: u32, purpose: &mut Purpose<'_>) {
        let mut done = 0;
        while done < len {
            let place = target.plus(done);
            let plain = self.moves.plain(place, len - done);
            if self.moves.is_moved(place) {
                for place in self.moves.places(self.moves.first_of(place)) {
                    self.change_place(place, |item| item.gone -= 1);
                }
                let newest = self.moves.newest(place);
                if self.item(self.find(newest)).gone == 0 {
                    let at = self.newest_position(newest);
                    self.tell_again(at, self.moves.first_of(place), 1, purpose);
                }
                done += plain;
                continue;
            }
            let (found, offset) = self.place_of(place);
            let here = (self.item(found).len - offset).min(plain);
            let cursor = self.isolate(found, offset, here);
            self.change(cursor, |item| item.gone -= 1);
            if self.item(cursor).gone == 0 {
                let at = self.newest_before(cursor);
                self.tell_again(at, place, here, purpose);
            }
            done += here;
        }
    }

    /// Tells of elements that show again.
    fn tell_again(&self, at: u32, first: Element, len: u32, purpose: &mut Purpose<'_>) {
        let Purpose::Edits(edits) = purpose else {
            return;
        };
        if self.sets.is_empty() {
            if let Some(lv) = first.lv() {
                push_insert(edits, at, lv, len);
            }
            return;
        }
        for nth in 0..len {
            if let Some(lv) = self.shown_by(first.plus(nth)) {
                push_insert(edits, at + nth, lv, 1);
            }
        }
    }

    /// Whether all that operations wrote over, or deleted, is known: not what came with what the document was opened from.
    pub(crate) fn knows_restored(&self, sequence: &SequenceLog, span: LvSpan) -> bool {
        sequence.runs_in(span).all(|run| {
            if deletes(&run) {
                let parts = self.deleted_by(run.span());
                // Of one that was moved, the place that was deleted says nothing.
                let is_known = |&(target, _): &(Element, u32)| self.moves.first_of(target).lv();
                return parts.iter().all(|part| is_known(part).is_some());
            }
            let mut known = true;
            each_single(&run, run.lv, |target, _| known &= self.knows_shown(target));
            known
        })
    }

    /// Whether nothing has restored any of what a run does, at the visited version.
    pub(super) fn can_restore_here(&self, sequence: &SequenceLog, run: &OpRun) -> bool {
        targets(sequence, run).all(|(target, by)| {
            if deletes(&target) {
                let open = self
                    .restores
                    .none_of(target.span(), |restored| restored.here);
                return open.as_slice() == [target.span()];
            }
            let mut counts = true;
            each_single(&target, by, |target, _| counts &= self.counts_here(target));
            counts
        })
    }

    /// Whether a set or move, or a restore of such, counts at the newest version.
    pub(crate) fn counts(&self, target: Lv) -> bool {
        !self.singles.is_taken_back(target)
    }

    /// Of these deletions, those that nothing restores at the newest version.
    pub(crate) fn unrestored(&self, span: LvSpan) -> Spans {
        self.restores.none_of(span, |restored| restored.newest)
    }
}

/// What a run of restores takes back, and the first restore of each.
fn targets(sequence: &SequenceLog, run: &OpRun) -> impl Iterator<Item = (OpRun, Lv)> {
    let (first, pos) = (run.lv, run.pos);
    let targets = sequence.runs_in(run.restored());
    targets.map(move |target| (target, first.plus(target.lv.0 - pos)))
}

pub(super) fn deletes(run: &OpRun) -> bool {
    matches!(run.kind(), OpKind::Delete | OpKind::DeleteBack)
}

/// Calls `each` with the operations of a run, and those from `by` on.
fn each_single(run: &OpRun, by: Lv, mut each: impl FnMut(Lv, Lv)) {
    for nth in 0..run.len() {
        each(run.lv.plus(nth), by.plus(nth));
    }
}

impl Replay {
    /// Does what restores do, the newest operations of the log, to a sequence that shows `len` elements. O(log n) for each
    /// stretch of what they show again, with a tracker of the whole history.
    pub(crate) fn restore(
        &mut self,
        log: &OpLog,
        container: ContainerIx,
        run: &OpRun,
        len: u32,
    ) -> Edits {
        let mut edits = Edits::new();
        if let Some(tracker) = self.whole_until(log, container, run.lv, len) {
            if let Some(sequence) = log.sequence(container) {
                tracker.apply_restore(sequence, run, false, &mut Purpose::Edits(&mut edits));
            }
            tracker.joined = run.end();
        }
        edits
    }
}
