//! Reading a delta; the layout stands in [`layout`](super::layout).

use std::borrow::Cow;

use super::batch::Batch;
use super::block::reader_of;
use super::budget::Budget;
use super::error::{DecodeError, Unreadable};
use super::fields::{Columns, Fields};
use super::frame::{FORMAT_DELTA, FORMAT_KEYSTROKE, Frame};
use super::keystroke;
use super::layout::{
    CODES, COLUMNS, GOES_ON, NAMES, REMARKS, SOMEWHERE, SPLITS, TEXT, VALUES, read_flags,
};
use super::parents::{Known, known};
use super::parse::Parser;
use super::read_tables::{read_names, read_peers};
use super::room::Room;
use super::sketch::Sketch;
use super::splits::read_splits;
use super::told::Told;
use crate::column::{BitReader, Reader};
use crate::id::{OpId, Seq};
use crate::limits::Limits;
use crate::oplog::{Kind, OpLog};
use crate::summary::Chains;

/// Bits for which there is room for a run and its parents, or for a stretch, before they are read.
const BITS_OF_RUN: usize = 12;
const BITS_OF_STRETCH: usize = 32;

/// Parses a delta. Nothing is kept of one that is not whole and well-formed. `log` tells what a keystroke goes on from.
pub(crate) fn read_delta<'a>(
    frame: &Frame<'a>,
    limits: &Limits,
    log: &OpLog,
    chains: &mut Chains,
) -> Result<Batch<'a>, Unreadable> {
    let mut reader = frame.body();
    match frame.format {
        FORMAT_KEYSTROKE => return keystroke::read(reader, log, chains),
        FORMAT_DELTA => {}
        _ => return Err(reader.error("a delta was expected").into()),
    }
    let flags = read_flags(
        &mut reader,
        CODES | COLUMNS | TEXT | VALUES | NAMES | GOES_ON | SPLITS | REMARKS,
    )?;
    let mut batch = Batch::default();
    let mut room = Room::new(limits);
    let starts = read_peers(&mut reader, &mut batch)?;
    if flags & SPLITS != 0 {
        read_splits(&mut reader, &mut batch)?;
    }
    let mut origin = None;
    if flags & GOES_ON != 0 {
        let kind = Kind::from_code(reader.byte()?);
        let mark: [u8; 4] = reader.array()?;
        let (Some(kind), Some(before)) = (kind, before_all(&batch, &starts)) else {
            return Err(reader.error("a delta that goes on from nothing").into());
        };
        origin = Some(match known(log, chains, before, mark)? {
            Known::Missing => return Ok(Batch::waiting_for(before)),
            Known::At(container, place) if log.containers.kind(container) == kind => {
                batch.push_known(container, kind);
                place
            }
            Known::At(..) => {
                return Err(reader
                    .error("a delta that goes on in another kind of container")
                    .into());
            }
            Known::Buried => {
                batch.push_buried(before, kind);
                SOMEWHERE
            }
        });
    }
    if flags & NAMES != 0 {
        read_names(&mut reader, &mut batch, &mut room, limits)?;
    }
    let (batch, _) = read_operations_from(
        &mut reader,
        flags,
        (starts, origin),
        batch,
        Elsewhere::Nothing,
        (&mut room, limits),
    )?;
    Ok(batch)
}

/// What is told outside the operations.
#[derive(Clone, Copy)]
pub(super) enum Elsewhere<'s> {
    Nothing,
    /// What a sketch shows.
    Told(&'s Sketch<'s>),
}

/// Reads a whole history of which a part is told elsewhere; also gives the text that is not.
pub(super) fn read_operations<'a>(
    reader: &mut Reader<'a>,
    batch: Batch<'a>,
    elsewhere: Elsewhere<'_>,
    limits: &Limits,
) -> Result<(Batch<'a>, String), DecodeError> {
    let flags = read_flags(reader, CODES | COLUMNS | TEXT | VALUES | REMARKS)?;
    let starts = vec![0; batch.peers.len()];
    let mut room = Room::new(limits);
    let rest = (starts, None);
    read_operations_from(reader, flags, rest, batch, elsewhere, (&mut room, limits))
}

fn read_operations_from<'a>(
    reader: &mut Reader<'a>,
    flags: u8,
    (starts, origin): (Vec<Seq>, Option<u32>),
    mut batch: Batch<'a>,
    elsewhere: Elsewhere<'_>,
    (room, limits): (&mut Room, &Limits),
) -> Result<(Batch<'a>, String), DecodeError> {
    let bytes = reader.remaining();
    let offset_remarks = reader.offset();
    if flags & REMARKS != 0 {
        batch.remarks = room.block(reader)?;
    }
    let offset_runs = reader.offset();
    let runs = reader.u32()?;
    if flags & TEXT != 0 {
        batch.text = room.text(reader)?;
    }
    let offset = reader.offset();
    let values = if flags & VALUES == 0 {
        Cow::Borrowed(&[][..])
    } else {
        room.block(reader)?
    };
    let offset_after = reader.offset();
    let columns = if flags & COLUMNS == 0 {
        Columns::none()
    } else {
        Columns::read(reader, room)?
    };
    let offset_bits = reader.offset();
    let bits = BitReader::new(reader.take(reader.remaining())?, offset_bits);
    let values = reader_of(&values, offset, offset_after);
    let mut hidden = String::new();
    let mut told = None;
    if let Elsewhere::Told(sketch) = elsewhere {
        hidden = std::mem::take(&mut batch.text).into_owned();
        told = Some(Told::new(sketch, &hidden));
    }
    let taken = batch.bytes_of_tables();
    let mut budget = Budget::new(bytes, room.unpacked(), taken, limits);
    loop {
        let fields = Fields::new(bits.clone(), &columns, flags & CODES == 0)?;
        expect(&mut batch, runs, &mut budget, fields.remaining());
        let mut parser = Parser::new(
            fields,
            values.clone(),
            limits.inflated_bytes as usize,
            &mut budget,
            &starts,
            &mut batch,
        );
        if let Some(place) = origin {
            parser.go_on(place);
        }
        if let Some(told) = &told {
            parser.leave_out(told);
        }
        let read = parser.all(runs);
        if budget.is_done(read)? {
            break;
        }
        batch.forget_operations();
    }
    batch.check_remarks(offset_remarks, offset_runs)?;
    if let Some(told) = &told {
        batch.text = "x".repeat(told.chars).into();
    }
    Ok((batch, hidden))
}

/// Makes room for what so many bits tell of, as far as that is sure to be little next to them.
fn expect(batch: &mut Batch<'_>, runs: u32, budget: &mut Budget, bits: usize) {
    let runs = (bits / BITS_OF_RUN).min(runs as usize);
    budget.reserve(&mut batch.runs, runs);
    budget.reserve(&mut batch.parents, 2 * runs);
    // Each run has one at least.
    let stretches = (runs + runs / 2).max(bits / BITS_OF_STRETCH);
    budget.reserve(&mut batch.ops, stretches);
}

/// The operation that a delta goes on from: its peer's before the first.
fn before_all(batch: &Batch<'_>, starts: &[Seq]) -> Option<OpId> {
    let (&peer, &start) = batch.peers.first().zip(starts.first())?;
    Some(OpId {
        peer,
        seq: start.checked_sub(1)?,
    })
}
