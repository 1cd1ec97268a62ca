//! Chains of which the beginning is not in the log.

use super::canonical::Previous;
use super::chain::{BLOCK, Chain};
use super::writer::seed;
use crate::graph::PeerIx;
use crate::id::{Peer, Seq};
use crate::oplog::OpLog;

/// A peer's chain, before any of the log's own operations.
pub(super) fn resumed(log: &OpLog, author: PeerIx) -> Chain {
    let end = log.ground.as_ref().and_then(|ground| ground.end_of(author));
    let Some((end, open)) = end.and_then(|end| Some((end, end.open.as_ref()?))) else {
        // Other segments' begin once the one before is whole.
        return Chain::start(seed(log.peers.origin(author).peer));
    };
    let previous = open.container.map(|container| Previous {
        container,
        effect: open.effect,
        pos: open.pos,
    });
    let seq = log.peers.original(author, end.seq).seq;
    Chain::resume(seq + 1, open.before, &open.block, previous)
}

/// The chain value at the operation of that original number, from how its peer's chain goes on after it.
pub(crate) fn value_at_end(before: &[u8; 32], block: &[u8], seq: Seq) -> [u8; 32] {
    if (seq + 1).is_multiple_of(BLOCK) {
        return *before;
    }
    *blake3::Hasher::new()
        .update(before)
        .update(block)
        .finalize()
        .as_bytes()
}

/// The value before a peer's first block.
pub(crate) fn value_before(peer: Peer) -> [u8; 32] {
    seed(peer)
}

/// Whether the block that goes on after an operation has another before it.
pub(crate) fn is_in_first_block(seq: Seq) -> bool {
    seq + 1 < BLOCK
}
