//! `summary`: what it takes two replicas to find what differs between them, with our reconciliation and with others'.
//!
//! Each side has `n` entries, of which `d` differ, each longer on one side, the sides in turn. Keys are random, or
//! consecutive, and the newest differ. Counted are bytes both ways without the operations, round trips until the asker can
//! have all that it lacks, and the time of both sides together.
//!
//! - *negentropy* reconciles sets of (timestamp, hash); an entry that grew is another item at the same timestamp. What it
//!   finds is yet to be fetched: one round trip more.
//! - *automerge* sends its heads and a Bloom filter over its changes; `n` are changes there, of which each side made half
//!   of `d` alone.
//! - *yrs* and *loro* send a state vector of all peers, whatever differs.

mod world;
mod ours;
mod negentropy;
mod vectors;
mod run;

pub use run::run;
pub use world::World;

use std::time::Duration;

/// What one exchange took.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// Both ways, without the operations.
    pub bytes: usize,
    /// Until the asker can have all that it lacks; none for what is not an exchange.
    pub trips: Option<u32>,
    /// Of both sides; none for what is only counted.
    pub time: Option<Duration>,
}
