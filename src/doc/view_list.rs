//! Reading a list.

use super::Doc;
use super::path::Found;
use super::view_map::{Counter, Map};
use super::view_text::Text;
use crate::oplog::{ContainerIx, Kind};
use crate::value::Value;

/// A list as it is now. Positions count elements from 0.
#[derive(Clone, Copy, Debug)]
pub struct List<'d> {
    doc: &'d Doc,
    container: Option<ContainerIx>,
}

impl<'d> List<'d> {
    pub(super) fn new(doc: &'d Doc, container: Option<ContainerIx>) -> Self {
        List { doc, container }
    }

    /// How many elements there are. O(1).
    pub fn len(&self) -> usize {
        self.container
            .and_then(|list| self.doc.state.list(list))
            .map_or(0, |list| list.len() as usize)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn found(&self, index: usize) -> Option<Found<'d>> {
        self.doc.at_index(self.container?, index)
    }

    /// The element at an index; the contents, where it is a container. O(log n).
    pub fn get(&self, index: usize) -> Option<Value> {
        self.found(index).map(|found| self.doc.value_of(found))
    }

    /// The elements in order.
    pub fn iter(&self) -> impl Iterator<Item = Value> + 'd {
        let doc = self.doc;
        let elements = self.container.map(|list| doc.elements_shown(list));
        elements
            .into_iter()
            .flatten()
            .map(|found| doc.value_of(found))
    }

    /// The kind of the container at an index; `None` for a plain value.
    pub fn kind_at(&self, index: usize) -> Option<Kind> {
        match self.found(index)? {
            Found::Container(container) => Some(self.doc.log.containers.kind(container)),
            Found::Plain(_) | Found::Several(_) => None,
        }
    }

    fn container_at(&self, index: usize, kind: Kind) -> Option<ContainerIx> {
        match self.found(index)? {
            Found::Container(container) if self.doc.log.containers.kind(container) == kind => {
                Some(container)
            }
            _ => None,
        }
    }

    /// The text at an index, if one stands there.
    pub fn text(&self, index: usize) -> Option<Text<'d>> {
        self.container_at(index, Kind::Text)
            .map(|container| Text::new(self.doc, Some(container)))
    }

    /// The list at an index, if one stands there.
    pub fn list(&self, index: usize) -> Option<List<'d>> {
        self.container_at(index, Kind::List)
            .map(|container| List::new(self.doc, Some(container)))
    }

    /// The map at an index, if one stands there.
    pub fn map(&self, index: usize) -> Option<Map<'d>> {
        self.container_at(index, Kind::Map)
            .map(|container| Map::new(self.doc, Some(container)))
    }

    /// The counter at an index, if one stands there.
    pub fn counter(&self, index: usize) -> Option<Counter<'d>> {
        self.container_at(index, Kind::Counter)
            .map(|container| Counter::new(self.doc, Some(container)))
    }
}
