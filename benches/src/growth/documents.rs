//! Documents of so many things, each with a replica beside it and the undo of who writes.

use syncline::{Doc, Error, Peer, UndoManager};

use crate::random::Random;

/// What a document is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Document {
    /// So many insertions at random places, a third of them deleted.
    Text,
    /// A text of ten characters for each mark, of four keys.
    Marked,
    /// Numbers, of which some were set and moved.
    List,
    /// A list of maps, each with a text.
    Items,
    /// So many keys.
    Map,
}

impl Document {
    pub(super) fn name(self) -> &'static str {
        match self {
            Document::Text => "text",
            Document::Marked => "marked text",
            Document::List => "list",
            Document::Items => "list of maps",
            Document::Map => "map",
        }
    }
}

const KEYS: [&str; 4] = ["bold", "italic", "link", "color"];

/// A document, another replica of it, and what undoes in the first.
pub(super) struct Pair {
    pub(super) doc: Doc,
    pub(super) other: Doc,
    pub(super) undo: UndoManager,
    pub(super) size: usize,
}

impl Pair {
    pub(super) fn new(document: Document, size: usize) -> Result<Pair, Error> {
        let mut doc = make(document, size)?;
        let mut other = replica(2)?;
        other.merge(&doc.delta_since(&other.version_vector()))?;
        let undo = UndoManager::new().with_gap_ms(0);
        Ok(Pair {
            doc,
            other,
            undo,
            size,
        })
    }

    /// Brings each what the other wrote.
    pub(super) fn sync(&mut self) -> Result<(), Error> {
        let delta = self.other.delta_since(&self.doc.version_vector());
        self.doc.merge(&delta)?;
        let delta = self.doc.delta_since(&self.other.version_vector());
        self.other.merge(&delta)?;
        Ok(())
    }

    /// Where so many characters of the text begin.
    pub(super) fn place(&self, random: &mut Random, len: usize) -> usize {
        random.below(
            self.doc
                .text("body")
                .len()
                .min(self.other.text("body").len())
                - len,
        )
    }

    /// An index of the list.
    pub(super) fn index(&self, random: &mut Random) -> usize {
        random.below(
            self.doc
                .list("list")
                .len()
                .min(self.other.list("list").len()),
        )
    }
}

fn replica(id: u64) -> Result<Doc, Error> {
    let peer = Peer::new(id).ok_or_else(|| Error::aborted("a peer id is not zero"))?;
    Ok(Doc::with_peer(peer))
}

fn make(document: Document, size: usize) -> Result<Doc, Error> {
    let mut doc = replica(1)?;
    let mut random = Random::new(5);
    match document {
        Document::Text => {
            for nth in 0..size {
                let len = doc.text("body").len();
                let at = random.below(len + 1);
                doc.transact(|tx| match nth % 4 {
                    3 => tx.text("body").delete(at.min(len - 2)..at.min(len - 2) + 2),
                    _ => tx.text("body").insert(at, "abc"),
                })?;
            }
        }
        Document::Marked => {
            let text: String = "All of it is text. "
                .chars()
                .cycle()
                .take(size * 10)
                .collect();
            doc.transact(|tx| tx.text("body").push(&text))?;
            doc.transact(|tx| {
                (0..size).try_for_each(|_| {
                    let start = random.below(size * 10 - 50);
                    let end = start + 1 + random.below(40);
                    let key = KEYS[random.below(KEYS.len())];
                    tx.text("body").mark(start..end, key, true)
                })
            })?;
        }
        Document::List => {
            doc.transact(|tx| (0..size as i64).try_for_each(|nth| tx.list("list").push(nth)))?;
            for _ in 0..size / 8 {
                let [from, to, set] = [(); 3].map(|()| random.below(size));
                doc.transact(|tx| {
                    tx.list("list").move_to(from, to)?;
                    tx.list("list").set(set, -1)
                })?;
            }
        }
        Document::Items => {
            doc.transact(|tx| {
                (0..size).try_for_each(|nth| {
                    let mut item = tx.list("list").push_map()?;
                    item.set("title", format!("item {nth}"))?;
                    item.set("done", false)?;
                    item.text("body")?.push("hello")
                })
            })?;
        }
        Document::Map => {
            doc.transact(|tx| {
                (0..size as i64).try_for_each(|nth| tx.map("map").set(&format!("key {nth}"), nth))
            })?;
        }
    }
    Ok(doc)
}
