//! loro 1.17.

use loro::{ExportMode, Frontiers, LoroDoc, LoroList, LoroMap, LoroText, VersionVector};

use crate::encoding::{Encoded, Encodes, EncodesTree, Encoding, Form};
use crate::engine::{Exchange, Outcome, Returning, Structured, Todo, Typing, said};
use crate::ids;
use crate::trace::Patch;

/// A document with a text.
pub struct Loro {
    document: LoroDoc,
    text: LoroText,
}

impl Loro {
    fn of(document: LoroDoc) -> Self {
        let text = document.get_text("text");
        Self { document, text }
    }
}

impl Typing for Loro {
    fn new(peer: u64) -> Outcome<Self> {
        let document = LoroDoc::new();
        said(document.set_peer_id(ids::id(peer)))?;
        Ok(Self::of(document))
    }

    fn transact(&mut self, patches: &[Patch]) -> Outcome<()> {
        for patch in patches {
            if patch.deleted > 0 {
                said(self.text.delete(patch.at, patch.deleted))?;
            }
            if !patch.inserted.is_empty() {
                said(self.text.insert(patch.at, &patch.inserted))?;
            }
        }
        self.document.commit();
        Ok(())
    }

    fn text(&self) -> String {
        self.text.to_string()
    }
}

impl Exchange for Loro {
    type Version = VersionVector;

    fn len(&self) -> usize {
        self.text.len_unicode()
    }

    fn version(&self) -> VersionVector {
        self.document.oplog_vv()
    }

    fn delta_since(&mut self, version: &VersionVector) -> Outcome<Vec<u8>> {
        said(self.document.export(ExportMode::updates(version)))
    }

    fn whole(&mut self) -> Outcome<Vec<u8>> {
        said(self.document.export(ExportMode::all_updates()))
    }

    fn merge(&mut self, delta: &[u8]) -> Outcome<()> {
        said(self.document.import(delta)).map(drop)
    }

    fn merge_many(&mut self, deltas: &[&[u8]]) -> Outcome<()> {
        let deltas: Vec<Vec<u8>> = deltas.iter().map(|delta| delta.to_vec()).collect();
        said(self.document.import_batch(&deltas)).map(drop)
    }

    fn save(&mut self) -> Outcome<Vec<u8>> {
        said(self.document.export(ExportMode::Snapshot))
    }

    fn open(saved: &[u8]) -> Outcome<Self> {
        Ok(Self::of(said(LoroDoc::from_snapshot(saved))?))
    }
}

impl Returning for Loro {
    type Moment = Frontiers;

    fn moment(&self) -> Frontiers {
        self.document.oplog_frontiers()
    }

    fn text_at(&mut self, moment: &Frontiers) -> Outcome<String> {
        said(self.document.checkout(moment))?;
        Ok(self.text.to_string())
    }

    fn diff(&mut self, from: &Frontiers, to: &Frontiers) -> Outcome<usize> {
        let diff = said(self.document.diff(from, to))?;
        Ok(diff.iter().count())
    }
}

/// A document with a map and a list.
pub struct LoroTree {
    document: LoroDoc,
    map: LoroMap,
    list: LoroList,
}

impl Structured for LoroTree {
    fn new() -> Outcome<Self> {
        Self::of_writer(1, true)
    }

    fn set_in_map(&mut self, key: &str, value: i64) -> Outcome<()> {
        said(self.map.insert(key, value))?;
        self.document.commit();
        Ok(())
    }

    fn insert_in_list(&mut self, at: usize, value: i64) -> Outcome<()> {
        said(self.list.insert(at, value))?;
        self.document.commit();
        Ok(())
    }

    fn push_todo(&mut self, todo: &Todo) -> Outcome<()> {
        let item = said(self.list.push_container(LoroMap::new()))?;
        said(item.insert("title", todo.title.as_str()))?;
        said(item.insert("done", todo.done))?;
        said(item.insert("priority", todo.priority))?;
        self.document.commit();
        Ok(())
    }

    fn counts(&mut self) -> (usize, usize) {
        (self.map.len(), self.list.len())
    }
}

fn updates(document: &LoroDoc, since: &VersionVector) -> Outcome<Encoded> {
    let bytes = said(document.export(ExportMode::updates(since)))?;
    Ok((Encoding::LoroUpdates, bytes))
}

impl Encodes for Loro {
    fn whole_encodings(&mut self) -> Outcome<Vec<(Form, Encoded)>> {
        let end = self.document.oplog_frontiers();
        let shallow = said(self.document.export(ExportMode::shallow_snapshot(&end)))?;
        let updates = updates(&self.document, &VersionVector::default())?;
        let snapshot = (Encoding::LoroSnapshot, self.save()?);
        Ok(vec![
            (Form::History, updates),
            (Form::History, snapshot.clone()),
            (Form::Snapshot, snapshot),
            (Form::Shallow, (Encoding::LoroShallow, shallow)),
        ])
    }

    fn delta_encodings(&mut self, since: &VersionVector) -> Outcome<Vec<Encoded>> {
        Ok(vec![updates(&self.document, since)?])
    }
}

impl EncodesTree for LoroTree {
    fn of_writer(writer: u64, _alone: bool) -> Outcome<Self> {
        let document = LoroDoc::new();
        said(document.set_peer_id(ids::id(writer)))?;
        let (map, list) = (document.get_map("map"), document.get_list("list"));
        Ok(Self {
            document,
            map,
            list,
        })
    }

    fn pull(&mut self, other: &mut Self) -> Outcome<()> {
        let (_, lacking) = updates(&other.document, &self.document.oplog_vv())?;
        said(self.document.import(&lacking)).map(drop)
    }

    fn tree_encodings(&mut self) -> Outcome<Vec<Encoded>> {
        let snapshot = said(self.document.export(ExportMode::Snapshot))?;
        Ok(vec![
            updates(&self.document, &VersionVector::default())?,
            (Encoding::LoroSnapshot, snapshot),
        ])
    }
}
