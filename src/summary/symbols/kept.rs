//! The first cells of a set, and its sketch, kept up to date with every change.

use super::cell::Cell;
use super::strata::Strata;
use super::walk::{Walk, mix};
use crate::summary::entry::Entry;

/// Cells kept, at most: two thirds of a megabyte.
const KEPT_MAX: usize = 1 << 15;

/// The cells of a set, and its sketch, as far as they are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Symbols {
    cells: Vec<Cell>,
    strata: Option<Box<Strata>>,
}

impl Symbols {
    /// Puts in an entry, or takes it out. O(log cells kept).
    pub(crate) fn toggle(&mut self, entry: &Entry) {
        let mixed = mix(entry.key);
        if let Some(strata) = &mut self.strata {
            strata.toggle(entry, mixed);
            spread(&mut self.cells, 0, entry, mixed);
        }
    }

    /// The sketch of these entries. O(1) if it is kept.
    pub(crate) fn strata<'a>(&self, entries: impl Iterator<Item = &'a Entry>) -> Strata {
        match &self.strata {
            Some(kept) => **kept,
            None => Strata::of(entries),
        }
    }

    /// How many cells a set of so many entries keeps: beyond that a list is shorter. Doubling, so that a growing set makes
    /// them afresh seldom.
    pub(crate) fn worth_keeping(entries: usize) -> usize {
        match entries / 4 {
            0..16 => 0,
            quarter => quarter.next_power_of_two().min(KEPT_MAX),
        }
    }

    /// Whether more cells are to be kept.
    pub(crate) fn are_short_of(&self, cells: usize) -> bool {
        self.cells.len() < cells
    }

    /// Keeps so many cells of these entries, and the sketch. O(entries · log cells).
    pub(crate) fn keep<'a>(
        &mut self,
        cells: usize,
        entries: impl Iterator<Item = &'a Entry> + Clone,
    ) {
        self.cells = Symbols::made(0, cells, entries.clone());
        if self.strata.is_none() {
            self.strata = Some(Box::new(Strata::of(entries)));
        }
    }

    /// Cells `from..upto` if they are kept.
    pub(crate) fn kept(&self, from: usize, upto: usize) -> Option<&[Cell]> {
        self.cells.get(from..upto)
    }

    /// Cells `from..upto` of these entries.
    pub(crate) fn made<'a>(
        from: usize,
        upto: usize,
        entries: impl Iterator<Item = &'a Entry>,
    ) -> Vec<Cell> {
        let mut cells = vec![Cell::default(); upto.saturating_sub(from)];
        for entry in entries {
            spread(&mut cells, from, entry, mix(entry.key));
        }
        cells
    }
}

/// Adds an entry to its cells, of which the first given is number `from`.
#[inline]
fn spread(cells: &mut [Cell], from: usize, entry: &Entry, mixed: u64) {
    let alone = Cell::of(entry, mixed);
    for at in Walk::of(mixed) {
        let Some(within) = at.checked_sub(from) else {
            continue;
        };
        let Some(cell) = cells.get_mut(within) else {
            return;
        };
        cell.add(&alone);
    }
}
