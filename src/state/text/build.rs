//! Building a rope from its text in order, without searching.

use std::ops::Range;

use crate::tree::Tree;

use super::cursor::Rope;
use super::grow::boundary_below;
use super::leaf::{CAPACITY, TextLeaf};

/// How far leaves are filled: the first edits afterwards do not split everywhere.
const FILL: usize = CAPACITY - CAPACITY / 8;

impl Rope {
    /// A rope that holds `text`. O(bytes).
    pub(crate) fn from_text(text: &str) -> Self {
        let mut builder = RopeBuilder::new();
        builder.push(text);
        builder.finish()
    }
}

/// Takes the pieces of a text in order. All together cost O(bytes).
#[derive(Default)]
pub(crate) struct RopeBuilder {
    leaves: Vec<TextLeaf>,
}

impl RopeBuilder {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn push(&mut self, text: &str) {
        let mut rest = text;
        if let Some(leaf) = self.leaves.last_mut() {
            rest = push_to(leaf, rest);
        }
        while !rest.is_empty() {
            let mut leaf = TextLeaf::new();
            rest = push_to(&mut leaf, rest);
            self.leaves.push(leaf);
        }
    }

    /// Appends a range of another rope, in characters.
    pub(crate) fn push_range(&mut self, rope: &Rope, range_chars: Range<u32>) {
        rope.chunks_in(range_chars).for_each(|text| self.push(text));
    }

    pub(crate) fn finish(self) -> Rope {
        Rope::from_tree(Tree::from_leaves(self.leaves, TextLeaf::new))
    }
}

/// Fills a leaf; returns what was left over.
fn push_to<'t>(leaf: &mut TextLeaf, text: &'t str) -> &'t str {
    let (fits, more) = text.split_at(boundary_below(
        text,
        FILL.saturating_sub(leaf.len().bytes()),
    ));
    leaf.insert_at_gap(fits.as_bytes());
    more
}
