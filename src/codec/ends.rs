//! How peers' operations end in a snapshot, and how their hash chains go on from there.
//!
//! ```text
//! ends  := count-of-heads end* count-of-others end* lamport block of what stands in the blocks that go on, in order
//! end   := peer way chain, by way: 0 value (32 bytes) | 1 [before (32 bytes)] length container last
//!        | 2 before (32 bytes) length container last
//! ```
//!
//! An end is a peer's last operation: of heads, which no other operation follows, and of others. `value` is its chain value.
//! `before` is the value before the block of the chain that goes on after it, unless that is the peer's first; `length` counts
//! the bytes of the canonical form of the block's operations so far. `container` is 0, or one more than the number of the last
//! operation's container; `last` is what that operation did (0 inserts, 1 deletes, 2 sets, 3 writes an entry) and 4 times its
//! place. `lamport` is the largest among the heads.

use super::Level;
use super::block::put_block;
use super::error::DecodeError;
use super::layout::NUMBER_MAX;
use super::room::Room;
use super::tables::Tables;
use crate::column::{Reader, put_unsigned};
use crate::graph::PeerIx;
use crate::id::{OpId, Seq};
use crate::oplog::{ContainerIx, Effect, GroundEnd, OpLog, OpenChain};
use crate::summary::{Chains, is_in_first_block, value_at_end, value_before};

const VALUE: u8 = 0;
const OPEN: u8 = 1;
/// Of a segment: its block may have begun in the one before.
const OPEN_SEGMENT: u8 = 2;

/// A longer block is left to the history, where there is one.
const BLOCK_MAX: usize = 4096;

/// An end, by its peer's number.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) peer: u32,
    chain: EndChain,
}

#[derive(Debug)]
enum EndChain {
    Value([u8; 32]),
    Open {
        before: Option<[u8; 32]>,
        block: Vec<u8>,
        container: Option<u32>,
        effect: Effect,
        pos: u32,
    },
}

/// What lies before a document's own operations.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    pub(crate) heads: Vec<End>,
    pub(crate) others: Vec<End>,
    pub(crate) lamport: u32,
}

/// Which ends a snapshot tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Heads: everything else is in the history.
    Heads,
    /// Everybody's: there is no history.
    All,
}

/// Writes the ends of everything in a log.
pub(super) fn put_ends(
    log: &OpLog,
    chains: &mut Chains,
    tables: &mut Tables<'_>,
    told: Told,
    level: Level,
) -> Vec<u8> {
    let heads = log.head_authors();
    let others: Vec<PeerIx> = match told {
        Told::Heads => Vec::new(),
        Told::All => {
            let known = log.peers.counts();
            let known = known.filter_map(|(peer, _)| log.peers.find(peer));
            known.filter(|author| !heads.contains(author)).collect()
        }
    };
    let mut out = Vec::new();
    let mut blocks = Vec::new();
    for authors in [heads, others] {
        let ends = authors
            .iter()
            .filter_map(|&author| chains.end_of(log, author));
        let ends: Vec<_> = ends.collect();
        put_unsigned(&mut out, ends.len() as u64);
        for end in ends {
            put_unsigned(&mut out, u64::from(tables.peer(end.author)));
            match &end.open {
                Some(open) if told == Told::All || open.block.len() <= BLOCK_MAX => {
                    let is_segment = log.peers.segment(end.author).is_some();
                    out.push(if is_segment { OPEN_SEGMENT } else { OPEN });
                    if is_segment || !is_in_first_block(end.seq) {
                        out.extend_from_slice(&open.before);
                    }
                    put_open(&mut out, open, tables);
                    blocks.extend_from_slice(&open.block);
                }
                _ => {
                    out.push(VALUE);
                    out.extend_from_slice(&end.chain);
                }
            }
        }
    }
    put_unsigned(&mut out, u64::from(log.graph.newest_lamport()));
    put_block(&mut out, &blocks, level);
    out
}

fn put_open(out: &mut Vec<u8>, open: &OpenChain, tables: &Tables<'_>) {
    put_unsigned(out, open.block.len() as u64);
    let container = open
        .container
        .and_then(|container| tables.number(container));
    put_unsigned(out, container.map_or(0, |number| u64::from(number) + 1));
    put_unsigned(out, u64::from(open.effect.code()) + 4 * u64::from(open.pos));
}

/// Reads the ends of peers of whom there are so many operations.
pub(super) fn read_ends(
    reader: &mut Reader<'_>,
    counts: &[Seq],
    containers: usize,
    room: &mut Room,
) -> Result<Ends, DecodeError> {
    let mut seen = vec![false; counts.len()];
    let mut ends = Ends::default();
    let mut lens = Vec::new();
    for list in [&mut ends.heads, &mut ends.others] {
        for _ in 0..reader.count(3)? {
            let (end, len) = read_end(reader, counts, containers)?;
            let twice = seen.get_mut(end.peer as usize);
            if twice.is_none_or(|seen| std::mem::replace(seen, true)) {
                return Err(reader.error("a peer that ends twice").into());
            }
            list.push(end);
            lens.push(len);
        }
    }
    ends.lamport = reader.u32()?;
    let blocks = room.block(reader)?;
    let mut rest = &*blocks;
    for (end, len) in ends.heads.iter_mut().chain(&mut ends.others).zip(lens) {
        if let EndChain::Open { block, .. } = &mut end.chain {
            let (own, others) = rest
                .split_at_checked(len)
                .ok_or_else(|| reader.error("a chain ends early"))?;
            block.extend_from_slice(own);
            rest = others;
        }
    }
    if rest.is_empty() {
        Ok(ends)
    } else {
        Err(reader.error("more of chains than there are ends").into())
    }
}

/// An end, and how long its block is.
fn read_end(
    reader: &mut Reader<'_>,
    counts: &[Seq],
    containers: usize,
) -> Result<(End, usize), DecodeError> {
    let peer = reader.u32()?;
    let seq = counts
        .get(peer as usize)
        .and_then(|count| count.checked_sub(1));
    let seq = seq.ok_or_else(|| reader.error("no such peer"))?;
    let mut len = 0;
    let chain = match reader.byte()? {
        VALUE => EndChain::Value(reader.array()?),
        way @ (OPEN | OPEN_SEGMENT) => {
            let before = match way == OPEN && is_in_first_block(seq) {
                true => None,
                false => Some(reader.array()?),
            };
            len = reader.u32()? as usize;
            let container = match reader.u32()? {
                0 => None,
                number if number as usize <= containers => Some(number - 1),
                _ => return Err(reader.error("no such container").into()),
            };
            let last = reader.unsigned()?;
            let effect = Effect::from_code(last % 4);
            let pos = u32::try_from(last / 4)
                .ok()
                .filter(|&pos| pos <= NUMBER_MAX);
            let (Some(effect), Some(pos)) = (effect, pos) else {
                return Err(reader.error("position out of range").into());
            };
            EndChain::Open {
                before,
                block: Vec::new(),
                container,
                effect,
                pos,
            }
        }
        _ => {
            return Err(reader
                .error("an end that Syncline 0.1 does not know: a newer version is needed")
                .into());
        }
    };
    Ok((End { peer, chain }, len))
}

impl Ends {
    /// Whether every peer's chain can go on.
    pub(super) fn are_all(&self, counts: &[Seq]) -> bool {
        let mut ends = self.heads.iter().chain(&self.others);
        let peers = counts.iter().filter(|&&count| count > 0).count();
        self.heads.len() + self.others.len() == peers
            && ends.all(|end| matches!(end.chain, EndChain::Open { .. }))
    }
}

impl End {
    /// The end in a document's own numbers, with its original id. `containers` gives those of containers that are shown.
    pub(crate) fn ground(
        &self,
        author: PeerIx,
        (seq, original): (Seq, OpId),
        containers: &[Option<ContainerIx>],
    ) -> GroundEnd {
        let (chain, open) = match &self.chain {
            EndChain::Value(value) => (*value, None),
            EndChain::Open {
                before,
                block,
                container,
                effect,
                pos,
            } => {
                let before = before.unwrap_or_else(|| value_before(original.peer));
                let open = OpenChain {
                    before,
                    block: block.clone(),
                    container: container.and_then(|number| *containers.get(number as usize)?),
                    effect: *effect,
                    pos: *pos,
                };
                (value_at_end(&before, block, original.seq), Some(open))
            }
        };
        GroundEnd {
            author,
            seq,
            chain,
            open,
        }
    }
}
