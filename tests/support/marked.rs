//! Marked text as plain data, in which the engine and the model can be compared.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

/// A text in stretches that are marked alike, each as long as can be, with keys and values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spans(pub Vec<(String, BTreeMap<String, Json>)>);

impl Spans {
    /// Appends a character.
    pub fn push(&mut self, character: char, marks: BTreeMap<String, Json>) {
        match self.0.last_mut() {
            Some(last) if last.1 == marks => last.0.push(character),
            _ => self.0.push((character.to_string(), marks)),
        }
    }

    pub fn has_marks(&self) -> bool {
        self.0.iter().any(|(_, marks)| !marks.is_empty())
    }

    pub fn json(&self) -> Json {
        self.0
            .iter()
            .map(|(text, marks)| json!([text, marks]))
            .collect()
    }
}

/// A character, and what it is marked with.
pub type Letter = (char, BTreeMap<String, Json>);

/// Root texts by path, letter by letter.
pub type Letters = BTreeMap<String, Vec<Letter>>;

/// What texts are marked with, as a scenario's `expect` lists them.
pub fn show_spans(marked: &BTreeMap<String, Spans>) -> Map<String, Json> {
    let shown = marked
        .iter()
        .map(|(path, spans)| (path.clone(), spans.json()));
    shown.collect()
}

/// Whether text inserted at the ends of a mark becomes part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expansion {
    None,
    Before,
    After,
    Both,
}

impl Expansion {
    pub const ALL: [Expansion; 4] = [
        Expansion::None,
        Expansion::Before,
        Expansion::After,
        Expansion::Both,
    ];

    pub fn before(self) -> bool {
        matches!(self, Expansion::Before | Expansion::Both)
    }

    pub fn after(self) -> bool {
        matches!(self, Expansion::After | Expansion::Both)
    }

    pub fn name(self) -> &'static str {
        match self {
            Expansion::None => "none",
            Expansion::Before => "before",
            Expansion::After => "after",
            Expansion::Both => "both",
        }
    }

    pub fn named(name: &str) -> Option<Expansion> {
        Expansion::ALL.into_iter().find(|one| one.name() == name)
    }
}
