//! The operations of maps and counters, of all containers together.

use super::KeyIx;
use super::cell::Cell;
use crate::column::grow;

const JOINED: u32 = 1 << 31;
/// The key of a counter's operations.
const NO_KEY: u32 = JOINED - 1;

/// One map set or removal, or one counter change; 8 bytes. Its operation and its container are known from its route.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The key, and whether the operation continues its author's transaction.
    key: u32,
    /// Offset of the value's cell.
    cell: u32,
}

/// Operations of maps and counters, in order of local version.
#[derive(Clone, Debug, Default)]
pub(crate) struct EntryLog {
    entries: Vec<Entry>,
    cells: Vec<u8>,
}

impl EntryLog {
    /// Appends an operation; returns its index.
    #[inline]
    pub(crate) fn push(&mut self, key: Option<KeyIx>, cell: Cell<'_>, joined: bool) -> u32 {
        let key = key.map_or(NO_KEY, |key| key.0) | if joined { JOINED } else { 0 };
        let offset = index(self.cells.len());
        grow::make_room(&mut self.cells, cell.len_max());
        cell.write(&mut self.cells);
        grow::push(&mut self.entries, Entry { key, cell: offset });
        index(self.entries.len() - 1)
    }

    pub(crate) fn len(&self) -> u32 {
        index(self.entries.len())
    }

    /// Bytes of all values.
    pub(crate) fn content_len(&self) -> usize {
        self.cells.len()
    }

    /// The key that an operation set or removed; `None` for a counter's.
    #[inline]
    pub(crate) fn key(&self, ix: u32) -> Option<KeyIx> {
        let key = self.entries[ix as usize].key & !JOINED;
        (key != NO_KEY).then_some(KeyIx(key))
    }

    /// Whether an operation continues the transaction of the one before it.
    pub(crate) fn joined(&self, ix: u32) -> bool {
        self.entries[ix as usize].key & JOINED != 0
    }

    /// The value that an operation wrote.
    pub(crate) fn cell(&self, ix: u32) -> Cell<'_> {
        Cell::at(&self.cells, self.entries[ix as usize].cell as usize)
    }

    /// The bytes of that value's cell.
    pub(crate) fn cell_bytes(&self, ix: u32) -> &[u8] {
        let at = ix as usize;
        let from = self.entries[at].cell as usize;
        let to = self
            .entries
            .get(at + 1)
            .map_or(self.cells.len(), |next| next.cell as usize);
        &self.cells[from..to]
    }

    /// Forgets all but the first `len`.
    pub(crate) fn truncate(&mut self, len: u32) {
        if let Some(first) = self.entries.get(len as usize) {
            self.cells.truncate(first.cell as usize);
            self.entries.truncate(len as usize);
        }
    }
}

/// Columns stay under 4 GiB: the limits on operations and on content see to it.
#[allow(clippy::cast_possible_truncation)]
fn index(at: usize) -> u32 {
    at as u32
}
