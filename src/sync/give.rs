//! The messages of a session, as they are asked for.

use std::ops::Bound;

use super::briefs::{OTHER_AUTHOR, OTHER_DOCUMENT};
use super::documents::Documents;
use super::error::SessionError;
use super::event::Event;
use super::line::Finding;
use super::message::{self, BRIEF, DELTA, DONE, SETTLED};
use super::scope;
use super::session::{Session, Stage};
use crate::doc::Doc;
use crate::error::Error;

impl Session {
    /// The next message to send; `None` while there is none. Ask after each [`receive`](Session::receive), after each
    /// transaction, and when the transport can take another: messages are made as they are asked for.
    ///
    /// # Errors
    ///
    /// [`SessionError::Document`] where a summary cannot be had: the session is over then.
    pub fn next_message(
        &mut self,
        documents: &mut dyn Documents,
    ) -> Result<Option<Vec<u8>>, SessionError> {
        if let Some(message) = self.next_ready() {
            return Ok(Some(message));
        }
        if self.stage != Stage::Running {
            return Ok(None);
        }
        let found = self.find_message(documents);
        if found.is_err() {
            self.stage = Stage::Ended;
        }
        found
    }

    fn find_message(
        &mut self,
        documents: &mut dyn Documents,
    ) -> Result<Option<Vec<u8>>, SessionError> {
        self.look_for_changes(documents)?;
        if let Some(message) = self.next_ready() {
            return Ok(Some(message));
        }
        if let Some(message) = self.next_operations(documents)? {
            return Ok(Some(message));
        }
        if let Some(message) = self.next_ready() {
            return Ok(Some(message));
        }
        self.settle(documents)?;
        Ok(self.next_ready())
    }

    fn next_ready(&mut self) -> Option<Vec<u8>> {
        // What is shared before the hello came: it is sealed by that.
        if self.stage == Stage::Waiting {
            return None;
        }
        let message = self.ready.pop_front()?;
        if self.greeting.left == 0 {
            return Some(self.sealed(message, &[]));
        }
        self.greeting.left -= 1;
        let mut message = message;
        self.greeting.seals.put(&mut message, &[]);
        Some(message)
    }

    /// Forgets what was to be said.
    pub(super) fn fall_silent(&mut self) {
        self.ready.clear();
        self.greeting.left = 0;
    }

    pub(super) fn sealed(&mut self, mut message: Vec<u8>, known: &[u8]) -> Vec<u8> {
        if let Some(seals) = &mut self.seals {
            seals.put(&mut message, known);
        }
        message
    }

    /// Notes which documents were written to since the last time.
    fn look_for_changes(&mut self, documents: &mut dyn Documents) -> Result<(), SessionError> {
        if let Some(doc) = documents.single() {
            let line = self.lines.get(&0);
            if line.is_some_and(|line| line.known.is_some() && doc.arrived() != line.seen) {
                self.due.insert(0);
            }
            return Ok(());
        }
        if !self.is_found {
            return Ok(());
        }
        let changes = documents
            .changes(Some(self.moment))
            .map_err(|error| document_error("", error))?;
        let since = std::mem::replace(&mut self.moment, changes.moment);
        if since == changes.moment {
            return Ok(());
        }
        let changed: Vec<(u64, u32)> = match changes.documents {
            Some(changed) => changed.into_iter().collect(),
            // More changed than is remembered: those that are being sent already are looked at.
            None => self.lines.keys().map(|&key| (key, 0)).collect(),
        };
        for (key, from) in changed {
            match self.lines.get(&key) {
                Some(line) if line.known.is_some() => {
                    self.due.insert(key);
                }
                Some(_) => {}
                // The other side is about to begin with it.
                None if self.unsettled.contains(&key) => {}
                None if self.offers || !self.is_about(documents, key) => {}
                None => self.open_from(documents, key, from)?,
            }
        }
        Ok(())
    }

    fn is_about(&self, documents: &dyn Documents, key: u64) -> bool {
        match &self.only_keys {
            Some(keys) => keys.binary_search(&key).is_ok(),
            None => scope::includes(documents, &self.only, key),
        }
    }

    /// Operations, of each document that has some in turn.
    fn next_operations(
        &mut self,
        documents: &mut dyn Documents,
    ) -> Result<Option<Vec<u8>>, SessionError> {
        while self.window.is_open() {
            let behind = (Bound::Excluded(self.turn), Bound::Unbounded);
            let next = self.due.range(behind).next().or(self.due.first());
            let Some(&key) = next else {
                return Ok(None);
            };
            self.turn = key;
            let doc = documents.document(key).ok().flatten();
            let line = self.lines.get_mut(&key);
            if line
                .zip(doc)
                .is_some_and(|(line, doc)| line.is_cut_off(doc))
            {
                self.due.remove(&key);
                self.unsettle(key);
                self.open_asking(documents, key)?;
                return Ok(None);
            }
            match self.operations_of(documents, key) {
                Ok(Some(message)) => return Ok(Some(message)),
                Ok(None) => {
                    self.due.remove(&key);
                }
                Err(error) => self.refuse(documents, key, error),
            }
            if !self.ready.is_empty() {
                return Ok(None);
            }
        }
        Ok(None)
    }

    fn operations_of(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
    ) -> Result<Option<Vec<u8>>, Error> {
        if self
            .lines
            .get(&key)
            .is_some_and(|line| line.giving.is_some())
        {
            return self.next_of_base(documents, key);
        }
        let (Some(line), Some(doc)) = (self.lines.get_mut(&key), documents.document(key)?) else {
            return Ok(None);
        };
        let Some(number) = line.number.filter(|_| !line.is_off) else {
            return Ok(None);
        };
        let is_first = line.is_beginning();
        let delta = match line.next_piece(doc)? {
            None if !is_first => line.next_live(doc, self.options.piece_bytes)?,
            piece => piece,
        };
        if is_first {
            if line.pieces.is_none() {
                line.is_sent = true;
                self.ready.push_back(message::message(DONE, number));
            }
            self.tell_progress(documents, key);
            self.note_settled_line(documents, key);
        }
        let Some(delta) = delta else {
            return Ok(None);
        };
        self.check_size(&delta)?;
        self.window.note_sent(delta.len());
        Ok(Some(self.operations_message(key, number, &delta)))
    }

    /// Refuses what the other side would not receive.
    fn check_size(&self, delta: &[u8]) -> Result<(), Error> {
        let most = self.options.their_message_bytes;
        let found = delta.len().saturating_add(message::AROUND_DELTA);
        match found > most as usize {
            true => Err(Error::Limit {
                what: "their_message_bytes",
                limit: most.into(),
                found: found as u64,
            }),
            false => Ok(()),
        }
    }

    /// A delta as a message: a brief where that will do.
    fn operations_message(&mut self, key: u64, number: u32, delta: &[u8]) -> Vec<u8> {
        let is_other = self.last_said != Some(key);
        // Where the other side may object, it may lack what the keystroke goes on from.
        let is_sure = self.finding.as_ref().is_none_or(Finding::is_sure);
        let Some(line) = self.lines.get_mut(&key) else {
            return Vec::new();
        };
        let is_sure = is_sure && line.is_sure();
        let said = &mut line.said;
        if let Some(brief) = is_sure.then(|| said.shorten(delta)).flatten() {
            self.last_said = Some(key);
            let flag = |set: bool, flag: u8| if set { flag } else { 0 };
            let mut message = vec![
                BRIEF | flag(is_other, OTHER_DOCUMENT) | flag(brief.author.is_some(), OTHER_AUTHOR),
            ];
            if is_other {
                message::put(&mut message, number);
            }
            if let Some(author) = brief.author {
                message::put(&mut message, author);
            }
            message.extend_from_slice(brief.rest);
            return self.sealed(message, &brief.mark);
        }
        said.note(delta);
        let mut message = message::message(DELTA, number);
        message.extend_from_slice(delta);
        self.sealed(message, &[])
    }

    /// Says, once, that both sides have what the other had.
    fn settle(&mut self, documents: &mut dyn Documents) -> Result<(), SessionError> {
        let is_sure = self.finding.as_ref().is_none_or(Finding::is_sure);
        let is_idle = self.are_lines_settled(documents) && self.due.is_empty();
        if self.is_settled || !self.is_found || !is_sure || !is_idle {
            return Ok(());
        }
        self.is_settled = true;
        self.events.push_back(Event::Settled);
        // Who only looked has not sent what it has.
        if self.resume.is_some() || self.options.looks {
            return Ok(());
        }
        let summary = documents
            .summary()
            .map_err(|error| document_error("", error))?;
        self.marked = Some((summary.tick(), summary.current_root()));
        self.ready
            .push_back(message::message(SETTLED, summary.tick()));
        if let Some(theirs) = self.their_mark {
            self.note_settled(theirs);
        }
        Ok(())
    }

    /// Tells of a document that both sides have all that was there of it at the start, where that is so and was not told.
    pub(super) fn note_settled_line(&mut self, documents: &mut dyn Documents, key: u64) -> bool {
        let Some(line) = self.lines.get_mut(&key) else {
            return false;
        };
        let is_news = line.is_newly_settled();
        let is_settled = line.is_settled();
        if is_settled {
            self.unsettled.remove(&key);
        }
        if is_news {
            let event = match self.options.looks {
                true => self.looked_at(documents, key),
                false => Event::Synced {
                    document: name_of(documents, key),
                },
            };
            self.events.push_back(event);
        }
        is_settled
    }

    /// Whether all lines are settled. Only as many are looked at as are, and one more: so a message costs nothing for all the documents
    /// that are under way.
    fn are_lines_settled(&mut self, documents: &mut dyn Documents) -> bool {
        while let Some(&first) = self.unsettled.first() {
            if !self.note_settled_line(documents, first) {
                return false;
            }
        }
        true
    }

    pub(super) fn tell_progress(&mut self, documents: &mut dyn Documents, key: u64) {
        if let Some(line) = self.lines.get(&key) {
            self.events.push_back(Event::Progress {
                document: name_of(documents, key),
                received: line.received.min(line.to_receive),
                to_receive: line.to_receive,
                sent: line.sent,
                to_send: line.to_send,
            });
        }
    }
}

pub(super) fn name_of(documents: &mut dyn Documents, key: u64) -> String {
    documents.name(key).unwrap_or_default()
}

/// The document of a key, if it is here.
pub(super) fn opened(
    documents: &mut dyn Documents,
    key: u64,
) -> Result<Option<&mut Doc>, SessionError> {
    let name = name_of(documents, key);
    documents
        .document(key)
        .map_err(|error| document_error(&name, error))
}

pub(super) fn document_error(name: &str, error: Error) -> SessionError {
    SessionError::Document {
        name: name.into(),
        error,
    }
}
