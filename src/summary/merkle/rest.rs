//! Hashes of all but some entries.
//!
//! Leaving out some keys cuts the key space into the largest ranges that hold none of them. The hashes of those that hold
//! something, in order, say what the rest is. They are the same on two replicas whose rest is the same, though around the
//! keys that are left out their trees may be of different shapes.

use super::Hash;
use super::hash::of_entries;
use super::node::{Hung, Merkle, Node};
use super::range::{Range, common};
use crate::summary::entry::Entry;

impl Merkle {
    /// Shows the hashes of the largest ranges without any of the keys (ascending, each once). O(keys · depth).
    pub(crate) fn rest(&self, without: &[u64], show: &mut impl FnMut(&Hash)) {
        self.rest_below(self.hung(), without, show);
    }

    /// `without` are keys of the range that led to the node.
    fn rest_below(&self, hung: Hung<'_>, without: &[u64], show: &mut impl FnMut(&Hash)) {
        match hung.link.node() {
            Node::Leaf(leaf) if !without.is_empty() => {
                return rest_of(self.entries_of(leaf), without, show);
            }
            Node::Inner(inner) => {
                let inner = &self.inners[inner];
                let without = inner.range().part_of(without, |&key| key);
                if !without.is_empty() {
                    for nibble in 0..16 {
                        let range = inner.range().child(nibble);
                        let child = inner.child(nibble);
                        self.rest_below(child, range.part_of(without, |&key| key), show);
                    }
                    return;
                }
            }
            _ => {}
        }
        if let Some(hash) = self.hash_of(hung) {
            show(&hash);
        }
    }
}

/// As above, of a leaf's entries.
fn rest_of(entries: &[Entry], without: &[u64], show: &mut impl FnMut(&Hash)) {
    let mut entries = entries;
    while let Some(entry) = entries.first() {
        let next = without.partition_point(|&key| key < entry.key);
        let near = without.get(next.saturating_sub(1)..).unwrap_or_default();
        let shared = near.iter().take(2).map(|&key| common(key, entry.key)).max();
        let shared = shared.unwrap_or(0);
        // An entry that shares all nibbles with a key that is left out is that key.
        let group = match shared {
            16.. => 1,
            _ => {
                let group = Range::of(entry.key, shared + 1).part_of(entries, |entry| entry.key);
                show(&of_entries(group));
                group.len()
            }
        };
        entries = entries.get(group..).unwrap_or_default();
    }
}
