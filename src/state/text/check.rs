//! The slow, complete check of a rope.

use std::iter;

use crate::tree::Leaf;

use super::cursor::Rope;
use super::leaf::TextLeaf;
use super::units::Units;

impl Rope {
    /// Verifies every invariant of the front page. O(n).
    pub(crate) fn check(&self) -> Result<(), String> {
        let mut settled = self.clone();
        settled.settle();
        settled.tree.check()?;
        if settled.cursor.start != settled.tree.start_of(settled.cursor.leaf) {
            return Err(format!(
                "the cursor's leaf does not start at {:?}",
                settled.cursor.start
            ));
        }
        let first = settled.tree.first();
        for ix in iter::successors(Some(first), |&ix| settled.tree.next(ix)) {
            let leaf = settled.tree.leaf(ix);
            check_leaf(leaf).map_err(|problem| format!("{ix:?}: {problem}"))?;
            if leaf.measure() == Units::default() && settled.tree.next(first).is_some() {
                return Err(format!("{ix:?} is empty"));
            }
        }
        if self.len() != settled.tree.total() {
            return Err(format!(
                "length {:?}, summed {:?}",
                self.len(),
                settled.tree.total()
            ));
        }
        Ok(())
    }
}

fn check_leaf(leaf: &TextLeaf) -> Result<(), String> {
    for (side, counted) in [(leaf.left(), leaf.gap()), (leaf.right(), leaf.behind())] {
        let text = std::str::from_utf8(side).map_err(|error| error.to_string())?;
        let counted = Units::from(counted);
        let lens = (
            text.chars().count(),
            text.encode_utf16().count(),
            text.len(),
        );
        if lens
            != (
                counted.chars as usize,
                counted.utf16 as usize,
                counted.bytes as usize,
            )
        {
            return Err(format!("counted {counted:?} for {text:?}"));
        }
    }
    Ok(())
}
