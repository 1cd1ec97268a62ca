//! Transactions: all or nothing.

use std::mem::ManuallyDrop;

use super::change::Change;
use super::handle::{Asked, Target};
use super::log::Said;
use super::what::What;
use super::{CounterMut, Doc, ListMut, MapMut, TextMut};
use crate::error::Error;
use crate::id::{Lv, OpId};
use crate::oplog::{Kind, TableLens};

/// The transaction being made.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Its first operation.
    pub(super) start: Lv,
    /// How long the log's tables were before.
    lens: TableLens,
    pub(super) asked: Option<Asked>,
    /// What is said of it.
    pub(super) said: Option<Box<Said>>,
    /// Whether it may have written to the document's policies.
    pub(super) is_ruled: bool,
}

impl Open {
    /// How many containers there were before.
    #[inline]
    pub(super) fn containers(&self) -> usize {
        self.lens.containers()
    }
}

/// A transaction in the making; see [`Doc::transact`].
///
/// Handles to roots are free to make: the first write through one says if the root cannot be written.
#[derive(Debug)]
pub struct Transaction<'d> {
    doc: &'d mut Doc,
}

impl Transaction<'_> {
    /// The root text of that name, for writing.
    pub fn text(&mut self, name: &str) -> TextMut<'_> {
        let target = Target::root(self.doc, name, Kind::Text);
        TextMut::new(self.doc, target)
    }

    /// The root list of that name, for writing.
    pub fn list(&mut self, name: &str) -> ListMut<'_> {
        let target = Target::root(self.doc, name, Kind::List);
        ListMut::new(self.doc, target)
    }

    /// The root map of that name, for writing.
    pub fn map(&mut self, name: &str) -> MapMut<'_> {
        let target = Target::root(self.doc, name, Kind::Map);
        MapMut::new(self.doc, target)
    }

    /// The root counter of that name, for writing.
    pub fn counter(&mut self, name: &str) -> CounterMut<'_> {
        let target = Target::root(self.doc, name, Kind::Counter);
        CounterMut::new(self.doc, target)
    }

    /// Says why the transaction is made: for [`Doc::log`], beside what it writes. The last message counts; one without
    /// anything written is forgotten.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`] for one of more than [`Limits::message_bytes`](crate::Limits::message_bytes).
    pub fn set_message(&mut self, message: &str) -> Result<(), Error> {
        self.doc.check_message(message)?;
        self.doc.said().message = Some(message.into());
        Ok(())
    }

    /// Says when the transaction is made, in milliseconds since 1970: for [`Doc::log`]. The library reads no clock.
    pub fn set_time(&mut self, milliseconds: i64) {
        self.doc.said().time = Some(milliseconds);
    }

    /// Takes back what operations did: `len` of them, by one peer, from `first` on. Text and elements that they deleted come
    /// back, the same ones, each where it stands now, with what holds to them; those that others deleted as well stay away.
    /// Elements and keys that they set show, and elements that they moved stand, as if they had not. What was taken back
    /// already is passed over. Returns how many operations that took. A restore of anything but deletions can itself be taken
    /// back, once.
    ///
    /// [`UndoManager`](crate::UndoManager) takes back what a user did; this takes back what anybody did.
    ///
    /// The first in a text or list replays its history, O(r log r) for r runs of it; each other is O(log n) for each stretch.
    ///
    /// # Errors
    ///
    /// [`Error::NotRestorable`] where the operations are not known, or one of them inserted, or counted;
    /// [`Error::NeedsBase`] for what was there before the cut of a document without its history, or whose history has not been
    /// read: [`read_history`](Doc::read_history) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, OpId, Peer};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let peer = Peer::new(7).expect("not zero");
    /// let mut doc = Doc::with_peer(peer);
    /// doc.transact(|tx| tx.text("body").push("Hello world"))?;
    /// let first = OpId { peer, seq: doc.operations() };
    /// doc.transact(|tx| tx.text("body").delete(5..11))?;
    /// doc.transact(|tx| tx.text("body").insert(0, ">> "))?;
    /// doc.transact(|tx| tx.restore(first, 6).map(drop))?;
    /// assert_eq!(doc.text("body").to_string(), ">> Hello world");
    /// # Ok(())
    /// # }
    /// ```
    pub fn restore(&mut self, first: OpId, len: u32) -> Result<u32, Error> {
        self.doc.restore(first, len)
    }

    pub(super) fn doc_mut(&mut self) -> &mut Doc {
        self.doc
    }

    /// The document as the transaction has made it so far.
    pub fn doc(&self) -> &Doc {
        self.doc
    }
}

/// Takes the transaction back unless it was completed, also when its code panics.
impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        self.doc.roll_back();
    }
}

impl Doc {
    /// Changes the document, all or nothing. If `write` gives an error or panics, the document is as it was before.
    ///
    /// A transaction is one step for everybody: other replicas show it whole or not yet. One that writes nothing makes no
    /// operation.
    ///
    /// # Errors
    ///
    /// The error of `write`. [`Error::aborted`] makes one for reasons of your own.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, Error};
    ///
    /// # fn main() -> Result<(), Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.counter("stock").add(2))?;
    /// let refused = doc.transact(|tx| {
    ///     tx.counter("stock").add(-3)?;
    ///     match tx.counter("stock").value() {
    ///         0.. => Ok(()),
    ///         left => Err(Error::aborted(format!("{left} left"))),
    ///     }
    /// });
    /// assert!(matches!(refused, Err(Error::Aborted(_))));
    /// assert_eq!(doc.counter("stock").value(), 2);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn transact(
        &mut self,
        write: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error>,
    ) -> Result<Change, Error> {
        if self.encoded.is_some() {
            self.make_room_for_own()?;
        }
        self.open.start = self.log.end();
        self.open.lens = self.log.table_lens();
        self.open.is_ruled = false;
        let mut transaction = Transaction { doc: self };
        write(&mut transaction)?;
        let mut transaction = ManuallyDrop::new(transaction);
        if transaction.doc.has_something_to_say() {
            transaction.doc.remark();
        }
        Ok(transaction.doc.commit())
    }

    /// Who writes as a peer that has written before goes on in its history.
    #[cold]
    fn make_room_for_own(&mut self) -> Result<(), Error> {
        let own = self.peer().and_then(|own| self.log.peers.find(own));
        match own {
            Some(own) => {
                self.with_history_at_need(|doc| doc.goes_on(own, doc.log.peers.count(own)))
            }
            None => Ok(()),
        }
    }

    #[inline(never)]
    fn commit(&mut self) -> Change {
        self.replay.settle(&self.log, self.limits.replay_bytes);
        match self.keystroke() {
            Some(keystroke) => {
                self.notes.clear();
                Change {
                    what: What::Keystroke(keystroke),
                }
            }
            None => self.commit_any(),
        }
    }

    #[inline(never)]
    fn commit_any(&mut self) -> Change {
        let is_ruled = self.open.is_ruled || (self.policies.is_some() && self.wrote_to_a_key());
        let change = if is_ruled {
            self.told_as_ruled()
        } else {
            self.told()
        };
        self.notes.clear();
        self.notes.let_go();
        change
    }

    #[cold]
    fn roll_back(&mut self) {
        self.open.said = None;
        self.notes.take_back(&mut self.state, &self.log.entries);
        self.replay.retire_from(self.open.start);
        self.log
            .truncate(&self.log.mark_at(self.open.start, self.open.lens));
        self.state.shrink(&self.log);
        self.forget_tables();
    }
}
