//! Trackers of a sequence's whole history: who inserted what stands at a position, and where an element stands now.
//!
//! Such a tracker starts from the beginning, so whatever is merged follows its base. It is kept while a document is asked such
//! things, and takes in what was applied outside when it is asked again.

use std::convert::Infallible;

use super::item::Element;
use super::replay::{Replay, replay_from};
use super::start::Start;
use super::tracker::{Cursor, LEAF_U32, Tracker};
use crate::graph::Walk;
use crate::id::{Heads, Lv, LvSpan};
use crate::oplog::{ContainerIx, OpLog, SequenceLog};
use crate::tree::LeafIx;

/// Where an element stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Stand {
    /// How many elements show before it.
    pub(crate) at: u32,
    /// Whether it shows itself.
    pub(crate) shows: bool,
}

impl Replay {
    /// The tracker of all that happened to a sequence, which shows `len` elements now. O(r log r) for r runs of its history
    /// when it is made, O(log n) for each run since it was asked for last.
    pub(crate) fn whole(
        &mut self,
        log: &OpLog,
        container: ContainerIx,
        len: u32,
    ) -> Option<&Tracker> {
        self.whole_until(log, container, log.end(), len)
            .map(|tracker| &*tracker)
    }

    /// The same of what happened before an operation, when the sequence showed `len` elements.
    pub(super) fn whole_until(
        &mut self,
        log: &OpLog,
        container: ContainerIx,
        until: Lv,
        len: u32,
    ) -> Option<&mut Tracker> {
        let sequence = log.sequence(container)?;
        self.typing = None;
        let tracker = self.tracker_or_new(container);
        if tracker.is_live() && tracker.is_whole {
            tracker.join(log, sequence, until);
        } else {
            tracker.become_whole(log, container, until, len);
        }
        Some(tracker)
    }
}

impl Tracker {
    /// Whether it can take in what happened from an operation on: to restore something, it has to know everything.
    pub(super) fn can_take(&self, sequence: &SequenceLog, since: Lv) -> bool {
        self.is_whole || !sequence.restores_since(since)
    }

    /// Starts afresh, from the beginning to what came before an operation, when the sequence showed `len` elements.
    pub(super) fn become_whole(
        &mut self,
        log: &OpLog,
        container: ContainerIx,
        until: Lv,
        len: u32,
    ) {
        let Some(sequence) = log.sequence(container) else {
            return;
        };
        let before = log.ground.as_ref();
        let ground = before.map_or(Lv(0), |ground| ground.end);
        let all = LvSpan::new(ground, until);
        if all.is_empty() {
            self.restart(Heads::new(), &[], until);
            self.settle_base(len);
            self.is_whole = true;
        } else {
            let start = Start {
                base: Heads::new(),
                held: vec![all],
                walk: Walk::new(&log.graph, &[all], until),
                is_whole: true,
            };
            let Ok(()) = replay_from(log, sequence, self, &start, until, len, |_, _| {
                Ok::<(), Infallible>(())
            });
        }
        let marks = before.and_then(|ground| ground.marks.get(&container));
        for &(mark, borders) in marks.into_iter().flatten() {
            self.note_base_mark(mark, borders);
        }
    }

    /// The operation that inserted what shows at a position; `None` for what was there before the log's own operations. The
    /// position must lie within what shows.
    pub(crate) fn inserted_at(&self, position: u32) -> Option<Lv> {
        self.first_at(position).lv()
    }

    /// The first place of the element that shows at a position, which must lie within what shows.
    pub(super) fn first_at(&self, position: u32) -> Element {
        let (cursor, offset) = self.seek_newest(position);
        self.moves.first_of(self.item(cursor).id.plus(offset))
    }

    /// Where an element stands that an operation inserted; `None` if it inserted nothing that the tracker knows of.
    pub(crate) fn stand_of(&self, inserted: Lv) -> Option<Stand> {
        let first = Element::inserted(inserted);
        let mut cursor = self.find_inserted(inserted)?;
        let element = self.moves.newest(first);
        if element != first {
            cursor = self.find(element);
        }
        let item = self.item(cursor);
        let shows = item.visible_newest() > 0;
        let within = if shows {
            element.offset_from(item.id)
        } else {
            0
        };
        let at = self.newest_before(cursor) + within;
        Some(Stand { at, shows })
    }

    /// The item of the element that an operation inserted, which may have done something else.
    fn find_inserted(&self, inserted: Lv) -> Option<Cursor> {
        let element = Element::inserted(inserted);
        // Of a deletion it is another number. No item holds what that deleted under the deletion's own.
        let place = self.by_lv.find(element.number())?.1;
        let leaf = LeafIx(place / LEAF_U32);
        let from = (place % LEAF_U32) as usize;
        let spans = self.tree.get_leaf(leaf)?.spans().get(from..)?;
        let at = spans
            .iter()
            .position(|item| element.offset_from(item.id) < item.len)?;
        let is_move = self.moves.first_of(element) != element;
        (!is_move).then_some(Cursor {
            leaf,
            at: from + at,
        })
    }
}
