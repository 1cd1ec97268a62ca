//! What the document says now: texts, lists, maps and counters, without their history.
//!
//! A text is a rope; a list is spans of the operations whose values it shows, so that values are stored once, in the
//! oplog, and which elements between them do not show, since what they showed stands elsewhere; a map's keys are registers. Nothing here knows who wrote what: merging is decided before it
//! arrives.

pub(crate) mod text;
mod marks;
mod hidden;
mod list;
mod map;
mod register;
mod container;
mod marked;
mod stroke;
mod unseen;
mod notes;
mod order;

pub(crate) use container::State;
pub(crate) use list::{ListPlace, ListState};
pub(crate) use marks::TextMarks;
pub(crate) use notes::{Note, Notes};
pub(crate) use order::order;
pub(crate) use stroke::Stroke;
pub(crate) use unseen::Unseen;
