//! What remotes have of documents on their disks, as far as they said so.

use std::collections::{BTreeMap, BTreeSet};

use syncline::VersionVector;
use tokio::sync::oneshot;

use crate::library::Library;

/// See the module. Documents are told by their keys.
#[derive(Default)]
pub(crate) struct Confirmations {
    /// By document, then by remote.
    known: BTreeMap<u64, BTreeMap<String, VersionVector>>,
    /// Of those what is not kept in the store yet: by remote.
    unkept: BTreeMap<String, BTreeSet<u64>>,
    /// What remotes did not take, and why: by remote.
    refused: BTreeMap<String, BTreeMap<u64, String>>,
    /// Who is to be told when something is confirmed.
    waiting: Vec<(u64, VersionVector, oneshot::Sender<()>)>,
}

impl Confirmations {
    /// What the store keeps of them.
    pub(crate) fn of(library: &Library) -> Confirmations {
        let mut confirmations = Confirmations::default();
        for (key, remote, version) in library.remotes() {
            let of_one = confirmations.known.entry(key).or_default();
            of_one.insert(remote, version);
        }
        confirmations
    }

    /// A remote has a version of a document on its disk, beside what it had.
    pub(crate) fn add(&mut self, remote: String, key: u64, version: &VersionVector) {
        let of_one = self.known.entry(key).or_default();
        let known = of_one.entry(remote.clone()).or_default();
        if known.includes(version) {
            return;
        }
        known.join(version);
        for (of, version, told) in std::mem::take(&mut self.waiting) {
            match of == key && known.includes(&version) {
                true => drop(told.send(())),
                // Whoever does not wait any more is forgotten.
                false if told.is_closed() => {}
                false => self.waiting.push((of, version, told)),
            }
        }
        self.unkept.entry(remote).or_default().insert(key);
    }

    /// A remote did not take what there is of a document.
    pub(crate) fn refuse(&mut self, remote: String, key: u64, why: String) {
        self.refused.entry(remote).or_default().insert(key, why);
    }

    /// Whether some remote has said that it stored a version of a document.
    pub(crate) fn include(&self, key: u64, version: &VersionVector) -> bool {
        let mut known = self.known.get(&key).into_iter().flatten();
        known.any(|(_, known)| known.includes(version))
    }

    /// How many operations of a version of a document are missing on the remote that has most of them.
    pub(crate) fn missing(&self, key: u64, version: &VersionVector) -> u64 {
        let all = version.iter().map(|(_, count)| u64::from(count)).sum();
        let known = self.known.get(&key).into_iter().flatten();
        let missing = known.map(|(_, known)| {
            let of_peers = version.iter().map(|(peer, count)| {
                let there = known.get(peer);
                u64::from(count.saturating_sub(there))
            });
            of_peers.sum()
        });
        missing.min().unwrap_or(all)
    }

    /// Tells when one has.
    pub(crate) fn wait_for(&mut self, key: u64, version: VersionVector, told: oneshot::Sender<()>) {
        match self.include(key, &version) {
            true => drop(told.send(())),
            false => self.waiting.push((key, version, told)),
        }
    }

    /// Keeps them in the store. What cannot be kept is found out anew with the next connection.
    pub(crate) fn keep(&mut self, library: &mut Library) {
        for (remote, keys) in std::mem::take(&mut self.unkept) {
            let version = |key| Some((key, self.known.get(&key)?.get(&remote)?));
            let known: Vec<_> = keys.into_iter().filter_map(version).collect();
            let _ = library.keep_remote(&remote, &known);
        }
        for (remote, refused) in std::mem::take(&mut self.refused) {
            let _ = library.keep_refused(&remote, &refused);
        }
    }
}
