//! The summary of a document, kept from one time to the next.

use super::Doc;
use crate::error::Error;
use crate::graph::PeerIx;
use crate::id::Lv;
use crate::summary::{Entry, Summary};

/// A document's summary as it was last asked for.
#[derive(Debug, Default)]
pub(super) struct Summarized {
    summary: Summary,
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
        self.read_history()?;
        let end = self.log.end();
        let upto = self.summarized.upto;
        if upto != Some(end) {
            for author in self.authors_since(upto) {
                self.summarize(author);
            }
            self.summarized.upto = Some(end);
        }
        self.summarized.summary.refresh();
        Ok(&self.summarized.summary)
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
        let length = self.log.peers.count(author);
        let last = length.checked_sub(1);
        let lv = last.and_then(|last| self.log.peers.lv(&self.log.graph, author, last));
        let hash = match lv {
            Some(lv) => Some(self.chains.value(&self.log, lv)),
            // What a snapshot begins with says how each chain goes on.
            None => self
                .log
                .ground
                .as_ref()
                .and_then(|ground| Some(ground.end_of(author)?.chain)),
        };
        if let Some(hash) = hash {
            self.summarized.summary.set(Entry {
                key: self.log.peers.peer(author).get(),
                length,
                hash,
            });
        }
    }
}
