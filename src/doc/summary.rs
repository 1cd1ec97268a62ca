//! The summary of a document, kept from one time to the next.

use std::sync::Arc;

use super::Doc;
use crate::error::Error;
use crate::graph::PeerIx;
use crate::id::{Lv, Peer, Seq, VersionVector};
use crate::summary::{Entry, Summary};

/// A document's summary as it was last asked for.
#[derive(Debug, Default)]
pub(super) struct Summarized {
    /// Shared with sessions that compare it: whoever changes it then works on a copy.
    summary: Arc<Summary>,
    /// Operations below are in it, and what the document was opened with; `None` if nothing is.
    upto: Option<Lv>,
}

impl Doc {
    /// What this replica holds, to be compared with another's by [`Reconciliation`](crate::Reconciliation): for each peer the
    /// number of its operations and their hash. Equal roots mean equal histories, and so equal documents.
    ///
    /// It is kept, and brought up to date when asked for, hence `&mut`: some microseconds for each peer that wrote since, and
    /// what their hashes cost (a few nanoseconds for each operation). The first time all peers did.
    ///
    /// Operations that wait for others are not in it. A document that was opened without its history reads it,
    /// if there is one.
    ///
    /// # Errors
    ///
    /// As [`read_history`](Doc::read_history).
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut laptop = Doc::new();
    /// laptop.transact(|tx| tx.text("body").insert(0, "Hello"))?;
    /// let mut phone = Doc::load(&laptop.save())?;
    /// assert!(laptop.summary()?.iter().eq(phone.summary()?.iter()));
    ///
    /// phone.transact(|tx| tx.text("body").insert(5, "!"))?;
    /// assert_eq!(phone.summary()?.len(), 2); // two peers
    /// # Ok(())
    /// # }
    /// ```
    pub fn summary(&mut self) -> Result<&Summary, Error> {
        self.refresh_summary()?;
        Ok(&self.summarized.summary)
    }

    /// As [`summary`](Doc::summary), to be kept as it is now.
    pub(crate) fn shared_summary(&mut self) -> Result<Arc<Summary>, Error> {
        self.refresh_summary()?;
        Ok(self.summarized.summary.clone())
    }

    /// As [`summary`](Doc::summary), to note in it what was known before the document was loaded.
    pub(crate) fn summary_to_note_in(&mut self) -> Result<&mut Summary, Error> {
        self.refresh_summary()?;
        Ok(Arc::make_mut(&mut self.summarized.summary))
    }

    /// The hash of all operations: that of the [`summary`](Doc::summary)'s entries. Equal on two replicas exactly if they hold the
    /// same; what [`Documents::summary`](crate::sync::Documents::summary) has for each document.
    ///
    /// # Errors
    ///
    /// As [`summary`](Doc::summary).
    pub fn summary_root(&mut self) -> Result<[u8; 32], Error> {
        Ok(self.summary()?.current_root())
    }

    /// The root as it was at a version, of which all is known.
    pub(crate) fn summary_root_at(&mut self, version: &VersionVector) -> Result<[u8; 32], Error> {
        self.read_history()?;
        let mut summary = Summary::new();
        for (peer, length) in version.iter() {
            let author = self.log.peers.find(peer);
            let entry = author.and_then(|author| self.entry(author, length));
            summary.extend(entry);
        }
        Ok(summary.root())
    }

    fn refresh_summary(&mut self) -> Result<(), Error> {
        self.read_history()?;
        let end = self.log.end();
        let upto = self.summarized.upto;
        if upto != Some(end) {
            for author in self.authors_since(upto) {
                self.summarize(author);
            }
            self.summarized.upto = Some(end);
        }
        if !self.summarized.summary.is_fresh() {
            Arc::make_mut(&mut self.summarized.summary).refresh();
        }
        Ok(())
    }

    /// Says that operations may have been renamed: entries of peers that have none go, others are put again.
    pub(super) fn summarize_afresh(&mut self) {
        let known = self.version_vector();
        let summary = Arc::make_mut(&mut self.summarized.summary);
        let is_gone = |key: &u64| Peer::new(*key).is_none_or(|peer| known.get(peer) == 0);
        let gone: Vec<_> = summary
            .iter()
            .map(|entry| entry.key)
            .filter(is_gone)
            .collect();
        for key in gone {
            summary.remove(key);
        }
        self.summarized.upto = None;
    }

    /// Who wrote since then: at first, everyone of whom something is known.
    fn authors_since(&self, upto: Option<Lv>) -> Vec<PeerIx> {
        let Some(upto) = upto else {
            let peers = self.log.peers.counts();
            return peers
                .filter_map(|(peer, _)| self.log.peers.find(peer))
                .collect();
        };
        let runs = self.log.graph.runs().iter();
        let since = runs.skip(self.log.graph.run_index(upto));
        let mut authors: Vec<PeerIx> = since.map(|run| run.author).collect();
        authors.sort_unstable();
        authors.dedup();
        authors
    }

    /// Puts the entry of a peer as it is now.
    fn summarize(&mut self, author: PeerIx) {
        if let Some(entry) = self.entry(author, self.log.peers.count(author)) {
            Arc::make_mut(&mut self.summarized.summary).set(entry);
        }
    }

    /// The entry of a peer when it had so many operations. Of those that a document was opened with, only all.
    fn entry(&mut self, author: PeerIx, length: Seq) -> Option<Entry> {
        let last = length.checked_sub(1)?;
        let hash = match self.log.peers.lv(&self.log.graph, author, last) {
            Some(lv) => self.chains.value(&self.log, lv),
            // What a snapshot begins with says how each chain goes on.
            None => self.ground_value(author, last)?,
        };
        let key = self.log.peers.peer(author).get();
        Some(Entry { key, length, hash })
    }
}
