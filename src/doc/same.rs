//! Whether operations of a delta, and those it follows, that are known by number are the operations known.

use std::ops::Range;

use super::Doc;
use super::skip::{skip_cells, skip_scalars};
use crate::codec::{Act, Batch, BatchOp, BatchRun};
use crate::graph::PeerIx;
use crate::id::{Lv, LvSpan, Seq};
use crate::oplog::{Cell, ContainerIx, OpKind, OpRun, Piece};

impl Doc {
    /// Whether the known operation follows exactly these.
    pub(super) fn same_start(&self, author: PeerIx, seq: Seq, parents: &[Lv]) -> bool {
        let lv = self.log.peers.lv(&self.log.graph, author, seq);
        lv.is_some_and(|lv| self.log.graph.parents(lv).as_slice() == parents)
    }

    /// The first of a run's operations, from the `from`-th of its `len` first ones, that is not the one known under its
    /// number.
    pub(super) fn first_difference(
        &self,
        batch: &Batch<'_>,
        run: &BatchRun,
        author: PeerIx,
        Range {
            start: from,
            end: len,
        }: Range<u32>,
    ) -> Option<Seq> {
        let mut at = 0;
        for op in batch.ops.get(run.ops.clone()).unwrap_or(&[]) {
            let mut done = from.saturating_sub(at).min(op.len);
            while done < op.len && at + done < len {
                let seq = run.seq + at + done;
                let lv = self.log.peers.lv(&self.log.graph, author, seq)?;
                let known = self.log.graph.run_of(lv);
                // An operation within the delta's run follows the one before; so must the known one.
                if at + done > 0
                    && self.log.graph.parents(lv).as_slice() != self.before(author, seq).as_slice()
                {
                    return Some(seq);
                }
                let here = (known.span.end.0 - lv.0)
                    .min(op.len - done)
                    .min(len - at - done);
                let same = self.same_prefix(batch, op, done, lv, here);
                if same < here {
                    return Some(seq + same);
                }
                done += here;
            }
            at += op.len;
        }
        None
    }

    fn before(&self, author: PeerIx, seq: Seq) -> Option<Lv> {
        self.log
            .peers
            .lv(&self.log.graph, author, seq.checked_sub(1)?)
    }

    /// How many of `len` operations, from the `from`-th of a stretch on, are those known from `lv` on.
    fn same_prefix(&self, batch: &Batch<'_>, op: &BatchOp, from: u32, lv: Lv, len: u32) -> u32 {
        let mut same = 0;
        let mut differs = false;
        self.log.each_piece(LvSpan::new(lv, lv.plus(len)), |piece| {
            if differs {
                return;
            }
            let (piece_len, equal) = match piece {
                Piece::Run(container, run) => (
                    run.len(),
                    self.find_container(op.container, batch) == Some(container)
                        && self.same_run(batch, op, from + same, container, &run),
                ),
                Piece::Entry(container, entry) => {
                    let equal = self.find_container(op.container, batch) == Some(container)
                        && match op.act {
                            Act::Entry { key, part } => {
                                let cell = Cell::at(batch.cells(part), 0);
                                let key = key.and_then(|key| batch.key(key));
                                let known_key = self.log.entries.key(entry);
                                let known_key = known_key.map(|key| self.log.keys.name(key));
                                let known = self.log.entries.cell(entry);
                                key == known_key
                                    && match (cell, known) {
                                        (Cell::Moved(ContainerIx(number)), Cell::Moved(known)) => {
                                            self.find_container(number, batch) == Some(known)
                                        }
                                        _ => same_cell(cell, known),
                                    }
                            }
                            Act::Restore { peer, seq } => {
                                let known = self.log.entries.cell(entry);
                                let peer = batch.peers.get(peer as usize);
                                matches!(known, Cell::Back(target) if {
                                    let target = self.log.id(self.log.entry_lv(target));
                                    peer == Some(&target.peer) && target.seq == seq
                                })
                            }
                            _ => false,
                        };
                    (1, equal)
                }
            };
            if equal {
                same += piece_len
            } else {
                differs = true
            }
        });
        same
    }

    /// Whether a part of a stretch, from its `from`-th operation on, is a known run.
    fn same_run(
        &self,
        batch: &Batch<'_>,
        op: &BatchOp,
        from: u32,
        container: ContainerIx,
        run: &OpRun,
    ) -> bool {
        let Some(sequence) = self.log.sequence(container) else {
            return false;
        };
        let len = run.len();
        match (op.act, run.kind()) {
            (Act::Text { pos, part }, OpKind::Insert) => {
                let mut rest = skip_scalars(batch.text(part), from);
                let mut same = run.pos == pos + from;
                sequence.each_text(run.span(), |known| match rest.strip_prefix(known) {
                    Some(after) => rest = after,
                    None => same = false,
                });
                same
            }
            (Act::Values { pos, part }, OpKind::Insert) => {
                let cells = skip_cells(batch.cells(part), from);
                run.pos == pos + from && cells.starts_with(sequence.cells_of(run))
            }
            (Act::Set { pos, part }, OpKind::Set) => {
                run.pos == pos && batch.cells(part) == sequence.cells_of(run)
            }
            (Act::Move { pos, to }, OpKind::Move) => {
                run.pos == pos && sequence.moved_to(run.lv) == to
            }
            (Act::Mark { pos, key, part }, OpKind::Mark) => {
                let (extent, value) = batch.mark(part);
                let known = self.log.marks.get(run.lv);
                run.pos == pos
                    && self.log.marks.cell_bytes(run.lv) == value
                    && known.is_some_and(|known| {
                        known.extent == extent
                            && batch.key(key) == Some(self.log.keys.name(known.key))
                    })
            }
            (Act::Restore { peer, seq }, OpKind::Restore) => {
                let peer = batch.peers.get(peer as usize);
                let deletion = self.log.id(Lv(run.pos));
                peer == Some(&deletion.peer) && deletion.seq == seq + from
            }
            (Act::Delete { pos, kind }, OpKind::Delete | OpKind::DeleteBack) => {
                // Compare where the first and the last operation delete: between them both go on evenly.
                let nth = |pos: u32, kind: OpKind, len: u32, nth: u32| {
                    if kind == OpKind::DeleteBack {
                        pos + len - 1 - nth
                    } else {
                        pos
                    }
                };
                nth(pos, kind, op.len, from) == nth(run.pos, run.kind(), len, 0)
                    && nth(pos, kind, op.len, from + len - 1)
                        == nth(run.pos, run.kind(), len, len - 1)
            }
            _ => false,
        }
    }
}

/// Cells are equal when their bytes are: a float may be one that does not equal itself.
fn same_cell(a: Cell<'_>, b: Cell<'_>) -> bool {
    let bytes = |cell: Cell<'_>| {
        let mut bytes = Vec::new();
        cell.write(&mut bytes);
        bytes
    };
    a == b || bytes(a) == bytes(b)
}
