//! An ordered set of entries in a Merkle tree whose shape depends on its content alone.
//!
//! A path-compressed 16-way radix tree over the key, read four bits (a *nibble*) at a time from the top. Up to 16 entries
//! stand in one leaf; more are parted where their keys first differ. So the subtree of a set of entries is a function of
//! that set, and so is its hash, wherever in the tree it stands:
//!
//! ```text
//! leaf  := blake3(0 ‖ per entry: key 8 ‖ length 4 ‖ hash 32)           numbers little-endian, entries by key
//! inner := blake3(1 ‖ which children there are, a bit each: 2 ‖ the children's hashes)
//! ```
//!
//! A *range* is what shares its first nibbles. Two replicas that hold the same entries in a range have the same hash for
//! it, whatever surrounds it there.
//!
//! Nodes stand in flat arrays and name each other by index; entries stand side by side in blocks of 1, 2, 4, 8 or 16. A
//! change costs the way down; hashes are brought up to date when asked for, along changed paths only.

mod range;
mod node;
mod slots;
mod edit;
mod entries;
mod hash;
mod rest;
mod rest_hashed;
mod check;
#[cfg(test)]
pub(super) mod tests;

pub(super) use node::Merkle;
pub(super) use range::{NIBBLES, Range};

/// The hash of an entry or a node.
pub(super) type Hash = [u8; 32];

/// Entries of a leaf, at most.
pub(super) const LEAF: usize = if cfg!(any(test, feature = "small-nodes")) {
    2
} else {
    16
};
