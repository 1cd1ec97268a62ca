//! The hash chain of every peer's operations, computed when first asked for, then kept.

use std::collections::BTreeMap;

use super::canonical::{Act, Parents, Place, Previous, short_form, write_full};
use crate::column::put_unsigned;
use crate::graph::PeerIx;
use crate::id::{Heads, Lv, LvSpan, Seq};
use crate::oplog::{Cell, ContainerIx, Name, OpKind, OpLog, OpRun, Piece};

/// Operations of a block.
const BLOCK: u32 = if cfg!(feature = "small-nodes") { 4 } else { 64 };

type Value = [u8; 32];

/// The open block of a peer, and the values of its full ones.
#[derive(Clone, Debug)]
struct Chain {
    full: Vec<Value>,
    /// The value before the open block, then the canonical form of its operations.
    open: Vec<u8>,
    /// Where in `open` each operation ends.
    ends: Vec<u32>,
    previous: Option<Previous>,
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
    fn end_operation(&mut self) {
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
    digests: Vec<[u8; 16]>,
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
            Piece::Entry(entry) => writer.entry(entry),
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

/// Writes operations into a chain, one after another.
struct Writer<'a> {
    chains: &'a Chains,
    log: &'a OpLog,
    chain: &'a mut Chain,
    seq: Seq,
    /// Of the next operation; `None`: the one before.
    parents: Option<Parents>,
}

impl Writer<'_> {
    fn run(&mut self, container: ContainerIx, run: &OpRun) {
        let len = run.len();
        match run.kind() {
            OpKind::Insert => {
                let Some(sequence) = self.log.sequence(container) else {
                    return;
                };
                let mut nth = 0;
                sequence.each_text(run.span(), |text| {
                    for scalar in text.chars() {
                        let bytes = &mut [0; 4];
                        let bytes = scalar.encode_utf8(bytes).as_bytes();
                        self.operation(
                            container,
                            run.joined() && nth == 0,
                            Act::Insert,
                            run.pos + nth,
                            bytes,
                        );
                        nth += 1;
                    }
                });
                if nth == 0 {
                    self.cells(container, run, sequence.cells_of(run), Act::Insert);
                }
            }
            OpKind::Set => {
                let Some(sequence) = self.log.sequence(container) else {
                    return;
                };
                self.cells(container, run, sequence.cells_of(run), Act::Set);
            }
            OpKind::Delete | OpKind::DeleteBack => {
                for nth in 0..len {
                    let pos = if run.kind() == OpKind::Delete {
                        run.pos
                    } else {
                        run.pos + len - 1 - nth
                    };
                    self.operation(container, run.joined() && nth == 0, Act::Delete, pos, &[]);
                }
            }
        }
    }

    fn cells(&mut self, container: ContainerIx, run: &OpRun, mut cells: &[u8], act: Act) {
        for nth in 0..run.len() {
            let mut reader = crate::column::Reader::new(cells, 0);
            let _ = Cell::read(&mut reader);
            let (cell, rest) = cells.split_at(reader.offset().min(cells.len()));
            self.operation(
                container,
                run.joined() && nth == 0,
                act,
                run.pos + nth,
                cell,
            );
            cells = rest;
        }
    }

    fn entry(&mut self, entry: u32) {
        let op = *self.log.entries.op(entry);
        let mut content = Vec::new();
        if let Some(key) = op.key() {
            let name = self.log.keys.name(key);
            put_unsigned(&mut content, name.len() as u64);
            content.extend_from_slice(name.as_bytes());
        }
        self.log.entries.cell(entry).write(&mut content);
        self.operation(op.container, op.joined(), Act::Entry, 0, &content);
    }

    fn operation(
        &mut self,
        container: ContainerIx,
        joined: bool,
        act: Act,
        pos: u32,
        content: &[u8],
    ) {
        // A block starts afresh, so that it can be written again without the one before.
        let previous = self
            .chain
            .previous
            .filter(|_| !self.seq.is_multiple_of(BLOCK));
        let parents = self.parents.take();
        let place = Place {
            container,
            digest: &self.chains.digests[container.at()],
            joined,
        };
        let short = if parents.is_none() {
            short_form(previous, &place, act, pos)
        } else {
            None
        };
        match short {
            Some(tag) => self.chain.open.push(tag),
            None => write_full(
                &mut self.chain.open,
                previous,
                &place,
                parents.as_ref(),
                act,
                pos,
            ),
        }
        self.chain.open.extend_from_slice(content);
        self.chain.previous = Some(Previous {
            container,
            act,
            pos,
        });
        self.chain.end_operation();
        self.seq += 1;
    }
}

fn seed(log: &OpLog, author: PeerIx) -> Value {
    let mut bytes = b"syncline chain 1".to_vec();
    bytes.extend_from_slice(&log.peers.peer(author).get().to_le_bytes());
    *blake3::hash(&bytes).as_bytes()
}

/// What names a container, in 16 bytes.
fn digest(log: &OpLog, name: Name, digests: &[[u8; 16]]) -> [u8; 16] {
    let mut bytes = Vec::new();
    match name {
        Name::Root { name, kind } => {
            bytes.extend_from_slice(&[0, kind.code()]);
            bytes.extend_from_slice(log.keys.name(name).as_bytes());
        }
        Name::Child {
            parent,
            key,
            generation,
            kind,
        } => {
            bytes.extend_from_slice(&[1, kind.code()]);
            bytes.extend_from_slice(&digests[parent.at()]);
            bytes.extend_from_slice(&generation.to_le_bytes());
            bytes.extend_from_slice(log.keys.name(key).as_bytes());
        }
        Name::Made { by, kind } => {
            let id = log.id(by);
            bytes.extend_from_slice(&[2, kind.code()]);
            bytes.extend_from_slice(&id.peer.get().to_le_bytes());
            bytes.extend_from_slice(&id.seq.to_le_bytes());
        }
    }
    let mut digest = [0; 16];
    digest.copy_from_slice(&blake3::hash(&bytes).as_bytes()[..16]);
    digest
}
