//! Reading many cells of a list.

use super::SequenceLog;
use super::cell::Cell;
use super::sequence_log::{Content, offset_of};
use crate::column::Reader;
use crate::id::Lv;

/// Reads the cells of a list. Where one of a run begins is known when those before it were read; so the run that was read last
/// is remembered, with what is known of it: each cell of a list read from either end takes O(1).
pub(crate) struct Cells<'s> {
    log: &'s SequenceLog,
    content: &'s [u8],
    /// Index of the run.
    at: usize,
    /// Its first operation, and the one behind it.
    first: Lv,
    end: Lv,
    /// Where its cells begin, as far as they were read.
    starts: Vec<u32>,
    rest: Reader<'s>,
}

impl SequenceLog {
    pub(crate) fn cells(&self) -> Cells<'_> {
        let content = match &self.content {
            Content::Cells(content) => content.as_slice(),
            Content::Text(_) => &[],
        };
        Cells {
            log: self,
            content,
            at: 0,
            first: Lv(0),
            end: Lv(0),
            starts: Vec::new(),
            rest: Reader::new(&[], 0),
        }
    }
}

impl<'s> Cells<'s> {
    /// The value that an operation inserted or set; null where none did.
    pub(crate) fn get(&mut self, lv: Lv) -> Cell<'s> {
        if !(self.first..self.end).contains(&lv) && !self.turn_to(lv) {
            return Cell::Null;
        }
        let nth = (lv.0 - self.first.0) as usize;
        if let Some(&start) = self.starts.get(nth) {
            return Cell::at(self.content, start as usize);
        }
        let mut cell = Cell::Null;
        for _ in self.starts.len()..=nth {
            self.starts.push(offset_of(self.rest.offset()));
            // Written or validated before: it reads.
            cell = Cell::read(&mut self.rest).unwrap_or(Cell::Null);
        }
        cell
    }

    /// Goes on with the run of an operation, which often is the next one; says whether there is one.
    fn turn_to(&mut self, lv: Lv) -> bool {
        let run = |at: usize| {
            let run = self.log.runs.get(at);
            run.filter(|run| (run.lv..run.end()).contains(&lv))
        };
        let next = self.at + 1;
        let at = if run(next).is_some() {
            next
        } else {
            self.log.index_after(lv)
        };
        let Some(run) = run(at) else {
            return false;
        };
        let start = run.content as usize;
        (self.at, self.first, self.end) = (at, run.lv, run.end());
        self.starts.clear();
        self.rest = Reader::new(self.content.get(start..).unwrap_or(&[]), start);
        true
    }
}
