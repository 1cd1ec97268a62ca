//! Marks on texts: of each character asked anew which marks cover it.
//!
//! An end of a mark is a place in the whole sequence, beside an element that its author saw: before or behind it, deleted or
//! not. A mark covers what stands between its ends there. Of several marks of one key on a character the one with the largest
//! (Lamport, peer) shows, of those not taken back, and nothing if that holds null.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::marked::{Expansion, Spans};
use super::super::reading::{Kind, join};
use super::history::{Container, Content, What};
use super::{Known, Model};

/// What an end of a mark stands beside: an element, by the operation that inserted it, or an end of the text.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    Before(usize),
    Behind(usize),
    Start,
    End,
}

impl Place {
    /// Where the two ends of a mark stand for somebody who sees these elements.
    pub fn of(seen: &[usize], start: usize, end: usize, expansion: Expansion) -> [Place; 2] {
        let begins = match start.checked_sub(1) {
            Some(before) if expansion.before() => Place::Behind(seen[before]),
            None if expansion.before() => Place::Start,
            _ => Place::Before(seen[start]),
        };
        let ends = match seen.get(end) {
            Some(behind) if expansion.after() => Place::Before(*behind),
            None if expansion.after() => Place::End,
            _ => Place::Behind(seen[end - 1]),
        };
        [begins, ends]
    }
}

impl Model {
    /// What every text within reach is marked with, by path; those without marks are left out.
    pub fn marked(&self, known: &Known) -> BTreeMap<String, Spans> {
        let mut marked = BTreeMap::new();
        for (name, kind) in self.document(known).into_keys() {
            let path = join("", &name);
            self.marked_within(&Container::Root(name, kind), &path, known, &mut marked);
        }
        marked
    }

    fn marked_within(
        &self,
        container: &Container,
        path: &str,
        known: &Known,
        marked: &mut BTreeMap<String, Spans>,
    ) {
        if container.kind() == Kind::Text {
            let spans = self.spans(container, known);
            if spans.has_marks() {
                marked.insert(path.to_owned(), spans);
            }
        }
        for (part, content) in self.inner(container, known) {
            if let Content::Container(inner) = content {
                self.marked_within(inner, &join(path, &part), known, marked);
            }
        }
    }

    /// What stands in a list or map, by index or key.
    fn inner(&self, container: &Container, known: &Known) -> Vec<(String, &Content)> {
        match container.kind() {
            Kind::Text | Kind::Counter => Vec::new(),
            Kind::List => (0..)
                .zip(self.elements(container, known))
                .map(|(index, element): (usize, _)| {
                    (index.to_string(), self.shown_in(container, element, known))
                })
                .collect(),
            Kind::Map => self
                .keys(container, known)
                .into_iter()
                .filter_map(|key| {
                    let winner = *self.surviving(container, &key, known).first()?;
                    Some((key, self.content(winner)))
                })
                .collect(),
        }
    }

    /// A text in stretches that are marked alike.
    pub fn spans(&self, text: &Container, known: &Known) -> Spans {
        let mut spans = Spans::default();
        for element in self.elements(text, known) {
            if let Content::Character(character) = self.content(element.inserted_by) {
                let marks = self.marks_on(text, element.inserted_by, known);
                spans.push(*character, marks);
            }
        }
        spans
    }

    fn marks_on(&self, text: &Container, element: usize, known: &Known) -> BTreeMap<String, Json> {
        let mut winners: BTreeMap<String, ((u32, u64), Json)> = BTreeMap::new();
        for index in known.iter().filter(|&index| self.counts(index, known)) {
            let operation = &self.operations[index];
            let What::Mark(key, value, places) = &operation.what else {
                continue;
            };
            if operation.container != *text || !self.covers(text, places, element) {
                continue;
            }
            let rank = (operation.lamport, operation.peer);
            let winner = winners.entry(key.clone()).or_insert((rank, value.clone()));
            if winner.0 < rank {
                *winner = (rank, value.clone());
            }
        }
        let shown = winners.into_iter().map(|(key, (_, value))| (key, value));
        shown.filter(|(_, value)| !value.is_null()).collect()
    }

    fn covers(&self, text: &Container, places: &[Place; 2], element: usize) -> bool {
        let sequence = &self.sequences[text];
        let at = sequence.index(element);
        let is_behind = |place: &Place| match *place {
            Place::Start => true,
            Place::End => false,
            Place::Before(other) => sequence.index(other) <= at,
            Place::Behind(other) => sequence.index(other) < at,
        };
        is_behind(&places[0]) && !is_behind(&places[1])
    }
}
