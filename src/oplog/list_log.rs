//! The operations of one list: what they wrote stands as cells.

use super::SequenceLog;
use super::cell::Cell;
use super::run::{OpKind, OpRun};
use super::sequence_log::{Content, WIDE_MAX, offset_of};
use crate::column::{Reader, grow};
use crate::id::Lv;

impl SequenceLog {
    /// Appends the insertion of `len` values, given as the bytes of their cells.
    pub(crate) fn push_cells(
        &mut self,
        lv: Lv,
        pos: u32,
        cells: &[u8],
        len: u32,
        joined: bool,
        extend: bool,
    ) {
        let Content::Cells(content) = &mut self.content else {
            return;
        };
        let base = content.len();
        grow::make_room(content, cells.len());
        content.extend_from_slice(cells);
        if extend
            && let Some(last) = self.runs.last_mut()
            && last.end() == lv
            && last.len() + len <= WIDE_MAX
            && last.try_extend(OpKind::Insert, pos, len)
        {
            return;
        }
        let mut reader = Reader::new(cells, 0);
        let mut from = 0;
        while from < len {
            let to = len.min(from + WIDE_MAX);
            let offset = offset_of(base + reader.offset());
            let mut run = OpRun::new(
                lv.plus(from),
                OpKind::Insert,
                pos + from,
                to - from,
                offset,
                joined && from == 0,
            );
            run.set_wide();
            grow::push(&mut self.runs, run);
            for _ in from..to {
                // Written or validated before: it reads.
                let _ = Cell::read(&mut reader);
            }
            from = to;
        }
    }

    /// Appends the setting of a list element.
    pub(crate) fn push_set(&mut self, lv: Lv, pos: u32, cell: &[u8], joined: bool) {
        self.push_one(OpKind::Set, lv, pos, cell, joined);
    }

    /// Appends the move of an element to index `to` of the list without it.
    pub(crate) fn push_move(&mut self, lv: Lv, pos: u32, to: u32, joined: bool) {
        let mut cell = Vec::new();
        Cell::Int(to.into()).write(&mut cell);
        self.push_one(OpKind::Move, lv, pos, &cell, joined);
    }

    fn push_one(&mut self, kind: OpKind, lv: Lv, pos: u32, cell: &[u8], joined: bool) {
        let Content::Cells(content) = &mut self.content else {
            return;
        };
        let offset = offset_of(content.len());
        grow::make_room(content, cell.len());
        content.extend_from_slice(cell);
        let mut run = OpRun::new(lv, kind, pos, 1, offset, joined);
        run.set_wide();
        grow::push(&mut self.runs, run);
    }

    /// Where a move puts its element.
    pub(crate) fn moved_to(&self, lv: Lv) -> u32 {
        match self.cell(lv) {
            // Written or validated before: it is an index.
            Cell::Int(to) => u32::try_from(to).unwrap_or(0),
            _ => 0,
        }
    }

    /// The bytes of the cells that the operations of one run's part wrote.
    pub(crate) fn cells_of(&self, part: &OpRun) -> &[u8] {
        let Content::Cells(content) = &self.content else {
            return &[];
        };
        let Some(run) = self.runs.get(self.index_after(part.lv)) else {
            return &[];
        };
        let bytes = content.get(run.content as usize..).unwrap_or(&[]);
        let mut reader = Reader::new(bytes, 0);
        for _ in run.lv.0..part.lv.0 {
            let _ = Cell::read(&mut reader);
        }
        let start = reader.offset();
        for _ in 0..part.len() {
            let _ = Cell::read(&mut reader);
        }
        bytes.get(start..reader.offset()).unwrap_or(&[])
    }

    /// The bytes of the cell that an operation wrote.
    pub(crate) fn cell_bytes(&self, lv: Lv) -> &[u8] {
        let Content::Cells(content) = &self.content else {
            return &[];
        };
        let at = self.index_after(lv);
        match self.runs.get(at) {
            // Most runs have one: it ends where the content of the next run starts.
            Some(run) if run.len() == 1 => {
                let next = self.runs.get(at + 1);
                let end = next.map_or(content.len(), |next| next.content as usize);
                content.get(run.content as usize..end).unwrap_or(&[])
            }
            Some(run) => {
                let nth = lv.0.saturating_sub(run.lv.0);
                self.cells_of(&run.clip(nth, nth + 1))
            }
            None => &[],
        }
    }

    /// The value that an operation inserted or set.
    pub(crate) fn cell(&self, lv: Lv) -> Cell<'_> {
        let Content::Cells(content) = &self.content else {
            return Cell::Null;
        };
        let Some(run) = self.runs.get(self.index_after(lv)) else {
            return Cell::Null;
        };
        let bytes = content.get(run.content as usize..).unwrap_or(&[]);
        let mut reader = Reader::new(bytes, 0);
        for _ in run.lv.0..lv.0 {
            let _ = Cell::read(&mut reader);
        }
        Cell::read(&mut reader).unwrap_or(Cell::Null)
    }
}
