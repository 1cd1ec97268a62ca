//! Replicas of Syncline on a network that fails, in a simulated time, from one seed.
//!
//! A history is made by [`run`]: some replicas write documents, are joined by sessions over links that delay, lose, repeat,
//! reorder and change messages, break and part; they crash and come back with what they saved. Then faults stop, and all
//! replicas are to hold the same. The same seed makes the same history on every machine: there is no clock, no thread and no
//! chance but the seed. `docs/simulation.md` tells more.

mod random;
mod history;
mod config;
mod outcome;
mod crowd;
mod plan;
mod edit;
mod places;
mod store;
mod file;
mod replica;
mod link;
mod planted;
mod world;
mod letter;
mod write;
mod life;
mod showing;
mod shallow;
mod network;
mod joined;
mod sessions;
mod judge;
mod run;

pub use config::{Config, Planted};
pub use history::History;
pub use outcome::{Failure, Outcome};
pub use run::{run, run_watched};
