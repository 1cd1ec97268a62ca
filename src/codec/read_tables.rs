//! Reading the peers, keys and containers that a delta speaks of; the layout stands in [`tables`](super::tables).

use super::block::reader_of;
use super::error::DecodeError;
use super::room::Room;
use super::tables::{CHILD, MADE, ROOT};
use crate::codec::batch::{Batch, NameRef};
use crate::column::{Reader, grow};
use crate::id::{Peer, Seq};
use crate::limits::Limits;
use crate::oplog::{Kind, Name};

/// Containers within containers that a table may have, whatever the document's limit.
const DEPTH_MAX: u32 = 256;
/// Roots that one name can be of.
const KINDS: usize = 4;

/// Reads the peers into a batch; returns their `seq`s.
pub(super) fn read_peers(
    reader: &mut Reader<'_>,
    batch: &mut Batch<'_>,
) -> Result<Vec<Seq>, DecodeError> {
    let count = reader.count(9)?;
    let mut seqs = Vec::with_capacity(count);
    for _ in 0..count {
        let peer = u64::from_le_bytes(reader.array()?);
        batch
            .peers
            .push(Peer::new(peer).ok_or_else(|| reader.error("peer 0"))?);
        seqs.push(reader.u32()?);
    }
    let mut sorted = batch.peers.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() < count {
        return Err(reader.error("the same peer twice").into());
    }
    Ok(seqs)
}

/// Reads keys and containers into a batch.
pub(super) fn read_names(
    reader: &mut Reader<'_>,
    batch: &mut Batch<'_>,
    room: &mut Room,
    limits: &Limits,
) -> Result<(), DecodeError> {
    let offset = reader.offset();
    let block = room.block(reader)?;
    let mut names = reader_of(&block, offset, reader.offset());
    read_keys(&mut names, batch, room, limits)?;
    read_containers(&mut names, batch, limits)?;
    if !names.is_at_end() {
        return Err(names.error("bytes after the end of the tables").into());
    }
    Ok(())
}

/// Reads keys, which are short for more: how much more is found out before anything of them is kept.
fn read_keys(
    reader: &mut Reader<'_>,
    batch: &mut Batch<'_>,
    room: &mut Room,
    limits: &Limits,
) -> Result<(), DecodeError> {
    let count = reader.count(2)?;
    let bytes = bytes_of_keys(reader.clone(), count)?;
    if bytes > limits.inflated_bytes as usize {
        return Err(reader.error("keys would unpack beyond their limit").into());
    }
    room.note(bytes);
    batch.names.reserve_exact(bytes);
    batch.keys.reserve_exact(count);
    let mut key = Vec::new();
    for _ in 0..count {
        let (shared, len) = (reader.u32()? as usize, reader.count(1)?);
        key.truncate(shared);
        key.extend_from_slice(reader.take(len)?);
        let name = std::str::from_utf8(&key).map_err(|_| reader.error("text is not UTF-8"))?;
        batch.push_key(name);
    }
    Ok(())
}

/// How many bytes so many keys have, written out.
fn bytes_of_keys(mut reader: Reader<'_>, count: usize) -> Result<usize, DecodeError> {
    let (mut before, mut all) = (0, 0_usize);
    for _ in 0..count {
        let shared = reader.u32()? as usize;
        if shared > before {
            return Err(reader.error("a key shares more than there is").into());
        }
        let len = reader.count(1)?;
        reader.take(len)?;
        before = shared + len;
        all = all.saturating_add(before);
    }
    Ok(all)
}

fn read_containers(
    reader: &mut Reader<'_>,
    batch: &mut Batch<'_>,
    limits: &Limits,
) -> Result<(), DecodeError> {
    // How many opened containers each opened one stands in, as far as the table tells: whoever follows parents need not fear
    // for the stack.
    let mut depths: Vec<(u32, u16)> = Vec::new();
    let mut made: Seq = 0;
    let mut roots = KINDS * batch.keys.len();
    for _ in 0..reader.count(2)? {
        let tag = reader.byte()?;
        let kind = Kind::from_code(tag & 15).ok_or_else(|| {
            reader.error(
                "a kind of container that Syncline 0.1 does not know: a newer version is needed",
            )
        })?;
        let name = match tag >> 4 {
            ROOT => {
                let name = read_index(reader, batch.keys.len(), "no such key")?;
                roots = roots
                    .checked_sub(1)
                    .ok_or_else(|| reader.error("a root named twice"))?;
                Name::Root { name, kind }
            }
            CHILD => {
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
                let around = depths.binary_search_by_key(&parent, |&(container, _)| container);
                let around = around.ok().and_then(|at| depths.get(at));
                let depth = around.map_or(1, |&(_, depth)| depth.saturating_add(1));
                // The document has its own, named limit; this one is for whoever walks the table.
                if u32::from(depth) > limits.nesting.max(DEPTH_MAX).min(u32::from(u16::MAX) - 1) {
                    return Err(reader.error("containers nested beyond the limit").into());
                }
                let this = u32::try_from(batch.containers.len());
                let this = this.map_err(|_| reader.error("number too large"))?;
                grow::push(&mut depths, (this, depth));
                Name::Child {
                    parent,
                    key: read_index(reader, batch.keys.len(), "no such key")?,
                    generation: reader.u32()?,
                    kind,
                }
            }
            MADE => {
                let peer = read_index(reader, batch.peers.len(), "no such peer")?;
                made = i64::from(made)
                    .checked_add(reader.signed()?)
                    .and_then(|seq| Seq::try_from(seq).ok())
                    .ok_or_else(|| reader.error("number too large"))?;
                Name::Made {
                    by: (peer, made),
                    kind,
                }
            }
            _ => return Err(reader.error("a way to name a container that Syncline 0.1 does not know: a newer version is needed").into()),
        };
        if batch.containers.len() == batch.containers.capacity() {
            batch
                .containers
                .reserve_exact(batch.containers.len() / 8 + 4);
        }
        batch.containers.push(NameRef::Named(name));
    }
    Ok(())
}

fn read_index(reader: &mut Reader<'_>, len: usize, what: &'static str) -> Result<u32, DecodeError> {
    let index = reader.u32()?;
    if index as usize >= len {
        return Err(reader.error(what).into());
    }
    Ok(index)
}
