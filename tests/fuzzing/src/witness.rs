//! A document as plain data, to be compared with others and with what changes say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use syncline::{Change, Doc, Kind, ListEdit, OpId, TextEdit, VersionVector};

/// All that a document shows, and what it knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    known: VersionVector,
    frontier: Vec<OpId>,
    json: Json,
    texts: BTreeMap<String, String>,
    /// Those with their marks.
    marked: BTreeMap<String, Json>,
    /// Those that hold values alone.
    lists: BTreeMap<String, Vec<Json>>,
    /// Those that hold containers, too.
    nested: BTreeSet<String>,
    /// By root, key and rank: the value, who set it, and when.
    conflicts: Vec<(String, String, Json, OpId, u32)>,
}

impl Reading {
    /// Reads a document.
    pub fn of(doc: &Doc) -> Reading {
        let mut reading = Reading {
            known: doc.version_vector(),
            frontier: doc.frontier().iter().collect(),
            json: doc.to_json(),
            texts: BTreeMap::new(),
            marked: BTreeMap::new(),
            lists: BTreeMap::new(),
            nested: BTreeSet::new(),
            conflicts: Vec::new(),
        };
        for (name, kind) in doc.roots() {
            match kind {
                Kind::Text => {
                    let text = doc.text(name);
                    reading.texts.insert(name.to_owned(), text.to_string());
                    reading.marked.insert(name.to_owned(), text.to_quill());
                }
                Kind::List => {
                    let list = doc.list(name);
                    if (0..list.len()).any(|index| list.kind_at(index).is_some()) {
                        reading.nested.insert(name.to_owned());
                    } else {
                        let values = list.iter().map(|value| value.to_json()).collect();
                        reading.lists.insert(name.to_owned(), values);
                    }
                }
                Kind::Map => {
                    for key in doc.map(name).keys() {
                        let sets = doc.map(name).conflicts(key);
                        let sets = sets
                            .into_iter()
                            .map(|set| (set.value.to_json(), set.id, set.lamport));
                        let named = sets.map(|(value, id, at)| {
                            (name.to_owned(), key.to_owned(), value, id, at)
                        });
                        reading.conflicts.extend(named);
                    }
                }
                _ => {}
            }
        }
        reading
    }

    /// Fails if the document reads otherwise after `what`.
    pub fn expect(&self, doc: &Doc, what: &str) {
        let now = Reading::of(doc);
        assert!(
            *self == now,
            "after {what} it reads\n{now:#?}\nand was to read\n{self:#?}"
        );
    }

    /// Fails if a change does not make of this what the document reads now. Lists that hold containers are left out: what
    /// changed inside those is told under paths of their own.
    pub fn changed(&self, change: &Change, doc: &Doc) {
        let now = Reading::of(doc);
        for (name, text) in &now.texts {
            let old = self.texts.get(name).map_or("", String::as_str);
            let told = edit_text(old, &change.text(&escaped(name)));
            assert!(
                told == *text,
                "{name:?} was {old:?}, is {text:?}, and was told to be {told:?} by {change:#?}"
            );
        }
        for (name, list) in &now.lists {
            if self.nested.contains(name) {
                continue;
            }
            let old = self.lists.get(name).map_or(&[][..], Vec::as_slice);
            let told = edit_list(old, &change.list(&escaped(name)));
            assert!(
                told == *list,
                "{name:?} was {old:?}, is {list:?}, and was told to be {told:?} by {change:#?}"
            );
        }
        if change.applied() == 0 {
            assert!(
                *self == now,
                "nothing was applied, and it reads\n{now:#?}\nand not\n{self:#?}"
            );
        }
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The text as edits make it, in one pass.
pub fn edit_text(old: &str, edits: &[TextEdit]) -> String {
    let old: Vec<char> = old.chars().collect();
    let mut rest = old.as_slice();
    let mut new = String::new();
    for edit in edits {
        match edit {
            TextEdit::Retain(count) => new.extend(take(&mut rest, *count)),
            TextEdit::Delete(count) => drop(take(&mut rest, *count)),
            TextEdit::Insert(text) => new.push_str(text),
        }
    }
    new.extend(rest);
    new
}

fn edit_list(old: &[Json], edits: &[ListEdit]) -> Vec<Json> {
    let mut rest = old;
    let mut new = Vec::new();
    for edit in edits {
        match edit {
            ListEdit::Retain(count) => new.extend_from_slice(take(&mut rest, *count)),
            ListEdit::Delete(count) => drop(take(&mut rest, *count)),
            ListEdit::Insert(values) => new.extend(values.iter().map(|value| value.to_json())),
        }
    }
    new.extend_from_slice(rest);
    new
}

fn take<'a, T>(rest: &mut &'a [T], count: usize) -> &'a [T] {
    rest.split_off(..count).expect("an edit goes past the end")
}
