//! Two histories under one peer id, found in a session: both sides split the peer where they part, and go on.
//!
//! Whoever notices says so, with its splits; the other answers with its own. If that was news to one of them, they begin with
//! the document anew. If not, the histories part where nobody has split yet: the session's asker looks for the first
//! operation that differs, sixteen at a time, by their chain values; then both split there.

use bincode::{Decode, Encode};

use super::documents::Documents;
use super::error::SessionError;
use super::event::Event;
use super::give::{document_error, name_of, opened};
use super::message::{self, FORK, malformed};
use super::session::Session;
use crate::doc::Doc;
use crate::error::Error;
use crate::id::{OpId, Peer};

/// Operations asked about at once.
const ASKED: u32 = 16;

/// Forks of one document that one session sees to.
const FORKS_MAX: u32 = 64;

/// How far the two sides have come with a fork.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Parting {
    peer: Peer,
    /// Which of the line's forks it is: so that answers to what was asked about another are told apart.
    nth: u32,
    /// Our splits were told. The other side's were heard.
    is_told: bool,
    is_heard: bool,
    /// Operations before this number are the same, from that number on they are not.
    same: u32,
    differs: u32,
    /// An operation was seen that both have, and that is not the same.
    is_shown: bool,
}

#[derive(Encode, Decode, PartialEq, Eq, Debug)]
pub(super) struct Fork {
    pub(super) number: u32,
    pub(super) peer: [u8; 8],
    pub(super) says: Says,
}

#[derive(Encode, Decode, PartialEq, Eq, Debug)]
pub(super) enum Says {
    /// There is a fork, and these are the sender's splits.
    Splits(Vec<([u8; 8], u32)>),
    /// The other side's were news: it begins anew.
    News,
    /// What are the marks of these operations?
    Ask { nth: u32, asked: Vec<u32> },
    /// These; none where it is not known.
    Told {
        nth: u32,
        marks: Vec<Option<[u8; 8]>>,
    },
    /// They part at this operation: split there.
    Part(u32),
}

impl Session {
    /// Says that a peer has two histories.
    pub(super) fn forked(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
        peer: Peer,
    ) -> Result<(), SessionError> {
        let Some(line) = self.lines.get_mut(&key).filter(|line| !line.is_off) else {
            return Ok(());
        };
        if self.options.looks || !documents.takes(key) {
            // Who may only read, or looks, does not split a peer.
            self.refuse(documents, key, Error::Forked { peer, seq: 0 });
            return Ok(());
        }
        // What was sent before the other side knew of it may show it again.
        if line.parting.is_some() {
            return Ok(());
        }
        line.forks += 1;
        if line.forks > FORKS_MAX {
            self.refuse(documents, key, Error::Forked { peer, seq: 0 });
            return Ok(());
        }
        line.forget();
        line.parting = Some(Parting::new(peer, line.forks));
        self.unsettled.insert(key);
        self.is_settled = false;
        self.tell_splits(documents, key)
    }

    fn tell_splits(&mut self, documents: &mut dyn Documents, key: u64) -> Result<(), SessionError> {
        let splits = with_doc(documents, key, |doc| {
            let splits = doc
                .splits()
                .map(|(peer, seq)| (peer.get().to_le_bytes(), seq));
            Ok(splits.collect())
        })?;
        let Some(splits) = splits else { return Ok(()) };
        if let Some(parting) = self.parting(key) {
            parting.is_told = true;
        }
        self.say_fork(key, Says::Splits(splits));
        Ok(())
    }

    fn parting(&mut self, key: u64) -> Option<&mut Parting> {
        self.lines.get_mut(&key)?.parting.as_mut()
    }

    fn say_fork(&mut self, key: u64, says: Says) {
        let Some(line) = self.lines.get(&key) else {
            return;
        };
        if let (Some(number), Some(parting)) = (line.number, line.parting) {
            let peer = parting.peer.get().to_le_bytes();
            let fork = Fork { number, peer, says };
            self.ready.push_back(message::message(FORK, fork));
        }
    }

    pub(super) fn take_fork(
        &mut self,
        documents: &mut dyn Documents,
        fork: Fork,
    ) -> Result<(), SessionError> {
        let key = self.key_of_number(fork.number)?;
        let peer = peer_of(fork.peer)?;
        if self.lines.get(&key).is_none_or(|line| line.is_off) {
            return Ok(());
        }
        if self.options.looks || !documents.takes(key) {
            self.refuse(documents, key, Error::Forked { peer, seq: 0 });
            return Ok(());
        }
        match fork.says {
            Says::Splits(splits) => {
                self.forked(documents, key, peer)?;
                let splits: Result<Vec<_>, SessionError> = splits
                    .into_iter()
                    .map(|(peer, seq)| Ok((peer_of(peer)?, seq)))
                    .collect();
                let is_news = self.split(documents, key, &splits?)?;
                if is_news {
                    self.say_fork(key, Says::News);
                }
                if let Some(parting) = self.parting(key) {
                    // The asker's word counts where both speak of different peers.
                    parting.is_heard = true;
                }
                self.go_on_parting(documents, key, is_news)
            }
            Says::News => self.go_on_parting(documents, key, true),
            Says::Ask { nth, asked } => {
                if asked.len() > ASKED as usize {
                    return Err(malformed("a question about too many operations"));
                }
                let told = self.marks(documents, key, peer, &asked)?;
                if let Some(parting) = self.parting(key) {
                    parting.peer = peer;
                }
                self.say_fork(key, Says::Told { nth, marks: told });
                Ok(())
            }
            Says::Told { nth, marks } if self.is_asker => {
                let is_asked = |parting: &&mut Parting| (parting.nth, parting.peer) == (nth, peer);
                match self.parting(key).filter(is_asked) {
                    Some(_) => self.take_marks(documents, key, peer, &marks),
                    None => Ok(()),
                }
            }
            Says::Part(seq) if !self.is_asker => {
                self.split(documents, key, &[(peer, seq)])?;
                self.note_parted(documents, key, peer, seq);
                Ok(())
            }
            _ => Err(malformed("an answer to what was not asked")),
        }
    }

    /// After both have told their splits: begins anew where those were news to one of them, or looks for where the histories
    /// part. The asker does.
    fn go_on_parting(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
        is_news: bool,
    ) -> Result<(), SessionError> {
        let Some(parting) = self.parting(key).copied() else {
            return Ok(());
        };
        if !(self.is_asker && parting.is_told && parting.is_heard) {
            return Ok(());
        }
        if is_news {
            return self.begin_anew(documents, key);
        }
        self.ask_marks(documents, key)
    }

    fn ask_marks(&mut self, documents: &mut dyn Documents, key: u64) -> Result<(), SessionError> {
        let Some(peer) = self.parting(key).map(|parting| parting.peer) else {
            return Ok(());
        };
        let count = with_doc(documents, key, |doc| Ok(doc.version_vector().get(peer)))?;
        let Some(parting) = self.parting(key) else {
            return Ok(());
        };
        parting.differs = parting.differs.min(count.unwrap_or(0));
        let asked = parting.asked();
        if asked.is_empty() {
            let (seq, is_shown) = (parting.same, parting.is_shown);
            if is_shown {
                self.split(documents, key, &[(peer, seq)])?;
                self.say_fork(key, Says::Part(seq));
                self.note_parted(documents, key, peer, seq);
            }
            return self.begin_anew(documents, key);
        }
        let nth = parting.nth;
        self.say_fork(key, Says::Ask { nth, asked });
        Ok(())
    }

    fn take_marks(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
        peer: Peer,
        told: &[Option<[u8; 8]>],
    ) -> Result<(), SessionError> {
        let asked = self
            .parting(key)
            .map_or(Vec::new(), |parting| parting.asked());
        if asked.len() != told.len() {
            return Err(malformed("an answer to what was not asked"));
        }
        let ours = self.marks(documents, key, peer, &asked)?;
        if let Some(parting) = self.parting(key) {
            for (at, (ours, theirs)) in asked.into_iter().zip(ours.iter().zip(told)) {
                if ours.is_some() && ours == theirs {
                    parting.same = parting.same.max(at + 1);
                } else {
                    parting.differs = parting.differs.min(at);
                    parting.is_shown |= ours.is_some() && theirs.is_some();
                    break;
                }
            }
        }
        self.ask_marks(documents, key)
    }

    fn marks(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
        peer: Peer,
        asked: &[u32],
    ) -> Result<Vec<Option<[u8; 8]>>, SessionError> {
        let Some(seals) = &self.seals else {
            return Ok(Vec::new());
        };
        let marks = with_doc(documents, key, |doc| {
            let value = |&seq: &u32| doc.chain_value(OpId { peer, seq });
            let values: Result<Vec<_>, _> = asked.iter().map(value).collect();
            Ok(values?
                .into_iter()
                .map(|value| value.map(|value| seals.mark(&value)))
                .collect())
        })?;
        Ok(marks.unwrap_or_default())
    }

    /// Splits peers of our document; whether one was not.
    fn split(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
        splits: &[(Peer, u32)],
    ) -> Result<bool, SessionError> {
        let name = name_of(documents, key);
        let Some(doc) = opened(documents, key)? else {
            return Ok(false);
        };
        let before = doc.splits().count();
        match doc.split_peers(splits) {
            Ok(change) => {
                let is_news = doc.splits().count() > before;
                if !change.is_empty() {
                    let document = name;
                    self.events.push_back(Event::Changed { document, change });
                }
                Ok(is_news)
            }
            Err(error) => {
                self.refuse(documents, key, error);
                Ok(false)
            }
        }
    }

    fn note_parted(&mut self, documents: &mut dyn Documents, key: u64, peer: Peer, seq: u32) {
        let document = name_of(documents, key);
        self.events.push_back(Event::Forked {
            document,
            peer,
            seq: Some(seq),
        });
    }

    fn begin_anew(&mut self, documents: &mut dyn Documents, key: u64) -> Result<(), SessionError> {
        if self.lines.get(&key).is_none_or(|line| line.is_off) {
            return Ok(());
        }
        self.open_asking(documents, key)
    }
}

impl Parting {
    fn new(peer: Peer, nth: u32) -> Self {
        Parting {
            peer,
            nth,
            is_told: false,
            is_heard: false,
            same: 0,
            differs: u32::MAX,
            is_shown: false,
        }
    }

    /// The operations that part the range in which the histories do.
    fn asked(&self) -> Vec<u32> {
        let len = self.differs.saturating_sub(self.same);
        let parts = len.min(ASKED);
        let at = |nth: u32| {
            let nth = u64::from(len) * u64::from(nth + 1) / u64::from(parts + 1);
            self.same + u32::try_from(nth).unwrap_or(u32::MAX)
        };
        match parts == len {
            true => (self.same..self.differs).collect(),
            false => (0..parts).map(at).collect(),
        }
    }
}

fn peer_of(bytes: [u8; 8]) -> Result<Peer, SessionError> {
    Peer::new(u64::from_le_bytes(bytes)).ok_or(malformed("peer 0"))
}

fn with_doc<T>(
    documents: &mut dyn Documents,
    key: u64,
    work: impl FnOnce(&mut Doc) -> Result<T, Error>,
) -> Result<Option<T>, SessionError> {
    let name = name_of(documents, key);
    let failed = |error| document_error(&name, error);
    match documents.document(key).map_err(failed)? {
        Some(doc) => work(doc).map(Some).map_err(failed),
        None => Ok(None),
    }
}
