//! How chains go on after the newest operations of a log, for whoever has no more of it.

use super::chains::Chains;
use crate::graph::PeerIx;
use crate::id::LvSpan;
use crate::oplog::{ContainerIx, Effect, GroundEnd, OpKind, OpLog, OpenChain, Piece};

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
            if run.kind() == OpKind::Restore {
                // Neither does a restore, which has no position.
                return (container, Effect::Set, 0);
            }
            let effect = match run.kind() {
                OpKind::Insert => Effect::Insert,
                // For what comes after, these are sets: none goes on.
                OpKind::Set | OpKind::Move | OpKind::Mark | OpKind::Restore => Effect::Set,
                OpKind::Delete | OpKind::DeleteBack => Effect::Delete,
            };
            (container, effect, run.pos)
        }
    }
}
