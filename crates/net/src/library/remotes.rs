//! What is known of other stores, kept beside the documents.

use std::collections::BTreeMap;

use syncline::VersionVector;
use syncline_store::{Error, Remote};

use super::slots::Library;

impl Library {
    /// What is kept of remotes, for all documents: of which document by key, which remote, and what it has acknowledged. What
    /// cannot be read is found out anew.
    pub(crate) fn remotes(&self) -> Vec<(u64, String, VersionVector)> {
        let mut all = Vec::new();
        for (key, slot) in &self.slots {
            let remotes = self.store.remotes(&slot.name).unwrap_or_default();
            let of_one = remotes
                .into_iter()
                .map(|(name, remote)| (*key, name, remote.acknowledged));
            all.extend(of_one);
        }
        all
    }

    /// Keeps what a remote has confirmed, of each document a version; with one sync.
    pub(crate) fn keep_remote(
        &mut self,
        remote: &str,
        confirmed: &[(u64, &VersionVector)],
    ) -> Result<(), Error> {
        let mut known = Vec::new();
        for (key, version) in confirmed {
            if let Some(name) = self.name_of(*key) {
                let mut one: Remote = self.store.remote(name, remote)?;
                one.acknowledge(version);
                known.push((name.to_owned(), one));
            }
        }
        self.store.keep_remotes(remote, &known)
    }

    /// Keeps why a remote did not take documents; with one sync.
    pub(crate) fn keep_refused(
        &mut self,
        remote: &str,
        refused: &BTreeMap<u64, String>,
    ) -> Result<(), Error> {
        let mut known = Vec::new();
        for (key, why) in refused {
            if let Some(name) = self.name_of(*key) {
                let mut one: Remote = self.store.remote(name, remote)?;
                // It is tried again whenever they meet.
                one.fail(why.as_str(), 0);
                known.push((name.to_owned(), one));
            }
        }
        self.store.keep_remotes(remote, &known)
    }
}
