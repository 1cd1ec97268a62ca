//! A naive model of a whole document, to judge the engine by.
//!
//! It shares no code and no idea with the engine. There is one model for all replicas: it holds every
//! operation anybody ever made, each with the explicit set of operations that its author knew. A
//! replica is nothing but such a set, and every reading begins from the whole history and asks of
//! each operation whether the replica knows it. Nothing is replayed, cached or merged.
//!
//! - `known`: a set of operations.
//! - `history`: the operations, what they knew, their Lamports.
//! - `sequence`: texts and lists, in FugueMax order by its definition as a tree (Weidner & Kleppmann
//!   2023, "The Art of the Fugue"), where the engine scans.
//! - `marks`: what texts are marked with.
//! - `moved`: where containers stand that were moved.
//! - `read`: what a replica shows, and its conflicts.
//! - `write`: the edits of a scenario, as operations.
//! - `outcome`: the end of a scenario.
//! - `typing`: the end of an editing trace.

mod history;
mod known;
mod marks;
mod moved;
mod read;
mod sequence;
mod outcome;
mod typing;
mod write;

// The model's own tests, which run without the engine, use less of it.
#[allow(unused_imports)]
pub use self::{read::Entry, write::Refusal};
pub use history::Model;
pub use known::Known;
pub use outcome::outcome;
pub use read::show_conflicts;
pub use typing::merged;
