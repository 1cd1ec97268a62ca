//! One replica: what it holds, what it has saved, and whether it can be reached.

use std::collections::{BTreeMap, BTreeSet};

use syncline::sync::Presence;
use syncline::{Doc, Frontier, Peer, VersionVector};

use crate::file::File;
use crate::random::Random;
use crate::store::Store;

/// Whether a replica can be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// It can.
    Here,
    /// It is offline, and goes on writing.
    Away,
    /// It has crashed, and comes back with what it saved.
    Down,
}

/// One replica.
pub(crate) struct Replica {
    pub(crate) store: Store,
    pub(crate) state: State,
    /// Restarts so far; and how often it took new peer ids.
    pub(crate) restarts: u32,
    lives: u64,
    /// How many operations it held when it crashed last.
    had: u64,
    /// By document.
    pub(crate) files: BTreeMap<usize, File>,
    /// What it showed of each document.
    pub(crate) shown: Vec<VersionVector>,
    /// Documents that changed since they were checked.
    unchecked: BTreeSet<usize>,
    looks: u64,
    /// What it shows of itself and knows of others; of each, the newest that was ever heard.
    pub(crate) presence: Presence,
    pub(crate) heard: BTreeMap<Peer, usize>,
}

/// What a replica shows of a document: all that an error must leave as it was.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Picture {
    version: VersionVector,
    frontier: Frontier,
    json: String,
}

impl Picture {
    fn of(doc: &Doc) -> Picture {
        Picture {
            version: doc.version_vector(),
            frontier: doc.frontier(),
            json: doc.to_json().to_string(),
        }
    }
}

impl Replica {
    pub(crate) fn new(is_single: bool, documents: usize) -> Replica {
        Replica {
            store: Store::new(is_single),
            state: State::Here,
            restarts: 0,
            had: 0,
            lives: 0,
            files: BTreeMap::new(),
            shown: vec![VersionVector::new(); documents],
            unchecked: BTreeSet::new(),
            looks: 0,
            presence: Presence::new(),
            heard: BTreeMap::new(),
        }
    }

    /// The peer as which a replica writes, in a document where it has one for each.
    pub(crate) fn peer(
        &self,
        seed: u64,
        replica: usize,
        document: Option<usize>,
        turn: u64,
    ) -> Peer {
        let place = (replica as u64) << 40 | document.map_or(0, |at| at as u64 + 1);
        let mut random =
            Random::new(seed ^ turn << 32 ^ Random::new(place ^ self.lives << 52).number());
        loop {
            if let Some(peer) = Peer::new(random.number()) {
                return peer;
            }
        }
    }

    /// What it has of each document.
    pub(crate) fn versions(&self, names: &[String]) -> Vec<VersionVector> {
        let version = |name: &String| self.store.get(name).map(Doc::version_vector);
        names
            .iter()
            .map(|name| version(name).unwrap_or_default())
            .collect()
    }

    /// What it shows.
    pub(crate) fn pictures(&self, names: &[String]) -> Vec<Option<Picture>> {
        names
            .iter()
            .map(|name| self.store.get(name).map(Picture::of))
            .collect()
    }

    /// Looks at a document that changed: nothing of it may be gone. Every so many times it is checked throughout.
    pub(crate) fn look(
        &mut self,
        document: usize,
        names: &[String],
        check_every: u64,
    ) -> Result<(), String> {
        if let Some(doc) = self.store.get(&names[document]) {
            let version = doc.version_vector();
            // What a peer wrote from a split on is shown as another's.
            let is_split = doc.splits().next().is_some();
            if !is_split && !version.includes(&self.shown[document]) {
                let before = &self.shown[document];
                return Err(format!(
                    "document {document} went back from {before:?} to {version:?}"
                ));
            }
            self.shown[document] = version;
            self.unchecked.insert(document);
        }
        self.looks += 1;
        match check_every > 0 && self.looks.is_multiple_of(check_every) {
            true => self.check(names),
            false => Ok(()),
        }
    }

    /// Checks the documents that changed since the last time.
    pub(crate) fn check(&mut self, names: &[String]) -> Result<(), String> {
        for document in std::mem::take(&mut self.unchecked) {
            let doc = self.store.get(&names[document]);
            let checked = doc.map_or(Ok(()), Doc::check);
            checked.map_err(|error| format!("document {document} is not sound: {error}"))?;
        }
        Ok(())
    }

    /// Loses all that it held in memory.
    pub(crate) fn crash(&mut self, is_single: bool, names: &[String]) {
        self.had = self.store.operations(names);
        self.store = Store::new(is_single);
        self.state = State::Down;
        self.unchecked.clear();
        self.presence = Presence::new();
        self.heard.clear();
    }

    /// Comes back with what it saved, as new peers unless that is to go wrong. Gives how many operations fewer it has.
    pub(crate) fn restart(&mut self, names: &[String], is_same_peer: bool) -> Result<u64, String> {
        self.state = State::Here;
        self.restarts += 1;
        self.lives += u64::from(!is_same_peer);
        self.shown.fill(VersionVector::new());
        for (&document, file) in &mut self.files {
            let doc = file.load()?;
            doc.check()
                .map_err(|error| format!("document {document}, loaded, is not sound: {error}"))?;
            self.shown[document] = doc.version_vector();
            self.store.insert(&names[document], doc);
        }
        Ok(self.had.saturating_sub(self.store.operations(names)))
    }

    /// Saves a document: what came since the last time, or all of it anew. Gives how long the file is.
    pub(crate) fn save(&mut self, document: usize, name: &str, anew: bool) -> Option<usize> {
        let doc = self.store.get_mut(name)?;
        match self.files.get_mut(&document) {
            Some(file) if !anew => file.append(doc),
            _ => drop(self.files.insert(document, File::new(doc))),
        }
        self.files.get(&document).map(File::len)
    }

    /// Saves a document without the history before a version.
    pub(crate) fn save_without_history(
        &mut self,
        document: usize,
        name: &str,
        since: VersionVector,
    ) -> Option<usize> {
        let file = File::shallow(self.store.get(name)?, since);
        let len = file.len();
        self.files.insert(document, file);
        Some(len)
    }
}
