//! A set of operations, each by its index in the model's history.

/// One bit an operation. The last word is never zero, so equal sets are equal words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known(Vec<u64>);

impl Known {
    pub fn contains(&self, operation: usize) -> bool {
        self.0
            .get(operation / 64)
            .is_some_and(|word| word >> (operation % 64) & 1 == 1)
    }

    pub fn insert(&mut self, operation: usize) {
        if self.0.len() <= operation / 64 {
            self.0.resize(operation / 64 + 1, 0);
        }
        self.0[operation / 64] |= 1 << (operation % 64);
    }

    pub fn extend(&mut self, others: &Known) {
        if self.0.len() < others.0.len() {
            self.0.resize(others.0.len(), 0);
        }
        for (word, other) in self.0.iter_mut().zip(&others.0) {
            *word |= other;
        }
    }

    pub fn includes(&self, others: &Known) -> bool {
        self.0.len() >= others.0.len()
            && self
                .0
                .iter()
                .zip(&others.0)
                .all(|(word, other)| other & !word == 0)
    }

    pub fn without(&self, others: &Known) -> Known {
        self.iter()
            .filter(|&operation| !others.contains(operation))
            .collect()
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(index, &word)| {
            let set = (0..64).filter(move |bit| word >> bit & 1 == 1);
            set.map(move |bit| index * 64 + bit)
        })
    }
}

impl FromIterator<usize> for Known {
    fn from_iter<I: IntoIterator<Item = usize>>(operations: I) -> Self {
        let mut known = Known::default();
        for operation in operations {
            known.insert(operation);
        }
        known
    }
}
