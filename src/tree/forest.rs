//! A forest that changes: who stands at the root above a node, in O(log n) amortised however deep the trees are.
//!
//! A link-cut tree (Sleator & Tarjan 1983, "A data structure for dynamic trees", with the splay trees of 1985). Each tree is cut into
//! paths; a path is a splay tree whose order is from the root down, so that a path of thousands is as quick as a short one.

/// No node.
const NONE: u32 = u32::MAX;

/// One node; its neighbours within the splay tree of its path.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// Within its path; at the top of a path's splay tree, the node above the path.
    above: u32,
    /// What stands nearer to the root, and what stands further.
    sides: [u32; 2],
}

/// Trees over the nodes 0, 1, 2 …
#[derive(Clone, Debug, Default)]
pub(crate) struct Forest {
    nodes: Vec<Node>,
}

impl Forest {
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Adds a node, the root of a tree of its own.
    pub(crate) fn add(&mut self) {
        self.nodes.push(Node {
            above: NONE,
            sides: [NONE; 2],
        });
    }

    /// Puts the root of a tree under a node of another tree.
    pub(crate) fn link(&mut self, root: u32, under: u32) {
        self.access(root);
        self.node_mut(root).above = under;
    }

    /// Takes a node from what it stands under, if it stands under anything.
    pub(crate) fn cut(&mut self, node: u32) {
        self.access(node);
        let above = std::mem::replace(&mut self.node_mut(node).sides[0], NONE);
        if above != NONE {
            self.node_mut(above).above = NONE;
        }
    }

    /// The root of the tree that a node stands in.
    pub(crate) fn root_of(&mut self, node: u32) -> u32 {
        self.access(node);
        let mut root = node;
        while self.node(root).sides[0] != NONE {
            root = self.node(root).sides[0];
        }
        // What was gone past comes up, which pays for going there.
        self.splay(root);
        root
    }

    fn node(&self, node: u32) -> Node {
        self.nodes[node as usize]
    }

    fn node_mut(&mut self, node: u32) -> &mut Node {
        &mut self.nodes[node as usize]
    }

    /// Makes the way from the root to a node one path, with the node at the top of its splay tree.
    fn access(&mut self, node: u32) {
        let (mut at, mut below) = (node, NONE);
        while at != NONE {
            self.splay(at);
            self.node_mut(at).sides[1] = below;
            (at, below) = (self.node(at).above, at);
        }
        self.splay(node);
    }

    /// On which side of the one above in its path a node hangs; `None` at the top.
    fn side(&self, node: u32) -> Option<usize> {
        let above = self.node(node).above;
        if above == NONE {
            return None;
        }
        self.node(above).sides.iter().position(|&side| side == node)
    }

    fn splay(&mut self, node: u32) {
        while let Some(side) = self.side(node) {
            let above = self.node(node).above;
            match self.side(above) {
                Some(upper) if upper == side => self.rotate(above),
                Some(_) => self.rotate(node),
                None => {}
            }
            self.rotate(node);
        }
    }

    /// Puts a node in the place of the one above it in its path.
    fn rotate(&mut self, node: u32) {
        let Some(side) = self.side(node) else {
            return;
        };
        let above = self.node(node).above;
        let top = self.node(above).above;
        if let Some(upper) = self.side(above) {
            self.node_mut(top).sides[upper] = node;
        }
        let between = std::mem::replace(&mut self.node_mut(node).sides[1 - side], above);
        self.node_mut(above).sides[side] = between;
        if between != NONE {
            self.node_mut(between).above = above;
        }
        self.node_mut(above).above = node;
        self.node_mut(node).above = top;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same by walking up.
    fn root_above(parents: &[Option<u32>], mut node: u32) -> u32 {
        while let Some(above) = parents[node as usize] {
            node = above;
        }
        node
    }

    #[test]
    fn roots_are_those_that_walking_up_finds() {
        let mut forest = Forest::default();
        let mut parents = vec![None; 40];
        parents.iter().for_each(|_| forest.add());
        let mut number = 1_u32;
        let mut draw = |below: u32| {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (number >> 8) % below
        };
        for _ in 0..5_000 {
            let (node, under) = (draw(40), draw(40));
            forest.cut(node);
            parents[node as usize] = None;
            let root = forest.root_of(under);
            assert_eq!(root, root_above(&parents, under));
            if root != node && draw(4) > 0 {
                forest.link(node, under);
                parents[node as usize] = Some(under);
            }
        }
    }
}
