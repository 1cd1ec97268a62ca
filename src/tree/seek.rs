//! Finding a leaf by a dimension of the measure, and a leaf's place among all.

use std::cmp::Ordering;

use super::node::{Leaf, LeafIx, Measure, NONE, Tree};

/// Which leaf a position on a border belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Bias {
    /// The leaf that ends there.
    Left,
    /// The leaf that starts there.
    Right,
}

impl<L: Leaf> Tree<L> {
    /// The leaf that holds position `at` of the dimension `dim`, and the measure of all before it. A position at or past
    /// the end gives the last leaf that the bias allows. O(log n).
    #[inline]
    pub(crate) fn seek(
        &self,
        at: u32,
        bias: Bias,
        dim: impl Fn(&L::Measure) -> u32,
    ) -> (LeafIx, L::Measure) {
        let mut before = L::Measure::default();
        let mut rest = at;
        let mut ix = self.root;
        for _ in 0..self.height {
            let node = &self.nodes[ix as usize];
            let last = node.len - 1;
            let mut slot = 0;
            while slot < last {
                let len = dim(&node.measures[slot]);
                let stops = if bias == Bias::Left {
                    rest <= len
                } else {
                    rest < len
                };
                if stops {
                    break;
                }
                rest -= len;
                before = before.plus(node.measures[slot]);
                slot += 1;
            }
            ix = node.children[slot];
        }
        (LeafIx(ix), before)
    }

    /// The measure of everything before a leaf. O(log n).
    pub(crate) fn start_of(&self, ix: LeafIx) -> L::Measure {
        let mut before = L::Measure::default();
        let leaf = &self.leaves[ix.0 as usize];
        let (mut parent, mut seat) = (leaf.parent, leaf.seat);
        while parent != NONE {
            let node = &self.nodes[parent as usize];
            before = node.measures[..seat as usize]
                .iter()
                .fold(before, |sum, &m| sum.plus(m));
            (parent, seat) = (node.parent, node.seat);
        }
        before
    }

    /// How much of one dimension lies before a leaf. O(log n).
    #[inline]
    pub(crate) fn before(&self, ix: LeafIx, dimension: impl Fn(&L::Measure) -> u32) -> u32 {
        let mut before = 0u32;
        let leaf = &self.leaves[ix.0 as usize];
        let (mut parent, mut seat) = (leaf.parent, leaf.seat);
        while parent != NONE {
            let node = &self.nodes[parent as usize];
            let within = &node.measures[..seat as usize];
            before = within
                .iter()
                .fold(before, |sum, m| sum.wrapping_add(dimension(m)));
            (parent, seat) = (node.parent, node.seat);
        }
        before
    }

    /// Which of two leaves stands first. O(log n).
    pub(crate) fn compare(&self, a: LeafIx, b: LeafIx) -> Ordering {
        if a == b {
            return Ordering::Equal;
        }
        let (a, b) = (&self.leaves[a.0 as usize], &self.leaves[b.0 as usize]);
        let mut parents = (a.parent, b.parent);
        let mut seats = (a.seat, b.seat);
        while parents.0 != parents.1 {
            let a = &self.nodes[parents.0 as usize];
            let b = &self.nodes[parents.1 as usize];
            parents = (a.parent, b.parent);
            seats = (a.seat, b.seat);
        }
        seats.0.cmp(&seats.1)
    }
}
