//! What the first operation of a run follows, from a delta's fields.

use std::ops::Range;

use super::batch::ParentRef;
use super::error::DecodeError;
use super::field::Field;
use super::parse::Parser;
use crate::id::Seq;

impl Parser<'_, '_> {
    /// The parents of a run that starts with that operation; where they stand.
    pub(super) fn parents(&mut self, peer: u32, seq: Seq) -> Result<Range<usize>, DecodeError> {
        let first = self.batch.parents.len();
        let shape = self.fields.take(Field::Parents)?;
        if self.goes_on && (peer > 0 || shape & 1 == 0) {
            return Err(self
                .fields
                .error("a delta that does not go on as it says")
                .into());
        }
        if shape & 1 == 1 {
            let before = seq
                .checked_sub(1)
                .ok_or_else(|| self.fields.error("no operation before the first"))?;
            self.parent(peer, before)?;
        }
        for _ in 0..shape / 2 {
            let (by, at) = self.operation_back()?;
            if by == peer && at >= seq {
                return Err(self.fields.error("an operation that follows itself").into());
            }
            self.parent(by, at)?;
        }
        Ok(first..self.batch.parents.len())
    }

    /// An operation, by its peer and how far it is back.
    pub(super) fn operation_back(&mut self) -> Result<(u32, Seq), DecodeError> {
        let by = self.fields.take(Field::ParentPeer)?;
        let by = self.authors.take_parent(by);
        let next = by.and_then(|by| self.next.get(by as usize).copied());
        let (Some(by), Some(next)) = (by, next) else {
            return Err(self.fields.error("no such peer").into());
        };
        let back = self.fields.take_u32(Field::ParentBack)?;
        let at = next
            .checked_sub(1)
            .and_then(|last| last.checked_sub(back))
            .ok_or_else(|| self.fields.error("no operation before the first"))?;
        Ok((by, at))
    }

    fn parent(&mut self, peer: u32, seq: Seq) -> Result<(), DecodeError> {
        let start = self.starts.get(peer as usize).copied().unwrap_or(0);
        let mark = if std::mem::take(&mut self.goes_on) {
            None
        } else if seq < start {
            Some(self.fields.take_word()?)
        } else {
            None
        };
        let parent = ParentRef { peer, seq, mark };
        self.budget
            .push(&mut self.batch.parents, parent, &self.fields)?;
        Ok(())
    }
}
