//! Marking text: by a transaction, and by what is merged.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::Doc;
use super::fits::check_mark;
use super::spans::Style;
use super::write::cell_of;
use crate::error::Error;
use crate::id::Lv;
use crate::oplog::{Border, ContainerIx, Expand, Extent};
use crate::sequence::Edit;
use crate::state::Note;
use crate::value::Value;

/// By text, marks of which it is not known on which side of what was inserted an end stands.
pub(super) type Doubtful = BTreeMap<ContainerIx, BTreeSet<Lv>>;

impl Doc {
    /// Whether a mark can be made with that key and value, wherever.
    pub(super) fn check_marking(&self, key: &str, value: &Value) -> Result<(), Error> {
        if matches!(value, Value::List(_) | Value::Map(_)) {
            return Err(Error::NotPlain {
                key: key.to_owned(),
            });
        }
        self.check_key(key)?;
        check_mark(&self.log, cell_of(value), &self.limits)?;
        self.check_room(1)
    }

    /// Marks text; the range has been checked and holds something, and so have key and value.
    pub(super) fn mark_text(
        &mut self,
        text: ContainerIx,
        range: Range<u32>,
        key: &str,
        value: &Value,
        expand: Expand,
    ) -> Result<(), Error> {
        if !value.is_null() {
            self.check_position(text, range.clone(), key)?;
        }
        let (mark, joined) = self.begin(1)?;
        let key = self.log.keys.intern(key);
        let extent = Extent::new(range.end - range.start, expand);
        let mut cell = Vec::new();
        cell_of(value).write(&mut cell);
        self.log
            .push_mark(mark, text, range.start, (extent, key), &cell, joined);
        let borders = Border::of(range.start, extent);
        self.state.put_mark(text, mark, borders);
        self.notes.push(Note::Marked {
            text,
            mark,
            borders,
        });
        Ok(())
    }

    /// Whether one more key may show on every character of a range.
    fn check_position(&self, text: ContainerIx, range: Range<u32>, key: &str) -> Result<(), Error> {
        let limit = self.limits.marks_per_position;
        let Some(marks) = self.state.marks(text) else {
            return within(limit, 1);
        };
        // Seldom do so many lie upon each other; if they do, some may be of one key, or take another away.
        if marks.most_open(range.start, range.end) < limit {
            return Ok(());
        }
        let key = self.log.keys.find(key);
        let styles = self.styles_in(text, range);
        let others = |style: &Style| {
            let others = style.shown.iter().filter(|shown| Some(shown.0) != key);
            others.count()
        };
        let most = styles.iter().map(others).max().unwrap_or(0);
        within(
            limit,
            u32::try_from(most).unwrap_or(u32::MAX).saturating_add(1),
        )
    }

    /// Moves the marks of a text as these edits moved its characters, and puts those that they bring. What comes from a
    /// tracker may stand among deleted text, so that loose ends there are doubtful.
    pub(super) fn move_marks(
        &mut self,
        text: ContainerIx,
        edits: &[Edit],
        mut doubtful: Option<&mut Doubtful>,
    ) {
        for edit in edits {
            match *edit {
                Edit::Insert { at, len, .. } => {
                    if let Some(marks) = self.state.marks_mut(text) {
                        if let Some(doubtful) = &mut doubtful {
                            let loose = marks.loose_at(at).peekable();
                            note_doubtful(doubtful, text, loose);
                        }
                        marks.inserted(at, len);
                    }
                }
                Edit::Delete { at, len } => self.state.marks_deleted(text, at, len, |_| {}),
                Edit::Mark { lv, start, end } => self.state.put_mark(text, lv, [start, end]),
                Edit::Unmark { lv } => self.state.turn_mark(text, lv, false),
                // Not in a text.
                Edit::Set { .. } | Edit::Move { .. } => {}
            }
        }
    }

    /// Asks the whole history of a text where doubtful marks stand, when it shows what it is to show.
    /// Notes each that stands elsewhere.
    pub(super) fn settle_marks(&mut self, doubtful: Doubtful, mut note: impl FnMut(Note)) {
        for (text, marks) in doubtful {
            let len = self.state.sequence_len(text);
            let (Some(all), Some(standing)) = (
                self.replay.whole(&self.log, text, len),
                self.state.marks(text),
            ) else {
                continue;
            };
            let stood = standing.borders_of(&marks);
            for (mark, stood) in stood {
                if let Some(borders) = all.borders(mark)
                    && borders != stood
                {
                    self.state.relocate_mark(text, mark, stood, borders);
                    note(Note::MarkSettled {
                        text,
                        mark,
                        before: stood,
                        now: borders,
                    });
                }
            }
        }
    }

    /// Notes which marks a deletion moves, so that it can be taken back.
    #[cold]
    pub(super) fn loosen(&mut self, text: ContainerIx, at: u32, len: u32) {
        if self.state.marks(text).is_none() {
            return;
        }
        let loosened = &mut self.notes.loosened;
        let from = crate::oplog::offset_of(loosened.len());
        self.state
            .marks_deleted(text, at, len, |end| loosened.push(end));
        self.notes.push(Note::Loosened {
            text,
            at,
            len,
            from,
        });
    }
}

fn note_doubtful(
    doubtful: &mut Doubtful,
    text: ContainerIx,
    mut loose: std::iter::Peekable<impl Iterator<Item = Lv>>,
) {
    if loose.peek().is_some() {
        doubtful.entry(text).or_default().extend(loose);
    }
}

fn within(limit: u32, found: u32) -> Result<(), Error> {
    if found <= limit {
        return Ok(());
    }
    Err(Error::Limit {
        what: "marks_per_position",
        limit: limit.into(),
        found: found.into(),
    })
}
