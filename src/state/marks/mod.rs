//! The marks of a text: where each begins and ends in what shows, moved with every edit.
//!
//! A mark's two [`Border`]s stand as [`Knot`]s in a tree, in the order of the text, each with its distance from the one
//! before: an edit is one search, and one distance that changes. What an edit does to a border needs no history. New text stands
//! directly behind what shows before it, and before all that was deleted there. So a border that holds to what shows before
//! it stays, and any other goes behind the new text. Where what it holds to is deleted, a border is loose from then on.
//!
//! That is true of edits that knew all there was. What comes from a tracker may stand among deleted text: of loose borders
//! where such text was inserted, only the tracker knows on which side they are. [`TextMarks::loose_at`] tells which those are.
//!
//! Which mark of a key shows where several cover a place is not decided here.

mod knot;
mod edit;
mod find;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use edit::{Loosened, TextMarks};
#[cfg(test)]
pub(crate) use knot::End;
