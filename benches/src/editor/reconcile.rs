//! A value of 1,000 items that is written over, one field of it changed.

use std::time::Instant;

use serde::Serialize;
use syncline::{Doc, Error};

use super::positions::{document, median};
use super::run::Figures;
use crate::engine::Outcome;

const ITEMS: usize = 1_000;
const TIMES: usize = 51;

#[derive(Serialize)]
struct Item {
    id: usize,
    title: String,
    done: bool,
    priority: usize,
}

#[derive(Serialize)]
struct Todo {
    items: Vec<Item>,
}

/// Ours: the median in milliseconds, and how many operations one takes.
///
/// # Errors
/// The engine's.
pub(super) fn ours() -> Outcome<Figures> {
    measure().map_err(|error| error.to_string())
}

fn measure() -> Result<Figures, Error> {
    let item = |id: usize| Item {
        id,
        title: format!("Buy milk and write report {id}"),
        done: id.is_multiple_of(3),
        priority: id % 5,
    };
    let mut todo = Todo {
        items: (0..ITEMS).map(item).collect(),
    };
    let mut doc = document(1)?;
    doc.transact(|tx| tx.reconcile("todo", &todo))?;
    let (mut times, mut most) = (Vec::new(), 0);
    for nth in 0..TIMES {
        let item = &mut todo.items[nth * 7 % ITEMS];
        item.done = !item.done;
        let before = count(&doc);
        let start = Instant::now();
        doc.transact(|tx| tx.reconcile("todo", &todo))?;
        times.push(start.elapsed());
        most = most.max(count(&doc) - before);
    }
    #[allow(clippy::cast_precision_loss)]
    let most = most as f64;
    Ok(Figures::from([
        ("reconcile", Ok(median(times) / 1e3)),
        ("reconcile-operations", Ok(most)),
    ]))
}

/// Operations of all writers.
fn count(doc: &Doc) -> u64 {
    let vector = doc.version_vector();
    vector.iter().map(|(_, seq)| u64::from(seq)).sum()
}
