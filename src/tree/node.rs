//! The arenas: leaves, inner nodes, and the words shared by the room.

use std::fmt::Debug;

/// Children of an inner node. The test feature makes trees deep with few elements.
pub(super) const FANOUT: usize = if cfg!(any(test, feature = "small-nodes")) {
    4
} else {
    16
};

/// What no leaf and no node is called.
pub(super) const NONE: u32 = u32::MAX;

/// How much a leaf holds, in one or more dimensions. Arithmetic wraps, so that a difference of two measures can be
/// negative and still add up.
pub(crate) trait Measure: Copy + Default + Eq + Debug {
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
}

impl Measure for u32 {
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
}

/// A leaf of the tree: anything that can say how much it measures.
pub(crate) trait Leaf {
    type Measure: Measure;
    /// A full arena of such leaves grows by one part in so many.
    const GROWTH: usize = 8;
    fn measure(&self) -> Self::Measure;
}

/// Names a leaf until it is removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LeafIx(pub(crate) u32);

#[derive(Clone, Debug)]
pub(super) struct Slot<L> {
    pub(super) leaf: L,
    pub(super) parent: u32,
    /// Where the leaf stands in its parent.
    pub(super) seat: u32,
    pub(super) next: u32,
    pub(super) prev: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Node<M> {
    pub(super) parent: u32,
    /// Where the node stands in its own parent.
    pub(super) seat: u32,
    pub(super) len: usize,
    pub(super) children: [u32; FANOUT],
    pub(super) measures: [M; FANOUT],
}

impl<M: Measure> Node<M> {
    pub(super) fn new() -> Self {
        Node {
            parent: NONE,
            seat: 0,
            len: 0,
            children: [NONE; FANOUT],
            measures: [M::default(); FANOUT],
        }
    }

    /// The measure of the child at a seat.
    #[inline]
    pub(super) fn measure_mut(&mut self, seat: u32) -> &mut M {
        // Seats are below the fanout, a power of two: this spares the check, which every edit would do on every level.
        &mut self.measures[seat as usize % FANOUT]
    }

    pub(super) fn insert(&mut self, slot: usize, child: u32, measure: M) {
        self.children.copy_within(slot..self.len, slot + 1);
        self.measures.copy_within(slot..self.len, slot + 1);
        self.children[slot] = child;
        self.measures[slot] = measure;
        self.len += 1;
    }

    pub(super) fn remove(&mut self, slot: usize) {
        self.children.copy_within(slot + 1..self.len, slot);
        self.measures.copy_within(slot + 1..self.len, slot);
        self.len -= 1;
        self.children[self.len] = NONE;
    }

    pub(super) fn total(&self) -> M {
        self.measures[..self.len]
            .iter()
            .fold(M::default(), |sum, &m| sum.plus(m))
    }
}

/// An ordered sequence of leaves; see the room's front page.
#[derive(Clone, Debug)]
pub(crate) struct Tree<L: Leaf> {
    pub(super) leaves: Vec<Slot<L>>,
    pub(super) nodes: Vec<Node<L::Measure>>,
    /// A leaf when `height` is 0, else a node.
    pub(super) root: u32,
    pub(super) height: u32,
    pub(super) first: u32,
    pub(super) total: L::Measure,
    pub(super) free_leaves: Vec<u32>,
    pub(super) free_nodes: Vec<u32>,
}

impl<L: Leaf> Tree<L> {
    /// A tree of one leaf.
    pub(crate) fn new(leaf: L) -> Self {
        let total = leaf.measure();
        Tree {
            leaves: vec![Slot {
                leaf,
                parent: NONE,
                seat: 0,
                next: NONE,
                prev: NONE,
            }],
            nodes: Vec::new(),
            root: 0,
            height: 0,
            first: 0,
            total,
            free_leaves: Vec::new(),
            free_nodes: Vec::new(),
        }
    }

    /// A tree of one leaf again. Memory is kept.
    pub(crate) fn restart(&mut self, leaf: L) {
        self.total = leaf.measure();
        self.leaves.clear();
        self.leaves.push(Slot {
            leaf,
            parent: NONE,
            next: NONE,
            prev: NONE,
            seat: 0,
        });
        self.nodes.clear();
        (self.root, self.height, self.first) = (0, 0, 0);
        self.free_leaves.clear();
        self.free_nodes.clear();
    }

    pub(crate) fn total(&self) -> L::Measure {
        self.total
    }

    pub(crate) fn leaf(&self, ix: LeafIx) -> &L {
        &self.leaves[ix.0 as usize].leaf
    }

    pub(crate) fn get_leaf(&self, ix: LeafIx) -> Option<&L> {
        self.leaves.get(ix.0 as usize).map(|slot| &slot.leaf)
    }

    /// The leaf for editing. Whoever changes its measure calls [`Tree::adjust`].
    pub(crate) fn leaf_mut(&mut self, ix: LeafIx) -> &mut L {
        &mut self.leaves[ix.0 as usize].leaf
    }

    pub(crate) fn first(&self) -> LeafIx {
        LeafIx(self.first)
    }

    /// The last leaf. O(log n).
    pub(crate) fn last(&self) -> LeafIx {
        let mut ix = self.root;
        for _ in 0..self.height {
            let node = &self.nodes[ix as usize];
            ix = node.children[node.len - 1];
        }
        LeafIx(ix)
    }

    pub(crate) fn next(&self, ix: LeafIx) -> Option<LeafIx> {
        let next = self.leaves[ix.0 as usize].next;
        (next != NONE).then_some(LeafIx(next))
    }

    pub(crate) fn prev(&self, ix: LeafIx) -> Option<LeafIx> {
        let prev = self.leaves[ix.0 as usize].prev;
        (prev != NONE).then_some(LeafIx(prev))
    }

    /// The leaves in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &L> {
        std::iter::successors(Some(self.first()), |&ix| self.next(ix)).map(|ix| self.leaf(ix))
    }
}
