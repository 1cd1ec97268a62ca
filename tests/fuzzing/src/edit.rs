//! Makes an edit of a program through the library's handles.

use syncline::{CounterMut, Error, Expand, ListMut, MapMut, OpId, TextMut, Transaction, Value};

use crate::program::{Act, Edit};

const KEYS: [&str; 4] = ["a", "b", "é/~", ""];

/// A container, opened for writing.
enum Handle<'t> {
    Text(TextMut<'t>),
    List(ListMut<'t>),
    Map(MapMut<'t>),
    Counter(CounterMut<'t>),
}

/// Makes one edit. It asks for nothing that is out of range; another kind of container may stand in its way.
pub fn make(tx: &mut Transaction<'_>, edit: &Edit) -> Result<(), Error> {
    if edit.act == Act::Replace && edit.content % 8 == 5 {
        return restore(tx, edit);
    }
    if edit.act == Act::Replace && edit.content % 8 == 6 {
        return move_to(tx, edit);
    }
    let mut handle = root(tx, edit.root);
    for step in edit.way.into_iter().flatten() {
        handle = inward(handle, step)?;
    }
    match handle {
        Handle::Text(text) => edit_text(text, edit),
        Handle::List(list) => edit_list(list, edit),
        Handle::Map(map) => edit_map(map, edit),
        Handle::Counter(mut counter) => {
            let by = i64::from(edit.count) + 1;
            counter.add(if edit.act == Act::Take { -by } else { by })
        }
    }
}

/// Restores what a few operations of somebody deleted, if they did, and that is known.
fn restore(tx: &mut Transaction<'_>, edit: &Edit) -> Result<(), Error> {
    let known: Vec<_> = tx.doc().version_vector().iter().collect();
    let Some(&(peer, count)) = known.get(usize::from(edit.root) % known.len().max(1)) else {
        return Ok(());
    };
    // The latest are the likeliest to be deletions that are not restored.
    let back = u32::from(edit.at) % count.clamp(1, 64);
    let seq = count.saturating_sub(1 + back);
    let len = (1 + u32::from(edit.count) % 8).min(count - seq);
    match tx.restore(OpId { peer, seq }, len) {
        Err(Error::NotRestorable { .. } | Error::NeedsBase { .. }) => Ok(()),
        done => done.map(drop),
    }
}

/// Moves what stands at a key of a map or in a list to another place, if anything that can move does.
fn move_to(tx: &mut Transaction<'_>, edit: &Edit) -> Result<(), Error> {
    let way = |number: u8| {
        let key = |at: u8| ["a", "b", "é~1~0", ""][usize::from(at) % 4];
        match number % 5 {
            0 => format!("meta/{}", key(number / 4)),
            3 => format!("todo/{}", number / 5 % 4),
            4 => format!("todo/{}/{}", number / 5 % 4, number / 20 % 4),
            1 => format!("meta/{}/{}", key(number / 4), key(number / 16)),
            _ => format!(
                "meta/{}/{}/{}",
                key(number / 4),
                key(number / 16),
                key(number / 64)
            ),
        }
    };
    match tx.move_to(&way(edit.root), &way((edit.content / 8) ^ edit.count)) {
        Err(Error::CannotMove { .. } | Error::NoSuchPath { .. } | Error::OutOfRange { .. }) => {
            Ok(())
        }
        done => done,
    }
}

fn root<'t>(tx: &'t mut Transaction<'_>, root: u8) -> Handle<'t> {
    match root % 8 {
        0..3 => Handle::Text(tx.text("body")),
        3 => Handle::Text(tx.text("notes/~")),
        4 => Handle::List(tx.list("todo")),
        5 => Handle::Map(tx.map("meta")),
        6 => Handle::Counter(tx.counter("votes")),
        _ => Handle::List(tx.list("body")),
    }
}

fn inward(handle: Handle<'_>, step: u8) -> Result<Handle<'_>, Error> {
    let (kind, place) = (step % 4, usize::from(step / 4));
    Ok(match handle {
        Handle::Map(map) => {
            let key = KEYS[place % KEYS.len()];
            match kind {
                0 => Handle::Text(map.text(key)?),
                1 => Handle::List(map.list(key)?),
                2 => Handle::Map(map.map(key)?),
                _ => Handle::Counter(map.counter(key)?),
            }
        }
        Handle::List(list) => {
            let at = place % (list.len() + 1);
            match (kind, at == list.len()) {
                (0, false) => Handle::Text(list.text(at)?),
                (1, false) => Handle::List(list.list(at)?),
                (2, false) => Handle::Map(list.map(at)?),
                (_, false) => Handle::Counter(list.counter(at)?),
                (0, true) => Handle::Text(list.push_text()?),
                (1, true) => Handle::List(list.push_list()?),
                (2, true) => Handle::Map(list.push_map()?),
                (_, true) => Handle::Counter(list.push_counter()?),
            }
        }
        other => other,
    })
}

/// A range of so many from so far on, as far as there is something.
fn range(edit: &Edit, len: usize) -> std::ops::Range<usize> {
    let start = usize::from(edit.at) % (len + 1);
    start..(start + 1 + usize::from(edit.count) % 32).min(len)
}

fn edit_text(mut text: TextMut<'_>, edit: &Edit) -> Result<(), Error> {
    let range = range(edit, text.len());
    match edit.act {
        Act::Put => text.insert(range.start, &word(edit.content)),
        Act::Take => text.delete(range),
        Act::Replace if edit.content % 4 == 3 => {
            let expand = [Expand::None, Expand::Before, Expand::After, Expand::Both];
            let expand = expand[usize::from(edit.content / 64) % 4];
            let value = if edit.content % 8 == 3 {
                Value::Bool(true)
            } else {
                Value::Null
            };
            let key = KEYS[usize::from(edit.content / 8) % KEYS.len()];
            text.mark_with(range, key, value, expand)
        }
        Act::Replace => text.replace(range, &word(edit.content)),
    }
}

fn edit_list(mut list: ListMut<'_>, edit: &Edit) -> Result<(), Error> {
    let range = range(edit, list.len());
    match edit.act {
        Act::Put => {
            let count = 1 + edit.count % 3;
            list.insert_all(
                range.start,
                (0..count).map(|nth| value(edit.content.wrapping_add(nth))),
            )
        }
        Act::Take => list.delete(range),
        Act::Replace if range.is_empty() => list.push(value(edit.content)),
        Act::Replace if edit.content % 4 == 3 => {
            let to = usize::from(edit.content / 4) % list.len();
            list.move_to(range.start, to)
        }
        Act::Replace => list.set(range.start, value(edit.content)),
    }
}

fn edit_map(mut map: MapMut<'_>, edit: &Edit) -> Result<(), Error> {
    let key = KEYS[usize::from(edit.at) % KEYS.len()];
    match edit.act {
        Act::Take => map.remove(key),
        Act::Put | Act::Replace => map.set(key, value(edit.content)),
    }
}

/// A text to insert: short ones for the most part, of characters of every width.
pub fn word(number: u8) -> String {
    match number % 16 {
        0 => String::new(),
        1 => "Hello world".to_owned(),
        2 => "é".to_owned(),
        3 => "中文".to_owned(),
        4 => "🙂".to_owned(),
        5 => "e\u{301}🙂a\n".to_owned(),
        6 => "\0\u{7f}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}".to_owned(),
        7 => "again and ".repeat(8),
        8 => "é中🙂".repeat(usize::from(number / 16) * 4),
        _ => char::from(b'a' + number / 16).to_string(),
    }
}

fn value(number: u8) -> Value {
    let plain = number / 16;
    match number % 16 {
        0 => Value::Null,
        1 => Value::Bool(plain.is_multiple_of(2)),
        2 => Value::Int(i64::MIN),
        3 => Value::Int(i64::MAX),
        4 => Value::Float(f64::from(plain) / 8.0),
        5 => Value::Float(f64::NEG_INFINITY),
        6 => Value::Bytes(vec![plain; usize::from(plain)]),
        7 => Value::List(vec![Value::Int(plain.into()), Value::List(Vec::new())]),
        8 => Value::Map(
            [(
                KEYS[usize::from(plain) % KEYS.len()].to_owned(),
                Value::Bool(true),
            )]
            .into(),
        ),
        9 => Value::String(word(plain)),
        _ => Value::Int(plain.into()),
    }
}
