//! What happened to a text, as one pass over the old one; and what it is marked with.

use std::collections::{BTreeMap, BTreeSet};

use super::Doc;
use super::compose::{Step, compose};
use super::diff::TextStep;
use super::record::Edit;
use super::spans::Style;
use crate::id::Lv;
use crate::oplog::ContainerIx;
use crate::state::TextMarks;
use crate::value::Value;

/// What text is marked with, by key.
pub type Attributes = BTreeMap<String, Value>;

/// One step of an edited text, in one pass over the old text. What follows the last step stays as it is. Lengths are scalars,
/// unless another [`Unit`](crate::Unit) was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TextEdit {
    /// So much stays.
    Retain(usize),
    /// This text is inserted.
    Insert(String),
    /// So much goes.
    Delete(usize),
}

pub(super) fn text_edits(edits: &[Edit], inserted: &str) -> Vec<TextEdit> {
    let mut offsets = None;
    let mut steps = Vec::new();
    compose(edits, |step| {
        let step = match step {
            Step::Retain(len) => TextEdit::Retain(len as usize),
            Step::Delete(len) => TextEdit::Delete(len as usize),
            Step::Insert { from, len } => {
                let (from, to) = (from as usize, (from + len) as usize);
                let text = if inserted.is_ascii() {
                    inserted.get(from..to)
                } else {
                    let offsets: &Vec<usize> = offsets.get_or_insert_with(|| {
                        inserted
                            .char_indices()
                            .map(|(at, _)| at)
                            .chain([inserted.len()])
                            .collect()
                    });
                    match (offsets.get(from), offsets.get(to)) {
                        (Some(&from), Some(&to)) => inserted.get(from..to),
                        _ => None,
                    }
                };
                let text = text.unwrap_or("");
                // What was typed in several goes at one place is one insertion.
                if let Some(TextEdit::Insert(before)) = steps.last_mut() {
                    before.push_str(text);
                    return;
                }
                TextEdit::Insert(text.to_owned())
            }
        };
        steps.push(step);
    });
    steps
}

/// Which marks counted before.
pub(super) struct Before {
    /// The first new operation.
    pub(super) since: Lv,
    /// Of those before it, the ones that count now and did not, or the other way.
    pub(super) turned: BTreeSet<Lv>,
}

impl Doc {
    /// The pass over a text that did the same as edits in order, with what is marked: text that was inserted, and what stayed
    /// where marks reach that are new or were turned.
    pub(super) fn marked_edits(
        &self,
        text: ContainerIx,
        edits: &[Edit],
        inserted: &str,
        before: &Before,
    ) -> Vec<(TextEdit, Attributes)> {
        let marks = self.state.marks(text);
        let reach = marks.and_then(|marks| marks.reach_of(&before.turned, before.since));
        let changed = match reach {
            Some((start, end)) => self.changed_styles(text, start..end, before),
            None => Vec::new(),
        };
        let len = self.state.sequence_len(text);
        let mut pass = Pass::new(&changed);
        for edit in text_edits(edits, inserted) {
            match edit {
                TextEdit::Retain(len) => pass.retain(length(len)),
                TextEdit::Insert(content) => {
                    let start = pass.at;
                    let end = start + super::text_mut::scalars(&content);
                    let styles = self.styles_in(text, start..end);
                    let styles = styles
                        .iter()
                        .map(|style| (style.end, self.attributes_of(style)));
                    pass.insert(&content, styles);
                }
                other => pass.push(other, Attributes::new()),
            }
        }
        pass.retain(len.saturating_sub(pass.at));
        pass.finish()
    }

    /// In a range, what such marks changed: stretches by their ends, those where nothing did without attributes.
    fn changed_styles(
        &self,
        text: ContainerIx,
        range: std::ops::Range<u32>,
        before: &Before,
    ) -> Vec<(u32, Attributes)> {
        let mut changed = vec![(range.start, Attributes::new())];
        let counted = |marks: &TextMarks, mark| {
            mark < before.since && marks.counts(mark) != before.turned.contains(&mark)
        };
        let old = self.styles_of(text, range.clone(), counted);
        let new = self.styles_in(text, range);
        let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
        while let (Some(before), Some(after)) = (old.peek(), new.peek()) {
            let end = before.end.min(after.end);
            let attributes = differing(self.attributes_of(before), self.attributes_of(after));
            changed.push((end, attributes));
            old.next_if(|style| style.end == end);
            new.next_if(|style| style.end == end);
        }
        changed
    }

    /// What a text is marked with, by the ends of stretches.
    fn attributes_along(&self, text: ContainerIx) -> Vec<(u32, Attributes)> {
        let styles = self.styles(text);
        let styles = styles.iter();
        styles
            .map(|style| (style.end, self.attributes_of(style)))
            .collect()
    }

    pub(super) fn attributes_of(&self, style: &Style) -> Attributes {
        let attributes = self.attributes(style).into_iter();
        attributes
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }
}

/// What makes the one the other: null where a key shows nothing any more.
pub(super) fn differing(before: Attributes, after: Attributes) -> Attributes {
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    let gone: Vec<_> = gone.map(|key| (key.clone(), Value::Null)).collect();
    let changed = after
        .into_iter()
        .filter(|(key, value)| !before.get(key).is_some_and(|old| is_same(old, value)));
    changed.chain(gone).collect()
}

/// Whether two plain values are stored alike.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => {
            a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
        }
        _ => a == b,
    }
}

/// A pass over an old text in the making, and where it stands in the new one.
struct Pass<'c> {
    at: u32,
    edits: Vec<(TextEdit, Attributes)>,
    /// What is marked otherwise, by the ends of stretches of the new text.
    changed: std::slice::Iter<'c, (u32, Attributes)>,
}

impl<'c> Pass<'c> {
    fn new(changed: &'c [(u32, Attributes)]) -> Self {
        Pass {
            at: 0,
            edits: Vec::new(),
            changed: changed.iter(),
        }
    }

    fn retain(&mut self, len: u32) {
        let end = self.at + len;
        while self.at < end {
            let (to, attributes) = match self.changed.as_slice().first() {
                Some((until, _)) if *until <= self.at => {
                    self.changed.next();
                    continue;
                }
                Some((until, attributes)) => (end.min(*until), attributes.clone()),
                None => (end, Attributes::new()),
            };
            self.push(TextEdit::Retain((to - self.at) as usize), attributes);
            self.at = to;
        }
    }

    /// Inserts a text, which is marked so up to each of these ends.
    fn insert(&mut self, content: &str, styles: impl Iterator<Item = (u32, Attributes)>) {
        let mut rest = content.chars();
        for (end, attributes) in styles {
            let text: String = rest.by_ref().take((end - self.at) as usize).collect();
            self.push(TextEdit::Insert(text), attributes);
            self.at = end;
        }
    }

    /// Appends a step, joined to the one before where that reads on. Of text that takes another's place, what comes stands first.
    fn push(&mut self, edit: TextEdit, attributes: Attributes) {
        if let (TextEdit::Insert(_), Some((TextEdit::Delete(len), _))) = (&edit, self.edits.last())
        {
            let deleted = TextEdit::Delete(*len);
            self.edits.pop();
            self.push(edit, attributes);
            return self.push(deleted, Attributes::new());
        }
        let last = self.edits.last_mut().filter(|last| last.1 == attributes);
        match (last.map(|last| &mut last.0), edit) {
            (Some(TextEdit::Retain(len)), TextEdit::Retain(more))
            | (Some(TextEdit::Delete(len)), TextEdit::Delete(more)) => *len += more,
            (Some(TextEdit::Insert(text)), TextEdit::Insert(more)) => text.push_str(&more),
            (_, edit) => self.edits.push((edit, attributes)),
        }
    }

    /// All steps; one that leaves the end as it is says nothing.
    fn finish(mut self) -> Vec<(TextEdit, Attributes)> {
        if let Some((TextEdit::Retain(_), attributes)) = self.edits.last()
            && attributes.is_empty()
        {
            self.edits.pop();
        }
        self.edits
    }
}

/// The pass that makes a text of one document what it is in another, with what is marked; `steps` tell the same of its
/// characters.
pub(super) fn marked_between(
    before: (&Doc, Option<ContainerIx>),
    now: (&Doc, ContainerIx),
    steps: &[TextStep],
) -> Vec<(TextEdit, Attributes)> {
    let old = before.1.map(|text| before.0.attributes_along(text));
    let old = old.unwrap_or_default();
    let new = now.0.attributes_along(now.1);
    let mut changed = Vec::new();
    let mut from = Along::new(&old);
    let mut to = Along::new(&new);
    let behind = TextStep::Keep(now.0.state.sequence_len(now.1));
    for step in steps.iter().chain([&behind]) {
        match *step {
            TextStep::Delete(len) => from.pass(len),
            TextStep::Insert(_, len) => to.pass(len),
            TextStep::Keep(len) => {
                changed.push((to.at, Attributes::new()));
                let mut left = len;
                while let (Some((old, most)), Some((new, room)), true) =
                    (from.here(), to.here(), left > 0)
                {
                    let here = left.min(most).min(room);
                    let attributes = differing(old.clone(), new.clone());
                    from.pass(here);
                    to.pass(here);
                    left -= here;
                    changed.push((to.at, attributes));
                }
            }
        }
    }
    let mut pass = Pass::new(&changed);
    for step in steps {
        match step {
            TextStep::Delete(len) => {
                pass.push(TextEdit::Delete(*len as usize), Attributes::new());
            }
            TextStep::Keep(len) => pass.retain(*len),
            TextStep::Insert(content, len) => {
                let end = pass.at + len;
                let from = new.partition_point(|style| style.0 <= pass.at);
                let styles = new.get(from..).unwrap_or(&[]).iter();
                let styles = styles.take_while(|style| style.0 < end);
                let last = new.get(new.partition_point(|style| style.0 < end));
                let last = last.map(|style| (end, style.1.clone()));
                pass.insert(content, styles.cloned().chain(last));
            }
        }
    }
    let len = now.0.state.sequence_len(now.1);
    pass.retain(len.saturating_sub(pass.at));
    pass.finish()
}

/// Stretches of a text, as they are passed.
struct Along<'s> {
    at: u32,
    styles: &'s [(u32, Attributes)],
}

impl<'s> Along<'s> {
    fn new(styles: &'s [(u32, Attributes)]) -> Self {
        Along { at: 0, styles }
    }

    /// What is marked here, and how far on.
    fn here(&self) -> Option<(&'s Attributes, u32)> {
        let (end, attributes) = self.styles.first()?;
        Some((attributes, end - self.at))
    }

    fn pass(&mut self, len: u32) {
        self.at += len;
        while self.styles.first().is_some_and(|style| style.0 <= self.at) {
            self.styles = &self.styles[1..];
        }
    }
}

/// Texts have fewer than 2^30 scalars.
fn length(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
