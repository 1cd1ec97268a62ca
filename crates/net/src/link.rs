//! One connection's session, and how far either side has stored what the other sent. No input or output.

use std::collections::{BTreeSet, VecDeque};

use syncline::VersionVector;
use syncline::sync::{Documents, Event, Options, Session, SessionError, key_of};

use crate::frame::Frame;
use crate::library::Library;
use crate::limits::Limits;

/// A session, and its counts of frames.
pub(crate) struct Link {
    session: Session,
    /// Session frames that were taken in; of so many the other side was told that they are stored.
    received: u64,
    told: u64,
    sent: u64,
    /// Of those the other side has stored so many.
    stored: u64,
    /// Changes of the library that were looked at for what is to be confirmed.
    seen: u64,
    /// After so many frames all of these documents' versions had been sent.
    sent_versions: VecDeque<(u64, Vec<(u64, VersionVector)>)>,
    /// Documents that one of the sides does not take: nothing of them is confirmed.
    left_out: BTreeSet<u64>,
    is_asking: bool,
}

impl Link {
    /// The side that begins.
    pub(crate) fn ask(
        library: &mut Library,
        nonce: u64,
        limits: &Limits,
    ) -> Result<Link, SessionError> {
        let session = Session::ask(library, nonce, options(limits))?;
        Ok(Link::new(session, true))
    }

    /// The side that answers.
    pub(crate) fn answer(limits: &Limits) -> Link {
        Link::new(Session::answer(options(limits)), false)
    }

    fn new(session: Session, is_asking: bool) -> Link {
        Link {
            session,
            received: 0,
            told: 0,
            sent: 0,
            stored: 0,
            seen: 0,
            sent_versions: VecDeque::new(),
            left_out: BTreeSet::new(),
            is_asking,
        }
    }

    /// Takes in a message of the session. What it brought is in memory, and not stored yet.
    pub(crate) fn receive(
        &mut self,
        documents: &mut dyn Documents,
        message: &[u8],
    ) -> Result<(), SessionError> {
        self.session.receive(documents, message)?;
        self.received += 1;
        Ok(())
    }

    pub(crate) fn next_event(&mut self) -> Option<Event> {
        let event = self.session.next_event()?;
        match &event {
            Event::Unwanted { document }
            | Event::Refused { document, .. }
            | Event::Behind { document, .. } => {
                self.left_out.insert(key_of(document));
            }
            _ => {}
        }
        Some(event)
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.session.is_settled()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.session.is_over()
    }

    /// All that was taken in has been stored: what to tell the other side of that, if anything.
    pub(crate) fn stored(&mut self) -> Option<Frame> {
        if self.told == self.received {
            return None;
        }
        self.told = self.received;
        Some(Frame::Stored(self.received))
    }

    /// The next message of the session.
    pub(crate) fn next_frame(
        &mut self,
        documents: &mut dyn Documents,
    ) -> Result<Option<Frame>, SessionError> {
        let message = self.session.next_message(documents)?;
        self.sent += u64::from(message.is_some());
        Ok(message.map(Frame::Session))
    }

    /// Notes which versions the other side has been sent: when there is nothing more to say, all of what is here.
    pub(crate) fn note_sent(&mut self, library: &mut Library) -> Result<(), SessionError> {
        if !self.is_asking || !self.session.is_settled() {
            return Ok(());
        }
        let since = std::mem::replace(&mut self.seen, library.change_count());
        let mut versions = Vec::new();
        for key in library.changed_since(since) {
            let name = library.name_of(key).unwrap_or_default().to_owned();
            let doc = Documents::document(library, key);
            let doc = doc.map_err(|error| SessionError::Document { name, error })?;
            versions.extend(doc.map(|doc| (key, doc.version_vector())));
        }
        if !versions.is_empty() {
            self.sent_versions.push_back((self.sent, versions));
        }
        Ok(())
    }

    /// The other side says that it has stored so many frames.
    pub(crate) fn note_stored(&mut self, count: u64) -> Result<(), &'static str> {
        if count > self.sent {
            return Err("more is said to be stored than was sent");
        }
        self.stored = self.stored.max(count);
        Ok(())
    }

    /// The versions of documents that the other side has with what it has stored, each told once.
    pub(crate) fn confirmed(&mut self) -> Vec<(u64, VersionVector)> {
        let mut confirmed = Vec::new();
        while let Some((sent, versions)) = self.sent_versions.pop_front() {
            if sent > self.stored {
                self.sent_versions.push_front((sent, versions));
                break;
            }
            let versions = versions.into_iter();
            confirmed.extend(versions.filter(|(key, _)| !self.left_out.contains(key)));
        }
        confirmed
    }

    /// Whether the other side has said of all that was sent that it is stored. What was on this disk before is among no versions.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.sent_versions.is_empty() && self.stored == self.sent
    }
}

fn options(limits: &Limits) -> Options {
    let mut options = Options::default();
    // The frame's kind stands before a message.
    options.message_bytes = limits.frame_bytes.saturating_sub(1);
    options.summary_bytes = limits.summary_bytes;
    options
}
