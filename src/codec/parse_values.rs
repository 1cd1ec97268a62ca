//! The values of a delta, and what they stand for: elements of lists, entries of maps and counters, marks on texts.

use super::batch::{Act, Part};
use super::cells::{take_cell, take_extent};
use super::error::DecodeError;
use super::field::Field;
use super::parse::Parser;
use super::told::Stands;
use crate::oplog::{Cell, ContainerIx, Kind};

impl<'f> Parser<'_, 'f> {
    /// The next `len` values, as those may stand in a list; where their cells stand.
    pub(super) fn cells(&mut self, len: u32) -> Result<Part, DecodeError> {
        let start = self.cells;
        for nth in 0..len {
            if self.cell(nth)? == Stands::InMap {
                return Err(self.fields.error("a value that only a map can hold").into());
            }
        }
        self.part(start, self.cells)
    }

    fn key(&mut self) -> Result<u32, DecodeError> {
        let value = self.fields.take(Field::Key)?;
        let key = self.keys.take(value);
        key.filter(|&key| (key as usize) < self.batch.keys.len())
            .ok_or_else(|| self.fields.error("no such key").into())
    }

    pub(super) fn mark(&mut self, pos: u32) -> Result<Act, DecodeError> {
        let key = self.key()?;
        let extent = take_extent(&mut self.fields)?;
        let start = self.cells;
        if matches!(self.cell(0)?, Stands::InMap | Stands::InMapOrList) {
            return Err(self.fields.error("a mark whose value is not plain").into());
        }
        self.keep(Cell::Int(extent.number().into()))?;
        let part = self.part(start, self.cells)?;
        Ok(Act::Mark { pos, key, part })
    }

    pub(super) fn entry(&mut self, holds: Kind) -> Result<Act, DecodeError> {
        let key = match holds {
            Kind::Map => Some(self.key()?),
            _ => None,
        };
        let start = self.cells;
        let stands = self.cell(0)?;
        if holds == Kind::Counter && stands != Stands::Anywhere {
            return Err(self
                .fields
                .error("a counter changed by something else than an integer")
                .into());
        }
        let part = self.part(start, self.cells)?;
        Ok(Act::Entry { key, part })
    }

    /// A container that is moved to a key.
    pub(super) fn moved(&mut self) -> Result<Act, DecodeError> {
        let key = Some(self.key()?);
        let value = self.fields.take(Field::Container)?;
        let container = self.containers.take(value);
        let container = container
            .filter(|&container| (container as usize) < self.batch.containers.len())
            .ok_or_else(|| self.fields.error("no such container"))?;
        let cell = Cell::Moved(ContainerIx(container));
        let (peer, seq) = self.operation;
        let told = self.told.and_then(|told| told.value((peer, seq)));
        if let Some(told) = told {
            self.told_values += 1;
            if told != cell {
                return Err(self.fields.error("another value than is shown").into());
            }
        }
        let start = self.cells;
        self.keep(cell)?;
        let part = self.part(start, self.cells)?;
        Ok(Act::Entry { key, part })
    }

    #[inline]
    pub(super) fn part(&self, start: usize, end: usize) -> Result<Part, DecodeError> {
        Part::new(start, end).ok_or_else(|| self.fields.error("content of over 4 GiB").into())
    }

    /// The value of the stretch's `nth` operation; its cell is appended.
    fn cell(&mut self, nth: u32) -> Result<Stands, DecodeError> {
        let (peer, seq) = self.operation;
        let told = self.told.and_then(|told| told.value((peer, seq + nth)));
        let cell = match told {
            Some(Cell::Moved(_)) => {
                return Err(self.fields.error("another value than is shown").into());
            }
            Some(told) => {
                self.told_values += 1;
                told
            }
            None => self.own_cell()?,
        };
        self.keep(cell)?;
        Ok(Stands::of(cell))
    }

    /// Appends a cell.
    fn keep(&mut self, cell: Cell<'_>) -> Result<(), DecodeError> {
        let len = cell.stored_len();
        self.cells += len;
        let cells = &mut self.batch.cells;
        self.budget.room(cells, len, &self.fields)?;
        if self.budget.keeps() {
            cell.write(cells);
        }
        Ok(())
    }

    fn own_cell(&mut self) -> Result<Cell<'f>, DecodeError> {
        let cell = take_cell(&mut self.fields, &mut self.values)?;
        if self.cells + cell.payload_len() > self.limit {
            return Err(self
                .fields
                .error("values would unpack beyond their limit")
                .into());
        }
        Ok(cell)
    }
}
