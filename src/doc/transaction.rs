//! Transactions: all or nothing.

use super::change::Change;
use super::handle::Target;
use super::{CounterMut, Doc, ListMut, MapMut, TextMut};
use crate::error::Error;
use crate::id::Lv;
use crate::oplog::{Kind, Mark};

/// The transaction being made.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Where the log stood before.
    mark: Option<Mark>,
    /// Its first operation.
    pub(super) start: Lv,
    pub(super) change: Change,
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

    /// The document as the transaction has made it so far.
    pub fn doc(&self) -> &Doc {
        self.doc
    }
}

/// Takes the transaction back unless it was completed, also when its code panics.
impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.doc.open.mark.is_some() {
            self.doc.roll_back();
        }
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
    /// The error of `write`.
    pub fn transact(
        &mut self,
        write: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error>,
    ) -> Result<Change, Error> {
        self.open.mark = Some(self.log.mark());
        self.open.start = self.log.end();
        let mut transaction = Transaction { doc: self };
        write(&mut transaction)?;
        Ok(transaction.commit())
    }
}

impl Transaction<'_> {
    fn commit(self) -> Change {
        let doc = &mut *self.doc;
        doc.open.mark = None;
        let written = doc.log.end().0 - doc.open.start.0;
        if written == 0 {
            return Change::default();
        }
        doc.undo.clear();
        let mut change = std::mem::take(&mut doc.open.change);
        doc.finish(&mut change);
        change.applied = written;
        doc.replay.settle(&doc.log, doc.limits.replay_bytes);
        change
    }
}

impl Doc {
    #[cold]
    fn roll_back(&mut self) {
        self.undo.undo(&mut self.state);
        if let Some(mark) = self.open.mark.take() {
            self.log.truncate(&mark);
        }
        self.state.shrink(&self.log);
        self.forget_tables();
        self.open.change = Change::default();
    }
}
