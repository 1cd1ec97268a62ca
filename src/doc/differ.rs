//! What a document shows otherwise than before its peers were split, or it was replaced.

use std::collections::BTreeMap;

use super::Doc;
use super::align::{Piece, aligned};
use super::diff::TextStep;
use super::path::Found;
use super::policies::Slot;
use super::record::{GONE, Record};
use super::text_edits::marked_between;
use crate::id::{Lv, OpId};
use crate::oplog::{ContainerIx, KeyIx, Kind, Renaming};

/// A document before, and as it is now.
struct Pair<'d> {
    before: &'d Doc,
    now: &'d Doc,
    renaming: &'d Renaming,
    /// The containers of now, and what they were before.
    containers: BTreeMap<ContainerIx, ContainerIx>,
    /// Operations that are shown now and lie before the log's own.
    grounds: BTreeMap<OpId, Lv>,
}

impl Doc {
    /// Notes what `now` shows otherwise: this document with its operations renamed, and what it has taken in since.
    pub(super) fn differ(&self, now: &Doc, renaming: &Renaming, record: &mut Record) {
        let pair = Pair::new(self, now, renaming);
        for (container, name) in now.log.containers.iter() {
            if name.kind() == Kind::Text {
                pair.text(pair.before(container), container, record);
            } else {
                pair.other(container, record);
            }
        }
    }

    /// Notes what `now`, another version of the same document, shows otherwise but in its texts.
    pub(super) fn differ_but_in_texts(&self, now: &Doc, record: &mut Record) {
        let renaming = Renaming::default();
        let pair = Pair::new(self, now, &renaming);
        for (container, _) in now.log.containers.iter() {
            pair.other(container, record);
        }
    }
}

impl<'d> Pair<'d> {
    fn new(before: &'d Doc, now: &'d Doc, renaming: &'d Renaming) -> Self {
        let mut pair = Pair {
            before,
            now,
            renaming,
            containers: BTreeMap::new(),
            grounds: grounds(now),
        };
        pair.containers = pair.find_containers();
        pair
    }

    /// What a container was before.
    fn before(&self, container: ContainerIx) -> Option<ContainerIx> {
        self.containers.get(&container).copied()
    }

    /// What a container that is no text shows otherwise.
    fn other(&self, container: ContainerIx, record: &mut Record) {
        let before = self.before(container);
        match self.now.log.containers.kind(container) {
            Kind::Text => {}
            Kind::List => self.list(before, container, record),
            Kind::Map => self.map(before, container, record),
            Kind::Counter => self.counter(before, container, record),
        }
    }

    /// The operation as it is known now.
    fn operation(&self, lv: Lv) -> Option<Lv> {
        let (before, now) = (&self.before.log, &self.now.log);
        let id = self.renaming.id(before.id(lv));
        now.lv(id).or_else(|| self.grounds.get(&id).copied())
    }

    fn find_containers(&self) -> BTreeMap<ContainerIx, ContainerIx> {
        let (before, now) = (&self.before.log, &self.now.log);
        let mut found: Vec<Option<ContainerIx>> = Vec::new();
        for (_, name) in before.containers.iter() {
            let name = name.renumbered(
                &mut (),
                |(), parent: ContainerIx| found.get(parent.at()).copied().flatten().ok_or(()),
                |(), key| now.keys.find(before.keys.name(key)).ok_or(()),
                |(), by| self.operation(by).ok_or(()),
            );
            let known = name.ok().and_then(|name| now.containers.find(name));
            found.push(known);
        }
        let before = (0..).map(ContainerIx);
        let found = found.into_iter().zip(before);
        found
            .filter_map(|(now, before)| Some((now?, before)))
            .collect()
    }

    fn text(&self, before: Option<ContainerIx>, text: ContainerIx, record: &mut Record) {
        let shown = |doc: &Doc, text| doc.state.text(text).map(|rope| rope.text());
        let old = before.and_then(|text| shown(self.before, text));
        let (old, new) = (
            old.unwrap_or_default(),
            shown(self.now, text).unwrap_or_default(),
        );
        let marks = |doc: &Doc, text| doc.state.marks(text).is_some();
        let is_marked =
            marks(self.now, text) || before.is_some_and(|text| marks(self.before, text));
        if old == new && !is_marked {
            return;
        }
        let [old, new] = [&old, &new].map(|text| text.chars().collect::<Vec<_>>());
        let (at, deleted, inserted) = differing(&old, &new);
        let content: String = new
            .iter()
            .skip(at as usize)
            .take(inserted as usize)
            .collect();
        let mut change = record.text(text);
        if deleted > 0 {
            change.deleted(at, deleted);
        }
        if inserted > 0 {
            change.inserted(at, &content, inserted);
        }
        if is_marked {
            let mut steps = vec![TextStep::Keep(at)];
            steps.extend((deleted > 0).then_some(TextStep::Delete(deleted)));
            steps.extend((inserted > 0).then_some(TextStep::Insert(content, inserted)));
            let all = marked_between((self.before, before), (self.now, text), &steps);
            record.text_marked(text, all);
        }
    }

    fn list(&self, before: Option<ContainerIx>, list: ContainerIx, record: &mut Record) {
        let old = before.and_then(|list| self.before.state.list(list));
        let old: Vec<_> = old
            .into_iter()
            .flat_map(|list| list.iter())
            .map(|lv| self.operation(lv))
            .collect();
        let new = self.now.state.list(list);
        let new: Vec<_> = new.into_iter().flat_map(|list| list.iter()).collect();
        for piece in aligned(&old, &new) {
            match piece {
                Piece::Both { .. } => {}
                Piece::Old { at, len, .. } => record.list_deleted(list, at, len),
                Piece::New { at, lv } => record.list_inserted(list, at, lv, 1),
            }
        }
    }

    fn map(&self, before: Option<ContainerIx>, map: ContainerIx, record: &mut Record) {
        let (old, new) = (self.before, self.now);
        let mut keys: BTreeMap<KeyIx, (Option<u32>, Option<u32>)> = BTreeMap::new();
        if let Some(before) = before {
            for (key, entry) in old.state.entries_of(&old.log.entries, before) {
                if let Some(key) = new.log.keys.find(old.log.keys.name(key)) {
                    keys.entry(key).or_default().0 = Some(entry);
                }
            }
        }
        for (key, entry) in new.state.entries_of(&new.log.entries, map) {
            keys.entry(key).or_default().1 = Some(entry);
        }
        for (key, (was, is)) in keys {
            if self.several_differ(before, (map, key)) {
                record.entry_changed(map, key, Some(GONE));
                continue;
            }
            let was_at = was.map(|entry| self.operation(old.log.entry_lv(entry)));
            let is_at = is.map(|entry| Some(new.log.entry_lv(entry)));
            let is_same = was
                .zip(is)
                .is_some_and(|(was, is)| self.shows_same(map, was, is));
            if was_at == is_at || is_same {
                continue;
            }
            record.entry_changed(map, key, is.is_none().then_some(GONE));
        }
    }

    /// Whether a key shows, or showed, several values at once, and not the same.
    fn several_differ(&self, before: Option<ContainerIx>, (map, key): Slot) -> bool {
        let (old, new) = (self.before, self.now);
        let was = before.zip(old.log.keys.find(new.log.keys.name(key)));
        let was = was.filter(|&slot| old.shows_several(slot));
        let is = new
            .shows_several((map, key))
            .then(|| new.several((map, key)));
        was.map(|slot| old.several(slot)) != is
    }

    /// Whether a key shows the container that it showed before.
    fn shows_same(&self, map: ContainerIx, was: u32, is: u32) -> bool {
        let before = self.containers.get(&map);
        let was = before.map(|&before| self.before.entry_shown(before, was));
        match (was, self.now.entry_shown(map, is)) {
            (Some(Found::Container(was)), Found::Container(is)) => {
                self.containers.get(&is) == Some(&was)
            }
            _ => false,
        }
    }

    fn counter(&self, before: Option<ContainerIx>, counter: ContainerIx, record: &mut Record) {
        let old = before.map_or(0, |counter| self.before.state.counter(counter));
        let by = self.now.state.counter(counter).saturating_sub(old);
        if by != 0 {
            let by = i64::try_from(by).unwrap_or(if by < 0 { i64::MIN } else { i64::MAX });
            record.counted(counter, by);
        }
    }
}

/// Operations of a document that are shown and lie before the log's own.
fn grounds(doc: &Doc) -> BTreeMap<OpId, Lv> {
    let end = doc.log.ground.as_ref().map_or(0, |ground| ground.end.0);
    (0..end).map(Lv).map(|lv| (doc.log.id(lv), lv)).collect()
}

/// Where two sequences differ: from where on, how many of the old, how many of the new.
fn differing<T: PartialEq>(old: &[T], new: &[T]) -> (u32, u32, u32) {
    let same = |(a, b): &(&T, &T)| a == b;
    let ahead = old.iter().zip(new).take_while(same).count();
    let (old, new) = (
        old.get(ahead..).unwrap_or(&[]),
        new.get(ahead..).unwrap_or(&[]),
    );
    let behind = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(same)
        .count();
    let len = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
    (len(ahead), len(old.len() - behind), len(new.len() - behind))
}
