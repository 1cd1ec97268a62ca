//! Items in order, in pieces: an ordered map for small items that takes little more than they do.
//!
//! Finding is a binary search for the piece and one within it. What comes in ascending order, as most does, is appended
//! without a search, and leaves full pieces behind. An insertion elsewhere moves at most a piece.

use std::cmp::Ordering;

use super::grow;

/// Items of a piece.
const PIECE: usize = if cfg!(any(test, feature = "small-nodes")) {
    4
} else {
    128
};

/// Items in an order that its user keeps: every search compares by the same one.
#[derive(Clone, Debug)]
pub(crate) struct Sorted<T> {
    /// None is empty.
    pieces: Vec<Vec<T>>,
}

/// Where an item stands, or would.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    piece: usize,
    at: usize,
}

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Sorted { pieces: Vec::new() }
    }
}

impl<T: Copy> Sorted<T> {
    /// Finds an item by how it compares with what is sought: where it stands, or else where it would. O(log n).
    #[inline]
    pub(crate) fn find(&self, compare: impl Fn(&T) -> Ordering) -> Result<Place, Place> {
        let Some((last, before)) = self.pieces.split_last() else {
            return Err(Place { piece: 0, at: 0 });
        };
        if let Some((item, at)) = last.split_last() {
            let (piece, at) = (before.len(), at.len());
            match compare(item) {
                Ordering::Less => return Err(Place { piece, at: at + 1 }),
                Ordering::Equal => return Ok(Place { piece, at }),
                Ordering::Greater => {}
            }
        }
        let starts_after = |piece: &Vec<T>| piece.first().is_none_or(|item| compare(item).is_le());
        let piece = self.pieces.partition_point(starts_after).saturating_sub(1);
        let items = self.pieces.get(piece).map_or(&[][..], |piece| piece);
        match items.binary_search_by(compare) {
            Ok(at) => Ok(Place { piece, at }),
            Err(at) => Err(Place { piece, at }),
        }
    }

    #[inline]
    pub(crate) fn get(&self, place: Place) -> Option<&T> {
        self.pieces.get(place.piece)?.get(place.at)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, place: Place) -> Option<&mut T> {
        self.pieces.get_mut(place.piece)?.get_mut(place.at)
    }

    /// Puts an item where [`find`](Sorted::find) says that it belongs.
    #[inline]
    pub(crate) fn insert(&mut self, place: Place, item: T) {
        match self.pieces.get_mut(place.piece) {
            Some(piece) if piece.len() < PIECE => {
                grow::make_room(piece, 1);
                piece.insert(place.at, item);
            }
            _ => self.insert_piece(place, item),
        }
    }

    #[inline(never)]
    fn insert_piece(&mut self, mut place: Place, item: T) {
        if let Some(full) = self.pieces.get_mut(place.piece) {
            // Near the end it is cut where the item goes: ascending items fill their pieces, also before a larger one.
            let keep = if place.at >= PIECE / 4 * 3 {
                place.at
            } else {
                PIECE / 2
            };
            let right = full.split_off(keep);
            place.piece += 1;
            if place.at <= keep && keep < PIECE {
                grow::make_room(full, 1);
                full.insert(place.at, item);
                self.pieces.insert(place.piece, right);
                return;
            }
            place.at -= keep;
            self.pieces.insert(place.piece, right);
        } else {
            self.pieces.push(Vec::new());
        }
        if let Some(piece) = self.pieces.get_mut(place.piece) {
            grow::make_room(piece, 1);
            piece.insert(place.at, item);
        }
    }

    pub(crate) fn remove(&mut self, place: Place) -> Option<T> {
        let piece = self.pieces.get_mut(place.piece)?;
        if place.at >= piece.len() {
            return None;
        }
        let item = piece.remove(place.at);
        if piece.is_empty() {
            self.pieces.remove(place.piece);
        } else if piece.len() < piece.capacity() / 4 {
            piece.shrink_to(piece.len() * 2);
        }
        Some(item)
    }

    /// The items in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().flatten()
    }

    /// Verifies order and pieces, given how neighbours compare.
    pub(crate) fn check(&self, is_before: impl Fn(&T, &T) -> bool) -> Result<(), String> {
        let sizes = |piece: &Vec<T>| piece.is_empty() || piece.len() > PIECE;
        if self.pieces.iter().any(sizes) {
            return Err("sorted: a piece is empty, or too long".into());
        }
        if !self.iter().is_sorted_by(|a, b| is_before(a, b)) {
            return Err("sorted: items are not in order".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{PIECE, Sorted};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_holds_what_an_ordered_set_holds(steps in prop::collection::vec((0u32..700, prop::bool::weighted(0.7)), 0..2_000)) {
            let mut sorted = Sorted::default();
            let mut model = BTreeSet::new();
            for (item, adds) in steps {
                let found = sorted.find(|other: &u32| other.cmp(&item));
                prop_assert_eq!(found.is_ok(), model.contains(&item));
                match found {
                    Err(place) if adds => {
                        sorted.insert(place, item);
                        model.insert(item);
                    }
                    Ok(place) if !adds => {
                        prop_assert_eq!(sorted.get(place), Some(&item));
                        prop_assert_eq!(sorted.remove(place), Some(item));
                        model.remove(&item);
                    }
                    _ => {}
                }
            }
            prop_assert!(sorted.check(|a, b| a < b).is_ok());
            prop_assert!(sorted.iter().eq(&model));
        }
    }

    #[test]
    fn ascending_items_fill_their_pieces() {
        let mut sorted = Sorted::default();
        for item in [usize::MAX].into_iter().chain(0..10 * PIECE - 1) {
            let Err(place) = sorted.find(|other: &usize| other.cmp(&item)) else {
                panic!("{item} is not there yet");
            };
            sorted.insert(place, item);
        }
        let full = sorted.pieces.iter().filter(|piece| piece.len() == PIECE);
        assert!(full.count() >= 9 && sorted.pieces.len() <= 11);
    }
}
