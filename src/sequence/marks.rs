//! Marks on a text: what their ends hold to.
//!
//! A mark's operation tells positions at its author's version; the tracker, when it visits that, finds the elements that the
//! two ends hold to (Litt, Lim, Kleppmann & van Hardenberg 2022, "Peritext"). An end holds to an element that its author saw:
//!
//! ```text
//!           begins                      ends
//! expands   behind the element before   before the element behind
//! does not  before the first it covers  behind the last it covers
//! ```
//!
//! It stays there for good, also where that element is deleted. So what is inserted at an end, then or at the same time, is
//! within the mark or not by where it stands among all elements, and by nothing else.

use std::collections::BTreeMap;

use super::apply::{Edit, Purpose};
use super::item::{Element, Item};
use super::tracker::{Cursor, Tracker};
use crate::id::Lv;
use crate::oplog::{Border, Extent, OpLog, OpRun};

/// What an end of a mark holds to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Hold {
    Before(Element),
    /// [`Element::START`] for the beginning of the text.
    Behind(Element),
}

/// Of all marks that the tracker holds, what both ends hold to.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    of: BTreeMap<Lv, [Hold; 2]>,
}

impl Marks {
    pub(super) fn clear(&mut self) {
        self.of.clear();
    }

    pub(super) fn holds(&self, mark: Lv) -> bool {
        self.of.contains_key(&mark)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.of.len() * size_of::<(Lv, [Hold; 2])>()
    }
}

impl Tracker {
    /// Applies a mark at the visited version.
    pub(super) fn apply_mark(&mut self, log: &OpLog, run: &OpRun, purpose: &mut Purpose<'_>) {
        let Some(mark) = log.marks.get(run.lv) else {
            return;
        };
        self.pay();
        let borders = Border::of(run.pos, mark.extent);
        let holds = borders.map(|border| self.hold_at(border, |at| self.seek_here(at)));
        self.marks.of.insert(run.lv, holds);
        if let Purpose::Edits(edits) = purpose {
            let [start, end] = holds.map(|hold| self.border_of(hold));
            edits.push(Edit::Mark {
                lv: run.lv,
                start,
                end,
            });
        }
    }

    /// Takes in a mark that was put outside.
    pub(super) fn join_mark(&mut self, log: &OpLog, run: &OpRun) {
        if let Some(mark) = log.marks.get(run.lv) {
            let borders = Border::of(run.pos, mark.extent);
            let holds = borders.map(|border| self.hold_at(border, |at| self.seek_newest(at)));
            self.marks.of.insert(run.lv, holds);
        }
    }

    /// Takes in a mark whose ends stand there at the base.
    pub(super) fn note_base_mark(&mut self, lv: Lv, borders: [Border; 2]) {
        let holds = borders.map(|border| match border.at() {
            at if border.is_loose() => Hold::Before(Element::of_base(at)),
            0 => Hold::Behind(Element::START),
            at => Hold::Behind(Element::of_base(at - 1)),
        });
        self.marks.of.insert(lv, holds);
    }

    /// Where a mark begins and ends in what shows at the newest version.
    pub(crate) fn borders(&self, mark: Lv) -> Option<[Border; 2]> {
        let holds = self.marks.of.get(&mark)?;
        Some(holds.map(|hold| self.border_of(hold)))
    }

    fn hold_at(&self, border: Border, seek: impl Fn(u32) -> (Cursor, u32)) -> Hold {
        let element = |at: u32| self.element_at(Some(seek(at)));
        match border.is_loose() {
            // Past the last element stands the one that is the end.
            true => Hold::Before(element(border.at())),
            false => Hold::Behind(border.at().checked_sub(1).map_or(Element::START, element)),
        }
    }

    fn border_of(&self, hold: Hold) -> Border {
        match hold {
            Hold::Behind(Element::START) => Border::held(0),
            Hold::Behind(element) if self.is_shown(element) => {
                Border::held(self.newest_position(element) + 1)
            }
            Hold::Behind(element) | Hold::Before(element) => {
                Border::loose(self.newest_position(element))
            }
        }
    }

    fn is_shown(&self, element: Element) -> bool {
        Item::visible_newest(self.item(self.find(element))) > 0
    }
}

/// Where a mark begins and ends for whoever puts it there.
pub(super) fn marked(log: &OpLog, run: &OpRun) -> Option<Edit> {
    let mark = log.marks.get(run.lv)?;
    let [start, end] = Border::of(run.pos, mark.extent);
    Some(Edit::Mark {
        lv: run.lv,
        start,
        end,
    })
}

/// How many elements a mark needs its text to have.
pub(super) fn reach(log: &OpLog, run: &OpRun) -> u64 {
    let extent = log.marks.get(run.lv).map(|mark| mark.extent);
    u64::from(run.pos) + u64::from(extent.map_or(0, Extent::len))
}
