//! Whether a part of the document shows a value, told without making its value.

use super::Doc;
use super::path::Found;
use super::write::cell_of;
use crate::oplog::{Cell, ContainerIx, Kind};
use crate::state::ListState;
use crate::value::Value;

impl Doc {
    /// Whether what was found shows a value. Recursion is bounded by the limit on nesting.
    pub(super) fn shows_value(&self, found: Found<'_>, value: &Value) -> bool {
        match found {
            Found::Container(container) => self.container_shows(container, value),
            Found::Plain(cell) => {
                let is_nested = matches!(value, Value::List(_) | Value::Map(_));
                !is_nested && is_stored_alike(cell, cell_of(value))
            }
            Found::Several(_) => self.value_of(found) == *value,
        }
    }

    fn container_shows(&self, container: ContainerIx, value: &Value) -> bool {
        match (self.log.containers.kind(container), value) {
            (Kind::Map, Value::Map(wanted)) => {
                let mut left = wanted.len();
                let mut shown = self.state.entries_of(&self.log.entries, container);
                shown.all(|(key, entry)| {
                    left = left.wrapping_sub(1);
                    wanted.get(self.log.keys.name(key)).is_some_and(|value| {
                        self.shows_value(self.key_shown((container, key), entry), value)
                    })
                }) && left == 0
            }
            (Kind::List, Value::List(wanted)) => {
                let len = self.state.list(container).map_or(0, ListState::len) as usize;
                let mut elements = self.elements_shown(container).zip(wanted);
                len == wanted.len() && elements.all(|(found, value)| self.shows_value(found, value))
            }
            (Kind::Text, Value::String(wanted)) => {
                let Some(rope) = self.state.text(container) else {
                    return wanted.is_empty();
                };
                let mut rest = wanted.as_str();
                rope.chunks().all(|chunk| {
                    let behind = rest.strip_prefix(chunk);
                    rest = behind.unwrap_or(rest);
                    behind.is_some()
                }) && rest.is_empty()
            }
            (Kind::Counter, Value::Int(wanted)) => self.count(container) == *wanted,
            _ => false,
        }
    }
}

/// Whether two cells have the same bytes.
fn is_stored_alike(a: Cell<'_>, b: Cell<'_>) -> bool {
    match (a, b) {
        (Cell::Float(a), Cell::Float(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        _ => a == b,
    }
}
