//! Two summaries, and the truth about how they differ.

use syncline::{Difference, Entry, Known, Missing, Summary};

/// Random numbers that are always the same: SplitMix64.
struct Random(u64);

impl Random {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// From 1 to `most`.
    fn upto(&mut self, most: u32) -> u32 {
        let scaled = (u128::from(self.number()) * u128::from(most)) >> 64;
        u32::try_from(scaled).unwrap_or(0) + 1
    }
}

/// The two sides.
pub(super) struct World {
    pub(super) here: Summary,
    pub(super) there: Summary,
    /// How far each had seen the other before anything differed.
    pub(super) known: Known,
    /// What differs, as seen from here.
    pub(super) truth: Difference,
}

impl World {
    /// Sides of so many entries, of which so many differ.
    pub(super) fn new(entries: u32, differ: u32, tail: bool) -> World {
        let mut random = Random(1);
        let keys = keys(entries, tail, &mut random);
        let mut here = Summary::new();
        for &key in &keys {
            here.set(entry(key, random.upto(1_000)));
        }
        let mut there = here.clone();
        let known = Known {
            ours: here.tick(),
            theirs: there.tick(),
        };
        let mut truth = Difference::default();
        for (at, key) in chosen(keys, differ, tail, &mut random)
            .into_iter()
            .enumerate()
        {
            let from = here.get(key).map_or(0, |entry| entry.length);
            let longer = entry(key, from + random.upto(20));
            let missing = Missing { key, from };
            if at % 2 == 0 {
                there.set(longer);
                truth.ours.push(missing);
            } else {
                here.set(longer);
                truth.theirs.push(missing);
            }
        }
        truth.ours.sort_unstable();
        truth.theirs.sort_unstable();
        // So that hashes and symbols are at hand.
        here.root();
        there.root();
        World {
            here,
            there,
            known,
            truth,
        }
    }

    /// The truth as seen from there.
    pub(super) fn truth_there(&self) -> Difference {
        Difference {
            ours: self.truth.theirs.clone(),
            theirs: self.truth.ours.clone(),
            ..Difference::default()
        }
    }
}

fn keys(entries: u32, tail: bool, random: &mut Random) -> Vec<u64> {
    if tail {
        return (1..=u64::from(entries)).collect();
    }
    // SplitMix64 does not repeat itself.
    (0..entries).map(|_| random.number()).collect()
}

/// The keys that differ: the largest, or random ones.
fn chosen(mut keys: Vec<u64>, differ: u32, tail: bool, random: &mut Random) -> Vec<u64> {
    let differ = differ as usize;
    if tail {
        return keys.split_off(keys.len() - differ);
    }
    for at in 0..differ {
        let left = u32::try_from(keys.len() - at).unwrap_or(u32::MAX);
        keys.swap(at, at + random.upto(left) as usize - 1);
    }
    keys.truncate(differ);
    keys
}

/// An entry whose hash says its key and length.
fn entry(key: u64, length: u32) -> Entry {
    let bytes = [&key.to_le_bytes()[..], &length.to_le_bytes()].concat();
    let hash = *blake3::hash(&bytes).as_bytes();
    Entry { key, length, hash }
}
