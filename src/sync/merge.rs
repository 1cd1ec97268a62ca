//! Operations that come in a session.

use super::briefs::{OTHER_AUTHOR, OTHER_DOCUMENT, before, lengthen};
use super::documents::Documents;
use super::error::SessionError;
use super::event::Event;
use super::give::{document_error, name_of, opened};
use super::message::{self, CREDIT, malformed, take};
use super::session::Session;
use crate::error::Error;

impl Session {
    /// A keystroke that goes on from the last one.
    pub(super) fn take_brief(
        &mut self,
        documents: &mut dyn Documents,
        whole: &[u8],
        seal: [u8; 4],
    ) -> Result<(), SessionError> {
        let [flags, rest @ ..] = whole else {
            return Err(SessionError::Damaged);
        };
        let (key, rest) = match flags & OTHER_DOCUMENT {
            0 => (self.last_heard.ok_or(SessionError::Damaged)?, rest),
            _ => {
                let (number, rest) = take::<u32>(rest)?;
                (self.key_of_number(number)?, rest)
            }
        };
        let (author, rest) = match flags & OTHER_AUTHOR {
            0 => (None, rest),
            _ => {
                let (author, rest) = take(rest)?;
                (Some(author), rest)
            }
        };
        let first = self
            .lines
            .get(&key)
            .and_then(|line| line.heard.next(author));
        let first = first.ok_or(malformed("a keystroke that goes on from nothing"))?;
        let doc = opened(documents, key)?;
        let marks = doc.zip(before(first)).map(|(doc, id)| doc.marks_of(id));
        // An operation that is not known here, or is another one: the seal does not fit.
        let mark = self.accept_brief(key, (whole, seal), &marks.unwrap_or_default())?;
        self.last_heard = Some(key);
        let delta = lengthen(first, mark.unwrap_or_default(), rest);
        if mark.is_none() {
            self.note_delta(key, &delta);
            return Ok(());
        }
        self.take_delta(documents, key, &delta)
    }

    /// Checks the seal of a keystroke that follows an operation of one of these marks. Gives which; `None` for one that is to be
    /// passed over: it follows what was passed over here.
    fn accept_brief(
        &mut self,
        key: u64,
        (whole, seal): (&[u8], [u8; 4]),
        marks: &[[u8; 4]],
    ) -> Result<Option<[u8; 4]>, SessionError> {
        let mut fits = |mark: &&[u8; 4]| self.check_seal(whole, seal, *mark).is_ok();
        if let Some(mark) = marks.iter().find(|mark| fits(mark)) {
            return Ok(Some(*mark));
        }
        match (self.lines.get(&key), &mut self.seals) {
            (Some(line), Some(seals)) if line.passes_over() => {
                seals.pass(whole);
                Ok(None)
            }
            _ => Err(SessionError::Damaged),
        }
    }

    /// Notes operations that came, whatever becomes of them: the other side does.
    fn note_delta(&mut self, key: u64, delta: &[u8]) {
        self.note_taken(delta.len());
        if let Some(line) = self.lines.get_mut(&key) {
            line.heard.note(delta);
        }
    }

    /// Notes bytes of operations that were taken in, and tells the other side from time to time.
    pub(super) fn note_taken(&mut self, bytes: usize) {
        if let Some(taken) = self.window.note_received(bytes) {
            self.ready.push_back(message::message(CREDIT, taken));
        }
    }

    /// Merges a delta into its document.
    pub(super) fn take_delta(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
        delta: &[u8],
    ) -> Result<(), SessionError> {
        self.note_delta(key, delta);
        let name = name_of(documents, key);
        if self.lines.get(&key).is_none_or(|line| line.is_off) {
            return Ok(());
        }
        if self.options.looks {
            self.look_at_delta(key, delta);
            return Ok(());
        }
        if !documents.takes(key) {
            self.take_none(key);
            return Ok(());
        }
        if let Err(error) = documents.admit(key, delta) {
            self.refuse(documents, key, error);
            return Ok(());
        }
        let Some(doc) = opened(documents, key)? else {
            return Err(malformed("operations of a document without a name"));
        };
        let Some(line) = self.lines.get_mut(&key) else {
            return Ok(());
        };
        let (known, waits) = (doc.arrived(), doc.has_waiting());
        match doc.merge(delta) {
            Ok(change) => {
                if !waits {
                    line.note_received(doc, known);
                }
                line.received = line.received.saturating_add(doc.arrived() - known);
                let is_first = !line.is_received;
                let needs_base = |error: &&Error| matches!(error, Error::NeedsBase { .. });
                let rejected = change.rejected().iter().map(|rejected| &rejected.error);
                let needs = rejected.clone().find(needs_base).cloned();
                // What changes nothing that shows is to be kept all the same.
                let is_news = change.applied() > 0 || !change.rejected().is_empty();
                if is_news || !change.is_empty() || !change.waiting().is_empty() {
                    let document = name;
                    self.events.push_back(Event::Changed { document, change });
                }
                if is_first {
                    self.tell_progress(documents, key);
                }
                if let Some(error) = needs {
                    self.want_base(documents, key, error);
                }
                Ok(())
            }
            Err(Error::Forked { peer, .. }) => self.forked(documents, key, peer),
            Err(error @ Error::NeedsBase { .. }) => {
                self.want_base(documents, key, error);
                Ok(())
            }
            // Whatever the seal says, no replica writes this.
            Err(error @ Error::Decode(_)) => Err(document_error(&name, error)),
            Err(error) => {
                self.refuse(documents, key, error);
                Ok(())
            }
        }
    }

    /// Takes no more of a document.
    pub(super) fn refuse(&mut self, documents: &mut dyn Documents, key: u64, error: Error) {
        let document = name_of(documents, key);
        self.events.push_back(match error {
            Error::Forked { peer, seq } => Event::Forked {
                document,
                peer,
                seq: Some(seq),
            },
            error => Event::Refused { document, error },
        });
        self.due.remove(&key);
        self.put_off(key);
    }
}
