//! Maps, lists, and a list of maps: a thousand transactions each.

use super::{Ready, timed};
use crate::engine::{Outcome, Structured, Todo};
use crate::heap;
use crate::random::Random;

pub(crate) const COUNT: usize = 1_000;

fn values() -> impl Iterator<Item = i64> {
    (0..COUNT as i64).map(|number| number * 7_919 % 100_000)
}

fn check<E: Structured>(mut document: E, expected: (usize, usize)) -> Outcome<()> {
    match document.counts() {
        counts if counts == expected => Ok(()),
        counts => Err(format!(
            "it holds {counts:?} entries instead of {expected:?}"
        )),
    }
}

/// Keys and what they are set to.
pub(crate) fn sets() -> Vec<(String, i64)> {
    let named = |(number, value)| (format!("key{number:04}"), value);
    values().enumerate().map(named).collect()
}

/// Places and what is inserted there.
pub(crate) fn inserts() -> Vec<(usize, i64)> {
    let mut random = Random::new(5);
    let placed = |(len, value)| (random.below(len + 1), value);
    values().enumerate().map(placed).collect()
}

pub(super) fn map_sets<E: Structured + 'static>() -> Outcome<Ready> {
    let sets = sets();
    Ok(Ready::new(move || {
        let mut document = E::new()?;
        let (took, ()) = timed(|| {
            sets.iter()
                .try_for_each(|(key, value)| document.set_in_map(key, *value))
        })?;
        check(document, (COUNT, 0))?;
        Ok(took)
    }))
}

pub(super) fn list_inserts<E: Structured + 'static>() -> Outcome<Ready> {
    let inserts = inserts();
    Ok(Ready::new(move || {
        let mut document = E::new()?;
        let (took, ()) = timed(|| {
            inserts
                .iter()
                .try_for_each(|(at, value)| document.insert_in_list(*at, *value))
        })?;
        check(document, (0, COUNT))?;
        Ok(took)
    }))
}

/// What is to be done.
pub(crate) fn items() -> Vec<Todo> {
    (0..COUNT)
        .map(|number| Todo {
            title: format!("Buy milk and write report {number}"),
            done: number % 3 == 0,
            priority: (number % 5) as i64,
        })
        .collect()
}

pub(super) fn todos<E: Structured + 'static>() -> Outcome<Ready> {
    let items = items();
    Ok(Ready::new(move || {
        let mut document = E::new()?;
        let (took, ()) = timed(|| items.iter().try_for_each(|todo| document.push_todo(todo)))?;
        check(document, (0, COUNT))?;
        Ok(took)
    }))
}

pub(super) fn todos_heap<E: Structured + 'static>() -> Outcome<Ready> {
    let items = items();
    Ok(Ready::new(move || {
        let before = heap::live()?;
        let mut document = E::new()?;
        items.iter().try_for_each(|todo| document.push_todo(todo))?;
        let held = heap::live()? - before;
        check(document, (0, COUNT))?;
        Ok(held as f64 / 1e6)
    }))
}
