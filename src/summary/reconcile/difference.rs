//! What was found to differ.

use std::collections::BTreeMap;

/// Something that one side has and the other lacks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Missing {
    /// The key of the entry.
    pub key: u64,
    /// How much of it the one who lacks it has: operations from this number on are missing.
    pub from: u32,
}

/// What two replicas lack of each other, by key.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Difference {
    /// What we lack.
    pub ours: Vec<Missing>,
    /// What the other side lacks.
    pub theirs: Vec<Missing>,
    /// Keys whose entries are as long on both sides, and not the same: two histories under one name.
    pub forks: Vec<u64>,
}

impl Difference {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.ours.is_empty() && self.theirs.is_empty() && self.forks.is_empty()
    }

    pub(super) fn of(found: &BTreeMap<u64, Found>) -> Difference {
        let mut difference = Difference::default();
        for (&key, found) in found {
            match *found {
                Found::Ours(from) => difference.ours.push(Missing { key, from }),
                Found::Theirs(from) => difference.theirs.push(Missing { key, from }),
                Found::Fork(_) => difference.forks.push(key),
            }
        }
        difference
    }
}

/// How a key differs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// We have so much, which is less.
    Ours(u32),
    /// They have so much, which is less.
    Theirs(u32),
    /// Both have so much, and not the same.
    Fork(u32),
}
