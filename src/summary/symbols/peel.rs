//! Taking the difference of two sets out of the difference of their cells.

use super::cell::Cell;
use super::walk::{Walk, mix};

/// A key that differs. Digest and length are the sums of both sides'; a side that lacks the key adds 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Peeled {
    pub(crate) key: u64,
    pub(crate) digest: u32,
    pub(crate) length: u32,
}

/// What differs, by key; `None` if the cells do not tell it all. O(cells · log cells), whatever they hold.
pub(crate) fn peel(mut cells: Vec<Cell>) -> Option<Vec<Peeled>> {
    let mut peeled = Vec::new();
    // Later cells hold fewer entries, so the last are looked at first.
    let mut waiting: Vec<usize> = (0..cells.len()).collect();
    let mut waits = vec![true; cells.len()];
    while let Some(at) = waiting.pop() {
        *waits.get_mut(at)? = false;
        let cell = *cells.get(at)?;
        let Some(key) = cell.single() else {
            continue;
        };
        let mixed = mix(key);
        if !Walk::of(mixed)
            .take_while(|&other| other <= at)
            .any(|other| other == at)
        {
            continue;
        }
        if peeled.len() == cells.len() {
            return None;
        }
        peeled.push(Peeled {
            key,
            digest: cell.digest,
            length: cell.length,
        });
        for other in Walk::of(mixed) {
            let Some(touched) = cells.get_mut(other) else {
                break;
            };
            touched.add(&cell);
            if !std::mem::replace(waits.get_mut(other)?, true) {
                waiting.push(other);
            }
        }
    }
    peeled.sort_unstable();
    let once = peeled.is_sorted_by(|one, next| one.key < next.key);
    (once && cells.iter().all(Cell::is_empty)).then_some(peeled)
}
