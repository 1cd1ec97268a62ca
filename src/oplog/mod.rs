//! Every operation, in columns; the source of truth.
//!
//! An operation says what its author did at the version its author saw: "at parents P, insert `abc` at 17". The parents
//! stand in the event graph; what was done stands here, as runs:
//!
//! - a *sequence* container (text or list) has a [`SequenceLog`] of its own: runs of insertions and deletions with their
//!   positions, and the inserted content in one buffer. Merging walks only the logs of the containers it touches.
//! - maps and counters need no replay, so their operations stand together in one [`EntryLog`].
//! - marks on texts are runs of one operation in the text's log; what they say stands in one [`MarkLog`].
//! - *routes* tell which container an operation belongs to, and which entry it is.
//! - *standing* tells where containers are that were moved from where they were made.
//! - *remarks* say of a transaction who made it, when and why, where that was told.
//!
//! Everything only grows at its end, so an unfinished transaction or a refused merge is undone by truncating.

mod key;
mod splits;
mod renaming;
mod peers;
mod segments;
mod kind;
mod container;
mod cell;
mod run;
mod sequence_log;
mod finder;
mod sequence_text;
mod list_log;
mod cells;
mod mark_log;
mod entry_log;
mod routes;
mod ground;
mod standing;
mod place;
mod remarks;
mod log;
mod append;
mod copy;
mod pending;
mod check;

#[cfg(test)]
mod tests_taken_back;

pub(crate) use cell::Cell;
pub(crate) use container::{ContainerIx, Containers, Name};
pub(crate) use copy::Copied;
pub(crate) use entry_log::EntryLog;
pub(crate) use finder::Finder;
pub(crate) use ground::{Effect, Ground, GroundEnd, OpenChain};
pub(crate) use key::{KeyIx, Keys};
pub use kind::Kind;
pub(crate) use log::{Mark, OPERATIONS_MAX, OpLog, Piece, TableLens};
pub use mark_log::Expand;
pub(crate) use mark_log::{Border, Extent, MarkLog};
pub(crate) use peers::Peers;
pub(crate) use pending::{Pending, Place, Refused};
pub(crate) use place::SEAT;
pub(crate) use remarks::{ReadRemarks, Remark, Remarks};
pub(crate) use renaming::Renaming;
pub(crate) use run::{OpKind, OpRun};
pub(crate) use sequence_log::{SequenceLog, offset_of};
pub(crate) use splits::{Segment, Splits, segment_id};
pub(crate) use standing::{MOVED_DEPTH, Shift};
