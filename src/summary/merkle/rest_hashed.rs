//! All but some entries, as the first version of a reconciliation tells them: in hashes alone.
//!
//! Leaving out some keys cuts the key space into the largest ranges that hold none of them. The hashes of those that hold
//! something, in order, say what the rest is. They are the same on two replicas whose rest is the same, though around the
//! keys that are left out their trees may be of different shapes.

use super::hash::of_entries;
use super::node::{Hung, Merkle, Node};
use super::range::common;
use super::rest::split;
use crate::summary::entry::Entry;

impl Merkle {
    /// Shows the hashes of the largest ranges without any of the keys (ascending, each once). O(keys · depth).
    pub(crate) fn rest_hashed(&self, without: &[u64], show: &mut impl FnMut(&[u8])) {
        self.hashed_below(self.hung(), without, show);
    }

    /// `without` are keys of the range that led to the node.
    fn hashed_below(&self, hung: Hung<'_>, without: &[u64], show: &mut impl FnMut(&[u8])) {
        match hung.link.node() {
            Node::Leaf(leaf) if !without.is_empty() => {
                return rest_of(self.entries_of(leaf), without, show);
            }
            Node::Inner(inner) if !without.is_empty() => {
                let inner = &self.inners[inner];
                let mut without = inner.range().part_of(without, |&key| key);
                if !without.is_empty() {
                    for nibble in 0..16 {
                        let within;
                        (within, without) = split(without, nibble, inner.depth);
                        let child = inner.child(nibble);
                        match child.hash.filter(|_| within.is_empty()) {
                            Some(hash) => show(hash),
                            None => self.hashed_below(child, within, show),
                        }
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
fn rest_of(entries: &[Entry], without: &[u64], show: &mut impl FnMut(&[u8])) {
    let mut entries = entries;
    let mut behind = without;
    let mut before = None;
    while let Some(entry) = entries.first() {
        while let Some((&key, rest)) = behind.split_first().filter(|(key, _)| **key < entry.key) {
            before = Some(key);
            behind = rest;
        }
        let near = before.into_iter().chain(behind.first().copied());
        let shared = near.map(|key| common(key, entry.key)).max().unwrap_or(0);
        // An entry that shares all nibbles with a key that is left out is that key.
        let group = match shared {
            16.. => 1,
            _ => {
                let is_beside = |other: &Entry| common(other.key, entry.key) <= shared;
                let group = entries.iter().position(is_beside).unwrap_or(entries.len());
                show(&of_entries(&entries[..group]));
                group
            }
        };
        entries = entries.get(group..).unwrap_or_default();
    }
}
