//! yrs 0.28, the Rust port of Yjs, with its usual collection of deleted content.

use yrs::block::ClientID;
use yrs::updates::decoder::Decode;
use yrs::{
    Array, ArrayRef, Doc, GetString, In, Map, MapPrelim, MapRef, OffsetKind, Options, ReadTxn,
    StateVector, Text, TextRef, Transact, Update,
};

use crate::engine::{Exchange, Outcome, Structured, Todo, Typing, said};
use crate::trace::Patch;

/// A document with a text.
pub struct Yrs {
    document: Doc,
    text: TextRef,
}

fn document(peer: u64) -> Doc {
    // yrs counts bytes or UTF-16 units; the histories have no scalar that takes two of the latter.
    let mut options = Options::with_client_id(ClientID::new(peer));
    options.offset_kind = OffsetKind::Utf16;
    Doc::with_options(options)
}

fn index(position: usize) -> Outcome<u32> {
    said(u32::try_from(position))
}

impl Yrs {
    fn apply(&self, txn: &mut yrs::TransactionMut<'_>, patches: &[Patch]) -> Outcome<()> {
        for patch in patches {
            if index(patch.at + patch.deleted)? > self.text.len(txn) {
                return Err("a position lies outside its text".to_owned());
            }
            if patch.deleted > 0 {
                self.text
                    .remove_range(txn, index(patch.at)?, index(patch.deleted)?);
            }
            if !patch.inserted.is_empty() {
                self.text.insert(txn, index(patch.at)?, &patch.inserted);
            }
        }
        Ok(())
    }
}

impl Typing for Yrs {
    fn new(peer: u64) -> Outcome<Self> {
        let document = document(peer);
        let text = document.get_or_insert_text("text");
        Ok(Self { document, text })
    }

    fn transact(&mut self, patches: &[Patch]) -> Outcome<()> {
        self.apply(&mut self.document.transact_mut(), patches)
    }

    fn text(&self) -> String {
        self.text.get_string(&self.document.transact())
    }
}

impl Exchange for Yrs {
    type Version = StateVector;

    fn len(&self) -> usize {
        self.text.len(&self.document.transact()) as usize
    }

    fn version(&self) -> StateVector {
        self.document.transact().state_vector()
    }

    fn delta_since(&mut self, version: &StateVector) -> Outcome<Vec<u8>> {
        Ok(self.document.transact().encode_diff_v1(version))
    }

    fn whole(&mut self) -> Outcome<Vec<u8>> {
        self.delta_since(&StateVector::default())
    }

    /// What its update event would carry: unlike a diff, only this transaction's deletions.
    fn transact_and_ship(&mut self, patches: &[Patch]) -> Outcome<Vec<u8>> {
        let mut txn = self.document.transact_mut();
        self.apply(&mut txn, patches)?;
        txn.commit();
        Ok(txn.encode_update_v1())
    }

    fn merge(&mut self, delta: &[u8]) -> Outcome<()> {
        let update = said(Update::decode_v1(delta))?;
        said(self.document.transact_mut().apply_update(update))
    }

    fn save(&mut self) -> Outcome<Vec<u8>> {
        self.whole()
    }

    fn open(saved: &[u8]) -> Outcome<Self> {
        let mut opened = Self::blank()?;
        opened.merge(saved)?;
        Ok(opened)
    }
}

/// A document with a map and a list.
pub struct YrsTree {
    document: Doc,
    map: MapRef,
    list: ArrayRef,
}

impl Structured for YrsTree {
    fn new() -> Outcome<Self> {
        let document = document(1);
        let map = document.get_or_insert_map("map");
        let list = document.get_or_insert_array("list");
        Ok(Self {
            document,
            map,
            list,
        })
    }

    fn set_in_map(&mut self, key: &str, value: i64) -> Outcome<()> {
        self.map
            .insert(&mut self.document.transact_mut(), key, value);
        Ok(())
    }

    fn insert_in_list(&mut self, at: usize, value: i64) -> Outcome<()> {
        self.list
            .insert(&mut self.document.transact_mut(), index(at)?, value);
        Ok(())
    }

    fn push_todo(&mut self, todo: &Todo) -> Outcome<()> {
        let item = MapPrelim::from([
            ("title", In::from(todo.title.as_str())),
            ("done", In::from(todo.done)),
            ("priority", In::from(todo.priority)),
        ]);
        self.list.push_back(&mut self.document.transact_mut(), item);
        Ok(())
    }

    fn counts(&mut self) -> (usize, usize) {
        let txn = self.document.transact();
        (self.map.len(&txn) as usize, self.list.len(&txn) as usize)
    }
}
