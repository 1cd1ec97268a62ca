//! Reading a delta; the layout stands in [`write`](super::write).

use std::borrow::Cow;

use smallvec::{SmallVec, smallvec};

use super::batch::{Act, Batch, BatchOp, BatchRun, NameRef, ParentRef};
use super::error::DecodeError;
use super::frame::{FORMAT_DELTA, open_frame};
use super::write::{
    DELETE, DELETE_BACK, ENTRY, INSERT, JOINED, OTHER_CONTAINER, SET, SINGLE, end_of,
};
use crate::column::Reader;
use crate::id::{Peer, Seq};
use crate::limits::Limits;
use crate::oplog::{Cell, Kind, OpKind};

/// Operations that one peer, or one document, can have.
pub(crate) const OPERATIONS_MAX: u32 = (1 << 30) - 1;

/// Containers within containers that a table may have, whatever the document's limit.
const DEPTH_MAX: u32 = 256;

/// Of each peer in a delta's table, the operations that the delta holds: from, to.
type Held = SmallVec<[Option<(Seq, Seq)>; 2]>;

/// Parses a delta. Nothing is kept of one that is not whole and well-formed.
pub(crate) fn read_delta<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Batch<'a>, DecodeError> {
    let mut reader = open_frame(bytes, FORMAT_DELTA)?;
    let mut batch = Batch::default();
    read_peers(&mut reader, &mut batch)?;
    read_keys(&mut reader, &mut batch)?;
    read_containers(&mut reader, &mut batch, limits)?;
    read_runs(&mut reader, &mut batch)?;
    read_ops(&mut reader, &mut batch)?;
    batch.text = read_text(&mut reader, limits)?;
    if !reader.is_at_end() {
        return Err(reader.error("bytes after the end").into());
    }
    share_text(&mut batch, reader.offset())?;
    Ok(batch)
}

fn read_peers(reader: &mut Reader<'_>, batch: &mut Batch<'_>) -> Result<(), DecodeError> {
    let count = reader.count(8)?;
    for _ in 0..count {
        batch.peers.push(
            Peer::new(u64::from_le_bytes(reader.array()?)).ok_or_else(|| reader.error("peer 0"))?,
        );
    }
    let mut sorted = batch.peers.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() < count {
        return Err(reader.error("the same peer twice").into());
    }
    Ok(())
}

fn read_keys<'a>(reader: &mut Reader<'a>, batch: &mut Batch<'a>) -> Result<(), DecodeError> {
    for _ in 0..reader.count(1)? {
        let len = reader.count(1)?;
        batch.keys.push(reader.str(len)?);
    }
    Ok(())
}

fn read_containers(
    reader: &mut Reader<'_>,
    batch: &mut Batch<'_>,
    limits: &Limits,
) -> Result<(), DecodeError> {
    // How many opened containers each stands in, as far as the table tells: whoever follows parents need not fear for
    // the stack.
    let mut depths: SmallVec<[u32; 2]> = SmallVec::new();
    for _ in 0..reader.count(3)? {
        let tag = reader.byte()?;
        let code = reader.byte()?;
        let kind =
            Kind::from_code(code).ok_or_else(|| reader.error("unknown kind of container"))?;
        let mut depth = 0;
        let name = match tag {
            0 => NameRef::Root {
                name: read_index(reader, batch.keys.len(), "no such key")?,
                kind,
            },
            1 => {
                let parent = read_index(reader, batch.containers.len(), "no such container")?;
                if batch
                    .containers
                    .get(parent as usize)
                    .is_none_or(|parent| parent.kind() != Kind::Map)
                {
                    return Err(reader
                        .error("a key within something else than a map")
                        .into());
                }
                depth = depths.get(parent as usize).map_or(0, |depth| depth + 1);
                // The document has its own, named limit; this one is for whoever walks the table.
                if depth > limits.nesting.max(DEPTH_MAX) {
                    return Err(reader.error("containers nested beyond the limit").into());
                }
                let key = read_index(reader, batch.keys.len(), "no such key")?;
                NameRef::Child {
                    parent,
                    key,
                    generation: reader.u32()?,
                    kind,
                }
            }
            2 => NameRef::Made {
                peer: read_index(reader, batch.peers.len(), "no such peer")?,
                seq: reader.u32()?,
                kind,
            },
            _ => return Err(reader.error("unknown way to name a container").into()),
        };
        batch.containers.push(name);
        depths.push(depth);
    }
    Ok(())
}

fn read_runs(reader: &mut Reader<'_>, batch: &mut Batch<'_>) -> Result<(), DecodeError> {
    // Per peer, the operations that the delta has had so far.
    let mut held: Held = smallvec![None; batch.peers.len()];
    for _ in 0..reader.count(4)? {
        let peer = read_index(reader, batch.peers.len(), "no such peer")?;
        let (seq, len) = (reader.u32()?, reader.u32()?);
        if len == 0 || len > OPERATIONS_MAX || seq > OPERATIONS_MAX - len {
            return Err(reader
                .error("a run of no operations, or of too many")
                .into());
        }
        let first = batch.parents.len();
        for _ in 0..reader.count(1)? {
            let parent = read_parent(reader, batch, peer, seq, &held)?;
            batch.parents.push(parent);
        }
        let Some(held) = held.get_mut(peer as usize) else {
            return Err(reader.error("no such peer").into());
        };
        let (from, end) = held.unwrap_or((seq, seq));
        if end != seq {
            return Err(reader.error("a peer's operations are not in order").into());
        }
        *held = Some((from, seq + len));
        batch.runs.push(BatchRun {
            peer,
            seq,
            len,
            parents: first..batch.parents.len(),
            ops: 0..0,
        });
    }
    Ok(())
}

fn read_parent(
    reader: &mut Reader<'_>,
    batch: &Batch<'_>,
    peer: u32,
    seq: Seq,
    held: &Held,
) -> Result<ParentRef, DecodeError> {
    let (peer, seq) = match reader.u32()? {
        0 => (
            peer,
            seq.checked_sub(1)
                .ok_or_else(|| reader.error("no operation before the first"))?,
        ),
        by if by as usize <= batch.peers.len() => {
            let at = reader.u32()?;
            if by - 1 == peer && at >= seq {
                return Err(reader.error("an operation that follows itself").into());
            }
            (by - 1, at)
        }
        _ => return Err(reader.error("no such peer").into()),
    };
    let mark = match held.get(peer as usize) {
        Some(&Some((first, end))) if seq >= first => {
            if seq >= end {
                return Err(reader.error("a parent that comes later").into());
            }
            None
        }
        _ => Some(reader.array()?),
    };
    Ok(ParentRef { peer, seq, mark })
}

fn read_ops<'a>(reader: &mut Reader<'a>, batch: &mut Batch<'a>) -> Result<(), DecodeError> {
    let mut last = None;
    let mut ends: SmallVec<[u32; 2]> = smallvec![0; batch.containers.len()];
    for at in 0..batch.runs.len() {
        let Some(run) = batch.runs.get(at) else { break };
        let first = batch.ops.len();
        let mut rest = run.len;
        while rest > 0 {
            let op = read_op(reader, batch, rest, &mut last, &mut ends)?;
            rest -= op.len;
            batch.ops.push(op);
        }
        let ops = first..batch.ops.len();
        if let Some(run) = batch.runs.get_mut(at) {
            run.ops = ops;
        }
    }
    Ok(())
}

fn read_op<'a>(
    reader: &mut Reader<'a>,
    batch: &Batch<'a>,
    rest: u32,
    last: &mut Option<u32>,
    ends: &mut [u32],
) -> Result<BatchOp<'a>, DecodeError> {
    let head = reader.byte()?;
    if head >= SINGLE << 1 {
        return Err(reader.error("unknown kind of operation").into());
    }
    if head & OTHER_CONTAINER != 0 {
        *last = Some(read_index(
            reader,
            batch.containers.len(),
            "no such container",
        )?);
    }
    let container = last.ok_or_else(|| reader.error("an operation in no container"))?;
    let holds = batch
        .containers
        .get(container as usize)
        .map(|name| name.kind());
    let kind = head & 7;
    let len = if head & SINGLE != 0 { 1 } else { reader.u32()? };
    if len == 0 || len > rest {
        return Err(reader.error("a stretch longer than its run").into());
    }
    let joined = head & JOINED != 0;
    let act = match (kind, holds) {
        (ENTRY, Some(holds @ (Kind::Map | Kind::Counter))) => {
            read_entry(reader, batch, holds, len)?
        }
        (INSERT | DELETE | DELETE_BACK | SET, Some(holds @ (Kind::Text | Kind::List))) => {
            let end = ends
                .get_mut(container as usize)
                .ok_or_else(|| reader.error("no such container"))?;
            let pos = i64::from(*end)
                .checked_add(reader.signed()?)
                .and_then(|pos| u32::try_from(pos).ok());
            let pos = pos
                .filter(|&pos| pos <= OPERATIONS_MAX)
                .ok_or_else(|| reader.error("position out of range"))?;
            *end = end_of(kind, pos, len).ok_or_else(|| reader.error("position out of range"))?;
            match (kind, holds) {
                (INSERT, Kind::Text) => Act::Text {
                    pos,
                    start: 0,
                    end: 0,
                },
                (INSERT, _) => Act::Values {
                    pos,
                    cells: read_cells(reader, len)?,
                },
                (SET, Kind::List) if len == 1 => Act::Set {
                    pos,
                    cell: read_cells(reader, 1)?,
                },
                (DELETE, _) => Act::Delete {
                    pos,
                    kind: OpKind::Delete,
                },
                (DELETE_BACK, _) => Act::Delete {
                    pos,
                    kind: OpKind::DeleteBack,
                },
                _ => return Err(reader.error("an element set where there are none").into()),
            }
        }
        _ => {
            return Err(reader
                .error("an operation that its container does not know")
                .into());
        }
    };
    Ok(BatchOp {
        container,
        len,
        joined,
        act,
    })
}

fn read_entry<'a>(
    reader: &mut Reader<'a>,
    batch: &Batch<'a>,
    holds: Kind,
    len: u32,
) -> Result<Act<'a>, DecodeError> {
    if len != 1 {
        return Err(reader.error("a stretch of entries").into());
    }
    if holds == Kind::Counter {
        let cell = Cell::read(reader)?;
        return match cell {
            Cell::Int(_) => Ok(Act::Entry { key: None, cell }),
            _ => Err(reader
                .error("a counter changed by something else than an integer")
                .into()),
        };
    }
    let key = read_index(reader, batch.keys.len(), "no such key")?;
    Ok(Act::Entry {
        key: Some(key),
        cell: Cell::read(reader)?,
    })
}

/// The bytes of `len` values that may stand in a list.
fn read_cells<'a>(reader: &mut Reader<'a>, len: u32) -> Result<&'a [u8], DecodeError> {
    let mut ahead = reader.clone();
    let start = ahead.offset();
    for _ in 0..len {
        if matches!(Cell::read(&mut ahead)?, Cell::Removed | Cell::Child { .. }) {
            return Err(ahead.error("a value that only a map can hold").into());
        }
    }
    Ok(reader.take(ahead.offset() - start)?)
}

fn read_index(reader: &mut Reader<'_>, len: usize, what: &'static str) -> Result<u32, DecodeError> {
    let index = reader.u32()?;
    if (index as usize) < len {
        Ok(index)
    } else {
        Err(reader.error(what).into())
    }
}

fn read_text<'a>(reader: &mut Reader<'a>, limits: &Limits) -> Result<Cow<'a, str>, DecodeError> {
    match reader.byte()? {
        0 => {
            let len = reader.count(1)?;
            Ok(Cow::Borrowed(reader.str(len)?))
        }
        1 => {
            let len = reader.u32()?;
            let packed_len = reader.count(1)?;
            let offset = reader.offset();
            let packed = reader.take(packed_len)?;
            // No byte of lz4 stands for more than 255.
            if len > limits.inflated_bytes || len as usize / 255 > packed.len() {
                return Err(DecodeError::new(
                    offset,
                    "text would inflate beyond its limit",
                ));
            }
            let mut text = vec![0; len as usize];
            match lz4_flex::block::decompress_into(packed, &mut text) {
                Ok(written) if written == text.len() => {}
                _ => return Err(DecodeError::new(offset, "packed text is damaged")),
            }
            String::from_utf8(text)
                .map(Cow::Owned)
                .map_err(|_| DecodeError::new(offset, "text is not UTF-8"))
        }
        _ => Err(reader.error("unknown packing").into()),
    }
}

/// Gives each insertion its part of the text, which must come out even.
fn share_text(batch: &mut Batch<'_>, offset: usize) -> Result<(), DecodeError> {
    let Batch { ops, text, .. } = batch;
    let ascii = text.is_ascii();
    let mut at = 0;
    for op in ops {
        let Act::Text { start, end, .. } = &mut op.act else {
            continue;
        };
        let rest = text.get(at..).unwrap_or("");
        let len = op.len as usize;
        let bytes = if ascii {
            Some(len).filter(|&len| len <= rest.len())
        } else {
            let mut ends = rest
                .char_indices()
                .map(|(at, scalar)| at + scalar.len_utf8());
            ends.nth(len - 1)
        };
        let bytes = bytes.ok_or(DecodeError::new(offset, "less text than was inserted"))?;
        (*start, *end) = (at, at + bytes);
        at += bytes;
    }
    if at != text.len() {
        return Err(DecodeError::new(offset, "more text than was inserted"));
    }
    Ok(())
}
