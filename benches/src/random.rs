//! Seeded random numbers and the random edits that several rows share: the same on every machine and in every process.

use crate::trace::Patch;

/// SplitMix64: small, fast and good enough to place edits.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence that belongs to this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number under `bound`, which is not zero.
    #[allow(clippy::cast_possible_truncation)]
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.number()) * bound as u128) >> 64) as usize
    }

    /// A lower-case letter.
    pub fn letter(&mut self) -> char {
        char::from(b'a' + u8::try_from(self.below(26)).unwrap_or(0))
    }

    /// So many letters.
    pub fn letters(&mut self, count: usize) -> String {
        (0..count).map(|_| self.letter()).collect()
    }
}

/// `count` edits of a text of `len` characters: two thirds insert 1 to 8 letters, one third delete 1 to 8, at uniform
/// places. `letter` makes what is inserted.
pub fn edits_of(
    seed: u64,
    mut len: usize,
    count: usize,
    letter: impl Fn(&mut Random) -> char,
) -> Vec<Patch> {
    let mut random = Random::new(seed);
    let mut edits = Vec::with_capacity(count);
    while edits.len() < count {
        let size = 1 + random.below(8);
        if random.below(3) < 2 || len == 0 {
            let inserted: String = (0..size).map(|_| letter(&mut random)).collect();
            edits.push(Patch {
                at: random.below(len + 1),
                deleted: 0,
                inserted,
            });
            len += size;
        } else {
            let at = random.below(len);
            let deleted = size.min(len - at);
            edits.push(Patch {
                at,
                deleted,
                inserted: String::new(),
            });
            len -= deleted;
        }
    }
    edits
}

/// [`edits_of`] with letters.
#[must_use]
pub fn edits(seed: u64, len: usize, count: usize) -> Vec<Patch> {
    edits_of(seed, len, count, Random::letter)
}
