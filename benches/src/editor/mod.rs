//! `editor`: what an editor asks beyond typing and merging, of us and of those who can.
//!
//! automerge-paper is typed, one transaction an edit, and a moment kept after each. Then, at places drawn from a seed:
//!
//! - *checkout*: the text as it was at some moment, read whole.
//! - *diff*: what differs between two moments 1,000 transactions apart, on and back.
//! - *blame*: who wrote each stretch of the whole text.
//!
//! Apart from that: a text with many marks, read as spans, and what it holds in memory.

mod history;
mod marks;
mod run;

pub use run::run;
