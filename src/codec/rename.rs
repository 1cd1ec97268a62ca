//! A delta's operations under other ids.

use std::collections::BTreeMap;

use super::batch::{Act, Batch, BatchOp, BatchRun, NameRef, ParentRef};
use crate::column::Reader;
use crate::id::{OpId, Peer, Seq};
use crate::oplog::{Cell, Name, OpKind, Renaming};

/// A table of peers in the making.
#[derive(Default)]
struct Numbers {
    peers: Vec<Peer>,
    index: BTreeMap<Peer, u32>,
}

impl Numbers {
    fn of(&mut self, peer: Peer) -> u32 {
        let next = u32::try_from(self.peers.len()).unwrap_or(u32::MAX);
        let number = *self.index.entry(peer).or_insert(next);
        if number == next {
            self.peers.push(peer);
        }
        number
    }
}

impl Batch<'_> {
    /// The same operations, renamed: runs are cut where their peer changes. What it said of splits is left out.
    #[must_use]
    pub(crate) fn renamed(mut self, renaming: &Renaming) -> Self {
        let mut numbers = Numbers::default();
        let old = std::mem::take(&mut self.peers);
        let mut rename = |peer: u32, seq| {
            let peer = *old.get(peer as usize)?;
            let id = renaming.id(OpId { peer, seq });
            Some((numbers.of(id.peer), id.seq))
        };
        for name in &mut self.containers {
            if let NameRef::Named(Name::Made {
                by: (peer, seq), ..
            }) = name
                && let Some(renamed) = rename(*peer, *seq)
            {
                (*peer, *seq) = renamed;
            }
        }
        for parent in &mut self.parents {
            if let Some(renamed) = rename(parent.peer, parent.seq) {
                (parent.peer, parent.seq) = renamed;
            }
        }
        let runs = std::mem::take(&mut self.runs);
        let mut renamed_ops = Vec::with_capacity(self.ops.len());
        for op in std::mem::take(&mut self.ops) {
            rename_target(op, &old, renaming, &mut rename, &mut renamed_ops);
        }
        let mut ops = renamed_ops.into_iter();
        for run in runs {
            let Some(&peer) = old.get(run.peer as usize) else {
                continue;
            };
            let mut rest = run.len;
            let mut parents = run.parents.clone();
            let mut cut = None;
            while rest > 0 {
                let seq = run.seq + (run.len - rest);
                let len = renaming.together(OpId { peer, seq }, rest);
                let first = self.ops.len();
                cut = self.take_ops(cut, &mut ops, len);
                let Some((number, renamed)) = rename(run.peer, seq) else {
                    break;
                };
                self.runs.push(BatchRun {
                    peer: number,
                    seq: renamed,
                    len,
                    parents: std::mem::take(&mut parents),
                    ops: first..self.ops.len(),
                });
                rest -= len;
                if rest > 0 {
                    let at = self.parents.len();
                    self.parents.push(ParentRef {
                        peer: number,
                        seq: renamed + (len - 1),
                        mark: None,
                    });
                    parents = at..at + 1;
                }
            }
        }
        self.peers = numbers.peers.into();
        self.told = None;
        self
    }

    /// Takes operations over, as many as a run has; gives what is left of the last stretch.
    fn take_ops(
        &mut self,
        cut: Option<BatchOp>,
        ops: &mut impl Iterator<Item = BatchOp>,
        mut len: u32,
    ) -> Option<BatchOp> {
        let mut next = cut;
        while len > 0 {
            let op = next.take().or_else(|| ops.next())?;
            if op.len <= len {
                len -= op.len;
                self.ops.push(op);
                continue;
            }
            let (here, behind) = self.cut(op, len)?;
            self.ops.push(here);
            return Some(behind);
        }
        None
    }

    /// Cuts a stretch behind its first `at` operations.
    fn cut(&self, op: BatchOp, at: u32) -> Option<(BatchOp, BatchOp)> {
        let (mut here, mut behind) = (op, op);
        (here.len, behind.len, behind.joined) = (at, op.len - at, false);
        match (&mut here.act, &mut behind.act) {
            (Act::Text { part, .. }, Act::Text { pos, part: rest }) => {
                let mut ends = self.text(*part).char_indices();
                (*part, *rest) = part.cut(ends.nth(at as usize)?.0)?;
                *pos += at;
            }
            (Act::Values { part, .. }, Act::Values { pos, part: rest }) => {
                let mut reader = Reader::new(self.cells(*part), 0);
                for _ in 0..at {
                    Cell::read(&mut reader).ok()?;
                }
                (*part, *rest) = part.cut(reader.offset())?;
                *pos += at;
            }
            // The first that go backwards delete the highest.
            (Act::Delete { pos, kind }, _) if *kind == OpKind::DeleteBack => *pos += op.len - at,
            (Act::Delete { .. }, _) => {}
            (Act::Restore { .. }, Act::Restore { seq, .. }) => *seq += at,
            _ => return None,
        }
        Some((here, behind))
    }
}

/// Renames what a stretch restores: cut where those deletions' peer changes.
fn rename_target(
    op: BatchOp,
    old: &[Peer],
    renaming: &Renaming,
    rename: &mut impl FnMut(u32, Seq) -> Option<(u32, Seq)>,
    renamed: &mut Vec<BatchOp>,
) {
    let Act::Restore { peer, seq } = op.act else {
        renamed.push(op);
        return;
    };
    let Some(&id) = old.get(peer as usize) else {
        return;
    };
    let mut done = 0;
    while done < op.len {
        let at = seq + done;
        let len = renaming.together(OpId { peer: id, seq: at }, op.len - done);
        let Some((peer, seq)) = rename(peer, at) else {
            return;
        };
        renamed.push(BatchOp {
            len,
            joined: op.joined && done == 0,
            act: Act::Restore { peer, seq },
            ..op
        });
        done += len;
    }
}
