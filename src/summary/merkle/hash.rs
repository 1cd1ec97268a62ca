//! Hashes of nodes and ranges.

use super::node::{Held, Hung, Link, Merkle, Node};
use super::range::Range;
use super::{Hash, LEAF};
use crate::summary::entry::Entry;

/// Of an entry in what is hashed.
pub(super) const ENTRY_BYTES: usize = 8 + 4 + 32;

/// The hash of a leaf with these entries.
pub(super) fn of_entries(entries: &[Entry]) -> Hash {
    match entries {
        [_] => hash_in(&mut [0; 1 + ENTRY_BYTES], entries),
        _ => hash_in(&mut [0; 1 + LEAF * ENTRY_BYTES], entries),
    }
}

fn hash_in(bytes: &mut [u8], entries: &[Entry]) -> Hash {
    let mut len = 1;
    for (entry, to) in entries.iter().zip(bytes[1..].chunks_exact_mut(ENTRY_BYTES)) {
        put_entry(entry, to);
        len += ENTRY_BYTES;
    }
    *blake3::hash(&bytes[..len]).as_bytes()
}

/// Writes what a leaf says of an entry.
#[inline]
pub(super) fn put_entry(entry: &Entry, to: &mut [u8]) {
    to[..8].copy_from_slice(&entry.key.to_le_bytes());
    to[8..12].copy_from_slice(&entry.length.to_le_bytes());
    to[12..].copy_from_slice(&entry.hash);
}

/// The hash of an inner node whose children have these hashes.
fn of_children(children: impl Iterator<Item = Option<Hash>>) -> Hash {
    let mut bytes = [0; 3 + 16 * 32];
    let mut present = 0u16;
    let mut len = 3;
    for (nibble, hash) in children.enumerate() {
        if let Some(hash) = hash {
            present |= 1 << nibble;
            bytes[len..len + 32].copy_from_slice(&hash);
            len += 32;
        }
    }
    bytes[0] = 1;
    bytes[1..3].copy_from_slice(&present.to_le_bytes());
    *blake3::hash(&bytes[..len]).as_bytes()
}

impl Merkle {
    /// Brings all hashes up to date: hashes what has changed since the last time, and what stands above it.
    pub(crate) fn is_fresh(&self) -> bool {
        self.root_hash.is_some()
    }

    pub(crate) fn refresh(&mut self) {
        if self.root_hash.is_none() {
            self.root_hash = self.refreshed(self.root);
        }
    }

    /// The hash of a node, after all below it have been brought up to date.
    fn refreshed(&mut self, link: Link) -> Option<Hash> {
        if let Node::Inner(at) = link.node() {
            for (nibble, child) in self.inners[at].children.into_iter().enumerate() {
                if self.inners[at].fresh >> nibble & 1 == 0
                    && let Some(hash) = self.refreshed(child)
                {
                    let inner = &mut self.inners[at];
                    inner.hashes[nibble] = hash;
                    inner.fresh |= 1 << nibble;
                }
            }
        }
        self.hash_of(Hung { link, hash: None })
    }

    /// The hash of a node, `None` for no node. O(1) where it is up to date; else what has changed is hashed, and not kept.
    pub(super) fn hash_of(&self, hung: Hung<'_>) -> Option<Hash> {
        if let Some(hash) = hung.hash {
            return Some(*hash);
        }
        match hung.link.node() {
            Node::None => None,
            Node::Leaf(leaf) => Some(of_entries(self.entries_of(leaf))),
            Node::Inner(inner) => {
                let inner = &self.inners[inner];
                let children = (0..16).map(|nibble| self.hash_of(inner.child(nibble)));
                Some(of_children(children))
            }
        }
    }

    /// The hash of what stands in a range; `None` if nothing does. O(depth), and a leaf at most.
    pub(crate) fn hash(&self, range: Range) -> Option<Hash> {
        match self.held(range) {
            Held::Node(hung) => self.hash_of(hung),
            Held::Part([]) => None,
            Held::Part(part) => Some(of_entries(part)),
        }
    }

    /// The hash of the whole set; that of a leaf without entries if it is empty.
    pub(crate) fn root(&self) -> Hash {
        self.hash_of(self.hung()).unwrap_or_else(|| of_entries(&[]))
    }
}
