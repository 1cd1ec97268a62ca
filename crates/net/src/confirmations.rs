//! What remotes have of documents on their disks, as far as they said so; and what they did not take.

use std::collections::{BTreeMap, BTreeSet};

use syncline::VersionVector;
use syncline_store::Remote;
use tokio::sync::oneshot;

use crate::deliveries::{DeliveryState, missing, state_of};
use crate::library::Library;

/// See the module. Documents are told by their keys.
#[derive(Default)]
pub(crate) struct Confirmations {
    /// By document, then by remote's name.
    known: BTreeMap<u64, BTreeMap<String, Remote>>,
    /// Of those what is not kept in the store yet: by remote.
    unkept: BTreeMap<String, BTreeSet<u64>>,
    /// Who is to be told when something is confirmed.
    waiting: Vec<(u64, VersionVector, oneshot::Sender<()>)>,
}

impl Confirmations {
    /// What the store keeps of them.
    pub(crate) fn of(library: &Library) -> Confirmations {
        let mut confirmations = Confirmations::default();
        confirmations.load(library);
        confirmations
    }

    /// Takes up what the store keeps of them, in place of what was known.
    pub(crate) fn load(&mut self, library: &Library) {
        self.known.clear();
        for (key, name, remote) in library.remotes() {
            let of_one = self.known.entry(key).or_default();
            of_one.insert(name, remote);
        }
    }

    /// A remote has a version of a document on its disk, beside what it had: what it did not take before, it has taken.
    pub(crate) fn add(&mut self, remote: String, key: u64, version: &VersionVector) {
        let of_one = self.known.entry(key).or_default();
        let known = of_one.entry(remote.clone()).or_default();
        if known.acknowledged.includes(version) && known.last_error.is_none() {
            return;
        }
        known.acknowledge(version);
        for (of, version, told) in std::mem::take(&mut self.waiting) {
            match of == key && known.acknowledged.includes(&version) {
                true => drop(told.send(())),
                // Whoever does not wait any more is forgotten.
                false if told.is_closed() => {}
                false => self.waiting.push((of, version, told)),
            }
        }
        self.unkept.entry(remote).or_default().insert(key);
    }

    /// A remote has of a document what it says, and no more: what else it had confirmed it lost. Gives how many operations that are.
    pub(crate) fn take_back(&mut self, remote: &str, key: u64, has: &VersionVector) -> u64 {
        let of_one = self.known.get_mut(&key);
        let Some(known) = of_one.and_then(|of_one| of_one.get_mut(remote)) else {
            return 0;
        };
        let lost = missing(&known.acknowledged, has);
        if lost > 0 {
            let both = known.acknowledged.iter();
            known.acknowledged = both
                .map(|(peer, count)| (peer, count.min(has.get(peer))))
                .filter(|(_, count)| *count > 0)
                .fold(VersionVector::new(), |mut both, (peer, count)| {
                    both.set(peer, count);
                    both
                });
            self.unkept
                .entry(remote.to_owned())
                .or_default()
                .insert(key);
        }
        lost
    }

    /// A remote did not take what there is of a document.
    pub(crate) fn refuse(&mut self, remote: String, key: u64, why: String) {
        let of_one = self.known.entry(key).or_default();
        let known = of_one.entry(remote.clone()).or_default();
        known.fail(why, 0);
        known.next_attempt_ms = None;
        self.unkept.entry(remote).or_default().insert(key);
    }

    /// The documents that are not sent to a remote, since that failed for good or was set aside; and why.
    pub(crate) fn held_back(&self, remote: &str) -> BTreeMap<u64, String> {
        let of_remote = |of_one: &BTreeMap<String, Remote>| {
            let known = of_one.get(remote)?;
            let state = match state_of(known) {
                DeliveryState::Waiting => return None,
                DeliveryState::Failed => "not tried any more",
                DeliveryState::SetAside => "set aside",
            };
            let cause = known.last_error.as_deref().unwrap_or_default();
            Some(format!("{state}: {cause}"))
        };
        let all = self.known.iter();
        all.filter_map(|(key, of_one)| Some((*key, of_remote(of_one)?)))
            .collect()
    }

    /// Whether some remote has said that it stored a version of a document.
    pub(crate) fn include(&self, key: u64, version: &VersionVector) -> bool {
        let mut known = self.known.get(&key).into_iter().flatten();
        known.any(|(_, known)| known.acknowledged.includes(version))
    }

    /// How many operations of a version of a document are missing on the remote that has most of them.
    pub(crate) fn missing(&self, key: u64, version: &VersionVector) -> u64 {
        let known = self.known.get(&key).into_iter().flatten();
        let missing_there = known.map(|(_, known)| missing(version, &known.acknowledged));
        let all = || missing(version, &VersionVector::new());
        missing_there.min().unwrap_or_else(all)
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
            let known = |key| Some((key, self.known.get(&key)?.get(&remote)?));
            let known: Vec<_> = keys.into_iter().filter_map(known).collect();
            let _ = library.keep_remote(&remote, &known);
        }
    }
}
