//! The hash chain of every peer's operations, computed when first asked for, then kept.

use std::collections::BTreeMap;

use super::canonical::{Parents, Previous};
use super::writer::{Writer, digest, seed};
use crate::graph::PeerIx;
use crate::id::{Heads, Lv, LvSpan, Seq};
use crate::oplog::{OpLog, Piece};

/// Operations of a block.
pub(super) const BLOCK: u32 = if cfg!(feature = "small-nodes") { 4 } else { 64 };

pub(super) type Value = [u8; 32];

/// The open block of a peer, and the values of its full ones.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    full: Vec<Value>,
    /// The value before the open block, then the canonical form of its operations.
    pub(super) open: Vec<u8>,
    /// Where in `open` each operation ends.
    ends: Vec<u32>,
    pub(super) previous: Option<Previous>,
}

impl Chain {
    fn start(seed: Value) -> Self {
        Chain {
            full: Vec::new(),
            open: seed.to_vec(),
            ends: Vec::new(),
            previous: None,
        }
    }

    fn end_of(&self, nth: usize) -> usize {
        self.ends
            .get(nth)
            .map_or(self.open.len(), |&end| end as usize)
    }

    /// Ends an operation; closes the block if it is full.
    #[allow(clippy::cast_possible_truncation)] // a block is bounded by 64 values of bounded size
    pub(super) fn end_operation(&mut self) {
        self.ends.push(self.open.len() as u32);
        if self.ends.len() == BLOCK as usize {
            let value = *blake3::hash(&self.open).as_bytes();
            self.full.push(value);
            self.open.clear();
            self.open.extend_from_slice(&value);
            self.ends.clear();
        }
    }
}

/// A hash of the beginning of a peer's open block, to be continued: a stream of keystrokes asks for the value at each.
#[derive(Clone, Debug)]
struct Warm {
    author: PeerIx,
    /// How many blocks were full when it was started.
    block: usize,
    hashed: usize,
    hasher: Box<blake3::Hasher>,
}

/// Peers whose hash is kept warm; one takes 2 KiB.
const WARM: usize = 4;

/// Chain values of all peers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chains {
    /// Operations below are in the chains.
    done: Lv,
    chains: Vec<Chain>,
    /// Values of operations that another peer's operation directly follows.
    crossed: BTreeMap<Lv, Value>,
    pub(super) digests: Vec<[u8; 16]>,
    /// The one used last comes last.
    warm: Vec<Warm>,
}

impl Chains {
    /// The chain value at an operation. Amortised a few nanoseconds per operation made since it was last asked for; at
    /// worst a block more.
    pub(crate) fn value(&mut self, log: &OpLog, lv: Lv) -> Value {
        self.advance(log, lv.plus(1));
        self.value_of_done(log, lv)
    }

    /// The first four bytes of the value: what a delta carries.
    pub(crate) fn mark(&mut self, log: &OpLog, lv: Lv) -> [u8; 4] {
        let value = self.value(log, lv);
        [value[0], value[1], value[2], value[3]]
    }

    /// Forgets what was noted about peers and containers beyond the first so many. No operation of theirs is in the chains.
    pub(crate) fn truncate(&mut self, peers: usize, containers: usize) {
        self.chains.truncate(peers);
        self.digests.truncate(containers);
        self.warm.retain(|warm| warm.author.at() < peers);
    }

    fn value_of_done(&mut self, log: &OpLog, lv: Lv) -> Value {
        let (author, seq) = log.graph.author_of(lv);
        let chain = &self.chains[author.at()];
        let (block, nth) = ((seq / BLOCK) as usize, seq % BLOCK);
        match chain.full.get(block) {
            None => self.value_in_open(author, nth as usize),
            Some(value) if nth == BLOCK - 1 => *value,
            Some(_) => self.value_within(log, author, seq),
        }
    }

    fn value_in_open(&mut self, author: PeerIx, nth: usize) -> Value {
        let chain = &self.chains[author.at()];
        let (block, end) = (chain.full.len(), chain.end_of(nth));
        let usable =
            |warm: &Warm| warm.author == author && warm.block == block && warm.hashed <= end;
        let mut warm = match self.warm.iter().position(usable) {
            Some(at) => self.warm.remove(at),
            None => {
                self.warm.retain(|warm| warm.author != author);
                if self.warm.len() == WARM {
                    self.warm.remove(0);
                }
                Warm {
                    author,
                    block,
                    hashed: 0,
                    hasher: Box::default(),
                }
            }
        };
        warm.hasher.update(&chain.open[warm.hashed..end]);
        warm.hashed = end;
        let value = *warm.hasher.finalize().as_bytes();
        self.warm.push(warm);
        value
    }

    /// Writes a full block again, up to an operation.
    fn value_within(&self, log: &OpLog, author: PeerIx, seq: Seq) -> Value {
        let from = seq - seq % BLOCK;
        let before = match (seq / BLOCK).checked_sub(1) {
            Some(block) => self.chains[author.at()].full[block as usize],
            None => seed(log, author),
        };
        let mut chain = Chain::start(before);
        let mut at = from;
        while at <= seq
            && let Some(lv) = log.peers.lv(&log.graph, author, at)
        {
            let run = log.graph.run_of(lv);
            let len = (run.span.end.0 - lv.0).min(seq + 1 - at);
            self.write(log, LvSpan::new(lv, lv.plus(len)), author, at, &mut chain);
            at += len;
        }
        *blake3::hash(if chain.ends.is_empty() && !chain.full.is_empty() {
            &chain.full[0]
        } else {
            &chain.open
        })
        .as_bytes()
    }

    /// Takes in the operations below `end`.
    fn advance(&mut self, log: &OpLog, end: Lv) {
        if self.done >= end {
            return;
        }
        for (container, name) in log.containers.iter().skip(self.digests.len()) {
            debug_assert_eq!(container.at(), self.digests.len());
            let digest = digest(log, name, &self.digests);
            self.digests.push(digest);
        }
        for at in self.chains.len()..log.peers.len() {
            let author = PeerIx(u32::try_from(at).unwrap_or(u32::MAX));
            self.chains.push(Chain::start(seed(log, author)));
        }
        for part in log.graph.parts(&[LvSpan::new(self.done, end)]) {
            let (author, seq) = log.graph.author_of(part.start);
            let own = seq
                .checked_sub(1)
                .and_then(|before| log.peers.lv(&log.graph, author, before));
            for &parent in &log.graph.parents(part.start) {
                if Some(parent) != own && !self.crossed.contains_key(&parent) {
                    let value = self.value_of_done(log, parent);
                    self.crossed.insert(parent, value);
                }
            }
            let mut chain = std::mem::replace(&mut self.chains[author.at()], Chain::start([0; 32]));
            self.write(log, part, author, seq, &mut chain);
            self.chains[author.at()] = chain;
            self.done = part.end;
        }
    }

    /// Writes operations that stand in one run of the graph; the first is the `seq`-th of its author.
    fn write(&self, log: &OpLog, part: LvSpan, author: PeerIx, seq: Seq, chain: &mut Chain) {
        let mut writer = Writer {
            chains: self,
            log,
            chain,
            seq,
            parents: self.parents_of(log, part.start, author, seq),
        };
        log.each_piece(part, |piece| match piece {
            Piece::Run(container, run) => writer.run(container, &run),
            Piece::Entry(container, entry) => writer.entry(container, entry),
        });
    }

    /// Parents in canonical form; `None` where the only one is the peer's operation before.
    fn parents_of(&self, log: &OpLog, lv: Lv, author: PeerIx, seq: Seq) -> Option<Parents> {
        let parents: Heads = log.graph.parents(lv);
        let own = seq
            .checked_sub(1)
            .and_then(|before| log.peers.lv(&log.graph, author, before));
        if parents.as_slice() == own.as_slice() {
            return None;
        }
        let mut ids: Vec<_> = parents
            .iter()
            .map(|&parent| (log.id(parent), parent))
            .collect();
        ids.sort_unstable();
        Some(
            ids.into_iter()
                .map(|(_, parent)| {
                    (Some(parent) != own)
                        .then(|| self.crossed.get(&parent).copied().unwrap_or([0; 32]))
                })
                .collect(),
        )
    }
}
