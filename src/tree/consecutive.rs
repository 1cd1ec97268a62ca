//! Spans of consecutive numbers, the commonest kind.

use super::spans::Span;

/// The numbers `from..from + len`, each one element.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Consecutive {
    pub(crate) from: u32,
    pub(crate) len: u32,
}

impl Consecutive {
    pub(crate) fn end(self) -> u32 {
        self.from + self.len
    }

    /// Takes in `next` if it begins where this ends.
    pub(crate) fn extend(&mut self, next: Consecutive) -> bool {
        let reads_on = self.end() == next.from;
        if reads_on {
            self.len += next.len;
        }
        reads_on
    }
}

impl Span for Consecutive {
    type Measure = u32;

    fn measure(&self) -> u32 {
        self.len
    }

    fn len(&self) -> u32 {
        self.len
    }

    fn split(&mut self, at: u32) -> Self {
        let right = Consecutive {
            from: self.from + at,
            len: self.len - at,
        };
        self.len = at;
        right
    }
}
