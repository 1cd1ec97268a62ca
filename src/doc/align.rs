//! Bringing two versions of a list beside each other: which elements stay.

use std::collections::BTreeMap;

use super::ascending::longest_ascending;
use crate::id::Lv;

/// A step of the pass over an old list that makes the new one of it. Positions are those after all steps before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Piece {
    /// An element stays, and now stands at `at`.
    Both { at: u32 },
    /// `len` elements go, from index `from` of the old list on. They may come again at another place.
    Old { from: u32, at: u32, len: u32 },
    /// The element that shows what `lv` wrote comes.
    New { at: u32, lv: Lv },
}

/// How one list becomes another. Elements are known by the operations whose values they show; as many as possible stay.
/// O(n log n).
pub(super) fn aligned(old: &[Option<Lv>], new: &[Lv]) -> Vec<Piece> {
    let stay = staying(old, new);
    let mut stay = stay.into_iter().peekable();
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    let mut news = (0..).zip(new);
    loop {
        let next = stay.next();
        let (until, stop) = next.unwrap_or((count(old.len()), count(new.len())));
        if until > from {
            let len = until - from;
            pieces.push(Piece::Old { from, at, len });
        }
        for (place, &lv) in news.by_ref().take((stop - at) as usize) {
            pieces.push(Piece::New { at: place, lv });
        }
        if next.is_none() {
            return pieces;
        }
        pieces.push(Piece::Both { at: stop });
        news.next();
        (from, at) = (until + 1, stop + 1);
    }
}

/// The longest series of elements that stand in the same order in both: their old places and their new ones.
fn staying(old: &[Option<Lv>], new: &[Lv]) -> Vec<(u32, u32)> {
    let places: BTreeMap<Lv, u32> = new.iter().copied().zip(0..).collect();
    let both: Vec<(u32, u32)> = (0..)
        .zip(old)
        .filter_map(|(at, lv)| Some((at, *places.get(&(*lv)?)?)))
        .collect();
    if both.is_sorted_by_key(|&(_, place)| place) {
        return both;
    }
    let new_places: Vec<u32> = both.iter().map(|&(_, place)| place).collect();
    let series = longest_ascending(&new_places);
    series.into_iter().map(|at| both[at]).collect()
}

/// A list has fewer elements than operations, which are fewer than 2^32.
#[allow(clippy::cast_possible_truncation)]
fn count(len: usize) -> u32 {
    len as u32
}
