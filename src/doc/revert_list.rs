//! Making a list show what it did: elements go, come, are set and move.

use std::collections::BTreeSet;

use super::align::{Piece, aligned};
use super::handle::Target;
use super::path::Found;
use super::revert::Revert;
use super::{Doc, ListMut};
use crate::error::Error;
use crate::id::Lv;
use crate::oplog::ContainerIx;

impl Revert {
    pub(super) fn bring_list(
        &self,
        doc: &mut Doc,
        list: ContainerIx,
        past: Option<ContainerIx>,
    ) -> Result<(), Error> {
        let then = past.and_then(|past| self.past.state.list(past));
        let then = then.into_iter().flat_map(|list| list.iter());
        let mut then: Vec<Lv> = then.filter_map(|lv| self.copied.source(lv)).collect();
        if doc.log.has_moves() {
            self.fetch_moved(doc, list, &mut then)?;
        }
        let state = doc.state.list(list);
        let now: Vec<_> = state
            .into_iter()
            .flat_map(|list| list.iter())
            .map(Some)
            .collect();
        let mut pass = Pass {
            list,
            at: 0,
            spare: 0,
            stay: now.iter().flatten().copied().collect(),
            come: then.iter().copied().collect(),
        };
        for piece in aligned(&now, &then) {
            match piece {
                Piece::Old { from, len, .. } => {
                    let old = now.iter().flatten().skip(from as usize);
                    for lv in old.take(len as usize) {
                        pass.leave(doc, *lv)?;
                    }
                }
                Piece::New { lv, .. } if pass.stay.contains(&lv) => pass.fetch(doc, lv)?,
                Piece::New { lv, .. } => {
                    self.bring_element(doc, list, pass.at, lv, pass.spare > 0)?;
                    pass.spare = pass.spare.saturating_sub(1);
                    pass.at += 1;
                }
                Piece::Both { .. } => {
                    pass.drop_spare(doc)?;
                    pass.at += 1;
                }
            }
        }
        pass.drop_spare(doc)?;
        // What stood within them may be in this list still, and goes there now.
        let stayed: BTreeSet<Lv> = now.into_iter().flatten().collect();
        let mut stayed = then.into_iter().filter(|lv| stayed.contains(lv));
        stayed.try_for_each(|lv| self.bring_within(doc, list, lv))
    }

    /// Brings what stood in a list, and stands elsewhere now, to its end. Where it stands in an element of its own, that takes the
    /// place of the one in which it stood.
    fn fetch_moved(&self, doc: &mut Doc, list: ContainerIx, then: &mut [Lv]) -> Result<(), Error> {
        let shown = |doc: &Doc| doc.state.list(list).map_or(0, |state| state.len());
        let now = doc.state.list(list).into_iter();
        let now: BTreeSet<Lv> = now.flat_map(|state| state.iter()).collect();
        for lv in then.iter_mut().filter(|lv| !now.contains(lv)) {
            let Some(Found::Container(past)) = self.shown_then(list, *lv) else {
                continue;
            };
            let Some(&own) = self.own.get(&past) else {
                continue;
            };
            if doc.index_in(own, list).is_none() && doc.may_move(own, list) {
                let end = shown(doc) as usize;
                doc.move_to_index(own, (list, end), "")?;
            }
            let index = doc.index_in(own, list);
            let element = index.and_then(|index| doc.state.list(list)?.get(index));
            *lv = element.unwrap_or(*lv);
        }
        Ok(())
    }

    /// What an element of a list showed, by the operation that wrote it.
    fn shown_then(&self, list: ContainerIx, lv: Lv) -> Option<Found<'_>> {
        let past = self.copied.container(list)?;
        let lv = self.copied.lv(lv)?;
        let cell = self.past.log.sequence(past)?.cell(lv);
        Some(self.past.element_shown(cell, lv))
    }

    /// Makes what an element shows, if that is a container, show what it did.
    fn bring_within(&self, doc: &mut Doc, list: ContainerIx, lv: Lv) -> Result<(), Error> {
        let sequence = doc.log.sequence(list);
        let cell = sequence.map(|sequence| sequence.cell(lv));
        let there = cell.filter(|&cell| !doc.log.is_hidden(cell, lv));
        match there.map(|cell| doc.element_shown(cell, lv)) {
            Some(Found::Container(within)) => {
                self.bring(doc, within, self.copied.container(within))
            }
            _ => Ok(()),
        }
    }

    /// Makes a list show at an index what an operation wrote, instead of what stands there or before it.
    fn bring_element(
        &self,
        doc: &mut Doc,
        list: ContainerIx,
        at: u32,
        lv: Lv,
        instead: bool,
    ) -> Result<(), Error> {
        let Some(found) = self.shown_then(list, lv) else {
            return Ok(());
        };
        match found {
            plain @ (Found::Plain(_) | Found::Several(_)) => {
                let value = self.past.value_of(plain);
                let mut handle = ListMut::new(doc, Target::Known(list));
                if instead {
                    handle.set(at as usize, value)
                } else {
                    handle.insert(at as usize, value)
                }
            }
            Found::Container(past) => {
                delete(doc, list, at, instead.into())?;
                self.copy_into_list(doc, list, at, past)
            }
        }
    }
}

/// How far a list has become what it was. Before `at` stands what it showed, and elements that are still to be fetched from
/// there; from `at` on what has not been looked at, the first `spare` elements of which go.
struct Pass {
    list: ContainerIx,
    at: u32,
    spare: u32,
    /// The operations whose values the list shows, before and after.
    stay: BTreeSet<Lv>,
    come: BTreeSet<Lv>,
}

impl Pass {
    /// Passes an element that does not stay at its place.
    fn leave(&mut self, doc: &mut Doc, lv: Lv) -> Result<(), Error> {
        if !self.come.contains(&lv) {
            self.spare += 1;
        } else if self.stay.contains(&lv) {
            self.drop_spare(doc)?;
            self.at += 1;
        }
        Ok(())
    }

    /// Moves an element to where the pass is, wherever it stands.
    fn fetch(&mut self, doc: &mut Doc, lv: Lv) -> Result<(), Error> {
        self.stay.remove(&lv);
        let state = doc.state.list(self.list);
        let from = state
            .and_then(|list| list.position_of(lv))
            .unwrap_or(self.at);
        if from >= self.at {
            self.at += 1;
        }
        let to = self.at.saturating_sub(1);
        ListMut::new(doc, Target::Known(self.list)).move_to(from as usize, to as usize)
    }

    fn drop_spare(&mut self, doc: &mut Doc) -> Result<(), Error> {
        let len = std::mem::take(&mut self.spare);
        delete(doc, self.list, self.at, len)
    }
}

fn delete(doc: &mut Doc, list: ContainerIx, at: u32, len: u32) -> Result<(), Error> {
    let (from, to) = (at as usize, (at + len) as usize);
    ListMut::new(doc, Target::Known(list)).delete(from..to)
}
