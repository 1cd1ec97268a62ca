//! All but some entries, in few bytes.
//!
//! Leaving out some keys cuts the key space into ranges that hold none of them, and the smallest ranges around those that do. Where
//! all but the keys of a range would fit in one leaf, those entries are told as they are; else each part of it without any of
//! the keys by its hash. So two replicas tell the same of the same rest, though their trees may be of different shapes around the
//! keys that are left out, and next to nothing need be hashed for it.

use super::LEAF;
use super::entries::Entries;
use super::hash::{ENTRY_BYTES, put_entry};
use super::node::{Hung, Merkle, Node};
use super::range::nibble;
use crate::summary::entry::Entry;

impl Merkle {
    /// Shows what stays without some of the keys (ascending, each once), range by range: how many entries, and those, or a zero and
    /// a hash. O(keys · depth), and a leaf for each key.
    pub(crate) fn rest(&self, without: &[u64], show: &mut impl FnMut(&[u8])) {
        self.rest_below(self.hung(), without, show);
    }

    /// `without` are keys of the range that led to the node.
    fn rest_below(&self, hung: Hung<'_>, without: &[u64], show: &mut impl FnMut(&[u8])) {
        match hung.link.node() {
            Node::Leaf(leaf) if !without.is_empty() => {
                show_few(self.entries_of(leaf).iter(), without, show);
            }
            Node::Inner(at) if !without.is_empty() => {
                let inner = &self.inners[at];
                let few = inner.count as usize <= LEAF + without.len();
                if few && show_few(Entries::below(self, hung.link), without, show) {
                    return;
                }
                let mut without = inner.range().part_of(without, |&key| key);
                if without.is_empty() {
                    return self.show_hash(hung, show);
                }
                for nibble in 0..16 {
                    let within;
                    (within, without) = split(without, nibble, inner.depth);
                    self.rest_below(inner.child(nibble), within, show);
                }
            }
            _ => self.show_hash(hung, show),
        }
    }

    fn show_hash(&self, hung: Hung<'_>, show: &mut impl FnMut(&[u8])) {
        if let Some(hash) = self.hash_of(hung) {
            let mut told = [0; 33];
            told[1..].copy_from_slice(&hash);
            show(&told);
        }
    }
}

/// Shows entries but for some keys, if they would fit in one leaf; says whether they do. Both are ascending.
fn show_few<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    without: &[u64],
    show: &mut impl FnMut(&[u8]),
) -> bool {
    let mut told = [0; 1 + LEAF * ENTRY_BYTES];
    let mut len = 1;
    let mut without = without.iter().copied().peekable();
    for entry in entries {
        while without.next_if(|&key| key < entry.key).is_some() {}
        if without.peek() == Some(&entry.key) {
            continue;
        }
        let Some(to) = told.get_mut(len..len + ENTRY_BYTES) else {
            return false;
        };
        put_entry(entry, to);
        told[0] += 1;
        len += ENTRY_BYTES;
    }
    if told[0] > 0 {
        show(&told[..len]);
    }
    true
}

/// The keys that have this nibble at a depth, and those behind them.
pub(super) fn split(keys: &[u64], nibble: usize, depth: u8) -> (&[u64], &[u64]) {
    let mut within = keys.iter();
    let other = within.position(|&key| self::nibble(key, depth) != nibble);
    keys.split_at(other.unwrap_or(keys.len()))
}
