//! Cells give back exactly what differs, or nothing.

use std::collections::BTreeMap;

use super::walk::{Walk, mix, unmix};
use super::{Cell, Strata, Symbols, peel};
use crate::summary::entry::Entry;
use crate::summary::merkle::tests::{entry, key};
use proptest::prelude::*;

fn difference(ours: &[Cell], theirs: &[Cell]) -> Vec<Cell> {
    let sum = |(ours, theirs): (&Cell, &Cell)| {
        let mut sum = *ours;
        sum.add(theirs);
        sum
    };
    ours.iter().zip(theirs).map(sum).collect()
}

fn entries(model: &BTreeMap<u64, u32>) -> Vec<Entry> {
    model
        .iter()
        .map(|(&key, &length)| entry(key, length))
        .collect()
}

proptest! {
    #[test]
    fn mixing_loses_nothing(key in any::<u64>()) {
        prop_assert_eq!(unmix(mix(key)), key);
    }

    #[test]
    fn what_is_peeled_is_what_differs(
        both in prop::collection::btree_map(key(), 1u32..9, 0..60),
        changed in prop::collection::btree_map(key(), 0u32..9, 0..12),
        cells in 0usize..60,
    ) {
        let mut other = both.clone();
        for (&key, &length) in &changed {
            match length {
                0 => other.remove(&key),
                _ => other.insert(key, length),
            };
        }
        let differing: Vec<u64> = both.keys().chain(other.keys()).copied()
            .filter(|key| both.get(key) != other.get(key))
            .collect::<std::collections::BTreeSet<u64>>().into_iter().collect();
        let (both, other) = (entries(&both), entries(&other));
        let cells = difference(&Symbols::made(0, cells, both.iter()), &Symbols::made(0, cells, other.iter()));
        let plenty = cells.len() > 4 * differing.len() + 20;
        match peel(cells) {
            Some(peeled) => {
                let keys: Vec<u64> = peeled.iter().map(|peeled| peeled.key).collect();
                // No cells tell nothing.
                prop_assert!(keys == differing || keys.is_empty());
            }
            None => prop_assert!(!plenty),
        }
    }

    #[test]
    fn kept_cells_are_those_of_the_entries(
        steps in prop::collection::vec((key(), 1u32..9), 0..80), keep_at in 0usize..80, from in 0usize..70,
    ) {
        let mut symbols = Symbols::default();
        let mut model = BTreeMap::new();
        for (at, &(key, length)) in steps.iter().enumerate() {
            if at == keep_at {
                symbols.keep(64, entries(&model).iter());
            }
            if let Some(old) = model.insert(key, length) {
                symbols.toggle(&entry(key, old));
            }
            symbols.toggle(&entry(key, length));
        }
        let made = Symbols::made(0, 64, entries(&model).iter());
        if keep_at < steps.len() {
            prop_assert_eq!(symbols.kept(0, 64), Some(&made[..]));
            prop_assert_eq!(symbols.strata([].iter()), Strata::of(entries(&model).iter()));
        }
        let later = Symbols::made(from, 64, entries(&model).iter());
        prop_assert_eq!(&later[..], made.get(from..).unwrap_or_default());
    }

    #[test]
    fn random_cells_end_and_seldom_tell(cells in prop::collection::vec(any::<[u32; 5]>(), 1..60)) {
        let cells = cells.into_iter().map(|[digest, high, low, cross, length]| Cell { digest, high, low, cross, length });
        prop_assert_eq!(peel(cells.collect()), None);
    }
}

#[test]
fn a_key_falls_into_a_cell_as_often_as_it_should() {
    let keys = 20_000u32;
    let mut hits = [0u32; 200];
    for key in 0..u64::from(keys) {
        for at in Walk::of(mix(key)).take_while(|&at| at < 200) {
            hits[at] += 1;
        }
    }
    for (at, &hits) in hits.iter().enumerate() {
        let expected = f64::from(keys) * 2.0 / (f64::from(u32::try_from(at).unwrap()) + 2.0);
        let off = f64::from(hits) - expected;
        assert!(
            off.abs() < 6.0 * expected.sqrt(),
            "cell {at}: {hits}, not {expected}"
        );
    }
}

#[test]
fn cells_are_ascending() {
    for key in 0..2_000 {
        let cells: Vec<usize> = Walk::of(mix(key))
            .take(40)
            .take_while(|&at| at < 1 << 20)
            .collect();
        assert!(cells.is_sorted_by(|one, next| one < next), "{cells:?}");
    }
}

#[test]
fn estimates_are_near() {
    for differing in [20usize, 100, 1_000, 10_000, 100_000] {
        for seed in 0..4u64 {
            let keys = (0..differing as u64).map(|at| mix(seed << 32 | at));
            let ours: Vec<Entry> = keys.clone().map(|key| entry(key, 1)).collect();
            // Some are on one side only, some on both.
            let theirs: Vec<Entry> = keys.step_by(2).map(|key| entry(key, 2)).collect();
            let [ours, theirs] = [ours, theirs].map(|entries| Strata::of(entries.iter()));
            let about = ours.folded().differing(&theirs.folded());
            let within = differing / 2..=differing * 2;
            assert!(within.contains(&about), "{about} of {differing}");
            let near = ours.differing(about, &theirs.whole(about));
            let within = differing * 7 / 10..=differing * 14 / 10;
            assert!(within.contains(&near), "{near} of {differing}");
        }
    }
}
