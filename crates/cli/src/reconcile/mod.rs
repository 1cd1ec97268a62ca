//! `reconcile`: two summaries whose difference is known beforehand, and what it takes them to find it.
//!
//! [`world`] makes the two and remembers the truth, [`exchange`] carries messages between them and counts, [`report`]
//! tells it.

mod sides;
mod world;
mod exchange;
mod report;
mod command;

pub(crate) use command::run;
pub(crate) use sides::Sides;
