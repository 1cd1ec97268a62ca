//! Making room in a leaf of spans.

use super::node::{Leaf, LeafIx, Measure, Tree};
use super::spans::{Span, SpanLeaf};

impl<S: Span, const N: usize> Tree<SpanLeaf<S, N>> {
    /// Makes room for `more` spans in a leaf, splitting it where it is full. Returns where the border before span `at` is
    /// now; `moved` hears of every span that stands in a new leaf, and where.
    #[inline]
    pub(crate) fn make_room(
        &mut self,
        leaf: LeafIx,
        at: usize,
        more: usize,
        moved: impl FnMut(&S, LeafIx, usize),
    ) -> (LeafIx, usize) {
        if self.leaf(leaf).is_full_for(more) {
            self.halve(leaf, at, moved)
        } else {
            (leaf, at)
        }
    }

    /// Makes room for about so many spans more, so that the arena need not grow on the way. What is not used costs nothing
    /// but address space.
    pub(crate) fn expect(&mut self, spans: usize) {
        // Leaves are between half and wholly full.
        let leaves = spans * 3 / (N * 2);
        self.leaves.reserve(leaves);
        self.nodes.reserve(leaves / 8);
    }

    fn halve(
        &mut self,
        ix: LeafIx,
        at: usize,
        mut moved: impl FnMut(&S, LeafIx, usize),
    ) -> (LeafIx, usize) {
        let leaf = self.leaf_mut(ix);
        let keep = leaf.spans().len() / 2;
        let right = leaf.split_off(keep);
        let measure = right.measure();
        self.adjust(ix, S::Measure::default().minus(measure));
        let new = self.insert_after(ix, right);
        for (at, span) in self.leaf(new).spans().iter().enumerate() {
            moved(span, new, at);
        }
        if at > keep {
            (new, at - keep)
        } else {
            (ix, at)
        }
    }
}
