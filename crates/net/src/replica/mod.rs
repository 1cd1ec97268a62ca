//! The handle on a store that is kept in step.
//!
//! [`handle`] opens the store, and edits and reads its documents; [`delivered`] tells what others have of that, [`showing`] what
//! people show of themselves, and [`blobs`] brings and gives large files.

mod handle;
mod delivered;
mod showing;
mod blobs;

pub use handle::{Replica, Written};
