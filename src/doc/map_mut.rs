//! Writing a map, and a counter.

use super::Doc;
use super::handle::Target;
use super::list_mut::ListMut;
use super::path::escape;
use super::text_mut::TextMut;
use super::view_map::Map;
use crate::error::Error;
use crate::oplog::{Cell, Kind, Name};
use crate::value::Value;

/// A map, for writing.
///
/// Methods that go into a nested container consume the handle; [`by_ref`](MapMut::by_ref) makes another first.
#[derive(Debug)]
pub struct MapMut<'t> {
    doc: &'t mut Doc,
    target: Target,
}

impl<'t> MapMut<'t> {
    pub(super) fn new(doc: &'t mut Doc, target: Target) -> Self {
        MapMut { doc, target }
    }

    /// Another handle to the same map.
    pub fn by_ref(&mut self) -> MapMut<'_> {
        MapMut {
            doc: self.doc,
            target: self.target,
        }
    }

    fn view(&self) -> Map<'_> {
        Map::new(self.doc, self.target.known(self.doc))
    }

    /// The value at a key; the contents, where it is a container.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.view().get(key)
    }

    /// Whether the key shows a value.
    pub fn contains_key(&self, key: &str) -> bool {
        self.view().contains_key(key)
    }

    /// Sets a key; a list or map becomes a nested container with these contents. O(log n).
    ///
    /// # Errors
    ///
    /// [`Error::WrongKind`] if the root is of another kind; [`Error::Limit`].
    pub fn set(&mut self, key: &str, value: impl Into<Value>) -> Result<(), Error> {
        let map = self.target.resolve(self.doc)?;
        self.doc.set_value(map, key, &value.into())
    }

    /// Removes a key. One that shows nothing makes no operation. O(log n).
    ///
    /// # Errors
    ///
    /// As [`set`](MapMut::set).
    pub fn remove(&mut self, key: &str) -> Result<(), Error> {
        self.target.verify(self.doc)?;
        match self.target.known(self.doc) {
            Some(map) => self.doc.remove_key(map, key),
            None => Ok(()),
        }
    }

    pub(super) fn open(mut self, key: &str, kind: Kind) -> Result<(&'t mut Doc, Target), Error> {
        let map = self.target.resolve(self.doc)?;
        if let Some(found) = self.doc.at_key(map, key) {
            let path = || format!("{}/{}", self.target.path(self.doc), escape(key));
            let container = self.doc.expect_kind(found, kind, path)?;
            return Ok((self.doc, Target::Known(container)));
        }
        self.doc.check_key(key)?;
        self.doc.check_nesting(map)?;
        let key = self.doc.log.keys.intern(key);
        let generation = self
            .doc
            .log
            .containers
            .last_generation(map, key)
            .map_or(0, |last| last.saturating_add(1));
        let cell = Cell::Child { kind, generation };
        self.doc.check_content(map, cell.stored_len())?;
        self.doc.set_entry(map, key, cell)?;
        let child = self.doc.log.container(Name::Child {
            parent: map,
            key,
            generation,
            kind,
        });
        Ok((self.doc, Target::Known(child)))
    }
}

macro_rules! nested {
    ($($handle:ident, $kind:expr, $what:literal, $open:ident;)*) => {
        impl<'t> MapMut<'t> {
            $(
                #[doc = concat!("Opens the ", $what, " at a key, making it if the key shows nothing. Two people who first")]
                /// open a key at the same time share what they open.
                ///
                /// # Errors
                ///
                /// [`Error::WrongKind`] if something else stands there; otherwise as [`set`](MapMut::set).
                pub fn $open(self, key: &str) -> Result<$handle<'t>, Error> {
                    let (doc, target) = self.open(key, $kind)?;
                    Ok($handle::new(doc, target))
                }
            )*
        }
    };
}

nested! {
    TextMut, Kind::Text, "text", text;
    ListMut, Kind::List, "list", list;
    MapMut, Kind::Map, "map", map;
    CounterMut, Kind::Counter, "counter", counter;
}

/// A counter, for writing.
#[derive(Debug)]
pub struct CounterMut<'t> {
    doc: &'t mut Doc,
    target: Target,
}

impl<'t> CounterMut<'t> {
    pub(super) fn new(doc: &'t mut Doc, target: Target) -> Self {
        CounterMut { doc, target }
    }

    /// The sum so far.
    pub fn value(&self) -> i64 {
        self.target
            .known(self.doc)
            .map_or(0, |counter| self.doc.count(counter))
    }

    /// Adds to the counter; a negative number takes away.
    ///
    /// # Errors
    ///
    /// [`Error::WrongKind`] if the root is of another kind.
    pub fn add(&mut self, by: i64) -> Result<(), Error> {
        let counter = self.target.resolve(self.doc)?;
        self.doc.add(counter, by)
    }
}
