//! Reading marked text.

use std::fmt;
use std::ops::Range;

use smallvec::SmallVec;

use super::Doc;
use super::cell_value::plain_value;
use super::showing::Showing;
use super::view_text::Text;
use crate::id::Lv;
use crate::oplog::{ContainerIx, KeyIx};
use crate::state::TextMarks;
use crate::value::Value;

/// Text, and what it is marked with; see [`Text::spans`].
#[derive(Clone, PartialEq, Debug)]
pub struct Span<'d> {
    /// The text.
    pub text: String,
    /// Keys and values of the marks that show there, by key.
    pub attributes: Vec<(&'d str, Value)>,
}

/// What shows on a stretch of text: of each key the mark.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Style {
    /// Where the stretch ends; it begins where the one before ends, the first at 0.
    pub(super) end: u32,
    /// By number of the key.
    pub(super) shown: SmallVec<[(KeyIx, Lv); 2]>,
}

impl<'d> Text<'d> {
    /// The text in stretches that are marked alike, in order, each as long as can be; none for an empty text. O(n log n) for n
    /// marks, and the text.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, Span};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| {
    ///     tx.text("body").push("Hello world")?;
    ///     tx.text("body").mark(0..5, "bold", true)
    /// })?;
    /// let spans = doc.text("body").spans();
    /// assert_eq!(spans[0], Span { text: "Hello".into(), attributes: vec![("bold", true.into())] });
    /// assert_eq!(spans[1], Span { text: " world".into(), attributes: vec![] });
    /// # Ok(())
    /// # }
    /// ```
    pub fn spans(&self) -> Vec<Span<'d>> {
        let Some((doc, container)) = self.place() else {
            return Vec::new();
        };
        let mut rest = Scalars::new(self.chunks());
        let mut start = 0;
        let mut spans = Vec::new();
        for style in doc.styles(container) {
            spans.push(Span {
                text: rest.take(style.end - start),
                attributes: doc.attributes(&style),
            });
            start = style.end;
        }
        spans
    }
}

impl Doc {
    /// What shows on a text, in stretches that differ from those beside them.
    pub(super) fn styles(&self, text: ContainerIx) -> Vec<Style> {
        self.styles_in(text, 0..self.state.sequence_len(text))
    }

    /// Likewise on a part of it.
    pub(super) fn styles_in(&self, text: ContainerIx, range: Range<u32>) -> Vec<Style> {
        self.styles_of(text, range, |marks, mark| marks.counts(mark))
    }

    /// Likewise, of only some marks.
    pub(super) fn styles_of(
        &self,
        text: ContainerIx,
        range: Range<u32>,
        is_wanted: impl Fn(&TextMarks, Lv) -> bool,
    ) -> Vec<Style> {
        let mut styles = Vec::new();
        let mut showing = Showing::new(range.start);
        if let Some(marks) = self.state.marks(text) {
            for mark in marks.covering(range.start) {
                if is_wanted(marks, mark) {
                    showing.turn(mark, self);
                }
            }
            for (end, at) in marks.ends_between(range.start, range.end) {
                if at > showing.at {
                    self.show_until(at, &mut showing, &mut styles);
                }
                if is_wanted(marks, end.mark) {
                    showing.turn(end.mark, self);
                }
            }
        }
        if range.end > showing.at {
            self.show_until(range.end, &mut showing, &mut styles);
        }
        styles
    }

    fn show_until(&self, at: u32, showing: &mut Showing, styles: &mut Vec<Style>) {
        showing.settle(self);
        showing.at = at;
        let shown = showing.visible(self);
        match styles.last_mut() {
            Some(last) if self.same_attributes(&last.shown, &shown) => last.end = at,
            _ => styles.push(Style { end: at, shown }),
        }
    }

    fn same_attributes(&self, a: &[(KeyIx, Lv)], b: &[(KeyIx, Lv)]) -> bool {
        let bytes = |mark| self.log.marks.cell_bytes(mark);
        a.len() == b.len()
            && a.iter()
                .zip(b)
                .all(|(a, b)| a.0 == b.0 && (a.1 == b.1 || bytes(a.1) == bytes(b.1)))
    }

    /// Keys and values that show, by key.
    pub(super) fn attributes(&self, style: &Style) -> Vec<(&str, Value)> {
        let mut all = Vec::with_capacity(style.shown.len());
        for &(key, mark) in &style.shown {
            if let Some(mark) = self.log.marks.get(mark) {
                all.push((self.log.keys.name(key), plain_value(mark.value)));
            }
        }
        all.sort_unstable_by_key(|&(key, _)| key);
        all
    }
}

/// Takes scalars off a text that comes in pieces.
pub(super) struct Scalars<'t, Chunks> {
    chunks: Chunks,
    rest: &'t str,
}

impl<'t, Chunks: Iterator<Item = &'t str>> Scalars<'t, Chunks> {
    pub(super) fn new(chunks: Chunks) -> Self {
        Scalars { chunks, rest: "" }
    }

    pub(super) fn take(&mut self, mut count: u32) -> String {
        let mut taken = String::new();
        while count > 0 {
            if self.rest.is_empty() {
                match self.chunks.next() {
                    Some(next) => self.rest = next,
                    None => break,
                }
                continue;
            }
            let mut ends = self.rest.char_indices().map(|(at, _)| at);
            let (here, end) = match ends.nth(count as usize) {
                Some(end) => (count, end),
                None => (super::text_mut::scalars(self.rest), self.rest.len()),
            };
            let (now, later) = self.rest.split_at(end);
            match taken.is_empty() {
                true => taken = now.to_owned(),
                false => taken.push_str(now),
            }
            self.rest = later;
            count -= here;
        }
        taken
    }
}

impl fmt::Display for Span<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
