//! How many conflicts documents have.

use std::ops::AddAssign;

use syncline::{Doc, Policy};

/// Keys at which several people's values stand beside each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Conflicts {
    /// All of them, whatever rule says which value shows.
    pub all: u64,
    /// Those that are to be settled by somebody: what [`Doc::review`] lists.
    pub to_review: u64,
}

impl Conflicts {
    pub(crate) fn of(doc: &Doc) -> Conflicts {
        let contested = doc.contested();
        let policies = contested.iter().map(|contested| contested.policy);
        let to_review = policies.filter(|policy| *policy == Policy::Review);
        Conflicts {
            all: contested.len() as u64,
            to_review: to_review.count() as u64,
        }
    }
}

impl AddAssign for Conflicts {
    fn add_assign(&mut self, other: Conflicts) {
        self.all += other.all;
        self.to_review += other.to_review;
    }
}
