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
        let state = doc.state.list(list);
        let now: Vec<_> = state
            .into_iter()
            .flat_map(|list| list.iter())
            .map(Some)
            .collect();
        let then = past.and_then(|past| self.past.state.list(past));
        let then: Vec<Lv> = then
            .into_iter()
            .flat_map(|list| list.iter())
            .filter_map(|lv| self.copied.source(lv))
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
                Piece::New { lv, .. } if pass.stay.contains(&lv) => {
                    let at = pass.fetch(doc, lv)?;
                    self.bring_within(doc, list, at)?;
                }
                Piece::New { lv, .. } => {
                    self.bring_element(doc, list, pass.at, lv, pass.spare > 0)?;
                    pass.spare = pass.spare.saturating_sub(1);
                    pass.at += 1;
                }
                Piece::Both { .. } => {
                    pass.drop_spare(doc)?;
                    self.bring_within(doc, list, pass.at)?;
                    pass.at += 1;
                }
            }
        }
        pass.drop_spare(doc)
    }

    /// Makes what an element shows, if that is a container, show what it did.
    fn bring_within(&self, doc: &mut Doc, list: ContainerIx, at: u32) -> Result<(), Error> {
        match doc.at_index(list, at as usize) {
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
        let Some(sequence) = doc.log.sequence(list) else {
            return Ok(());
        };
        let found = doc.element_shown(sequence.cell(lv), lv);
        match found {
            plain @ (Found::Plain(_) | Found::Several(_)) => {
                let value = doc.value_of(plain);
                let mut handle = ListMut::new(doc, Target::Known(list));
                if instead {
                    handle.set(at as usize, value)
                } else {
                    handle.insert(at as usize, value)
                }
            }
            Found::Container(container) => {
                delete(doc, list, at, instead.into())?;
                match self.copied.container(container) {
                    Some(past) => self.copy_into_list(doc, list, at, past),
                    None => Ok(()),
                }
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

    /// Moves an element to where the pass is, wherever it stands; gives where that is then.
    fn fetch(&mut self, doc: &mut Doc, lv: Lv) -> Result<u32, Error> {
        self.stay.remove(&lv);
        let state = doc.state.list(self.list);
        let from = state
            .and_then(|list| list.position_of(lv))
            .unwrap_or(self.at);
        if from >= self.at {
            self.at += 1;
        }
        let to = self.at.saturating_sub(1);
        ListMut::new(doc, Target::Known(self.list)).move_to(from as usize, to as usize)?;
        Ok(to)
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
