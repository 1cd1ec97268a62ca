//! Writing a value so that a part of the document shows it, and only what differs is written.

use imara_diff::{Algorithm, Diff, Hunk, InternedInput, Interner};
use serde::Serialize;

use super::handle::Target;
use super::path::{Found, escape, unescape};
use super::shape::Shape;
use super::{CounterMut, Doc, ListMut, MapMut, TextMut, Transaction};
use crate::error::Error;
use crate::oplog::{ContainerIx, Kind};
use crate::value::Value;

impl Transaction<'_> {
    /// Makes what stands at a path show a value, and writes only what differs: a field that changed is one operation. A root that
    /// is not there yet is made: a map, list or text, as the value is one. What the value lacks is removed.
    ///
    /// # Errors
    ///
    /// [`Error::Serde`] for what serde cannot write; [`Error::NoSuchPath`] and [`Error::WrongKind`] where something else stands,
    /// or for a root that is no container; [`Error::Limit`].
    ///
    /// # Examples
    ///
    /// ```
    /// use serde::{Deserialize, Serialize};
    /// use syncline::Doc;
    ///
    /// #[derive(Serialize, Deserialize, PartialEq, Debug)]
    /// struct Settings {
    ///     theme: String,
    ///     size: i64,
    /// }
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// let mut settings = Settings { theme: "dark".into(), size: 12 };
    /// doc.transact(|tx| tx.reconcile("settings", &settings))?;
    /// settings.size = 14;
    /// let change = doc.transact(|tx| tx.reconcile("settings", &settings))?;
    /// assert_eq!(change.applied(), 1);
    /// assert_eq!(doc.deserialize::<Settings>("settings")?, settings);
    /// # Ok(())
    /// # }
    /// ```
    pub fn reconcile<T: Serialize + ?Sized>(&mut self, path: &str, value: &T) -> Result<(), Error> {
        self.reconcile_with(path, value, &Shape::new())
    }

    /// As [`reconcile`](Transaction::reconcile), with strings that are texts, and lists whose elements are named by a field.
    ///
    /// # Errors
    ///
    /// As [`reconcile`](Transaction::reconcile); [`Error::Aborted`] for a keyed list of which two elements have one name, or one
    /// has none.
    pub fn reconcile_with<T: Serialize + ?Sized>(
        &mut self,
        path: &str,
        value: &T,
        shape: &Shape,
    ) -> Result<(), Error> {
        let value = Value::serialized(value)?;
        let doc = self.doc_mut();
        let container = match doc.find(path) {
            Some(Found::Container(container)) => container,
            Some(Found::Plain(_) | Found::Several(_)) => {
                return Err(doc.not_this(path, &value, None));
            }
            None => doc.root_for(path, &value)?,
        };
        let mut bring = Bring {
            shape,
            path,
            at: Vec::new(),
        };
        bring.container(doc, container, &value)
    }
}

impl Doc {
    /// The root that a value makes.
    fn root_for(&mut self, path: &str, value: &Value) -> Result<ContainerIx, Error> {
        let kind = match value {
            Value::Map(_) => Kind::Map,
            Value::List(_) => Kind::List,
            Value::String(_) => Kind::Text,
            _ => return Err(self.not_this(path, value, None)),
        };
        if path.contains('/') {
            let path = path.to_owned();
            return Err(Error::NoSuchPath { path });
        }
        Target::root(self, &unescape(path), kind).resolve(self)
    }

    fn not_this(&self, path: &str, value: &Value, found: Option<Kind>) -> Error {
        Error::WrongKind {
            path: path.to_owned(),
            expected: kind_for(value).unwrap_or(Kind::Map),
            found,
        }
    }
}

/// What of a value stands where.
pub(super) struct Bring<'s> {
    pub(super) shape: &'s Shape,
    /// Where the value stands.
    path: &'s str,
    /// The way from the value.
    pub(super) at: Vec<String>,
}

impl Bring<'_> {
    fn container(
        &mut self,
        doc: &mut Doc,
        container: ContainerIx,
        value: &Value,
    ) -> Result<(), Error> {
        let shape = self.shape;
        match (doc.log.containers.kind(container), value) {
            (Kind::Map, Value::Map(_)) => self.map(doc, container, value),
            (Kind::List, Value::List(values)) => match shape.key_of(&self.at) {
                Some(field) => self.keyed_list(doc, container, values, field),
                None => self.list(doc, container, values),
            },
            (Kind::Text, Value::String(text)) => bring_text(doc, container, text),
            (Kind::Counter, Value::Int(count)) => {
                let mut counter = CounterMut::new(doc, Target::Known(container));
                match count.checked_sub(counter.value()) {
                    Some(0) => Ok(()),
                    Some(by) => counter.add(by),
                    None => Err(Error::aborted("a counter that goes too far at once")),
                }
            }
            (kind, _) => Err(doc.not_this(&self.place(), value, Some(kind))),
        }
    }

    /// The path of what is written at present, to be told.
    pub(super) fn place(&self) -> String {
        let parts = self.at.iter().map(|part| escape(part));
        let parts = std::iter::once(self.path.into()).chain(parts);
        parts.collect::<Vec<_>>().join("/")
    }

    fn map(&mut self, doc: &mut Doc, map: ContainerIx, value: &Value) -> Result<(), Error> {
        let Value::Map(entries) = value else {
            return Ok(());
        };
        let shown = doc.state.entries_of(&doc.log.entries, map);
        let gone: Vec<String> = shown
            .map(|(key, _)| doc.log.keys.name(key))
            .filter(|key| !entries.contains_key(*key))
            .map(str::to_owned)
            .collect();
        for key in gone {
            MapMut::new(doc, Target::Known(map)).remove(&key)?;
        }
        for (key, value) in entries {
            self.at.push(key.clone());
            match Stands::of(doc, doc.at_key(map, key), value) {
                Stands::Same => {}
                Stands::Within(container) => self.container(doc, container, value)?,
                Stands::Other => {
                    let mut entry = MapMut::new(doc, Target::Known(map));
                    match self.made(value) {
                        Some(kind) => {
                            entry.remove(key)?;
                            let (doc, target) = entry.open(key, kind)?;
                            self.fill(doc, target, value)?;
                        }
                        None => entry.set(key, value.clone())?,
                    }
                }
            }
            self.at.pop();
        }
        Ok(())
    }

    fn list(&mut self, doc: &mut Doc, list: ContainerIx, values: &[Value]) -> Result<(), Error> {
        let (start, end) = shared_ends(doc, list, values);
        let len = doc.state.list(list).map_or(0, |list| list.len() as usize);
        let now = doc.elements_shown(list).take(len - end).skip(start);
        let now: Vec<String> = now.map(|found| told(&doc.value_of(found))).collect();
        let new = values.iter().take(values.len() - end).skip(start).map(told);
        // From the end on, so that indexes before stay what they are.
        for hunk in hunks(now.into_iter(), new) {
            let [before, after] = [hunk.before, hunk.after]
                .map(|part| start + part.start as usize..start + part.end as usize);
            let wanted = values.get(after).unwrap_or(&[]);
            let both = wanted.len().min(before.len());
            let mut elements = ListMut::new(doc, Target::Known(list));
            elements.delete(before.start + both..before.end)?;
            for (nth, value) in wanted.iter().enumerate() {
                if nth < both {
                    self.element(doc, list, before.start + nth, value)?;
                } else {
                    self.insert(doc, list, before.start + nth, value)?;
                }
            }
        }
        Ok(())
    }

    /// Makes the element at an index show a value.
    pub(super) fn element(
        &mut self,
        doc: &mut Doc,
        list: ContainerIx,
        at: usize,
        value: &Value,
    ) -> Result<(), Error> {
        self.at.push(at.to_string());
        match Stands::of(doc, doc.at_index(list, at), value) {
            Stands::Same => {}
            Stands::Within(container) => self.container(doc, container, value)?,
            Stands::Other => {
                let mut elements = ListMut::new(doc, Target::Known(list));
                match self.made(value) {
                    Some(kind) => {
                        elements.delete(at..at + 1)?;
                        self.make(elements, at, kind, value)?;
                    }
                    None => elements.set(at, value.clone())?,
                }
            }
        }
        self.at.pop();
        Ok(())
    }

    pub(super) fn insert(
        &mut self,
        doc: &mut Doc,
        list: ContainerIx,
        at: usize,
        value: &Value,
    ) -> Result<(), Error> {
        self.at.push(at.to_string());
        let mut elements = ListMut::new(doc, Target::Known(list));
        match self.made(value) {
            Some(kind) => self.make(elements, at, kind, value)?,
            None => elements.insert(at, value.clone())?,
        }
        self.at.pop();
        Ok(())
    }

    /// Makes a container at an index, and brings it to a value.
    fn make(
        &mut self,
        elements: ListMut<'_>,
        at: usize,
        kind: Kind,
        value: &Value,
    ) -> Result<(), Error> {
        let (doc, target) = elements.make(at, kind)?;
        self.fill(doc, target, value)
    }

    fn fill(&mut self, doc: &mut Doc, mut made: Target, value: &Value) -> Result<(), Error> {
        let made = made.resolve(doc)?;
        self.container(doc, made, value)
    }

    /// The container that is made for a value here before it is filled; `None` where the value is written at once.
    fn made(&self, value: &Value) -> Option<Kind> {
        match kind_for(value)? {
            Kind::Text if !self.shape.is_text(&self.at) => None,
            _ if self.shape.is_empty() => None,
            kind => Some(kind),
        }
    }
}

/// What stands where a value is wanted.
enum Stands {
    Same,
    /// A container that can come to show it.
    Within(ContainerIx),
    Other,
}

impl Stands {
    fn of(doc: &Doc, found: Option<Found<'_>>, value: &Value) -> Stands {
        match found {
            Some(Found::Container(container)) => {
                let kind = doc.log.containers.kind(container);
                let counts = kind == Kind::Counter && matches!(value, Value::Int(_));
                if counts || kind_for(value) == Some(kind) {
                    Stands::Within(container)
                } else {
                    Stands::Other
                }
            }
            Some(found) if doc.shows_value(found, value) => Stands::Same,
            _ => Stands::Other,
        }
    }
}

fn kind_for(value: &Value) -> Option<Kind> {
    match value {
        Value::Map(_) => Some(Kind::Map),
        Value::List(_) => Some(Kind::List),
        Value::String(_) => Some(Kind::Text),
        _ => None,
    }
}

/// How many elements at the beginning of a list show these values already, and how many others at its end.
fn shared_ends(doc: &Doc, list: ContainerIx, values: &[Value]) -> (usize, usize) {
    let (Some(state), Some(sequence)) = (doc.state.list(list), doc.log.sequence(list)) else {
        return (0, 0);
    };
    let mut cells = sequence.cells();
    let mut shows = |(at, value): &(u32, &Value)| {
        let lv = state.get(*at);
        lv.is_some_and(|lv| doc.shows_value(doc.element_shown(cells.get(lv), lv), value))
    };
    let len = state.len();
    let start = (0..len).zip(values).take_while(&mut shows).count();
    let behind = (0..len).rev().zip(values.iter().skip(start).rev());
    let behind = behind.take(len as usize - start);
    (start, behind.take_while(shows).count())
}

/// A value in full, so that equal ones are told alike.
fn told(value: &Value) -> String {
    format!("{value:?}")
}

/// Where two sequences differ, the last place first.
fn hunks<T: Eq + std::hash::Hash>(
    before: impl Iterator<Item = T>,
    after: impl Iterator<Item = T>,
) -> Vec<Hunk> {
    let mut input = InternedInput {
        before: Vec::new(),
        after: Vec::new(),
        interner: Interner::new(64),
    };
    input.update_before(before);
    input.update_after(after);
    let mut hunks: Vec<Hunk> = Diff::compute(Algorithm::Histogram, &input)
        .hunks()
        .collect();
    hunks.reverse();
    hunks
}

fn bring_text(doc: &mut Doc, text: ContainerIx, wanted: &str) -> Result<(), Error> {
    let now = doc.state.text(text).map(ToString::to_string);
    let now = now.unwrap_or_default();
    let chars: Vec<char> = wanted.chars().collect();
    for Hunk { before, after } in hunks(now.chars(), chars.iter().copied()) {
        let typed = chars.get(after.start as usize..after.end as usize);
        let typed: String = typed.unwrap_or(&[]).iter().collect();
        let mut text = TextMut::new(doc, Target::Known(text));
        text.replace(before.start as usize..before.end as usize, &typed)?;
    }
    Ok(())
}
