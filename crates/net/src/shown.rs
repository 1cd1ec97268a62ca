//! What people show of themselves in a document: where their cursors are, what they are called. It is passed on at once, and never
//! stored.
//!
//! A session carries it by peers, so each replica has a peer of its own for each document. What travels is the document's name (2
//! bytes of length, little-endian, and UTF-8), and what is shown. A replica tells a relay what it shows itself and what its own
//! clients do; a relay tells its clients all. So nobody brings back by hearsay who has left.

use std::collections::BTreeMap;
use std::time::Instant;

use syncline::Peer;
use syncline::sync::{Presence, Session, key_of};

/// Documents in which somebody shows something, at most.
const DOCUMENTS_MAX: usize = 4096;

/// Bytes that are shown, at most: a session takes 4 KiB, with the name.
pub(crate) const STATE_MAX: usize = 2048;

/// See the module.
pub(crate) struct Shown {
    /// Makes this replica's peers.
    seed: u64,
    begun: Instant,
    documents: BTreeMap<String, Sides>,
    /// Documents in which something else is shown than before.
    news: BTreeMap<u64, String>,
    count: u64,
}

/// One document's.
#[derive(Default)]
struct Sides {
    /// What is shown here.
    own: Option<Vec<u8>>,
    /// That, and what those show who ask this side.
    near: Presence,
    /// What those show whom this side asks.
    far: Presence,
}

/// From which side something was heard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Near,
    Far,
}

impl Shown {
    pub(crate) fn new(seed: u64) -> Shown {
        Shown {
            seed,
            begun: Instant::now(),
            documents: BTreeMap::new(),
            news: BTreeMap::new(),
            count: 0,
        }
    }

    /// Shows something here; with nothing, it is shown no more.
    pub(crate) fn show(&mut self, document: &str, state: &[u8]) {
        let now = self.now();
        let own_peer = self.own_peer(document);
        let (Some(peer), Some(sides)) = (own_peer, self.sides(document)) else {
            return;
        };
        sides.own = Some(state.to_vec());
        sides.near.set(peer, &wire(document, state), now);
        self.note(document);
    }

    /// Takes in what somebody shows.
    pub(crate) fn hear(&mut self, side: Side, peer: Peer, clock: u32, state: &[u8]) {
        let Some((document, shown)) = read(state) else {
            return;
        };
        let (document, shown) = (document.to_owned(), shown.to_vec());
        let now = self.now();
        let own_peer = self.own_peer(&document);
        let Some(sides) = self.sides(&document) else {
            return;
        };
        let presence = match side {
            Side::Near => &mut sides.near,
            Side::Far => &mut sides.far,
        };
        if !presence.take(peer, clock, state, now) {
            return;
        }
        // Somebody took us for gone: we show it again.
        if Some(peer) == own_peer {
            let own = sides.own.clone().unwrap_or_default();
            if own != shown {
                sides.near.take(peer, clock, state, now);
                sides.near.set(peer, &wire(&document, &own), now);
            }
        }
        self.note(&document);
    }

    /// Whoever asked this side is gone, and with them what they showed.
    pub(crate) fn leave(&mut self, document: &str, peer: Peer) {
        let now = self.now();
        if let Some(sides) = self.documents.get_mut(document) {
            sides.near.set(peer, &wire(document, &[]), now);
            self.note(document);
        }
    }

    /// Those whom this side asks are out of reach.
    pub(crate) fn lose(&mut self) {
        let mut changed = Vec::new();
        for (document, sides) in &mut self.documents {
            // Once they are back they tell it again.
            let far = std::mem::take(&mut sides.far);
            if far.iter().next().is_some() {
                changed.push(document.clone());
            }
        }
        changed.iter().for_each(|document| self.note(document));
    }

    /// What others show in a document.
    pub(crate) fn of(&self, document: &str) -> Vec<(Peer, Vec<u8>)> {
        let own_peer = self.own_peer(document);
        let Some(sides) = self.documents.get(document) else {
            return Vec::new();
        };
        let mut all = BTreeMap::new();
        for (peer, state) in sides.far.iter().chain(sides.near.iter()) {
            let shown = read(state).map(|(_, shown)| shown).unwrap_or_default();
            if Some(peer) != own_peer && !shown.is_empty() {
                all.insert(peer, shown.to_vec());
            }
        }
        all.into_iter().collect()
    }

    /// Tells a session what is new to it of a document, as far as that is told to that side.
    pub(crate) fn share(&self, document: &str, side: Side, session: &mut Session) {
        if let Some(sides) = self.documents.get(document) {
            session.share(&sides.near);
            if side == Side::Near {
                session.share(&sides.far);
            }
        }
    }

    /// Of which document something tells that came.
    pub(crate) fn document(state: &[u8]) -> Option<&str> {
        read(state).map(|(document, _)| document)
    }

    /// In which documents somebody shows something, with their keys.
    pub(crate) fn documents(&self) -> Vec<(u64, String)> {
        let names = self.documents.keys();
        names.map(|name| (key_of(name), name.clone())).collect()
    }

    /// In which documents there is news, once.
    pub(crate) fn take_news(&mut self) -> Vec<(u64, String)> {
        std::mem::take(&mut self.news).into_iter().collect()
    }

    /// How often there was, in all.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    fn note(&mut self, document: &str) {
        self.count += 1;
        self.news.insert(key_of(document), document.to_owned());
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The peer by which this replica shows something in a document.
    fn own_peer(&self, document: &str) -> Option<Peer> {
        let bytes = [self.seed, key_of(document)].map(u64::to_le_bytes).concat();
        let hash = blake3::hash(&bytes);
        let first = hash.as_bytes().first_chunk()?;
        Peer::new(u64::from_le_bytes(*first) | 1)
    }

    /// A document's; `None` where there are too many in which somebody shows something.
    fn sides(&mut self, document: &str) -> Option<&mut Sides> {
        if self.documents.len() >= DOCUMENTS_MAX && !self.documents.contains_key(document) {
            let is_shown = |presence: &Presence| presence.iter().any(|(_, state)| !is_empty(state));
            self.documents
                .retain(|_, sides| is_shown(&sides.near) || is_shown(&sides.far));
            if self.documents.len() >= DOCUMENTS_MAX {
                return None;
            }
        }
        Some(self.documents.entry(document.to_owned()).or_default())
    }
}

fn wire(document: &str, shown: &[u8]) -> Vec<u8> {
    let length = u16::try_from(document.len()).unwrap_or(0);
    let mut state = length.to_le_bytes().to_vec();
    state.extend_from_slice(document.as_bytes().get(..length.into()).unwrap_or_default());
    state.extend_from_slice(shown.get(..STATE_MAX).unwrap_or(shown));
    state
}

/// A document's name, and what is shown in it.
fn read(state: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = state.split_first_chunk()?;
    let (name, shown) = rest.split_at_checked(u16::from_le_bytes(*length).into())?;
    Some((std::str::from_utf8(name).ok()?, shown))
}

fn is_empty(state: &[u8]) -> bool {
    read(state).is_none_or(|(_, shown)| shown.is_empty())
}
