//! Who wrote what, when and why.

use std::collections::BTreeMap;

use super::Doc;
use crate::codec::transactions;
use crate::error::Error;
use crate::graph::PeerIx;
use crate::id::{Frontier, OpId, Peer};
use crate::oplog::Remark;

/// What is said of the open transaction.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) message: Option<Box<str>>,
    pub(super) time: Option<i64>,
}

/// A transaction of a document's history, or several of which nothing was said; see [`Doc::log`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct LogEntry {
    /// Who made it.
    pub peer: Peer,
    /// The number of its first operation among the peer's.
    pub seq: u32,
    /// How many operations it has, at least 1.
    pub operations: u32,
    /// The name that the peer had told by then.
    pub author: Option<String>,
    /// Why it was made, if that was said.
    pub message: Option<String>,
    /// When, in milliseconds since 1970, if that was said. By the clock of whoever made it.
    pub time: Option<i64>,
}

impl LogEntry {
    /// The version right after it: all that its last operation follows, and that one. For [`Doc::at`] and
    /// [`Doc::diff`].
    pub fn version(&self) -> Frontier {
        let seq = self.seq + (self.operations - 1);
        Frontier::from_iter([OpId {
            peer: self.peer,
            seq,
        }])
    }
}

impl Doc {
    /// Says who writes in this replica: a name for [`log`](Doc::log). It goes with this replica's next transaction, and with
    /// the first one of every peer id that it takes later; a document does not keep it for the program.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`] for one of more than [`Limits::message_bytes`](crate::Limits::message_bytes).
    pub fn set_author(&mut self, name: &str) -> Result<(), Error> {
        self.check_message(name)?;
        self.signature = Some((name.into(), None));
        Ok(())
    }

    /// All transactions, parents before children, those of which nothing was said as far as they can be told apart: typing
    /// that goes on is one entry. O(history); reading one that is still encoded is what `&mut` is for.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] and the like where the history is damaged. A document without its history tells what it has.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.set_author("Ann")?;
    /// doc.transact(|tx| {
    ///     tx.set_message("First draft")?;
    ///     tx.set_time(1_795_000_000_000);
    ///     tx.text("body").push("Hello")
    /// })?;
    ///
    /// let log = doc.log()?;
    /// assert_eq!(log[0].author.as_deref(), Some("Ann"));
    /// assert_eq!(log[0].message.as_deref(), Some("First draft"));
    /// assert_eq!(doc.at(&log[0].version())?.text("body").to_string(), "Hello");
    /// # Ok(())
    /// # }
    /// ```
    pub fn log(&mut self) -> Result<Vec<LogEntry>, Error> {
        self.read_history()?;
        let mut names: BTreeMap<PeerIx, &str> = BTreeMap::new();
        let mut entries = Vec::new();
        transactions(&self.log, |transaction| {
            let remark = transaction.remark.unwrap_or_default();
            if let Some(name) = remark.author {
                names.insert(transaction.author, name);
            }
            let entry = LogEntry {
                peer: transaction.peer,
                seq: transaction.seq,
                operations: transaction.len,
                author: self.name_of(transaction.author, &names).map(str::to_owned),
                message: remark.message.map(str::to_owned),
                time: remark.time,
            };
            entries.push((transaction.lamport, entry));
        });
        entries.sort_by_key(|(lamport, entry)| (*lamport, entry.peer));
        Ok(entries.into_iter().map(|(_, entry)| entry).collect())
    }

    /// The name that a peer told, or who wrote before it was split.
    fn name_of<'n>(&self, peer: PeerIx, names: &BTreeMap<PeerIx, &'n str>) -> Option<&'n str> {
        let mut peer = Some(peer);
        while let Some(at) = peer {
            if let Some(name) = names.get(&at) {
                return Some(name);
            }
            peer = self.log.peers.segment(at).map(|segment| segment.before);
        }
        None
    }

    /// What is said of the open transaction, to be added to.
    pub(super) fn said(&mut self) -> &mut Said {
        self.open.said.get_or_insert_default()
    }

    #[inline]
    pub(super) fn has_something_to_say(&self) -> bool {
        self.open.said.is_some() || self.signature.is_some()
    }

    /// Notes what is said of the open transaction, which is complete.
    #[cold]
    pub(super) fn remark(&mut self) {
        let said = self.open.said.take().unwrap_or_default();
        let operations = self.log.end().0 - self.open.start.0;
        let Some(last) = operations.checked_sub(1) else {
            return;
        };
        let peer = self.author.map(|author| self.log.peers.peer(author));
        let mut author = None;
        if let Some((name, told)) = &mut self.signature
            && *told != peer
        {
            *told = peer;
            author = Some(&**name);
        }
        if author.is_none() && said.message.is_none() && said.time.is_none() {
            return;
        }
        let remark = Remark {
            operations,
            author,
            message: said.message.as_deref(),
            time: said.time,
        };
        self.log.remarks.push(self.open.start.plus(last), &remark);
    }
}
