//! Whether there is room: for content in its column, and for a value with all that is nested in it, before anything of it
//! is written.

use super::Doc;
use super::write::{cell_of, check_value, too_many};
use crate::error::Error;
use crate::limits::Limits;
use crate::oplog::{Cell, ContainerIx, Kind, MOVED_DEPTH, OPERATIONS_MAX, OpLog};
use crate::value::Value;

/// Bytes that a cell has at most besides its string or bytes.
const HEAD_MOST: usize = 11;

/// What values take.
#[derive(Default)]
struct Weight {
    operations: usize,
    /// Bytes in the column that all maps and counters share.
    entries: usize,
}

impl Doc {
    /// Whether so many more bytes fit into a container's column.
    #[inline]
    pub(super) fn check_content(&self, container: ContainerIx, bytes: usize) -> Result<(), Error> {
        check_content(content_len(&self.log, container), bytes, &self.limits)
    }

    /// Holds values that are to be written into `around` to the limits. One that is only found too large half way would
    /// leave its first part with whoever lets the error pass.
    #[inline]
    pub(super) fn check_whole(&self, around: ContainerIx, values: &[Value]) -> Result<(), Error> {
        match values {
            [Value::List(_) | Value::Map(_)] | [] | [_, _, ..] => {
                self.check_at_length(around, values)
            }
            [plain] => {
                let cell = cell_of(plain);
                check_value(cell, &self.limits)?;
                // Seldom is it so near that the last byte counts.
                let most = cell.payload_len() + HEAD_MOST;
                if has_content_room(content_len(&self.log, around), most, &self.limits) {
                    return Ok(());
                }
                self.check_content(around, cell.stored_len())
            }
        }
    }

    /// Whether another container may stand within this one.
    pub(super) fn check_nesting(&self, around: ContainerIx) -> Result<(), Error> {
        self.check_depth(self.log.nesting_of(around) + 1)
    }

    /// The same of what others made, where it stood first: names are made of that.
    pub(super) fn check_first_nesting(&self, around: ContainerIx) -> Result<(), Error> {
        self.check_named(around, self.log.has_moves())
    }

    /// The same, told whether anything was moved.
    pub(super) fn check_named(&self, around: ContainerIx, has_moves: bool) -> Result<(), Error> {
        // Who has a copy without history does not know where what was moved stood first, and may have gone deeper in it.
        let unknown = if has_moves { MOVED_DEPTH } else { 0 };
        let most = self.limits.nesting.saturating_add(unknown);
        check_depth(self.log.containers.depth(around) + 1, most)
    }

    pub(super) fn check_depth(&self, found: u32) -> Result<(), Error> {
        check_depth(found, self.limits.nesting)
    }

    #[inline(never)]
    fn check_at_length(&self, around: ContainerIx, values: &[Value]) -> Result<(), Error> {
        let depth = self.log.nesting_of(around);
        let mut weight = Weight::default();
        let mut cells = 0;
        for value in values {
            cells += self.weigh(value, depth, &mut weight)?;
        }
        if self.log.containers.kind(around) == Kind::List {
            self.check_content(around, cells)?;
        } else {
            weight.entries += cells;
        }
        if weight.entries > 0 {
            check_content(self.log.entries.content_len(), weight.entries, &self.limits)?;
        }
        let operations = weight.operations;
        self.check_room(u32::try_from(operations).map_err(|_| too_many(operations))?)
    }

    /// Adds what a value takes, in a container of that depth, and gives the length of its cell. The limit on nesting bounds
    /// the recursion.
    fn weigh(&self, value: &Value, depth: u32, weight: &mut Weight) -> Result<usize, Error> {
        weight.operations += 1;
        let cell = cell_of(value);
        match value {
            Value::List(values) => {
                self.check_depth(depth + 1)?;
                let mut cells = 0;
                for value in values {
                    cells += self.weigh(value, depth + 1, weight)?;
                }
                check_content(0, cells, &self.limits)?;
            }
            Value::Map(entries) => {
                self.check_depth(depth + 1)?;
                for (key, value) in entries {
                    self.check_key(key)?;
                    weight.entries += self.weigh(value, depth + 1, weight)?;
                }
            }
            _ => check_value(cell, &self.limits)?,
        }
        Ok(cell.stored_len())
    }
}

pub(super) fn check_depth(found: u32, most: u32) -> Result<(), Error> {
    if found > most {
        return Err(Error::Limit {
            what: "nesting",
            limit: most.into(),
            found: found.into(),
        });
    }
    Ok(())
}

/// Whether so many scalars, as many operations, fit into the document and into the column of a text.
#[inline]
pub(super) fn has_text_room(
    log: &OpLog,
    limits: &Limits,
    text: ContainerIx,
    content: &str,
    len: u32,
) -> bool {
    #[cold]
    fn is_exactly(
        log: &OpLog,
        limits: &Limits,
        text: ContainerIx,
        content: &str,
        len: u32,
    ) -> bool {
        log.has_room(len) && has_content_room(content_len(log, text), content.len(), limits)
    }
    // An operation brings at most four bytes: no column is longer than that for all there are.
    const { assert!(u32::MAX / 4 < OPERATIONS_MAX) };
    let operations = log.operations() + u64::from(len);
    operations <= u64::from(limits.content_bytes / 4) || is_exactly(log, limits, text, content, len)
}

/// Whether a column of `len` bytes may take so many more.
#[inline]
fn has_content_room(len: usize, more: usize, limits: &Limits) -> bool {
    len as u64 + more as u64 <= limits.content_bytes.into()
}

/// Whether a mark's value is within the limits, and has room.
pub(super) fn check_mark(log: &OpLog, value: Cell<'_>, limits: &Limits) -> Result<(), Error> {
    check_value(value, limits)?;
    check_content(log.marks.content_len(), value.stored_len(), limits)
}

#[inline]
pub(super) fn check_content(len: usize, more: usize, limits: &Limits) -> Result<(), Error> {
    if has_content_room(len, more, limits) {
        Ok(())
    } else {
        Err(too_much(len as u64 + more as u64, limits))
    }
}

#[cold]
fn too_much(found: u64, limits: &Limits) -> Error {
    Error::Limit {
        what: "content_bytes",
        limit: limits.content_bytes.into(),
        found,
    }
}

/// Bytes of everything that was put into a container's column; that of all maps and counters is one.
#[inline]
fn content_len(log: &OpLog, container: ContainerIx) -> usize {
    match log.sequence(container) {
        Some(sequence) => sequence.content_len(),
        None => log.entries.content_len(),
    }
}
