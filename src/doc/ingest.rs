//! From a parsed delta to the log: everything that can be said of operations before they are replayed is checked here.

use super::Doc;
use super::fits::{check_content, check_mark};
use super::ingest_remarks::Remarks;
use super::ready::Ready;
use super::skip::{skip_cells, skip_scalars};
use super::tables::Tables;
use super::write::check_value;
use crate::codec::{Act, Batch, BatchOp, BatchRun, NameRef};
use crate::column::Reader;
use crate::error::Error;
use crate::graph::{Claim, PeerIx};
use crate::id::{Lv, LvSpan, OpId, Peer};
use crate::oplog::{Cell, ContainerIx, KeyIx, Mark, Name, SequenceLog};

/// For so many runs or more there is room made at once.
const MANY_RUNS: usize = 64;

/// Operations that are in the log and not yet in the state.
pub(super) struct Ingested {
    /// Where the log stood before.
    pub(super) mark: Mark,
    pub(super) span: LvSpan,
    /// The first operation found missing, where something has to wait for it.
    pub(super) needs: Option<OpId>,
}

impl Doc {
    /// Enters what is new in a delta, and ready, into the log. On an error the log is as before.
    pub(super) fn ingest(&mut self, batch: &Batch<'_>) -> Result<Ingested, Error> {
        self.check_splits(batch)?;
        let mark = self.log.mark();
        let mut tables = Tables::of(batch);
        let mut needs = None;
        let mut remarks = batch.has_remarks().then(|| Remarks::of(batch));
        if batch.runs.len() >= MANY_RUNS {
            self.log.graph.expect(batch.runs.len());
        }
        for run in &batch.runs {
            let first = self.log.end();
            let mut taken = self.ingest_run(batch, run, &mut tables);
            if let Some(remarks) = &mut remarks {
                taken = self.ingest_remarks(batch, run, first, remarks, taken);
            }
            match taken {
                Ok(None) => {}
                Ok(Some(missing)) => {
                    needs.get_or_insert(missing);
                }
                Err(error) => {
                    self.take_back_to(&mark);
                    return Err(error);
                }
            }
        }
        if let Err(error) = self.follow_own(&tables.claims) {
            self.take_back_to(&mark);
            return Err(error);
        }
        self.state.grow(&self.log);
        Ok(Ingested {
            span: LvSpan::new(mark.end, self.log.end()),
            mark,
            needs,
        })
    }

    /// Takes back what was ingested and not integrated.
    pub(super) fn take_back(&mut self, ingested: &Ingested) {
        self.take_back_to(&ingested.mark);
    }

    fn take_back_to(&mut self, mark: &Mark) {
        self.log.truncate(mark);
        self.state.shrink(&self.log);
        self.forget_tables();
    }

    /// Takes in one run; returns what it lacks, if it has to wait.
    fn ingest_run(
        &mut self,
        batch: &Batch<'_>,
        run: &BatchRun,
        tables: &mut Tables,
    ) -> Result<Option<OpId>, Error> {
        let (skip, parents, before) = match self.readiness(batch, run, tables)? {
            Ready::Known => return Ok(None),
            Ready::Needs(missing) => return Ok(Some(missing)),
            Ready::From {
                skip,
                parents,
                before,
            } => (skip, parents, before),
        };
        self.check_room(run.len - skip)?;
        let Some(&peer) = batch.peers.get(run.peer as usize) else {
            return Ok(None);
        };
        let author = self.author_in(batch, peer, run.peer, tables);
        let first = self.log.end();
        let seq = run.seq + skip;
        tables
            .claims
            .extend(before.map(|earlier| Claim { of: first, earlier }));
        self.log.push_span(&parents, run.len - skip, author, seq);
        let mut at = 0;
        for op in batch.ops.get(run.ops.clone()).unwrap_or(&[]) {
            let from = skip.saturating_sub(at).min(op.len);
            if from < op.len {
                let lv = first.plus(at + from - skip);
                self.ingest_op(batch, op, from, lv, tables)
                    .map_err(|wrong| match wrong {
                        Wrong::Operation(what) => Error::Invalid {
                            id: OpId {
                                peer,
                                seq: run.seq + at + from,
                            },
                            what,
                        },
                        Wrong::Limit(error) => error,
                    })?;
            }
            at += op.len;
        }
        Ok(None)
    }

    /// A peer of the delta, noted as one of this replica's if it is new.
    fn author_in(
        &mut self,
        batch: &Batch<'_>,
        peer: Peer,
        index: u32,
        tables: &mut Tables,
    ) -> PeerIx {
        match tables.peers.get_mut(index as usize) {
            Some(known) => *known.get_or_insert_with(|| self.intern_in(batch, index, peer)),
            None => self.log.peers.intern(peer),
        }
    }

    /// Enters a stretch of operations, without its first `from`.
    fn ingest_op(
        &mut self,
        batch: &Batch<'_>,
        op: &BatchOp,
        from: u32,
        lv: Lv,
        tables: &mut Tables,
    ) -> Result<(), Wrong> {
        let container = match tables.containers.get(op.container as usize) {
            Some(&Some(known)) => known,
            _ => self.container_in(batch, op.container, tables)?,
        };
        let joined = op.joined && from == 0;
        let len = op.len - from;
        self.log.route(lv, container);
        let sequence = self.log.sequence_mut(container);
        let may_extend = |sequence: &SequenceLog| !joined && sequence.may_extend(lv);
        match op.act {
            Act::Text { pos, part } => {
                let text = skip_scalars(batch.text(part), from);
                if let Some(sequence) = sequence {
                    check_content(sequence.content_len(), text.len(), &self.limits)
                        .map_err(Wrong::Limit)?;
                    let extend = may_extend(sequence);
                    sequence.push_text(lv, pos + from, text, len, joined, extend);
                }
            }
            Act::Values { pos, part } => {
                let extend = sequence.is_some_and(|sequence| may_extend(sequence));
                let cells = skip_cells(batch.cells(part), from);
                let cells = self.check_cells(cells, len, container)?;
                self.log.push_values(
                    LvSpan::new(lv, lv.plus(len)),
                    container,
                    pos + from,
                    cells,
                    joined,
                    extend,
                );
            }
            Act::Set { pos, part } => {
                let cell = self.check_cells(batch.cells(part), 1, container)?;
                self.log.push_set(lv, container, pos, cell, joined);
            }
            Act::Move { pos, to } => {
                self.check_content(container, Cell::Int(to.into()).stored_len())
                    .map_err(Wrong::Limit)?;
                self.log.push_move(lv, container, pos, to, joined);
            }
            Act::Mark { pos, key, part } => {
                let (extent, value) = batch.mark(part);
                check_mark(&self.log, Cell::at(value, 0), &self.limits).map_err(Wrong::Limit)?;
                if let Some(key) = self.key_in(batch, key, tables)? {
                    let mark = (extent, key);
                    self.log.push_mark(lv, container, pos, mark, value, joined);
                }
            }
            Act::Restore { peer, seq } => {
                let peer = *batch.peers.get(peer as usize).ok_or(NOT_TAKEN_BACK)?;
                let first = OpId {
                    peer,
                    seq: seq + from,
                };
                self.restore_in(container, lv, (first, len), joined)?;
            }
            Act::Delete { pos, kind } => {
                // A clipped backspace run still ends at its lowest position.
                if let Some(sequence) = sequence {
                    let extend = may_extend(sequence);
                    sequence.push_delete(lv, kind, pos, len, joined, extend);
                }
            }
            Act::Entry { key, part } => {
                let cell = Cell::at(batch.cells(part), 0);
                check_value(cell, &self.limits)
                    .and_then(|()| self.check_content(container, cell.stored_len()))
                    .map_err(Wrong::Limit)?;
                if cell.container_kind().is_some() {
                    self.check_first_nesting(container).map_err(Wrong::Limit)?;
                }
                let key = key
                    .and_then(|key| self.key_in(batch, key, tables).transpose())
                    .transpose()?;
                let cell = match cell {
                    Cell::Moved(ContainerIx(number)) => self.moved_in(batch, number, tables)?,
                    other => other,
                };
                self.log.push_entry(lv, container, key, cell, joined);
            }
        }
        Ok(())
    }

    /// Enters restores of what operations of one peer did.
    fn restore_in(
        &mut self,
        container: ContainerIx,
        lv: Lv,
        (first, len): (OpId, u32),
        joined: bool,
    ) -> Result<(), Wrong> {
        let targets = self.restorable(container, lv, (first, len));
        let deletions = targets.map_err(Wrong::Limit)?.ok_or(NOT_TAKEN_BACK)?;
        if self.log.sequence(container).is_some() {
            self.log.push_restores(lv, container, &deletions, joined);
            return Ok(());
        }
        for span in deletions {
            let entry = self.log.entry_of(span.start);
            self.check_content(container, Cell::Back(entry).stored_len())
                .map_err(Wrong::Limit)?;
            self.log.push_back(lv, container, entry, joined);
        }
        Ok(())
    }

    fn check_cells<'c>(
        &self,
        cells: &'c [u8],
        len: u32,
        list: ContainerIx,
    ) -> Result<&'c [u8], Wrong> {
        self.check_content(list, cells.len())
            .map_err(Wrong::Limit)?;
        let mut reader = Reader::new(cells, 0);
        for _ in 0..len {
            let cell = Cell::read(&mut reader).map_err(|error| Wrong::Operation(error.what))?;
            check_value(cell, &self.limits).map_err(Wrong::Limit)?;
            if cell.container_kind().is_some() {
                self.check_first_nesting(list).map_err(Wrong::Limit)?;
            }
        }
        Ok(cells)
    }

    fn key_in(
        &mut self,
        batch: &Batch<'_>,
        index: u32,
        tables: &mut Tables,
    ) -> Result<Option<KeyIx>, Wrong> {
        let Some(known) = tables.keys.get_mut(index as usize) else {
            return Ok(None);
        };
        if known.is_none() {
            let Some(key) = batch.key(index) else {
                return Ok(None);
            };
            self.check_key(key).map_err(Wrong::Limit)?;
            *known = Some(self.log.keys.intern(key));
        }
        Ok(*known)
    }

    /// The container of that number in the delta; it may have been made by an operation taken in just before.
    fn container_in(
        &mut self,
        batch: &Batch<'_>,
        index: u32,
        tables: &mut Tables,
    ) -> Result<ContainerIx, Wrong> {
        const MISSING: Wrong = Wrong::Operation("its container is not named");
        if let Some(&Some(known)) = tables.containers.get(index as usize) {
            return Ok(known);
        }
        let name = match *batch.containers.get(index as usize).ok_or(MISSING)? {
            NameRef::Named(name) => name,
            NameRef::Known { container, .. } => return Ok(container),
            NameRef::Buried { .. } => {
                let id = batch.buried.ok_or(MISSING)?;
                return Err(Wrong::Limit(Error::NeedsBase { id }));
            }
        };
        // Keystrokes come from the same root again and again.
        if let (Name::Root { name, kind }, Some(last)) = (name, &self.last_root)
            && batch.key(name).is_some_and(|key| last.is(key, kind))
        {
            let container = last.container;
            tables.note(index, container);
            return Ok(container);
        }
        let name = name.renumbered(
            &mut (&mut *self, &mut *tables),
            |(doc, tables), parent| {
                let parent = doc.container_in(batch, parent, tables)?;
                doc.check_first_nesting(parent).map_err(Wrong::Limit)?;
                Ok(parent)
            },
            |(doc, tables), key| doc.key_in(batch, key, tables)?.ok_or(MISSING),
            |(doc, _), (peer, seq)| {
                let peer = *batch.peers.get(peer as usize).ok_or(MISSING)?;
                doc.maker_in(OpId { peer, seq })
            },
        )?;
        if let Name::Made { .. } = name {
            // The operation that made it has named it.
            let made = self.log.containers.find(name);
            made.ok_or(Wrong::Operation("nothing made its container"))?;
        }
        let container = self.log.container(name);
        tables.note(index, container);
        Ok(container)
    }

    /// What a move of the container of that number in the delta writes.
    fn moved_in(
        &mut self,
        batch: &Batch<'_>,
        number: u32,
        tables: &mut Tables,
    ) -> Result<Cell<'static>, Wrong> {
        let moved = self.container_in(batch, number, tables)?;
        match self.log.first_around(moved) {
            Some(_) => Ok(Cell::Moved(moved)),
            None => Err(Wrong::Operation("it moves what has no other place")),
        }
    }

    /// The operation that made a container.
    fn maker_in(&self, id: OpId) -> Result<Lv, Wrong> {
        const UNKNOWN: Wrong = Wrong::Operation("what made its container is not known");
        let by = self.log.peers.find(id.peer).ok_or(UNKNOWN)?;
        match self.log.maker(by, id.seq) {
            Some(made) => Ok(made),
            None if id.seq < self.log.peers.ground(by) => {
                Err(Wrong::Limit(Error::NeedsBase { id }))
            }
            None => Err(UNKNOWN),
        }
    }
}

const NOT_TAKEN_BACK: Wrong = Wrong::Operation("it restores what cannot be taken back");

/// What is wrong with an operation: itself, or that it passes a limit.
enum Wrong {
    Operation(&'static str),
    Limit(Error),
}
