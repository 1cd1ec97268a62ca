//! Bytes: deltas and snapshots.
//!
//! Reading is in two steps. A message is first parsed whole into a [`Batch`] that borrows from it: every length, number and
//! reference is checked, and nothing is allocated that the input does not justify. Only then does the document look at it.
//! A later format is another module beside `delta` that yields the same `Batch`.

mod error;
mod frame;
mod batch;
mod write;
mod read;
mod snapshot;

pub(crate) use batch::{Act, Batch, BatchOp, BatchRun, NameRef};
pub use error::DecodeError;
pub(crate) use frame::{FORMAT_SNAPSHOT, format_of};
pub(crate) use read::read_delta;
pub(crate) use snapshot::{read_snapshot, write_snapshot};
pub(crate) use write::write_delta;
