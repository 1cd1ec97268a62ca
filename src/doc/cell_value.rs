//! From stored cells to values.

use std::collections::BTreeMap;

use super::Doc;
use super::path::Found;
use crate::id::Lv;
use crate::oplog::{Cell, ContainerIx, Kind};
use crate::value::Value;

impl Doc {
    pub(super) fn value_of(&self, found: Found<'_>) -> Value {
        match found {
            Found::Container(container) => self.container_value(container),
            Found::Plain(cell) => plain_value(cell),
            Found::Several(slot) => {
                let cells = self.several(slot).into_iter();
                Value::List(cells.map(plain_value).collect())
            }
        }
    }

    /// The contents of a container, and of those within. Recursion is bounded by the limit on nesting.
    pub(super) fn container_value(&self, container: ContainerIx) -> Value {
        match self.log.containers.kind(container) {
            Kind::Text => Value::String(
                self.state
                    .text(container)
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            ),
            Kind::Counter => Value::Int(self.count(container)),
            Kind::List => {
                let elements = self.elements_shown(container);
                Value::List(elements.map(|found| self.value_of(found)).collect())
            }
            Kind::Map => {
                let entries = self.state.entries_of(&self.log.entries, container);
                Value::Map(
                    entries
                        .map(|(key, entry)| {
                            let value = self.value_of(self.key_shown((container, key), entry));
                            (self.log.keys.name(key).to_owned(), value)
                        })
                        .collect::<BTreeMap<_, _>>(),
                )
            }
        }
    }

    /// What a list element shows.
    #[inline]
    pub(super) fn element_shown<'d>(&self, cell: Cell<'d>, lv: Lv) -> Found<'d> {
        self.log
            .container_shown(cell, lv)
            .map_or(Found::Plain(cell), Found::Container)
    }

    /// What a list shows, in order.
    pub(super) fn elements_shown(&self, list: ContainerIx) -> impl Iterator<Item = Found<'_>> {
        let list = self.state.list(list).zip(self.log.sequence(list));
        list.into_iter().flat_map(move |(list, sequence)| {
            let mut cells = sequence.cells();
            list.iter()
                .map(move |lv| self.element_shown(cells.get(lv), lv))
        })
    }

    /// What a map shows where this entry won.
    pub(super) fn entry_shown(&self, map: ContainerIx, entry: u32) -> Found<'_> {
        let cell = self.log.entries.cell(entry);
        self.log
            .container_at_key(map, entry, cell)
            .map_or(Found::Plain(cell), Found::Container)
    }

    /// The value that a map operation set, if it set one.
    pub(super) fn entry_value(&self, map: ContainerIx, entry: u32) -> Value {
        self.value_of(self.entry_shown(map, entry))
    }

    /// A counter's sum, at the ends of its range where it lies beyond.
    pub(super) fn count(&self, counter: ContainerIx) -> i64 {
        let sum = self.state.counter(counter);
        i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
    }
}

pub(super) fn plain_value(cell: Cell<'_>) -> Value {
    match cell {
        Cell::Bool(bool) => Value::Bool(bool),
        Cell::Int(int) => Value::Int(int),
        Cell::Float(float) => Value::Float(float),
        Cell::Str(text) => Value::String(text.to_owned()),
        Cell::Bytes(bytes) => Value::Bytes(bytes.to_owned()),
        Cell::Null
        | Cell::Removed
        | Cell::Back(_)
        | Cell::Moved(_)
        | Cell::Child { .. }
        | Cell::Made(_) => Value::Null,
    }
}
