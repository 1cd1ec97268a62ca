//! What is inside a snapshot: its sections, and what its history holds.

use super::batch::Batch;
use super::ends::read_ends;
use super::error::DecodeError;
use super::fields::Columns;
use super::inspect::{column_sections, frames};
use super::inspection::InspectedFrame;
use super::layout::{AWAY, COLUMNS, MOVED, SPLITS, VALUES};
use super::moved::{read_away, read_moved};
use super::read_tables::{read_names, read_peers};
use super::room::Room;
use super::snapshot::read_body;
use super::splits::read_splits;
use crate::column::Reader;
use crate::limits::Limits;

pub(super) fn snapshot_body(
    body: Reader<'_>,
    frame: &mut InspectedFrame,
) -> Result<(), DecodeError> {
    let limits = Limits::default();
    let mut room = Room::new(&limits);
    let mut reader = body.clone();
    let mut tables = Batch::default();
    let offset = reader.offset();
    let counts = read_peers(&mut reader, &mut tables)?;
    frame.section("peers", offset, reader.offset() - offset);
    frame.block("names".into(), &reader)?;
    read_names(&mut reader, &mut tables, &mut room, &limits)?;
    frame.key_bytes = tables.names.len();
    let offset = reader.offset();
    read_ends(&mut reader, &counts, tables.containers.len(), &mut room)?;
    frame.section("ends", offset, reader.offset() - offset);
    frame.block("text".into(), &reader)?;
    room.block(&mut reader)?;
    let flags = reader.byte()?;
    frame.section("flags of the state", reader.offset() - 1, 1);
    if flags & SPLITS != 0 {
        let offset = reader.offset();
        read_splits(&mut reader, &mut tables)?;
        frame.section("splits", offset, reader.offset() - offset);
    }
    let mut moved = Vec::new();
    if flags & MOVED != 0 {
        let offset = reader.offset();
        moved = read_moved(&mut reader, &tables)?;
        frame.section("moved", offset, reader.offset() - offset);
    }
    if flags & AWAY != 0 {
        let offset = reader.offset();
        read_away(&mut reader, &tables, &moved)?;
        frame.section("away", offset, reader.offset() - offset);
    }
    if flags & VALUES != 0 {
        frame.block("values".into(), &reader)?;
        room.block(&mut reader)?;
    }
    if flags & COLUMNS != 0 {
        let ahead = reader.clone();
        Columns::read(&mut reader, &mut room)?;
        column_sections(ahead, frame)?;
    }
    for name in ["state", "history"] {
        let offset = reader.offset();
        let len = reader.count(1)?;
        frame.section(
            &format!("length of the {name}"),
            offset,
            reader.offset() - offset,
        );
        frame.section(name, reader.offset(), len);
        reader.take(len)?;
    }
    let waiting = frames(reader, false, &mut frame.frames);
    let starts = vec![0; counts.len()];
    let snapshot = read_body(body, &limits)?;
    if !snapshot.has_history() {
        frame.name = "shallow snapshot";
        frame.count(&snapshot.sketch.tables, &counts);
        frame.text_chars = snapshot.sketch.text.chars().count();
        return waiting;
    }
    let history = snapshot.history(&limits)?;
    frame.count(&history.batch, &starts);
    frame.text_chars = history.sketch.text.chars().count() + history.hidden.chars().count();
    waiting
}
