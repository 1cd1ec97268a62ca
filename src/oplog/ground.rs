//! What lies before the log's own operations, where a document was opened without its history.

use crate::graph::PeerIx;
use crate::id::{Lv, Seq};

/// One of the last operations before the log's own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GroundHead {
    pub(crate) author: PeerIx,
    pub(crate) seq: Seq,
    /// Its chain value.
    pub(crate) chain: [u8; 32],
}

/// Operations known by their end only. Those whose values are shown stand at the beginning of the log, in an order of their
/// own and without parents; an operation of the log's own that has no parents follows all heads.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    /// By operation id.
    pub(crate) heads: Vec<GroundHead>,
    /// The first of the log's own operations.
    pub(crate) end: Lv,
}
