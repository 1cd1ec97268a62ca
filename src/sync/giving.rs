//! A base that is sent, piece by piece as messages are asked for.

use super::base::{BASES_MAX, Says};
use super::documents::Documents;
use super::error::SessionError;
use super::give::opened;
use super::message::{self, PIECE, malformed};
use super::session::Session;
use crate::doc::{Doc, Pieces};
use crate::error::Error;
use crate::id::VersionVector;

/// A base that is sent.
#[derive(Debug)]
pub(super) enum Giving {
    History(Box<Pieces>),
    /// And how much of it was sent.
    Saved(Vec<u8>, usize),
}

impl Session {
    pub(super) fn give_base(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
        without_history: bool,
    ) -> Result<(), SessionError> {
        let (Some(line), Some(doc)) = (self.lines.get_mut(&key), opened(documents, key)?) else {
            return Ok(());
        };
        if line.parting.is_some() {
            return Ok(());
        }
        line.bases += 1;
        if line.bases > 2 * BASES_MAX {
            return Err(malformed("a base that is wanted again and again"));
        }
        // Each may want the other's.
        let taking = line.taking.take();
        line.forget();
        line.taking = taking;
        if doc.has_cut() && !without_history {
            self.offer_base(documents, key);
            return Ok(());
        }
        line.is_off = false;
        line.has_offered = false;
        line.renumbered = doc.renumbered;
        line.to_send = doc.operations();
        line.sent = 0;
        let giving = match doc.has_cut() {
            true => Giving::Saved(doc.save(), 0),
            false => {
                let pieces = doc.pieces_since(&VersionVector::new());
                Giving::History(Box::new(
                    pieces.bytes_most(self.options.piece_bytes as usize),
                ))
            }
        };
        let bytes = giving.bytes();
        line.giving = Some(giving);
        let operations = line.to_send;
        self.due.insert(key);
        self.unsettle(key);
        self.say_base(key, Says::Begin { operations, bytes });
        Ok(())
    }

    /// The next piece of a base that is sent, as a message.
    pub(super) fn next_of_base(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
    ) -> Result<Option<Vec<u8>>, Error> {
        let (Some(line), Some(doc)) = (self.lines.get_mut(&key), documents.document(key)?) else {
            return Ok(None);
        };
        let (Some(giving), Some(number)) = (&mut line.giving, line.number) else {
            return Ok(None);
        };
        let whole = line.to_send;
        let piece = giving.next(doc, self.options.piece_bytes as usize)?;
        line.sent = giving.sent(whole);
        let Some(piece) = piece else {
            line.giving = None;
            self.say_base(key, Says::End);
            return Ok(None);
        };
        self.window.note_sent(piece.len());
        let mut message = message::message(PIECE, number);
        message.extend_from_slice(&piece);
        self.tell_progress(documents, key);
        Ok(Some(self.sealed(message, &[])))
    }
}

impl Giving {
    /// Of a saved document, how long it is.
    fn bytes(&self) -> Option<u32> {
        match self {
            Giving::History(_) => None,
            Giving::Saved(bytes, _) => Some(u32::try_from(bytes.len()).unwrap_or(u32::MAX)),
        }
    }

    fn next(&mut self, doc: &mut Doc, most: usize) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Giving::History(pieces) => pieces.next(doc),
            Giving::Saved(bytes, sent) => {
                let rest = bytes.get(*sent..).unwrap_or(&[]);
                let piece = rest.get(..most.max(1)).unwrap_or(rest);
                *sent += piece.len();
                Ok((!piece.is_empty()).then(|| piece.to_vec()))
            }
        }
    }

    /// How much was sent, in operations.
    fn sent(&self, whole: u32) -> u32 {
        match self {
            Giving::History(pieces) => pieces.done().min(whole),
            Giving::Saved(bytes, sent) => part_of(whole, *sent, bytes.len()),
        }
    }
}

/// As much of a number as `done` is of `all`.
pub(super) fn part_of(number: u32, done: usize, all: usize) -> u32 {
    let part = u64::from(number) * done as u64 / all.max(1) as u64;
    u32::try_from(part).unwrap_or(number)
}
