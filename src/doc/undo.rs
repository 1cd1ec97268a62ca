//! Undo and redo of what one user did.

use std::collections::VecDeque;

use super::inverse::Span;
use super::{Change, Doc, Origin, Transaction};
use crate::error::Error;
use crate::id::OpId;

/// Milliseconds within which changes belong to one step.
const GAP_MS: u64 = 500;
/// Steps that are kept.
const STEPS: usize = 1000;

/// Undo and redo of what one user did in one document, whatever others did in between.
///
/// It is told of each change after it was made, and groups changes that follow each other within half a second, or as the
/// caller says, into steps. Undoing a step takes back what is left of it, in a transaction of its own that others merge like
/// any edit: text and elements that were inserted go, also where others wrote between them; what was deleted comes back where
/// it stands now, the same elements once, also if two people bring it back; keys and elements that were set show what they
/// did before, unless somebody else has set them since; moved elements go back, counters count back, and what was marked shows what it did before. Redoing takes back the undoing. Where
/// nobody else wrote, everything undone and redone is as it was.
///
/// With a step it keeps a value of the caller's, `C`: a cursor or selection, best as [anchors](crate::Anchor).
///
/// # Examples
///
/// ```
/// use syncline::{Doc, UndoManager};
///
/// # fn main() -> Result<(), syncline::Error> {
/// let mut doc = Doc::new();
/// let mut undo: UndoManager = UndoManager::new();
/// // Times are given by the caller, in milliseconds.
/// undo.transact(&mut doc, 0, |tx| tx.text("body").push("Hello"))?;
/// undo.transact(&mut doc, 100, |tx| tx.text("body").push(" world"))?;
/// undo.transact(&mut doc, 5000, |tx| tx.text("body").delete(0..6))?;
/// assert_eq!(doc.text("body").to_string(), "world");
///
/// undo.undo(&mut doc)?;
/// assert_eq!(doc.text("body").to_string(), "Hello world");
/// undo.undo(&mut doc)?;
/// assert_eq!(doc.text("body").to_string(), "");
/// undo.redo(&mut doc)?;
/// assert_eq!(doc.text("body").to_string(), "Hello world");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct UndoManager<C = ()> {
    undo: VecDeque<Step<C>>,
    redo: VecDeque<Step<C>>,
    gap_ms: u64,
    most: usize,
    /// When the last change was made that another one may join; none after an undo.
    last_ms: Option<u64>,
    group: Group,
}

/// Whether the caller holds changes together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Group {
    None,
    /// The next change begins a step.
    Begun,
    Open,
}

/// What is taken back at once.
#[derive(Clone, Debug)]
struct Step<C> {
    /// Operations, the oldest first.
    spans: Vec<Span>,
    cursor: Option<C>,
}

/// What an undo or redo did.
#[derive(Clone, Debug)]
pub struct Undone<C = ()> {
    /// What changed, of [`Origin::Undo`].
    pub change: Change,
    /// What was kept with the step.
    pub cursor: Option<C>,
}

impl<C> Default for UndoManager<C> {
    fn default() -> Self {
        UndoManager {
            undo: VecDeque::new(),
            redo: VecDeque::new(),
            gap_ms: GAP_MS,
            most: STEPS,
            last_ms: None,
            group: Group::None,
        }
    }
}

impl<C> UndoManager<C> {
    /// A manager of nothing yet: what was written before cannot be undone by it.
    pub fn new() -> Self {
        UndoManager::default()
    }

    /// Groups changes that follow each other within so many milliseconds; 0 makes each a step. The default is 500.
    #[must_use]
    pub fn with_gap_ms(mut self, gap_ms: u64) -> Self {
        self.gap_ms = gap_ms;
        self
    }

    /// Keeps so many steps; older ones can no longer be undone. The default is 1,000.
    #[must_use]
    pub fn with_steps(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// Makes a transaction, and notes it as [`record`](UndoManager::record) does.
    ///
    /// # Errors
    ///
    /// As [`Doc::transact`]: then nothing is noted.
    pub fn transact(
        &mut self,
        doc: &mut Doc,
        now_ms: u64,
        write: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error>,
    ) -> Result<Change, Error> {
        let change = doc.transact(write)?;
        self.record(doc, &change, now_ms);
        Ok(change)
    }

    /// Notes what the document's own peer has just changed: the change that [`Doc::transact`] or [`Doc::revert_to`] gave last.
    /// `now_ms` is the time, of any clock that does not go back; it decides whether the change joins the step before. What
    /// could be redone no longer can. Changes that others made are passed over. O(1).
    pub fn record(&mut self, doc: &Doc, change: &Change, now_ms: u64) {
        self.note(doc, change, now_ms, None);
    }

    /// As [`record`](UndoManager::record), with what an undo of the step is to give back: where the cursor was before the
    /// change. Of changes that join a step the first counts.
    pub fn record_at(&mut self, doc: &Doc, change: &Change, now_ms: u64, cursor: C) {
        self.note(doc, change, now_ms, Some(cursor));
    }

    fn note(&mut self, doc: &Doc, change: &Change, now_ms: u64, cursor: Option<C>) {
        if !matches!(change.origin(), Origin::Local | Origin::History) {
            return;
        }
        let Some(span) = newest_of(doc, change) else {
            return;
        };
        self.redo.clear();
        let is_near = |last: u64| now_ms.saturating_sub(last) < self.gap_ms;
        let joins = match self.group {
            Group::None => self.last_ms.is_some_and(is_near),
            Group::Begun => false,
            Group::Open => true,
        };
        if self.group == Group::Begun {
            self.group = Group::Open;
        }
        self.last_ms = Some(now_ms);
        match self.undo.back_mut().filter(|_| joins) {
            Some(step) => step.add(span),
            None => self.push(Step {
                spans: vec![span],
                cursor,
            }),
        }
    }

    fn push(&mut self, step: Step<C>) {
        self.undo.push_back(step);
        while self.undo.len() > self.most {
            self.undo.pop_front();
        }
    }

    /// Makes one step of all changes from here on, until [`end_group`](UndoManager::end_group).
    pub fn group(&mut self) {
        self.group = Group::Begun;
    }

    /// Ends a group; the next change begins a step.
    pub fn end_group(&mut self) {
        self.group = Group::None;
        self.last_ms = None;
    }

    /// Takes back the last step of which anything is left, in one transaction. `None` where there is none.
    ///
    /// O(log n) for each stretch of text that goes or comes back; what was set in a map costs a look at its operations. The
    /// first in a text or list replays its history.
    ///
    /// # Errors
    ///
    /// [`Error::NeedsBase`] where the step deleted what was there before the cut of a document without its history: such a
    /// step is let go of. [`Error::NotRestorable`] in another document, which does not know the step. Errors of [`Doc::transact`] and [`Doc::read_history`]; then the step stays. In each case the
    /// document is as it was.
    pub fn undo(&mut self, doc: &mut Doc) -> Result<Option<Undone<C>>, Error> {
        self.turn(doc, Way::Undo, None)
    }

    /// As [`undo`](UndoManager::undo); `cursor`, where the cursor is now, is what the redo gives back.
    ///
    /// # Errors
    ///
    /// As [`undo`](UndoManager::undo).
    pub fn undo_at(&mut self, doc: &mut Doc, cursor: C) -> Result<Option<Undone<C>>, Error> {
        self.turn(doc, Way::Undo, Some(cursor))
    }

    /// Does again what was undone last, as far as anything is left of that. `None` where nothing was, or something was written
    /// since.
    ///
    /// # Errors
    ///
    /// As [`undo`](UndoManager::undo).
    pub fn redo(&mut self, doc: &mut Doc) -> Result<Option<Undone<C>>, Error> {
        self.turn(doc, Way::Redo, None)
    }

    /// As [`redo`](UndoManager::redo); `cursor`, where the cursor is now, is what the next undo gives back.
    ///
    /// # Errors
    ///
    /// As [`undo`](UndoManager::undo).
    pub fn redo_at(&mut self, doc: &mut Doc, cursor: C) -> Result<Option<Undone<C>>, Error> {
        self.turn(doc, Way::Redo, Some(cursor))
    }

    fn turn(
        &mut self,
        doc: &mut Doc,
        way: Way,
        mut cursor: Option<C>,
    ) -> Result<Option<Undone<C>>, Error> {
        self.last_ms = None;
        if self.group == Group::Open {
            self.group = Group::Begun;
        }
        while let Some(step) = self.stack(way).pop_back() {
            let change = match doc.take_back_spans(&step.spans) {
                Ok(change) => change,
                Err(error) => {
                    if !matches!(error, Error::NeedsBase { .. }) {
                        self.stack(way).push_back(step);
                    }
                    return Err(error);
                }
            };
            let Some(span) = newest_of(doc, &change) else {
                continue;
            };
            let spans = vec![span];
            self.stack(way.back()).push_back(Step {
                spans,
                cursor: cursor.take(),
            });
            // What others wrote over since shows no change: the step before is meant, too.
            if change.is_empty() {
                continue;
            }
            return Ok(Some(Undone {
                change: change.come_from(Origin::Undo),
                cursor: step.cursor,
            }));
        }
        Ok(None)
    }

    fn stack(&mut self, way: Way) -> &mut VecDeque<Step<C>> {
        match way {
            Way::Undo => &mut self.undo,
            Way::Redo => &mut self.redo,
        }
    }

    /// How many steps there are to undo.
    pub fn undo_steps(&self) -> usize {
        self.undo.len()
    }

    /// How many steps there are to redo.
    pub fn redo_steps(&self) -> usize {
        self.redo.len()
    }

    /// Forgets all steps.
    pub fn clear(&mut self) {
        self.undo.clear();
        self.redo.clear();
        self.last_ms = None;
    }
}

#[derive(Clone, Copy)]
enum Way {
    Undo,
    Redo,
}

impl Way {
    fn back(self) -> Way {
        match self {
            Way::Undo => Way::Redo,
            Way::Redo => Way::Undo,
        }
    }
}

impl<C> Step<C> {
    fn add(&mut self, (first, len): Span) {
        match self.spans.last_mut() {
            Some((start, before))
                if start.peer == first.peer && start.seq + *before == first.seq =>
            {
                *before += len;
            }
            _ => self.spans.push((first, len)),
        }
    }
}

/// The operations of a change that the document's peer has made last.
fn newest_of(doc: &Doc, change: &Change) -> Option<Span> {
    let peer = doc.peer()?;
    let len = change.applied();
    let known = doc.log.peers.count(doc.log.peers.find(peer)?);
    let seq = known.checked_sub(len)?;
    (len > 0).then_some((OpId { peer, seq }, len))
}
