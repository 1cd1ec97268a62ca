//! Changing a tree: measures, new leaves, removed leaves.

use super::node::{FANOUT, Leaf, LeafIx, Measure, NONE, Node, Slot, Tree};

impl<L: Leaf> Tree<L> {
    /// Adds the wrapping difference `delta` to every sum above a leaf whose measure changed by it.
    #[inline]
    pub(crate) fn adjust(&mut self, ix: LeafIx, delta: L::Measure) {
        self.total = self.total.plus(delta);
        let leaf = &self.leaves[ix.0 as usize];
        let (mut parent, mut seat) = (leaf.parent, leaf.seat);
        while parent != NONE {
            let node = &mut self.nodes[parent as usize];
            let measure = node.measure_mut(seat);
            *measure = measure.plus(delta);
            (parent, seat) = (node.parent, node.seat);
        }
    }

    /// Puts a new leaf directly after `at`. O(log n).
    pub(crate) fn insert_after(&mut self, at: LeafIx, leaf: L) -> LeafIx {
        let measure = leaf.measure();
        let next = self.leaves[at.0 as usize].next;
        let slot = Slot {
            leaf,
            parent: NONE,
            seat: 0,
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
            parent,
            seat,
            next,
            prev,
            ..
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
        self.detach(parent, seat, 0);
    }

    /// Makes `new` the right neighbour of `at` at a level (0: leaves), with measure 0 in the sums for now at level 0.
    fn attach(&mut self, at: u32, new: u32, measure: L::Measure, level: u32) {
        let mut parent = self.seat(at, level).0;
        if parent == NONE {
            // `at` was the root: grow.
            let mut root = Node::new();
            root.insert(0, at, self.total);
            parent = self.push_node(root);
            self.seat_children(parent, 0, level);
            self.root = parent;
            self.height += 1;
        }
        if self.nodes[parent as usize].len == FANOUT {
            self.split_node(parent, level);
            parent = self.seat(at, level).0;
        }
        let slot = self.seat(at, level).1 as usize + 1;
        let node = &mut self.nodes[parent as usize];
        let shown = if level == 0 {
            L::Measure::default()
        } else {
            measure
        };
        node.insert(slot, new, shown);
        if level > 0 {
            node.measures[slot - 1] = node.measures[slot - 1].minus(measure);
        }
        self.seat_children(parent, slot, level);
    }

    /// Splits a full node in two.
    fn split_node(&mut self, ix: u32, level: u32) {
        let keep = FANOUT / 2;
        let mut right = Node::new();
        let left = &mut self.nodes[ix as usize];
        right.len = left.len - keep;
        right.children[..FANOUT - keep].copy_from_slice(&left.children[keep..]);
        right.measures[..FANOUT - keep].copy_from_slice(&left.measures[keep..]);
        left.children[keep..].fill(NONE);
        left.len = keep;
        let measure = right.total();
        let new = self.push_node(right);
        self.seat_children(new, 0, level);
        self.attach(ix, new, measure, level + 1);
    }

    /// Takes the child at a seat out of a node; children are at `level`.
    fn detach(&mut self, parent: u32, seat: u32, level: u32) {
        let node = &mut self.nodes[parent as usize];
        node.remove(seat as usize);
        if node.len == 0 {
            let (above, seat) = (node.parent, node.seat);
            self.free_nodes.push(parent);
            self.detach(above, seat, level + 1);
        } else {
            self.seat_children(parent, seat as usize, level);
        }
        while self.height > 0 && self.nodes[self.root as usize].len == 1 {
            let only = self.nodes[self.root as usize].children[0];
            self.free_nodes.push(self.root);
            self.height -= 1;
            self.root = only;
            self.set_seat(only, self.height, NONE, 0);
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

    /// The parent of a child at a level, and where it stands there.
    fn seat(&self, child: u32, level: u32) -> (u32, u32) {
        if level == 0 {
            let leaf = &self.leaves[child as usize];
            (leaf.parent, leaf.seat)
        } else {
            let node = &self.nodes[child as usize];
            (node.parent, node.seat)
        }
    }

    fn set_seat(&mut self, child: u32, level: u32, parent: u32, seat: u32) {
        if level == 0 {
            let leaf = &mut self.leaves[child as usize];
            (leaf.parent, leaf.seat) = (parent, seat);
        } else {
            let node = &mut self.nodes[child as usize];
            (node.parent, node.seat) = (parent, seat);
        }
    }

    /// Tells the children of a node, which are at `level`, where they stand, from a seat on.
    pub(super) fn seat_children(&mut self, parent: u32, from: usize, level: u32) {
        for seat in from..self.nodes[parent as usize].len {
            let child = self.nodes[parent as usize].children[seat];
            self.set_seat(child, level, parent, index(seat));
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
