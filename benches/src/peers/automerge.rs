//! automerge 0.12.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{
    ActorId, Automerge as Document, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, TextEncoding, Value,
};

use crate::encoding::{Encoded, Encodes, EncodesTree, Encoding, Form};
use crate::engine::{Exchange, Outcome, Returning, Structured, Todo, Typing, said};
use crate::ids;
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

    /// A document in which the named objects stand. automerge has none that everyone knows without being told: all
    /// replicas begin with the same change by nobody, or a writer who stays `alone` makes them.
    fn with_objects(peer: u64, objects: &[(&str, ObjType)], alone: bool) -> Outcome<Self> {
        let mut document = Document::new_with_encoding(TextEncoding::UnicodeCodePoint);
        let own = ActorId::from(ids::id(peer).to_be_bytes());
        let first = if alone {
            own.clone()
        } else {
            ActorId::from([0; 8])
        };
        document.set_actor(first);
        let mut txn = document.transaction();
        for (key, kind) in objects {
            said(txn.put_object(ROOT, *key, *kind))?;
        }
        txn.commit_with(CommitOptions::default().with_time(0));
        document.set_actor(own);
        Self::of(document)
    }

    fn forms(&self) -> Vec<Encoded> {
        vec![
            (Encoding::AutomergePlain, self.document.save_nocompress()),
            (Encoding::Automerge, self.document.save()),
        ]
    }
}

impl Typing for Automerge {
    fn new(peer: u64) -> Outcome<Self> {
        Self::with_objects(peer, &[("text", ObjType::Text)], false)
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

impl Returning for Automerge {
    type Moment = Vec<ChangeHash>;

    fn moment(&self) -> Vec<ChangeHash> {
        self.document.get_heads()
    }

    fn text_at(&mut self, moment: &Vec<ChangeHash>) -> Outcome<String> {
        said(self.document.text_at(&self.text, moment))
    }

    fn diff(&mut self, from: &Vec<ChangeHash>, to: &Vec<ChangeHash>) -> Outcome<usize> {
        Ok(self.document.diff(from, to).len())
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

    const FORKS: bool = true;

    fn fork(&mut self) -> Outcome<Self> {
        Self::of(self.document.fork())
    }

    fn write_as(&mut self, peer: u64) -> Outcome<()> {
        self.document
            .set_actor(ActorId::from(ids::id(peer).to_be_bytes()));
        Ok(())
    }

    fn merge_from(&mut self, other: &mut Self) -> Outcome<()> {
        said(self.document.merge(&mut other.document)).map(drop)
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
        Self::of_writer(1, true)
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

impl Encodes for Automerge {
    fn alone(writer: u64) -> Outcome<Self> {
        Self::with_objects(writer, &[("text", ObjType::Text)], true)
    }

    fn whole_encodings(&mut self) -> Outcome<Vec<(Form, Encoded)>> {
        let forms = self.forms().into_iter();
        Ok(forms.map(|encoded| (Form::History, encoded)).collect())
    }

    fn delta_encodings(&mut self, since: &Vec<ChangeHash>) -> Outcome<Vec<Encoded>> {
        let lacking = self.document.get_changes(since);
        let bundle = self
            .document
            .bundle(lacking.iter().map(|change| change.hash()));
        Ok(vec![
            (Encoding::AutomergeChanges, self.document.save_after(since)),
            (Encoding::AutomergeBundle, said(bundle)?.bytes().to_vec()),
        ])
    }
}

impl EncodesTree for Automerge {
    fn of_writer(writer: u64, alone: bool) -> Outcome<Self> {
        let objects = [("map", ObjType::Map), ("list", ObjType::List)];
        Self::with_objects(writer, &objects, alone)
    }

    fn pull(&mut self, other: &mut Self) -> Outcome<()> {
        self.merge_from(other)
    }

    fn tree_encodings(&mut self) -> Outcome<Vec<Encoded>> {
        Ok(self.forms())
    }
}
