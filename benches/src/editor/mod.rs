//! `editor`: what an editor asks beyond typing and merging, of us and of those who can.
//!
//! automerge-paper is typed, one transaction an edit. Then, at places drawn from a seed:
//!
//! - *checkout*: the text as it was at some moment, read whole.
//! - *diff*: what differs between two moments 1,000 transactions apart, on and back.
//! - *blame*: who wrote each stretch of the whole text.
//! - *anchors*: made, asked for after a keystroke, and all moved past one.
//! - *undo*: a step of one writer, while two others write.
//!
//! Apart from that: a text with many marks, read as spans, and what it holds in memory; and a value of 1,000 items that is
//! written over with one field changed.

mod history;
mod marks;
mod positions;
mod reconcile;
mod run;
mod undo;

pub use run::run;
