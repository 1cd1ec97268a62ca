//! Making operations: each goes to the log, to the state, and to the notes that can take it back and tell of it.

use std::ops::Range;

use super::Doc;
use super::fits::has_text_room;
use super::text_mut::scalars;
use crate::error::Error;
use crate::id::Lv;
use crate::limits::Limits;
use crate::oplog::{Cell, ContainerIx, KeyIx, Kind, Name, OPERATIONS_MAX, offset_of};
use crate::state::{Note, Stroke};
use crate::value::Value;

impl Doc {
    /// Enters `len` operations into the graph; returns the first, and whether it continues the transaction.
    #[inline]
    pub(super) fn begin(&mut self, len: u32) -> Result<(Lv, bool), Error> {
        let Some(author) = self.author().filter(|_| self.log.has_room(len)) else {
            return Err(self.refusal(len));
        };
        let lv = self.log.push_newest(len, author);
        Ok((lv, lv > self.open.start))
    }

    /// Why no operations can be made.
    #[cold]
    pub(super) fn refusal(&self, len: u32) -> Error {
        self.check_room(len).err().unwrap_or(Error::NoPeer)
    }

    pub(super) fn check_room(&self, len: u32) -> Result<(), Error> {
        if self.log.has_room(len) {
            return Ok(());
        }
        let found = self.log.operations() + u64::from(len);
        Err(Error::Limit {
            what: "operations",
            limit: OPERATIONS_MAX.into(),
            found,
        })
    }

    /// Inserts text, and says whether it did: what is missing or wrong otherwise, a handle finds out.
    pub(super) fn insert_text(&mut self, text: ContainerIx, at: u32, content: &str) -> bool {
        // Most insertions are of a single byte: the compiler makes code of its own for them.
        if content.len() == 1 {
            self.insert_scalars(text, at, content, 1)
        } else {
            self.insert_many(text, at, content)
        }
    }

    #[inline(never)]
    fn insert_many(&mut self, text: ContainerIx, at: u32, content: &str) -> bool {
        self.insert_scalars(text, at, content, scalars(content))
    }

    #[inline(always)]
    fn insert_scalars(&mut self, text: ContainerIx, at: u32, content: &str, len: u32) -> bool {
        let (Some(author), Some(rope)) = (self.author, self.state.text_mut(text)) else {
            return refused();
        };
        if len == 0
            || at > rope.len().chars
            || !has_text_room(&self.log, &self.limits, text, content, len)
        {
            return refused();
        }
        rope.insert(at, content);
        if self.state.has_marks() {
            self.state.marks_inserted(text, at, len);
        }
        let from = self
            .log
            .insert_text(author, text, at, content, len, self.open.start);
        self.notes.push(match content.as_bytes() {
            &[typed] => Note::Stroke {
                text,
                stroke: Stroke::typed(at, typed.into()),
            },
            bytes => Note::TextInserted {
                text,
                at,
                len,
                from,
                bytes: offset_of(bytes.len()),
            },
        });
        true
    }

    /// Deletes text, likewise.
    pub(super) fn delete_text(&mut self, text: ContainerIx, range: Range<u32>) -> bool {
        let (Some(author), Some(rope)) = (self.author, self.state.text_mut(text)) else {
            return refused();
        };
        let (at, len) = (range.start, range.end.wrapping_sub(range.start));
        if range.is_empty() || range.end > rope.len().chars || !self.log.has_room(len) {
            return refused();
        }
        rope.delete(at, len, &mut self.notes.text);
        if self.state.has_marks() {
            self.loosen(text, at, len);
        }
        self.log.delete(author, text, at, len, self.open.start);
        self.notes.push(Note::Stroke {
            text,
            stroke: Stroke::deleted(at, len),
        });
        true
    }

    /// Sets or removes a key; that there is room has been checked. Returns the operation.
    pub(super) fn set_entry(
        &mut self,
        map: ContainerIx,
        key: KeyIx,
        cell: Cell<'_>,
    ) -> Result<Lv, Error> {
        if let Cell::Moved(container) = cell {
            return self.set_moved((map, key), container);
        }
        let (lv, joined) = self.begin(1)?;
        let entry = self.log.push_entry(lv, map, Some(key), cell, joined);
        self.state.grow(&self.log);
        let slot = (map, key);
        let from = offset_of(self.notes.rivals.len());
        self.notes
            .rivals
            .extend_from_slice(self.state.rivals_of(slot));
        let is_set = !matches!(cell, Cell::Removed) && self.log.is_there(map, entry);
        let now = is_set.then_some(entry);
        let before = self.state.overwrite(&self.log.entries, slot, now);
        self.notes.push(Note::Register {
            slot,
            before,
            now,
            from,
        });
        Ok(lv)
    }

    /// Removes a key, if it shows anything.
    pub(super) fn remove_key(&mut self, map: ContainerIx, key: &str) -> Result<(), Error> {
        if let Some(key) = self.log.keys.find(key)
            && self.state.winner(&self.log.entries, (map, key)).is_some()
        {
            self.check_content(map, Cell::Removed.stored_len())?;
            self.set_entry(map, key, Cell::Removed)?;
        }
        Ok(())
    }

    /// Adds to a counter.
    pub(super) fn add(&mut self, counter: ContainerIx, by: i64) -> Result<(), Error> {
        self.check_content(counter, Cell::Int(by).stored_len())?;
        let (lv, joined) = self.begin(1)?;
        self.log
            .push_entry(lv, counter, None, Cell::Int(by), joined);
        self.state.add_to(counter, by.into());
        self.notes.push(Note::Counted { counter, by });
        Ok(())
    }

    /// Writes the contents of a list or map into the fresh container that stands for it.
    pub(super) fn fill(&mut self, container: ContainerIx, value: &Value) -> Result<(), Error> {
        match value {
            Value::List(values) => self.insert_values(container, 0, values),
            Value::Map(entries) => entries
                .iter()
                .try_for_each(|(key, value)| self.set_value(container, key, value)),
            _ => Ok(()),
        }
    }

    /// Inserts values, nested ones with their contents; the position has been checked.
    pub(super) fn insert_values(
        &mut self,
        list: ContainerIx,
        at: u32,
        values: &[Value],
    ) -> Result<(), Error> {
        let len = u32::try_from(values.len()).map_err(|_| too_many(values.len()))?;
        if len == 0 {
            return Ok(());
        }
        self.check_whole(list, values)?;
        let mut cells = std::mem::take(&mut self.notes.memory);
        for value in values {
            cell_of(value).write(&mut cells);
        }
        let lv = self.insert_cells(list, at, &cells, len);
        self.notes.put_back(cells);
        let lv = lv?;
        for (nth, value) in (0..).zip(values) {
            self.fill_made(lv.plus(nth), value)?;
        }
        Ok(())
    }

    /// Sets a key, a nested value with its contents.
    pub(super) fn set_value(
        &mut self,
        map: ContainerIx,
        key: &str,
        value: &Value,
    ) -> Result<(), Error> {
        self.check_key(key)?;
        self.check_whole(map, std::slice::from_ref(value))?;
        let key = self.log.keys.intern(key);
        let lv = self.set_entry(map, key, cell_of(value))?;
        self.fill_made(lv, value)
    }

    /// Fills the container that an operation made for a nested value.
    pub(super) fn fill_made(&mut self, lv: Lv, value: &Value) -> Result<(), Error> {
        let kind = match value {
            Value::List(_) => Kind::List,
            Value::Map(_) => Kind::Map,
            _ => return Ok(()),
        };
        match self.log.containers.find(Name::Made { by: lv, kind }) {
            Some(made) => self.fill(made, value),
            None => Ok(()),
        }
    }

    pub(super) fn check_message(&self, message: &str) -> Result<(), Error> {
        if message.len() <= self.limits.message_bytes as usize {
            return Ok(());
        }
        Err(Error::Limit {
            what: "message_bytes",
            limit: self.limits.message_bytes.into(),
            found: message.len() as u64,
        })
    }

    pub(super) fn check_key(&self, key: &str) -> Result<(), Error> {
        let limited = |limit| Error::Limit {
            what: "key_bytes",
            limit,
            found: key.len() as u64,
        };
        if key.len() > self.limits.key_bytes as usize {
            return Err(limited(self.limits.key_bytes.into()));
        }
        if !self.log.keys.has_room(key.len()) {
            return Err(limited(0));
        }
        Ok(())
    }
}

/// Tells the compiler, too, that this is seldom said.
#[cold]
fn refused() -> bool {
    false
}

/// The cell for a value: for a list or map, that it makes one.
pub(super) fn cell_of(value: &Value) -> Cell<'_> {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(bool) => Cell::Bool(*bool),
        Value::Int(int) => Cell::Int(*int),
        Value::Float(float) => Cell::Float(*float),
        Value::String(string) => Cell::Str(string),
        Value::Bytes(bytes) => Cell::Bytes(bytes),
        Value::List(_) => Cell::Made(Kind::List),
        Value::Map(_) => Cell::Made(Kind::Map),
    }
}

/// Whether a value's bytes are within the limit.
pub(super) fn check_value(cell: Cell<'_>, limits: &Limits) -> Result<(), Error> {
    let found = cell.payload_len();
    if found > limits.value_bytes as usize {
        return Err(Error::Limit {
            what: "value_bytes",
            limit: limits.value_bytes.into(),
            found: found as u64,
        });
    }
    Ok(())
}

pub(super) fn too_many(found: usize) -> Error {
    Error::Limit {
        what: "operations",
        limit: OPERATIONS_MAX.into(),
        found: found as u64,
    }
}
