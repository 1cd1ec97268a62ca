//! The tree beside a sorted map: the same content gives the same tree, however it came about.

use std::collections::BTreeMap;

use super::{LEAF, Merkle, Range};
use crate::summary::entry::Entry;
use proptest::prelude::*;

pub(crate) fn entry(key: u64, length: u32) -> Entry {
    let bytes = [&key.to_le_bytes()[..], &length.to_le_bytes()].concat();
    Entry {
        key,
        length,
        hash: *blake3::hash(&bytes).as_bytes(),
    }
}

/// Keys that collide: few, near each other, or anywhere.
pub(crate) fn key() -> impl Strategy<Value = u64> {
    prop_oneof![
        0u64..40,
        any::<u64>(),
        (0u64..9, 0u32..16).prop_map(|(digit, at)| digit << (4 * at)),
        (0u64..300).prop_map(|low| 0xABCD_EF00_0000_0000 | low),
    ]
}

fn built(model: &BTreeMap<u64, u32>) -> Merkle {
    let mut tree = Merkle::default();
    let entries: Vec<Entry> = model
        .iter()
        .map(|(&key, &length)| entry(key, length))
        .collect();
    tree.root = tree.build(&entries);
    tree.len = entries.len();
    tree
}

proptest! {
    #[test]
    fn content_alone_decides(steps in prop::collection::vec((key(), 0u32..5, any::<bool>()), 0..400)) {
        let mut tree = Merkle::default();
        let mut model = BTreeMap::new();
        for (key, length, refresh) in steps {
            if length == 0 {
                let removed = tree.remove(key).map(|entry| entry.length);
                prop_assert_eq!(removed, model.remove(&key));
            } else {
                let replaced = tree.set(entry(key, length)).map(|entry| entry.length);
                prop_assert_eq!(replaced, model.insert(key, length));
            }
            if refresh {
                tree.refresh();
            }
            prop_assert_eq!(tree.len(), model.len());
        }
        tree.check().map_err(TestCaseError::fail)?;
        prop_assert_eq!(tree.root(), built(&model).root());
        tree.refresh();
        prop_assert_eq!(tree.root(), built(&model).root());
        let keys: Vec<u64> = model.keys().copied().collect();
        let mut shown = Vec::new();
        tree.each(Range::ALL, |entry| shown.push(entry.key));
        prop_assert_eq!(keys, shown);
    }

    #[test]
    fn a_range_hashes_as_its_content_alone(
        keys in prop::collection::btree_set(key(), 0..200), at in key(), nibbles in 0u8..17,
    ) {
        let model: BTreeMap<u64, u32> = keys.into_iter().map(|key| (key, 1)).collect();
        let tree = built(&model);
        let range = Range::of(at, nibbles);
        let within: BTreeMap<u64, u32> = model.into_iter().filter(|&(key, _)| range.contains(key)).collect();
        let hash = (!within.is_empty()).then(|| built(&within).root());
        prop_assert_eq!(tree.hash(range), hash);
        prop_assert_eq!(tree.count(range), within.len());
        for &key in within.keys() {
            prop_assert_eq!(tree.get(key).map(|entry| entry.key), Some(key));
        }
        let parts: usize = tree.parts(range).iter().map(|&part| tree.count(part)).sum();
        prop_assert!(parts == within.len() || (parts == 0 && within.len() <= super::LEAF));
    }

    #[test]
    fn the_rest_does_not_depend_on_what_is_left_out(
        rest in prop::collection::btree_set(key(), 0..200),
        left_out in prop::collection::btree_set(key(), 0..40),
        present in any::<[bool; 32]>(),
        planted in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let rest: BTreeMap<u64, u32> = rest.difference(&left_out).map(|&key| (key, 1)).collect();
        let mut other: BTreeMap<u64, u32> = rest.clone();
        other.extend(left_out.iter().zip(present).filter(|&(_, here)| here).map(|(&key, _)| (key, 2)));
        let keys: Vec<u64> = left_out.into_iter().collect();
        let shown = |tree: Merkle| {
            let mut all = Vec::new();
            tree.rest(&keys, &mut |told| all.extend_from_slice(told));
            all
        };
        prop_assert_eq!(shown(built(&rest)), rest_as_told(Range::ALL, &rest, &keys));
        prop_assert_eq!(shown(built(&rest)), shown(built(&other)));
        let hashed = |tree: Merkle| {
            let mut all = Vec::new();
            tree.rest_hashed(&keys, &mut |hash| all.extend_from_slice(hash));
            all
        };
        prop_assert_eq!(hashed(built(&rest)), hashed(built(&other)));
        if let (Some(planted), false) = (planted, rest.is_empty()) {
            let key = *planted.get(&rest.keys().collect::<Vec<_>>());
            other.insert(*key, 3);
            prop_assert_ne!(shown(built(&rest)), shown(built(&other)));
            prop_assert_ne!(hashed(built(&rest)), hashed(built(&other)));
        }
    }
}

/// What stays without some keys, as docs/summary.md tells it.
fn rest_as_told(range: Range, rest: &BTreeMap<u64, u32>, left_out: &[u64]) -> Vec<u8> {
    let within = |key: &u64| range.contains(*key);
    let here: BTreeMap<u64, u32> = rest
        .clone()
        .into_iter()
        .filter(|(key, _)| within(key))
        .collect();
    if here.is_empty() {
        return Vec::new();
    }
    if !left_out.iter().any(within) {
        return [&[0][..], &built(&here).root()].concat();
    }
    if here.len() <= LEAF {
        let mut bytes = vec![u8::try_from(here.len()).expect("a leaf holds few")];
        for (&key, &length) in &here {
            bytes.extend(key.to_le_bytes());
            bytes.extend(length.to_le_bytes());
            bytes.extend(entry(key, length).hash);
        }
        return bytes;
    }
    let parts = (0..16u64).map(|nibble| {
        let at = range.prefix | nibble << (60 - 4 * range.nibbles);
        rest_as_told(Range::of(at, range.nibbles + 1), rest, left_out)
    });
    parts.flatten().collect()
}

/// Nodes hash as is told: a leaf behind 0, an inner node behind 1 and which children it has.
#[test]
fn hashes_are_those_of_the_bytes_told() {
    let leaf = |entries: &[Entry]| {
        let mut bytes = vec![0];
        for entry in entries {
            bytes.extend(entry.key.to_le_bytes());
            bytes.extend(entry.length.to_le_bytes());
            bytes.extend(entry.hash);
        }
        *blake3::hash(&bytes).as_bytes()
    };
    let low: Vec<Entry> = (0..LEAF as u64).map(|key| entry(key, 3)).collect();
    let high = [entry(5 << 60, 4)];
    let mut tree = Merkle::default();
    for &entry in low.iter().chain(&high) {
        tree.set(entry);
    }
    let children = [leaf(&low), leaf(&high)].concat();
    let inner = [&[1, 0b10_0001, 0][..], &children].concat();
    assert_eq!(tree.root(), *blake3::hash(&inner).as_bytes());
    // With nothing left out, the rest is all.
    for _ in 0..2 {
        let mut shown = Vec::new();
        tree.rest(&[], &mut |told| shown.extend_from_slice(told));
        assert_eq!(shown, [&[0][..], &tree.root()].concat());
        tree.remove(5 << 60);
    }
    assert_eq!(tree.root(), leaf(&low));
    assert_eq!(Merkle::default().root(), leaf(&[]));
}
