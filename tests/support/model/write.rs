//! The edits of a scenario, written as operations by somebody who knows a given set.

use std::fmt;

use serde_json::Value as Json;

use super::super::reading::{Kind, Roots};
use super::super::scenario::{Act, Edit, Mark, Part};
use super::history::{Author, Container, Content, What};
use super::marks::Place;
use super::moved::HERE;
use super::{Known, Model};

/// Why an edit cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    OutOfRange,
    WrongKind,
    NotRestorable,
    CannotMove,
}

impl fmt::Display for Refusal {
    /// As the engine's error is called.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Model {
    /// Makes one transaction of a peer who knows `known`, which it then adds to. All or nothing.
    pub fn transact(
        &mut self,
        peer: u64,
        known: &mut Known,
        edits: &[Edit],
    ) -> Result<(), Refusal> {
        let mut writing = Writing {
            author: self.begin(peer, known),
            known: known.clone(),
            model: self,
        };
        match edits.iter().try_for_each(|edit| writing.edit(edit)) {
            Ok(()) => {
                *known = writing.known;
                Ok(())
            }
            Err(refusal) => {
                let author = writing.author;
                self.take_back(&author);
                Err(refusal)
            }
        }
    }
}

impl Model {
    /// The known operations that can be taken back.
    fn restorable(&self, known: &Known) -> Vec<usize> {
        let is_write = |what: &What| {
            use What::{Mark, MoveElement, RemoveKey, SetElement, SetKey};
            matches!(
                what,
                SetElement(_) | MoveElement | SetKey(..) | RemoveKey(_) | Mark(..)
            )
        };
        let can_be = |&operation: &usize| match &self.operations[operation].what {
            What::Delete => true,
            What::Restore(of) => is_write(&self.operations[*of].what),
            what => is_write(what),
        };
        known.iter().filter(can_be).collect()
    }

    fn id(&self, operation: usize) -> (u64, u32) {
        let operation = &self.operations[operation];
        (operation.peer, operation.seq)
    }

    /// What somebody could take back after a transaction, as (peer, seq), sorted.
    pub fn restorable_after(
        &mut self,
        peer: u64,
        known: &Known,
        edits: &[Edit],
    ) -> Result<Vec<(u64, u32)>, Refusal> {
        let mut scratch = known.clone();
        let author = self.begin(peer, known);
        self.transact(peer, &mut scratch, edits)?;
        let restorable = self.restorable(&scratch).into_iter();
        let mut restorable: Vec<_> = restorable.map(|one| self.id(one)).collect();
        restorable.sort_unstable();
        self.take_back(&author);
        Ok(restorable)
    }

    /// Makes a transaction, reads what it would show, and takes it back.
    pub fn try_out(&mut self, peer: u64, known: &Known, edits: &[Edit]) -> Result<Roots, Refusal> {
        let mut scratch = known.clone();
        let author = self.begin(peer, known);
        self.transact(peer, &mut scratch, edits)?;
        let shown = self.document(&scratch);
        self.take_back(&author);
        Ok(shown)
    }
}

struct Writing<'a> {
    model: &'a mut Model,
    author: Author,
    known: Known,
}

impl Writing<'_> {
    fn push(&mut self, container: &Container, what: What) -> usize {
        let operation = self.model.push(&mut self.author, container, what);
        self.known.insert(operation);
        operation
    }

    fn edit(&mut self, edit: &Edit) -> Result<(), Refusal> {
        if let &Act::Restore(peer, seq, count) = &edit.act {
            return self.restore(peer, seq, count);
        }
        let place = self.open(edit)?;
        match &edit.act {
            Act::Open(key, kind) => self.open_key(place, key, *kind).map(drop),
            Act::MoveTo(root, parts, goal) => {
                let around = Edit {
                    kind: match goal {
                        Part::Key(_) => Kind::Map,
                        Part::Index(_) => Kind::List,
                    },
                    root: root.clone(),
                    parts: parts.clone(),
                    act: edit.act.clone(),
                };
                let around = self.open(&around)?;
                match goal {
                    Part::Key(key) => self.move_to(&place, &around, key),
                    Part::Index(index) => self.move_to_index(&place, &around, *index),
                }
            }
            Act::Insert(at, text) => {
                self.insert(&place, *at, text.chars().map(Content::Character).collect())
            }
            Act::Delete(at, count) => self.delete(&place, *at, *count),
            Act::InsertValues(at, values) => self.insert_values(&place, *at, values),
            Act::Make(at, kind) => {
                let made = Content::Container(Container::Made(self.model.operations.len(), *kind));
                self.insert(&place, *at, vec![made])
            }
            Act::SetElement(at, value) => self.set_element(&place, *at, value),
            Act::Mark(mark) => self.mark(&place, mark),
            Act::Move(from, to) => self.move_element(&place, *from, *to),
            Act::Restore(..) => Ok(()),
            Act::Set(key, value) => {
                let content = fresh(self.model.operations.len(), value);
                self.push(&place, What::SetKey(key.clone(), content.clone()));
                self.fill(&content, value)
            }
            Act::Remove(key) => {
                if !self.model.surviving(&place, key, &self.known).is_empty() {
                    self.push(&place, What::RemoveKey(key.clone()));
                }
                Ok(())
            }
            Act::Add(change) => {
                self.push(&place, What::Add(*change));
                Ok(())
            }
        }
    }

    /// Walks to the container that an edit names, making what is not there.
    fn open(&mut self, edit: &Edit) -> Result<Container, Refusal> {
        let kinds = edit.kinds();
        let mut place = Container::Root(edit.root.clone(), kinds[0]);
        for (part, &kind) in edit.parts.iter().zip(&kinds[1..]) {
            place = match part {
                Part::Key(key) => self.open_key(place, key, kind)?,
                Part::Index(index) => self.open_index(&place, *index, kind)?,
            };
        }
        Ok(place)
    }

    fn open_key(&mut self, parent: Container, key: &str, kind: Kind) -> Result<Container, Refusal> {
        if let Some(&winner) = self.model.surviving(&parent, key, &self.known).first() {
            return of_kind(self.model.content(winner), kind);
        }
        let generations = self.known.iter().filter_map(|operation| {
            let is_move = self.model.moves.contains(&operation);
            let operation = &self.model.operations[operation];
            match &operation.what {
                What::SetKey(of, Content::Container(Container::Keyed { generation, .. }))
                    if !is_move && operation.container == parent && of == key =>
                {
                    Some(*generation)
                }
                _ => None,
            }
        });
        let generation = generations.max().map_or(0, |largest| largest + 1);
        let made = Container::Keyed {
            parent: Box::new(parent.clone()),
            key: key.to_owned(),
            kind,
            generation,
        };
        self.push(
            &parent,
            What::SetKey(key.to_owned(), Content::Container(made.clone())),
        );
        Ok(made)
    }

    fn open_index(
        &self,
        parent: &Container,
        index: usize,
        kind: Kind,
    ) -> Result<Container, Refusal> {
        let element = self
            .model
            .elements(parent, &self.known)
            .nth(index)
            .ok_or(Refusal::OutOfRange)?;
        of_kind(self.model.shown_in(parent, element, &self.known), kind)
    }

    /// Puts a container at a key of a map.
    fn move_to(&mut self, moved: &Container, map: &Container, key: &str) -> Result<(), Refusal> {
        let standing = self.model.standing(&self.known);
        let is_root = matches!(moved, Container::Root(..));
        if is_root || self.model.is_within(map, moved, &standing) {
            return Err(Refusal::CannotMove);
        }
        let shown = self.model.surviving(map, key, &self.known);
        if let Some(&shown) = shown.first()
            && matches!(self.model.content(shown), Content::Container(shown) if shown == moved)
        {
            return Ok(());
        }
        let here = Content::Container(moved.clone());
        let operation = self.push(map, What::SetKey(key.to_owned(), here));
        self.model.moves.insert(operation);
        Ok(())
    }

    /// Puts a container into a list: into a map that is inserted there, unless it is an element of that list.
    fn move_to_index(
        &mut self,
        moved: &Container,
        list: &Container,
        index: usize,
    ) -> Result<(), Refusal> {
        if matches!(moved, Container::Root(..)) {
            return Err(Refusal::CannotMove);
        }
        let shown = self.model.elements(list, &self.known);
        let shows = |element| self.model.shown_in(list, element, &self.known);
        let is_it = |content: &Content| matches!(content, Content::Container(one) if one == moved);
        let shown: Vec<bool> = shown.map(|element| is_it(shows(element))).collect();
        if let Some(from) = shown.iter().position(|&is_it| is_it) {
            if index >= shown.len() {
                return Err(Refusal::OutOfRange);
            }
            return match from == index {
                true => Ok(()),
                false => self.move_element(list, from, index),
            };
        }
        self.in_range(list, index, 0)?;
        let standing = self.model.standing(&self.known);
        if self.model.is_within(list, moved, &standing) {
            return Err(Refusal::CannotMove);
        }
        let seat = Container::Made(self.model.operations.len(), Kind::Map);
        self.insert(list, index, vec![Content::Container(seat.clone())])?;
        let here = Content::Container(moved.clone());
        let operation = self.push(&seat, What::SetKey(HERE.to_owned(), here));
        self.model.moves.insert(operation);
        Ok(())
    }

    fn in_range(&self, place: &Container, at: usize, count: usize) -> Result<(), Refusal> {
        let len = self.model.elements(place, &self.known).count();
        if at.saturating_add(count) > len {
            Err(Refusal::OutOfRange)
        } else {
            Ok(())
        }
    }

    fn insert(
        &mut self,
        place: &Container,
        at: usize,
        contents: Vec<Content>,
    ) -> Result<(), Refusal> {
        self.in_range(place, at, 0)?;
        let mut left = match at {
            0 => None,
            at => self
                .model
                .elements(place, &self.known)
                .nth(at - 1)
                .map(|element| element.inserted_by),
        };
        for content in contents {
            let operation = self.push(place, What::Insert(content));
            let sequence = self.model.sequences.entry(place.clone()).or_default();
            sequence.insert(operation, self.author.peer(), left, &self.known);
            left = Some(operation);
        }
        Ok(())
    }

    /// All of them in a row, then the inside of each.
    fn insert_values(
        &mut self,
        place: &Container,
        at: usize,
        values: &[Json],
    ) -> Result<(), Refusal> {
        let next = self.model.operations.len();
        let contents: Vec<Content> = (next..)
            .zip(values)
            .map(|(by, value)| fresh(by, value))
            .collect();
        self.insert(place, at, contents.clone())?;
        contents
            .iter()
            .zip(values)
            .try_for_each(|(content, value)| self.fill(content, value))
    }

    fn delete(&mut self, place: &Container, at: usize, count: usize) -> Result<(), Refusal> {
        self.in_range(place, at, count)?;
        let shown = self
            .model
            .elements(place, &self.known)
            .map(|element| element.first());
        let doomed: Vec<usize> = shown.skip(at).take(count).collect();
        for element in doomed {
            let operation = self.push(place, What::Delete);
            let sequence = self.model.sequences.entry(place.clone()).or_default();
            sequence.element_mut(element).deleted_by.push(operation);
        }
        Ok(())
    }

    fn set_element(&mut self, place: &Container, at: usize, value: &Json) -> Result<(), Refusal> {
        let element = self
            .model
            .elements(place, &self.known)
            .nth(at)
            .ok_or(Refusal::OutOfRange)?
            .first();
        let content = fresh(self.model.operations.len(), value);
        let operation = self.push(place, What::SetElement(content.clone()));
        let sequence = self.model.sequences.entry(place.clone()).or_default();
        sequence.element_mut(element).set_by.push(operation);
        self.fill(&content, value)
    }

    fn move_element(&mut self, place: &Container, from: usize, to: usize) -> Result<(), Refusal> {
        let shown = self.model.elements(place, &self.known);
        let mut places: Vec<(usize, usize)> = shown
            .map(|element| (element.inserted_by, element.first()))
            .collect();
        if from.max(to) >= places.len() {
            return Err(Refusal::OutOfRange);
        }
        let (_, element) = places.remove(from);
        let left = to.checked_sub(1).map(|before| places[before].0);
        let operation = self.push(place, What::MoveElement);
        let sequence = self.model.sequences.entry(place.clone()).or_default();
        sequence.insert_place(
            operation,
            Some(element),
            self.author.peer(),
            left,
            &self.known,
        );
        Ok(())
    }

    /// Takes back what operations of a peer did, each unless that is taken back.
    fn restore(&mut self, peer: u64, seq: u32, count: u32) -> Result<(), Refusal> {
        let restorable = self.model.restorable(&self.known).into_iter();
        let named = |&operation: &usize| {
            let (by, at) = self.model.id(operation);
            by == peer && (seq..seq + count).contains(&at)
        };
        let mut named: Vec<usize> = restorable.filter(named).collect();
        if u32::try_from(named.len()) != Ok(count) {
            return Err(Refusal::NotRestorable);
        }
        named.sort_by_key(|&operation| self.model.id(operation));
        for operation in named {
            if self.model.counts(operation, &self.known) {
                let place = self.model.operations[operation].container.clone();
                let restore = self.push(&place, What::Restore(operation));
                let restores = self.model.restores.entry(operation).or_default();
                restores.push(restore);
            }
        }
        Ok(())
    }

    fn mark(&mut self, place: &Container, mark: &Mark) -> Result<(), Refusal> {
        let count = mark.end.saturating_sub(mark.start);
        self.in_range(place, mark.start, count)?;
        let shown = self.model.elements(place, &self.known);
        let seen: Vec<usize> = shown.map(|element| element.inserted_by).collect();
        if count > 0 {
            let places = Place::of(&seen, mark.start, mark.end, mark.expansion);
            let what = What::Mark(mark.key.clone(), mark.value.clone(), places);
            self.push(place, what);
        }
        Ok(())
    }

    /// Writes the inside of an array or object into the container just made for it.
    fn fill(&mut self, content: &Content, value: &Json) -> Result<(), Refusal> {
        let Content::Container(made) = content else {
            return Ok(());
        };
        match value {
            Json::Array(values) => self.insert_values(made, 0, values),
            Json::Object(entries) => entries.iter().try_for_each(|(key, value)| {
                let content = fresh(self.model.operations.len(), value);
                self.push(made, What::SetKey(key.clone(), content.clone()));
                self.fill(&content, value)
            }),
            _ => Ok(()),
        }
    }
}

/// What an operation holds for a value: arrays and objects make containers, named by it.
fn fresh(by: usize, value: &Json) -> Content {
    match value {
        Json::Array(_) => Content::Container(Container::Made(by, Kind::List)),
        Json::Object(_) => Content::Container(Container::Made(by, Kind::Map)),
        plain => Content::Plain(plain.clone()),
    }
}

fn of_kind(content: &Content, kind: Kind) -> Result<Container, Refusal> {
    match content {
        Content::Container(container) if container.kind() == kind => Ok(container.clone()),
        _ => Err(Refusal::WrongKind),
    }
}
