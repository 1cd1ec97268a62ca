//! Taking back what operations did: what was deleted shows again, what was set or moved shows what it did before.

use std::collections::BTreeSet;

use smallvec::SmallVec;

use super::Doc;
use super::mark::Doubtful;
use super::written::Written;
use crate::error::Error;
use crate::id::{Lv, LvSpan, OpId};
use crate::oplog::{Cell, ContainerIx, Kind, OpKind, OpRun, SequenceLog, offset_of};
use crate::sequence::Edit;
use crate::state::{ListPlace, Note};

/// Operations of one peer in a row, by where they stand.
pub(super) type Spans = SmallVec<[LvSpan; 1]>;

impl Doc {
    /// Restores what operations of one peer did; returns how many operations that took.
    pub(super) fn restore(&mut self, first: OpId, len: u32) -> Result<u32, Error> {
        let spans = self.known_span(first, len)?.ok_or_else(|| not(first))?;
        let parts = spans.iter().flat_map(|&span| self.log.routes_in(span));
        let parts: SmallVec<[(ContainerIx, LvSpan); 1]> = parts.collect();
        for &(container, part) in &parts {
            if !self.can_be_restored(container, part) {
                let id = self.log.id(part.start);
                return Err(not(id));
            }
        }
        parts.into_iter().try_fold(0, |made, (container, part)| {
            Ok(made + self.restore_part(container, part)?)
        })
    }

    /// Whether operations stand in a container, and each may be taken back there.
    pub(super) fn can_be_restored(&self, container: ContainerIx, span: LvSpan) -> bool {
        if let Some(sequence) = self.log.sequence(container) {
            return sequence.can_be_restored(span);
        }
        let can_be = |entry: u32| match self.log.entries.cell(entry) {
            Cell::Back(target) => !matches!(self.log.entries.cell(target), Cell::Back(_)),
            _ => true,
        };
        let mut stretches = self.log.stretches(span);
        self.log.containers.kind(container) == Kind::Map
            && stretches
                .all(|stretch| stretch.container == container && stretch.entries().all(can_be))
    }

    /// Where operations of one peer stand that another one, after them in a container, may take back.
    pub(super) fn restorable(
        &self,
        container: ContainerIx,
        by: Lv,
        (first, len): (OpId, u32),
    ) -> Result<Option<Spans>, Error> {
        let spans = self.known_span(first, len)?.unwrap_or_default();
        let last = spans.last().map(|span| span.last());
        let follows = |last: Lv| last < by && self.log.graph.includes(&[by], last);
        let mut all = spans.iter();
        let can_be = all.all(|&span| self.can_be_restored(container, span));
        Ok((can_be && last.is_some_and(follows)).then_some(spans))
    }

    /// Restores what operations in one container did, which may be, as far as nothing has.
    pub(super) fn restore_part(
        &mut self,
        container: ContainerIx,
        part: LvSpan,
    ) -> Result<u32, Error> {
        let Some(sequence) = self.log.sequence(container) else {
            let entries = (part.start.0..part.end.0).map(Lv);
            let mut made = 0;
            for lv in entries {
                made += self.restore_entry(container, self.log.entry_of(lv))?;
            }
            return Ok(made);
        };
        let runs: SmallVec<[OpRun; 1]> = sequence.runs_in(part).collect();
        let mut made = 0;
        for run in runs {
            made += self.restore_run(container, &run)?;
        }
        Ok(made)
    }

    fn restore_run(&mut self, container: ContainerIx, run: &OpRun) -> Result<u32, Error> {
        let id = self.log.id(run.lv);
        let shown = self.state.sequence_len(container);
        let tracker = self.replay.whole(&self.log, container, shown);
        let (Some(tracker), Some(sequence)) = (tracker, self.log.sequence(container)) else {
            return Err(not(id));
        };
        if !tracker.knows_restored(sequence, run.span()) {
            return Err(Error::NeedsBase { id });
        }
        let open: Spans = match run.kind() {
            OpKind::Delete | OpKind::DeleteBack => tracker.unrestored(run.span()),
            _ => {
                let singles = (run.lv.0..run.end().0).map(Lv);
                let left = singles.filter(|&lv| tracker.counts(lv));
                left.map(|lv| LvSpan::new(lv, lv.plus(1))).collect()
            }
        };
        let mut made = 0;
        for targets in open {
            self.restore_all(container, targets)?;
            made += targets.len();
        }
        Ok(made)
    }

    /// Restores what operations in one sequence did, of which nothing has been restored.
    fn restore_all(&mut self, container: ContainerIx, targets: LvSpan) -> Result<(), Error> {
        let len = targets.len();
        let shown = self.state.sequence_len(container);
        let (lv, joined) = self.begin(len)?;
        self.log.push_restore(lv, container, targets, joined, false);
        let run = OpRun::new(lv, OpKind::Restore, targets.start.0, len, 0, joined);
        let edits = self.replay.restore(&self.log, container, &run, shown);
        // A move is one operation: its note counts it.
        let moves = edits
            .iter()
            .filter(|edit| matches!(edit, Edit::Move { .. }));
        self.notes.push(Note::Restored {
            sequence: container,
            len: len - offset_of(moves.count()),
        });
        for &edit in &edits {
            self.show_again(container, edit);
        }
        let has_marks = self.log.sequence(container);
        if has_marks.is_some_and(SequenceLog::has_marks) {
            for (mark, counts) in edits.iter().filter_map(Edit::turned) {
                self.notes.push(Note::MarkTurned {
                    text: container,
                    mark,
                    counts,
                });
            }
            let mut doubtful = Doubtful::new();
            self.move_marks(container, &edits, Some(&mut doubtful));
            let mut settled = Vec::new();
            self.settle_marks(doubtful, |note| settled.push(note));
            settled.into_iter().for_each(|note| self.notes.push(note));
        }
        Ok(())
    }

    /// Does to a sequence what a restore does.
    fn show_again(&mut self, container: ContainerIx, edit: Edit) {
        if self.state.list(container).is_some() {
            return self.edit_elements(container, edit);
        }
        let (Edit::Insert { at, lv, len }, Some(sequence), Some(rope)) = (
            edit,
            self.log.sequence(container),
            self.state.text_mut(container),
        ) else {
            return;
        };
        let mut content = String::new();
        sequence.each_text(LvSpan::new(lv, lv.plus(len)), |piece| {
            content.push_str(piece);
        });
        rope.insert(at, &content);
        self.notes.push(Note::ShownAgain {
            sequence: container,
            at: ListPlace { at, hidden: 0 },
            lv,
            len,
        });
    }

    /// Takes back what an entry of a map wrote, unless it is.
    fn restore_entry(&mut self, map: ContainerIx, entry: u32) -> Result<u32, Error> {
        let Some(key) = self.log.entries.key(entry) else {
            return Ok(0);
        };
        let slots = BTreeSet::from([(map, key)]);
        if Written::of(&self.log, &slots).is_taken_back(entry) {
            return Ok(0);
        }
        self.check_content(map, Cell::Back(entry).stored_len())?;
        let (lv, joined) = self.begin(1)?;
        self.log.push_back(lv, map, entry, joined);
        self.open.is_ruled = true;
        let shifts = self.log.settle_moves(LvSpan::new(lv, lv.plus(1)));
        let slot = (map, key);
        for (_, survivors) in Written::of(&self.log, &slots).survivors(&self.log) {
            let (before, now, from) = self.replace_noted(slot, &survivors);
            self.notes.push(Note::Register {
                slot,
                before,
                now,
                from,
            });
        }
        self.show_shifted(&shifts, LvSpan::new(lv, lv));
        Ok(1)
    }

    /// Where operations of one peer stand, ascending; `None` where one of them is not known.
    pub(super) fn known_span(&self, first: OpId, len: u32) -> Result<Option<Spans>, Error> {
        let Some(author) = self.log.peers.find(first.peer) else {
            return Ok(None);
        };
        let end = u64::from(first.seq) + u64::from(len);
        if end > u64::from(self.log.peers.count(author)) {
            return Ok(None);
        }
        if first.seq < self.log.peers.ground(author) {
            return Err(Error::NeedsBase { id: first });
        }
        let mut spans = Spans::new();
        let mut done = 0;
        while done < len {
            let lv = self.log.peers.lv(&self.log.graph, author, first.seq + done);
            let Some(lv) = lv else {
                return Ok(None);
            };
            let run = self.log.graph.run_of(lv);
            let here = (run.span.end.0 - lv.0).min(len - done);
            match spans.last_mut() {
                Some(last) if last.end == lv => last.end = lv.plus(here),
                _ => spans.push(LvSpan::new(lv, lv.plus(here))),
            }
            done += here;
        }
        Ok(Some(spans))
    }
}

fn not(id: OpId) -> Error {
    Error::NotRestorable { id }
}
