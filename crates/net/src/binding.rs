//! Whose a peer is: that of the principal who wrote under it first.
//!
//! Operations name the peer under which they were made, and nothing in them proves it. A relay sees on whose connection they come. While
//! two sides catch up, that says little: whoever has the history brings it, whoever wrote it. What comes after that, as it is
//! written, mostly comes from its writer: so a peer is bound by the first operations of it that come live, to the principal who brings
//! them. What comes later under it from anybody else may be forged, or carried for them by somebody whom they met elsewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use syncline::{Error, Peer, VersionVector, inspect};
use syncline_store::Remote;

use crate::library::Library;

/// What is done where new operations come under a peer that is another principal's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum PeerBinding {
    /// Nothing, and nobody notes whose a peer is.
    Off,
    /// They are taken, logged, and counted.
    #[default]
    Warn,
    /// They are logged and counted, and not taken: nothing more of that document comes on that connection, which is told so.
    Refuse,
}

/// What is kept of a principal stands with what is kept of relays, by a name that no address has.
const KEPT_AS: &str = "\0writer ";

/// Peers that are noted of one document. More are nobody's.
const PEERS_MAX: usize = 65_536;

/// Whether what is kept by that name is of a relay.
pub(crate) fn is_relay(name: &str) -> bool {
    !name.starts_with(KEPT_AS)
}

/// Who a connection is, to a relay that asks who comes.
#[derive(Clone, Copy)]
pub(crate) struct Writer<'k> {
    pub(crate) name: &'k str,
    /// Whether what comes was written just now, as far as can be told.
    pub(crate) is_live: bool,
    pub(crate) binding: PeerBinding,
}

/// Whose the peers of documents are, of those documents that were asked for.
#[derive(Default)]
pub(crate) struct Bindings {
    of: BTreeMap<u64, Bound>,
    /// New operations that came under peers of others.
    pub(crate) foreign: u64,
}

#[derive(Default)]
struct Bound {
    peers: BTreeMap<Peer, Arc<str>>,
    /// Of whom something is to be kept that is not yet.
    is_new: bool,
}

impl Library {
    /// Looks whose the new operations of a delta are, and notes whose those peers are that are nobody's.
    pub(crate) fn admit(
        &mut self,
        key: u64,
        delta: &[u8],
        writer: Writer<'_>,
    ) -> Result<(), Error> {
        let Ok(Some(document)) = self.at(key) else {
            return Ok(());
        };
        let known = document.doc().version_vector();
        let inspection = inspect(delta);
        let peers = inspection.frames.iter().flat_map(|frame| &frame.peers);
        let is_new = |(peer, end): &(Peer, u64)| u64::from(known.get(*peer)) < *end;
        let new = peers
            .filter(|peer| peer.operations > 0)
            .map(|peer| (peer.peer, u64::from(peer.seq) + peer.operations));
        let new: Vec<Peer> = new.filter(is_new).map(|(peer, _)| peer).collect();
        let bound = self.bound(key);
        let mut foreign = None;
        for peer in new {
            match bound.peers.get(&peer) {
                Some(owner) if **owner == *writer.name => {}
                Some(owner) => foreign = Some((peer, Arc::clone(owner))),
                None if writer.is_live && bound.peers.len() < PEERS_MAX => {
                    bound.peers.insert(peer, writer.name.into());
                    bound.is_new = true;
                }
                None => {}
            }
        }
        let Some((peer, owner)) = foreign else {
            return Ok(());
        };
        self.bindings.foreign += 1;
        let document = self.name_of(key).unwrap_or_default();
        let (who, owner) = (writer.name, &*owner);
        let number = peer.get();
        tracing::warn!(document, who, owner, peer = number, "under another's peer");
        match writer.binding {
            PeerBinding::Refuse => Err(Error::aborted(format!(
                "operations under peer {number}, which is {owner}'s, came from {who}"
            ))),
            _ => Ok(()),
        }
    }

    /// Whose the peers of a document are; read from the store when it is first asked for.
    fn bound(&mut self, key: u64) -> &mut Bound {
        if !self.bindings.of.contains_key(&key) {
            let mut bound = Bound::default();
            for (principal, kept) in self.kept_of(key) {
                let principal: Arc<str> = principal.into();
                let peers = kept.acknowledged.iter();
                bound
                    .peers
                    .extend(peers.map(|(peer, _)| (peer, Arc::clone(&principal))));
            }
            self.bindings.of.insert(key, bound);
        }
        self.bindings.of.entry(key).or_default()
    }

    /// What is kept of each principal who wrote in a document.
    fn kept_of(&self, key: u64) -> Vec<(String, Remote)> {
        let name = self.name_of(key).unwrap_or_default();
        let all = self.store.remotes(name).unwrap_or_default().into_iter();
        let of_one = |(name, kept): (String, Remote)| {
            let principal = name.strip_prefix(KEPT_AS)?.to_owned();
            Some((principal, kept))
        };
        all.filter_map(of_one).collect()
    }

    /// Keeps in the store what was noted, and forgets of so many documents what was kept.
    pub(crate) fn keep_bindings(&mut self, most: usize) {
        let is_new = |(key, bound): (&u64, &Bound)| bound.is_new.then_some(*key);
        let new: Vec<u64> = self.bindings.of.iter().filter_map(is_new).collect();
        let mut by_principal: BTreeMap<Arc<str>, Vec<(u64, Remote)>> = BTreeMap::new();
        for key in &new {
            let Some(bound) = self.bindings.of.get_mut(key) else {
                continue;
            };
            bound.is_new = false;
            let mut of_each: BTreeMap<&Arc<str>, VersionVector> = BTreeMap::new();
            for (peer, principal) in &bound.peers {
                of_each.entry(principal).or_default().set(*peer, 1);
            }
            for (principal, peers) in of_each {
                let mut kept = Remote::default();
                kept.acknowledged = peers;
                let of_one = by_principal.entry(Arc::clone(principal)).or_default();
                of_one.push((*key, kept));
            }
        }
        for (principal, kept) in by_principal {
            let kept: Vec<(u64, &Remote)> = kept.iter().map(|(key, kept)| (*key, kept)).collect();
            // What cannot be kept is found out anew: the next who writes live is bound.
            let _ = self.keep_remote(&format!("{KEPT_AS}{principal}"), &kept);
        }
        if self.bindings.of.len() > most {
            self.bindings.of.clear();
        }
    }
}
