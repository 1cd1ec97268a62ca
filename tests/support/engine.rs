//! The engine behind its public face: reads a document as plain data, and makes a scenario's edits.

use std::collections::BTreeMap;

use syncline::{
    Change, CounterMut, Doc, Error, Expand, List, ListMut, Map, MapMut, OpId, Peer, Text, TextMut,
    Transaction, Value,
};

use super::marked::{Expansion, Letters, Spans};
use super::model::{Entry, Refusal};
use super::reading::{Kind, Reading, Roots, join};
use super::scenario::{Act, Edit, Part, path_to};

pub fn peer(id: u64) -> Peer {
    Peer::new(id).expect("a peer id is not zero")
}

fn kind(kind: syncline::Kind) -> Kind {
    Kind::named(&kind.to_string()).expect("the engine names its kinds as scenarios do")
}

/// Everything the document shows, read through its views, which are checked against each other.
pub fn roots(doc: &Doc) -> Roots {
    let roots = doc.roots().map(|(name, found)| {
        let reading = match kind(found) {
            Kind::Text => Reading::Text(doc.text(name).to_string()),
            Kind::List => read_list(doc.list(name)),
            Kind::Map => read_map(doc.map(name)),
            Kind::Counter => Reading::Counter(doc.counter(name).value()),
        };
        ((name.to_owned(), kind(found)), reading)
    });
    roots.collect()
}

fn read_list(list: List<'_>) -> Reading {
    let item = |index: usize| match list.kind_at(index).map(kind) {
        None => Reading::Plain(list.get(index).expect("it is in range").to_json()),
        Some(Kind::Text) => Reading::Text(list.text(index).expect("a text").to_string()),
        Some(Kind::List) => read_list(list.list(index).expect("a list")),
        Some(Kind::Map) => read_map(list.map(index).expect("a map")),
        Some(Kind::Counter) => Reading::Counter(list.counter(index).expect("a counter").value()),
    };
    let items: Vec<Reading> = (0..list.len()).map(item).collect();
    assert!(list.get(list.len()).is_none(), "a list reads past its end");
    assert_eq!(
        list.iter().map(|value| value.to_json()).collect::<Vec<_>>(),
        jsons(&items)
    );
    Reading::List(items)
}

fn read_map(map: Map<'_>) -> Reading {
    let entry = |key: &str| match map.kind_of(key).map(kind) {
        None => Reading::Plain(map.get(key).expect("the key is listed").to_json()),
        Some(Kind::Text) => Reading::Text(map.text(key).expect("a text").to_string()),
        Some(Kind::List) => read_list(map.list(key).expect("a list")),
        Some(Kind::Map) => read_map(map.map(key).expect("a map")),
        Some(Kind::Counter) => Reading::Counter(map.counter(key).expect("a counter").value()),
    };
    let keys = map.keys();
    let entries: BTreeMap<String, Reading> = keys
        .iter()
        .map(|&key| (key.to_owned(), entry(key)))
        .collect();
    assert!(
        entries.keys().eq(keys.iter().copied()),
        "keys are not sorted: {keys:?}"
    );
    assert_eq!(map.len(), keys.len());
    for (key, value) in map.iter() {
        assert_eq!(
            Some(value.to_json()),
            entries.get(key).map(Reading::json),
            "at {key:?}"
        );
    }
    Reading::Map(entries)
}

fn jsons(items: &[Reading]) -> Vec<serde_json::Value> {
    items.iter().map(Reading::json).collect()
}

/// Asks for every place by its path.
pub fn check_paths(doc: &Doc, roots: &Roots) {
    fn check(doc: &Doc, path: &str, reading: &Reading) {
        let found = doc.get(path).map(|value| value.to_json());
        assert_eq!(found, Some(reading.json()), "at {path:?}");
        match reading {
            Reading::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    check(doc, &join(path, &index.to_string()), item);
                }
            }
            Reading::Map(entries) => {
                for (key, value) in entries {
                    check(doc, &join(path, key), value);
                }
            }
            Reading::Plain(_) | Reading::Text(_) | Reading::Counter(_) => {}
        }
    }
    for ((name, _), reading) in roots {
        check(doc, &join("", name), reading);
    }
}

/// The surviving sets of every key of every map within reach, as the model lists them.
pub fn conflicts(doc: &Doc) -> BTreeMap<String, Vec<Entry>> {
    let mut conflicts = BTreeMap::new();
    for (name, found) in doc.roots() {
        let path = join("", name);
        match kind(found) {
            Kind::List => in_list(doc.list(name), &path, &mut conflicts),
            Kind::Map => in_map(doc.map(name), &path, &mut conflicts),
            Kind::Text | Kind::Counter => {}
        }
    }
    conflicts
}

fn in_list(list: List<'_>, path: &str, conflicts: &mut BTreeMap<String, Vec<Entry>>) {
    for index in 0..list.len() {
        let path = join(path, &index.to_string());
        if let Some(inner) = list.list(index) {
            in_list(inner, &path, conflicts);
        } else if let Some(inner) = list.map(index) {
            in_map(inner, &path, conflicts);
        }
    }
}

fn in_map(map: Map<'_>, path: &str, conflicts: &mut BTreeMap<String, Vec<Entry>>) {
    for key in map.keys() {
        let path = join(path, key);
        let entries = map.conflicts(key).into_iter().map(|conflict| Entry {
            value: conflict.value.to_json(),
            peer: conflict.id.peer.get(),
            seq: conflict.id.seq,
            lamport: conflict.lamport,
            container: conflict.container.map(kind),
        });
        conflicts.insert(path.clone(), entries.collect());
        if let Some(inner) = map.list(key) {
            in_list(inner, &path, conflicts);
        } else if let Some(inner) = map.map(key) {
            in_map(inner, &path, conflicts);
        }
    }
}

/// What every text within reach is marked with, by path; those without marks are left out.
pub fn marked(doc: &Doc) -> BTreeMap<String, Spans> {
    let mut marked = BTreeMap::new();
    for (name, found) in doc.roots() {
        let path = join("", name);
        match kind(found) {
            Kind::Text => note_spans(doc.text(name), path, &mut marked),
            Kind::List => marked_in_list(doc.list(name), &path, &mut marked),
            Kind::Map => marked_in_map(doc.map(name), &path, &mut marked),
            Kind::Counter => {}
        }
    }
    marked
}

/// Every root text, letter by letter.
pub fn letters(doc: &Doc) -> Letters {
    let texts = doc.roots().filter(|(_, found)| kind(*found) == Kind::Text);
    let letters = texts.map(|(name, _)| {
        let letters = doc.text(name).spans().into_iter().flat_map(|span| {
            let marks = span.attributes.iter();
            let marks: BTreeMap<String, serde_json::Value> = marks
                .map(|(key, value)| ((*key).to_owned(), value.to_json()))
                .collect();
            let letters: Vec<char> = span.text.chars().collect();
            letters
                .into_iter()
                .map(move |letter| (letter, marks.clone()))
        });
        (join("", name), letters.collect())
    });
    letters.collect()
}

fn note_spans(text: Text<'_>, path: String, marked: &mut BTreeMap<String, Spans>) {
    let spans = text.spans().into_iter().map(|span| {
        assert!(!span.text.is_empty(), "a stretch of nothing in {path:?}");
        let marks = span.attributes.iter();
        let marks = marks.map(|(key, value)| ((*key).to_owned(), value.to_json()));
        (span.text, marks.collect())
    });
    let spans = Spans(spans.collect());
    let whole: String = spans.0.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(whole, text.to_string(), "the spans of {path:?}");
    if spans.has_marks() {
        marked.insert(path, spans);
    }
}

fn marked_in_list(list: List<'_>, path: &str, marked: &mut BTreeMap<String, Spans>) {
    for index in 0..list.len() {
        let path = join(path, &index.to_string());
        if let Some(text) = list.text(index) {
            note_spans(text, path, marked);
        } else if let Some(inner) = list.list(index) {
            marked_in_list(inner, &path, marked);
        } else if let Some(inner) = list.map(index) {
            marked_in_map(inner, &path, marked);
        }
    }
}

fn marked_in_map(map: Map<'_>, path: &str, marked: &mut BTreeMap<String, Spans>) {
    for key in map.keys() {
        let path = join(path, key);
        if let Some(text) = map.text(key) {
            note_spans(text, path, marked);
        } else if let Some(inner) = map.list(key) {
            marked_in_list(inner, &path, marked);
        } else if let Some(inner) = map.map(key) {
            marked_in_map(inner, &path, marked);
        }
    }
}

/// A container open for writing.
enum Handle<'t> {
    Text(TextMut<'t>),
    List(ListMut<'t>),
    Map(MapMut<'t>),
    Counter(CounterMut<'t>),
}

/// Makes one transaction.
pub fn transact(doc: &mut Doc, edits: &[Edit]) -> Result<Change, Error> {
    if edits.iter().any(Edit::restores) {
        doc.read_history()?;
    }
    doc.transact(|tx| edits.iter().try_for_each(|change| edit(tx, change)))
}

fn edit(transaction: &mut Transaction<'_>, edit: &Edit) -> Result<(), Error> {
    if let &Act::Restore(of, seq, count) = &edit.act {
        let first = OpId {
            peer: peer(of),
            seq,
        };
        return transaction.restore(first, count).map(drop);
    }
    if let Act::MoveTo(root, parts, goal) = &edit.act {
        return transaction.move_to(&edit.path(), &path_to(root, parts, goal));
    }
    match (open(transaction, edit)?, &edit.act) {
        (Handle::Text(mut text), Act::Insert(at, string)) => text.insert(*at, string),
        (Handle::Text(mut text), Act::Delete(at, count)) => text.delete(*at..at + count),
        (Handle::Text(mut text), Act::Mark(mark)) => {
            let (range, value) = (mark.start..mark.end, Value::from(mark.value.clone()));
            text.mark_with(range, &mark.key, value, expand(mark.expansion))
        }
        (Handle::List(mut list), Act::InsertValues(at, values)) => match &values[..] {
            [value] => list.insert(*at, value.clone()),
            values => list.insert_all(*at, values.iter().cloned().map(Value::from)),
        },
        (Handle::List(mut list), Act::Delete(at, count)) => list.delete(*at..at + count),
        (Handle::List(mut list), Act::SetElement(at, value)) => list.set(*at, value.clone()),
        (Handle::List(mut list), Act::Move(from, to)) => list.move_to(*from, *to),
        (Handle::List(list), Act::Make(at, kind)) => make(list, *at, *kind),
        (Handle::Map(mut map), Act::Set(key, value)) => map.set(key, value.clone()),
        (Handle::Map(mut map), Act::Remove(key)) => map.remove(key),
        (Handle::Map(map), Act::Open(key, kind)) => open_key(map, key, *kind).map(drop),
        (Handle::Counter(mut counter), Act::Add(change)) => counter.add(*change),
        (_, act) => panic!("a {} has no {act:?}", edit.kind),
    }
}

fn expand(expansion: Expansion) -> Expand {
    match expansion {
        Expansion::None => Expand::None,
        Expansion::Before => Expand::Before,
        Expansion::After => Expand::After,
        Expansion::Both => Expand::Both,
    }
}

fn make(list: ListMut<'_>, at: usize, kind: Kind) -> Result<(), Error> {
    match kind {
        Kind::Text => list.insert_text(at).map(drop),
        Kind::List => list.insert_list(at).map(drop),
        Kind::Map => list.insert_map(at).map(drop),
        Kind::Counter => list.insert_counter(at).map(drop),
    }
}

fn open<'t>(transaction: &'t mut Transaction<'_>, edit: &Edit) -> Result<Handle<'t>, Error> {
    let kinds = edit.kinds();
    let mut handle = match kinds[0] {
        Kind::Text => Handle::Text(transaction.text(&edit.root)),
        Kind::List => Handle::List(transaction.list(&edit.root)),
        Kind::Map => Handle::Map(transaction.map(&edit.root)),
        Kind::Counter => Handle::Counter(transaction.counter(&edit.root)),
    };
    for (part, kind) in edit.parts.iter().zip(&kinds[1..]) {
        handle = match (handle, part) {
            (Handle::Map(map), Part::Key(key)) => open_key(map, key, *kind)?,
            (Handle::List(list), Part::Index(index)) => match kind {
                Kind::Text => Handle::Text(list.text(*index)?),
                Kind::List => Handle::List(list.list(*index)?),
                Kind::Map => Handle::Map(list.map(*index)?),
                Kind::Counter => Handle::Counter(list.counter(*index)?),
            },
            _ => panic!("{part:?} does not lead on from a {}", edit.kind),
        };
    }
    Ok(handle)
}

fn open_key<'t>(map: MapMut<'t>, key: &str, kind: Kind) -> Result<Handle<'t>, Error> {
    Ok(match kind {
        Kind::Text => Handle::Text(map.text(key)?),
        Kind::List => Handle::List(map.list(key)?),
        Kind::Map => Handle::Map(map.map(key)?),
        Kind::Counter => Handle::Counter(map.counter(key)?),
    })
}

/// The reason for which the model would have refused.
pub fn refusal(error: &Error) -> Option<Refusal> {
    match error {
        Error::OutOfRange { .. } => Some(Refusal::OutOfRange),
        Error::WrongKind { .. } => Some(Refusal::WrongKind),
        Error::NotRestorable { .. } => Some(Refusal::NotRestorable),
        Error::CannotMove { .. } => Some(Refusal::CannotMove),
        _ => None,
    }
}
