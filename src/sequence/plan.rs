//! What a merge does to the sequences it touches.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::apply::Edits;
use super::sweep::Stretch;
use crate::oplog::ContainerIx;

/// One step of a plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// Changes, one after another.
    Edits(Edits),
    /// The whole new sequence in order.
    Script(Vec<Stretch>),
}

/// What a merge does to one sequence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Plan {
    pub(crate) container: ContainerIx,
    pub(crate) steps: SmallVec<[Step; 1]>,
    /// Whether anything came from a tracker: what stands between two elements that show is known to that alone.
    pub(crate) is_concurrent: bool,
    /// Elements before and, as far as planned, after.
    pub(super) len: u32,
}

/// One plan per sequence. Most merges touch a single one.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    plans: SmallVec<[Plan; 1]>,
    /// Where each stands, from the second on.
    index: BTreeMap<ContainerIx, usize>,
}

impl Plans {
    /// The plan for a sequence; `len` tells how long it is before.
    pub(super) fn of(
        &mut self,
        container: ContainerIx,
        len: &impl Fn(ContainerIx) -> u32,
    ) -> &mut Plan {
        let at = self.find(container).unwrap_or_else(|| {
            self.plans.push(Plan {
                container,
                steps: SmallVec::new(),
                is_concurrent: false,
                len: len(container),
            });
            let at = self.plans.len() - 1;
            if at > 0 {
                self.index.insert(container, at);
            }
            at
        });
        &mut self.plans[at]
    }

    fn find(&self, container: ContainerIx) -> Option<usize> {
        if self.plans.first()?.container == container {
            return Some(0);
        }
        self.index.get(&container).copied()
    }

    pub(super) fn has(&self, container: ContainerIx) -> bool {
        self.find(container).is_some()
    }
}

impl IntoIterator for Plans {
    type Item = Plan;
    type IntoIter = smallvec::IntoIter<[Plan; 1]>;

    fn into_iter(self) -> Self::IntoIter {
        self.plans.into_iter()
    }
}
