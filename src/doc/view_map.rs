//! Reading a map, its conflicts, and a counter.

use std::collections::BTreeSet;

use super::Doc;
use super::path::Found;
use super::view_list::List;
use super::view_text::Text;
use crate::id::OpId;
use crate::oplog::{ContainerIx, Kind};
use crate::value::Value;

/// A map as it is now.
#[derive(Clone, Copy, Debug)]
pub struct Map<'d> {
    doc: &'d Doc,
    container: Option<ContainerIx>,
}

/// One of the values set at a key that no other set or removal has overwritten.
#[derive(Clone, PartialEq, Debug)]
pub struct Conflict {
    /// The value; the contents, where it is a container.
    pub value: Value,
    /// The operation that set it, with its author.
    pub id: OpId,
    /// Its Lamport number. The largest (Lamport, peer) is shown, unless a policy chooses another.
    pub lamport: u32,
    /// The kind of container, if it is one.
    pub container: Option<Kind>,
}

impl<'d> Map<'d> {
    pub(super) fn new(doc: &'d Doc, container: Option<ContainerIx>) -> Self {
        Map { doc, container }
    }

    /// How many keys show a value. O(keys).
    pub fn len(&self) -> usize {
        self.entries().count()
    }

    /// Whether no key shows a value.
    pub fn is_empty(&self) -> bool {
        self.entries().next().is_none()
    }

    fn entries(&self) -> impl Iterator<Item = (&'d str, u32)> + 'd {
        let doc = self.doc;
        let entries = self
            .container
            .into_iter()
            .flat_map(|map| doc.state.entries_of(&doc.log.entries, map));
        entries.map(|(key, entry)| (doc.log.keys.name(key), entry))
    }

    fn sorted(&self) -> Vec<(&'d str, u32)> {
        let mut entries: Vec<_> = self.entries().collect();
        entries.sort_unstable();
        entries
    }

    fn found(&self, key: &str) -> Option<Found<'d>> {
        self.doc.at_key(self.container?, key)
    }

    /// The value at a key; the contents, where it is a container. O(log n).
    pub fn get(&self, key: &str) -> Option<Value> {
        self.found(key).map(|found| self.doc.value_of(found))
    }

    /// Whether the key shows a value.
    pub fn contains_key(&self, key: &str) -> bool {
        self.found(key).is_some()
    }

    /// The keys that show a value, sorted.
    pub fn keys(&self) -> Vec<&'d str> {
        self.sorted().into_iter().map(|(key, _)| key).collect()
    }

    /// Keys and values, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&'d str, Value)> + 'd {
        let doc = self.doc;
        let map = self.container.unwrap_or(ContainerIx(0));
        self.sorted()
            .into_iter()
            .map(move |(key, entry)| (key, doc.value_of(doc.entry_with_others(map, entry))))
    }

    /// All values set at a key that nothing has overwritten, the shown one first. One where nobody disagreed, none where
    /// the key shows nothing. A container that several people opened at once is one value, of whoever ranks first.
    pub fn conflicts(&self, key: &str) -> Vec<Conflict> {
        let (Some(map), Some(key)) = (self.container, self.doc.log.keys.find(key)) else {
            return Vec::new();
        };
        let log = &self.doc.log;
        let mut listed = BTreeSet::new();
        let mut conflicts = Vec::new();
        for entry in self.doc.state.survivors(&log.entries, (map, key)) {
            let lv = log.entry_lv(entry);
            let found = self.doc.entry_shown(map, entry);
            let container = match found {
                Found::Container(container) => Some(container),
                Found::Plain(_) | Found::Several(_) => None,
            };
            let is_new = container.is_none_or(|container| listed.insert(container));
            if is_new {
                conflicts.push(Conflict {
                    value: self.doc.value_of(found),
                    id: log.id(lv),
                    lamport: log.graph.lamport(lv),
                    container: container.map(|container| log.containers.kind(container)),
                });
            }
        }
        conflicts
    }

    /// The kind of the container at a key; `None` for a plain value or nothing.
    pub fn kind_of(&self, key: &str) -> Option<Kind> {
        match self.found(key)? {
            Found::Container(container) => Some(self.doc.log.containers.kind(container)),
            Found::Plain(_) | Found::Several(_) => None,
        }
    }

    fn container_at(&self, key: &str, kind: Kind) -> Option<ContainerIx> {
        match self.found(key)? {
            Found::Container(container) if self.doc.log.containers.kind(container) == kind => {
                Some(container)
            }
            _ => None,
        }
    }

    /// The text at a key, if one stands there.
    pub fn text(&self, key: &str) -> Option<Text<'d>> {
        self.container_at(key, Kind::Text)
            .map(|container| Text::new(self.doc, Some(container)))
    }

    /// The list at a key, if one stands there.
    pub fn list(&self, key: &str) -> Option<List<'d>> {
        self.container_at(key, Kind::List)
            .map(|container| List::new(self.doc, Some(container)))
    }

    /// The map at a key, if one stands there.
    pub fn map(&self, key: &str) -> Option<Map<'d>> {
        self.container_at(key, Kind::Map)
            .map(|container| Map::new(self.doc, Some(container)))
    }

    /// The counter at a key, if one stands there.
    pub fn counter(&self, key: &str) -> Option<Counter<'d>> {
        self.container_at(key, Kind::Counter)
            .map(|container| Counter::new(self.doc, Some(container)))
    }
}

/// A counter as it is now.
#[derive(Clone, Copy, Debug)]
pub struct Counter<'d> {
    doc: &'d Doc,
    container: Option<ContainerIx>,
}

impl<'d> Counter<'d> {
    pub(super) fn new(doc: &'d Doc, container: Option<ContainerIx>) -> Self {
        Counter { doc, container }
    }

    /// The sum of all increments. Beyond 64 bits it reads as the nearest number within.
    pub fn value(&self) -> i64 {
        self.container.map_or(0, |counter| self.doc.count(counter))
    }
}
