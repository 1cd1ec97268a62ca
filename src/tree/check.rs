//! The slow, complete check of a tree.

use super::node::{Leaf, LeafIx, NONE, Tree};

impl<L: Leaf> Tree<L> {
    /// Verifies every invariant of the front page. O(n).
    pub(crate) fn check(&self) -> Result<(), String> {
        let mut order = Vec::new();
        self.check_below(self.root, (NONE, 0), self.height, &mut order)?;
        let linked: Vec<u32> = std::iter::successors(Some(self.first()), |&ix| self.next(ix))
            .map(|ix: LeafIx| ix.0)
            .collect();
        if order != linked {
            return Err("leaf links do not follow the tree's order".into());
        }
        for pair in order.windows(2) {
            if self.leaves[pair[1] as usize].prev != pair[0] {
                return Err(format!("leaf {} does not know its left neighbour", pair[1]));
            }
        }
        let measured = order.iter().fold(L::Measure::default(), |sum, &ix| {
            use super::node::Measure;
            sum.plus(self.leaf(LeafIx(ix)).measure())
        });
        if measured != self.total {
            return Err(format!("total {:?}, measured {measured:?}", self.total));
        }
        Ok(())
    }

    fn check_below(
        &self,
        ix: u32,
        (parent, seat): (u32, u32),
        level: u32,
        order: &mut Vec<u32>,
    ) -> Result<L::Measure, String> {
        if level == 0 {
            let slot = &self.leaves[ix as usize];
            if (slot.parent, slot.seat) != (parent, seat) {
                return Err(format!("leaf {ix}: seat {} of {}", slot.seat, slot.parent));
            }
            order.push(ix);
            return Ok(slot.leaf.measure());
        }
        let node = &self.nodes[ix as usize];
        if (node.parent, node.seat) != (parent, seat) {
            return Err(format!("node {ix}: seat {} of {}", node.seat, node.parent));
        }
        if node.len == 0 || (parent == NONE && node.len < 2) {
            return Err(format!("node {ix} has {} children", node.len));
        }
        for (seat, slot) in (0..).zip(0..node.len) {
            let measured = self.check_below(node.children[slot], (ix, seat), level - 1, order)?;
            if measured != node.measures[slot] {
                return Err(format!(
                    "node {ix}, child {slot}: {:?}, measured {measured:?}",
                    node.measures[slot]
                ));
            }
        }
        Ok(node.total())
    }
}
