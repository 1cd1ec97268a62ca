//! Things numbered as they come up.

use std::collections::BTreeMap;

use smallvec::SmallVec;

/// So many are compared one by one: most messages speak of fewer, and are written in the time that a map takes to be made.
const FEW: usize = 8;

/// Things, numbered from 0 in the order in which they came up.
pub(super) struct Index<K> {
    order: SmallVec<[K; FEW]>,
    /// Of all, where there are more than a few; else of none.
    numbers: BTreeMap<K, u32>,
}

impl<K: Copy + Ord> Index<K> {
    pub(super) fn new() -> Self {
        Index {
            order: SmallVec::new(),
            numbers: BTreeMap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// All, by number.
    pub(super) fn all(&self) -> &[K] {
        &self.order
    }

    pub(super) fn find(&self, thing: K) -> Option<u32> {
        if self.order.len() > FEW {
            return self.numbers.get(&thing).copied();
        }
        let at = self.order.iter().position(|&other| other == thing);
        at.map(number)
    }

    /// The number of a thing, which gets the next one if it is new.
    pub(super) fn put(&mut self, thing: K) -> u32 {
        self.find(thing).unwrap_or_else(|| self.push(thing))
    }

    /// Numbers a thing that has no number.
    pub(super) fn push(&mut self, thing: K) -> u32 {
        let next = number(self.order.len());
        self.order.push(thing);
        match self.order.len() {
            ..=FEW => {}
            MANY => self.numbers = self.order.iter().copied().zip(0..).collect(),
            _ => {
                self.numbers.insert(thing, next);
            }
        }
        next
    }
}

const MANY: usize = FEW + 1;

/// There are fewer operations.
#[allow(clippy::cast_possible_truncation)]
fn number(at: usize) -> u32 {
    at as u32
}

#[cfg(test)]
mod tests {
    use super::Index;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_where_things_first_came_up(things in proptest::collection::vec(0u32..30, 0..60)) {
            let mut index = Index::new();
            let mut order: Vec<u32> = Vec::new();
            for thing in things {
                prop_assert_eq!(index.find(thing).is_some(), order.contains(&thing));
                let number = index.put(thing);
                if !order.contains(&thing) {
                    order.push(thing);
                }
                prop_assert_eq!(order[number as usize], thing);
                prop_assert_eq!(index.all(), &order[..]);
                prop_assert!(order.iter().all(|&known| index.find(known).is_some()));
            }
        }
    }
}
