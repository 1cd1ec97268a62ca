//! What marks on texts say, of all texts together: a run tells where a mark starts, the rest stands here.

use super::KeyIx;
use super::cell::Cell;
use super::sequence_log::offset_of;
use crate::column::grow;
use crate::id::Lv;

/// Whether text inserted at an end of a mark becomes part of it.
///
/// Bold text goes on as somebody types behind it: [`After`](Expand::After), the default. A link or a comment ends where it
/// ends: [`None`](Expand::None).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Expand {
    /// At neither end.
    None,
    /// Where it begins.
    Before,
    /// Where it ends.
    #[default]
    After,
    /// At both ends.
    Both,
}

const BEFORE: u32 = 1;
const AFTER: u32 = 2;

impl Expand {
    pub(crate) fn code(self) -> u32 {
        match self {
            Expand::None => 0,
            Expand::Before => BEFORE,
            Expand::After => AFTER,
            Expand::Both => BEFORE | AFTER,
        }
    }

    pub(crate) fn from_code(code: u32) -> Expand {
        match code & (BEFORE | AFTER) {
            0 => Expand::None,
            BEFORE => Expand::Before,
            AFTER => Expand::After,
            _ => Expand::Both,
        }
    }

    /// Where it begins.
    pub(crate) fn before(self) -> bool {
        self.code() & BEFORE != 0
    }

    /// Where it ends.
    pub(crate) fn after(self) -> bool {
        self.code() & AFTER != 0
    }
}

/// How many scalars a mark was put on, and how it expands, in one number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Extent(u32);

impl Extent {
    /// Texts have fewer than 2^30 scalars.
    pub(crate) fn new(len: u32, expand: Expand) -> Extent {
        Extent(len << 2 | expand.code())
    }

    pub(crate) fn from_number(number: u32) -> Extent {
        Extent(number)
    }

    pub(crate) fn number(self) -> u32 {
        self.0
    }

    pub(crate) fn len(self) -> u32 {
        self.0 >> 2
    }

    pub(crate) fn expand(self) -> Expand {
        Expand::from_code(self.0)
    }
}

/// An end of a mark in a text: how many scalars show before it, and whether it holds to the one before. Text inserted there
/// then goes behind it; else it goes before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Border(u32);

impl Border {
    /// Behind what shows before it, or at the beginning.
    pub(crate) fn held(at: u32) -> Border {
        Border(at << 1)
    }

    /// Before what follows.
    pub(crate) fn loose(at: u32) -> Border {
        Border(at << 1 | 1)
    }

    pub(crate) fn at(self) -> u32 {
        self.0 >> 1
    }

    pub(crate) fn is_loose(self) -> bool {
        self.0 & 1 != 0
    }

    /// Where a mark begins and ends for whoever puts it there.
    pub(crate) fn of(at: u32, extent: Extent) -> [Border; 2] {
        let end = at + extent.len();
        [
            if extent.expand().before() {
                Border::held(at)
            } else {
                Border::loose(at)
            },
            if extent.expand().after() {
                Border::loose(end)
            } else {
                Border::held(end)
            },
        ]
    }
}

/// A mark: what it was put on, the key, and the value; null takes away.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct MarkOp<'a> {
    pub(crate) extent: Extent,
    pub(crate) key: KeyIx,
    pub(crate) value: Cell<'a>,
}

/// 16 bytes.
#[derive(Clone, Copy, Debug)]
struct Entry {
    lv: Lv,
    extent: Extent,
    key: KeyIx,
    /// Offset of the value's cell.
    cell: u32,
}

/// All marks, in order of local version.
#[derive(Clone, Debug, Default)]
pub(crate) struct MarkLog {
    entries: Vec<Entry>,
    cells: Vec<u8>,
}

impl MarkLog {
    pub(crate) fn push(&mut self, lv: Lv, extent: Extent, key: KeyIx, cell: &[u8]) {
        let offset = offset_of(self.cells.len());
        grow::make_room(&mut self.cells, cell.len());
        self.cells.extend_from_slice(cell);
        let entry = Entry {
            lv,
            extent,
            key,
            cell: offset,
        };
        grow::push(&mut self.entries, entry);
    }

    /// O(log n), and O(1) where somebody made nothing but marks for a while.
    fn index(&self, lv: Lv) -> Option<usize> {
        let (first, last) = (self.entries.first()?.lv, self.entries.last()?.lv);
        // Numbers only grow: it stands so far from either end at most.
        let behind = lv.0.checked_sub(first.0)? as usize;
        let before = last.0.checked_sub(lv.0)? as usize;
        let len = self.entries.len();
        let from = (len - 1).saturating_sub(before);
        let to = len.min(behind + 1);
        let near = self.entries.get(from..to)?;
        let found = near.binary_search_by_key(&lv, |entry| entry.lv);
        Some(from + found.ok()?)
    }

    /// The mark that an operation made. O(log n).
    pub(crate) fn get(&self, lv: Lv) -> Option<MarkOp<'_>> {
        let Entry {
            extent, key, cell, ..
        } = *self.entries.get(self.index(lv)?)?;
        Some(MarkOp {
            extent,
            key,
            value: Cell::at(&self.cells, cell as usize),
        })
    }

    /// The key of the mark that an operation made. O(log n).
    pub(crate) fn key(&self, lv: Lv) -> Option<KeyIx> {
        Some(self.entries.get(self.index(lv)?)?.key)
    }

    /// The bytes of a mark's value. O(log n).
    pub(crate) fn cell_bytes(&self, lv: Lv) -> &[u8] {
        let Some(at) = self.index(lv) else {
            return &[];
        };
        let starts = |at: usize| self.entries.get(at).map(|entry| entry.cell as usize);
        let end = starts(at + 1).unwrap_or(self.cells.len());
        let from = starts(at).unwrap_or(end);
        self.cells.get(from..end).unwrap_or(&[])
    }

    /// Bytes of all values.
    pub(crate) fn content_len(&self) -> usize {
        self.cells.len()
    }

    /// Forgets the operations from `end` on.
    pub(crate) fn truncate(&mut self, end: Lv) {
        let kept = self.entries.partition_point(|entry| entry.lv < end);
        if let Some(first) = self.entries.get(kept) {
            self.cells.truncate(first.cell as usize);
            self.entries.truncate(kept);
        }
    }
}
