//! Changing a tree: measures, new leaves, removed leaves.

use super::node::{FANOUT, Leaf, LeafIx, Measure, NONE, Node, Slot, Tree};

impl<L: Leaf> Tree<L> {
    /// Adds the wrapping difference `delta` to every sum above a leaf whose measure changed by it.
    #[inline]
    pub(crate) fn adjust(&mut self, ix: LeafIx, delta: L::Measure) {
        self.total = self.total.plus(delta);
        let leaf = &self.leaves[ix.0 as usize];
        let (mut child, mut parent, mut guess) = (ix.0, leaf.parent, leaf.guess);
        let mut level = 0;
        while parent != NONE {
            let node = &mut self.nodes[parent as usize];
            let slot = node.slot_of(child, guess);
            node.measures[slot] = node.measures[slot].plus(delta);
            let above = (parent, node.parent, node.guess);
            if slot != guess as usize {
                self.set_guess(child, level, slot);
            }
            (child, parent, guess) = above;
            level += 1;
        }
    }

    #[cold]
    fn set_guess(&mut self, child: u32, level: u32, slot: usize) {
        if level == 0 {
            self.leaves[child as usize].guess = index(slot);
        } else {
            self.nodes[child as usize].guess = index(slot);
        }
    }

    /// Puts a new leaf directly after `at`. O(log n).
    pub(crate) fn insert_after(&mut self, at: LeafIx, leaf: L) -> LeafIx {
        let measure = leaf.measure();
        let next = self.leaves[at.0 as usize].next;
        let slot = Slot {
            leaf,
            parent: NONE,
            guess: 0,
            next,
            prev: at.0,
        };
        let new = match self.free_leaves.pop() {
            Some(ix) => {
                self.leaves[ix as usize] = slot;
                ix
            }
            None => {
                reserve_one(&mut self.leaves, L::GROWTH);
                self.leaves.push(slot);
                index(self.leaves.len() - 1)
            }
        };
        self.leaves[at.0 as usize].next = new;
        if next != NONE {
            self.leaves[next as usize].prev = new;
        }
        self.attach(at.0, new, measure, 0);
        self.adjust(LeafIx(new), measure);
        LeafIx(new)
    }

    /// Takes a leaf out. The last one of the tree stays: its user empties it instead.
    pub(crate) fn remove(&mut self, ix: LeafIx) {
        let measure = self.leaf(ix).measure();
        let Slot {
            parent, next, prev, ..
        } = self.leaves[ix.0 as usize];
        if parent == NONE {
            return;
        }
        self.adjust(ix, L::Measure::default().minus(measure));
        if prev != NONE {
            self.leaves[prev as usize].next = next;
        } else {
            self.first = next;
        }
        if next != NONE {
            self.leaves[next as usize].prev = prev;
        }
        self.free_leaves.push(ix.0);
        self.detach(parent, ix.0);
    }

    /// Makes `new` the right neighbour of `at` at a level (0: leaves), with measure 0 in the sums for now at level 0.
    fn attach(&mut self, at: u32, new: u32, measure: L::Measure, level: u32) {
        let mut parent = self.parent(at, level);
        if parent == NONE {
            // `at` was the root: grow.
            let mut root = Node::new();
            root.insert(0, at, self.total);
            parent = self.push_node(root);
            self.set_parent(at, level, parent);
            self.root = parent;
            self.height += 1;
        }
        if self.nodes[parent as usize].len == FANOUT {
            parent = self.split_node(parent, at, level);
        }
        let node = &mut self.nodes[parent as usize];
        let slot = node.slot_of(at, 0) + 1;
        let shown = if level == 0 {
            L::Measure::default()
        } else {
            measure
        };
        node.insert(slot, new, shown);
        if level > 0 {
            node.measures[slot - 1] = node.measures[slot - 1].minus(measure);
        }
        self.set_parent(new, level, parent);
    }

    /// Splits a full node in two; returns the half that holds `child`.
    fn split_node(&mut self, ix: u32, child: u32, level: u32) -> u32 {
        let keep = FANOUT / 2;
        let mut right = Node::new();
        let left = &mut self.nodes[ix as usize];
        right.len = left.len - keep;
        right.children[..FANOUT - keep].copy_from_slice(&left.children[keep..]);
        right.measures[..FANOUT - keep].copy_from_slice(&left.measures[keep..]);
        left.children[keep..].fill(NONE);
        left.len = keep;
        let measure = right.total();
        let children = right.children;
        let new = self.push_node(right);
        for &moved in children.iter().filter(|&&c| c != NONE) {
            self.set_parent(moved, level, new);
        }
        self.attach(ix, new, measure, level + 1);
        if children.contains(&child) { new } else { ix }
    }

    fn detach(&mut self, parent: u32, child: u32) {
        let node = &mut self.nodes[parent as usize];
        let slot = node.slot_of(child, 0);
        node.remove(slot);
        if node.len == 0 {
            let above = node.parent;
            self.free_nodes.push(parent);
            self.detach(above, parent);
        }
        while self.height > 0 && self.nodes[self.root as usize].len == 1 {
            let only = self.nodes[self.root as usize].children[0];
            self.free_nodes.push(self.root);
            self.height -= 1;
            self.root = only;
            self.set_parent(only, self.height, NONE);
        }
    }

    pub(super) fn push_node(&mut self, node: Node<L::Measure>) -> u32 {
        match self.free_nodes.pop() {
            Some(ix) => {
                self.nodes[ix as usize] = node;
                ix
            }
            None => {
                reserve_one(&mut self.nodes, L::GROWTH);
                self.nodes.push(node);
                index(self.nodes.len() - 1)
            }
        }
    }

    fn parent(&self, child: u32, level: u32) -> u32 {
        if level == 0 {
            self.leaves[child as usize].parent
        } else {
            self.nodes[child as usize].parent
        }
    }

    pub(super) fn set_parent(&mut self, child: u32, level: u32, parent: u32) {
        if level == 0 {
            self.leaves[child as usize].parent = parent;
        } else {
            self.nodes[child as usize].parent = parent;
        }
    }
}

/// Makes room for one more. What lasts grows by an eighth: doubling would leave half of an arena unused.
fn reserve_one<T>(arena: &mut Vec<T>, growth: usize) {
    if arena.len() == arena.capacity() {
        arena.reserve_exact(arena.len() / growth + 2);
    }
}

/// Arena indexes fit: a document holds fewer than 2^32 operations, and a leaf or node at least one.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn index(at: usize) -> u32 {
    at as u32
}
