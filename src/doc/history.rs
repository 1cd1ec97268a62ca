//! The history of a document that was opened without it, read when something needs it.

use std::collections::BTreeMap;

use super::Doc;
use super::load::only_frame;
use super::record::Record;
use crate::codec::{Blind, Body, DecodeError, Level, Snapshot, read_snapshot, write_delta};
use crate::error::Error;
use crate::id::{Lv, LvSpan, VersionVector};
use crate::limits::Limits;
use crate::oplog::{ContainerIx, OpKind, Piece};
use crate::state::{order, text::Rope};

/// A snapshot that a document was opened from.
#[derive(Clone, Debug)]
pub(super) struct Encoded {
    pub(super) bytes: Box<[u8]>,
    pub(super) has_history: bool,
}

impl Doc {
    /// Whether there is a history that has not been read.
    pub(super) fn history_is_encoded(&self) -> bool {
        self.encoded
            .as_ref()
            .is_some_and(|encoded| encoded.has_history)
    }

    /// Does something that may need the history: without it first.
    pub(super) fn with_history_at_need<T>(
        &mut self,
        act: impl Fn(&mut Doc) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match act(self) {
            Err(Error::NeedsBase { .. }) if self.history_is_encoded() => {
                self.read_history()?;
                act(self)
            }
            done => done,
        }
    }

    /// Reads the history, if it is still encoded: whatever needs it does so by itself.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] and the like where the history is damaged, or not one of what the document shows. The document is
    /// then as before.
    pub fn read_history(&mut self) -> Result<(), Error> {
        let Some(encoded) = self.encoded.as_ref().filter(|encoded| encoded.has_history) else {
            return Ok(());
        };
        let whole = self.with_history_read(&encoded.bytes)?;
        self.log = whole.log;
        self.state = whole.state;
        self.policies = whole.policies;
        self.replay = whole.replay;
        self.chains = whole.chains;
        self.encoded = None;
        self.author = None;
        self.last_root = None;
        Ok(())
    }

    /// The same document, with its history.
    pub(super) fn with_history_read(&self, encoded: &[u8]) -> Result<Doc, Error> {
        let frame = only_frame(encoded)?;
        let snapshot = read_snapshot(&frame, &self.limits)?;
        let (mut whole, blind) = Doc::with_history(snapshot, self.limits.clone())?;
        if !whole.is_shown_by(&blind) {
            return Err(disagree().into());
        }
        let own = self.log.ground.as_ref().map_or(Lv(0), |ground| ground.end);
        if self.log.end() > own {
            let ground: VersionVector = self.log.peers.grounds().collect();
            let chains = &mut self.chains.clone();
            let delta = write_delta(&self.log, chains, &ground, Level::None);
            whole.take_in(&only_frame(&delta)?, &mut Record::default())?;
        }
        Ok(whole)
    }

    /// What a snapshot's history comes to.
    pub(super) fn with_history(
        snapshot: Snapshot<'_>,
        limits: Limits,
    ) -> Result<(Doc, Blind<'_>), Error> {
        let blind = snapshot.history(&limits)?;
        let mut doc = Doc::with_limits(limits);
        doc.log.peers.splits = blind.batch.all_splits();
        doc.check_splits_room(&doc.log.peers.splits)?;
        let start = doc.log.mark();
        let ingested = doc.ingest(&blind.batch)?;
        doc.integrate(ingested, &mut Record::default())?;
        doc.give_sight(&blind)?;
        doc.check_segment_ids(&start)?;
        Ok((doc, blind))
    }

    /// Puts the text in place of the letters that stood for it.
    fn give_sight(&mut self, blind: &Blind<'_>) -> Result<(), Error> {
        let mut orders = order(&self.log).map_err(|_| disagree())?;
        // By text, what each insertion shown inserted, in order of operations.
        let mut shown: BTreeMap<ContainerIx, Vec<(LvSpan, &str)>> = BTreeMap::new();
        for (name, body) in blind.batch.containers.iter().zip(&blind.sketch.bodies) {
            let &Body::Text { start, end, .. } = body else {
                continue;
            };
            let Some(text) = self.find_named(*name, &blind.batch) else {
                continue;
            };
            let whole = blind.sketch.text.get(start..end).unwrap_or("");
            let mut rest = whole;
            let mut spans = Vec::new();
            for span in orders.remove(&text).unwrap_or_default() {
                let part = take_scalars(&mut rest, span.len()).ok_or_else(disagree)?;
                spans.push((span, part));
            }
            if !rest.is_empty() {
                return Err(disagree().into());
            }
            spans.sort_unstable_by_key(|part| part.0.start);
            shown.insert(text, spans);
            if let Some(rope) = self.state.text_mut(text) {
                *rope = Rope::from_text(whole);
            }
        }
        let mut contents: BTreeMap<ContainerIx, String> = BTreeMap::new();
        let mut hidden = blind.hidden.as_str();
        let mut complete = true;
        let all = LvSpan::new(Lv(0), self.log.end());
        self.log.each_piece(all, |piece| {
            let Piece::Run(text, run) = piece else { return };
            if run.kind() != OpKind::Insert || self.state.text(text).is_none() {
                return;
            }
            let content = contents.entry(text).or_default();
            let shown = shown.get_mut(&text).map_or(&mut [][..], |spans| spans);
            complete &= fill(run.span(), shown, &mut hidden, content).is_some();
        });
        if !complete || !hidden.is_empty() {
            return Err(disagree().into());
        }
        for (text, content) in contents {
            if let Some(sequence) = self.log.sequence_mut(text) {
                *sequence = sequence.with_text(&content);
            }
        }
        self.show_hidden(&shown.into_keys().collect(), orders)
    }

    /// Texts that are in no place that is shown still have one.
    fn show_hidden(
        &mut self,
        done: &std::collections::BTreeSet<ContainerIx>,
        orders: BTreeMap<ContainerIx, Vec<LvSpan>>,
    ) -> Result<(), Error> {
        for (text, spans) in orders {
            let (Some(sequence), false) = (self.log.sequence(text), done.contains(&text)) else {
                continue;
            };
            let mut whole = String::new();
            for span in spans {
                sequence.each_text(span, |piece| whole.push_str(piece));
            }
            if let Some(rope) = self.state.text_mut(text) {
                *rope = Rope::from_text(&whole);
            }
        }
        Ok(())
    }
}

pub(super) fn disagree() -> DecodeError {
    DecodeError::new(
        0,
        "what the snapshot shows is not what its history comes to: merged into another document, it may be rebuilt from that",
    )
}

/// Appends what the insertions of a span inserted: what is shown from there, the rest from what is hidden.
fn fill(
    span: LvSpan,
    shown: &mut [(LvSpan, &str)],
    hidden: &mut &str,
    content: &mut String,
) -> Option<()> {
    let mut at = span.start;
    let mut index = shown.partition_point(|part| part.0.end <= at);
    while at < span.end {
        let next = shown.get_mut(index).filter(|part| part.0.start < span.end);
        match next {
            Some((part, text)) if part.start <= at => {
                // A part may go on in the next run: what is left of it stays.
                let here = part.end.min(span.end).0 - at.0;
                content.push_str(take_scalars(text, here)?);
                part.start = at.plus(here);
                at = part.start;
                index += 1;
            }
            next => {
                let to = next.map_or(span.end, |part| part.0.start);
                content.push_str(take_scalars(hidden, to.0 - at.0)?);
                at = to;
            }
        }
    }
    Some(())
}

/// Takes so many scalars off the beginning of a text.
fn take_scalars<'t>(text: &mut &'t str, count: u32) -> Option<&'t str> {
    let count = count as usize;
    let end = if text.len() >= count && text.as_bytes()[..count].is_ascii() {
        count
    } else {
        let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        ends.nth(count)?
    };
    let (taken, rest) = text.split_at_checked(end)?;
    *text = rest;
    Some(taken)
}
