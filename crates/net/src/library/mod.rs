//! The documents of a store, as a session sees them: opened when they are needed, committed together, put away when others are
//! needed more.
//!
//! [`slots`] opens documents and puts them away, [`changed`] tells which of them changed, [`commit`] commits those, [`blobs`] to which
//! blobs they refer, which is read in a [`share`] of the time, [`remotes`] keeps what is known of other stores, and [`documents`] is the face to sessions.

mod slots;
mod changed;
mod commit;
mod remotes;
mod share;
mod blobs;
mod documents;

pub(crate) use slots::Library;
