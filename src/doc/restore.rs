//! Showing again what operations deleted.

use smallvec::SmallVec;

use super::Doc;
use super::mark::Doubtful;
use crate::error::Error;
use crate::id::{LvSpan, OpId};
use crate::oplog::{ContainerIx, OpKind, OpRun};
use crate::sequence::Edit;
use crate::state::Note;

/// Operations of one peer in a row, by where they stand.
pub(super) type Spans = SmallVec<[LvSpan; 1]>;

impl Doc {
    /// Restores what operations of one peer deleted; returns how many operations that took.
    pub(super) fn restore(&mut self, first: OpId, len: u32) -> Result<u32, Error> {
        let spans = self.known_span(first, len)?.ok_or_else(|| not(first))?;
        let parts = spans.iter().flat_map(|&span| self.log.routes_in(span));
        let parts: SmallVec<[(ContainerIx, LvSpan); 1]> = parts.collect();
        for &(container, part) in &parts {
            let sequence = self.log.sequence(container);
            if !sequence.is_some_and(|sequence| sequence.are_deletions(part)) {
                let id = self.log.id(part.start);
                return Err(not(id));
            }
        }
        parts.into_iter().try_fold(0, |made, (container, part)| {
            Ok(made + self.restore_part(container, part)?)
        })
    }

    /// Restores what deletions in one container deleted, as far as nothing has.
    pub(super) fn restore_part(
        &mut self,
        container: ContainerIx,
        part: LvSpan,
    ) -> Result<u32, Error> {
        let first = self.log.id(part.start);
        let len = self.state.sequence_len(container);
        let Some(tracker) = self.replay.whole(&self.log, container, len) else {
            return Err(not(first));
        };
        if !tracker.knows_deleted(part) {
            return Err(Error::NeedsBase { id: first });
        }
        let mut made = 0;
        for deletions in tracker.unrestored(part) {
            self.restore_all(container, deletions)?;
            made += deletions.len();
        }
        Ok(made)
    }

    /// Restores what operations in one container deleted, of which nothing has been restored.
    fn restore_all(&mut self, container: ContainerIx, deletions: LvSpan) -> Result<(), Error> {
        let len = deletions.len();
        let shown = self.state.sequence_len(container);
        let (lv, joined) = self.begin(len)?;
        self.log
            .push_restore(lv, container, deletions, joined, false);
        let run = OpRun::new(lv, OpKind::Restore, deletions.start.0, len, 0, joined);
        self.notes.push(Note::Restored {
            sequence: container,
            len,
        });
        let mut doubtful = Doubtful::new();
        for edit in self.replay.restore(&self.log, container, &run, shown) {
            if let Edit::Insert { at, lv, len } = edit {
                self.show_again(container, at, LvSpan::new(lv, lv.plus(len)));
                self.marks_shown_again(container, at, len, &mut doubtful);
            }
        }
        for settled in self.settle_marks(doubtful) {
            self.notes.push(Note::Settled(settled));
        }
        Ok(())
    }

    /// Shows again what operations wrote.
    fn show_again(&mut self, container: ContainerIx, at: u32, span: LvSpan) {
        if let Some(list) = self.state.list_mut(container) {
            list.insert(at, span.start, span.len());
        } else if let (Some(sequence), Some(rope)) =
            (self.log.sequence(container), self.state.text_mut(container))
        {
            let mut content = String::new();
            sequence.each_text(span, |piece| content.push_str(piece));
            rope.insert(at, &content);
        }
        self.notes.push(Note::ShownAgain {
            sequence: container,
            at,
            lv: span.start,
            len: span.len(),
        });
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
    Error::NotDeleted { id }
}
