//! One connection's session, and how far either side has stored what the other sent. No input or output.

use std::collections::{BTreeSet, VecDeque};

use syncline::sync::{Documents, Event, Only, Options, Session, SessionError, key_of};
use syncline::{Error, VersionVector};

use crate::features::Features;
use crate::frame::Frame;
use crate::library::Library;
use crate::limits::Limits;
use crate::shown::{Shown, Side};

/// What was agreed on in the greetings: what both sides can do beyond version 1, and how many bytes a message of the session has that the
/// other side takes.
#[derive(Clone, Copy)]
pub(crate) struct Agreed {
    pub(crate) features: Features,
    pub(crate) takes: u32,
}

/// A session, and its counts of frames.
pub(crate) struct Link {
    session: Session,
    /// Session frames that were taken in; so many of them are stored, and of so many the other side was told that.
    received: u64,
    durable: u64,
    told: u64,
    sent: u64,
    /// Of those the other side has stored so many.
    stored: u64,
    /// Changes of the library that were looked at for what is to be confirmed; none yet.
    seen: Option<u64>,
    /// After so many frames all of these documents' versions had been sent.
    sent_versions: VecDeque<(u64, Vec<(u64, VersionVector)>)>,
    /// Documents that one of the sides does not take: nothing of them is confirmed. Why, until that is noted.
    left_out: BTreeSet<u64>,
    refused: Vec<(u64, String)>,
    is_asking: bool,
}

impl Link {
    /// The side that begins.
    pub(crate) fn ask(
        library: &mut Library,
        nonce: u64,
        only: Only,
        Agreed { features, takes }: Agreed,
        limits: &Limits,
    ) -> Result<Link, SessionError> {
        let mut options = options(limits);
        options.their_message_bytes = takes;
        options.only = only;
        options.tells_read_only = features.include(Features::READ_ONLY);
        options.knows_summary_2 = features.include(Features::SUMMARY_2);
        let session = Session::ask(library, nonce, options)?;
        Ok(Link::new(session, true))
    }

    /// The side that begins, and only looks.
    pub(crate) fn look(
        library: &mut Library,
        nonce: u64,
        limits: &Limits,
    ) -> Result<Link, SessionError> {
        let mut options = options(limits);
        options.looks = true;
        let session = Session::ask(library, nonce, options)?;
        Ok(Link::new(session, true))
    }

    /// The side that answers.
    pub(crate) fn answer(Agreed { features, takes }: Agreed, limits: &Limits) -> Link {
        let mut options = options(limits);
        options.their_message_bytes = takes;
        options.tells_read_only = features.include(Features::READ_ONLY);
        options.knows_summary_2 = features.include(Features::SUMMARY_2);
        Link::new(Session::answer(options), false)
    }

    fn new(session: Session, is_asking: bool) -> Link {
        Link {
            session,
            received: 0,
            durable: 0,
            told: 0,
            sent: 0,
            stored: 0,
            seen: None,
            sent_versions: VecDeque::new(),
            left_out: BTreeSet::new(),
            refused: Vec::new(),
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
        if let Some((document, why)) = refusal(&event) {
            self.left_out.insert(key_of(document));
            if self.is_asking {
                self.refused.push((key_of(document), why));
            }
        }
        Some(event)
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.session.is_settled()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.session.is_over()
    }

    /// Whether both have the documents that the other had, and nothing of any is to be said at present.
    pub(crate) fn has_said_all(&self) -> bool {
        self.session.has_said_all()
    }

    /// How many session frames were taken in.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// So many of them are stored.
    pub(crate) fn note_durable(&mut self, frames: u64) {
        self.durable = self.durable.max(frames);
    }

    /// What to tell the other side of what was stored, if anything.
    pub(crate) fn stored(&mut self) -> Option<Frame> {
        if self.told == self.durable {
            return None;
        }
        self.told = self.durable;
        Some(Frame::Stored(self.durable))
    }

    /// Whether the session may have something to say of a document that was written to.
    pub(crate) fn concerns(&self, key: u64, name: &str) -> bool {
        self.session.concerns(key, name)
    }

    /// Whether the session is about a document.
    pub(crate) fn includes(&self, key: u64, name: &str) -> bool {
        self.session.includes(key, name)
    }

    /// Whether the other side's hello has come, or this one's was said.
    pub(crate) fn is_running(&self) -> bool {
        self.session.is_running()
    }

    /// On which side of this one the other is.
    pub(crate) fn side(&self) -> Side {
        match self.is_asking {
            true => Side::Far,
            false => Side::Near,
        }
    }

    /// Tells what people show of themselves in a document.
    pub(crate) fn share(&mut self, shown: &Shown, document: &str) {
        shown.share(document, self.side(), &mut self.session);
    }

    /// Whether a document has to stay in memory for it.
    pub(crate) fn is_busy_with(&self, key: u64) -> bool {
        self.session.is_busy_with(key)
    }

    /// Nothing is sent of a document, so nothing of it is confirmed.
    pub(crate) fn hold_back(&mut self, key: u64) {
        self.left_out.insert(key);
    }

    /// What came of a document cannot be stored: nothing more of it is taken.
    pub(crate) fn leave_out(&mut self, documents: &mut dyn Documents, key: u64, why: &str) {
        self.session.leave_out(documents, key, Error::aborted(why));
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
    pub(crate) fn note_sent(&mut self, library: &mut Library) {
        // What is due when there is room again has not been sent.
        if !self.is_asking || !self.session.has_said_all() {
            return;
        }
        let now = library.moment();
        let since = self.seen.replace(now);
        if since == Some(now) {
            return;
        }
        // At first all: what was on this disk before has been compared.
        let changed = since.and_then(|since| library.changed_since(since));
        let changed = match changed {
            Some(changed) => changed.into_keys().collect(),
            None => library.keys(),
        };
        let versions = changed.into_iter();
        let versions = versions.filter_map(|key| Some((key, library.version_of(key)?.clone())));
        let versions: Vec<(u64, VersionVector)> = versions.collect();
        if !versions.is_empty() {
            self.sent_versions.push_back((self.sent, versions));
        }
    }

    /// The other side says that it has stored so many frames.
    pub(crate) fn note_stored(&mut self, count: u64) -> Result<(), &'static str> {
        if count > self.sent {
            return Err("more is said to be stored than was sent");
        }
        self.stored = self.stored.max(count);
        Ok(())
    }

    /// Documents that one of the sides does not take, and why; each told once.
    pub(crate) fn refused(&mut self) -> Vec<(u64, String)> {
        std::mem::take(&mut self.refused)
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

    /// Whether the other side has said of all that was sent that it is stored.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.sent_versions.is_empty() && self.is_stored()
    }

    /// Whether the other side has taken in, and stored, every frame that was sent.
    pub(crate) fn is_stored(&self) -> bool {
        self.stored == self.sent
    }
}

/// Of which document an event says that one of the sides does not take it, and why.
pub(crate) fn refusal(event: &Event) -> Option<(&str, String)> {
    let (document, why) = match event {
        Event::Refused { document, error } => return Some((document, error.to_string())),
        Event::Unwanted { document } => (document, "the other side does not take it"),
        Event::Behind { document, .. } => (document, "the other side has no history of it"),
        Event::ReadOnly { document } => {
            let why = "the other side lets this one read it, and not write";
            (document, why)
        }
        _ => return None,
    };
    Some((document, why.to_owned()))
}

fn options(limits: &Limits) -> Options {
    let mut options = Options::default();
    // The frame's kind stands before a message.
    options.message_bytes = limits.message_bytes.saturating_sub(1);
    options.summary_bytes = limits.summary_bytes;
    options
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use syncline::sync::Workspace;
    use syncline_store::{Options as StoreOptions, Store};

    use super::*;

    /// Carries frames both ways until there are none.
    fn settle(
        link: &mut Link,
        library: &mut Library,
        (there, notes): (&mut Session, &mut Workspace),
    ) {
        loop {
            if let Some(Frame::Session(message)) = link.next_frame(library).unwrap() {
                there.receive(notes, &message).unwrap();
            } else if let Some(message) = there.next_message(notes).unwrap() {
                link.receive(library, &message).unwrap();
            } else {
                return;
            }
        }
    }

    #[test]
    fn what_the_window_holds_back_is_not_confirmed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path().join("store"), &StoreOptions::new()).unwrap();
        let mut library = Library::open(store).unwrap();
        let (mut there, mut notes) = (Session::answer(Options::default()), Workspace::new());
        let mut link = Link::ask(
            &mut library,
            7,
            Only::All,
            Agreed {
                features: Features::all(),
                takes: 4 << 20,
            },
            &Limits::default(),
        )
        .unwrap();
        settle(&mut link, &mut library, (&mut there, &mut notes));
        assert!(link.is_settled());
        // More than may be on its way, in pieces of bytes that cannot be packed.
        let mut state = 1u64;
        let mut byte = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        };
        for key in 0..40 {
            let bytes: Vec<u8> = (0..100_000).map(|_| byte()).collect();
            let doc = library.made("large").unwrap().unwrap().doc_mut();
            let set = doc.transact(|tx| tx.map("parts").set(&key.to_string(), bytes));
            set.unwrap();
        }
        let mut held = Vec::new();
        while let Some(Frame::Session(message)) = link.next_frame(&mut library).unwrap() {
            held.push(message);
        }
        link.note_sent(&mut library);
        let all = library.version_of(key_of("large")).unwrap().clone();
        link.note_stored(link.sent).unwrap();
        let of_all =
            |(key, version): &(u64, VersionVector)| *key == key_of("large") && *version == all;
        assert!(!link.confirmed().iter().any(of_all));
        // The other side takes them in, and there is room again.
        for message in held {
            there.receive(&mut notes, &message).unwrap();
        }
        settle(&mut link, &mut library, (&mut there, &mut notes));
        link.note_sent(&mut library);
        link.note_stored(link.sent).unwrap();
        assert!(link.confirmed().iter().any(of_all));
        assert_eq!(notes.get("large").unwrap().version_vector(), all);
    }
}
