//! Building a rope from its text, without searching.

use crate::tree::Tree;

use super::cursor::Rope;
use super::grow::boundary_below;
use super::leaf::{CAPACITY, TextLeaf};

/// How far leaves are filled: the first edits afterwards do not split everywhere.
const FILL: usize = CAPACITY - CAPACITY / 8;

impl Rope {
    /// A rope that holds `text`. O(bytes).
    pub(crate) fn from_text(text: &str) -> Self {
        let mut leaves = Vec::with_capacity(text.len() / FILL + 1);
        let mut rest = text;
        while !rest.is_empty() {
            let (fits, more) = rest.split_at(boundary_below(rest, FILL));
            let mut leaf = TextLeaf::new();
            leaf.insert_at_gap(fits.as_bytes());
            leaves.push(leaf);
            rest = more;
        }
        Rope::from_tree(Tree::from_leaves(leaves, TextLeaf::new))
    }
}
