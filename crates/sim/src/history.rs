//! What happened, in lines for people.

use std::collections::VecDeque;
use std::fmt;

/// The last lines of what happened. Nothing is written where none are kept.
#[derive(Clone, Debug, Default)]
pub struct History {
    most: usize,
    lines: VecDeque<String>,
    left_out: usize,
}

impl History {
    /// Keeps nothing.
    pub fn off() -> History {
        History::default()
    }

    /// Keeps the last so many lines.
    pub fn last(most: usize) -> History {
        History {
            most,
            ..History::default()
        }
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// How many lines came before those that were kept.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    pub(crate) fn is_on(&self) -> bool {
        self.most > 0
    }

    /// Writes what happened at a time in milliseconds.
    pub(crate) fn note(&mut self, now: u64, what: fmt::Arguments<'_>) {
        if !self.is_on() {
            return;
        }
        if self.lines.len() == self.most {
            self.lines.pop_front();
            self.left_out += 1;
        }
        self.lines.push_back(format!("{now:>8} ms  {what}"));
    }
}
