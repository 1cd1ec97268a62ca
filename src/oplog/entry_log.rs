//! The operations of maps and counters, of all containers together.

use super::cell::Cell;
use super::{ContainerIx, KeyIx};
use crate::id::Lv;

const JOINED: u32 = 1 << 31;
/// The key of a counter's operations.
const NO_KEY: u32 = JOINED - 1;

/// One map set or removal, or one counter change; 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EntryOp {
    pub(crate) lv: Lv,
    pub(crate) container: ContainerIx,
    /// The key, and whether the operation continues its author's transaction.
    key: u32,
    /// Offset of the value's cell.
    cell: u32,
}

impl EntryOp {
    pub(crate) fn key(&self) -> Option<KeyIx> {
        let key = self.key & !JOINED;
        (key != NO_KEY).then_some(KeyIx(key))
    }

    /// Whether the operation continues the transaction of the one before it.
    pub(crate) fn joined(&self) -> bool {
        self.key & JOINED != 0
    }
}

/// Operations of maps and counters, in order of local version.
#[derive(Clone, Debug, Default)]
pub(crate) struct EntryLog {
    ops: Vec<EntryOp>,
    cells: Vec<u8>,
}

impl EntryLog {
    /// Appends an operation; returns its index.
    pub(crate) fn push(
        &mut self,
        lv: Lv,
        container: ContainerIx,
        key: Option<KeyIx>,
        cell: Cell<'_>,
        joined: bool,
    ) -> u32 {
        let key = key.map_or(NO_KEY, |key| key.0) | if joined { JOINED } else { 0 };
        let offset = index(self.cells.len());
        cell.write(&mut self.cells);
        self.ops.push(EntryOp {
            lv,
            container,
            key,
            cell: offset,
        });
        index(self.ops.len() - 1)
    }

    pub(crate) fn len(&self) -> u32 {
        index(self.ops.len())
    }

    /// Bytes of all values.
    pub(crate) fn content_len(&self) -> usize {
        self.cells.len()
    }

    pub(crate) fn op(&self, ix: u32) -> &EntryOp {
        &self.ops[ix as usize]
    }

    /// The value that an operation wrote.
    pub(crate) fn cell(&self, ix: u32) -> Cell<'_> {
        Cell::at(&self.cells, self.op(ix).cell as usize)
    }

    /// The index of the first operation that is not before `lv`.
    pub(crate) fn index_from(&self, lv: Lv) -> u32 {
        match self.ops.last() {
            Some(last) if last.lv < lv => self.len(),
            _ => index(self.ops.partition_point(|op| op.lv < lv)),
        }
    }

    /// Forgets the operations from `end` on.
    pub(crate) fn truncate(&mut self, end: Lv) {
        while let Some(last) = self.ops.last()
            && last.lv >= end
        {
            self.cells.truncate(last.cell as usize);
            self.ops.pop();
        }
    }
}

/// Columns stay under 4 GiB: the limits on operations and on content see to it.
#[allow(clippy::cast_possible_truncation)]
fn index(at: usize) -> u32 {
    at as u32
}
