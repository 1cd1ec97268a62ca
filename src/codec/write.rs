//! Writing a delta.
//!
//! ```text
//! body       := peers keys containers runs ops text
//! peers      := count peer (8 bytes, little-endian)*
//! keys       := count (length UTF-8)*
//! containers := count (0 kind key | 1 kind parent key generation | 2 kind peer seq)*
//! runs       := count (peer seq length parents)*
//! parents    := count (0 its peer's operation before | 1 + peer seq) [mark (4 bytes), where not in the delta]
//! ops        := for each run, until its length is reached: head [container] [length] place
//! head       := kind (3 bits) | 8 continues the transaction | 16 another container than before | 32 one operation
//! place      := position, relative to where the last stretch in this container ended | key cell | cell
//! text       := 0 length UTF-8 | 1 length length-packed lz4
//! ```

use std::collections::BTreeMap;

use super::frame::{FORMAT_DELTA, close_frame, start_frame};
use crate::column::{put_signed, put_unsigned};
use crate::graph::PeerIx;
use crate::id::{LvSpan, Seq, VersionVector};
use crate::oplog::{ContainerIx, KeyIx, Kind, Name, OpKind, OpLog, Piece};
use crate::summary::Chains;

/// Kinds of stretches, by number.
pub(super) const INSERT: u8 = 0;
pub(super) const DELETE: u8 = 1;
pub(super) const DELETE_BACK: u8 = 2;
pub(super) const SET: u8 = 3;
pub(super) const ENTRY: u8 = 4;
pub(super) const JOINED: u8 = 8;
pub(super) const OTHER_CONTAINER: u8 = 16;
pub(super) const SINGLE: u8 = 32;

/// Below so many bytes, packing text does not pay.
const PACK_FROM: usize = 64;

/// The operations that `known` lacks, as a delta.
pub(crate) fn write_delta(log: &OpLog, chains: &mut Chains, known: &VersionVector) -> Vec<u8> {
    let mut frame = start_frame(FORMAT_DELTA);
    let spans = missing(log, known);
    let mut writer = Writer::new(log);
    writer.runs(&spans, chains);
    writer.finish(&mut frame);
    close_frame(&mut frame);
    frame
}

/// Parts of runs that `known` lacks, ascending.
fn missing(log: &OpLog, known: &VersionVector) -> Vec<LvSpan> {
    let mut spans = Vec::new();
    for (peer, count) in log.peers.counts() {
        let from = known.get(peer);
        if from >= count {
            continue;
        }
        let Some(author) = log.peers.find(peer) else {
            continue;
        };
        for &run in log.peers.runs(author).iter().rev() {
            let run = &log.graph.runs()[run as usize];
            let skip = from.saturating_sub(run.seq);
            if skip >= run.span.len() {
                break;
            }
            spans.push(LvSpan::new(run.span.start.plus(skip), run.span.end));
        }
    }
    spans.sort_unstable_by_key(|span| span.start);
    spans
}

struct Writer<'a> {
    log: &'a OpLog,
    peers: Vec<PeerIx>,
    peer_index: BTreeMap<PeerIx, u64>,
    keys: Vec<KeyIx>,
    key_index: BTreeMap<KeyIx, u64>,
    containers: Vec<u8>,
    container_count: u64,
    container_index: BTreeMap<ContainerIx, u64>,
    runs: Vec<u8>,
    run_count: u64,
    ops: Vec<u8>,
    text: String,
    /// Container of the last stretch, and where in each container the last one ended.
    last: Option<ContainerIx>,
    ends: BTreeMap<ContainerIx, u32>,
}

impl<'a> Writer<'a> {
    fn new(log: &'a OpLog) -> Self {
        Writer {
            log,
            peers: Vec::new(),
            peer_index: BTreeMap::new(),
            keys: Vec::new(),
            key_index: BTreeMap::new(),
            containers: Vec::new(),
            container_count: 0,
            container_index: BTreeMap::new(),
            runs: Vec::new(),
            run_count: 0,
            ops: Vec::new(),
            text: String::new(),
            last: None,
            ends: BTreeMap::new(),
        }
    }

    fn runs(&mut self, spans: &[LvSpan], chains: &mut Chains) {
        // Each peer's operations from here on are in the delta.
        let mut first: BTreeMap<PeerIx, Seq> = BTreeMap::new();
        for span in spans {
            let (author, seq) = self.log.graph.author_of(span.start);
            first.entry(author).or_insert(seq);
        }
        for &span in spans {
            let (author, seq) = self.log.graph.author_of(span.start);
            let peer = self.peer(author);
            let mut parents = Vec::new();
            let all = self.log.graph.parents(span.start);
            for &parent in &all {
                let (by, at) = self.log.graph.author_of(parent);
                if by == author && at.checked_add(1) == Some(seq) {
                    parents.push(0);
                } else {
                    let by = self.peer(by);
                    put_unsigned(&mut parents, by + 1);
                    put_unsigned(&mut parents, u64::from(at));
                }
                if first.get(&by).is_none_or(|&first| at < first) {
                    parents.extend_from_slice(&chains.mark(self.log, parent));
                }
            }
            put_unsigned(&mut self.runs, peer);
            put_unsigned(&mut self.runs, u64::from(seq));
            put_unsigned(&mut self.runs, u64::from(span.len()));
            put_unsigned(&mut self.runs, all.len() as u64);
            self.runs.extend_from_slice(&parents);
            self.run_count += 1;
            let log = self.log;
            log.each_piece(span, |piece| self.piece(piece));
        }
    }

    fn piece(&mut self, piece: Piece) {
        match piece {
            Piece::Run(container, run) => {
                let kind = match run.kind() {
                    OpKind::Insert => INSERT,
                    OpKind::Delete => DELETE,
                    OpKind::DeleteBack => DELETE_BACK,
                    OpKind::Set => SET,
                };
                self.head(kind, container, run.len(), run.joined());
                let after = match run.kind() {
                    OpKind::Insert => run.pos + run.len(),
                    _ => run.pos,
                };
                let before = self.ends.insert(container, after).unwrap_or(0);
                put_signed(&mut self.ops, i64::from(run.pos) - i64::from(before));
                let Some(sequence) = self.log.sequence(container) else {
                    return;
                };
                let inserts = matches!(run.kind(), OpKind::Insert | OpKind::Set);
                match self.log.containers.kind(container) {
                    Kind::Text if inserts => {
                        sequence.each_text(run.span(), |text| self.text.push_str(text))
                    }
                    Kind::List if inserts => self.ops.extend_from_slice(sequence.cells_of(&run)),
                    _ => {}
                }
            }
            Piece::Entry(entry) => {
                let op = self.log.entries.op(entry);
                self.head(ENTRY, op.container, 1, op.joined());
                if let Some(key) = op.key() {
                    let key = self.key(key);
                    put_unsigned(&mut self.ops, key);
                }
                self.log.entries.cell(entry).write(&mut self.ops);
            }
        }
    }

    fn head(&mut self, kind: u8, container: ContainerIx, len: u32, joined: bool) {
        let other = self.last != Some(container);
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        let single = len == 1;
        self.ops.push(
            kind | flag(joined, JOINED) | flag(other, OTHER_CONTAINER) | flag(single, SINGLE),
        );
        if other {
            let index = self.container(container);
            put_unsigned(&mut self.ops, index);
            self.last = Some(container);
        }
        if !single {
            put_unsigned(&mut self.ops, u64::from(len));
        }
    }

    fn peer(&mut self, ix: PeerIx) -> u64 {
        let next = self.peers.len() as u64;
        let index = *self.peer_index.entry(ix).or_insert(next);
        if index == next {
            self.peers.push(ix);
        }
        index
    }

    fn key(&mut self, ix: KeyIx) -> u64 {
        let next = self.keys.len() as u64;
        let index = *self.key_index.entry(ix).or_insert(next);
        if index == next {
            self.keys.push(ix);
        }
        index
    }

    /// The container's number in the delta; containers around it come first.
    fn container(&mut self, ix: ContainerIx) -> u64 {
        if let Some(&index) = self.container_index.get(&ix) {
            return index;
        }
        let mut entry = Vec::new();
        match self.log.containers.name(ix) {
            Name::Root { name, kind } => {
                entry.extend_from_slice(&[0, kind.code()]);
                let name = self.key(name);
                put_unsigned(&mut entry, name);
            }
            Name::Child {
                parent,
                key,
                generation,
                kind,
            } => {
                entry.extend_from_slice(&[1, kind.code()]);
                let (parent, key) = (self.container(parent), self.key(key));
                put_unsigned(&mut entry, parent);
                put_unsigned(&mut entry, key);
                put_unsigned(&mut entry, u64::from(generation));
            }
            Name::Made { by, kind } => {
                let (author, seq) = self.log.graph.author_of(by);
                entry.extend_from_slice(&[2, kind.code()]);
                let peer = self.peer(author);
                put_unsigned(&mut entry, peer);
                put_unsigned(&mut entry, u64::from(seq));
            }
        }
        self.containers.extend_from_slice(&entry);
        let index = self.container_count;
        self.container_count += 1;
        self.container_index.insert(ix, index);
        index
    }

    fn finish(self, out: &mut Vec<u8>) {
        put_unsigned(out, self.peers.len() as u64);
        for &peer in &self.peers {
            out.extend_from_slice(&self.log.peers.peer(peer).get().to_le_bytes());
        }
        put_unsigned(out, self.keys.len() as u64);
        for &key in &self.keys {
            let name = self.log.keys.name(key);
            put_unsigned(out, name.len() as u64);
            out.extend_from_slice(name.as_bytes());
        }
        put_unsigned(out, self.container_count);
        out.extend_from_slice(&self.containers);
        put_unsigned(out, self.run_count);
        out.extend_from_slice(&self.runs);
        out.extend_from_slice(&self.ops);
        write_text(out, &self.text);
    }
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    if text.len() >= PACK_FROM {
        let packed = lz4_flex::compress(text.as_bytes());
        if packed.len() < text.len() {
            out.push(1);
            put_unsigned(out, text.len() as u64);
            put_unsigned(out, packed.len() as u64);
            out.extend_from_slice(&packed);
            return;
        }
    }
    out.push(0);
    put_unsigned(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// The end of a stretch, where the next position in its container counts from.
pub(super) fn end_of(kind: u8, pos: u32, len: u32) -> Option<u32> {
    if kind == INSERT {
        pos.checked_add(len)
    } else {
        Some(pos)
    }
}
