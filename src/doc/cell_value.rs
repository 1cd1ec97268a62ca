//! From stored cells to values.

use std::collections::BTreeMap;

use super::Doc;
use super::path::Found;
use crate::oplog::{Cell, ContainerIx, Kind};
use crate::value::Value;

impl Doc {
    pub(super) fn value_of(&self, found: Found<'_>) -> Value {
        match found {
            Found::Container(container) => self.container_value(container),
            Found::Plain(cell) => plain_value(cell),
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
                let (Some(list), Some(sequence)) =
                    (self.state.list(container), self.log.sequence(container))
                else {
                    return Value::List(Vec::new());
                };
                let found = |lv| {
                    let cell = sequence.cell(lv);
                    self.log
                        .container_shown(cell, lv, None)
                        .map_or(Found::Plain(cell), Found::Container)
                };
                Value::List(list.iter().map(|lv| self.value_of(found(lv))).collect())
            }
            Kind::Map => {
                let entries = self.state.registers.of_map(container);
                Value::Map(
                    entries
                        .map(|(key, entry)| {
                            (self.log.keys.name(key).to_string(), self.entry_value(entry))
                        })
                        .collect::<BTreeMap<_, _>>(),
                )
            }
        }
    }

    /// The value that a map operation set, if it set one.
    pub(super) fn entry_value(&self, entry: u32) -> Value {
        let op = self.log.entries.op(entry);
        let cell = self.log.entries.cell(entry);
        let shown = self.log.container_shown(cell, op.lv, op.key());
        self.value_of(shown.map_or(Found::Plain(cell), Found::Container))
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
        Cell::Null | Cell::Removed | Cell::Child { .. } | Cell::Made(_) => Value::Null,
    }
}
