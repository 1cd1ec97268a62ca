//! A forest that changes: who stands at the root above a node, how deep that is, and how far down what stands below reaches, in
//! O(log n) amortised however deep the trees are.
//!
//! A link-cut tree (Sleator & Tarjan 1983, "A data structure for dynamic trees", with the splay trees of 1985). Each tree is cut into
//! paths; a path is a splay tree whose order is from the root down, so that a path of thousands is as quick as a short one. What
//! hangs on a path, other paths, is summed at the node on which it hangs.

use std::collections::BTreeMap;

/// No node.
const NONE: u32 = u32::MAX;

/// How many levels nodes reach down, the uppermost one included; 0 if there are none. Of all nodes, and of those that are marked.
type Reach = [u32; 2];

/// The same, seen from so many levels above.
fn lifted(reach: Reach, levels: u32) -> Reach {
    reach.map(|levels_below| match levels_below {
        0 => 0,
        some => some + levels,
    })
}

fn further(one: Reach, other: Reach) -> Reach {
    [one[0].max(other[0]), one[1].max(other[1])]
}

/// One node; its neighbours within the splay tree of its path.
#[derive(Clone, Debug)]
struct Node {
    /// Within its path; at the top of a path's splay tree, the node above the path.
    above: u32,
    /// What stands nearer to the root, and what stands further.
    sides: [u32; 2],
    /// Nodes in this splay tree.
    count: u32,
    /// How far the nodes of this splay tree reach, with what hangs on them, from the uppermost of them on.
    reach: Reach,
    is_marked: bool,
    /// How far the paths reach that hang on it: so many of each reach.
    hanging: [BTreeMap<u32, u32>; 2],
}

impl Node {
    fn hang(&mut self, path: Reach) {
        for (all, reach) in self.hanging.iter_mut().zip(path) {
            if reach > 0 {
                *all.entry(reach).or_default() += 1;
            }
        }
    }

    fn take_off(&mut self, path: Reach) {
        for (all, reach) in self.hanging.iter_mut().zip(path) {
            if let Some(count) = all.get_mut(&reach) {
                *count -= 1;
                if *count == 0 {
                    all.remove(&reach);
                }
            }
        }
    }

    /// Of itself and what hangs on it.
    fn own(&self) -> Reach {
        let furthest =
            |all: &BTreeMap<u32, u32>| all.last_key_value().map_or(0, |(&reach, _)| reach);
        let hanging = [furthest(&self.hanging[0]), furthest(&self.hanging[1])];
        further([1, self.is_marked.into()], lifted(hanging, 1))
    }
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
            count: 1,
            reach: [1, 0],
            is_marked: false,
            hanging: [BTreeMap::new(), BTreeMap::new()],
        });
    }

    /// Marks a node, or takes that back.
    pub(crate) fn mark(&mut self, node: u32, is_marked: bool) {
        self.access(node);
        self.node_mut(node).is_marked = is_marked;
        self.sum(node);
    }

    /// Puts the root of a tree under a node of another tree.
    pub(crate) fn link(&mut self, root: u32, under: u32) {
        self.access(root);
        self.access(under);
        self.node_mut(root).above = under;
        let path = self.node(root).reach;
        self.node_mut(under).hang(path);
        self.sum(under);
    }

    /// Takes a node from what it stands under, if it stands under anything.
    pub(crate) fn cut(&mut self, node: u32) {
        self.access(node);
        let above = std::mem::replace(&mut self.node_mut(node).sides[0], NONE);
        if above != NONE {
            self.node_mut(above).above = NONE;
            self.sum(node);
        }
    }

    /// How many nodes are above one.
    pub(crate) fn depth(&mut self, node: u32) -> u32 {
        self.access(node);
        self.count(self.node(node).sides[0])
    }

    /// How many levels what stands below a node reaches down.
    pub(crate) fn height(&mut self, node: u32) -> u32 {
        self.access(node);
        self.node(node).own()[0] - 1
    }

    /// How many levels below a node the lowest marked one is; 0 if none is.
    pub(crate) fn marked_below(&mut self, node: u32) -> u32 {
        self.access(node);
        self.node(node).own()[1].saturating_sub(1)
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

    fn node(&self, node: u32) -> &Node {
        &self.nodes[node as usize]
    }

    fn node_mut(&mut self, node: u32) -> &mut Node {
        &mut self.nodes[node as usize]
    }

    fn count(&self, path: u32) -> u32 {
        if path == NONE {
            0
        } else {
            self.node(path).count
        }
    }

    fn reach(&self, path: u32) -> Reach {
        if path == NONE {
            [0; 2]
        } else {
            self.node(path).reach
        }
    }

    /// Sums up a splay tree, given that those on both sides are summed up.
    fn sum(&mut self, node: u32) {
        let this = self.node(node);
        let [upper, lower] = this.sides;
        let above = self.count(upper);
        let own = lifted(this.own(), above);
        let below = lifted(self.reach(lower), above + 1);
        let reach = further(self.reach(upper), further(own, below));
        let count = above + 1 + self.count(lower);
        let this = self.node_mut(node);
        (this.count, this.reach) = (count, reach);
    }

    /// Makes the way from the root to a node one path, with the node at the top of its splay tree.
    fn access(&mut self, node: u32) {
        let (mut at, mut below) = (node, NONE);
        while at != NONE {
            self.splay(at);
            let left = std::mem::replace(&mut self.node_mut(at).sides[1], below);
            let (left, taken) = (self.reach(left), self.reach(below));
            let this = self.node_mut(at);
            this.hang(left);
            this.take_off(taken);
            self.sum(at);
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
        self.sum(above);
        self.sum(node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same by walking up.
    fn above(parents: &[Option<u32>], node: u32) -> Vec<u32> {
        let mut way = vec![node];
        while let Some(above) = parents[way[way.len() - 1] as usize] {
            way.push(above);
        }
        way
    }

    /// How many levels below a node the lowest one of such stands.
    fn below(parents: &[Option<u32>], node: u32, such: impl Fn(u32) -> bool) -> u32 {
        let all = (0..parents.len()).map(|at| u32::try_from(at).unwrap());
        let levels = all.filter(|&at| such(at)).filter_map(|at| {
            let way = above(parents, at);
            way.iter().position(|&above| above == node)
        });
        u32::try_from(levels.max().unwrap_or(0)).unwrap()
    }

    #[test]
    fn roots_depths_and_heights_are_those_that_walking_finds() {
        let mut forest = Forest::default();
        let (mut parents, mut marked) = (vec![None; 40], [false; 40]);
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
            let way = above(&parents, under);
            let root = forest.root_of(under);
            assert_eq!(Some(&root), way.last());
            assert_eq!(forest.depth(under) as usize, way.len() - 1);
            if root != node && draw(4) > 0 {
                forest.link(node, under);
                parents[node as usize] = Some(under);
            }
            let turned = draw(40);
            marked[turned as usize] ^= true;
            forest.mark(turned, marked[turned as usize]);
            let one = draw(40);
            assert_eq!(forest.height(one), below(&parents, one, |_| true));
            let is_marked = |at: u32| marked[at as usize];
            assert_eq!(forest.marked_below(one), below(&parents, one, is_marked));
        }
    }
}
