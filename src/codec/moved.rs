//! What a sketch tells of containers that were moved: which they are, and at which keys they stand.

use super::batch::{Batch, NameRef};
use super::cells::REMOVED;
use super::error::DecodeError;
use super::field::Field;
use super::fields::Fields;
use super::shown::Shown;
use super::tables::Tables;
use super::tape::Tape;
use crate::column::{Reader, grow, put_unsigned};
use crate::oplog::{Cell, ContainerIx, Name, OpLog};

/// The numbers of containers that are shown where they were moved to, ascending.
pub(super) fn moved_ones(log: &OpLog, shown: &Shown, tables: &mut Tables<'_>) -> Vec<u32> {
    let moved = shown.moved(log).into_iter();
    let mut moved: Vec<u32> = moved.map(|container| tables.container(container)).collect();
    moved.sort_unstable();
    moved
}

pub(super) fn put_all_moved(out: &mut Vec<u8>, moved: &[u32]) {
    put_unsigned(out, moved.len() as u64);
    for &number in moved {
        put_unsigned(out, number.into());
    }
}

/// Containers that stand where they were moved to, ascending; they are no roots.
pub(super) fn read_moved(
    reader: &mut Reader<'_>,
    tables: &Batch<'_>,
) -> Result<Vec<u32>, DecodeError> {
    let mut moved: Vec<u32> = Vec::new();
    for _ in 0..reader.count(1)? {
        let number = reader.u32()?;
        let name = tables.containers.get(number as usize);
        let is_root = matches!(name, None | Some(NameRef::Named(Name::Root { .. })));
        if is_root || moved.last().is_some_and(|&last| last >= number) {
            return Err(reader.error("no container that can be moved").into());
        }
        grow::push(&mut moved, number);
    }
    Ok(moved)
}

/// Puts that a sketch shows a container of that number where it was moved to. Nothing shows that a key was removed.
pub(super) fn put_moved(number: u32, tape: &mut Tape) {
    tape.put(Field::Value, REMOVED);
    tape.put(Field::Container, u64::from(number));
}

/// Takes the number of such a container.
pub(super) fn take_moved(fields: &mut Fields<'_>) -> Result<Cell<'static>, DecodeError> {
    let number = fields.take_u32(Field::Container)?;
    Ok(Cell::Moved(ContainerIx(number)))
}
