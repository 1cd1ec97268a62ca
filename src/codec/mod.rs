//! Bytes: deltas and snapshots. `docs/format.md` tells every byte.
//!
//! Reading is in two steps. A message is first parsed whole into a [`Batch`]: every length, number and reference is checked,
//! and nothing is allocated that the input does not justify. Only then does the document look at it.
//!
//! A delta is written as fields: numbers of so many meanings, which prefix codes put into one stream of bits. What
//! compresses better goes into a column of its own. Inserted text and the bytes of values stand apart, in a block each.

mod error;
mod level;
mod frame;
mod prefix_block;
mod brotli_block;
mod block;
mod room;
mod layout;
mod defaults;
mod field;
mod tape;
mod fields;
mod segments;
mod batch;
mod budget;
mod missing;
mod numbering;
mod cursors;
mod stretch;
mod cells;
mod starts;
mod index;
mod tables;
mod read_tables;
mod splits;
mod rename;
mod shown;
mod parents;
mod keystroke;
mod typed;
mod write;
mod passed_on;
mod unit;
mod transactions;
mod pieces;
mod ends;
mod sketch;
mod makers;
mod read_sketch;
mod moved;
mod sketch_write;
mod told;
mod parse;
mod parse_values;
mod parse_parents;
mod read;
mod snapshot;
mod inspection;
mod shallow;
mod inspect;
mod inspect_snapshot;
mod version;

pub(crate) use batch::{Act, Batch, BatchOp, BatchRun, NameRef, ParentRef};
pub(crate) use ends::End;
pub use error::DecodeError;
pub(crate) use error::Unreadable;
#[cfg(test)]
pub(crate) use frame::{FORMAT_DELTA, FORMAT_KEYSTROKE, frame};
pub(crate) use frame::{FORMAT_SNAPSHOT, Frame, read_frame, read_piece};
pub use inspect::inspect;
pub use inspection::{InspectedFrame, InspectedPeer, InspectedSection, Inspection};
pub use level::Level;
pub(crate) use passed_on::PassedOn;
pub(crate) use pieces::Lacking;
pub(crate) use read::read_delta;
pub(crate) use segments::SegmentRef;
pub(crate) use shallow::write_shallow;
pub(crate) use sketch::{Body, Item, Sketch};
pub(crate) use snapshot::{Blind, Snapshot, read_snapshot, write_snapshot};
pub(crate) use splits::{splits_in, write_splits};
pub(crate) use transactions::transactions;
pub(crate) use typed::{Typed, typed, typed_frame};
pub(crate) use write::{write_delta, write_delta_up_to};
