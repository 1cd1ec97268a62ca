//! The runs and stretches of a delta, from its fields; the layout stands in [`layout`](super::layout).

use super::batch::{Act, Batch, BatchOp, BatchRun};
use super::budget::Budget;
use super::cells::take_index;
use super::cursors::Cursors;
use super::error::DecodeError;
use super::field::{Field, HEADS};
use super::fields::Fields;
use super::layout::NUMBER_MAX;
use super::numbering::{Authors, Newest};
use super::stretch::{
    DELETE, DELETE_BACK, ENTRY, INSERT, JOINED, MARK, MOVE, NEWER_OPERATION, ON, OTHER_CONTAINER,
    RESTORE, SET, SINGLE, ends_of, head_after, kind_of, len_field, moved, pos_field,
};
use super::told::Told;
use crate::column::Reader;
use crate::id::Seq;
use crate::oplog::{Kind, OpKind};

/// Takes the operations of a delta from its fields.
pub(super) struct Parser<'a, 'f> {
    pub(super) fields: Fields<'f>,
    pub(super) values: Reader<'f>,
    /// Bytes that values may take.
    pub(super) limit: usize,
    pub(super) budget: &'f mut Budget,
    /// Whether the text is one byte a scalar.
    ascii: bool,
    /// Where the text and the cells go on.
    text: usize,
    pub(super) cells: usize,
    /// By peer: its first operation in the delta, and the one after its last so far.
    pub(super) starts: &'f [Seq],
    pub(super) next: Vec<Seq>,
    cursors: Cursors,
    pub(super) authors: Authors,
    pub(super) containers: Newest,
    pub(super) keys: Newest,
    /// Container and kind of the last stretch.
    container: Option<u32>,
    kind: u8,
    /// Until the first parent: whether the delta goes on from it.
    pub(super) goes_on: bool,
    /// The next operation: its peer's number, and `seq`.
    pub(super) operation: (u32, Seq),
    pub(super) told: Option<&'f Told<'f>>,
    /// How many of the values that are told have come up.
    pub(super) told_values: usize,
    pub(super) batch: &'f mut Batch<'a>,
}

impl<'a, 'f> Parser<'a, 'f> {
    /// `starts` are the peers' `seq`s; the batch has all but runs. Values take at most `limit` bytes.
    pub(super) fn new(
        fields: Fields<'f>,
        values: Reader<'f>,
        limit: usize,
        budget: &'f mut Budget,
        starts: &'f [Seq],
        batch: &'f mut Batch<'a>,
    ) -> Self {
        Parser {
            fields,
            values,
            limit,
            budget,
            ascii: batch.text.is_ascii(),
            text: 0,
            cells: 0,
            next: starts.to_vec(),
            starts,
            cursors: Cursors::default(),
            authors: Authors::default(),
            containers: Newest::default(),
            keys: Newest::default(),
            container: None,
            kind: ENTRY,
            goes_on: false,
            operation: (0, 0),
            told: None,
            told_values: 0,
            batch,
        }
    }

    /// Says what the operations leave out. Of texts only the lengths are known: they become letters of no meaning.
    pub(super) fn leave_out(&mut self, told: &'f Told<'f>) {
        self.told = Some(told);
    }

    /// Goes on in the first container, where the first peer's place is this.
    pub(super) fn go_on(&mut self, place: u32) {
        *self.cursors.of(0, self.containers.given()) = place;
        self.container = Some(0);
        self.goes_on = true;
    }

    /// The next run.
    pub(super) fn run(&mut self) -> Result<(), DecodeError> {
        let author = self.fields.take(Field::Author)?;
        let peer = self
            .authors
            .take(author)
            .filter(|&peer| (peer as usize) < self.starts.len())
            .ok_or_else(|| self.fields.error("no such peer"))?;
        let len = self.fields.take(Field::RunLen)?;
        let seq = self.next.get(peer as usize).copied().unwrap_or(0);
        let len = u32::try_from(len)
            .ok()
            .and_then(|len| len.checked_add(1))
            .filter(|&len| len <= NUMBER_MAX && seq <= NUMBER_MAX - len)
            .ok_or_else(|| self.fields.error("a run of too many operations"))?;
        let parents = self.parents(peer, seq)?;
        if let Some(next) = self.next.get_mut(peer as usize) {
            *next = seq + len;
        }
        self.operation = (peer, seq);
        let first = self.batch.ops.len();
        let mut rest = len;
        while rest > 0 {
            let op = self.stretch(peer, rest)?;
            rest -= op.len;
            self.operation.1 = seq + (len - rest);
            self.budget.push(&mut self.batch.ops, op, &self.fields)?;
        }
        self.budget.covers(self.cursors.bytes(), &self.fields)?;
        let run = BatchRun {
            peer,
            seq,
            len,
            parents,
            ops: first..self.batch.ops.len(),
        };
        self.budget.push(&mut self.batch.runs, run, &self.fields)?;
        Ok(())
    }

    #[inline(always)]
    fn stretch(&mut self, peer: u32, rest: u32) -> Result<BatchOp, DecodeError> {
        let before = self.kind;
        let head = self.fields.take(head_after(before))?;
        let [low, ..] = head.to_le_bytes();
        let kind = kind_of(low);
        if head >= HEADS as u64 || !matches!(kind, INSERT..=ENTRY | MARK | MOVE | RESTORE) {
            return Err(self.fields.error(NEWER_OPERATION).into());
        }
        let head = low;
        self.kind = kind;
        if head & OTHER_CONTAINER != 0 {
            let container = self.fields.take(Field::Container)?;
            self.container = self.containers.take(container);
            self.budget.covers(self.cursors.bytes(), &self.fields)?;
        }
        let container = self
            .container
            .ok_or_else(|| self.fields.error("an operation in no container"))?;
        let holds = self
            .batch
            .containers
            .get(container as usize)
            .map(|name| name.kind())
            .ok_or_else(|| self.fields.error("no such container"))?;
        let len = if head & SINGLE != 0 {
            Some(1)
        } else {
            self.fields.take_u32(len_field(kind))?.checked_add(2)
        };
        let len = len
            .filter(|&len| len <= rest)
            .ok_or_else(|| self.fields.error("a stretch longer than its run"))?;
        let act = match (kind, holds) {
            (ENTRY, Kind::Map | Kind::Counter) if len == 1 && head & ON == 0 => {
                self.entry(holds)?
            }
            (ENTRY, Kind::Map) if len == 1 => self.moved()?,
            (RESTORE, Kind::Text | Kind::List | Kind::Map)
                if head & ON == 0 && (len == 1 || holds != Kind::Map) =>
            {
                let (peer, seq) = self.operation_back()?;
                Act::Restore { peer, seq }
            }
            (INSERT | DELETE | DELETE_BACK | SET | MARK | MOVE, Kind::Text | Kind::List) => {
                let pos = self.position(peer, container, (kind, before), head & ON != 0, len)?;
                match (kind, holds) {
                    (INSERT, Kind::Text) => self.typed(pos, len)?,
                    (INSERT, _) => self.cells(len).map(|part| Act::Values { pos, part })?,
                    (SET, Kind::List) if len == 1 => {
                        self.cells(1).map(|part| Act::Set { pos, part })?
                    }
                    (MOVE, Kind::List) if len == 1 => {
                        let to = self.index(pos)?;
                        Act::Move { pos, to }
                    }
                    (MARK, Kind::Text) if len == 1 => self.mark(pos)?,
                    (DELETE, _) => Act::Delete {
                        pos,
                        kind: OpKind::Delete,
                    },
                    (DELETE_BACK, _) => Act::Delete {
                        pos,
                        kind: OpKind::DeleteBack,
                    },
                    _ => {
                        return Err(self
                            .fields
                            .error("an operation that its container does not know")
                            .into());
                    }
                }
            }
            _ => {
                return Err(self
                    .fields
                    .error("an operation that its container does not know")
                    .into());
            }
        };
        Ok(BatchOp {
            container,
            len,
            joined: head & JOINED != 0,
            act,
        })
    }

    /// The lowest position that a stretch touches.
    #[inline(always)]
    fn position(
        &mut self,
        peer: u32,
        container: u32,
        (kind, before): (u8, u8),
        on: bool,
        len: u32,
    ) -> Result<u32, DecodeError> {
        let mut number = None;
        if !on {
            number = Some(self.fields.take(pos_field(kind, before))?);
        }
        if !self.budget.keeps() {
            // Where each peer is in each container is kept with the rest.
            return Ok(0);
        }
        let cursor = self.cursors.of(peer, container);
        let start = match number {
            Some(number) => moved(*cursor, number),
            None => Some(*cursor),
        };
        let pos = if kind == DELETE_BACK {
            start.and_then(|start| start.checked_sub(len))
        } else {
            start
        };
        let pos = pos
            .filter(|&pos| pos <= NUMBER_MAX)
            .ok_or_else(|| self.fields.error("position out of range"))?;
        // Both are far below 2^32.
        *cursor = ends_of(kind, pos, len).1;
        Ok(pos)
    }

    /// Where an element goes from there.
    fn index(&mut self, from: u32) -> Result<u32, DecodeError> {
        if self.budget.keeps() {
            return take_index(&mut self.fields, from);
        }
        self.fields.take(Field::Int)?;
        Ok(0)
    }

    /// The next `len` scalars of the text.
    #[inline(always)]
    fn typed(&mut self, pos: u32, len: u32) -> Result<Act, DecodeError> {
        let start = self.text;
        let rest = self.batch.text.get(start..).unwrap_or("");
        let len = len as usize;
        if let Some(told) = self.told {
            self.text += len;
            if self.text > told.chars {
                return Err(self.fields.error("less text than was inserted").into());
            }
            let part = self.part(start, self.text)?;
            return Ok(Act::Text { pos, part });
        }
        let bytes = if self.ascii {
            (len <= rest.len()).then_some(len)
        } else {
            let mut ends = rest
                .char_indices()
                .map(|(at, scalar)| at + scalar.len_utf8());
            ends.nth(len - 1)
        };
        let bytes = bytes.ok_or_else(|| self.fields.error("less text than was inserted"))?;
        self.text += bytes;
        let part = self.part(start, self.text)?;
        Ok(Act::Text { pos, part })
    }

    /// So many runs, and nothing else.
    pub(super) fn all(mut self, runs: u32) -> Result<(), DecodeError> {
        for _ in 0..runs {
            self.run()?;
        }
        self.finish()
    }

    /// Checks that nothing is left over.
    pub(super) fn finish(self) -> Result<(), DecodeError> {
        if let Some(told) = self.told {
            if self.text != told.chars || self.told_values != told.values() {
                return Err(self
                    .fields
                    .error("a state of other operations than the history")
                    .into());
            }
        } else if self.text != self.batch.text.len() {
            return Err(self.fields.error("more text than was inserted").into());
        }
        if !self.values.is_at_end() {
            return Err(self.values.error("more values than there are").into());
        }
        Ok(self.fields.finish()?)
    }
}
