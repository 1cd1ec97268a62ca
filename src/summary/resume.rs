//! Chains of which the beginning is not in the log.

use super::canonical::Previous;
use super::chain::{BLOCK, Chain};
use super::chains::Chains;
use super::writer::seed;
use crate::graph::PeerIx;
use crate::id::{LvSpan, Peer, Seq};
use crate::oplog::{ContainerIx, Effect, GroundEnd, OpKind, OpLog, OpenChain, Piece};

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

impl Chains {
    /// A peer's newest operation, and how its chain goes on from there.
    pub(crate) fn end_of(&mut self, log: &OpLog, author: PeerIx) -> Option<GroundEnd> {
        let seq = log.peers.count(author).checked_sub(1)?;
        let Some(lv) = log.peers.lv(&log.graph, author, seq) else {
            return log.ground.as_ref()?.end_of(author).cloned();
        };
        let chain = self.value(log, lv);
        let (before, block) = self.whole(log, author)?.open();
        let block = block.to_vec();
        let mut last = None;
        log.each_piece(LvSpan::new(lv, lv.plus(1)), |piece| {
            last = Some(effect_of(piece));
        });
        let (container, effect, pos) = last?;
        Some(GroundEnd {
            author,
            seq,
            chain,
            open: Some(OpenChain {
                before,
                block,
                container: Some(container),
                effect,
                pos,
            }),
        })
    }
}

/// What a single operation does, and where.
fn effect_of(piece: Piece) -> (ContainerIx, Effect, u32) {
    match piece {
        Piece::Entry(container, _) => (container, Effect::Entry, 0),
        Piece::Run(container, run) => {
            let effect = match run.kind() {
                OpKind::Insert => Effect::Insert,
                // For what comes after, a move is a set: neither goes on.
                OpKind::Set | OpKind::Move => Effect::Set,
                OpKind::Delete | OpKind::DeleteBack => Effect::Delete,
            };
            (container, effect, run.pos)
        }
    }
}
