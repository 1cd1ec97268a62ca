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

use smallvec::SmallVec;

use super::Level;
use super::block::put_block;
use super::index::Index;
use super::segments::SegmentRef;
use super::starts::Starts;
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
    starts: Starts,
    peers: Index<PeerIx>,
    /// By a peer's number, one more than its newest operation so far; its `seq` where there is none.
    next: SmallVec<[Seq; 8]>,
    keys: Index<KeyIx>,
    names: Vec<u8>,
    containers: Index<ContainerIx>,
    /// Whether the first container is known without an entry.
    given: bool,
    /// Of the last container named by an operation.
    made: Seq,
}

impl<'a> Tables<'a> {
    pub(super) fn new(log: &'a OpLog, starts: Starts) -> Self {
        Tables {
            log,
            starts,
            peers: Index::new(),
            next: SmallVec::new(),
            keys: Index::new(),
            names: Vec::new(),
            containers: Index::new(),
            given: false,
            made: 0,
        }
    }

    /// Says that the receiver knows the first container without an entry.
    pub(super) fn give(&mut self, ix: ContainerIx) {
        self.containers.put(ix);
        self.given = true;
    }

    /// Whether there are keys or containers to tell.
    pub(super) fn has_names(&self) -> bool {
        self.keys.len() > 0 || !self.names.is_empty()
    }

    /// A peer's number.
    pub(super) fn peer(&mut self, ix: PeerIx) -> u32 {
        let number = self.peers.put(ix);
        if self.next.len() < self.peers.len() {
            self.next.push(self.start(ix));
        }
        number
    }

    /// A peer's `seq`.
    pub(super) fn start(&self, ix: PeerIx) -> Seq {
        self.starts.of(ix)
    }

    /// Of the peer of that number, one more than its newest operation so far.
    pub(super) fn next(&mut self, peer: u32) -> Option<&mut Seq> {
        self.next.get_mut(peer as usize)
    }

    pub(super) fn key(&mut self, ix: KeyIx) -> u32 {
        self.keys.put(ix)
    }

    /// The container's number; containers around it come first.
    pub(super) fn container(&mut self, ix: ContainerIx) -> u32 {
        if let Some(number) = self.containers.find(ix) {
            return number;
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
                put_signed(&mut self.names, i64::from(seq) - i64::from(self.made));
                self.made = seq;
            }
        }
        self.containers.push(ix)
    }

    fn put_entry(&mut self, head: u8, numbers: &[u32]) {
        self.names.push(head);
        for &number in numbers {
            put_unsigned(&mut self.names, u64::from(number));
        }
    }

    /// The number of a container that has one.
    pub(super) fn number(&self, ix: ContainerIx) -> Option<u32> {
        self.containers.find(ix)
    }

    /// All containers, by number.
    pub(super) fn containers(&self) -> &[ContainerIx] {
        self.containers.all()
    }

    /// The segments among the peers; numbers also those before them.
    pub(super) fn segments(&mut self) -> Vec<SegmentRef> {
        let (log, mut segments) = (self.log, Vec::new());
        let mut at = 0;
        while let Some(&ix) = self.peers.all().get(at as usize) {
            if let Some(segment) = log.peers.segment(ix) {
                segments.push(SegmentRef {
                    peer: at,
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
        for &peer in self.peers.all() {
            out.extend_from_slice(&self.log.peers.peer(peer).get().to_le_bytes());
            put_unsigned(out, u64::from(self.log.peers.count(peer)));
        }
    }

    pub(super) fn write_peers(&self, out: &mut Vec<u8>) {
        put_unsigned(out, self.peers.len() as u64);
        for &peer in self.peers.all() {
            out.extend_from_slice(&self.log.peers.peer(peer).get().to_le_bytes());
            put_unsigned(out, u64::from(self.start(peer)));
        }
    }

    pub(super) fn write_names(&self, out: &mut Vec<u8>, level: Level) {
        let mut names = Vec::new();
        put_unsigned(&mut names, self.keys.len() as u64);
        let mut before: &[u8] = &[];
        for &key in self.keys.all() {
            let key = self.log.keys.name(key).as_bytes();
            let shared = before.iter().zip(key).take_while(|(a, b)| a == b).count();
            put_unsigned(&mut names, shared as u64);
            put_unsigned(&mut names, (key.len() - shared) as u64);
            names.extend_from_slice(&key[shared..]);
            before = key;
        }
        let entries = self.containers.len() - usize::from(self.given);
        put_unsigned(&mut names, entries as u64);
        names.extend_from_slice(&self.names);
        put_block(out, &names, level);
    }
}
