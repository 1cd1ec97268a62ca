//! One document in a session.

use std::sync::Arc;

use super::briefs::Briefs;
use super::forks::Parting;
use super::giving::Giving;
use super::taking::Taking;
use crate::doc::{Doc, Pieces};
use crate::error::Error;
use crate::id::{Peer, VersionVector};
use crate::summary::{Difference, Reconciliation, Summary};

/// A reconciliation, and what it compares.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) side: Reconciliation,
    /// As it was at the beginning.
    pub(super) summary: Arc<Summary>,
    /// Whether what was found has been acted upon.
    pub(super) is_used: bool,
    /// It is all that the session is about.
    pub(super) is_only: bool,
}

impl Finding {
    pub(super) fn new(side: Reconciliation, summary: Arc<Summary>) -> Self {
        Finding {
            side,
            summary,
            is_used: false,
            is_only: false,
        }
    }

    /// Takes in a message; gives those to send.
    pub(super) fn receive(
        &mut self,
        message: &[u8],
    ) -> Result<Vec<Vec<u8>>, crate::summary::ReconcileError> {
        let had = self.side.difference().cloned();
        let replies = self.side.receive(&self.summary, message)?;
        self.is_used &= self.side.difference() == had.as_ref();
        Ok(replies)
    }

    /// Whether the other side has said what differs, and it is proven.
    pub(super) fn is_over(&self) -> bool {
        self.side.is_proven()
    }

    /// Whether the other side cannot object any more.
    pub(super) fn is_sure(&self) -> bool {
        self.side.is_sure()
    }

    /// What was found, the first time it is asked for.
    pub(super) fn found(&mut self) -> Option<Difference> {
        let found = self.side.difference().filter(|_| !self.is_used)?.clone();
        self.is_used = true;
        Some(found)
    }
}

/// One document in a session.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// The number under which we speak of it, once it was told.
    pub(super) number: Option<u32>,
    pub(super) finding: Option<Finding>,
    /// It is we who asked.
    pub(super) asks: bool,
    /// Under which of its numbers the other side speaks of what differs.
    pub(super) expects: Option<u32>,
    /// A fork is being seen to; how many were.
    pub(super) parting: Option<Parting>,
    pub(super) forks: u32,
    /// A base that comes, that is sent; how many there were.
    pub(super) taking: Option<Taking>,
    pub(super) giving: Option<Giving>,
    pub(super) bases: u32,
    /// The other side lacks what we have no history of.
    pub(super) is_past_help: bool,
    /// It was told that it can have the document without.
    pub(super) has_offered: bool,
    /// We were told so.
    pub(super) is_behind: bool,
    /// Where we began: with so many operations, of that mark, which the other side has too.
    pub(super) base: Option<(u32, [u8; 8])>,
    /// What the other side has, as far as is known; `None` until that is found.
    pub(super) known: Option<VersionVector>,
    /// The document's, when what is sent of it was found.
    pub(super) renumbered: u32,
    /// How many operations we had when all of them were in `known`, or on their way there.
    pub(super) seen: u32,
    /// What is being sent of what was there at the start.
    pub(super) pieces: Option<Pieces>,
    pub(super) sent: u32,
    pub(super) to_send: u32,
    pub(super) received: u32,
    pub(super) to_receive: u32,
    /// All of ours, of theirs, that was there at the start has been sent.
    pub(super) is_sent: bool,
    pub(super) is_received: bool,
    /// The caller was told so.
    pub(super) is_told: bool,
    /// We take nothing of it, and said so; the other side does not.
    pub(super) is_closed: bool,
    pub(super) is_closed_there: bool,
    /// One of the sides does not want it.
    pub(super) is_off: bool,
    pub(super) said: Briefs,
    pub(super) heard: Briefs,
}

impl Line {
    /// What the other side has is to be found anew.
    pub(super) fn forget(&mut self) {
        self.asks = false;
        self.expects = None;
        self.finding = None;
        self.parting = None;
        self.taking = None;
        self.giving = None;
        self.base = None;
        self.known = None;
        self.pieces = None;
    }

    /// Forgets that the other side was told that it can have the document without its history: what it has is found anew.
    pub(super) fn take_back_offer(&mut self) {
        if std::mem::take(&mut self.has_offered) {
            self.is_off = false;
        }
    }

    /// Whether operations that come may be passed over: those are sent again, or are not wanted.
    pub(super) fn passes_over(&self) -> bool {
        self.is_off || self.is_closed || self.known.is_none()
    }

    /// Whether the other side cannot object any more to what was found, where that is all that the session is about.
    pub(super) fn is_sure(&self) -> bool {
        let finding = self.finding.as_ref().filter(|finding| finding.is_only);
        finding.is_none_or(Finding::is_sure)
    }

    /// The other side has nothing to object to what was found.
    pub(super) fn agree(&mut self) {
        self.finding.take_if(|finding| finding.is_only);
    }

    /// Takes up what was found to differ. Not where a document without history has taken the place of the one that was
    /// compared: how much the other side has of what lies before that cut was not asked; gives `false`.
    pub(super) fn learn(
        &mut self,
        difference: &Difference,
        summary: &Summary,
        doc: &Doc,
        piece_bytes: u32,
    ) -> bool {
        let mut known: VersionVector = summary
            .iter()
            .filter_map(|entry| Some((Peer::new(entry.key)?, entry.length)))
            .collect();
        if doc.lacks_history_for(&known) {
            return false;
        }
        for missing in &difference.theirs {
            if let Some(peer) = Peer::new(missing.key) {
                known.set(peer, missing.from);
            }
        }
        self.is_received = difference.ours.is_empty();
        self.send_since(known, doc, piece_bytes);
        true
    }

    /// Whether a document without history has taken the place of the one that was being sent, and the other side may lack
    /// what lies before its cut. Asked once.
    pub(super) fn is_cut_off(&mut self, doc: &Doc) -> bool {
        let is_other = std::mem::replace(&mut self.renumbered, doc.renumbered) != doc.renumbered;
        let lacks = match &self.known {
            Some(known) => doc.lacks_history_for(known),
            None => self.giving.is_some() && doc.has_cut(),
        };
        is_other && !self.is_off && lacks
    }

    /// Begins to send what is not in `known`.
    pub(super) fn send_since(&mut self, known: VersionVector, doc: &Doc, piece_bytes: u32) {
        self.renumbered = doc.renumbered;
        self.is_past_help = doc.lacks_history_for(&known);
        let pieces = doc.pieces_since(&known).bytes_most(piece_bytes as usize);
        self.to_send = pieces.left();
        self.sent = 0;
        self.is_sent = self.to_send == 0;
        self.known = Some(known);
        self.seen = doc.arrived();
        self.is_sent &= !self.is_past_help;
        self.pieces = (!self.is_sent).then_some(pieces);
        if self.is_closed_there {
            self.send_nothing();
        }
    }

    /// The other side takes nothing of it.
    pub(super) fn send_nothing(&mut self) {
        self.is_closed_there = true;
        self.pieces = None;
        self.to_send = 0;
        self.is_sent = true;
    }

    /// Whether what was there at the start is being sent.
    pub(super) fn is_beginning(&self) -> bool {
        self.pieces.is_some() && !self.is_sent
    }

    /// The next piece of what is being sent.
    pub(super) fn next_piece(&mut self, doc: &mut Doc) -> Result<Option<Vec<u8>>, Error> {
        let Some(pieces) = &mut self.pieces else {
            return Ok(None);
        };
        let piece = pieces.next(doc)?;
        if !self.is_sent {
            self.sent = self.to_send - pieces.left().min(self.to_send);
        }
        if let Some(known) = &mut self.known {
            known.join(pieces.version());
        }
        if piece.is_none() || pieces.left() == 0 {
            self.pieces = None;
        }
        Ok(piece)
    }

    /// What was written, or came from elsewhere, since all was sent: in pieces, unless it is one operation.
    pub(super) fn next_live(
        &mut self,
        doc: &mut Doc,
        piece_bytes: u32,
    ) -> Result<Option<Vec<u8>>, Error> {
        let Some(known) = self
            .known
            .as_mut()
            .filter(|_| !self.is_off && !self.is_closed_there)
        else {
            return Ok(None);
        };
        let (since, arrived) = (self.seen, doc.arrived());
        if self.pieces.is_some() || arrived == since {
            return Ok(None);
        }
        self.seen = arrived;
        let new = doc.arrived_since(since);
        if new.as_ref().is_some_and(|new| known.includes(new)) {
            return Ok(None);
        }
        if let Some(new) = new.filter(|_| arrived - since == 1) {
            let delta = doc.delta_since(known);
            known.join(&new);
            return Ok(Some(delta));
        }
        self.pieces = Some(doc.pieces_since(known).bytes_most(piece_bytes as usize));
        self.next_piece(doc)
    }

    /// Notes what came from the other side, when so many operations were known before, and nothing waited for them.
    pub(super) fn note_received(&mut self, doc: &Doc, before: u32) {
        let after = doc.arrived();
        if let Some(known) = &mut self.known {
            if let Some(new) = doc.arrived_since(before) {
                known.join(&new);
            }
            // What else came since is still to be sent.
            if self.seen == before {
                self.seen = after;
            }
        }
    }

    /// Whether both sides have all that was there at the start, told once.
    pub(super) fn is_newly_settled(&mut self) -> bool {
        let is_new = self.is_settled() && !self.is_told && !self.is_off;
        self.is_told |= is_new;
        is_new
    }

    pub(super) fn is_settled(&self) -> bool {
        let is_known = self.known.is_some() && self.is_sure();
        self.is_off || (is_known && self.is_sent && self.is_received)
    }
}
