//! Building a tree from leaves at once, without searching.

use super::edit::index;
use super::node::{FANOUT, Leaf, Measure, NONE, Node, Slot, Tree};

impl<L: Leaf> Tree<L> {
    /// A tree of the given leaves, in order; of `empty` where there are none. O(n).
    pub(crate) fn from_leaves(leaves: Vec<L>, empty: impl FnOnce() -> L) -> Self {
        if leaves.len() < 2 {
            return Tree::new(leaves.into_iter().next().unwrap_or_else(empty));
        }
        let count = index(leaves.len());
        let mut level: Vec<(u32, L::Measure)> = Vec::with_capacity(leaves.len());
        let mut slots = Vec::with_capacity(leaves.len());
        for (at, leaf) in (0..count).zip(leaves) {
            level.push((at, leaf.measure()));
            let next = if at + 1 < count { at + 1 } else { NONE };
            let prev = if at > 0 { at - 1 } else { NONE };
            slots.push(Slot {
                leaf,
                parent: NONE,
                seat: 0,
                next,
                prev,
            });
        }
        let mut tree = Tree {
            leaves: slots,
            nodes: Vec::new(),
            root: 0,
            height: 0,
            first: 0,
            total: level
                .iter()
                .fold(L::Measure::default(), |sum, &(_, m)| sum.plus(m)),
            free_leaves: Vec::new(),
            free_nodes: Vec::new(),
        };
        while level.len() > 1 {
            level = tree.build_level(&level);
        }
        tree.root = level[0].0;
        tree
    }

    /// Whether most of the leaves' arena is free.
    pub(crate) fn is_sparse(&self) -> bool {
        self.leaves.len() > 64 && self.free_leaves.len() > self.leaves.len() / 4 * 3
    }

    /// Builds the same tree anew, in memory that it fills. Every leaf gets another name. O(n).
    pub(crate) fn compact(&mut self)
    where
        L: Clone,
    {
        let leaves = self.iter().cloned().collect();
        let first = self.leaf(self.first()).clone();
        *self = Self::from_leaves(leaves, || first);
    }

    fn build_level(&mut self, below: &[(u32, L::Measure)]) -> Vec<(u32, L::Measure)> {
        // Nodes are left a quarter empty, so that the first edits after building do not split everywhere.
        let fill = (FANOUT * 3 / 4).max(2);
        let count = below.len().div_ceil(fill);
        let mut above = Vec::with_capacity(count);
        let mut start = 0;
        for nth in 0..count {
            // Even shares: no node ends up with a single child.
            let end = below.len() * (nth + 1) / count;
            let mut node = Node::new();
            for &(child, measure) in &below[start..end] {
                node.insert(node.len, child, measure);
            }
            let total = node.total();
            let ix = self.push_node(node);
            self.seat_children(ix, 0, self.height);
            above.push((ix, total));
            start = end;
        }
        self.height += 1;
        above
    }
}

impl<L: Leaf> Tree<L> {
    /// Sums everything anew, after many leaves changed at once. O(n).
    pub(crate) fn measure_again(&mut self) {
        self.total = self.measure_below(self.root, self.height);
    }

    fn measure_below(&mut self, ix: u32, level: u32) -> L::Measure {
        if level == 0 {
            return self.leaves[ix as usize].leaf.measure();
        }
        for slot in 0..self.nodes[ix as usize].len {
            let child = self.nodes[ix as usize].children[slot];
            let measure = self.measure_below(child, level - 1);
            self.nodes[ix as usize].measures[slot] = measure;
        }
        self.nodes[ix as usize].total()
    }

    /// Bytes held on the heap by leaves and nodes themselves.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.leaves.capacity() * size_of::<Slot<L>>()
            + self.nodes.capacity() * size_of::<Node<L::Measure>>()
    }
}
