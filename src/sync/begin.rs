//! How two sides begin with a document of many.

use std::collections::BTreeMap;

use super::documents::Documents;
use super::error::SessionError;
use super::event::Event;
use super::give::{document_error, name_of};
use super::line::{Finding, Line};
use super::message::{
    self, Begin, FINDING_IN, OFFER, OPEN, Offered, Open, START, Start, malformed,
};
use super::resume::Resume;
use super::scope;
use super::session::Session;
use crate::summary::{Difference, Opening, Reconciliation, Summary};

impl Session {
    /// Acts on which documents differ. Whoever found it first begins with each.
    pub(super) fn begin_with(
        &mut self,
        documents: &mut dyn Documents,
        difference: &Difference,
    ) -> Result<(), SessionError> {
        let Some(finding) = &self.finding else {
            return Ok(());
        };
        let (summary, is_proven) = (finding.summary.clone(), finding.side.is_proven());
        let since = finding.side.known_since();
        if difference.is_empty() {
            self.resume = Some(Resume {
                known: finding.side.known(),
                root: summary.current_root(),
            });
            return Ok(());
        }
        if self.offers {
            return self.offer(documents, difference, &summary);
        }
        let mut keys = keys_of(difference);
        if is_proven {
            self.unsettled.extend(keys);
            return Ok(());
        }
        let since = since.and_then(|since| summary.changed_since(since));
        // What was found first, and objected to, may have been begun with.
        keys.retain(|key| !self.lines.contains_key(key));
        for key in keys {
            let length = summary.get(key).map_or(0, |entry| entry.length);
            let theirs = difference.theirs.iter().find(|theirs| theirs.key == key);
            // One of the sides has nothing of it.
            let is_new = length == 0 || theirs.is_some_and(|theirs| theirs.from == 0);
            match &since {
                _ if is_new => self.open_from(documents, key, 0)?,
                Some(since) => {
                    let base = since.get(&key).copied().unwrap_or(length);
                    self.open_from(documents, key, base)?;
                }
                None => self.open_asking(documents, key)?,
            }
        }
        Ok(())
    }

    /// Says what there is, for the asker to choose from; the asker sends what the other has nothing of.
    fn offer(
        &mut self,
        documents: &mut dyn Documents,
        difference: &Difference,
        summary: &Summary,
    ) -> Result<(), SessionError> {
        if self.is_asker {
            for theirs in difference.theirs.iter().filter(|theirs| theirs.from == 0) {
                self.open_from(documents, theirs.key, 0)?;
            }
            return Ok(());
        }
        // Of what the asker has more of it may lack some all the same.
        let longer = difference.ours.iter().filter(|ours| ours.from > 0);
        let lengths = difference.theirs.iter().chain(longer);
        let lengths = lengths.map(|missing| (missing.key, missing.from));
        // As long on both sides: each lacks something, nobody knows yet how much.
        let forks = difference.forks.iter().map(|&key| (key, 1));
        let wanting: BTreeMap<u64, u32> = lengths.chain(forks).collect();
        let offered: Vec<Offered> = wanting
            .iter()
            .filter_map(|(&key, &from)| {
                let operations = summary.get(key)?.length;
                Some(Offered {
                    name: documents.name(key)?,
                    operations,
                    lacking: operations.saturating_sub(from),
                })
            })
            .collect();
        // What was offered before, by mistake, may be wanted all the same.
        self.wanting.extend(wanting);
        let mut offered = offered.into_iter().peekable();
        while offered.peek().is_some() {
            let some: Vec<Offered> = offered.by_ref().take(message::LISTED_MAX).collect();
            self.ready.push_back(message::message(OFFER, some));
        }
        Ok(())
    }

    /// Begins with the documents that the asker wants of those that were offered.
    pub(super) fn send_wanted(
        &mut self,
        documents: &mut dyn Documents,
        keys: impl Iterator<Item = u64>,
    ) -> Result<(), SessionError> {
        for key in keys {
            let wanted = self.wanting.remove(&key);
            // What was offered again, after an objection, may have been begun with.
            match wanted.filter(|_| !self.lines.contains_key(&key)) {
                Some(0) => self.open_from(documents, key, 0)?,
                Some(_) => self.open_asking(documents, key)?,
                None => {}
            }
        }
        Ok(())
    }

    /// Begins with a document of which both sides had so many operations, all the same, as far as we know.
    pub(super) fn open_from(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
        base: u32,
    ) -> Result<(), SessionError> {
        match self.send_from(documents, key, base)? {
            Some(mark) => {
                let operations = base;
                self.open(key, Begin::Base { operations, mark });
                let may_be_new = self.finding.as_ref().is_some_and(|found| !found.is_sure());
                self.say_start(documents, key, base == 0 || may_be_new);
                Ok(())
            }
            None => self.open_asking(documents, key),
        }
    }

    /// Takes the first operations for what the other side has too. Gives the mark of these; `None` where they are not known.
    fn send_from(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
        base: u32,
    ) -> Result<Option<[u8; 8]>, SessionError> {
        let name = name_of(documents, key);
        let failed = |error| document_error(&name, error);
        let empty = Summary::new().root();
        let root = match documents.document(key).map_err(failed)? {
            Some(doc) => {
                let Some(version) = doc.version_when(base) else {
                    return Ok(None);
                };
                let root = match base == doc.arrived() {
                    true => doc.summary_root().map_err(failed)?,
                    false => doc.summary_root_at(&version).map_err(failed)?,
                };
                let line = self.lines.entry(key).or_default();
                line.send_since(version, doc, self.options.piece_bytes);
                root
            }
            None if base == 0 => {
                let line = self.lines.entry(key).or_default();
                line.known = Some(Default::default());
                line.is_sent = true;
                empty
            }
            None => return Ok(None),
        };
        self.unsettled.insert(key);
        if self.lines.get(&key).is_some_and(|line| !line.is_sent) {
            self.due.insert(key);
        }
        let mark = self.seals.as_ref().map(|seals| seals.mark(&root));
        if let Some(line) = self.lines.get_mut(&key) {
            line.base = mark.map(|mark| (base, mark));
        }
        Ok(mark)
    }

    pub(super) fn open_asking(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
    ) -> Result<(), SessionError> {
        let name = name_of(documents, key);
        let failed = |error| document_error(&name, error);
        let (Some(doc), Some(seals)) = (documents.document(key).map_err(failed)?, &self.seals)
        else {
            return Ok(());
        };
        let nonce = seals.nonce_of(key);
        let summary = doc.shared_summary().map_err(failed)?;
        let (side, messages) = self.options.ask(&summary, nonce, Opening::default());
        let line = self.lines.entry(key).or_default();
        line.forget();
        line.asks = true;
        line.finding = Some(Finding::new(side, summary));
        self.unsettled.insert(key);
        self.open(key, Begin::Ask);
        self.say_findings(key, messages);
        Ok(())
    }

    /// Gives a document our next number.
    pub(super) fn open(&mut self, key: u64, begin: Begin) {
        let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.push(key);
        let line = self.lines.entry(key).or_default();
        line.number = Some(number);
        let key = key.to_le_bytes();
        self.ready
            .push_back(message::message(OPEN, Open { key, begin }));
    }

    pub(super) fn say_findings(&mut self, key: u64, messages: Vec<Vec<u8>>) {
        let Some(number) = self.lines.get(&key).and_then(|line| line.number) else {
            return;
        };
        for found in messages {
            let mut message = message::message(FINDING_IN, number);
            message.extend_from_slice(&found);
            self.ready.push_back(message);
        }
    }

    /// Says how much will be sent.
    pub(super) fn say_start(&mut self, documents: &mut dyn Documents, key: u64, named: bool) {
        let Some(line) = self.lines.get(&key) else {
            return;
        };
        let Some(number) = line.number else { return };
        if self.holds_back(documents, key) {
            return;
        }
        let Some(line) = self.lines.get(&key) else {
            return;
        };
        if line.is_past_help {
            self.offer_base(documents, key);
            return;
        }
        let has_some = line.to_send > 0;
        let start = Start {
            number,
            operations: line.to_send,
            name: documents.name(key).filter(|_| named && has_some),
        };
        self.ready.push_back(message::message(START, start));
        if !has_some {
            return;
        }
        self.due.insert(key);
        if let Some(has) = line.known.clone() {
            let document = name_of(documents, key);
            self.events.push_back(Event::Lacking { document, has });
        }
    }

    /// The other side begins with a document.
    pub(super) fn opened(
        &mut self,
        documents: &mut dyn Documents,
        open: &Open,
    ) -> Result<(), SessionError> {
        let key = u64::from_le_bytes(open.key);
        let most = u64::from(self.options.documents);
        if self.is_single && key != 0 {
            return Err(malformed("a document beside the only one"));
        }
        if self.their_numbers.len() as u64 >= most {
            return Err(SessionError::TooLarge {
                what: "documents",
                limit: most,
            });
        }
        let number = u32::try_from(self.their_numbers.len()).unwrap_or(u32::MAX);
        self.their_numbers.push(key);
        self.lines.entry(key).or_default();
        self.unsettled.insert(key);
        self.is_settled = false;
        let is_allowed = scope::may_include(documents, &self.only, key);
        match open.begin {
            _ if !is_allowed => self.put_off(key),
            Begin::Agreed => {
                if let Some(line) = self.lines.get_mut(&key).filter(|line| line.asks) {
                    line.expects.get_or_insert(number);
                }
            }
            Begin::Ask => self.answer_asking(documents, key, number)?,
            Begin::Base { operations, mark } => {
                let line = self.lines.get(&key);
                let ours = line.filter(|line| line.known.is_some());
                if let Some(ours) = ours.map(|line| line.base) {
                    // We have begun too, meanwhile. Where the two disagree, the session's asker asks.
                    let disagree = ours.is_some_and(|ours| ours != (operations, mark));
                    return match disagree && self.is_asker {
                        true => self.open_asking(documents, key),
                        false => Ok(()),
                    };
                }
                match self.send_from(documents, key, operations)? {
                    Some(ours) if ours == mark => {
                        self.open(key, Begin::Agreed);
                        self.say_start(documents, key, operations == 0);
                    }
                    _ => self.open_asking(documents, key)?,
                }
            }
        }
        Ok(())
    }

    fn answer_asking(
        &mut self,
        documents: &mut dyn Documents,
        key: u64,
        number: u32,
    ) -> Result<(), SessionError> {
        let name = name_of(documents, key);
        let failed = |error| document_error(&name, error);
        let Some(doc) = documents.document(key).map_err(failed)? else {
            self.put_off(key);
            return Ok(());
        };
        if let Some(line) = self.lines.get_mut(&key) {
            line.take_back_offer();
        }
        let asks = |line: &Line| line.known.is_none() && line.asks;
        if self.is_asker && self.lines.get(&key).is_some_and(asks) {
            // Both ask: the session's asker goes on.
            return Ok(());
        }
        let side = Reconciliation::answer().receiving_at_most(self.options.summary_bytes);
        let finding = Finding::new(side, doc.shared_summary().map_err(failed)?);
        let line = self.lines.entry(key).or_default();
        line.forget();
        line.finding = Some(finding);
        line.expects = Some(number);
        self.open(key, Begin::Agreed);
        Ok(())
    }
}

fn keys_of(difference: &Difference) -> Vec<u64> {
    let ours = difference.ours.iter().map(|missing| missing.key);
    let theirs = difference.theirs.iter().map(|missing| missing.key);
    let mut keys: Vec<u64> = ours
        .chain(theirs)
        .chain(difference.forks.iter().copied())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
