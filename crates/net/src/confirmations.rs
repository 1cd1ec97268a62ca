//! What remotes have of documents on their disks, as far as they said so; and what they did not take.

use std::collections::{BTreeMap, BTreeSet};

use syncline::VersionVector;
use syncline_store::Remote;
use tokio::sync::oneshot;

use crate::deliveries::{DeliveryState, missing, state_of};
use crate::library::Library;

/// So many may wait before those who gave up are looked for.
const WAITING_LEAST: usize = 64;

/// See the module. Documents are told by their keys.
#[derive(Default)]
pub(crate) struct Confirmations {
    /// By document, then by remote's name.
    known: BTreeMap<u64, BTreeMap<String, Remote>>,
    /// Of those what is not kept in the store yet: by remote.
    unkept: BTreeMap<String, BTreeSet<u64>>,
    /// Who is to be told when something is confirmed, by document; and how many there may be before those who gave up are looked for.
    waiting: BTreeMap<u64, Vec<(VersionVector, oneshot::Sender<()>)>>,
    waiting_count: usize,
    waiting_most: usize,
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
        for (version, told) in self.waiting.remove(&key).unwrap_or_default() {
            self.waiting_count -= 1;
            match known.acknowledged.includes(&version) {
                true => drop(told.send(())),
                false => {
                    self.waiting_count += 1;
                    self.waiting.entry(key).or_default().push((version, told));
                }
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
            false => {
                self.waiting_count += 1;
                self.waiting.entry(key).or_default().push((version, told));
                if self.waiting_count > self.waiting_most {
                    self.forget_closed();
                }
            }
        }
    }

    /// Forgets who does not wait any more; again when there are twice as many as now.
    fn forget_closed(&mut self) {
        self.waiting.retain(|_, of_one| {
            of_one.retain(|(_, told)| !told.is_closed());
            !of_one.is_empty()
        });
        self.waiting_count = self.waiting.values().map(Vec::len).sum();
        self.waiting_most = WAITING_LEAST.max(2 * self.waiting_count);
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use syncline::Peer;

    use super::*;

    #[test]
    fn who_waits_is_told_and_who_gave_up_is_forgotten() {
        let mut confirmations = Confirmations::default();
        let version = |count| VersionVector::from_iter([(Peer::new(7).unwrap(), count)]);
        let wait = |confirmations: &mut Confirmations, key, count| {
            let (tell, told) = oneshot::channel();
            confirmations.wait_for(key, version(count), tell);
            told
        };
        let mut early = wait(&mut confirmations, 1, 2);
        let mut later = wait(&mut confirmations, 1, 3);
        let mut other = wait(&mut confirmations, 2, 1);
        for _ in 0..1000 {
            drop(wait(&mut confirmations, 1, 9));
        }
        assert!(confirmations.waiting_count <= 2 * WAITING_LEAST);
        confirmations.add("relay".to_owned(), 1, &version(2));
        assert!(early.try_recv().is_ok());
        assert!(later.try_recv().is_err() && other.try_recv().is_err());
        confirmations.add("relay".to_owned(), 1, &version(3));
        assert!(later.try_recv().is_ok());
        let count = confirmations.waiting.values().map(Vec::len).sum::<usize>();
        assert_eq!(confirmations.waiting_count, count);
        confirmations.add("another".to_owned(), 2, &version(1));
        assert!(other.try_recv().is_ok());
    }
}
