//! Taking operations back by operations that do the opposite, whatever others did since.

use std::collections::BTreeSet;

use super::handle::Target;
use super::path::Found;
use super::{Change, CounterMut, Doc, TextMut};
use crate::error::Error;
use crate::id::{Lv, LvSpan, OpId};
use crate::oplog::{Cell, ContainerIx, Kind, Name, OpKind, OpRun, Piece};

/// Operations of one peer in a row.
pub(super) type Span = (OpId, u32);

impl Doc {
    /// Takes back what is left of operations, the last first, in one transaction.
    pub(super) fn take_back_spans(&mut self, spans: &[Span]) -> Result<Change, Error> {
        self.with_history_at_need(|doc| doc.transact(|tx| tx.doc_mut().invert(spans)))
    }

    fn invert(&mut self, spans: &[Span]) -> Result<(), Error> {
        let mut known = Vec::new();
        for &(first, len) in spans {
            match self.known_span(first, len)? {
                Some(spans) => known.extend(spans),
                // What was split since is somebody else's.
                None if self.splits().any(|(peer, _)| peer == first.peer) => {}
                None => return Err(Error::NotRestorable { id: first }),
            }
        }
        let mut pieces = Vec::new();
        for &span in &known {
            self.log.each_piece(span, |piece| pieces.push(piece));
        }
        // What was written into containers that were made here goes with those, and comes back with them.
        let fresh = Fresh::new(self, &known, &pieces);
        let (within, others): (Vec<_>, Vec<_>) = pieces.into_iter().rev().partition(|piece| {
            // What was moved into one of those does not go with it.
            let is_move = matches!(*piece, Piece::Entry(_, entry) if self.log.is_move(entry));
            !is_move && fresh.holds(self, container_of(piece))
        });
        let mut all = others.into_iter().chain(within);
        all.try_for_each(|piece| self.invert_piece(piece))
    }

    fn invert_piece(&mut self, piece: Piece) -> Result<(), Error> {
        match piece {
            _ if !self.is_shown(container_of(&piece)) => Ok(()),
            Piece::Run(container, run) => self.invert_run(container, &run),
            Piece::Entry(container, entry) => match self.log.entries.cell(entry) {
                Cell::Int(by) if self.log.containers.kind(container) == Kind::Counter => {
                    self.count_back(container, by)
                }
                Cell::Back(target) => self.take_back_again(container, entry, target),
                _ => self.restore_lv(container, self.log.entry_lv(entry)),
            },
        }
    }

    fn invert_run(&mut self, container: ContainerIx, run: &OpRun) -> Result<(), Error> {
        match run.kind() {
            OpKind::Insert => {
                let tracker = self.tracker_of(container);
                let parts = tracker.map(|tracker| tracker.inserted_parts(run.span()));
                self.delete_parts(container, &parts.unwrap_or_default())
            }
            OpKind::Restore => {
                let Some(sequence) = self.log.sequence(container) else {
                    return Ok(());
                };
                let targets: Vec<OpRun> = sequence.runs_in(run.restored()).collect();
                let mut targets = targets.into_iter().rev();
                targets.try_for_each(|target| self.invert_restore(container, run, &target))
            }
            _ => self.restore_part(container, run.span()).map(drop),
        }
    }

    /// Takes back what a run of restores did to one run.
    fn invert_restore(
        &mut self,
        container: ContainerIx,
        run: &OpRun,
        target: &OpRun,
    ) -> Result<(), Error> {
        let by = run.lv.plus(target.lv.0 - run.pos);
        match target.kind() {
            OpKind::Delete | OpKind::DeleteBack => {
                let tracker = self.tracker_of(container);
                let parts = tracker.map(|tracker| tracker.deleted_parts(target.span()));
                self.delete_parts(container, &parts.unwrap_or_default())
            }
            // That restored what took something back: that is taken back anew.
            OpKind::Restore => self.restore_part(container, target.restored()).map(drop),
            _ => {
                let restores = LvSpan::new(by, by.plus(target.len()));
                self.restore_part(container, restores).map(drop)
            }
        }
    }

    /// Takes back what an entry did that took another one back.
    fn take_back_again(&mut self, map: ContainerIx, entry: u32, target: u32) -> Result<(), Error> {
        let entry = match self.log.entries.cell(target) {
            Cell::Back(first) => first,
            _ => entry,
        };
        self.restore_lv(map, self.log.entry_lv(entry))
    }

    fn restore_lv(&mut self, container: ContainerIx, lv: Lv) -> Result<(), Error> {
        let span = LvSpan::new(lv, lv.plus(1));
        self.restore_part(container, span).map(drop)
    }

    fn count_back(&mut self, counter: ContainerIx, by: i64) -> Result<(), Error> {
        let mut handle = CounterMut::new(self, Target::Known(counter));
        match by.checked_neg() {
            Some(back) => handle.add(back),
            // One more than fits.
            None => handle.add(i64::MAX).and_then(|()| handle.add(1)),
        }
    }

    /// Deletes what stands in parts of a text or list, the last first.
    fn delete_parts(&mut self, container: ContainerIx, parts: &[(u32, u32)]) -> Result<(), Error> {
        let target = Target::Known(container);
        let is_text = self.log.containers.kind(container) == Kind::Text;
        parts.iter().rev().try_for_each(|&(at, len)| {
            if is_text {
                TextMut::new(self, target).delete(at as usize..(at + len) as usize)
            } else {
                self.delete_places(container, at, len)
            }
        })
    }

    /// Whether anything shows a container; for an element that something is moved to, whether anything shows its list.
    fn is_shown(&self, container: ContainerIx) -> bool {
        let is_seat = self.log.has_moves() && self.log.is_seat(container);
        let list = self.log.list_around(container).filter(|_| is_seat);
        let container = list.unwrap_or(container);
        // A root of the library has no path.
        self.parent_of(container).is_none() || self.path_of(container).is_some()
    }
}

fn container_of(piece: &Piece) -> ContainerIx {
    match *piece {
        Piece::Run(container, _) | Piece::Entry(container, _) => container,
    }
}

/// Containers that operations made or opened.
struct Fresh<'s> {
    by: &'s [LvSpan],
    opened: BTreeSet<ContainerIx>,
}

impl<'s> Fresh<'s> {
    fn new(doc: &Doc, by: &'s [LvSpan], pieces: &[Piece]) -> Self {
        let opened = pieces.iter().filter_map(|piece| match *piece {
            Piece::Entry(map, entry) => match doc.entry_shown(map, entry) {
                // What was moved was there before.
                Found::Container(_) if doc.log.is_move(entry) => None,
                Found::Container(opened) => Some(opened),
                Found::Plain(_) | Found::Several(_) => None,
            },
            Piece::Run(..) => None,
        });
        let opened = opened.collect();
        Fresh { by, opened }
    }

    /// Whether a container is one of those, or within one.
    fn holds(&self, doc: &Doc, container: ContainerIx) -> bool {
        let mut at = Some(container);
        while let Some(container) = at {
            let made_by = match doc.log.containers.name(container) {
                Name::Made { by, .. } => Some(by),
                _ => None,
            };
            let is_made = |by: Lv| self.by.iter().any(|span| span.start <= by && by < span.end);
            if self.opened.contains(&container) || made_by.is_some_and(is_made) {
                return true;
            }
            at = doc.parent_of(container).map(|(parent, _)| parent);
        }
        false
    }
}
