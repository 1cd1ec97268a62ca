//! automerge 0.12.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{
    ActorId, Automerge as Document, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, TextEncoding, Value,
};

use crate::engine::{Exchange, Outcome, Structured, Todo, Typing, said};
use crate::trace::Patch;

/// A document with a text, a map and a list under the root, each there once first written to.
pub struct Automerge {
    document: Document,
    text: ObjId,
    map: ObjId,
    list: ObjId,
}

impl Automerge {
    fn of(document: Document) -> Outcome<Self> {
        let at = |key: &str| match document.get(ROOT, key) {
            Ok(Some((Value::Object(_), id))) => id,
            _ => ROOT,
        };
        let (text, map, list) = (at("text"), at("map"), at("list"));
        Ok(Self {
            document,
            text,
            map,
            list,
        })
    }

    /// A document in which the named object stands, made by the same change in every replica:
    /// automerge has no objects that everyone knows without being told.
    fn with_object(peer: u64, key: &str, kind: ObjType) -> Outcome<Self> {
        let mut document = Document::new_with_encoding(TextEncoding::UnicodeCodePoint);
        document.set_actor(ActorId::from([0; 8]));
        let mut txn = document.transaction();
        said(txn.put_object(ROOT, key, kind))?;
        txn.commit_with(CommitOptions::default().with_time(0));
        document.set_actor(ActorId::from(peer.to_be_bytes()));
        Self::of(document)
    }
}

impl Typing for Automerge {
    fn new(peer: u64) -> Outcome<Self> {
        Self::with_object(peer, "text", ObjType::Text)
    }

    fn transact(&mut self, patches: &[Patch]) -> Outcome<()> {
        let mut txn = self.document.transaction();
        for patch in patches {
            let deleted = said(isize::try_from(patch.deleted))?;
            said(txn.splice_text(&self.text, patch.at, deleted, &patch.inserted))?;
        }
        txn.commit();
        Ok(())
    }

    fn text(&self) -> String {
        self.document.text(&self.text).unwrap_or_default()
    }
}

impl Exchange for Automerge {
    type Version = Vec<ChangeHash>;

    /// Truly empty, since automerge then loads what it receives at once.
    fn blank() -> Outcome<Self> {
        Self::of(Document::new_with_encoding(TextEncoding::UnicodeCodePoint))
    }

    fn len(&self) -> usize {
        self.document.length(&self.text)
    }

    fn version(&self) -> Vec<ChangeHash> {
        self.document.get_heads()
    }

    fn delta_since(&mut self, version: &Vec<ChangeHash>) -> Outcome<Vec<u8>> {
        Ok(self.document.save_after(version))
    }

    fn whole(&mut self) -> Outcome<Vec<u8>> {
        Ok(self.document.save())
    }

    fn merge(&mut self, delta: &[u8]) -> Outcome<()> {
        let was_empty = self.document.is_empty();
        said(self.document.load_incremental(delta))?;
        if was_empty {
            *self = Self::of(std::mem::take(&mut self.document))?;
        }
        Ok(())
    }

    fn merge_many(&mut self, deltas: &[&[u8]]) -> Outcome<()> {
        self.merge(&deltas.concat())
    }

    fn save(&mut self) -> Outcome<Vec<u8>> {
        self.whole()
    }

    fn open(saved: &[u8]) -> Outcome<Self> {
        Self::of(said(Document::load(saved))?)
    }
}

impl Structured for Automerge {
    fn new() -> Outcome<Self> {
        let mut document = Self::with_object(1, "map", ObjType::Map)?.document;
        let mut txn = document.transaction();
        said(txn.put_object(ROOT, "list", ObjType::List))?;
        txn.commit();
        Self::of(document)
    }

    fn set_in_map(&mut self, key: &str, value: i64) -> Outcome<()> {
        let mut txn = self.document.transaction();
        said(txn.put(&self.map, key, value))?;
        txn.commit();
        Ok(())
    }

    fn insert_in_list(&mut self, at: usize, value: i64) -> Outcome<()> {
        let mut txn = self.document.transaction();
        said(txn.insert(&self.list, at, value))?;
        txn.commit();
        Ok(())
    }

    fn push_todo(&mut self, todo: &Todo) -> Outcome<()> {
        let mut txn = self.document.transaction();
        let last = txn.length(&self.list);
        let item = said(txn.insert_object(&self.list, last, ObjType::Map))?;
        said(txn.put(&item, "title", todo.title.as_str()))?;
        said(txn.put(&item, "done", todo.done))?;
        said(txn.put(&item, "priority", todo.priority))?;
        txn.commit();
        Ok(())
    }

    fn counts(&mut self) -> (usize, usize) {
        (
            self.document.length(&self.map),
            self.document.length(&self.list),
        )
    }
}
