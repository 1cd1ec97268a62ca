//! A cell: the sum of the entries that fell into it.

use super::field::{inverse, multiply};
use super::walk::{mix, unmix};
use crate::summary::entry::Entry;

/// Sums over the entries that fell into a cell. Adding an entry twice takes it out again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Cell {
    /// Of the entries' digests, which are never 0.
    pub(crate) digest: u32,
    /// Of digest times the high half of the mixed key.
    pub(crate) high: u32,
    /// Of digest times the low half of the mixed key.
    pub(crate) low: u32,
    /// Of digest times both.
    pub(crate) cross: u32,
    /// Of the lengths.
    pub(crate) length: u32,
}

/// The halves of a mixed key.
#[allow(clippy::cast_possible_truncation)] // halves are meant
fn halves(mixed: u64) -> (u32, u32) {
    ((mixed >> 32) as u32, mixed as u32)
}

/// What stands for an entry in the sums: depends on its length and hash.
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn digest_of(entry: &Entry) -> u32 {
    let mut first = [0; 8];
    first.copy_from_slice(&entry.hash[..8]);
    let digest = mix(u64::from_le_bytes(first) ^ u64::from(entry.length)) as u32;
    digest.max(1)
}

impl Cell {
    /// An entry alone.
    #[inline]
    pub(super) fn of(entry: &Entry, mixed: u64) -> Cell {
        let digest = digest_of(entry);
        let (high, low) = halves(mixed);
        let weighted = multiply(digest, high);
        Cell {
            digest,
            high: weighted,
            low: multiply(digest, low),
            cross: multiply(weighted, low),
            length: entry.length,
        }
    }

    #[inline]
    pub(crate) fn add(&mut self, other: &Cell) {
        self.digest ^= other.digest;
        self.high ^= other.high;
        self.low ^= other.low;
        self.cross ^= other.cross;
        self.length ^= other.length;
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Cell::default()
    }

    /// The key of all that is in the cell, if it can be a single key's. Wrong once in 2^32 cells that hold more.
    pub(super) fn single(&self) -> Option<u64> {
        if self.digest == 0 || multiply(self.digest, self.cross) != multiply(self.high, self.low) {
            return None;
        }
        let unweighted = inverse(self.digest);
        let high = multiply(self.high, unweighted);
        let low = multiply(self.low, unweighted);
        Some(unmix(u64::from(high) << 32 | u64::from(low)))
    }
}
