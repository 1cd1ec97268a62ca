//! What remotes have of documents on their disks, as far as they said so.

use std::collections::{BTreeMap, BTreeSet};

use syncline::VersionVector;
use tokio::sync::oneshot;

use crate::library::Library;

/// See the module. Documents are told by their keys.
#[derive(Default)]
pub(crate) struct Confirmations {
    known: BTreeMap<(String, u64), VersionVector>,
    /// Of those what is not kept in the store yet.
    unkept: BTreeSet<(String, u64)>,
    /// Who is to be told when something is confirmed.
    waiting: Vec<(u64, VersionVector, oneshot::Sender<()>)>,
}

impl Confirmations {
    /// A remote has a version of a document on its disk, beside what it had.
    pub(crate) fn add(&mut self, remote: String, key: u64, version: &VersionVector) {
        let place = (remote, key);
        let known = self.known.entry(place.clone()).or_default();
        known.join(version);
        for (of, version, told) in std::mem::take(&mut self.waiting) {
            match of == key && known.includes(&version) {
                true => drop(told.send(())),
                // Whoever does not wait any more is forgotten.
                false if told.is_closed() => {}
                false => self.waiting.push((of, version, told)),
            }
        }
        self.unkept.insert(place);
    }

    /// Whether some remote has said that it stored a version of a document.
    pub(crate) fn include(&self, key: u64, version: &VersionVector) -> bool {
        let mut known = self.known.iter().filter(|((_, of), _)| *of == key);
        known.any(|(_, known)| known.includes(version))
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
        let mut of_remotes: BTreeMap<String, Vec<(u64, &VersionVector)>> = BTreeMap::new();
        for place in std::mem::take(&mut self.unkept) {
            if let Some(version) = self.known.get(&place) {
                of_remotes
                    .entry(place.0)
                    .or_default()
                    .push((place.1, version));
            }
        }
        for (remote, known) in of_remotes {
            let _ = library.keep_remote(&remote, &known);
        }
    }
}
