//! What was ever written to an element of a list, and what deletions took: asked of a tracker of the whole history.

use std::collections::BTreeMap;

use super::item::Element;
use super::tracker::{Deleted, Tracker};
use crate::id::{Lv, LvSpan};

/// What was done to one element of a list, and was not taken back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writes {
    /// The operation that inserted it, if that is the log's own.
    pub(crate) inserted: Option<Lv>,
    pub(crate) sets: Vec<Lv>,
    pub(crate) moves: Vec<Lv>,
    /// The one of those by which it stands where it does, if it was moved.
    pub(crate) stands_by: Option<Lv>,
    /// Those that hold.
    pub(crate) deletions: Vec<Lv>,
}

impl Tracker {
    /// What was done to the element that shows at a position, which must lie within what shows.
    pub(crate) fn writes_at(&self, position: u32) -> Writes {
        self.writes_to(self.first_at(position))
    }

    fn writes_to(&self, element: Element) -> Writes {
        let sets = self.sets.get(&element).into_iter().flatten().copied();
        let places = self.moves.places(element);
        let moves = places.iter().skip(1).filter_map(|place| place.lv());
        let newest = self.moves.newest(element);
        Writes {
            inserted: element.lv(),
            sets: sets.filter(|&set| self.counts(set)).collect(),
            moves: moves.filter(|&moved| self.counts(moved)).collect(),
            stands_by: newest.lv().filter(|_| newest != element),
            deletions: Vec::new(),
        }
    }

    /// The elements that were set or moved, or inserted by such operations, and are deleted. O(sets, moves and deletions).
    pub(crate) fn deleted_writes(&self, inserted: &[Lv]) -> Vec<Writes> {
        let mut places: BTreeMap<Element, Element> = BTreeMap::new();
        let mut gone: BTreeMap<Element, Writes> = BTreeMap::new();
        let inserted: Vec<Element> = inserted.iter().map(|&lv| Element::inserted(lv)).collect();
        for &element in self.sets.keys().chain(self.moves.moved()).chain(&inserted) {
            let newest = self.moves.newest(element);
            if self.item(self.find(newest)).gone > 0 {
                let all = self.moves.places(element);
                places.extend(all.into_iter().map(|place| (place, element)));
                gone.insert(element, self.writes_to(element));
            }
        }
        for deleted in &self.deletes {
            let hit = places.range(deleted.target..deleted.target.plus(deleted.len));
            for (&place, first) in hit {
                let lv = deleted.by_which(place);
                let holds = !self.unrestored(LvSpan::new(lv, lv.plus(1))).is_empty();
                if let Some(writes) = gone.get_mut(first).filter(|_| holds) {
                    writes.deletions.push(lv);
                }
            }
        }
        gone.into_values().collect()
    }
}

impl Deleted {
    /// Which of the operations deleted an element.
    fn by_which(&self, place: Element) -> Lv {
        let nth = place.offset_from(self.target);
        self.lv
            .plus(if self.back { self.len - 1 - nth } else { nth })
    }
}
