//! What an editor needs beyond text: anchors, marks, undo, the past, and why a place shows what it does.

mod anchors;
mod marks;
mod undo;
mod undo_marks;
mod restores;
mod log;
mod history;
mod explain;
mod policies;
mod moved;
mod board;
mod deep;
