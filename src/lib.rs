//! Syncline is a CRDT engine for collaborative editors and offline-first programs.
//!
//! Every replica edits its own copy at once, offline for as long as it likes. Any two replicas that exchange what they
//! lack hold the same document.
//!
//! ```
//! use syncline::Doc;
//!
//! # fn main() -> Result<(), syncline::Error> {
//! let mut laptop = Doc::new();
//! laptop.transact(|tx| {
//!     tx.text("body").insert(0, "Hello wrld")?;
//!     tx.map("meta").set("title", "Notes")
//! })?;
//!
//! let mut phone = Doc::load(&laptop.save())?;
//! phone.transact(|tx| tx.text("body").insert(7, "o"))?;
//! laptop.transact(|tx| tx.text("body").delete(0..5))?;
//!
//! let change = laptop.merge(&phone.delta_since(&laptop.version_vector()))?;
//! assert_eq!(laptop.text("body").to_string(), " world");
//! assert_eq!(change.text("body").len(), 2); // keep 2 characters, insert "o"
//! # Ok(())
//! # }
//! ```
//!
//! # What it is not
//!
//! Not a database and not a network: it keeps one document in memory and turns it into bytes and back. It promises no order
//! between concurrent writers, and no secrecy.
//!
//! # The faces
//!
//! - [`Doc`] is a document; [`Doc::transact`] changes it, all or nothing.
//! - [`Text`], [`List`], [`Map`] and [`Counter`] read it.
//! - [`Doc::version_vector`], [`Doc::delta_since`] and [`Doc::merge`] exchange operations; [`Change`] tells what a merge or
//!   a transaction did, as edits for an editor, in the [`Unit`] that it counts in.
//! - [`Doc::at`] is the document as it was, [`Doc::diff`] what differs between two versions, [`Doc::blame`] who wrote what,
//!   [`Doc::revert_to`] the way back.
//! - [`Transaction::set_policy`] says what shows where people disagree, [`Doc::review`] lists it, [`Doc::explain`] says why.
//! - [`Transaction::reconcile`] writes a Rust type where it differs, [`Doc::deserialize`] reads it back.
//! - [`Doc::anchor`] is a position that survives edits; [`Cursors`] keeps many.
//! - [`sync::Session`] does it all between two replicas, for one document or many.
//! - [`Error`] says what was wrong, where; [`Limits`] bound what grows from input.

/// The code of the README runs too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// That of the page on rich text.
#[cfg(doctest)]
#[doc = include_str!("../docs/rich-text.md")]
struct RichText;

/// That of the page on conflicts.
#[cfg(doctest)]
#[doc = include_str!("../docs/conflicts.md")]
struct Conflicts;

/// And that of the page on versions.
#[cfg(doctest)]
#[doc = include_str!("../docs/history.md")]
struct GoingBack;

mod id;
mod value;
mod limits;
mod column;
mod tree;
mod graph;
mod oplog;
mod sequence;
mod state;
mod summary;
mod codec;
mod error;
mod doc;
pub mod sync;

pub use codec::{
    DecodeError, InspectedFrame, InspectedPeer, InspectedSection, Inspection, Level, inspect,
};
pub use doc::{
    About, Act, Anchor, Attributes, Blame, Bytes, Change, Competitor, Conflict, Contested, Counter,
    CounterMut, Cursors, Decision, Doc, Explanation, Fate, Fork, List, ListEdit, ListMut, LogEntry,
    Map, MapMut, Origin, Past, Pieces, Policy, Rejected, Rule, SaveOptions, SavePoint, Shape, Side,
    Span, Text, TextEdit, TextMut, Transaction, UndoManager, Undone, UnitsMut, Utf16, Waiting,
    Written,
};
pub use error::Error;
pub use id::{Frontier, OpId, Peer, VersionVector};
pub use limits::Limits;
pub use oplog::{Expand, Kind};
pub use state::text::Unit;
pub use summary::{
    Difference, Entry, Known, Missing, Opening, ReconcileError, Reconciliation, Summary,
};
pub use value::Value;
