//! What a replica's operations are, in few bytes.
//!
//! Per peer the log is a hash chain: operations stand in blocks of 64 by their number, and the chain value at an operation
//! is blake3 of the value of the block before and the canonical form of this block's operations up to it. The canonical
//! form does not depend on how operations arrived, and names parents by their chain values, so two replicas with equal
//! values at an operation hold the same past of it. Against accidents and attackers alike: the hash is cryptographic, but
//! a delta carries only four bytes of it.

mod canonical;
mod chain;
mod writer;
mod warm;
mod resume;
mod chains;
#[cfg(test)]
mod tests;

pub(crate) use chains::Chains;
pub(crate) use resume::{is_in_first_block, value_at_end, value_before};
