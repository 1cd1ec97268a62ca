//! What is known of other stores, kept beside the documents.

use syncline_store::{Error, Remote, Store};

use super::slots::Library;
use crate::binding::is_relay;

impl Library {
    /// What is kept of remotes, for all documents: of which document by key, which remote, and what is known of it. What cannot be
    /// read is found out anew.
    pub(crate) fn remotes(&self) -> Vec<(u64, String, Remote)> {
        let mut all = Vec::new();
        for (key, slot) in &self.slots {
            let remotes = self.store.remotes(&slot.name).unwrap_or_default();
            let of_one = remotes.into_iter().filter(|(name, _)| is_relay(name));
            all.extend(of_one.map(|(name, remote)| (*key, name, remote)));
        }
        all
    }

    /// Keeps what is known of a remote, for each document; with one sync.
    pub(crate) fn keep_remote(
        &mut self,
        remote: &str,
        known: &[(u64, &Remote)],
    ) -> Result<(), Error> {
        let named = |(key, known): &(u64, &Remote)| {
            let name = self.name_of(*key)?.to_owned();
            Some((name, (*known).clone()))
        };
        let known: Vec<_> = known.iter().filter_map(named).collect();
        self.store.keep_remotes(remote, &known)
    }

    /// The store, for what is done to neither documents nor blobs.
    pub(crate) fn store_mut(&mut self) -> &mut Store {
        &mut self.store
    }
}
