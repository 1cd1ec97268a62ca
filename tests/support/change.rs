//! Applies a `Change` to an old reading of a document, which must give the new one.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use syncline::{Attributes, Change, ListEdit, TextEdit, Unit};

use super::marked::{Letter, Letters};
use super::reading::{Reading, Roots, join, without_empty};

/// Holds a change against the readings before and after it.
pub fn check(change: &Change, old: &Roots, new: &Roots) {
    for path in change.paths() {
        assert!(
            leads_to_container(new, path),
            "the change names {path:?}, where nothing is"
        );
    }
    if change.is_empty() {
        let (old, new) = (without_empty(old.clone()), without_empty(new.clone()));
        assert_eq!(old, new, "an empty change");
    }
    for ((name, kind), now) in new {
        let empty = Reading::empty(*kind);
        let before = old.get(&(name.clone(), *kind)).unwrap_or(&empty);
        let path = join("", name);
        let result = apply(change, &path, before);
        assert_eq!(
            result,
            now.json(),
            "{before:?} changed by {change:?} at {path:?}"
        );
    }
}

/// Holds what a change says of marked texts against them before and after it.
pub fn check_letters(change: &Change, old: &Letters, new: &Letters) {
    for (path, new) in new {
        let nothing = Vec::new();
        let old = old.get(path).unwrap_or(&nothing);
        let steps = change.marked_text(path);
        let made = edit_letters(&steps, old);
        assert_eq!(made, *new, "{old:?} changed by {steps:?} at {path:?}");
        let plain = change.text(path).into_iter();
        let plain = plain.filter(|edit| !matches!(edit, TextEdit::Retain(_)));
        let plain: Vec<TextEdit> = plain.collect();
        let mut marked: Vec<TextEdit> = Vec::new();
        for (edit, _) in steps {
            match (marked.last_mut(), edit) {
                (_, TextEdit::Retain(_)) => marked.push(TextEdit::Retain(0)),
                (Some(TextEdit::Insert(text)), TextEdit::Insert(more)) => text.push_str(&more),
                (_, edit) => marked.push(edit),
            }
        }
        marked.retain(|edit| *edit != TextEdit::Retain(0));
        assert_eq!(marked, plain, "the same edits without marks");
    }
}

/// A marked text as a change makes it.
fn edit_letters(steps: &[(TextEdit, Attributes)], old: &[Letter]) -> Vec<Letter> {
    let mut rest = old.iter().cloned();
    let mut new = Vec::new();
    for (edit, attributes) in steps {
        let attributes = attributes.iter();
        let attributes: BTreeMap<String, Json> = attributes
            .map(|(key, value)| (key.clone(), value.to_json()))
            .collect();
        match edit {
            TextEdit::Delete(count) => drop(rest.by_ref().take(*count).count()),
            TextEdit::Insert(text) => {
                new.extend(text.chars().map(|letter| (letter, attributes.clone())));
            }
            TextEdit::Retain(count) => {
                for (letter, before) in rest.by_ref().take(*count) {
                    let mut marks = before.clone();
                    marks.extend(attributes.clone());
                    marks.retain(|_, value| !value.is_null());
                    let is_new = attributes
                        .iter()
                        .all(|(key, value)| before.get(key).unwrap_or(&Json::Null) != value);
                    assert!(is_new, "{attributes:?} shows already: {before:?}");
                    new.push((letter, marks));
                }
            }
        }
    }
    new.extend(rest);
    new
}

fn leads_to_container(roots: &Roots, path: &str) -> bool {
    roots
        .iter()
        .any(|((name, _), reading)| contains(reading, &join("", name), path))
}

fn contains(reading: &Reading, here: &str, path: &str) -> bool {
    if reading.kind().is_some() && here == path {
        return true;
    }
    match reading {
        Reading::List(items) => items
            .iter()
            .enumerate()
            .any(|(index, item)| contains(item, &join(here, &index.to_string()), path)),
        Reading::Map(entries) => entries
            .iter()
            .any(|(key, value)| contains(value, &join(here, key), path)),
        _ => false,
    }
}

/// The old reading of one place as the change makes it. A place that the change does not replace
/// holds the same container as before, at a path that may be new.
fn apply(change: &Change, path: &str, old: &Reading) -> Json {
    match old {
        Reading::Plain(value) => value.clone(),
        Reading::Text(text) => {
            let new = edit_text(&change.text(path), text);
            edit_in_units(change, path, text, &new);
            Json::from(new)
        }
        Reading::List(items) => {
            let slots = edit_list(&change.list(path), items);
            let slots = slots
                .into_iter()
                .enumerate()
                .map(|(index, slot)| match slot {
                    Slot::Kept(item) => apply(change, &join(path, &index.to_string()), item),
                    Slot::New(value) => value,
                });
            Json::Array(slots.collect())
        }
        Reading::Map(entries) => {
            let changes = change.map(path);
            let kept = entries
                .iter()
                .filter(|(key, _)| !changes.iter().any(|(changed, _)| changed == *key))
                .map(|(key, value)| (key.clone(), apply(change, &join(path, key), value)));
            let mut map: Map<String, Json> = kept.collect();
            for (key, value) in changes {
                if let Some(value) = value {
                    let before = map.insert(key.clone(), value.to_json());
                    assert!(before.is_none(), "{key:?} changes twice");
                }
            }
            Json::Object(map)
        }
        Reading::Counter(value) => Json::from(value.wrapping_add(change.counter(path))),
    }
}

fn edit_text(edits: &[TextEdit], old: &str) -> String {
    assert!(
        !matches!(edits.last(), Some(TextEdit::Retain(_))),
        "a trailing retain: {edits:?}"
    );
    let mut rest = old.chars();
    let mut take = |count: usize| {
        assert!(count > 0, "an edit of nothing: {edits:?}");
        let taken: String = rest.by_ref().take(count).collect();
        assert_eq!(
            taken.chars().count(),
            count,
            "{edits:?} goes past the end of {old:?}"
        );
        taken
    };
    let mut new = String::new();
    for edit in edits {
        match edit {
            TextEdit::Retain(count) => new.push_str(&take(*count)),
            TextEdit::Delete(count) => drop(take(*count)),
            TextEdit::Insert(text) => {
                assert!(!text.is_empty(), "an edit of nothing: {edits:?}");
                new.push_str(text);
            }
        }
    }
    new.extend(rest);
    new
}

/// The same edits in UTF-16 units and in bytes make the same text of the old one in those.
fn edit_in_units(change: &Change, path: &str, old: &str, new: &str) {
    let utf16 = change.text_in(Unit::Utf16, path, old.chars());
    let old_units: Vec<u16> = old.encode_utf16().collect();
    let made = edit_units(&utf16, &old_units, |text| text.encode_utf16().collect());
    assert_eq!(made, new.encode_utf16().collect::<Vec<_>>(), "{utf16:?}");
    let bytes = change.text_in(Unit::Bytes, path, old.chars());
    let made = edit_units(&bytes, old.as_bytes(), |text| text.as_bytes().to_vec());
    assert_eq!(made, new.as_bytes(), "{bytes:?}");
    let in_chars = change.text_in(Unit::Chars, path, []);
    assert_eq!(in_chars, change.text(path));
    let steps = change.marked_text_in(Unit::Utf16, path, old.chars());
    let steps: Vec<_> = steps.into_iter().map(|(edit, _)| edit).collect();
    let made = edit_units(&steps, &old_units, |text| text.encode_utf16().collect());
    assert_eq!(made, new.encode_utf16().collect::<Vec<_>>(), "{steps:?}");
}

fn edit_units<U: Copy>(
    edits: &[TextEdit],
    mut rest: &[U],
    units: impl Fn(&str) -> Vec<U>,
) -> Vec<U> {
    let mut new = Vec::new();
    for edit in edits {
        match edit {
            TextEdit::Retain(count) => {
                new.extend_from_slice(&rest[..*count]);
                rest = &rest[*count..];
            }
            TextEdit::Delete(count) => rest = &rest[*count..],
            TextEdit::Insert(text) => new.extend(units(text)),
        }
    }
    new.extend_from_slice(rest);
    new
}

enum Slot<'a> {
    Kept(&'a Reading),
    New(Json),
}

fn edit_list<'a>(edits: &[ListEdit], old: &'a [Reading]) -> Vec<Slot<'a>> {
    assert!(
        !matches!(edits.last(), Some(ListEdit::Retain(_))),
        "a trailing retain: {edits:?}"
    );
    let mut rest = old;
    let mut take = |count: usize| {
        assert!(count > 0, "an edit of nothing: {edits:?}");
        assert!(
            count <= rest.len(),
            "{edits:?} goes past the end of {old:?}"
        );
        let (taken, left) = rest.split_at(count);
        rest = left;
        taken
    };
    let mut new = Vec::new();
    for edit in edits {
        match edit {
            ListEdit::Retain(count) => new.extend(take(*count).iter().map(Slot::Kept)),
            ListEdit::Delete(count) => drop(take(*count)),
            ListEdit::Insert(values) => {
                assert!(!values.is_empty(), "an edit of nothing: {edits:?}");
                new.extend(values.iter().map(|value| Slot::New(value.to_json())));
            }
        }
    }
    new.extend(rest.iter().map(Slot::Kept));
    new
}
