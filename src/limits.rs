//! Bounds on everything that grows from input.

/// Bounds that a document holds its writers and its peers to. Set your own with [`Doc::set_limits`](crate::Doc::set_limits).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Containers within containers, counted from the root (64).
    pub nesting: u32,
    /// A map key or a root's name, in bytes (1,024).
    pub key_bytes: u32,
    /// One string or byte value, in bytes (1 MiB).
    pub value_bytes: u32,
    /// What was ever put into one text or into one list, or into all maps and counters together, in bytes (4 GiB less
    /// one, and never more). Deleting gives no room back.
    pub content_bytes: u32,
    /// Deltas held back until what they follow arrives (65,536).
    pub waiting_deltas: u32,
    /// Bytes of deltas held back (4 MiB).
    pub waiting_bytes: u32,
    /// Bytes that the text and values of one delta may inflate to (64 MiB).
    pub inflated_bytes: u32,
    /// Bytes that what a replay built may keep between merges (64 MiB).
    pub replay_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            nesting: 64,
            key_bytes: 1024,
            value_bytes: 1 << 20,
            content_bytes: u32::MAX,
            waiting_deltas: 65_536,
            waiting_bytes: 4 << 20,
            inflated_bytes: 64 << 20,
            replay_bytes: 64 << 20,
        }
    }
}
