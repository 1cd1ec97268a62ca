//! yrs 0.28, the Rust port of Yjs: with its usual collection of deleted content, or keeping it, which is a history.

use yrs::block::ClientID;
use yrs::updates::decoder::Decode;
use yrs::{
    Array, ArrayRef, Doc, GetString, In, Map, MapPrelim, MapRef, OffsetKind, Options, ReadTxn,
    StateVector, Text, TextRef, Transact, Update,
};

use crate::encoding::{Encoded, Encodes, EncodesTree, Encoding, Form};
use crate::engine::{Exchange, Outcome, Structured, Todo, Typing, said};
use crate::ids;
use crate::trace::Patch;

/// A document with a text, which keeps what was deleted where `KEEPS`.
pub struct Yrs<const KEEPS: bool = false> {
    document: Doc,
    text: TextRef,
}

fn document(peer: u64, keeps: bool) -> Doc {
    // yrs counts bytes or UTF-16 units; the histories have no scalar that takes two of the latter.
    let mut options = Options::with_client_id(ClientID::new(ids::id_of_53_bits(peer)));
    options.offset_kind = OffsetKind::Utf16;
    options.skip_gc = keeps;
    Doc::with_options(options)
}

fn index(position: usize) -> Outcome<u32> {
    said(u32::try_from(position))
}

impl<const KEEPS: bool> Yrs<KEEPS> {
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

impl<const KEEPS: bool> Typing for Yrs<KEEPS> {
    fn new(peer: u64) -> Outcome<Self> {
        let document = document(peer, KEEPS);
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

impl<const KEEPS: bool> Exchange for Yrs<KEEPS> {
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

/// A document with a map and a list, which keeps what was replaced where `KEEPS`.
pub struct YrsTree<const KEEPS: bool = false> {
    document: Doc,
    map: MapRef,
    list: ArrayRef,
}

impl<const KEEPS: bool> Structured for YrsTree<KEEPS> {
    fn new() -> Outcome<Self> {
        Self::of_writer(1, true)
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

/// What the replica knows beyond the version: in both forms where the history is kept, else in the smaller one.
fn diffs(document: &Doc, since: &StateVector, keeps: bool) -> Vec<Encoded> {
    let txn = document.transact();
    let v2 = txn.encode_diff_v2(since);
    if keeps {
        vec![
            (Encoding::YrsV1, txn.encode_diff_v1(since)),
            (Encoding::YrsV2, v2),
        ]
    } else {
        vec![(Encoding::YrsCollected, v2)]
    }
}

impl<const KEEPS: bool> Encodes for Yrs<KEEPS> {
    fn whole_encodings(&mut self) -> Outcome<Vec<(Form, Encoded)>> {
        let diffs = diffs(&self.document, &StateVector::default(), KEEPS).into_iter();
        let history = diffs.map(|diff| (Form::History, diff));
        // It opens what it wrote without replaying it.
        Ok(history
            .flat_map(|(form, diff)| [(form, diff.clone()), (Form::Snapshot, diff)])
            .collect())
    }

    fn delta_encodings(&mut self, since: &StateVector) -> Outcome<Vec<Encoded>> {
        Ok(diffs(&self.document, since, KEEPS))
    }

    /// What its update events carry, merged: unlike a diff, only these transactions' deletions.
    fn type_and_encode(&mut self, patches: &[Patch]) -> Outcome<Vec<Encoded>> {
        let (mut v1, mut v2) = (Vec::new(), Vec::new());
        for patch in patches {
            let mut txn = self.document.transact_mut();
            self.apply(&mut txn, std::slice::from_ref(patch))?;
            txn.commit();
            v1.push(txn.encode_update_v1());
            v2.push(txn.encode_update_v2());
        }
        if !KEEPS {
            return Ok(Vec::new());
        }
        Ok(vec![
            (Encoding::YrsV1, said(yrs::merge_updates_v1(v1))?),
            (Encoding::YrsV2, said(yrs::merge_updates_v2(v2))?),
        ])
    }
}

impl<const KEEPS: bool> EncodesTree for YrsTree<KEEPS> {
    fn of_writer(writer: u64, _alone: bool) -> Outcome<Self> {
        let document = document(writer, KEEPS);
        let map = document.get_or_insert_map("map");
        let list = document.get_or_insert_array("list");
        Ok(Self {
            document,
            map,
            list,
        })
    }

    fn pull(&mut self, other: &mut Self) -> Outcome<()> {
        let known = self.document.transact().state_vector();
        let lacking = other.document.transact().encode_diff_v1(&known);
        let update = said(Update::decode_v1(&lacking))?;
        said(self.document.transact_mut().apply_update(update))
    }

    fn tree_encodings(&mut self) -> Outcome<Vec<Encoded>> {
        Ok(diffs(&self.document, &StateVector::default(), KEEPS))
    }
}
