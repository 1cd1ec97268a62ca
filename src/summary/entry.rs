//! An entry: what one line of a summary says.

/// What is known under one key: how much, and the hash of it.
///
/// In a document a key is a peer, the length the number of its operations, the hash their chain's value. In a workspace a
/// key is a document, the length the number of its operations, the hash the root of its summary.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Entry {
    /// The peer, or the document.
    pub key: u64,
    /// How many operations.
    pub length: u32,
    /// The hash of all of them. Replicas with the same operations have the same.
    pub hash: [u8; 32],
}
