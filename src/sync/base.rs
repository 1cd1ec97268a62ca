//! A document without its history meets what it has to have the history for.
//!
//! Operations that do not follow its cut it cannot take in: it asks for a *base* to put its own operations on, which is the
//! history. And who lacks what lies before its cut cannot be served by it in deltas: it offers what the document shows. What
//! comes without history cannot be held against anything, so it is taken only by somebody who has nothing, or wants it so. In
//! the end the document is begun with anew.

use bincode::{Decode, Encode};

use super::documents::Documents;
use super::error::SessionError;
use super::event::Event;
use super::give::{name_of, opened};
use super::line::Line;
use super::message::{self, BASE, malformed};
use super::session::Session;
use super::taking::Taking;
use crate::error::Error;

/// Bases of one document that one session asks for, or sends.
pub(super) const BASES_MAX: u32 = 8;

#[derive(Encode, Decode, PartialEq, Eq, Debug)]
pub(super) struct Base {
    pub(super) number: u32,
    pub(super) says: Says,
}

#[derive(Encode, Decode, PartialEq, Eq, Debug)]
pub(super) enum Says {
    /// The sender needs a base; whether one without history will do.
    Wanted { without_history: bool },
    /// The sender has one, of so many operations, without history. The name, where the receiver may not have the document.
    Offer {
        operations: u32,
        name: Option<String>,
    },
    /// One of so many operations follows: in deltas, or a saved document of so many bytes.
    Begin { operations: u32, bytes: Option<u32> },
    /// It has been sent.
    End,
}

impl Session {
    /// Takes documents of which [`Event::Behind`] told, without their history.
    pub fn accept<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        for name in names {
            let key = self.key_of(name);
            let line = self.lines.get_mut(&key);
            if let Some(line) = line.filter(|line| line.is_behind) {
                line.is_behind = false;
                line.is_off = false;
                self.ask_for_base(key, true);
            }
        }
    }

    /// What came of a document cannot be taken in without a base: asks for it.
    pub(super) fn want_base(&mut self, documents: &mut dyn Documents, key: u64, error: Error) {
        let Some(line) = self.lines.get_mut(&key) else {
            return;
        };
        // Once a fork is seen to, all is sent again.
        if line.parting.is_some() || line.taking.is_some() {
            return;
        }
        line.bases += 1;
        match line.bases > BASES_MAX {
            true => self.refuse(documents, key, error),
            false => self.ask_for_base(key, self.options.without_history),
        }
    }

    fn ask_for_base(&mut self, key: u64, without_history: bool) {
        if let Some(line) = self.lines.get_mut(&key) {
            line.forget();
            line.taking = Some(Taking::Asked { without_history });
        }
        self.unsettle(key);
        self.say_base(key, Says::Wanted { without_history });
    }

    pub(super) fn unsettle(&mut self, key: u64) {
        self.unsettled.insert(key);
        self.is_settled = false;
    }

    pub(super) fn say_base(&mut self, key: u64, says: Says) {
        if let Some(number) = self.lines.get(&key).and_then(|line| line.number) {
            let base = Base { number, says };
            self.ready.push_back(message::message(BASE, base));
        }
    }

    /// Says that the other side can have a document without its history, and no more of it until it wants that.
    pub(super) fn offer_base(&mut self, documents: &mut dyn Documents, key: u64) {
        let name = documents.name(key);
        let doc = documents.document(key).ok().flatten();
        let operations = doc.map_or(0, |doc| doc.operations());
        if let Some(line) = self.lines.get_mut(&key) {
            line.pieces = None;
            line.is_off = true;
            line.has_offered = true;
        }
        self.due.remove(&key);
        self.say_base(key, Says::Offer { operations, name });
    }

    pub(super) fn take_base(
        &mut self,
        documents: &mut dyn Documents,
        base: Base,
    ) -> Result<(), SessionError> {
        let key = self.key_of_number(base.number)?;
        let is_open = |line: &Line| !line.is_off || line.has_offered;
        if !self.lines.get(&key).is_some_and(is_open) {
            return Ok(());
        }
        if self.options.looks {
            self.look_at_base(documents, key, base.says);
            return Ok(());
        }
        match base.says {
            Says::Wanted { without_history } => self.give_base(documents, key, without_history),
            Says::Offer { operations, name } => {
                self.take_base_offer(documents, key, operations, name)
            }
            Says::Begin { operations, bytes } => self.begin_base(documents, key, operations, bytes),
            Says::End => self.end_base(documents, key),
        }
    }

    fn take_base_offer(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
        operations: u32,
        name: Option<String>,
    ) -> Result<(), SessionError> {
        let objects = |line: &Line| line.known.is_none() && line.finding.is_some();
        if self.lines.get(&key).is_some_and(objects) {
            // What they found was not so.
            return Ok(());
        }
        if !documents.takes(key) && documents.name(key).is_some() {
            self.take_none(key);
            return Ok(());
        }
        if !self.make_if_wanted(documents, key, name)? {
            return Ok(());
        }
        let name = name_of(documents, key);
        let has_nothing = opened(documents, key)?.is_some_and(|doc| doc.operations() == 0);
        let from_nothing = |line: &Line| line.base.is_some_and(|(operations, _)| operations == 0);
        if !has_nothing && self.lines.get(&key).is_some_and(from_nothing) {
            // They took us to have nothing of it. Once they know better they may offer it again.
            return self.open_asking(documents, key);
        }
        if let Some(line) = self.lines.get_mut(&key) {
            line.bases += 1;
            if line.bases > BASES_MAX {
                return Err(malformed("a base that is offered again and again"));
            }
            line.forget();
        }
        if has_nothing || self.options.without_history {
            self.ask_for_base(key, true);
            return Ok(());
        }
        if let Some(line) = self.lines.get_mut(&key) {
            line.is_off = true;
            line.is_behind = true;
        }
        self.due.remove(&key);
        self.events.push_back(Event::Behind {
            document: name,
            operations,
        });
        Ok(())
    }
}
