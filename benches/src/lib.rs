//! Syncline beside the other engines, as ratios within one run.
//!
//! Every row of the table is a [`work::Work`] that each peer does through an adapter of its own in [`peers`]. A peer
//! that cannot do a row says why, and the table shows a dash. `cargo run --release -- engine` prints the table; each
//! measurement runs in a process of its own, and heap is measured apart from time. `sizes` does the same for bytes, and `summary`
//! for what it takes to find out what differs; `session` measures what it takes to be kept in step,
//! `editor` what an editor asks beyond that, and `growth` what of all this grows with the document.
//!
//! Words: a *peer* is an engine in the table, a *trace* is an editing history, a *row* is one line of the table: a
//! work and the bound it is held to.

pub mod random;
pub mod ids;
pub mod trace;
pub mod generate;
pub mod engine;
pub mod encoding;
pub mod peers;
pub mod heap;
pub mod work;
pub mod rows;
pub mod options;
pub mod child;
pub mod run;
pub mod about;
pub mod markdown;
pub mod table;
pub mod sizes;
#[cfg(feature = "ours")]
pub mod summary;
#[cfg(feature = "ours")]
pub mod session;
#[cfg(feature = "ours")]
pub mod editor;
#[cfg(feature = "ours")]
pub mod growth;
