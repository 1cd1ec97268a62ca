//! One generic order-statistic B+-tree, shared by the text rope, the list and the tracker.
//!
//! A tree keeps *leaves* in order and can find one by any dimension of its [`Measure`] (characters, UTF-16 units, visible
//! elements, …) in O(log n). What a leaf holds is its user's affair: a gap buffer of text, or an array of spans
//! ([`SpanLeaf`]). The tree knows only how much each leaf measures.
//!
//! ```text
//!            node [ 7 | 9 ]              measures of the children, in order
//!           /              \
//!     leaf (7)  ⇄  leaf (9)              leaves are also linked, for walking
//! ```
//!
//! Leaves and nodes live in two arenas and name each other by index, so a [`LeafIx`] stays valid until its leaf is
//! removed, whatever happens around it: the tracker's index relies on that.
//!
//! Beside it stands a [`Forest`], for what stands in what.
//!
//! Invariants, verified by `check`: every node holds the exact measure of each child; parent links are right; leaf links
//! give the same order as the tree; no node is empty, and a root that is a node has two children or more.

mod node;
mod seek;
mod edit;
mod build;
mod spans;
mod consecutive;
mod room;
mod by_len;
mod forest;
mod check;
#[cfg(test)]
mod tests;

pub(crate) use by_len::Elements;
pub(crate) use consecutive::Consecutive;
pub(crate) use forest::Forest;
pub(crate) use node::{Leaf, LeafIx, Measure, Tree};
pub(crate) use seek::Bias;
pub(crate) use spans::{Span, SpanLeaf};
