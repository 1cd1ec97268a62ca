//! Numbers and words that look like nothing in particular, always the same.

pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    pub(super) fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).expect("it is below")
    }

    pub(super) fn words(&mut self, count: usize) -> String {
        let word = |numbers: &mut Numbers| {
            let letters = 1 + numbers.below(8);
            let letter = |numbers: &mut Numbers| b"eeetttaaooiinsshrdlucm"[numbers.index(22)];
            let word: Vec<u8> = (0..letters).map(|_| letter(numbers)).collect();
            String::from_utf8(word).expect("letters") + " "
        };
        (0..count).map(|_| word(self)).collect()
    }
}
