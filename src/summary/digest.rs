//! What names a container in the canonical form, in 16 bytes.

use std::collections::BTreeSet;

use crate::graph::{PeerIx, Run};
use crate::id::{OpId, Peer};
use crate::oplog::{ContainerIx, Name, OpLog};

pub(super) type Digest = [u8; 16];

/// Digests of all containers.
#[derive(Clone, Debug, Default)]
pub(super) struct Digests {
    digests: Vec<Digest>,
    /// Containers made by segments of split peers, or within such: two of them may have one original name.
    apart: BTreeSet<ContainerIx>,
}

impl Digests {
    pub(super) fn len(&self) -> usize {
        self.digests.len()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Digest> + '_ {
        self.digests.iter().copied()
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.digests.truncate(len);
        self.apart.retain(|container| container.at() < len);
    }

    /// Takes in the containers that are new.
    pub(super) fn advance(&mut self, log: &OpLog) {
        for (container, name) in log.containers.iter().skip(self.digests.len()) {
            debug_assert_eq!(container.at(), self.digests.len());
            let is_apart = match name {
                Name::Root { .. } => false,
                Name::Child { parent, .. } => self.apart.contains(&parent),
                Name::Made { by, .. } => {
                    let (author, _) = log.graph.author_of(by);
                    log.peers.segment(author).is_some()
                }
            };
            if is_apart {
                self.apart.insert(container);
            }
            let digest = digest(log, name, None, |parent| self.digests[parent.at()]);
            self.digests.push(digest);
        }
    }

    /// What names a container in the operations of a run.
    #[inline]
    pub(super) fn of(&self, log: &OpLog, container: ContainerIx, run: &Run) -> Digest {
        if self.apart.is_empty() || !self.apart.contains(&container) {
            return self.digests[container.at()];
        }
        let name = log.containers.name(container);
        let branch = match name {
            Name::Made { by, .. } => branch_seen(log, log.graph.author_of(by).0, run),
            _ => None,
        };
        digest(log, name, branch, |parent| self.of(log, parent, run))
    }
}

/// Which of a split peer's histories a segment belongs to, where a run follows more than one of them: the last segment on
/// the way to it of which the run follows another, that begins where it does.
pub(super) fn branch_seen(log: &OpLog, author: PeerIx, run: &Run) -> Option<Peer> {
    let mut at = author;
    while let Some(own) = log.peers.segment(at) {
        let is_rival = |other: PeerIx| other != at && follows_first(log, run, other);
        let mut beside = log.peers.segments();
        if beside.any(|(ix, other)| other == own && is_rival(ix)) {
            return Some(log.peers.peer(at));
        }
        at = own.before;
    }
    None
}

/// Whether the operations of a run follow a segment's first one, or are it and what comes after it.
fn follows_first(log: &OpLog, run: &Run, segment: PeerIx) -> bool {
    if log.peers.ground(segment) > 0 || (run.author, run.seq) == (segment, 0) {
        return true;
    }
    let first = log.peers.lv(&log.graph, segment, 0);
    first.is_some_and(|first| first < run.span.start && log.graph.includes(&run.parents, first))
}

/// `branch` tells apart what two histories of one peer made under one number.
fn digest(
    log: &OpLog,
    name: Name,
    branch: Option<Peer>,
    parents: impl Fn(ContainerIx) -> Digest,
) -> Digest {
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
            bytes.extend_from_slice(&parents(parent));
            bytes.extend_from_slice(&generation.to_le_bytes());
            bytes.extend_from_slice(log.keys.name(key).as_bytes());
        }
        Name::Made { by, kind } => {
            let OpId { peer, seq } = log.original(by);
            bytes.extend_from_slice(&[2, kind.code()]);
            bytes.extend_from_slice(&peer.get().to_le_bytes());
            bytes.extend_from_slice(&seq.to_le_bytes());
            if let Some(branch) = branch {
                bytes.extend_from_slice(&branch.get().to_le_bytes());
            }
        }
    }
    let hash = blake3::hash(&bytes);
    let mut digest = [0; 16];
    digest.copy_from_slice(&hash.as_bytes()[..16]);
    digest
}
