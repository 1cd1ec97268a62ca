//! Writing a list.

use std::ops::Range;

use super::Doc;
use super::handle::Target;
use super::map_mut::{CounterMut, MapMut};
use super::path::Found;
use super::text_mut::TextMut;
use super::view_list::List;
use super::write::cell_of;
use crate::error::Error;
use crate::oplog::{Cell, ContainerIx, Kind, Name};
use crate::value::Value;

/// A list, for writing. Positions count elements from 0.
///
/// Methods that go into a nested container consume the handle; [`by_ref`](ListMut::by_ref) makes another first.
#[derive(Debug)]
pub struct ListMut<'t> {
    doc: &'t mut Doc,
    target: Target,
}

impl<'t> ListMut<'t> {
    pub(super) fn new(doc: &'t mut Doc, target: Target) -> Self {
        ListMut { doc, target }
    }

    /// Another handle to the same list.
    pub fn by_ref(&mut self) -> ListMut<'_> {
        ListMut {
            doc: self.doc,
            target: self.target,
        }
    }

    fn view(&self) -> List<'_> {
        List::new(self.doc, self.target.known(self.doc))
    }

    /// How many elements there are. O(1).
    pub fn len(&self) -> usize {
        self.view().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at an index; the contents, where it is a container.
    pub fn get(&self, index: usize) -> Option<Value> {
        self.view().get(index)
    }

    /// Inserts a value, so that it stands at `index`. O(log n).
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] past the end; [`Error::WrongKind`] if the root is of another kind; [`Error::Limit`].
    pub fn insert(&mut self, index: usize, value: impl Into<Value>) -> Result<(), Error> {
        self.target.verify(self.doc)?;
        let at = self.position(index, 1)?;
        let list = self.target.resolve(self.doc)?;
        let value = value.into();
        self.doc
            .insert_values(list, at, std::slice::from_ref(&value))
    }

    /// Inserts values in a row, the first at `index`.
    ///
    /// # Errors
    ///
    /// As [`insert`](ListMut::insert).
    pub fn insert_all(
        &mut self,
        index: usize,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<(), Error> {
        self.target.verify(self.doc)?;
        let at = self.position(index, 1)?;
        let values: Vec<Value> = values.into_iter().collect();
        let list = self.target.resolve(self.doc)?;
        self.doc.insert_values(list, at, &values)
    }

    /// Inserts a value at the end.
    ///
    /// # Errors
    ///
    /// As [`insert`](ListMut::insert).
    pub fn push(&mut self, value: impl Into<Value>) -> Result<(), Error> {
        self.insert(self.len(), value)
    }

    /// Deletes a range of elements. O(log n) and the range.
    ///
    /// # Errors
    ///
    /// As [`insert`](ListMut::insert).
    pub fn delete(&mut self, range: Range<usize>) -> Result<(), Error> {
        self.target.verify(self.doc)?;
        if range.end < range.start {
            return Err(Error::ReversedRange {
                path: self.target.path(self.doc),
                start: range.start,
                end: range.end,
            });
        }
        let (start, end) = (self.position(range.start, 1)?, self.position(range.end, 1)?);
        if start == end {
            return Ok(());
        }
        let list = self.target.resolve(self.doc)?;
        self.doc.delete_elements(list, start, end - start)
    }

    /// Sets the value of an element. O(log n).
    ///
    /// # Errors
    ///
    /// As [`insert`](ListMut::insert).
    pub fn set(&mut self, index: usize, value: impl Into<Value>) -> Result<(), Error> {
        self.target.verify(self.doc)?;
        let at = self.position(index, 0)?;
        let list = self.target.resolve(self.doc)?;
        let value = value.into();
        self.doc.check_whole(list, std::slice::from_ref(&value))?;
        let mut cell = Vec::new();
        cell_of(&value).write(&mut cell);
        let lv = self.doc.set_element(list, at, &cell)?;
        self.doc.fill_made(lv, &value)
    }

    /// Moves an element, so that it stands at index `to` of the list without it, and so of the list afterwards. It stays the same
    /// element: whoever sets it or writes within it at the same time does so where it then stands, and of several moves at once
    /// one holds. O(log n).
    ///
    /// # Errors
    ///
    /// As [`insert`](ListMut::insert).
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, value};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.list("todo").insert_all(0, ["rest".into(), "work".into(), "eat".into()]))?;
    /// doc.transact(|tx| tx.list("todo").move_to(0, 2))?;
    /// assert_eq!(doc.to_json(), serde_json::json!({ "todo": ["work", "eat", "rest"] }));
    /// # Ok(())
    /// # }
    /// ```
    pub fn move_to(&mut self, from: usize, to: usize) -> Result<(), Error> {
        self.target.verify(self.doc)?;
        let (from, to) = (self.position(from, 0)?, self.position(to, 0)?);
        let list = self.target.resolve(self.doc)?;
        self.doc.move_element(list, from, to)
    }

    /// A position among the elements, or `past` them.
    fn position(&self, index: usize, past: usize) -> Result<u32, Error> {
        match u32::try_from(index) {
            Ok(at) if index < self.len() + past => Ok(at),
            _ => Err(self.out_of_range(index)),
        }
    }

    fn out_of_range(&self, position: usize) -> Error {
        Error::OutOfRange {
            path: self.target.path(self.doc),
            position,
            len: self.len(),
            unit: "elements",
        }
    }

    pub(super) fn make(mut self, index: usize, kind: Kind) -> Result<(&'t mut Doc, Target), Error> {
        self.target.verify(self.doc)?;
        let at = self.position(index, 1)?;
        let list = self.target.resolve(self.doc)?;
        self.doc.check_nesting(list)?;
        let cell = Cell::made(kind);
        self.doc.check_content(list, cell.len())?;
        let lv = self.doc.insert_cells(list, at, &cell, 1)?;
        let made = self.doc.log.container(Name::Made { by: lv, kind });
        Ok((self.doc, Target::Known(made)))
    }

    fn open(self, index: usize, kind: Kind) -> Result<(&'t mut Doc, Target), Error> {
        self.target.verify(self.doc)?;
        let known = self.target.known(self.doc);
        if let (Some(list), Ok(index)) = (known, u32::try_from(index))
            && let Some(state) = self.doc.state.list_mut(list)
        {
            state.open(index);
        }
        match known.and_then(|list| self.doc.at_index(list, index)) {
            None => Err(self.out_of_range(index)),
            Some(found) => {
                let container = self.doc.expect_kind(found, kind, || {
                    format!("{}/{index}", self.target.path(self.doc))
                })?;
                Ok((self.doc, Target::Known(container)))
            }
        }
    }
}

impl Doc {
    /// The container found, if it is of the kind asked for.
    pub(super) fn expect_kind(
        &self,
        found: Found<'_>,
        expected: Kind,
        path: impl FnOnce() -> String,
    ) -> Result<ContainerIx, Error> {
        match found {
            Found::Container(container) if self.log.containers.kind(container) == expected => {
                Ok(container)
            }
            Found::Container(container) => Err(Error::WrongKind {
                path: path(),
                expected,
                found: Some(self.log.containers.kind(container)),
            }),
            Found::Plain(_) | Found::Several(_) => Err(Error::WrongKind {
                path: path(),
                expected,
                found: None,
            }),
        }
    }
}

macro_rules! nested {
    ($($handle:ident, $kind:expr, $what:literal, $open:ident, $insert:ident, $push:ident;)*) => {
        impl<'t> ListMut<'t> {
            $(
                #[doc = concat!("The ", $what, " at an index, for writing.")]
                ///
                /// # Errors
                ///
                /// [`Error::OutOfRange`] past the end; [`Error::WrongKind`] if something else stands there.
                pub fn $open(self, index: usize) -> Result<$handle<'t>, Error> {
                    let (doc, target) = self.open(index, $kind)?;
                    Ok($handle::new(doc, target))
                }

                #[doc = concat!("Inserts an empty ", $what, " at an index.")]
                ///
                /// # Errors
                ///
                /// As [`insert`](ListMut::insert).
                pub fn $insert(self, index: usize) -> Result<$handle<'t>, Error> {
                    let (doc, target) = self.make(index, $kind)?;
                    Ok($handle::new(doc, target))
                }

                #[doc = concat!("Inserts an empty ", $what, " at the end.")]
                ///
                /// # Errors
                ///
                /// As [`insert`](ListMut::insert).
                pub fn $push(self) -> Result<$handle<'t>, Error> {
                    let end = self.len();
                    self.$insert(end)
                }
            )*
        }
    };
}

nested! {
    TextMut, Kind::Text, "text", text, insert_text, push_text;
    ListMut, Kind::List, "list", list, insert_list, push_list;
    MapMut, Kind::Map, "map", map, insert_map, push_map;
    CounterMut, Kind::Counter, "counter", counter, insert_counter, push_counter;
}
