//! Bounds on everything that grows from input.

/// Bounds that a document holds its writers and its peers to: whoever passes one gets
/// [`Error::Limit`](crate::Error::Limit) with the field's name, and nothing changes.
///
/// Replicas of one document should have the same, or one refuses what the other wrote. More limits may come, so the struct
/// cannot be written out: start from the default and change what should differ. Set them with
/// [`Doc::with_limits`](crate::Doc::with_limits) or [`Doc::set_limits`](crate::Doc::set_limits).
///
/// ```
/// use syncline::{Doc, Error, Limits};
///
/// let mut limits = Limits::default();
/// limits.value_bytes = 64 << 10;
/// limits.content_bytes = 16 << 20;
/// let mut doc = Doc::with_limits(limits);
/// let refused = doc.transact(|tx| tx.map("files").set("photo", vec![0; 100_000]));
/// assert!(matches!(refused, Err(Error::Limit { what: "value_bytes", .. })));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many containers a writer may put around a container: 0 allows roots only. 64. What several move into each other, each
    /// within it, stands deeper: at most 128 containers around what was moved, with so many within. Reading and writing nested
    /// values recurse so deep; many thousands would not fit on a thread's stack.
    pub nesting: u32,
    /// Bytes of UTF-8 in a map's key or a root's name. 1,024.
    pub key_bytes: u32,
    /// Bytes of one string, in UTF-8, or byte value. 1 MiB. Text in text containers is not limited by it.
    pub value_bytes: u32,
    /// Bytes of UTF-8 in the message of a transaction, or in the name of an author. 64 KiB.
    pub message_bytes: u32,
    /// Bytes of what was ever put into one text, into one list, or into all maps and counters together. 4 GiB less one
    /// byte, which is also the most there can be. Deleting gives no room back.
    pub content_bytes: u32,
    /// How many keys may show on one character of a text. 64. Where several people, each within it, at the same time mark more
    /// than that, the latest show.
    pub marks_per_position: u32,
    /// How many deltas are held back until what they follow arrives. 65,536.
    pub waiting_deltas: u32,
    /// Bytes of all deltas held back. 4 MiB.
    pub waiting_bytes: u32,
    /// Bytes that all packed parts of one delta, or of what a saved document shows, or of its history may inflate to. 64 MiB.
    /// More is an [`Error::Decode`](crate::Error::Decode), before it is inflated. So much again may operations take once they are
    /// read, beside 32 times their bytes.
    pub inflated_bytes: u32,
    /// At how many operations peers may be split: see [`Doc::split_peer`](crate::Doc::split_peer). Each may cut the history of
    /// everybody who has a copy of that peer. 1,024.
    pub splits: u32,
    /// Bytes that what one replay built may keep between merges. 64 MiB. More is not an error: it is built again when next
    /// needed.
    pub replay_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            nesting: 64,
            key_bytes: 1024,
            value_bytes: 1 << 20,
            message_bytes: 64 << 10,
            content_bytes: u32::MAX,
            marks_per_position: 64,
            waiting_deltas: 65_536,
            waiting_bytes: 4 << 20,
            inflated_bytes: 64 << 20,
            splits: 1024,
            replay_bytes: 64 << 20,
        }
    }
}
