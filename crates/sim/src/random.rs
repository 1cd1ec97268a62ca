//! Random numbers that are always the same.

/// SplitMix64 (Steele, Lea & Flood 2014): the only source of chance.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// Less than `count`; 0 of nothing.
    pub(crate) fn below(&mut self, count: u64) -> u64 {
        let scaled = (u128::from(self.number()) * u128::from(count)) >> 64;
        u64::try_from(scaled).unwrap_or(0)
    }

    /// From `least` to `most`.
    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// An index of so many; 0 of none.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// From `least` to `most`.
    pub(crate) fn count(&mut self, least: usize, most: usize) -> usize {
        least + self.index(most.saturating_sub(least) + 1)
    }

    /// One of some.
    pub(crate) fn of<T: Copy>(&mut self, some: &[T]) -> T {
        some[self.index(some.len())]
    }

    /// Whether something happens that does so many times in ten thousand.
    pub(crate) fn happens(&mut self, rate: u32) -> bool {
        rate > 0 && self.below(10_000) < u64::from(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_numbers_are_those_of_the_paper() {
        let mut random = Random::new(1_234_567);
        let numbers = [(); 3].map(|()| random.number());
        assert_eq!(
            numbers,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn what_never_happens_does_not() {
        let mut random = Random::new(7);
        assert!((0..1000).all(|_| !random.happens(0) && random.happens(10_000)));
        assert!((0..1000).all(|_| (3..=5).contains(&random.between(3, 5))));
        assert_eq!(random.below(0), 0);
    }
}
