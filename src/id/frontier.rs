//! The operations that no other follows.

use super::OpId;

/// The operations of a set that no other of the set follows, in order of their ids. Names one version exactly.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Frontier {
    ids: Vec<OpId>,
}

impl Frontier {
    /// The operations, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = OpId> + '_ {
        self.ids.iter().copied()
    }

    /// How many there are; 0 for the empty document.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether this is the version of the empty document.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

impl FromIterator<OpId> for Frontier {
    fn from_iter<T: IntoIterator<Item = OpId>>(iter: T) -> Self {
        let mut ids: Vec<OpId> = iter.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        Frontier { ids }
    }
}
