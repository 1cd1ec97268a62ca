//! Texts that have marks: those move with every edit. Texts without any pay nothing for it.

use super::State;
use super::marks::{Loosened, TextMarks};
use crate::id::Lv;
use crate::oplog::{Border, ContainerIx, OpLog};

impl State {
    /// Whether any text has marks.
    #[inline]
    pub(crate) fn has_marks(&self) -> bool {
        !self.marks.is_empty()
    }

    /// The texts that have marks which count. O(n).
    pub(crate) fn marked(&self) -> impl Iterator<Item = ContainerIx> {
        let all = self.marks.iter();
        let marked = all.filter(|(_, marks)| marks.counting().next().is_some());
        marked.map(|(&text, _)| text)
    }

    /// The marks of a text, if it has any.
    pub(crate) fn marks(&self, text: ContainerIx) -> Option<&TextMarks> {
        self.marks.get(&text)
    }

    pub(crate) fn marks_mut(&mut self, text: ContainerIx) -> Option<&mut TextMarks> {
        self.marks.get_mut(&text)
    }

    /// Puts a mark on a text.
    pub(crate) fn put_mark(&mut self, text: ContainerIx, mark: Lv, borders: [Border; 2]) {
        let marks = self.marks.entry(text).or_insert_with(TextMarks::new);
        marks.put(mark, borders);
    }

    /// Says whether a mark that is there counts.
    pub(crate) fn turn_mark(&mut self, text: ContainerIx, mark: Lv, counts: bool) {
        if let Some(marks) = self.marks.get_mut(&text) {
            marks.turn(mark, counts);
        }
    }

    /// Moves a mark that stands there.
    pub(crate) fn relocate_mark(
        &mut self,
        text: ContainerIx,
        mark: Lv,
        from: [Border; 2],
        to: [Border; 2],
    ) {
        if let Some(marks) = self.marks.get_mut(&text) {
            marks.relocate(mark, from, to);
        }
    }

    /// Takes a mark out that stands there.
    pub(crate) fn take_mark(&mut self, text: ContainerIx, mark: Lv, borders: [Border; 2]) {
        if let Some(marks) = self.marks.get_mut(&text) {
            marks.take(mark, borders);
            if marks.is_empty() {
                self.marks.remove(&text);
            }
        }
    }

    /// Moves the marks of a text into which something was inserted by somebody who knew all of it.
    pub(crate) fn marks_inserted(&mut self, text: ContainerIx, at: u32, len: u32) {
        if let Some(marks) = self.marks.get_mut(&text) {
            marks.inserted(at, len);
        }
    }

    /// Moves the marks of a text from which something was deleted; `loosened` hears of ends that stood within that.
    pub(crate) fn marks_deleted(
        &mut self,
        text: ContainerIx,
        at: u32,
        len: u32,
        loosened: impl FnMut(Loosened),
    ) {
        if let Some(marks) = self.marks.get_mut(&text) {
            marks.deleted(at, len, loosened);
        }
    }

    /// Forgets the marks of texts that the log no longer has.
    pub(super) fn forget_marks(&mut self, log: &OpLog) {
        if self.has_marks() {
            let count = log.containers.len();
            self.marks.retain(|text, _| text.at() < count);
        }
    }

    pub(super) fn check_marks(&self) -> Result<(), String> {
        for (&text, marks) in &self.marks {
            marks.check(self.sequence_len(text))?;
        }
        Ok(())
    }
}
