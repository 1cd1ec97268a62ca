//! Where containers stand that were moved.
//!
//! Kleppmann, Mulligan, Gomes & Beresford 2021, "A highly-available move operation for replicated trees": all moves of a document
//! in one order, by (Lamport, peer), each done unless it would put a container under itself. A container stands where the last
//! move put it that was done, and where it was first if none was; a move that is taken back counts as not made. So every replica
//! that knows the same moves has the same tree. Three departures: a move that was not done keeps its place in the order, and is
//! tried again whenever one before it comes or goes; the tree above a container is asked of a [`Forest`], so that chains of
//! thousands cost no walk; and a move is not done either that would put what was moved deeper than [`MOVED_DEPTH`].
//!
//! Whether the place where a container stands still shows it is the register's affair: a removal there removes it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cell, ContainerIx, OpLog};
use crate::id::{Lv, LvSpan, OpId};
use crate::tree::Forest;

/// How many containers are at most around one that was moved. The same everywhere, whatever the limits of a replica are: what
/// several put into each other, each within its own, has to stand somewhere, and everywhere alike. So one writer's 64 and another
/// one's go together always.
pub(crate) const MOVED_DEPTH: u32 = 128;

/// One move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Move {
    rank: (u32, OpId),
    entry: u32,
    container: ContainerIx,
    /// The map that it goes to.
    to: ContainerIx,
    /// Whether it is not taken back.
    counts: bool,
    /// Where the container stood before, if it was done.
    done: Option<Place>,
}

/// The entry that put a container where it stands; `None` where it was first.
pub(crate) type Place = Option<u32>;

/// A container that stands elsewhere than before, and where it stood.
pub(crate) type Shift = (ContainerIx, Place);

/// The moves of a document, and where they put what they moved.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// In their order, all but those that the document was opened with.
    moves: Vec<Move>,
    stands: BTreeMap<ContainerIx, u32>,
    /// Of all containers; those in `stands` are marked.
    forest: Forest,
    /// Elements of lists that containers were moved to: the maps that stand for them, and the entries that did it.
    seats: BTreeMap<ContainerIx, Vec<u32>>,
}

impl Standing {
    /// The entry that put a container where it stands; `None` where it stands where it was first.
    pub(crate) fn of(&self, container: ContainerIx) -> Place {
        self.stands.get(&container).copied()
    }

    /// The entries that moved something to an element of a list, given the map that stands for that.
    pub(super) fn seated(&self, seat: ContainerIx) -> Option<&[u32]> {
        self.seats.get(&seat).map(|entries| &**entries)
    }

    fn note_seat(&mut self, log: &OpLog, entry: u32, to: ContainerIx) {
        if log.is_seat_key(entry) && log.list_around(to).is_some() {
            self.seats.entry(to).or_default().push(entry);
        }
    }

    /// Knows the containers that are new.
    pub(super) fn grow(&mut self, log: &OpLog) {
        while self.forest.len() < log.containers.len() {
            let container = ContainerIx(node(self.forest.len()));
            self.forest.add();
            self.link(container, log.first_around(container));
        }
    }

    fn link(&mut self, container: ContainerIx, around: Option<ContainerIx>) {
        if let Some(around) = around {
            self.forest.link(container.0, around.0);
        }
    }

    /// Puts a container somewhere, unless that is within it, or so deep that it or something in it that was moved would be too
    /// deep. Returns where it stood before, if it was put there.
    fn put(
        &mut self,
        log: &OpLog,
        container: ContainerIx,
        entry: u32,
        to: ContainerIx,
    ) -> Option<Place> {
        self.forest.cut(container.0);
        if self.forest.root_of(to.0) == container.0
            || self.deepest_moved(container, to) > MOVED_DEPTH
        {
            self.link(container, log.around_at(container, self.of(container)));
            return None;
        }
        self.link(container, Some(to));
        self.forest.mark(container.0, true);
        Some(self.stands.insert(container, entry))
    }

    /// How many containers would be around the deepest one that was moved, if a container stood in another one: itself, or one
    /// within.
    fn deepest_moved(&mut self, container: ContainerIx, around: ContainerIx) -> u32 {
        let depth = self.forest.depth(around.0) + 1;
        depth + self.forest.marked_below(container.0)
    }

    /// Puts a container back where it stood.
    fn put_back(&mut self, log: &OpLog, container: ContainerIx, before: Place) {
        self.forest.cut(container.0);
        self.forest.mark(container.0, before.is_some());
        match before {
            Some(entry) => self.stands.insert(container, entry),
            None => self.stands.remove(&container),
        };
        self.link(container, log.around_at(container, before));
    }

    /// How many containers would be around the deepest one within a container, if that stood in another one; and around the
    /// deepest that was moved. O(log n).
    pub(super) fn deepest_in(&mut self, container: ContainerIx, around: ContainerIx) -> (u32, u32) {
        let depth = self.forest.depth(around.0) + 1;
        let deepest = depth + self.forest.height(container.0);
        (deepest, self.deepest_moved(container, around))
    }

    /// Takes in moves that are new, and that some count now or no longer. What comes after the first of them is done again.
    /// O(log n) for each of those.
    fn settle(&mut self, log: &OpLog, new: &[Move], turned: &BTreeMap<u32, bool>) -> Vec<Shift> {
        self.grow(log);
        for one in new {
            self.note_seat(log, one.entry, one.to);
        }
        let first_new = new.iter().map(|new| new.rank).min();
        let mut from = match first_new {
            Some(rank) => self.moves.partition_point(|known| known.rank < rank),
            None => self.moves.len(),
        };
        if !turned.is_empty() {
            let is_turned = |known: &Move| {
                turned
                    .get(&known.entry)
                    .is_some_and(|&counts| counts != known.counts)
            };
            let first = self.moves.iter().position(is_turned);
            from = from.min(first.unwrap_or(from));
        }
        let mut before: BTreeMap<ContainerIx, Place> = BTreeMap::new();
        let mut tail = self.moves.split_off(from);
        for undone in tail.iter_mut().rev() {
            if let Some(place) = undone.done.take() {
                before
                    .entry(undone.container)
                    .or_insert(self.of(undone.container));
                self.put_back(log, undone.container, place);
            }
        }
        tail.extend_from_slice(new);
        tail.sort_unstable_by_key(|one| one.rank);
        for mut next in tail {
            if let Some(&counts) = turned.get(&next.entry) {
                next.counts = counts;
            }
            if next.counts {
                let stood = self.of(next.container);
                next.done = self.put(log, next.container, next.entry, next.to);
                if next.done.is_some() {
                    before.entry(next.container).or_insert(stood);
                }
            }
            self.moves.push(next);
        }
        let is_elsewhere = |&(container, place): &Shift| self.of(container) != place;
        before.into_iter().filter(is_elsewhere).collect()
    }
}

impl OpLog {
    /// Takes in the moves of a span, and what it takes back of moves; returns what stands elsewhere by that.
    pub(crate) fn settle_moves(&mut self, span: LvSpan) -> Vec<Shift> {
        if self.moved <= span.start && self.standing.is_none() {
            return Vec::new();
        }
        let (mut new, mut backs) = (Vec::new(), Vec::new());
        for stretch in self.stretches(span) {
            if self.sequence(stretch.container).is_some() {
                continue;
            }
            for (entry, lv) in stretch.entries().zip((stretch.span.start.0..).map(Lv)) {
                match self.entries.cell(entry) {
                    Cell::Moved(container) => new.push(Move {
                        rank: self.rank(lv),
                        entry,
                        container,
                        to: stretch.container,
                        counts: true,
                        done: None,
                    }),
                    Cell::Back(target) => backs.push(target),
                    _ => {}
                }
            }
        }
        if new.is_empty() && backs.is_empty() {
            return Vec::new();
        }
        let mut standing = self.standing.take().unwrap_or_default();
        let shifts = standing.settle(self, &new, &self.turned(&backs));
        self.standing = Some(standing);
        shifts
    }

    /// Whether moves count that these entries were written to take back, or to bring back.
    fn turned(&self, targets: &[u32]) -> BTreeMap<u32, bool> {
        let moves = targets
            .iter()
            .map(|&target| match self.entries.cell(target) {
                Cell::Back(first) => first,
                _ => target,
            });
        let mut turned: BTreeMap<u32, bool> = moves
            .filter(|&entry| self.is_move(entry))
            .map(|entry| (entry, true))
            .collect();
        if !turned.is_empty() {
            let taken_back = self.taken_back();
            for (entry, counts) in &mut turned {
                *counts = !taken_back.contains(entry);
            }
        }
        turned
    }

    /// Entries that are taken back by what is not taken back itself. O(entries).
    fn taken_back(&self) -> BTreeSet<u32> {
        let mut taken_back = BTreeSet::new();
        // What takes an entry back came after it.
        for entry in (0..self.entries.len()).rev() {
            if let Cell::Back(target) = self.entries.cell(entry)
                && !taken_back.contains(&entry)
            {
                taken_back.insert(target);
            }
        }
        taken_back
    }

    /// Puts containers where a document was opened with them, by the entries that say so: nothing takes that back. Returns whether
    /// that can be: none is within itself, or too deep.
    pub(crate) fn stand_from_the_start(&mut self, entries: &[u32]) -> bool {
        let mut standing = Standing::default();
        standing.grow(self);
        let moved = entries
            .iter()
            .filter_map(|&entry| match self.entries.cell(entry) {
                Cell::Moved(container) => Some((container, entry)),
                _ => None,
            });
        let moved: Vec<_> = moved.collect();
        // In between they may seem to stand within each other.
        for &(container, entry) in &moved {
            standing.forest.cut(container.0);
            standing.forest.mark(container.0, true);
            standing.stands.insert(container, entry);
            standing.note_seat(self, entry, self.container_of(self.entry_lv(entry)));
        }
        let is_tree = moved.iter().all(|&(container, entry)| {
            let to = self.container_of(self.entry_lv(entry));
            // One that was put somewhere before is no root any more.
            let is_free = standing.forest.root_of(container.0) == container.0
                && standing.forest.root_of(to.0) != container.0;
            if is_free {
                standing.link(container, Some(to));
            }
            is_free
        });
        let fits = |&(container, _): &(ContainerIx, u32)| {
            standing.forest.depth(container.0) <= MOVED_DEPTH
        };
        let is_sound = is_tree && moved.iter().all(fits);
        self.standing = Some(Box::new(standing));
        is_sound
    }

    /// Forgets where operations put things that are no longer in the log.
    pub(super) fn truncate_standing(&mut self, end: Lv) {
        let Some(standing) = &self.standing else {
            return;
        };
        let is_known = standing.forest.len() <= self.containers.len();
        if !is_known || self.moved.max(self.restored) > end {
            self.stand_anew();
        }
    }

    /// Where everything stands, found anew from all moves. O(entries).
    fn stand_anew(&mut self) {
        let ground = self.ground.as_ref().map_or(Lv(0), |ground| ground.end);
        self.standing = None;
        let before = self.routes.entries_before(ground, self.entries.len());
        let base: Vec<u32> = (0..before).filter(|&entry| self.is_move(entry)).collect();
        if !base.is_empty() {
            self.stand_from_the_start(&base);
        }
        self.settle_moves(LvSpan::new(ground, self.end()));
    }

    /// Verifies that everything stands where all moves, done once from the first to the last, put it.
    pub(super) fn check_standing(&self) -> Result<(), String> {
        let Some(standing) = &self.standing else {
            return Ok(());
        };
        let mut anew = self.clone();
        anew.stand_anew();
        let again = anew.standing.unwrap_or_default();
        let is_same = again.stands == standing.stands
            && again.moves == standing.moves
            && again.seats == standing.seats;
        if !is_same {
            return Err(format!(
                "oplog: containers stand at {:?}, and their moves say {:?}",
                standing.stands, again.stands
            ));
        }
        Ok(())
    }
}

/// Containers are fewer than 2^32.
#[allow(clippy::cast_possible_truncation)]
fn node(at: usize) -> u32 {
    at as u32
}
