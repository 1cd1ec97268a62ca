//! The peers, keys and containers that a delta speaks of, numbered as they come up.
//!
//! ```text
//! peers := count (peer (8 bytes, little-endian) seq)*
//! names := block of: count key* count container*
//! key    := bytes shared with the key before, bytes that follow, those bytes (UTF-8 with the shared ones)
//! container := kind + 16 * way, by way: 0 key | 1 parent key generation | 2 peer seq, as the (zigzag) difference from the
//!              one in the last entry of this way
//! ```
//!
//! A peer's `seq` is that of its first operation in the delta; where there is none, one more than the newest operation
//! that is a parent.

use std::collections::BTreeMap;

use super::Level;
use super::block::put_block;
use super::segments::SegmentRef;
use crate::column::{put_signed, put_unsigned};
use crate::graph::PeerIx;
use crate::id::{Peer, Seq};
use crate::oplog::{ContainerIx, KeyIx, Name, OpLog, Splits};

pub(super) const ROOT: u8 = 0;
pub(super) const CHILD: u8 = 1;
pub(super) const MADE: u8 = 2;

/// Tables in the making.
pub(super) struct Tables<'a> {
    log: &'a OpLog,
    starts: BTreeMap<PeerIx, Seq>,
    peers: Vec<(PeerIx, Seq)>,
    peer_index: BTreeMap<PeerIx, u32>,
    keys: Vec<KeyIx>,
    key_index: BTreeMap<KeyIx, u32>,
    containers: Vec<u8>,
    container_index: BTreeMap<ContainerIx, u32>,
    /// Whether the first container is known without an entry.
    given: bool,
    /// Of the last container named by an operation.
    made: Seq,
}

impl<'a> Tables<'a> {
    /// `starts` are the peers' `seq`s; 0 for those not in it.
    pub(super) fn new(log: &'a OpLog, starts: BTreeMap<PeerIx, Seq>) -> Self {
        Tables {
            log,
            starts,
            peers: Vec::new(),
            peer_index: BTreeMap::new(),
            keys: Vec::new(),
            key_index: BTreeMap::new(),
            containers: Vec::new(),
            container_index: BTreeMap::new(),
            given: false,
            made: 0,
        }
    }

    /// Says that the receiver knows the first container without an entry.
    pub(super) fn give(&mut self, ix: ContainerIx) {
        self.container_index.insert(ix, 0);
        self.given = true;
    }

    /// Whether there are keys or containers to tell.
    pub(super) fn has_names(&self) -> bool {
        !self.keys.is_empty() || !self.containers.is_empty()
    }

    /// A peer's number.
    pub(super) fn peer(&mut self, ix: PeerIx) -> u32 {
        let next = count(self.peers.len());
        let index = *self.peer_index.entry(ix).or_insert(next);
        if index == next {
            self.peers.push((ix, self.start(ix)));
        }
        index
    }

    /// A peer's `seq`.
    pub(super) fn start(&self, ix: PeerIx) -> Seq {
        self.starts.get(&ix).copied().unwrap_or(0)
    }

    pub(super) fn key(&mut self, ix: KeyIx) -> u32 {
        let next = count(self.keys.len());
        let index = *self.key_index.entry(ix).or_insert(next);
        if index == next {
            self.keys.push(ix);
        }
        index
    }

    /// The container's number; containers around it come first.
    pub(super) fn container(&mut self, ix: ContainerIx) -> u32 {
        if let Some(&index) = self.container_index.get(&ix) {
            return index;
        }
        let name = self.log.containers.name(ix);
        let kind = name.kind().code();
        match name {
            Name::Root { name, .. } => {
                let name = self.key(name);
                self.put_entry(ROOT << 4 | kind, &[name]);
            }
            Name::Child {
                parent,
                key,
                generation,
                ..
            } => {
                let (parent, key) = (self.container(parent), self.key(key));
                self.put_entry(CHILD << 4 | kind, &[parent, key, generation]);
            }
            Name::Made { by, .. } => {
                let (author, seq) = self.log.graph.author_of(by);
                let peer = self.peer(author);
                self.put_entry(MADE << 4 | kind, &[peer]);
                put_signed(&mut self.containers, i64::from(seq) - i64::from(self.made));
                self.made = seq;
            }
        }
        let index = count(self.container_index.len());
        self.container_index.insert(ix, index);
        index
    }

    fn put_entry(&mut self, head: u8, numbers: &[u32]) {
        self.containers.push(head);
        for &number in numbers {
            put_unsigned(&mut self.containers, u64::from(number));
        }
    }

    /// The number of a container that has one.
    pub(super) fn number(&self, ix: ContainerIx) -> Option<u32> {
        self.container_index.get(&ix).copied()
    }

    /// All containers, by number.
    pub(super) fn containers(&self) -> Vec<ContainerIx> {
        let mut containers: Vec<_> = self.container_index.iter().collect();
        containers.sort_unstable_by_key(|entry| entry.1);
        containers.into_iter().map(|entry| *entry.0).collect()
    }

    /// The segments among the peers; numbers also those before them.
    pub(super) fn segments(&mut self) -> Vec<SegmentRef> {
        let (log, mut segments) = (self.log, Vec::new());
        let mut at = 0;
        while let Some(&(ix, _)) = self.peers.get(at) {
            if let Some(segment) = log.peers.segment(ix) {
                segments.push(SegmentRef {
                    peer: count(at),
                    before: self.peer(segment.before),
                    len: segment.start - log.peers.start(segment.before),
                    origin: log.peers.origin(ix),
                });
            }
            at += 1;
        }
        segments
    }

    /// The splits at which none of these segments begins.
    pub(super) fn other_splits(&self, segments: &[SegmentRef]) -> Vec<(Peer, Seq)> {
        let mut told = Splits::default();
        for SegmentRef { origin, .. } in segments {
            told.add(origin.peer, origin.seq);
        }
        let others = self.log.peers.splits.iter();
        others.filter(|&(of, at)| !told.has(of, at)).collect()
    }

    /// As [`write_peers`](Tables::write_peers), with how many operations each has made in place of `seq`.
    pub(super) fn write_counts(&self, out: &mut Vec<u8>) {
        put_unsigned(out, self.peers.len() as u64);
        for &(peer, _) in &self.peers {
            out.extend_from_slice(&self.log.peers.peer(peer).get().to_le_bytes());
            put_unsigned(out, u64::from(self.log.peers.count(peer)));
        }
    }

    pub(super) fn write_peers(&self, out: &mut Vec<u8>) {
        put_unsigned(out, self.peers.len() as u64);
        for &(peer, seq) in &self.peers {
            out.extend_from_slice(&self.log.peers.peer(peer).get().to_le_bytes());
            put_unsigned(out, u64::from(seq));
        }
    }

    pub(super) fn write_names(&self, out: &mut Vec<u8>, level: Level) {
        let mut names = Vec::new();
        put_unsigned(&mut names, self.keys.len() as u64);
        let mut before: &[u8] = &[];
        for &key in &self.keys {
            let key = self.log.keys.name(key).as_bytes();
            let shared = before.iter().zip(key).take_while(|(a, b)| a == b).count();
            put_unsigned(&mut names, shared as u64);
            put_unsigned(&mut names, (key.len() - shared) as u64);
            names.extend_from_slice(&key[shared..]);
            before = key;
        }
        let entries = self.container_index.len() - usize::from(self.given);
        put_unsigned(&mut names, entries as u64);
        names.extend_from_slice(&self.containers);
        put_block(out, &names, level);
    }
}

#[allow(clippy::cast_possible_truncation)]
fn count(len: usize) -> u32 {
    len as u32
}
