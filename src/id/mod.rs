//! Who wrote what: peers, operation ids, local versions, version vectors, frontiers.
//!
//! - A [`Peer`] is one writer. Its operations are numbered by [`Seq`] from 0, without gaps.
//! - An [`OpId`] names an operation everywhere: `(peer, seq)`.
//! - An [`Lv`] names it on this replica only, densely, in an order in which parents come first. It never leaves the
//!   process.
//! - A [`VersionVector`] names a causally closed set of operations by its length per peer; a [`Frontier`] names the same
//!   set by the operations that no other follows.

mod peer;
mod op_id;
mod lv;
mod version_vector;
mod frontier;

pub use frontier::Frontier;
pub(crate) use lv::{Heads, Lv, LvSpan};
pub use op_id::OpId;
pub(crate) use op_id::Seq;
pub use peer::Peer;
pub use version_vector::VersionVector;
