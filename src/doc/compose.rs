//! From edits one after another to one pass over the old sequence.
//!
//! The new sequence is a piece table: pieces of the old one, and pieces of what was inserted. Each edit cuts and moves
//! pieces in O(log n); in the end the pieces are read off in order.

use super::record::Edit;
use crate::tree::{Consecutive, SpanLeaf, Tree};

const LEAF: usize = 16;
/// Marks pieces of what was inserted.
const INSERTED: u32 = 1 << 31;
/// The old sequence counts as endless: how long it was does not matter.
const ENDLESS: u32 = 1 << 30;

/// One step over the old sequence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Retain(u32),
    Delete(u32),
    /// Of everything that was inserted, `len` elements from `from` on.
    Insert {
        from: u32,
        len: u32,
    },
}

/// Whether edits in order leave the sequence as it was: everything inserted was deleted, and nothing else.
pub(super) fn come_to_nothing(edits: &[Edit]) -> bool {
    let sum = |len: fn(&Edit) -> u32| edits.iter().map(|edit| u64::from(len(edit))).sum::<u64>();
    if edits.len() == 1 || sum(|edit| edit.inserted) != sum(|edit| edit.deleted) {
        return edits.is_empty();
    }
    let mut nothing = true;
    compose(edits, |_| nothing = false);
    nothing
}

/// Calls `step` with each step of the pass that does the same as the edits in order. The last retain is left out.
pub(super) fn compose(edits: &[Edit], mut step: impl FnMut(Step)) {
    if let &[
        Edit {
            at,
            deleted,
            inserted,
        },
    ] = edits
    {
        let steps = [
            Step::Retain(at),
            Step::Insert {
                from: 0,
                len: inserted,
            },
            Step::Delete(deleted),
        ];
        let is_something = |step: &Step| match *step {
            Step::Retain(len) | Step::Delete(len) | Step::Insert { len, .. } => len > 0,
        };
        steps.into_iter().filter(is_something).for_each(step);
        return;
    }
    let whole = Consecutive {
        from: 0,
        len: ENDLESS,
    };
    let mut pieces: Tree<SpanLeaf<Consecutive, LEAF>> = Tree::new(SpanLeaf::from_slice(&[whole]));
    let mut from = INSERTED;
    for edit in edits {
        pieces.remove_range(edit.at, edit.deleted, |_| {});
        if edit.inserted > 0 {
            let piece = Consecutive {
                from,
                len: edit.inserted,
            };
            pieces.insert_span(edit.at, piece, |before, new| {
                before.from >= INSERTED && before.extend(*new)
            });
        }
        from += edit.inserted;
    }
    let mut old = 0;
    let mut retained = 0;
    for piece in pieces.spans() {
        if piece.from >= INSERTED {
            if retained > 0 {
                step(Step::Retain(retained));
                retained = 0;
            }
            step(Step::Insert {
                from: piece.from - INSERTED,
                len: piece.len,
            });
            continue;
        }
        if piece.from > old {
            if retained > 0 {
                step(Step::Retain(retained));
                retained = 0;
            }
            step(Step::Delete(piece.from - old));
        }
        retained += piece.len;
        old = piece.from + piece.len;
    }
}
