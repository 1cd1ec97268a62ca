//! The face: a document, its transactions, its views, and what a merge did.
//!
//! A [`Doc`] has one owner and no lock: reading borrows it, writing borrows it mutably. Views and handles are borrows and
//! cost nothing to make. A transaction notes how to take back each change while it makes it, so that an error or a panic
//! within leaves no trace. A merge is planned whole, against scratch, before the first change.

mod document;
mod path;
mod paths;
mod cell_value;
mod view_text;
mod view_list;
mod view_map;
mod json;
mod transaction;
mod write;
mod write_list;
mod restore;
mod fits;
mod handle;
mod text_mut;
mod units_mut;
mod mark;
mod showing;
mod spans;
mod restyle;
mod quill;
mod list_mut;
mod map_mut;
mod move_to;
mod short_path;
mod origin;
mod change;
mod record;
mod brief;
mod what;
mod tell;
mod tell_notes;
mod tell_briefly;
mod tell_values;
mod compose;
mod text_edits;
mod unit_edits;
mod exchange;
mod pieces;
mod keep;
mod load;
mod log;
mod skip;
mod ingest_remarks;
mod tables;
mod ingest;
mod followed;
mod ready;
mod segments;
mod named;
mod same;
mod written;
mod elements;
mod integrate;
mod keystroke;
mod open;
mod open_late;
mod history;
mod claim;
mod verify;
mod shallow;
mod summary;
mod arrived;
mod ascending;
mod rename;
mod align;
mod differ;
mod adopt;
mod split;
mod version;
mod at;
mod diff;
mod order;
mod policy;
mod policies;
mod review;
mod blame;
mod explanation;
mod explain;
mod explain_within;
mod explain_list;
mod revert;
mod shape;
mod shows;
mod reconcile;
mod reconcile_keyed;
mod anchor;
mod inverse;
mod undo;
mod kept;
mod cursors;
mod revert_list;
mod check;

#[cfg(test)]
mod tests_keystroke;
#[cfg(test)]
mod tests_paths;
#[cfg(test)]
mod tests_claim;
#[cfg(test)]
mod tests_refused;
#[cfg(test)]
mod tests_opened;
#[cfg(test)]
mod tests_waiting;
#[cfg(test)]
mod tests_policies;

pub use anchor::{Anchor, Side};
pub use at::Past;
pub use blame::{Blame, Written};
pub use change::{Change, ListEdit, Rejected, Waiting};
pub use cursors::Cursors;
pub use document::Doc;
pub use explanation::{About, Act, Competitor, Decision, Explanation, Fate, Rule};
pub use keep::{SaveOptions, SavePoint};
pub use list_mut::ListMut;
pub use log::LogEntry;
pub use map_mut::{CounterMut, MapMut};
pub use origin::Origin;
pub use pieces::Pieces;
pub use policy::Policy;
pub use review::Contested;
pub use shape::Shape;
pub use spans::Span;
pub use split::Fork;
pub use text_edits::{Attributes, TextEdit};
pub use text_mut::TextMut;
pub use transaction::Transaction;
pub use undo::{UndoManager, Undone};
pub use units_mut::UnitsMut;
pub use view_list::List;
pub use view_map::{Conflict, Counter, Map};
pub use view_text::{Bytes, Text, Utf16};
