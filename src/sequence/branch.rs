//! A short branch from the base, as its own versions see it.

use super::item::Element;

/// Pieces that a branch has room for at first.
const PIECES: usize = 64;

/// Consecutive elements that its newest version shows, or that it has deleted.
#[derive(Clone, Copy, Debug)]
struct Piece {
    first: Element,
    len: u32,
    shows: bool,
}

impl Piece {
    fn shown(&self) -> u32 {
        if self.shows { self.len } else { 0 }
    }

    /// Cuts after `at` elements; returns the right part.
    fn split(&mut self, at: u32) -> Self {
        let right = Piece {
            first: self.first.plus(at),
            len: self.len - at,
            ..*self
        };
        self.len = at;
        right
    }
}

/// The elements that a branch knows, those it deleted too: the base, and its own. So few pieces that they are looked
/// through one by one.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    /// In order. The last one is empty and stands for the end: something always follows.
    pieces: Vec<Piece>,
    len: u32,
}

impl Branch {
    /// A branch from a base of so many elements.
    pub(super) fn new(base_len: u32) -> Self {
        let mut base = Piece {
            first: Element::of_base(0),
            len: base_len,
            shows: true,
        };
        let end = base.split(base_len);
        let mut pieces = Vec::with_capacity(PIECES);
        pieces.extend([base, end]);
        Branch {
            pieces,
            len: base_len,
        }
    }

    /// Elements that it shows.
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// The element at a position.
    pub(super) fn element(&self, pos: u32) -> Element {
        let (at, offset) = self.seek(pos);
        self.pieces[at].first.plus(offset)
    }

    /// Inserts the run of elements that starts with `first`; returns its origins.
    pub(super) fn insert(&mut self, pos: u32, first: Element, len: u32) -> (Element, Element) {
        self.len += len;
        let new = Piece {
            first,
            len,
            shows: true,
        };
        let Some(before) = pos.checked_sub(1) else {
            let right = self.pieces[0].first;
            self.pieces.insert(0, new);
            return (Element::START, right);
        };
        let (at, offset) = self.seek(before);
        let left = self.pieces[at].first.plus(offset);
        if offset + 1 < self.pieces[at].len {
            let right = self.pieces[at].split(offset + 1);
            self.pieces.insert(at + 1, right);
        }
        let right = self.pieces[at + 1].first;
        if left.plus(1) == first {
            self.pieces[at].len += len;
        } else {
            self.pieces.insert(at + 1, new);
        }
        (left, right)
    }

    /// Deletes elements; `each` hears of them, in order.
    pub(super) fn delete(&mut self, pos: u32, len: u32, mut each: impl FnMut(Element, u32)) {
        self.len -= len;
        let (mut at, offset) = self.seek(pos);
        if offset > 0 {
            let right = self.pieces[at].split(offset);
            at += 1;
            self.pieces.insert(at, right);
        }
        let mut rest = len;
        while rest > 0 {
            if self.pieces[at].shown() > rest {
                let right = self.pieces[at].split(rest);
                self.pieces.insert(at + 1, right);
            }
            let piece = &mut self.pieces[at];
            if piece.shows {
                piece.shows = false;
                rest -= piece.len;
                each(piece.first, piece.len);
            }
            at += 1;
        }
    }

    /// The piece that holds the element at a position, and the element's offset in it.
    fn seek(&self, pos: u32) -> (usize, u32) {
        let mut rest = pos;
        for (at, piece) in self.pieces.iter().enumerate() {
            if rest < piece.shown() {
                return (at, rest);
            }
            rest -= piece.shown();
        }
        // Past the end: positions are checked before they are sought.
        (self.pieces.len() - 1, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::Branch;
    use crate::id::Lv;
    use crate::sequence::item::Element;
    use proptest::prelude::*;

    /// The elements one by one, and whether they show.
    struct Plain(Vec<(Element, bool)>);

    impl Plain {
        /// Where the element at a position stands.
        fn place(&self, pos: usize) -> usize {
            let mut shown = (0..self.0.len()).filter(|&at| self.0[at].1);
            shown.nth(pos).expect("a position within")
        }

        fn insert(&mut self, pos: usize, first: Element, len: u32) -> (Element, Element) {
            let at = pos
                .checked_sub(1)
                .map_or(0, |before| self.place(before) + 1);
            let left = at
                .checked_sub(1)
                .map_or(Element::START, |left| self.0[left].0);
            let right = self.0[at].0;
            self.0
                .splice(at..at, (0..len).map(|nth| (first.plus(nth), true)));
            (left, right)
        }

        fn delete(&mut self, pos: usize) -> Element {
            let at = self.place(pos);
            self.0[at].1 = false;
            self.0[at].0
        }

        fn len(&self) -> usize {
            self.0.iter().filter(|element| element.1).count()
        }
    }

    proptest! {
        #[test]
        fn it_is_what_single_elements_are(base in 0u32..12, edits in proptest::collection::vec((any::<bool>(), any::<prop::sample::Index>(), 1u32..5), 0..40)) {
            let mut branch = Branch::new(base);
            let mut plain = Plain((0..=base).map(|at| (Element::of_base(at), at < base)).collect());
            let mut next = Lv(0);
            for (inserts, place, len) in edits {
                let shown = plain.len();
                let pos = place.index(shown + 1);
                let pos_u32 = u32::try_from(pos).unwrap();
                if inserts {
                    let first = Element::inserted(next);
                    prop_assert_eq!(branch.insert(pos_u32, first, len), plain.insert(pos, first, len));
                } else {
                    let len = len.min(u32::try_from(shown - pos).unwrap());
                    let mut deleted = Vec::new();
                    branch.delete(pos_u32, len, |first, len| deleted.extend((0..len).map(|nth| first.plus(nth))));
                    let expected: Vec<_> = (0..len).map(|_| plain.delete(pos)).collect();
                    prop_assert_eq!(deleted, expected);
                }
                next = next.plus(len);
                prop_assert_eq!(branch.len() as usize, plain.len());
            }
            for pos in 0..plain.len() {
                let element = plain.0[plain.place(pos)].0;
                prop_assert_eq!(branch.element(u32::try_from(pos).unwrap()), element);
            }
        }
    }
}
