//! What is held back: documents of which a side sends nothing ([`Documents::sends`]), and sessions that only look
//! ([`Options::looks`](super::Options::looks)): what would move is found, counted and told, and neither side is changed.
//!
//! Who only looks says of each document that nothing of it will come, so the other side makes none and takes nothing in; what the
//! other sends is counted, and passed over. The other side need not know.

use super::base::Says;
use super::documents::{Documents, key_of};
use super::error::SessionError;
use super::event::Event;
use super::give::{document_error, name_of};
use super::message::{self, START, Start};
use super::session::Session;

/// What was found to move of a document.
#[derive(Debug, Default)]
pub(super) struct Looked {
    name: Option<String>,
    to_receive: u32,
    bytes_to_receive: u64,
    to_send: u32,
    bytes_to_send: u64,
}

impl Session {
    /// Sends nothing of what was found to be missing there, where nothing is to be sent; whether that is so.
    pub(super) fn holds_back(&mut self, documents: &mut dyn Documents, key: u64) -> bool {
        if !self.options.looks && documents.sends(key) {
            return false;
        }
        if self.options.looks {
            self.look_at_ours(documents, key);
        } else if let Some(line) = self.lines.get_mut(&key) {
            line.is_past_help = false;
            line.send_nothing();
        }
        if let Some(number) = self.lines.get(&key).and_then(|line| line.number) {
            let start = Start {
                number,
                operations: 0,
                name: None,
            };
            self.ready.push_back(message::message(START, start));
        }
        true
    }

    /// Makes what would be sent, piece by piece, and counts it.
    fn look_at_ours(&mut self, documents: &mut dyn Documents, key: u64) {
        let doc = documents.document(key).ok().flatten();
        let Some((line, doc)) = self.lines.get_mut(&key).zip(doc) else {
            return;
        };
        let looked = self.looked.entry(key).or_default();
        (looked.to_send, looked.bytes_to_send) = (line.to_send, 0);
        if std::mem::take(&mut line.is_past_help) {
            // It would be sent as it shows.
            looked.to_send = doc.operations();
            looked.bytes_to_send = doc.save().len() as u64;
        } else {
            while let Ok(Some(piece)) = line.next_piece(doc) {
                looked.bytes_to_send += piece.len() as u64;
            }
        }
        line.pieces = None;
        line.is_sent = true;
        line.is_closed = true;
    }

    /// Notes how much would come.
    pub(super) fn look_at_start(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
        start: Start,
    ) -> Result<(), SessionError> {
        if documents.name(key).is_some() {
            // One that is damaged here is found out now.
            let opened = documents.document(key).map(drop);
            opened.map_err(|error| document_error(&name_of(documents, key), error))?;
        }
        let looked = self.looked.entry(key).or_default();
        looked.name = start.name.filter(|name| key_of(name) == key);
        (looked.to_receive, looked.bytes_to_receive) = (start.operations, 0);
        if let Some(line) = self.lines.get_mut(&key) {
            line.is_closed = true;
            line.is_received = start.operations == 0;
        }
        self.note_settled_line(documents, key);
        Ok(())
    }

    /// Counts operations that came.
    pub(super) fn look_at_delta(&mut self, key: u64, delta: &[u8]) {
        let looked = self.looked.entry(key).or_default();
        looked.bytes_to_receive += delta.len() as u64;
    }

    /// One of the sides would need a base: what is offered is noted, and none is sent.
    pub(super) fn look_at_base(&mut self, documents: &mut dyn Documents, key: u64, says: Says) {
        if let Says::Offer { operations, name } = says {
            let name = documents.name(key).or(name).unwrap_or_default();
            self.events.push_back(Event::Behind {
                document: name,
                operations,
            });
        }
        self.put_off(key);
        self.note_settled_line(documents, key);
    }

    /// What was found of a document, once all of it is.
    pub(super) fn looked_at(&mut self, documents: &mut dyn Documents, key: u64) -> Event {
        let looked = self.looked.remove(&key).unwrap_or_default();
        Event::Looked {
            document: documents.name(key).or(looked.name).unwrap_or_default(),
            to_receive: looked.to_receive,
            bytes_to_receive: looked.bytes_to_receive,
            to_send: looked.to_send,
            bytes_to_send: looked.bytes_to_send,
        }
    }
}
