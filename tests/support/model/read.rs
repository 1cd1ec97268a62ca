//! What a replica shows: read off the whole history, asking of each operation whether it is known.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::super::reading::{Kind, Reading, Roots, join};
use super::history::{Container, Content, Operation, What};
use super::sequence::{Element, Sequence};
use super::{Known, Model};

/// One surviving set of a map key.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub value: Json,
    pub peer: u64,
    pub seq: u32,
    pub lamport: u32,
    pub container: Option<Kind>,
}

/// The surviving sets of every map key within reach, by path; the one that shows comes first.
pub type Conflicts = BTreeMap<String, Vec<Entry>>;

impl Model {
    /// Every root that a known operation writes to, by name and kind.
    pub fn document(&self, known: &Known) -> Roots {
        let mut roots = Roots::new();
        for operation in known.iter() {
            let container = &self.operations[operation].container;
            if let Container::Root(name, kind) = container {
                roots
                    .entry((name.clone(), *kind))
                    .or_insert_with(|| self.read(container, known));
            }
        }
        roots
    }

    pub fn read(&self, container: &Container, known: &Known) -> Reading {
        match container.kind() {
            Kind::Text => Reading::Text(
                self.elements(container, known)
                    .filter_map(|e| self.character(e))
                    .collect(),
            ),
            Kind::List => {
                let contents = self
                    .elements(container, known)
                    .map(|element| self.shown_in(container, element, known));
                Reading::List(
                    contents
                        .map(|content| self.read_content(content, known))
                        .collect(),
                )
            }
            Kind::Map => {
                let shown = self.keys(container, known).into_iter().filter_map(|key| {
                    let winner = *self.surviving(container, &key, known).first()?;
                    Some((key, self.read_content(self.content(winner), known)))
                });
                Reading::Map(shown.collect())
            }
            Kind::Counter => {
                let changes =
                    self.known_of(container, known)
                        .filter_map(|operation| match operation.what {
                            What::Add(change) => Some(change),
                            _ => None,
                        });
                Reading::Counter(changes.fold(0, i64::wrapping_add))
            }
        }
    }

    pub(super) fn read_content(&self, content: &Content, known: &Known) -> Reading {
        match content {
            Content::Character(character) => Reading::Plain(Json::from(character.to_string())),
            Content::Plain(value) => Reading::Plain(value.clone()),
            Content::Container(container) => self.read(container, known),
        }
    }

    pub(super) fn elements<'a>(
        &'a self,
        container: &Container,
        known: &'a Known,
    ) -> impl Iterator<Item = &'a Element> + 'a {
        self.sequences
            .get(container)
            .into_iter()
            .flat_map(move |sequence| {
                let shown = sequence.places(move |operation| self.counts(operation, known));
                let moves = sequence.has_moves();
                let standing = (!self.moves.is_empty()).then(|| self.standing(known));
                shown.filter(move |place| {
                    let is_there = |standing| {
                        let content = self.written_in(sequence, place, known);
                        self.there(content, standing, known).is_some()
                    };
                    (!moves || self.stands_at(sequence, place, known))
                        && standing.as_ref().is_none_or(is_there)
                })
            })
    }

    /// Whether an element stands at a place: the largest (Lamport, peer) of those that no other of them knew.
    fn stands_at(&self, sequence: &Sequence, place: &Element, known: &Known) -> bool {
        let places: Vec<usize> = sequence
            .places(|operation| self.counts(operation, known))
            .filter(|other| other.first() == place.first())
            .map(|other| other.inserted_by)
            .collect();
        places == [place.inserted_by]
            || self.not_overwritten(&places, &places).first() == Some(&place.inserted_by)
    }

    fn character(&self, element: &Element) -> Option<char> {
        match self.content(element.inserted_by) {
            Content::Character(character) => Some(*character),
            _ => None,
        }
    }

    /// What a list element shows: of its initial value and its sets that count, those that no other of them knew,
    /// and of these the one with the largest (Lamport, peer).
    pub(super) fn shown_in(
        &self,
        container: &Container,
        place: &Element,
        known: &Known,
    ) -> &Content {
        let content = self.written_in(&self.sequences[container], place, known);
        if self.moves.is_empty() {
            return content;
        }
        let there = self.there(content, &self.standing(known), known);
        there.expect("an element that shows")
    }

    /// What was inserted as a list element, or set last.
    fn written_in(&self, sequence: &Sequence, place: &Element, known: &Known) -> &Content {
        let element = sequence.element(place.first());
        let writes = [element.inserted_by]
            .into_iter()
            .chain(element.set_by.iter().copied());
        let writes: Vec<usize> = writes.filter(|&write| self.counts(write, known)).collect();
        let winner = *self
            .not_overwritten(&writes, &writes)
            .first()
            .expect("a shown element was inserted");
        self.content(winner)
    }

    /// The sets of a key that no known set or removal of it knew, the winner first.
    pub(super) fn surviving(&self, container: &Container, key: &str, known: &Known) -> Vec<usize> {
        let (mut sets, mut writes) = (Vec::new(), Vec::new());
        for index in known.iter() {
            let operation = &self.operations[index];
            if operation.container != *container || !self.counts(index, known) {
                continue;
            }
            match &operation.what {
                What::SetKey(of, _) if of == key => {
                    sets.push(index);
                    writes.push(index);
                }
                What::RemoveKey(of) if of == key => writes.push(index),
                _ => {}
            }
        }
        let mut left = self.not_overwritten(&sets, &writes);
        if !self.moves.is_empty() {
            let standing = self.standing(known);
            left.retain(|&set| self.is_there(set, &standing));
        }
        left
    }

    fn not_overwritten(&self, sets: &[usize], writes: &[usize]) -> Vec<usize> {
        let overwritten = |&set: &usize| writes.iter().any(|&write| self.knew(write, set));
        let mut left: Vec<usize> = sets
            .iter()
            .copied()
            .filter(|set| !overwritten(set))
            .collect();
        left.sort_by_key(|&set| (self.operations[set].lamport, self.operations[set].peer));
        left.reverse();
        left
    }

    pub(super) fn content(&self, operation: usize) -> &Content {
        match &self.operations[operation].what {
            What::Insert(content) | What::SetElement(content) | What::SetKey(_, content) => content,
            what => panic!("{what:?} holds no content"),
        }
    }

    pub(super) fn keys(&self, container: &Container, known: &Known) -> BTreeSet<String> {
        let keys = self
            .known_of(container, known)
            .filter_map(|operation| match &operation.what {
                What::SetKey(key, _) => Some(key.clone()),
                _ => None,
            });
        keys.collect()
    }

    fn known_of<'a>(
        &'a self,
        container: &Container,
        known: &'a Known,
    ) -> impl Iterator<Item = &'a Operation> {
        known
            .iter()
            .map(|index| &self.operations[index])
            .filter(move |operation| operation.container == *container)
    }

    /// The surviving sets of every key of every map within reach.
    pub fn conflicts(&self, known: &Known) -> Conflicts {
        let mut conflicts = Conflicts::new();
        for (name, kind) in self.document(known).into_keys() {
            let path = join("", &name);
            self.conflicts_within(&Container::Root(name, kind), &path, known, &mut conflicts);
        }
        conflicts
    }

    fn conflicts_within(
        &self,
        container: &Container,
        path: &str,
        known: &Known,
        conflicts: &mut Conflicts,
    ) {
        let mut inner: Vec<(String, &Content)> = Vec::new();
        match container.kind() {
            Kind::Text | Kind::Counter => {}
            Kind::List => {
                for (index, element) in self.elements(container, known).enumerate() {
                    inner.push((
                        join(path, &index.to_string()),
                        self.shown_in(container, element, known),
                    ));
                }
            }
            Kind::Map => {
                for key in self.keys(container, known) {
                    let sets = self.surviving(container, &key, known);
                    let Some(&winner) = sets.first() else {
                        continue;
                    };
                    let path = join(path, &key);
                    inner.push((path.clone(), self.content(winner)));
                    // A container that several opened stands there once, under the first of them.
                    let mut listed = Vec::new();
                    let once = sets.iter().filter(|&&set| match self.content(set) {
                        Content::Container(container) if listed.contains(&container) => false,
                        Content::Container(container) => {
                            listed.push(container);
                            true
                        }
                        _ => true,
                    });
                    conflicts.insert(path, once.map(|&set| self.entry(set, known)).collect());
                }
            }
        }
        for (path, content) in inner {
            if let Content::Container(container) = content {
                self.conflicts_within(container, &path, known, conflicts);
            }
        }
    }

    fn entry(&self, set: usize, known: &Known) -> Entry {
        let Operation {
            peer, seq, lamport, ..
        } = self.operations[set];
        let content = self.content(set);
        let container = match content {
            Content::Container(container) => Some(container.kind()),
            _ => None,
        };
        Entry {
            value: self.read_content(content, known).json(),
            peer,
            seq,
            lamport,
            container,
        }
    }
}

/// Conflicts as a scenario's `expect` lists them: keys with several surviving sets, none a container.
pub fn show_conflicts(conflicts: &Conflicts) -> Map<String, Json> {
    let contested = conflicts.iter().filter(|(_, entries)| entries.len() > 1);
    let plain =
        contested.filter(|(_, entries)| entries.iter().all(|entry| entry.container.is_none()));
    let values = |entries: &[Entry]| entries.iter().map(|entry| entry.value.clone()).collect();
    plain
        .map(|(path, entries)| (path.clone(), Json::Array(values(entries))))
        .collect()
}
