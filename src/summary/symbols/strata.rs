//! An estimate of how many entries differ.
//!
//! An odd sketch (Mitzenmacher, Pagh and Pham 2014) in strata: a key chooses a bit, half of all keys one in the first
//! stratum, a quarter in the second, and so on; a bit of its entry's digest says whether it flips it. Half of the keys that
//! differ flip one of the bits in which the two replicas' sketches differ, whether one side lacks the key or has it with
//! another length.
//!
//! A stratum has 512 bits. Folded to 64 they all travel with a hello, and tell to about a sixth; the few strata that tell most
//! travel whole with a request for more symbols, and tell to about a fifteenth.

use super::cell::digest_of;
use super::walk::mix;
use crate::summary::entry::Entry;

/// How many strata there are: enough for millions of differences.
pub(crate) const STRATA: usize = 16;

/// Words of a stratum.
pub(crate) const WORDS: usize = 8;

/// Strata that travel whole.
pub(crate) const WHOLE: usize = 6;

/// All bits of one stratum.
pub(crate) type Stratum = [u64; WORDS];

/// The sketch as it is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Strata {
    strata: [Stratum; STRATA],
}

/// The sketch folded: 64 bits a stratum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Sketch {
    pub(crate) bits: [u64; STRATA],
}

/// What a stratum tells: which share of the keys that differ stands behind each bit, how many bits there are, and how many
/// are one.
#[derive(Clone, Copy, Debug)]
struct Seen {
    each: f64,
    bits: f64,
    ones: f64,
}

impl Strata {
    /// Of these entries.
    pub(super) fn of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Strata {
        let mut strata = Strata {
            strata: [[0; WORDS]; STRATA],
        };
        for entry in entries {
            strata.toggle(entry, mix(entry.key));
        }
        strata
    }

    /// Puts in an entry, or takes it out.
    #[inline]
    pub(super) fn toggle(&mut self, entry: &Entry, mixed: u64) {
        let place = mix(mixed ^ 0x5354_5241_5441);
        let stratum = (place.trailing_zeros() as usize).min(STRATA - 1);
        let word = (place >> 61) as usize;
        let flips = u64::from(digest_of(entry) & 1);
        self.strata[stratum][word] ^= flips << (place >> 55 & 63);
    }

    /// The sketch that travels with a hello.
    pub(crate) fn folded(&self) -> Sketch {
        let fold = |stratum: Stratum| stratum.into_iter().fold(0, |all, word| all ^ word);
        Sketch {
            bits: self.strata.map(fold),
        }
    }

    /// The strata that tell most where so many keys differ.
    pub(crate) fn whole(&self, about: usize) -> [Stratum; WHOLE] {
        let from = first_whole(about);
        let mut whole = [[0; WORDS]; WHOLE];
        whole.copy_from_slice(&self.strata[from..from + WHOLE]);
        whole
    }

    /// How many keys differ, given the other side's strata for about so many.
    pub(crate) fn differing(&self, about: usize, theirs: &[Stratum; WHOLE]) -> usize {
        let from = first_whole(about);
        let ours = self.whole(about);
        let pairs = ours.iter().zip(theirs).enumerate();
        likeliest(pairs.map(|(at, (ours, theirs))| {
            let ones = ours.iter().zip(theirs);
            let ones: u32 = ones
                .map(|(ours, theirs)| (ours ^ theirs).count_ones())
                .sum();
            seen(from + at, 64.0 * WORDS as f64, ones)
        }))
    }
}

impl Sketch {
    /// How many keys differ.
    pub(crate) fn differing(&self, other: &Sketch) -> usize {
        let pairs = self.bits.iter().zip(&other.bits).enumerate();
        likeliest(
            pairs
                .map(|(stratum, (ours, theirs))| seen(stratum, 64.0, (ours ^ theirs).count_ones())),
        )
    }
}

/// The first of the strata that tell most: in it each bit stands for about one key that differs.
fn first_whole(about: usize) -> usize {
    let each = about / (64 * WORDS);
    (each.max(1).ilog2() as usize).min(STRATA - WHOLE)
}

fn seen(stratum: usize, bits: f64, ones: u32) -> Seen {
    // The last stratum holds all that the others leave.
    let halvings = (stratum + 1).min(STRATA - 1);
    Seen {
        each: (-(halvings as f64)).exp2() / bits,
        bits,
        ones: f64::from(ones),
    }
}

/// What number of keys that differ makes what was seen likeliest.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn likeliest(seen: impl Iterator<Item = Seen> + Clone) -> usize {
    // The slope of the likelihood falls from above 0 to below.
    let (mut low, mut high) = (0.0f64, 30.0f64);
    for _ in 0..24 {
        let middle = f64::midpoint(low, high);
        let differing = middle.exp2();
        let slope: f64 = seen.clone().map(|seen| seen.slope(differing)).sum();
        if slope > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low.exp2().round() as usize
}

impl Seen {
    /// The derivative of the logarithm of how likely it is, if so many keys differ.
    fn slope(self, differing: f64) -> f64 {
        let Seen { each, bits, ones } = self;
        // A bit is one with probability (1 - left) / 2.
        let left = (-differing * each).exp();
        each * left * (ones / (1.0 - left).max(1e-12) - (bits - ones) / (1.0 + left))
    }
}
