//! The short way for one operation that does not follow everything: the tracker is there, and is only moved a little.

use super::apply::{Edit, Edits, Purpose};
use super::item::Element;
use super::replay::Replay;
use super::tracker::{Cursor, Tracker};
use crate::id::{Heads, Lv};
use crate::oplog::{ContainerIx, OpKind, OpLog, OpRun};

/// Where typing goes on: behind the element inserted last, while no operation of any kind has come since.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typing {
    container: ContainerIx,
    /// The next operation, if it goes on.
    next: Lv,
    /// The item that ends with the element inserted last, and that the next one continues.
    item: Cursor,
    /// Position behind it at the visited version.
    here: u32,
    /// At the newest version.
    newest: u32,
}

impl Typing {
    /// Whether an operation of that container with these parents comes directly after the last.
    fn goes_on(&self, log: &OpLog, container: ContainerIx, parents: &[Lv]) -> bool {
        self.container == container
            && self.next == log.end()
            && matches!(parents, [last] if last.plus(1) == self.next)
    }
}

impl Replay {
    /// Visits the version of these heads, and tells how long the sequence is there. `None` if no tracker can: an operation
    /// with these parents takes a plan.
    pub(crate) fn visit(
        &mut self,
        log: &OpLog,
        container: ContainerIx,
        parents: &[Lv],
    ) -> Option<u32> {
        self.typing = self
            .typing
            .filter(|typing| typing.goes_on(log, container, parents));
        // Who follows what a tracker holds follows its base.
        let is_ready = self.typing.is_some()
            || self
                .trackers()
                .all(|(_, tracker)| !tracker.is_live() || tracker.is_followed_by(parents));
        if !is_ready {
            return None;
        }
        let tracker = self
            .tracker_mut(container)
            .filter(|tracker| tracker.is_live())?;
        let sequence = log.sequence(container)?;
        if !tracker.can_take(sequence, tracker.joined) {
            return None;
        }
        tracker.join(log, sequence, log.end());
        tracker.move_to(&log.graph, sequence, parents);
        Some(tracker.len_here())
    }

    /// Applies an operation, the newest of the log, that lies within the version visited for it. Returns its position in the
    /// current sequence; `None` if nothing changes there.
    pub(crate) fn apply(
        &mut self,
        log: &OpLog,
        container: ContainerIx,
        run: &OpRun,
    ) -> Option<u32> {
        let typing = self.typing.take();
        let tracker = self.tracker_mut(container)?;
        tracker.joined = log.end();
        tracker.at = Heads::from_slice(&[run.span().last()]);
        if let Some(typing) = typing
            && run.kind() == OpKind::Insert
            && run.pos == typing.here
        {
            tracker.change(typing.item, |item| item.len += run.len());
            self.typing = Some(Typing {
                next: log.end(),
                here: typing.here + run.len(),
                newest: typing.newest + run.len(),
                ..typing
            });
            return Some(typing.newest);
        }
        let mut edits = Edits::new();
        tracker.apply(
            log,
            log.sequence(container)?,
            run,
            Purpose::Edits(&mut edits),
        );
        let (Edit::Insert { at, .. } | Edit::Delete { at, .. }) = *edits.first()? else {
            return None;
        };
        if run.kind() == OpKind::Insert {
            let item = tracker.typed_on(Element::inserted(run.span().last()));
            self.typing = item.map(|item| Typing {
                container,
                next: log.end(),
                item,
                here: run.pos + run.len(),
                newest: at + run.len(),
            });
        }
        Some(at)
    }
}

impl Tracker {
    /// The item of the element inserted last, if one typed behind it becomes part of it.
    fn typed_on(&self, last: Element) -> Option<Cursor> {
        let cursor = self.find(last);
        let item = self.item(cursor);
        let behind = self.item(self.next(cursor)?);
        let goes_on =
            item.last() == last && behind.is_known_here() && behind.id == item.origin_right;
        goes_on.then_some(cursor)
    }
}
