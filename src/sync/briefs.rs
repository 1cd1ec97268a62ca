//! Live keystrokes in few bytes.
//!
//! ```text
//! brief := kind | 16 another document than the brief before | 32 another author   [number] [author]   keystroke
//! ```
//!
//! A keystroke of the format (see `docs/format.md`) names its peer, the number of its operation and the mark of the one
//! before. Of one that goes on from the last that was sent of its author, the other side knows all that: it is left out, and
//! the mark is only sealed. Authors of a document are numbered as their keystrokes are first sent whole.

use crate::codec::{Typed, typed, typed_frame};
use crate::id::OpId;

/// Flags of the first byte.
pub(super) const OTHER_DOCUMENT: u8 = 16;
pub(super) const OTHER_AUTHOR: u8 = 32;

/// Authors of one document that have a number.
const AUTHORS_MAX: usize = 256;

/// Whose keystrokes were last sent, in one direction. Both sides keep the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Briefs {
    /// Each with the number of its next operation.
    authors: Vec<OpId>,
    /// Of the last keystroke.
    last: u32,
}

/// A keystroke without what the other side knows.
pub(super) struct Brief<'a> {
    /// The author's number, where it is not that of the keystroke before.
    pub(super) author: Option<u32>,
    pub(super) mark: [u8; 4],
    pub(super) rest: &'a [u8],
}

impl Briefs {
    /// Notes a delta that was sent or received whole.
    pub(super) fn note(&mut self, delta: &[u8]) {
        if let Some(typed) = typed(delta) {
            self.note_typed(&typed);
        }
    }

    fn note_typed(&mut self, typed: &Typed<'_>) {
        let peer = typed.first.peer;
        let seq = typed.first.seq.saturating_add(typed.len);
        let next = OpId { peer, seq };
        match self.authors.iter().position(|author| author.peer == peer) {
            Some(at) => {
                if let Some(author) = self.authors.get_mut(at) {
                    *author = next;
                }
                self.last = number(at);
            }
            None if self.authors.len() < AUTHORS_MAX => {
                self.last = number(self.authors.len());
                self.authors.push(next);
            }
            None => {}
        }
    }

    /// A delta as a brief, if it is one; notes it.
    pub(super) fn shorten<'a>(&mut self, delta: &'a [u8]) -> Option<Brief<'a>> {
        let typed = typed(delta)?;
        let at = self.authors.iter().position(|next| *next == typed.first)?;
        let author = (number(at) != self.last).then_some(number(at));
        self.note_typed(&typed);
        Some(Brief {
            author,
            mark: typed.mark,
            rest: typed.rest,
        })
    }

    /// The operation that a brief begins with.
    pub(super) fn next(&self, author: Option<u32>) -> Option<OpId> {
        let author = author.unwrap_or(self.last) as usize;
        self.authors.get(author).copied()
    }
}

/// The delta that a brief stands for.
pub(super) fn lengthen(first: OpId, mark: [u8; 4], rest: &[u8]) -> Vec<u8> {
    typed_frame(first, mark, rest)
}

/// The operation before one.
pub(super) fn before(first: OpId) -> Option<OpId> {
    let seq = first.seq.checked_sub(1)?;
    Some(OpId { seq, ..first })
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
