//! Writing what a map or list shows, as bytes of which values can be made later; the layout stands in
//! [`brief`](super::brief).

use super::Doc;
use super::brief::{write_list, write_map, write_name};
use super::path::Found;
use crate::id::Lv;
use crate::oplog::{Cell, ContainerIx, Kind, SequenceLog};

impl Doc {
    /// Writes what a map shows where this entry won and stands alone.
    pub(super) fn write_entry(&self, map: ContainerIx, entry: u32, out: &mut Vec<u8>) {
        let cell = self.log.entries.cell_bytes(entry);
        if Cell::is_plain(cell) {
            out.extend_from_slice(cell);
        } else {
            self.write_shown(self.entry_shown(map, entry), out);
        }
    }

    /// Writes what a list shows where this operation wrote.
    pub(super) fn write_element(&self, sequence: &SequenceLog, lv: Lv, out: &mut Vec<u8>) {
        let cell = sequence.cell_bytes(lv);
        if Cell::is_plain(cell) {
            out.extend_from_slice(cell);
        } else {
            self.write_shown(self.element_shown(Cell::at(cell, 0), lv), out);
        }
    }

    pub(super) fn write_shown(&self, found: Found<'_>, out: &mut Vec<u8>) {
        match found {
            Found::Plain(cell) => match cell {
                Cell::Removed
                | Cell::Back(_)
                | Cell::Moved(_)
                | Cell::Child { .. }
                | Cell::Made(_) => {
                    Cell::Null.write(out);
                }
                plain => plain.write(out),
            },
            Found::Container(container) => self.write_contents(container, out),
            Found::Several(slot) => {
                let cells = self.several(slot);
                write_list(out, cells.len());
                cells.into_iter().for_each(|cell| cell.write(out));
            }
        }
    }

    /// The contents of a container, and of those within. Recursion is bounded by the limit on nesting.
    fn write_contents(&self, container: ContainerIx, out: &mut Vec<u8>) {
        match self.log.containers.kind(container) {
            Kind::Text => {
                let text = self.state.text(container).map(ToString::to_string);
                Cell::Str(&text.unwrap_or_default()).write(out);
            }
            Kind::Counter => Cell::Int(self.count(container)).write(out),
            Kind::List => {
                let list = self.state.list(container);
                write_list(out, list.map_or(0, |list| list.len() as usize));
                if let (Some(list), Some(sequence)) = (list, self.log.sequence(container)) {
                    for lv in list.iter() {
                        self.write_element(sequence, lv, out);
                    }
                }
            }
            Kind::Map => {
                let entries = || self.state.entries_of(&self.log.entries, container);
                write_map(out, entries().count());
                for (key, entry) in entries() {
                    write_name(out, self.log.keys.name(key));
                    let slot = (container, key);
                    match self.shows_several(slot) {
                        true => self.write_shown(Found::Several(slot), out),
                        false => self.write_entry(container, entry, out),
                    }
                }
            }
        }
    }
}
