//! Reading where marks stand.

use std::collections::{BTreeMap, BTreeSet};

use super::edit::TextMarks;
use super::find::Found;
use super::knot::End;
use crate::id::Lv;
use crate::oplog::Border;
use crate::tree::{Measure, Span};

impl TextMarks {
    /// The ends of all marks, in the order of the text.
    pub(crate) fn ends(&self) -> impl Iterator<Item = (End, u32)> + '_ {
        self.all()
            .map(|found| (self.knot(found).end(), found.position))
    }

    /// All marks that count, by operation. O(n log n).
    pub(crate) fn borders(&self) -> BTreeMap<Lv, [Border; 2]> {
        self.borders_where(|mark| self.counts(mark))
    }

    /// Likewise of these, whether they count or not. O(log n) for each.
    pub(crate) fn borders_of(&self, marks: &BTreeSet<Lv>) -> BTreeMap<Lv, [Border; 2]> {
        let found = |&mark: &Lv| Some((mark, self.borders_of_one(mark)?));
        marks.iter().filter_map(found).collect()
    }

    fn borders_where(&self, wanted: impl Fn(Lv) -> bool) -> BTreeMap<Lv, [Border; 2]> {
        let mut all: BTreeMap<Lv, [Border; 2]> = BTreeMap::new();
        for found in self.all() {
            let knot = self.knot(found);
            let End { mark, is_last } = knot.end();
            if wanted(mark) {
                all.entry(mark).or_default()[usize::from(is_last)] = knot.border(found.position);
            }
        }
        all
    }

    /// Where a mark begins and ends. O(log n).
    fn borders_of_one(&self, mark: Lv) -> Option<[Border; 2]> {
        let border = |is_last| {
            let end = End { mark, is_last };
            let leaf = self.leaves.get(&mark)?[usize::from(is_last)];
            let found = self
                .knots_from(leaf)
                .find(|&found| self.knot(found).end() == end)?;
            Some(self.knot(found).border(found.position))
        };
        Some([border(false)?, border(true)?])
    }

    /// The marks that cover the character at a position, if one is there. O(log n), and the ends between where the first of them
    /// begins and there.
    pub(crate) fn covering(&self, at: u32) -> Vec<Lv> {
        let mut left = self.open_before(self.behind(Border::loose(at)));
        let mut ended: BTreeSet<Lv> = BTreeSet::new();
        let mut covering = Vec::new();
        for end in self.before(Border::loose(at)) {
            if left == 0 {
                break;
            }
            if end.is_last {
                ended.insert(end.mark);
            } else if !ended.remove(&end.mark) {
                covering.push(end.mark);
                left -= 1;
            }
        }
        covering
    }

    /// The ends behind a position and before another, in the order of the text.
    pub(crate) fn ends_between(
        &self,
        start: u32,
        end: u32,
    ) -> impl Iterator<Item = (End, u32)> + '_ {
        let first = self.behind(Border::loose(start));
        let found = std::iter::successors(first, |&found| self.next(found));
        found
            .take_while(move |found| found.position < end)
            .map(|found| (self.knot(found).end(), found.position))
    }

    /// The marks that count, by the operations that made them, each at both its ends.
    pub(crate) fn counting(&self) -> impl Iterator<Item = Lv> + '_ {
        let marks = self.ends().map(|(end, _)| end.mark);
        marks.filter(|&mark| self.counts(mark))
    }

    /// From where to where any of these marks reaches, and of those that were made since an operation. O(log n) for each.
    pub(crate) fn reach_of(&self, marks: &BTreeSet<Lv>, since: Lv) -> Option<(u32, u32)> {
        let new = self.leaves.range(since..).map(|(&mark, _)| mark);
        let all = marks.iter().copied().chain(new);
        let reaches = all.filter_map(|mark| self.borders_of_one(mark));
        let reaches = reaches.map(|reach| reach.map(Border::at));
        let all = reaches.reduce(|all, [start, end]| [all[0].min(start), all[1].max(end)]);
        all.map(|[start, end]| (start, end))
    }

    /// How many marks begin before a knot, or in all, and do not end there.
    fn open_before(&self, found: Option<Found>) -> u32 {
        let Some(found) = found else {
            return self.knots.total().open;
        };
        let leaf = self.knots.leaf(found.leaf).spans();
        let before = self.knots.start_of(found.leaf);
        let within = leaf.iter().take(found.at).map(Span::measure);
        within.fold(before, Measure::plus).open
    }

    /// How many marks cover the character in a range that most of them cover. O(log n), and the ends within the range.
    pub(crate) fn most_open(&self, start: u32, end: u32) -> u32 {
        let Some(first) = self.behind(Border::loose(start)) else {
            return 0;
        };
        let mut open = self.open_before(Some(first));
        let mut most = open;
        let mut next = Some(first).filter(|found| found.position < end);
        while let Some(found) = next {
            open = open.wrapping_add(self.knot(found).measure().open);
            most = most.max(open);
            next = self.next(found).filter(|found| found.position < end);
        }
        most
    }

    /// The marks of which an end is loose at a position. O(log n), and those there.
    pub(crate) fn loose_at(&self, at: u32) -> impl Iterator<Item = Lv> + '_ {
        self.at(Border::loose(at))
            .map(|found| self.knot(found).end().mark)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.knots.leaf(self.knots.first()).spans().is_empty()
    }

    pub(crate) fn check(&self, len: u32) -> Result<(), String> {
        self.knots.check()?;
        if self.knots.total().len > len {
            return Err(format!("a mark ends behind a text of {len}"));
        }
        let mut last = Border::default();
        for found in self.all() {
            let End { mark, is_last } = self.knot(found).end();
            let leaves = self.leaves.get(&mark);
            if leaves.map(|leaves| leaves[usize::from(is_last)]) != Some(found.leaf) {
                return Err(format!("{mark:?} is not found where it is"));
            }
            let border = self.knot(found).border(found.position);
            if border < last {
                return Err(format!("marks: {border:?} stands behind {last:?}"));
            }
            last = border;
        }
        let all = self.borders_where(|_| true);
        if all.len() != self.leaves.len() {
            return Err("marks that are gone are found".to_owned());
        }
        for (mark, [start, end]) in all {
            if end < start {
                return Err(format!("the mark {mark:?} ends before it begins"));
            }
        }
        Ok(())
    }
}
