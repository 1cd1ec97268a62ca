//! The best prefix code of codes that are not longer than so many bits: package-merge (Larmore & Hirschberg 1990).
//!
//! In each round the cheapest pairs are packed and lie beside the leaves again. How often a leaf is within the cheapest of
//! the last round is the length of its code.

use super::prefix::LONGEST;

/// The lengths of the codes, by symbol; `None` if none occurs. One that stands alone gets a bit.
pub(super) fn lengths(counts: &[u32]) -> Option<Vec<u8>> {
    let mut leaves: Vec<Leaf> = (0..=u8::MAX)
        .zip(counts)
        .filter(|&(_, &count)| count > 0)
        .map(|(symbol, &count)| Leaf::new(symbol, count))
        .collect();
    let last = leaves.last()?.symbol();
    leaves.sort_unstable();
    let mut lengths = vec![0; last + 1];
    if leaves.len() == 1 {
        lengths[last] = 1;
        return Some(lengths);
    }
    let rounds = rounds(&leaves);
    let mut take = 2 * leaves.len() - 2;
    for round in (0..LONGEST as usize).rev() {
        // From the last that was made on, all are the same.
        let kinds = &rounds[round.min(rounds.len() - 1)];
        let taken = leaves_in(kinds, take);
        for leaf in &leaves[..taken] {
            lengths[leaf.symbol()] += 1;
        }
        take = 2 * (take - taken);
    }
    Some(lengths)
}

/// A symbol and how often it occurs; the rarest is the least.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Leaf(u64);

impl Leaf {
    fn new(symbol: u8, count: u32) -> Self {
        Leaf(u64::from(count) << 8 | u64::from(symbol))
    }

    fn symbol(self) -> usize {
        usize::from(self.0.to_le_bytes()[0])
    }

    fn weight(self) -> u64 {
        self.0 >> 8
    }
}

/// Which of the leaves and packages of a round, in order, are leaves: a bit each.
type Kinds = [u64; 2 * 256 / 64];

/// The rounds, up to one that packs what it was given: all that follow are the same.
fn rounds(leaves: &[Leaf]) -> Vec<Kinds> {
    let mut rounds = Vec::with_capacity(LONGEST as usize);
    let mut packages: Vec<u64> = Vec::with_capacity(leaves.len());
    let mut merged = Vec::with_capacity(2 * leaves.len());
    while rounds.len() < LONGEST as usize {
        merged.clear();
        rounds.push(merge(leaves, &packages, &mut merged));
        let pairs = merged.chunks_exact(2).map(|pair| pair[0] + pair[1]);
        if pairs.clone().eq(packages.iter().copied()) {
            break;
        }
        packages.clear();
        packages.extend(pairs);
    }
    rounds
}

/// Merges leaves and packages, both ascending, and says which are leaves. Leaves stand first among equals.
fn merge(leaves: &[Leaf], packages: &[u64], merged: &mut Vec<u64>) -> Kinds {
    let mut kinds = [0; 2 * 256 / 64];
    let mut packages = packages.iter().copied().peekable();
    for leaf in leaves {
        let weight = leaf.weight();
        while let Some(package) = packages.next_if(|&package| package < weight) {
            merged.push(package);
        }
        kinds[merged.len() / 64] |= 1 << (merged.len() % 64);
        merged.push(weight);
    }
    merged.extend(packages);
    kinds
}

/// How many of so many first are leaves.
fn leaves_in(kinds: &Kinds, first: usize) -> usize {
    let whole = kinds[..first / 64].iter().map(|word| word.count_ones());
    let rest = kinds[first / 64] & !(u64::MAX << (first % 64));
    (whole.sum::<u32>() + rest.count_ones()) as usize
}
