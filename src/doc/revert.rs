//! Writing what the document showed before.

use std::collections::BTreeMap;

use super::change::Change;
use super::diff::{TextStep, Versions};
use super::handle::Target;
use super::order::compare;
use super::origin::Origin;
use super::path::Found;
use super::write::cell_of;
use super::{CounterMut, Doc, ListMut, MapMut, TextMut};
use crate::error::Error;
use crate::id::{Frontier, Heads};
use crate::oplog::{Cell, ContainerIx, Copied, KeyIx, Kind};

/// What the document showed, and how to come back to it.
pub(super) struct Revert {
    pub(super) past: Doc,
    /// This document's numbers, and those of the past.
    pub(super) copied: Copied,
    /// The containers of the past in this document's numbers.
    pub(super) own: BTreeMap<ContainerIx, ContainerIx>,
    /// The texts that have changed since.
    texts: BTreeMap<ContainerIx, Vec<TextStep>>,
}

impl Doc {
    /// Writes what the document showed at a version, as a transaction of its own: nothing of the history is lost, and others
    /// merge it like any edit. What both versions show stays, with the edits that others make in it meanwhile.
    ///
    /// What was deleted since comes back as new text and new elements. O(the history up to that version).
    ///
    /// # Errors
    ///
    /// As [`at`](Doc::at), and as [`transact`](Doc::transact) where a limit is passed. The document is then as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::Doc;
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let mut doc = Doc::new();
    /// doc.transact(|tx| tx.text("body").push("To be"))?;
    /// let good = doc.frontier();
    /// doc.transact(|tx| tx.text("body").replace(0..5, "Or not"))?;
    ///
    /// let change = doc.revert_to(&good)?;
    /// assert_eq!(doc.text("body").to_string(), "To be");
    /// assert!(!change.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn revert_to(&mut self, version: &Frontier) -> Result<Change, Error> {
        let revert = self.with_history_at_need(|doc| doc.plan_revert(version))?;
        let change = self.transact(|tx| {
            let doc = tx.doc_mut();
            doc.open.is_ruled = true;
            let roots: Vec<_> = doc.log.containers.roots().map(|(.., root)| root).collect();
            roots.into_iter().try_for_each(|root| {
                let past = revert.copied.container(root);
                revert.bring(doc, root, past)
            })
        });
        Ok(change?.come_from(Origin::History))
    }

    fn plan_revert(&self, version: &Frontier) -> Result<Revert, Error> {
        let heads = self.heads_of(version)?;
        let (past, copied) = self.restored(&heads)?;
        let now = Heads::from_slice(self.log.graph.heads());
        let versions = Versions::new(self, now, heads);
        let mut texts = BTreeMap::new();
        for text in self.touched(&versions) {
            if self.log.containers.kind(text) == Kind::Text {
                texts.insert(text, self.text_steps(text, &versions)?);
            }
        }
        let containers = self.log.containers.iter();
        let own = containers
            .filter_map(|(own, _)| Some((copied.container(own)?, own)))
            .collect();
        Ok(Revert {
            past,
            copied,
            own,
            texts,
        })
    }
}

impl Revert {
    /// Makes a container show what it did, or nothing if it was not there.
    pub(super) fn bring(
        &self,
        doc: &mut Doc,
        container: ContainerIx,
        past: Option<ContainerIx>,
    ) -> Result<(), Error> {
        match doc.log.containers.kind(container) {
            Kind::Text => self.bring_text(doc, container, past),
            Kind::List => self.bring_list(doc, container, past),
            Kind::Map => self.bring_map(doc, container, past),
            Kind::Counter => {
                let sum = past.map_or(0, |past| self.past.state.counter(past));
                add(doc, container, sum - doc.state.counter(container))
            }
        }
    }

    fn bring_text(
        &self,
        doc: &mut Doc,
        text: ContainerIx,
        past: Option<ContainerIx>,
    ) -> Result<(), Error> {
        let mut at = 0;
        let mut handle = TextMut::new(doc, Target::Known(text));
        for step in self.texts.get(&text).into_iter().flatten() {
            match step {
                TextStep::Keep(len) => at += *len as usize,
                TextStep::Delete(len) => handle.delete(at..at + *len as usize)?,
                TextStep::Insert(content, len) => {
                    handle.insert(at, content)?;
                    at += *len as usize;
                }
            }
        }
        match past {
            Some(past) if self.texts.contains_key(&text) => self.restyle(doc, text, past),
            _ => Ok(()),
        }
    }

    /// Marks a text as it was.
    fn restyle(&self, doc: &mut Doc, text: ContainerIx, past: ContainerIx) -> Result<(), Error> {
        if doc.state.marks(text).is_none() && self.past.state.marks(past).is_none() {
            return Ok(());
        }
        doc.restyle(text, 0, &self.past.wanted(past))
    }

    fn bring_map(
        &self,
        doc: &mut Doc,
        map: ContainerIx,
        past: Option<ContainerIx>,
    ) -> Result<(), Error> {
        let then: BTreeMap<&str, u32> = past
            .into_iter()
            .flat_map(|past| self.past.state.entries_of(&self.past.log.entries, past))
            .map(|(key, entry)| (self.past.log.keys.name(key), entry))
            .collect();
        let now = doc.state.entries_of(&doc.log.entries, map);
        let mut now: Vec<KeyIx> = now.map(|(key, _)| key).collect();
        now.sort_unstable();
        for key in now {
            let name = doc.log.keys.name(key).to_owned();
            if !then.contains_key(&*name) {
                MapMut::new(doc, Target::Known(map)).remove(&name)?;
            }
        }
        let Some(past) = past else {
            return Ok(());
        };
        then.into_iter()
            .try_for_each(|(key, entry)| self.bring_key(doc, map, key, (past, entry)))
    }

    /// Makes a key show what an entry of a map of the past does.
    fn bring_key(
        &self,
        doc: &mut Doc,
        map: ContainerIx,
        key: &str,
        (past_map, entry): (ContainerIx, u32),
    ) -> Result<(), Error> {
        match self.past.entry_with_others(past_map, entry) {
            then @ (Found::Plain(_) | Found::Several(_)) => {
                let value = self.past.value_of(then);
                match doc.at_key(map, key) {
                    Some(Found::Plain(now)) if compare(now, cell_of(&value)).is_eq() => {
                        return Ok(());
                    }
                    Some(several @ Found::Several(_)) if doc.value_of(several) == value => {
                        return Ok(());
                    }
                    _ => {}
                }
                MapMut::new(doc, Target::Known(map)).set(key, value)
            }
            Found::Container(past) => {
                let own = self.own.get(&past).copied();
                if let (Some(Found::Container(now)), Some(own)) = (doc.at_key(map, key), own)
                    && now == own
                {
                    return self.bring(doc, own, Some(past));
                }
                if let Some(own) = own.filter(|_| doc.log.has_moves())
                    && doc.may_move(own, map)
                {
                    doc.move_container(own, (map, key), key)?;
                    return self.bring(doc, own, Some(past));
                }
                match (self.past.log.entries.cell(entry), own) {
                    // Who opens a key may be shown what others opened before, with what they wrote in it.
                    (cell @ Cell::Child { .. }, Some(own)) => {
                        doc.check_content(map, cell.stored_len())?;
                        let key = doc.log.keys.intern(key);
                        doc.set_entry(map, key, cell)?;
                        self.bring(doc, own, Some(past))
                    }
                    _ => self.copy_into_map(doc, map, key, past),
                }
            }
        }
    }

    /// Makes a key show a new container with the contents of one of the past.
    fn copy_into_map(
        &self,
        doc: &mut Doc,
        map: ContainerIx,
        key: &str,
        past: ContainerIx,
    ) -> Result<(), Error> {
        let kind = self.past.log.containers.kind(past);
        MapMut::new(doc, Target::Known(map)).remove(key)?;
        let (doc, made) = MapMut::new(doc, Target::Known(map)).open(key, kind)?;
        self.fill_like(doc, made, past)
    }

    /// Inserts a new container with the contents of one of the past.
    pub(super) fn copy_into_list(
        &self,
        doc: &mut Doc,
        list: ContainerIx,
        at: u32,
        past: ContainerIx,
    ) -> Result<(), Error> {
        let kind = self.past.log.containers.kind(past);
        let (doc, made) = ListMut::new(doc, Target::Known(list)).make(at as usize, kind)?;
        self.fill_like(doc, made, past)
    }

    /// Writes the contents of a container of the past into a new one. Recursion is bounded by the limit on nesting.
    fn fill_like(&self, doc: &mut Doc, made: Target, past: ContainerIx) -> Result<(), Error> {
        let Target::Known(made_ix) = made else {
            return Ok(());
        };
        doc.state.grow(&doc.log);
        let then = &self.past;
        match then.log.containers.kind(past) {
            Kind::Text => {
                let text = then.state.text(past).map(ToString::to_string);
                TextMut::new(doc, made).push(&text.unwrap_or_default())?;
                self.restyle(doc, made_ix, past)
            }
            Kind::Counter => add(doc, made_ix, then.state.counter(past)),
            Kind::List => {
                let mut elements = (0..).zip(then.elements_shown(past));
                elements.try_for_each(|(at, shown)| match shown {
                    Found::Container(within) => self.copy_into_list(doc, made_ix, at, within),
                    plain => ListMut::new(doc, made).push(then.value_of(plain)),
                })
            }
            Kind::Map => {
                let entries = then.state.entries_of(&then.log.entries, past);
                let mut entries: Vec<_> = entries.collect();
                entries.sort_unstable();
                entries.into_iter().try_for_each(|(key, entry)| {
                    let key = then.log.keys.name(key);
                    match then.entry_with_others(past, entry) {
                        Found::Container(within) => self.copy_into_map(doc, made_ix, key, within),
                        shown => MapMut::new(doc, made).set(key, then.value_of(shown)),
                    }
                })
            }
        }
    }
}

/// Adds to a counter what may be more than one operation can.
fn add(doc: &mut Doc, counter: ContainerIx, by: i128) -> Result<(), Error> {
    let mut left = by;
    while left != 0 {
        let most = if left < 0 { i64::MIN } else { i64::MAX };
        let step = i64::try_from(left).unwrap_or(most);
        CounterMut::new(doc, Target::Known(counter)).add(step)?;
        left -= i128::from(step);
    }
    Ok(())
}
