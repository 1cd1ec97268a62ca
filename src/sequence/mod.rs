//! Replaying concurrent operations on a text or list, and yielding plain position edits.
//!
//! The algorithm is Eg-walker (Gentle & Kleppmann 2025, "Collaborative Text Editing with Eg-walker: Better, Faster,
//! Smaller"); the order of concurrent insertions is FugueMax (Weidner & Kleppmann 2023, "The Art of the Fugue").
//!
//! A [`Tracker`] is a transient sequence of [`Item`]s: runs of elements that some operation since the *base* inserted,
//! and placeholders for what existed at the base. Each item has two states:
//!
//! - `here`: at the version being *visited*: not yet inserted, visible, or deleted n times. Operations are placed by it;
//!   [`Tracker::move_to`] retreats and advances operations to visit another version.
//! - `gone`: at the *newest* version: deleted n times. Position edits for the current text come from it.
//!
//! The tree over the items sums both, so that a position at either version is found in O(log n).
//!
//! Departures from the paper: the tracker outlives a merge and rests at the version it visited last. What was applied
//! outside it meanwhile *joins* by the newest measure. A long retreat is replaced by one sweep back to the base. A merge
//! that brings most of a document is read off the items in order at the end, not edit by edit.

mod item;
mod places;
mod tracker;
mod items;
mod place;
mod siblings;
mod apply;
mod visit;
mod join;
mod branch;
mod graft;
mod moves;
mod marks;
mod restores;
mod sets;
mod singles;
mod sweep;
mod phase;
mod along;
mod plan;
mod start;
mod verify;
mod replay;
mod single;
mod whole;
mod carry;
mod retrace;
mod competing;
mod past;
mod sought;
mod check;

pub(crate) use apply::Edit;
pub(crate) use competing::Writes;
pub(crate) use past::{Held, Turn, Turns, held_at, restored_insertions, turns};
pub(crate) use plan::{Plan, Step};
pub(crate) use replay::Replay;
pub(crate) use sought::inserted_by;
pub(crate) use sweep::Stretch;
pub(crate) use tracker::Tracker;
pub(crate) use verify::ReplayError;
pub(crate) use whole::Stand;
