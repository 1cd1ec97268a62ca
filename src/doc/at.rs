//! The document as it was.

use std::ops::Deref;

use super::Doc;
use super::ingest::Ingested;
use super::record::Record;
use crate::error::Error;
use crate::id::{Frontier, Heads, LvSpan};
use crate::oplog::Copied;

/// A document as it was at some version, for reading; see [`Doc::at`].
///
/// It has all that reads a [`Doc`], and is a value of its own: it may be kept, sent to another thread, saved.
/// [`fork`](Doc::fork) makes a document of it that can be written.
#[derive(Debug)]
pub struct Past {
    doc: Doc,
}

impl Deref for Past {
    type Target = Doc;

    fn deref(&self) -> &Doc {
        &self.doc
    }
}

impl Doc {
    /// The document as it was at a version, for reading. O(its history up to there); the version that the document shows
    /// now costs a copy.
    ///
    /// A program that lets its user go back notes a [`frontier`](Doc::frontier) now and then; any will do that this document
    /// ever had, or another one whose operations it has received. Reading a history that is still encoded is what `&mut` is
    /// for.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownVersion`] where the frontier names an operation that is not known here; [`Error::NeedsBase`] for a
    /// version before the cut of a document without its history; [`Error::Decode`] and the like where the history is damaged.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.text("body").push("A first draft"))?;
    /// let draft = doc.frontier();
    /// doc.transact(|tx| tx.text("body").replace(2..7, "second"))?;
    ///
    /// let past = doc.at(&draft)?;
    /// assert_eq!(past.text("body").to_string(), "A first draft");
    /// assert_eq!(doc.text("body").to_string(), "A second draft");
    /// # Ok(())
    /// # }
    /// ```
    pub fn at(&mut self, version: &Frontier) -> Result<Past, Error> {
        let doc = if *version == self.frontier() {
            self.fork()
        } else {
            self.with_history_at_need(|doc| Ok(doc.restored(&doc.heads_of(version)?)?.0))?
        };
        Ok(Past { doc })
    }

    /// A document of its own with all that is in this one, its history and what waits, which writes as a new peer. O(the
    /// document).
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.text("body").push("Hello"))?;
    /// let mut draft = doc.fork();
    /// draft.transact(|tx| tx.text("body").push(" world"))?;
    /// assert_eq!(doc.text("body").to_string(), "Hello");
    /// // What came of it is merged like any other replica's work.
    /// doc.merge(&draft.delta_since(&doc.version_vector()))?;
    /// assert_eq!(doc.text("body").to_string(), "Hello world");
    /// # Ok(())
    /// # }
    /// ```
    pub fn fork(&self) -> Doc {
        let mut fork = Doc::with_limits(self.limits.clone());
        fork.log = self.log.clone();
        fork.state = self.state.clone();
        fork.policies = self.policies.clone();
        fork.chains = self.chains.clone();
        fork.pending = self.pending.clone();
        fork.encoded = self.encoded.clone();
        fork.loaded = self.arrived();
        fork
    }

    /// A document of its own that holds exactly a version, with the history up to there; it writes as a new peer. O(that
    /// history).
    ///
    /// # Errors
    ///
    /// As [`at`](Doc::at).
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.text("body").push("Hello"))?;
    /// let before = doc.frontier();
    /// doc.transact(|tx| tx.text("body").push(" wrld"))?;
    ///
    /// let mut other = doc.fork_at(&before)?;
    /// other.transact(|tx| tx.text("body").push(" world"))?;
    /// assert_eq!(other.text("body").to_string(), "Hello world");
    /// # Ok(())
    /// # }
    /// ```
    pub fn fork_at(&mut self, version: &Frontier) -> Result<Doc, Error> {
        let Past { mut doc } = self.at(version)?;
        doc.pending = Default::default();
        Ok(doc)
    }

    /// What the operations of a version come to, and how their numbers became those of that document.
    pub(super) fn restored(&self, heads: &Heads) -> Result<(Doc, Copied), Error> {
        let mut past = match &self.encoded {
            Some(encoded) => Doc::open_ground(encoded, Doc::limits_of_own())?,
            None => Doc::with_limits(Doc::limits_of_own()),
        };
        past.log.peers.splits = self.log.peers.splits.clone();
        let mark = past.log.mark();
        let copied = past.log.copy_from(&self.log, &self.operations_at(heads));
        past.state.grow(&past.log);
        let span = LvSpan::new(mark.end, past.log.end());
        let needs = None;
        past.integrate(Ingested { mark, span, needs }, &mut Record::default())?;
        past.limits = self.limits.clone();
        past.loaded = past.arrived();
        past.replay = Default::default();
        Ok((past, copied))
    }
}
