//! The event graph: every operation with its parents, stored as runs.
//!
//! An operation's parents are the frontier of the version at which it was made. Operations of one peer that follow each
//! other directly form a run, so a document typed by one person is a single run however long it is. Local versions are
//! topologically ordered: parents have smaller numbers than their children.
//!
//! The Lamport number of an operation is one more than the largest among its parents, and 1 where it has none. It is derived
//! here and never read from outside.

mod run;
mod ancestry;
mod claims;
mod difference;
mod base;
mod parts;
mod walk;
mod visited;
mod check;
#[cfg(test)]
mod tests;

pub(crate) use base::Base;
pub(crate) use claims::Claim;
pub(crate) use difference::Difference;
pub(crate) use parts::Parents;
pub(crate) use run::{Graph, PeerIx, Run};
pub(crate) use visited::Visited;
pub(crate) use walk::Walk;
