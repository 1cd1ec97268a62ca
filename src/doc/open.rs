//! Opening a document from what it shows; its history stays encoded.

use std::collections::{BTreeMap, BTreeSet};

use super::Doc;
use crate::codec::{Body, DecodeError, End, Item, NameRef, Sketch};
use crate::error::Error;
use crate::graph::PeerIx;
use crate::id::{Lv, LvSpan, OpId, Seq};
use crate::limits::Limits;
use crate::oplog::{
    Border, Cell, ContainerIx, Extent, Ground, GroundEnd, KeyIx, Kind, Name, Segment,
};
use crate::state::text::Rope;

/// A sketch's numbers in the document's.
pub(super) struct Opening<'s> {
    pub(super) sketch: &'s Sketch<'s>,
    pub(super) peers: Vec<PeerIx>,
    keys: Vec<KeyIx>,
    /// By container; `None` for those that are hidden.
    pub(super) containers: Vec<Option<ContainerIx>>,
    /// Operations that made containers.
    pub(super) makers: BTreeMap<(PeerIx, Seq), Lv>,
    marks: BTreeMap<ContainerIx, Vec<(Lv, [Border; 2])>>,
    /// Keys at which something stands that was moved there: that is entered when all containers have names.
    met: Vec<Met>,
    /// Those that stand where nothing shows them.
    pub(super) away: BTreeSet<ContainerIx>,
    /// Where operations are entered that made what was moved away from them.
    nowhere: Option<ContainerIx>,
    /// What operations wrote items, where anything was moved.
    pub(super) written: BTreeSet<(u32, Seq)>,
    /// And which of them made what stands where nothing shows it.
    made_away: BTreeSet<(u32, Seq)>,
}

/// The map of those, which nothing shows.
const NOWHERE: &str = "\0nowhere";

/// A key of a map, and the entries that stand there, or what is to be one.
struct Met {
    slot: (ContainerIx, KeyIx),
    entries: Vec<Result<u32, Item>>,
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
            containers: vec![None; sketch.bodies.len()],
            makers: BTreeMap::new(),
            marks: BTreeMap::new(),
            met: Vec::new(),
            away: BTreeSet::new(),
            nowhere: None,
            written: sketch.written(),
            made_away: sketch.made_away().map(|by| (by.0, by.1)).collect(),
        };
        let mut late = Vec::new();
        for (number, body) in (0..).zip(&sketch.bodies) {
            match opening.has_to_wait(number) {
                true => late.push((number, body)),
                false => opening.take(number, body, &mut doc)?,
            }
        }
        opening.take_late(late, &mut doc)?;
        opening.meet(&mut doc)?;
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
            away: opening.away,
            lamport: sketch.ends.lamport,
            ..Ground::default()
        });
        if !sketch.moved.is_empty() || !sketch.away.is_empty() {
            doc.hide_elements();
        }
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

    /// The container of that number, by its name.
    pub(super) fn container(
        &mut self,
        number: u32,
        doc: &mut Doc,
    ) -> Result<Option<ContainerIx>, Error> {
        let name = self.sketch.tables.containers.get(number as usize);
        let Some(&NameRef::Named(name)) = name else {
            return Ok(None);
        };
        match name {
            // What was moved is named by where it was first.
            Name::Child { parent, .. } if self.known(parent).is_none() => {
                let around = self.container(parent, doc)?;
                if let Some(place) = self.containers.get_mut(parent as usize) {
                    *place = around;
                }
            }
            Name::Made { by, kind } => self.make(by, kind, doc)?,
            _ => {}
        }
        let name = name.renumbered(
            &mut (),
            |(), parent| self.known(parent).ok_or(()),
            |(), key| self.keys.get(key as usize).copied().ok_or(()),
            |(), (peer, seq)| {
                let peer = *self.peers.get(peer as usize).ok_or(())?;
                self.makers.get(&(peer, seq)).copied().ok_or(())
            },
        );
        let Ok(name) = name else {
            return Ok(None);
        };
        let container = match name {
            // The value that stands for it has named it.
            Name::Made { .. } => doc.log.containers.find(name),
            Name::Root { .. } | Name::Child { .. } => Some(doc.log.container(name)),
        };
        if let Some(container) = container {
            // It stands in the tables since an operation belongs to it.
            doc.log.containers.set_used(container, true);
        }
        Ok(container)
    }

    pub(super) fn known(&self, number: u32) -> Option<ContainerIx> {
        self.containers.get(number as usize).copied().flatten()
    }

    pub(super) fn fill(
        &mut self,
        container: ContainerIx,
        body: &Body,
        doc: &mut Doc,
    ) -> Result<(), Error> {
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
            Body::Hidden | Body::Away => {}
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
        for item in items {
            let cell = Cell::at(self.sketch.cell(&item), 0);
            if matches!(cell, Cell::Moved(_)) {
                survivors.push(Err(item));
                continue;
            }
            let lv = self.item(&item, map, doc)?;
            if self.made_away.contains(&(item.peer, item.seq)) {
                return Err(nowhere().into());
            }
            survivors.push(Ok(doc.log.push_entry(lv, map, Some(key), cell, false)));
        }
        if survivors.iter().any(Result::is_err) {
            let (slot, entries) = ((map, key), survivors);
            self.met.push(Met { slot, entries });
            return Ok(());
        }
        let survivors: Vec<u32> = survivors.into_iter().flatten().collect();
        doc.state.replace(&doc.log.entries, (map, key), &survivors);
        Ok(())
    }

    /// Puts what was moved where it stands.
    fn meet(&mut self, doc: &mut Doc) -> Result<(), Error> {
        if self.met.is_empty() {
            return Ok(());
        }
        let mut moved = Vec::new();
        for Met { slot, entries } in std::mem::take(&mut self.met) {
            let mut survivors = Vec::with_capacity(entries.len());
            for entry in entries {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(item) => {
                        let entry = self.enter_moved(&item, slot, doc)?;
                        moved.push(entry);
                        entry
                    }
                };
                survivors.push(entry);
            }
            doc.state.replace(&doc.log.entries, slot, &survivors);
        }
        if let Some(nowhere) = self.nowhere {
            doc.log.containers.set_used(nowhere, false);
        }
        doc.state.grow(&doc.log);
        if !doc.log.stand_from_the_start(&moved) || !doc.keys_are_there() {
            return Err(nowhere().into());
        }
        Ok(())
    }

    fn enter_moved(
        &mut self,
        item: &Item,
        (map, key): (ContainerIx, KeyIx),
        doc: &mut Doc,
    ) -> Result<u32, Error> {
        let Cell::Moved(number) = Cell::at(self.sketch.cell(item), 0) else {
            return Err(nowhere().into());
        };
        let container = self.known(number.0).ok_or_else(nowhere)?;
        let lv = self.item(item, map, doc)?;
        let cell = Cell::Moved(container);
        Ok(doc.log.push_entry(lv, map, Some(key), cell, false))
    }

    /// Enters the operation that made a container, unless an item did: it was moved, or something in it was.
    fn make(&mut self, (peer, seq): (u32, Seq), kind: Kind, doc: &mut Doc) -> Result<(), Error> {
        let Some(&author) = self.peers.get(peer as usize) else {
            return Ok(());
        };
        if self.makers.contains_key(&(author, seq)) {
            return Ok(());
        }
        let count = self.sketch.counts.get(peer as usize);
        if self.written.contains(&(peer, seq)) || count.is_none_or(|&count| seq >= count) {
            return Err(nowhere().into());
        }
        let name = doc.log.keys.intern(NOWHERE);
        let root = Name::Root {
            name,
            kind: Kind::Map,
        };
        let map = *self.nowhere.get_or_insert_with(|| doc.log.container(root));
        let lv = doc.log.push_ground(author, seq, 1);
        doc.log
            .push_entry(lv, map, Some(name), Cell::Removed, false);
        doc.log.make_container(lv, kind, map);
        self.makers.insert((author, seq), lv);
        Ok(())
    }

    /// Enters the operation that wrote an item.
    fn item(&mut self, item: &Item, container: ContainerIx, doc: &mut Doc) -> Result<Lv, Error> {
        let cell = Cell::at(self.sketch.cell(item), 0);
        super::write::check_value(cell, &doc.limits)?;
        if cell.container_kind().is_some() {
            doc.check_named(container, !self.sketch.moved.is_empty())?;
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

pub(super) fn nowhere() -> DecodeError {
    DecodeError::new(
        0,
        "a container that was moved stands in no place, in two, or too deep",
    )
}
