//! The document: its parts, and its identity.

use super::change::Rejected;
use super::handle::LastRoot;
use super::history::Encoded;
use super::policy::{Policies, is_reserved};
use super::summary::Summarized;
use super::transaction::Open;
use super::view_list::List;
use super::view_map::{Counter, Map};
use super::view_text::Text;
use crate::codec::PassedOn;
use crate::graph::PeerIx;
use crate::id::{Frontier, OpId, Peer, VersionVector};
use crate::limits::Limits;
use crate::oplog::{ContainerIx, Kind, Name, OpLog, Pending};
use crate::sequence::Replay;
use crate::state::{Notes, State};
use crate::summary::Chains;

/// A document: one replica of it.
///
/// A document has named roots, each a text, list, map or counter. A root's identity is its name and kind; a name that
/// holds nothing reads as empty.
///
/// # Examples
///
/// ```
/// use syncline::{Doc, Peer};
///
/// # fn main() -> Result<(), syncline::Error> {
/// let mut doc = Doc::with_peer(Peer::new(7).expect("not zero"));
/// doc.transact(|tx| tx.text("body").insert(0, "Hello"))?;
/// assert_eq!(doc.text("body").to_string(), "Hello");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Doc {
    pub(super) log: OpLog,
    pub(super) state: State,
    pub(super) replay: Replay,
    pub(super) chains: Chains,
    pub(super) passed_on: PassedOn,
    pub(super) summarized: Summarized,
    pub(super) pending: Pending,
    pub(super) limits: Limits,
    peer: Option<Peer>,
    /// This replica's number for its own peer, once it wrote.
    pub(super) author: Option<PeerIx>,
    /// The name of who writes, and the peer as which it was last told.
    pub(super) signature: Option<(Box<str>, Option<Peer>)>,
    pub(super) open: Open,
    /// Of the open transaction.
    pub(super) notes: Notes,
    pub(super) last_root: Option<LastRoot>,
    /// What the document was opened from, while its history has not been read.
    pub(super) encoded: Option<Encoded>,
    /// How many operations came with what the document was loaded from.
    pub(super) loaded: u32,
    /// What waited there, and could not be taken in.
    pub(super) rejected: Vec<Rejected>,
    /// What the document says of concurrent values, if it says anything.
    pub(super) policies: Option<Box<Policies>>,
    /// How often operations got other names, or others beside them: what was found of them before is to be found anew.
    pub(crate) renumbered: u32,
}

impl Doc {
    /// An empty document. A random peer id is drawn before the first write, with the feature `getrandom`, which is on by
    /// default.
    pub fn new() -> Doc {
        Doc::default()
    }

    /// An empty document that writes as `peer`. No two replicas may write as the same peer, ever.
    pub fn with_peer(peer: Peer) -> Doc {
        Doc {
            peer: Some(peer),
            ..Doc::default()
        }
    }

    /// An empty document with these limits.
    pub fn with_limits(limits: Limits) -> Doc {
        Doc {
            limits,
            ..Doc::default()
        }
    }

    /// The bounds on what writers and peers may send.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Sets the bounds. What is in the document already stays.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// The peer that this replica writes as; `None` before the first write if none was given.
    pub fn peer(&self) -> Option<Peer> {
        self.peer
    }

    /// Writes as `peer` from now on. Under the id of a peer that was split (see [`split_peer`](Doc::split_peer)) nobody writes
    /// any more: then a fresh one is drawn before the next write, as for [`Doc::new`].
    pub fn set_peer(&mut self, peer: Peer) {
        self.peer = Some(peer);
        self.author = None;
    }

    /// This replica's number for its own peer; draws the peer before the first write.
    #[inline]
    pub(super) fn author(&mut self) -> Option<PeerIx> {
        if self.author.is_none() {
            self.find_author();
        }
        self.author
    }

    /// Forgets the own peer where it was split.
    pub(super) fn give_up_peer(&mut self) {
        let is_given_up = |peer| self.log.peers.is_given_up(peer);
        if self.peer.is_some_and(is_given_up) {
            self.peer = None;
            self.author = None;
        }
    }

    #[cold]
    fn find_author(&mut self) {
        self.give_up_peer();
        #[cfg(feature = "getrandom")]
        if self.peer.is_none() {
            self.peer = Peer::random();
        }
        self.author = self.peer.map(|peer| self.log.peers.intern(peer));
    }

    /// Forgets what was remembered about tables that have been truncated.
    pub(super) fn forget_tables(&mut self) {
        self.author = None;
        self.last_root = None;
        self.chains
            .truncate(self.log.peers.len(), self.log.containers.len());
    }

    /// How many operations of each peer are known.
    pub fn version_vector(&self) -> VersionVector {
        self.log.peers.counts().collect()
    }

    /// The operations that no other follows.
    pub fn frontier(&self) -> Frontier {
        let heads = self.log.graph.heads();
        match &self.log.ground {
            Some(ground) if heads.is_empty() => ground
                .heads
                .iter()
                .map(|head| OpId {
                    peer: self.log.peers.peer(head.author),
                    seq: head.seq,
                })
                .collect(),
            _ => heads.iter().map(|&head| self.log.id(head)).collect(),
        }
    }

    /// How many operations are known.
    pub fn operations(&self) -> u32 {
        self.log.peers.counts().map(|(_, count)| count).sum()
    }

    /// The root text of that name. O(log roots).
    pub fn text(&self, name: &str) -> Text<'_> {
        Text::new(self, self.root(name, Kind::Text))
    }

    /// The root list of that name. O(log roots).
    pub fn list(&self, name: &str) -> List<'_> {
        List::new(self, self.root(name, Kind::List))
    }

    /// The root map of that name. O(log roots).
    pub fn map(&self, name: &str) -> Map<'_> {
        Map::new(self, self.root(name, Kind::Map))
    }

    /// The root counter of that name. O(log roots).
    pub fn counter(&self, name: &str) -> Counter<'_> {
        Counter::new(self, self.root(name, Kind::Counter))
    }

    /// Names and kinds of the roots, by name, then kind.
    pub fn roots(&self) -> impl Iterator<Item = (&str, Kind)> {
        self.sorted_roots()
            .into_iter()
            .map(|(name, kind, _)| (name, kind))
    }

    pub(super) fn sorted_roots(&self) -> Vec<(&str, Kind, ContainerIx)> {
        let roots = self.log.containers.roots();
        let mut roots: Vec<_> = roots
            .map(|(name, kind, ix)| (self.log.keys.name(name), kind, ix))
            .filter(|(name, ..)| !is_reserved(name))
            .collect();
        roots.sort_unstable();
        roots
    }

    pub(super) fn root(&self, name: &str, kind: Kind) -> Option<ContainerIx> {
        if is_reserved(name) {
            return None;
        }
        let name = self.log.keys.find(name)?;
        self.log.containers.find(Name::Root { name, kind })
    }

    /// Of the roots of a name, the one that the name alone stands for: the first in order of kinds that holds something,
    /// else the first.
    pub(super) fn shown_root(&self, name: &str) -> Option<ContainerIx> {
        if is_reserved(name) {
            return None;
        }
        let name = self.log.keys.find(name)?;
        let mut roots = Kind::ALL.into_iter().filter_map(|kind| {
            let root = self.log.containers.find(Name::Root { name, kind })?;
            self.log.containers.is_used(root).then_some(root)
        });
        let first = roots.next()?;
        let holds = |&root: &ContainerIx| !self.is_empty(root);
        Some(
            std::iter::once(first)
                .chain(roots)
                .find(holds)
                .unwrap_or(first),
        )
    }

    fn is_empty(&self, container: ContainerIx) -> bool {
        match self.log.containers.kind(container) {
            Kind::Text => self.state.sequence_len(container) == 0,
            Kind::List => self
                .state
                .list(container)
                .is_none_or(|list| list.len() == 0),
            Kind::Map => {
                let mut entries = self.state.entries_of(&self.log.entries, container);
                entries.next().is_none()
            }
            Kind::Counter => self.state.counter(container) == 0,
        }
    }

    /// The kind under which a root of that name exists, if it does; the first in order of kinds.
    pub(super) fn root_kind(&self, name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|&kind| {
            self.root(name, kind)
                .is_some_and(|root| self.log.containers.is_used(root))
        })
    }
}
