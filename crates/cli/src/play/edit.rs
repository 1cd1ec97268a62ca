//! Making one edit inside a transaction.

use syncline::{CounterMut, Error, Kind, ListMut, MapMut, TextMut, Transaction};

use super::path::{ContainerPath, Part};
use super::scenario::{Edit, What};

/// A container that is open for writing.
enum Open<'t> {
    Text(TextMut<'t>),
    List(ListMut<'t>),
    Map(MapMut<'t>),
    Counter(CounterMut<'t>),
}

/// Makes `edit`; an error leaves the rest to the transaction, which then undoes everything.
pub(crate) fn make(tx: &mut Transaction<'_>, edit: &Edit) -> Result<(), Error> {
    if let What::Restore { first, count } = edit.what {
        return tx.restore(first, count).map(drop);
    }
    if let What::MoveTo { from, to } = &edit.what {
        return tx.move_to(from, to);
    }
    match (open(tx, &edit.path)?, &edit.what) {
        (Open::Text(mut text), What::TextInsert { position, inserted }) => {
            text.insert(*position, inserted)
        }
        (Open::Text(mut text), What::TextDelete { position, end }) => text.delete(*position..*end),
        (
            Open::Text(mut text),
            What::TextMark {
                start,
                end,
                key,
                value,
                expand,
            },
        ) => text.mark_with(*start..*end, key, value.clone(), *expand),
        (Open::List(mut list), What::ListInsert { position, values }) => {
            list.insert_all(*position, values.iter().cloned())
        }
        (Open::List(mut list), What::ListDelete { position, end }) => list.delete(*position..*end),
        (Open::List(mut list), What::ListSet { position, value }) => {
            list.set(*position, value.clone())
        }
        (Open::List(mut list), What::ListMove { from, to }) => list.move_to(*from, *to),
        (Open::List(list), What::ListNest { position, kind }) => nest(list, *position, *kind),
        (Open::Map(mut map), What::MapSet { key, value }) => map.set(key, value.clone()),
        (Open::Map(mut map), What::MapRemove { key }) => map.remove(key),
        (Open::Map(map), What::MapOpen { key, kind }) => under_key(map, key, *kind).map(drop),
        (Open::Counter(mut counter), What::CounterAdd { by }) => counter.add(*by),
        _ => Err(mismatch(&edit.path)),
    }
}

fn open<'t>(tx: &'t mut Transaction<'_>, path: &ContainerPath) -> Result<Open<'t>, Error> {
    let mut open = match path.root_kind {
        Kind::Text => Open::Text(tx.text(&path.root)),
        Kind::List => Open::List(tx.list(&path.root)),
        Kind::Map => Open::Map(tx.map(&path.root)),
        Kind::Counter => Open::Counter(tx.counter(&path.root)),
        _ => return Err(mismatch(path)),
    };
    for part in &path.parts {
        open = match (open, part) {
            (Open::Map(map), Part::Key { key, opens }) => under_key(map, key, *opens)?,
            (Open::List(list), Part::Index { index, opens }) => at_index(list, *index, *opens)?,
            _ => return Err(mismatch(path)),
        };
    }
    Ok(open)
}

fn under_key<'t>(map: MapMut<'t>, key: &str, kind: Kind) -> Result<Open<'t>, Error> {
    match kind {
        Kind::Text => map.text(key).map(Open::Text),
        Kind::List => map.list(key).map(Open::List),
        Kind::Map => map.map(key).map(Open::Map),
        Kind::Counter => map.counter(key).map(Open::Counter),
        _ => Err(Error::NoSuchPath {
            path: key.to_owned(),
        }),
    }
}

fn at_index(list: ListMut<'_>, index: usize, kind: Kind) -> Result<Open<'_>, Error> {
    match kind {
        Kind::Text => list.text(index).map(Open::Text),
        Kind::List => list.list(index).map(Open::List),
        Kind::Map => list.map(index).map(Open::Map),
        Kind::Counter => list.counter(index).map(Open::Counter),
        _ => Err(Error::NoSuchPath {
            path: index.to_string(),
        }),
    }
}

fn nest(list: ListMut<'_>, position: Option<usize>, kind: Kind) -> Result<(), Error> {
    match (kind, position) {
        (Kind::Text, None) => list.push_text().map(drop),
        (Kind::List, None) => list.push_list().map(drop),
        (Kind::Map, None) => list.push_map().map(drop),
        (Kind::Counter, None) => list.push_counter().map(drop),
        (Kind::Text, Some(at)) => list.insert_text(at).map(drop),
        (Kind::List, Some(at)) => list.insert_list(at).map(drop),
        (Kind::Map, Some(at)) => list.insert_map(at).map(drop),
        (Kind::Counter, Some(at)) => list.insert_counter(at).map(drop),
        _ => Err(Error::NoSuchPath {
            path: kind.to_string(),
        }),
    }
}

/// Reading a path settles the kinds on it, so this arises only if the language and this file part ways.
fn mismatch(path: &ContainerPath) -> Error {
    Error::NoSuchPath {
        path: path.root.clone(),
    }
}
