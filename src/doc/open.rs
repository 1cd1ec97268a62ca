//! Opening a document from what it shows; its history stays encoded.

use std::collections::BTreeMap;

use super::Doc;
use crate::codec::{Body, End, Item, NameRef, Sketch};
use crate::error::Error;
use crate::graph::PeerIx;
use crate::id::{Lv, LvSpan, OpId, Seq};
use crate::limits::Limits;
use crate::oplog::{Border, Cell, ContainerIx, Extent, Ground, GroundEnd, KeyIx, Name, Segment};
use crate::state::text::Rope;

/// A sketch's numbers in the document's.
struct Opening<'s> {
    sketch: &'s Sketch<'s>,
    peers: Vec<PeerIx>,
    keys: Vec<KeyIx>,
    /// By container; `None` for those that are hidden.
    containers: Vec<Option<ContainerIx>>,
    /// Operations that made containers.
    makers: BTreeMap<(PeerIx, Seq), Lv>,
    marks: BTreeMap<ContainerIx, Vec<(Lv, [Border; 2])>>,
}

impl Doc {
    /// A document that shows what the sketch does, and knows no more.
    pub(super) fn open(sketch: &Sketch<'_>, limits: Limits) -> Result<Doc, Error> {
        let mut doc = Doc::with_limits(limits);
        let peers: Vec<_> = sketch
            .tables
            .peers
            .iter()
            .map(|&peer| doc.log.peers.intern(peer))
            .collect();
        let keys = (0..)
            .zip(&sketch.tables.keys)
            .map(|(key, _)| doc.log.keys.intern(sketch.tables.key(key).unwrap_or("")))
            .collect();
        doc.log.peers.splits = sketch.tables.all_splits();
        doc.check_splits_room(&doc.log.peers.splits)?;
        for segment in sketch.tables.segments() {
            let [own, before] = [segment.peer, segment.before].map(|nth| peers.get(nth as usize));
            if let (Some(&own), Some(&before)) = (own, before) {
                let OpId {
                    peer: of,
                    seq: start,
                } = segment.origin;
                let segment = Segment { of, start, before };
                doc.log
                    .peers
                    .intern_segment(doc.log.peers.peer(own), segment);
            }
        }
        for (&peer, &count) in peers.iter().zip(&sketch.counts) {
            doc.log.peers.set_ground(peer, count);
        }
        let mut opening = Opening {
            sketch,
            peers,
            keys,
            containers: Vec::with_capacity(sketch.bodies.len()),
            makers: BTreeMap::new(),
            marks: BTreeMap::new(),
        };
        for (name, body) in sketch.tables.containers.iter().zip(&sketch.bodies) {
            let container = match body {
                Body::Hidden => None,
                _ => opening.container(*name, &mut doc),
            };
            opening.containers.push(container);
            if let Some(container) = container {
                opening.fill(container, body, &mut doc)?;
            }
        }
        let [heads, others] = [&sketch.ends.heads, &sketch.ends.others].map(|ends| {
            let mut ends: Vec<_> = ends
                .iter()
                .filter_map(|end| opening.end(end, &doc))
                .collect();
            ends.sort_unstable_by_key(|end| doc.log.peers.peer(end.author));
            ends
        });
        doc.log.set_ground(Ground {
            heads,
            others,
            makers: opening.makers,
            marks: opening.marks,
            lamport: sketch.ends.lamport,
            ..Ground::default()
        });
        doc.rule_anew();
        Ok(doc)
    }
}

impl Opening<'_> {
    fn end(&self, end: &End, doc: &Doc) -> Option<GroundEnd> {
        let at = end.peer as usize;
        let author = *self.peers.get(at)?;
        let seq = self.sketch.counts.get(at)?.checked_sub(1)?;
        let original = doc.log.peers.original(author, seq);
        Some(end.ground(author, (seq, original), &self.containers))
    }

    fn container(&self, name: NameRef, doc: &mut Doc) -> Option<ContainerIx> {
        let NameRef::Named(name) = name else {
            return None;
        };
        let name = name.renumbered(
            &mut (),
            |(), parent| (*self.containers.get(parent as usize).ok_or(())?).ok_or(()),
            |(), key| self.keys.get(key as usize).copied().ok_or(()),
            |(), (peer, seq)| {
                let peer = *self.peers.get(peer as usize).ok_or(())?;
                self.makers.get(&(peer, seq)).copied().ok_or(())
            },
        );
        let name = name.ok()?;
        let container = match name {
            // The value that stands for it has named it.
            Name::Made { .. } => doc.log.containers.find(name)?,
            Name::Root { .. } | Name::Child { .. } => doc.log.container(name),
        };
        // It stands in the tables since an operation belongs to it.
        doc.log.containers.set_used(container, true);
        Some(container)
    }

    fn fill(&mut self, container: ContainerIx, body: &Body, doc: &mut Doc) -> Result<(), Error> {
        doc.state.grow(&doc.log);
        match *body {
            Body::Text { start, end, marks } => {
                let text = self.sketch.text.get(start..end).unwrap_or("");
                if let Some(rope) = doc.state.text_mut(container) {
                    *rope = Rope::from_text(text);
                }
                self.fill_marks(container, marks, doc)?;
            }
            Body::List(from, to) => self.fill_list(container, self.items(from, to), doc)?,
            Body::Map(ref keys) => {
                for &(key, from, to) in keys {
                    self.fill_key(container, key, self.items(from, to), doc)?;
                }
            }
            Body::Counter(sum) => doc.state.add_to(container, sum),
            Body::Hidden => {}
        }
        doc.state.grow(&doc.log);
        Ok(())
    }

    fn items(&self, from: usize, to: usize) -> Vec<Item> {
        self.sketch.items.get(from..to).unwrap_or(&[]).to_vec()
    }

    fn fill_list(
        &mut self,
        list: ContainerIx,
        items: Vec<Item>,
        doc: &mut Doc,
    ) -> Result<(), Error> {
        let Some(len) = u32::try_from(items.len()).ok().filter(|&len| len > 0) else {
            return Ok(());
        };
        let start = doc.log.end();
        let mut cells = Vec::new();
        for item in &items {
            self.item(item, list, doc)?;
            cells.extend_from_slice(self.sketch.cell(item));
        }
        let span = LvSpan::new(start, start.plus(len));
        doc.log.push_values(span, list, 0, &cells, false, false);
        if let Some(state) = doc.state.list_mut(list) {
            state.insert(0, start, len);
        }
        Ok(())
    }

    fn fill_marks(
        &mut self,
        text: ContainerIx,
        (from, to): (usize, usize),
        doc: &mut Doc,
    ) -> Result<(), Error> {
        let mut all = Vec::new();
        for marked in self.sketch.marks.get(from..to).unwrap_or(&[]) {
            let Some((item, &key)) = self
                .sketch
                .items
                .get(marked.item)
                .zip(self.keys.get(marked.key as usize))
            else {
                continue;
            };
            let lv = self.item(item, text, doc)?;
            let [start, end] = marked.borders;
            let extent = Extent::new(end.at() - start.at(), marked.expand);
            let cell = self.sketch.cell(item);
            doc.log
                .push_mark(lv, text, start.at(), (extent, key), cell, false);
            doc.state.put_mark(text, lv, marked.borders);
            all.push((lv, marked.borders));
        }
        if !all.is_empty() {
            self.marks.insert(text, all);
        }
        Ok(())
    }

    fn fill_key(
        &mut self,
        map: ContainerIx,
        key: u32,
        items: Vec<Item>,
        doc: &mut Doc,
    ) -> Result<(), Error> {
        let Some(&key) = self.keys.get(key as usize) else {
            return Ok(());
        };
        let mut survivors = Vec::with_capacity(items.len());
        for item in &items {
            let lv = self.item(item, map, doc)?;
            let cell = Cell::at(self.sketch.cell(item), 0);
            survivors.push(doc.log.push_entry(lv, map, Some(key), cell, false));
        }
        doc.state.replace(&doc.log.entries, (map, key), &survivors);
        Ok(())
    }

    /// Enters the operation that wrote an item.
    fn item(&mut self, item: &Item, container: ContainerIx, doc: &mut Doc) -> Result<Lv, Error> {
        let cell = Cell::at(self.sketch.cell(item), 0);
        super::write::check_value(cell, &doc.limits)?;
        if cell.container_kind().is_some() {
            doc.check_nesting(container)?;
        }
        let author = self.peers.get(item.peer as usize).copied();
        let author = author.unwrap_or_default();
        let lv = doc.log.push_ground(author, item.seq, item.lamport);
        if matches!(cell, Cell::Made(_)) {
            self.makers.insert((author, item.seq), lv);
        }
        Ok(lv)
    }
}
