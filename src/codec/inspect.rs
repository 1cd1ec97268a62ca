//! What is inside an encoding, told without a document; of a damaged one as much as can be read.
//!
//! The layouts stand in [`frame`](super::frame), [`layout`](super::layout) and [`keystroke`](super::keystroke). What a delta
//! takes from the receiver (where the operation before ended) is not known here: positions are not told, and not checked.

use super::batch::{Act, Batch};
use super::block::reader_of;
use super::budget::Budget;
use super::error::DecodeError;
use super::fields::{Columns, Fields};
use super::frame::{FORMAT_DELTA, FORMAT_KEYSTROKE, FORMAT_SNAPSHOT, checksum};
use super::inspect_snapshot::snapshot_body;
use super::inspection::{InspectedFrame, InspectedPeer, InspectedSection, Inspection};
use super::keystroke;
use super::layout::{
    CODES, COLUMNS, GOES_ON, NAMES, REMARKS, SOMEWHERE, SPLITS, TEXT, VALUES, read_flags,
};
use super::parse::Parser;
use super::read_tables::{read_names, read_peers};
use super::room::Room;
use super::splits::read_splits;
use crate::column::{BitReader, Reader};
use crate::id::{OpId, Seq};
use crate::limits::Limits;
use crate::oplog::{Kind, OpKind};

/// Tells what is inside an encoding. Damaged bytes are told as far as they can be read, within the default
/// [`Limits`]. O(bytes, unpacked).
pub fn inspect(bytes: &[u8]) -> Inspection {
    let mut inspection = Inspection {
        bytes: bytes.len(),
        ..Inspection::default()
    };
    if bytes.is_empty() {
        inspection.error = Some(DecodeError::new(0, "input is empty"));
    }
    let end = frames(Reader::new(bytes, 0), true, &mut inspection.frames);
    inspection.error = inspection.error.or(end.err());
    inspection
}

/// The frames that follow each other, as far as they can be told apart.
pub(super) fn frames(
    mut reader: Reader<'_>,
    snapshots: bool,
    found: &mut Vec<InspectedFrame>,
) -> Result<(), DecodeError> {
    while !reader.is_at_end() {
        found.push(one_frame(&mut reader, snapshots)?);
    }
    Ok(())
}

fn one_frame(reader: &mut Reader<'_>, snapshots: bool) -> Result<InspectedFrame, DecodeError> {
    let offset = reader.offset();
    let start = reader.clone();
    let format = reader.byte()?;
    let name = match format {
        FORMAT_KEYSTROKE => "keystroke",
        FORMAT_DELTA => "delta",
        FORMAT_SNAPSHOT => "snapshot",
        _ => {
            return Err(DecodeError::new(
                offset,
                "no frame, or of a format that Syncline 0.1 does not know: a newer version is needed",
            ));
        }
    };
    let len = reader.unsigned()?;
    let header_len = reader.offset() - offset;
    let sum: [u8; 4] = reader.array()?;
    let body_offset = reader.offset();
    let whole = usize::try_from(len).is_ok_and(|len| len <= reader.remaining());
    let taken = if whole {
        usize::try_from(len).unwrap_or(0)
    } else {
        reader.remaining()
    };
    let body = reader.take(taken)?;
    let header = start.clone().take(header_len)?;
    let matches = whole.then(|| sum == checksum(header, body));
    let mut frame = InspectedFrame {
        offset,
        bytes: header_len + 4 + taken,
        format,
        name,
        checksum_matches: matches,
        ..InspectedFrame::default()
    };
    frame.section("header", offset, header_len + 4);
    let body = Reader::new(body, body_offset);
    let read = match format {
        FORMAT_KEYSTROKE => keystroke_body(body, &mut frame),
        FORMAT_DELTA => delta_body(body, &mut frame),
        _ if snapshots => snapshot_body(body, &mut frame),
        _ => Err(body.error("a delta was expected").into()),
    };
    frame.error = match matches {
        None => Some(DecodeError::new(
            offset + frame.bytes,
            "input ends before its frame does",
        )),
        Some(false) => Some(DecodeError::new(
            offset + header_len,
            "checksum does not match: the bytes were damaged",
        )),
        Some(true) => None,
    };
    // Where the damage shows is told better by what cannot be read.
    frame.error = read.err().or(frame.error);
    Ok(frame)
}

impl InspectedFrame {
    pub(super) fn section(&mut self, name: &str, offset: usize, bytes: usize) {
        self.sections.push(InspectedSection {
            name: name.to_owned(),
            offset,
            bytes,
            unpacked: None,
            packing: None,
        });
    }

    /// Notes the block that comes next.
    pub(super) fn block(&mut self, name: String, reader: &Reader<'_>) -> Result<(), DecodeError> {
        let mut ahead = reader.clone();
        let packing = match ahead.byte()? {
            0 => "none",
            1 => "lz4",
            2 => "prefix",
            3 => "lz4+prefix",
            4 => "brotli",
            5 => "lz4+strands",
            _ => "unknown",
        };
        let unpacked = ahead.unsigned()?;
        let packed = if packing == "none" {
            unpacked
        } else {
            ahead.unsigned()?
        };
        let (head, rest) = (ahead.offset() - reader.offset(), ahead.remaining());
        self.sections.push(InspectedSection {
            name,
            offset: reader.offset(),
            bytes: head + usize::try_from(packed).unwrap_or(rest).min(rest),
            unpacked: Some(unpacked),
            packing: Some(packing),
        });
        Ok(())
    }

    /// Counts what was parsed.
    pub(super) fn count(&mut self, batch: &Batch<'_>, starts: &[Seq]) {
        self.peers = batch
            .peers
            .iter()
            .zip(starts)
            .map(|(&peer, &seq)| InspectedPeer {
                peer,
                seq,
                operations: 0,
            })
            .collect();
        self.runs = batch.runs.len();
        self.parents = batch.parents.len();
        self.marks = batch
            .parents
            .iter()
            .filter(|parent| parent.mark.is_some())
            .count();
        let mut kinds = KINDS.map(|name| (name, 0, 0));
        for run in &batch.runs {
            if let Some(peer) = self.peers.get_mut(run.peer as usize) {
                peer.operations += u64::from(run.len);
            }
        }
        for op in &batch.ops {
            self.operations += u64::from(op.len);
            if let Act::Text { part, .. } = op.act {
                self.text_chars += batch.text(part).chars().count();
            }
            if let Some((_, count, operations)) = kinds.get_mut(kind_of(op.act)) {
                *count += 1;
                *operations += u64::from(op.len);
            }
        }
        self.stretches = kinds.into_iter().filter(|kind| kind.1 > 0).collect();
        self.keys = batch.keys.len();
        self.key_bytes = batch.names.len();
        self.containers = batch.containers.len();
    }
}

const KINDS: [&str; 8] = [
    "insert",
    "delete",
    "delete back",
    "set",
    "entry",
    "move",
    "mark",
    "restore",
];

fn kind_of(act: Act) -> usize {
    match act {
        Act::Text { .. } | Act::Values { .. } => 0,
        Act::Delete {
            kind: OpKind::DeleteBack,
            ..
        } => 2,
        Act::Delete { .. } => 1,
        Act::Set { .. } => 3,
        Act::Entry { .. } => 4,
        Act::Move { .. } => 5,
        Act::Mark { .. } => 6,
        Act::Restore { .. } => 7,
    }
}

fn keystroke_body(body: Reader<'_>, frame: &mut InspectedFrame) -> Result<(), DecodeError> {
    let stroke = keystroke::parse(body.clone())?;
    let batch = stroke.batch(SOMEWHERE)?;
    frame.count(&batch, &[stroke.before.seq + 1]);
    frame.marks = 1;
    frame.goes_on_from = Some(stroke.before);
    frame.section("body", body.offset(), body.remaining());
    Ok(())
}

fn delta_body(mut reader: Reader<'_>, frame: &mut InspectedFrame) -> Result<(), DecodeError> {
    let limits = Limits::default();
    let limit = limits.inflated_bytes as usize;
    let mut room = Room::new(&limits);
    let mut budget = Budget::of_all(reader.remaining(), &limits);
    let mut batch = Batch::default();
    frame.section("flags", reader.offset(), 1.min(reader.remaining()));
    let flags = read_flags(
        &mut reader,
        CODES | COLUMNS | TEXT | VALUES | NAMES | GOES_ON | SPLITS | REMARKS,
    )?;
    let offset = reader.offset();
    let starts = read_peers(&mut reader, &mut batch)?;
    frame.section("peers", offset, reader.offset() - offset);
    frame.count(&batch, &starts);
    if flags & SPLITS != 0 {
        let offset = reader.offset();
        read_splits(&mut reader, &mut batch)?;
        frame.section("splits", offset, reader.offset() - offset);
    }
    if flags & GOES_ON != 0 {
        let offset = reader.offset();
        let kind = Kind::from_code(reader.byte()?);
        let _mark: [u8; 4] = reader.array()?;
        let first = frame
            .peers
            .first()
            .and_then(|first| Some((first.peer, first.seq.checked_sub(1)?)));
        let (Some(kind), Some((peer, seq))) = (kind, first) else {
            return Err(reader.error("a delta that goes on from nothing").into());
        };
        frame.goes_on_from = Some(OpId { peer, seq });
        batch.push_known(crate::oplog::ContainerIx(0), kind);
        frame.section("origin", offset, 5);
    }
    if flags & NAMES != 0 {
        frame.block("names".into(), &reader)?;
        read_names(&mut reader, &mut batch, &mut room, &limits)?;
        frame.count(&batch, &starts);
    }
    if flags & REMARKS != 0 {
        frame.block("remarks".into(), &reader)?;
        room.block(&mut reader)?;
    }
    let offset = reader.offset();
    let runs = reader.u32()?;
    frame.section("count of runs", offset, reader.offset() - offset);
    if flags & TEXT != 0 {
        frame.block("text".into(), &reader)?;
        batch.text = room.text(&mut reader)?;
    }
    let offset_values = reader.offset();
    let mut values = std::borrow::Cow::Borrowed(&[][..]);
    if flags & VALUES != 0 {
        frame.block("values".into(), &reader)?;
        values = room.block(&mut reader)?;
    }
    let values = reader_of(&values, offset_values, reader.offset());
    let mut columns = Columns::none();
    if flags & COLUMNS != 0 {
        let ahead = reader.clone();
        columns = Columns::read(&mut reader, &mut room)?;
        column_sections(ahead, frame)?;
    }
    let offset = reader.offset();
    frame.section("bits", offset, reader.remaining());
    let bits = BitReader::new(reader.take(reader.remaining())?, offset);
    let fields = Fields::new(bits, &columns, flags & CODES == 0)?;
    frame.own_codes = fields.own_codes();
    let mut parser = Parser::new(fields, values, limit, &mut budget, &starts, &mut batch);
    if flags & GOES_ON != 0 {
        parser.go_on(SOMEWHERE);
    }
    let read = parser.all(runs);
    frame.count(&batch, &starts);
    frame.marks += usize::from(flags & GOES_ON != 0);
    read
}

pub(super) fn column_sections(
    mut reader: Reader<'_>,
    frame: &mut InspectedFrame,
) -> Result<(), DecodeError> {
    frame.section("count of columns", reader.offset(), 1);
    for _ in 0..reader.byte()? {
        let offset = reader.offset();
        let name = super::field::name_of(reader.byte()?);
        frame.section("number of a column", offset, 1);
        frame.block(format!("column {name}"), &reader)?;
        if let Some(section) = frame.sections.last() {
            reader.take(section.bytes)?;
        }
    }
    Ok(())
}
