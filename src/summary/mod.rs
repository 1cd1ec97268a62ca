//! What a replica's operations are, in few bytes; and how two replicas find what differs.
//!
//! # Chains
//!
//! Per peer the log is a hash chain: operations stand in blocks of 64 by their number, and the chain value at an operation
//! is blake3 of the value of the block before and the canonical form of this block's operations up to it. The canonical
//! form does not depend on how operations arrived, and names parents by their chain values, so two replicas with equal
//! values at an operation hold the same past of it. Against accidents and attackers alike: the hash is cryptographic, but
//! a delta carries only four bytes of it.
//!
//! # Summaries
//!
//! A [`Summary`] is a set of entries, for each peer how many operations are known and their chain value, in a Merkle tree
//! ([`merkle`]) and in coded symbols ([`symbols`]). Two replicas exchange what these say until each knows what it lacks
//! ([`reconcile`]). The same serves a workspace: for each document how many operations, and the root of its summary.

mod chain;
mod digest;
mod canonical;
mod writer;
mod warm;
mod resume;
mod chains;
mod ends;
mod entry;
mod merkle;
mod symbols;
mod journal;
mod set;
mod reconcile;
#[cfg(test)]
mod tests;

pub(crate) use chains::Chains;
pub use entry::Entry;
pub(crate) use journal::Journal;
pub use reconcile::{Difference, Known, Missing, Opening, ReconcileError, Reconciliation};
pub(crate) use resume::{is_in_first_block, value_at_end, value_before};
pub use set::Summary;
