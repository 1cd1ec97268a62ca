//! The documents that one replica holds in memory.

use syncline::sync::{Documents, Workspace};
use syncline::{Doc, Peer};

/// The documents of a replica, in memory.
pub(crate) enum Store {
    Single(Box<Doc>),
    Many(Workspace),
}

impl Store {
    pub(crate) fn new(is_single: bool) -> Store {
        match is_single {
            true => Store::Single(Box::default()),
            false => Store::Many(Workspace::new()),
        }
    }

    pub(crate) fn documents(&mut self) -> &mut dyn Documents {
        match self {
            Store::Single(doc) => &mut **doc,
            Store::Many(workspace) => workspace,
        }
    }

    /// How many operations there are, in all documents.
    pub(crate) fn operations(&self, names: &[String]) -> u64 {
        let docs = names.iter().filter_map(|name| self.get(name));
        docs.map(|doc| u64::from(doc.operations())).sum()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Doc> {
        match self {
            Store::Single(doc) => Some(doc),
            Store::Many(workspace) => workspace.get(name),
        }
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Doc> {
        match self {
            Store::Single(doc) => Some(doc),
            Store::Many(workspace) => workspace.get_mut(name),
        }
    }

    /// The document, made if there is none, to be written as that peer.
    pub(crate) fn write(&mut self, name: &str, peer: Peer) -> &mut Doc {
        let doc = match self {
            Store::Single(doc) => doc,
            Store::Many(workspace) => workspace.open(name),
        };
        if doc.peer() != Some(peer) {
            doc.set_peer(peer);
        }
        doc
    }

    pub(crate) fn insert(&mut self, name: &str, doc: Doc) {
        match self {
            Store::Single(own) => **own = doc,
            Store::Many(workspace) => drop(workspace.insert(name, doc)),
        }
    }
}
