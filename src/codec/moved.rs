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

/// The numbers of containers that have a name in a place that is shown, and stand in one that is not, ascending. They have
/// numbers: what is opened anew at such a key is not to have their name, and what an element does not show is to be known.
pub(super) fn away_ones(log: &OpLog, shown: &Shown, tables: &Tables<'_>) -> Vec<u32> {
    let all = log.containers.iter().map(|(container, _)| container);
    let away = all.filter(|&container| shown.is_away(log, container));
    let mut away: Vec<u32> = away
        .filter_map(|container| tables.number(container))
        .collect();
    away.sort_unstable();
    away
}

pub(super) fn put_all(out: &mut Vec<u8>, containers: &[u32]) {
    put_unsigned(out, containers.len() as u64);
    for &number in containers {
        put_unsigned(out, number.into());
    }
}

/// Containers that stand where they were moved to, ascending; they are no roots.
pub(super) fn read_moved(
    reader: &mut Reader<'_>,
    tables: &Batch<'_>,
) -> Result<Vec<u32>, DecodeError> {
    read_all(reader, tables, |name| {
        !matches!(name, NameRef::Named(Name::Root { .. }))
    })
}

/// Containers that have a name at a key, or were made by an element, and stand elsewhere, ascending; none of them are among those
/// that are shown where they were moved to.
pub(super) fn read_away(
    reader: &mut Reader<'_>,
    tables: &Batch<'_>,
    moved: &[u32],
) -> Result<Vec<u32>, DecodeError> {
    let away = read_all(reader, tables, |name| {
        matches!(name, NameRef::Named(Name::Child { .. } | Name::Made { .. }))
    })?;
    match away
        .iter()
        .any(|number| moved.binary_search(number).is_ok())
    {
        true => Err(reader.error("a container in two places").into()),
        false => Ok(away),
    }
}

fn read_all(
    reader: &mut Reader<'_>,
    tables: &Batch<'_>,
    may_be: impl Fn(&NameRef) -> bool,
) -> Result<Vec<u32>, DecodeError> {
    let mut all: Vec<u32> = Vec::new();
    for _ in 0..reader.count(1)? {
        let number = reader.u32()?;
        let name = tables.containers.get(number as usize);
        if !name.is_some_and(&may_be) || all.last().is_some_and(|&last| last >= number) {
            return Err(reader.error("no container that can be moved").into());
        }
        grow::push(&mut all, number);
    }
    Ok(all)
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
