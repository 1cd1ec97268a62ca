//! Small documents of a few people, and what tests do with them again and again.

use syncline::{Doc, Error, SaveOptions, Transaction, VersionVector};

use super::engine::peer;

/// An empty document of a peer.
pub fn doc(id: u64) -> Doc {
    Doc::with_peer(peer(id))
}

pub fn write(doc: &mut Doc, work: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error>) {
    doc.transact(work).expect("it fits");
}

/// Types at the end.
pub fn push(doc: &mut Doc, text: &str) {
    write(doc, |tx| tx.text("body").push(text));
}

/// A document of a peer that typed this.
pub fn typed(id: u64, text: &str) -> Doc {
    let mut doc = doc(id);
    push(&mut doc, text);
    doc
}

pub fn type_at(doc: &mut Doc, at: usize, text: &str) {
    write(doc, |tx| tx.text("body").insert(at, text));
}

/// Brings what the other lacks, all of which is taken in at once.
pub fn send(from: &mut Doc, to: &mut Doc) {
    let delta = from.delta_since(&to.version_vector());
    let change = to.merge(&delta).expect("a delta");
    assert!(change.waiting().is_empty() && change.rejected().is_empty());
}

/// What work made of a document, as a delta.
pub fn made(doc: &mut Doc, work: impl FnOnce(&mut Doc)) -> Vec<u8> {
    let known = doc.version_vector();
    work(doc);
    doc.delta_since(&known)
}

/// All that a document knows, as a delta.
pub fn all(doc: &mut Doc) -> Vec<u8> {
    doc.delta_since(&VersionVector::new())
}

/// What saved bytes say, to be written on by a peer.
pub fn loaded(bytes: &[u8], id: u64) -> Doc {
    let mut doc = Doc::load(bytes).expect("what was saved");
    doc.set_peer(peer(id));
    doc
}

pub fn shallow(doc: &Doc) -> Vec<u8> {
    doc.save_with(&SaveOptions::new().shallow())
}

/// The same document without its history, of another peer.
pub fn cut(doc: &Doc, id: u64) -> Doc {
    loaded(&shallow(doc), id)
}

/// The same is shown and known, by the same hashes.
pub fn agree(one: &mut Doc, other: &mut Doc) {
    one.check().expect("sound");
    other.check().expect("sound");
    assert_eq!(one.to_json(), other.to_json());
    assert_eq!(one.version_vector(), other.version_vector());
    assert_eq!(one.frontier(), other.frontier());
    let entries = |doc: &mut Doc| {
        let summary = doc.summary().expect("its history");
        summary.iter().copied().collect::<Vec<_>>()
    };
    assert_eq!(entries(one), entries(other));
}
