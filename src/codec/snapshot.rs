//! A whole document: what it shows, the history without that, and the deltas that wait.
//!
//! ```text
//! body    := sketch length history (frame)*
//! history := the body of a delta without peers, origin and names: those of the sketch, whose peers start at operation 0
//! ```
//!
//! The history leaves out what the sketch tells: the text of insertions that a text shows, and the values of items. The text
//! that is left out stands in the sketch in the order of its text, so only a replay tells which insertion it belongs to:
//! text is stored once, and shown without the history.

use std::collections::BTreeMap;

use super::Level;
use super::ends::Told;
use super::error::DecodeError;
use super::frame::{FORMAT_SNAPSHOT, Frame, frame, read_frame};
use super::read::{Elsewhere, read_operations};
use super::read_sketch::read_sketch;
use super::shown::Shown;
use super::sketch::Sketch;
use super::sketch_write::{Sketched, put_sketch};
use super::write::{History, write_history};
use crate::codec::batch::Batch;
use crate::column::{Reader, put_unsigned};
use crate::id::LvSpan;
use crate::limits::Limits;
use crate::oplog::{ContainerIx, OpLog};
use crate::state::State;
use crate::summary::Chains;

/// Writes a document whose whole history is in the log. `order` tells, by text, the insertions shown.
pub(crate) fn write_snapshot<'a>(
    log: &OpLog,
    state: &State,
    order: BTreeMap<ContainerIx, Vec<LvSpan>>,
    chains: &mut Chains,
    waiting: impl Iterator<Item = &'a [u8]>,
    level: Level,
) -> Vec<u8> {
    let shown = Shown::new(log, state, order);
    let History {
        mut tables,
        body: history,
    } = write_history(log, &shown, level);
    let sketched = Sketched {
        log,
        state,
        shown: &shown,
        told: Told::Heads,
        level,
    };
    let mut body = Vec::new();
    put_sketch(&mut body, &sketched, chains, &mut tables);
    put_unsigned(&mut body, history.len() as u64);
    body.extend_from_slice(&history);
    waiting.for_each(|delta| body.extend_from_slice(delta));
    frame(FORMAT_SNAPSHOT, &body)
}

/// A snapshot, of which the history is still encoded.
#[derive(Debug)]
pub(crate) struct Snapshot<'a> {
    pub(crate) sketch: Sketch<'a>,
    history: Reader<'a>,
    pub(crate) waiting: Vec<Frame<'a>>,
}

/// Reads what a document shows, and what waits.
pub(crate) fn read_snapshot<'a>(
    snapshot: &Frame<'a>,
    limits: &Limits,
) -> Result<Snapshot<'a>, DecodeError> {
    read_body(snapshot.body(), limits)
}

/// As [`read_snapshot`], of what is in the frame.
pub(super) fn read_body<'a>(
    mut reader: Reader<'a>,
    limits: &Limits,
) -> Result<Snapshot<'a>, DecodeError> {
    let (sketch, rest) = read_sketch(&mut reader, limits, |reader| {
        let len = reader.count(1)?;
        let offset = reader.offset();
        let history = Reader::new(reader.take(len)?, offset);
        let mut waiting = Vec::new();
        while !reader.is_at_end() {
            waiting.push(read_frame(reader)?);
        }
        Ok((offset, history, waiting))
    })?;
    let (offset, history, waiting) = rest;
    let snapshot = Snapshot {
        sketch,
        history,
        waiting,
    };
    if !snapshot.has_history() && !snapshot.sketch.ends.are_all(&snapshot.sketch.counts) {
        return Err(DecodeError::new(
            offset,
            "no history, and not everybody's end",
        ));
    }
    Ok(snapshot)
}

/// A history whose texts are letters of no meaning: what is shown is known only after a replay.
pub(crate) struct Blind<'a> {
    pub(crate) batch: Batch<'a>,
    /// What was inserted and is not shown, in order of operations.
    pub(crate) hidden: String,
    pub(crate) sketch: Sketch<'a>,
}

impl<'a> Snapshot<'a> {
    /// Whether there is a history, or none was made.
    pub(crate) fn has_history(&self) -> bool {
        !self.history.is_at_end() || self.sketch.operations() == 0
    }

    /// Reads the history.
    pub(crate) fn history(self, limits: &Limits) -> Result<Blind<'a>, DecodeError> {
        let Snapshot {
            mut sketch,
            mut history,
            ..
        } = self;
        let offset = history.offset();
        let tables = std::mem::take(&mut sketch.tables);
        let (batch, hidden) =
            read_operations(&mut history, tables, Elsewhere::Told(&sketch), limits)?;
        if !history.is_at_end() || batch.operations_by_peer() != sketch.counts {
            return Err(DecodeError::new(
                offset,
                "a history of other operations than the state is of",
            ));
        }
        Ok(Blind {
            batch,
            hidden,
            sketch,
        })
    }
}
