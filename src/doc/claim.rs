//! Whether a snapshot shows what its history comes to.

use std::cmp::Reverse;

use super::Doc;
use crate::codec::{Blind, Body, End, Item, NameRef, Sketch};
use crate::id::{Lv, OpId};
use crate::oplog::{ContainerIx, Name};
use crate::state::{State, TextMarks};

impl Doc {
    /// Whether this document, which a snapshot's history came to, is the one that the snapshot shows. O(what it shows).
    pub(super) fn is_shown_by(&self, blind: &Blind<'_>) -> bool {
        let sketch = &blind.sketch;
        let bodies = blind.batch.containers.iter().zip(&sketch.bodies);
        self.has_heads(blind)
            && bodies.into_iter().all(|(name, body)| {
                let container = self.find_named(*name, &blind.batch);
                container.is_some_and(|container| {
                    let is_root = matches!(name, NameRef::Named(Name::Root { .. }));
                    (!is_root || self.log.containers.is_used(container))
                        && self.shows(container, body, blind)
                })
            })
    }

    fn has_heads(&self, blind: &Blind<'_>) -> bool {
        let Sketch { ends, counts, .. } = &blind.sketch;
        let id = |head: &End| {
            let at = head.peer as usize;
            Some(OpId {
                peer: *blind.batch.peers.get(at)?,
                seq: counts.get(at)?.checked_sub(1)?,
            })
        };
        let mut claimed: Vec<_> = ends.heads.iter().map(id).collect();
        claimed.sort_unstable();
        claimed.into_iter().eq(self.frontier().iter().map(Some))
            && self.log.graph.newest_lamport() == ends.lamport
    }

    fn shows(&self, container: ContainerIx, body: &Body, blind: &Blind<'_>) -> bool {
        let items = |from: usize, to: usize| blind.sketch.items.get(from..to).unwrap_or(&[]);
        match *body {
            // The text was taken from the snapshot, and is as long as its history wants it.
            Body::Text { marks, .. } => self.has_marks(container, marks, blind),
            Body::Hidden => true,
            // The maps around tell that it is not shown where it stands.
            Body::Away => {
                self.log.stands(container).is_some() || self.log.shown_for(container).is_none()
            }
            Body::List(from, to) => self.state.list(container).is_some_and(|list| {
                let claimed = items(from, to).iter().map(|item| self.wrote(item, blind));
                list.all().map(Some).eq(claimed)
            }),
            Body::Map(ref keys) => {
                let held = |state: &State| state.entries_of(&self.log.entries, container).count();
                held(&self.state) == keys.len()
                    && keys.iter().all(|&(key, from, to)| {
                        self.find_key(key, &blind.batch).is_some_and(|key| {
                            let claimed =
                                items(from, to).iter().map(|item| self.wrote(item, blind));
                            let shown = self.state.survivors(&self.log.entries, (container, key));
                            let mut shown: Vec<_> =
                                shown.map(|entry| self.log.entry_lv(entry)).collect();
                            // Which a policy shows is no part of what is claimed.
                            shown.sort_by_cached_key(|&lv| Reverse(self.log.rank(lv)));
                            shown.into_iter().map(Some).eq(claimed)
                        })
                    })
            }
            Body::Counter(sum) => self.state.counter(container) == sum,
        }
    }

    /// Whether a text has these marks, and no other.
    fn has_marks(&self, text: ContainerIx, (from, to): (usize, usize), blind: &Blind<'_>) -> bool {
        let claimed = blind.sketch.marks.get(from..to).unwrap_or(&[]);
        let standing = self
            .state
            .marks(text)
            .map(TextMarks::borders)
            .unwrap_or_default();
        standing.len() == claimed.len()
            && claimed.iter().all(|marked| {
                let item = blind.sketch.items.get(marked.item);
                let mark = item.and_then(|item| self.wrote(item, blind));
                let known = mark.and_then(|mark| self.log.marks.get(mark));
                mark.and_then(|mark| standing.get(&mark)) == Some(&marked.borders)
                    && known.is_some_and(|known| {
                        known.extent.expand() == marked.expand
                            && self.find_key(marked.key, &blind.batch) == Some(known.key)
                    })
            })
    }

    /// The operation that wrote an item, if its Lamport is what the item says.
    fn wrote(&self, item: &Item, blind: &Blind<'_>) -> Option<Lv> {
        let peer = *blind.batch.peers.get(item.peer as usize)?;
        let seq = item.seq;
        let lv = self.log.lv(OpId { peer, seq })?;
        (self.log.graph.lamport(lv) == item.lamport).then_some(lv)
    }
}
