//! Replicas that meet though they wrote under one peer id, and keep what all wrote.

use syncline::{Doc, Error, OpId, Peer, Transaction, value};

use super::change;
use super::engine::{self, peer};

/// The peer that tests copy.
pub const COPIED: u64 = 7;

pub fn write(doc: &mut Doc, work: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error>) {
    doc.transact(work).expect("it fits");
    doc.check().expect("the invariants");
}

/// A copy that writes under the same id as the original.
pub fn copy_as(doc: &Doc, id: u64) -> Doc {
    let mut copy = Doc::load(&doc.save()).expect("what it saved");
    copy.set_peer(peer(id));
    copy
}

pub fn copy(doc: &Doc) -> Doc {
    copy_as(doc, COPIED)
}

/// A document of peer 7 with some of everything.
pub fn original() -> Doc {
    let mut doc = Doc::with_peer(peer(COPIED));
    write(&mut doc, |tx| {
        tx.text("body").insert(0, "shared")?;
        tx.list("todo").push("Buy milk")?;
        tx.map("meta").set("title", "Notes")
    });
    doc
}

/// Three copies; of two more, one is a copy of a copy that wrote before.
pub fn branches() -> Vec<Doc> {
    let mut first = original();
    let mut docs = vec![copy(&first), copy(&first)];
    write(&mut first, |tx| tx.text("body").insert(0, "1"));
    docs.push(copy(&first));
    docs.insert(0, first);
    let words = ["alpha", "beta", "gamma", "delta"];
    for (doc, word) in docs.iter_mut().zip(words) {
        write(doc, |tx| {
            tx.text("body").insert(3, word)?;
            tx.list("todo").push(value!({ "by": word }))?;
            tx.map("meta").set("title", word)?;
            tx.counter("votes").add(1)
        });
        write(doc, |tx| tx.list("todo").map(1)?.set("done", true));
    }
    docs
}

/// Two copies that differ from operation 8 on; the first one's is the longer history.
pub fn copies() -> (Doc, Doc) {
    let mut one = original();
    let mut other = copy(&one);
    for (doc, word) in [(&mut one, "1one"), (&mut other, "2")] {
        write(doc, |tx| {
            tx.text("body").insert(0, word)?;
            tx.list("todo").push(value!({ "by": word }))
        });
    }
    (one, other)
}

/// A document that holds both histories, and what somebody wrote after that.
pub fn both() -> Doc {
    let (mut one, mut other) = copies();
    meet(&mut one, &mut other);
    one.set_peer(peer(50));
    write(&mut one, |tx| tx.list("todo").map(1)?.set("read", true));
    one
}

pub fn first_difference(one: &mut Doc, other: &mut Doc, peer: Peer) -> u32 {
    let known = |doc: &Doc| doc.version_vector().get(peer);
    let (mut same, mut differs) = (0, known(one).min(known(other)));
    while same < differs {
        let seq = (same + differs) / 2;
        let id = OpId { peer, seq };
        let [one, other] = [&mut *one, &mut *other].map(|doc| doc.chain_value(id).expect("known"));
        if one == other {
            same = seq + 1;
        } else {
            differs = seq;
        }
    }
    same
}

/// Two replicas tell each other their splits, then exchange all; where a peer is found to have two histories it is split.
pub fn meet(one: &mut Doc, other: &mut Doc) {
    for _ in 0..20 {
        tell_splits(one, other);
        match exchange(one, other) {
            Ok(()) => return same(one, other),
            Err(Error::Forked { peer, .. }) => {
                let seq = first_difference(one, other, peer);
                split(one, &[(peer, seq)]);
                split(other, &[(peer, seq)]);
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("there is no end of splits");
}

pub fn tell_splits(one: &mut Doc, other: &mut Doc) {
    let [from, to] = [&*one, &*other].map(|doc| doc.splits().collect::<Vec<_>>());
    split(one, &to);
    split(other, &from);
}

pub fn exchange(one: &mut Doc, other: &mut Doc) -> Result<(), Error> {
    // Copies that are as long do not see it from what they lack.
    let vectors = [one.version_vector(), other.version_vector()];
    for (peer, count) in vectors[0].iter() {
        let id = |count: u32| OpId {
            peer,
            seq: count - 1,
        };
        let both = count.min(vectors[1].get(peer));
        if both > 0 && one.chain_value(id(both))? != other.chain_value(id(both))? {
            return Err(Error::Forked { peer, seq: both });
        }
    }
    pull(one, other)?;
    pull(other, one)
}

/// What `to` lacks of `from`; the change must tell what came of it.
pub fn pull(to: &mut Doc, from: &mut Doc) -> Result<(), Error> {
    let delta = from.delta_since(&to.version_vector());
    let before = (engine::roots(to), to.operations());
    let change = to.merge(&delta)?;
    change::check(&change, &before.0, &engine::roots(to));
    assert_eq!(change.applied(), to.operations() - before.1);
    Ok(())
}

/// Splits, and holds the change against what shows.
pub fn split(doc: &mut Doc, splits: &[(Peer, u32)]) {
    let before = (engine::roots(doc), doc.operations());
    let change = doc.split_peers(splits).expect("it splits");
    change::check(&change, &before.0, &engine::roots(doc));
    assert_eq!((change.applied(), doc.operations()), (0, before.1));
    doc.check().expect("the invariants");
}

pub fn same(one: &Doc, other: &Doc) {
    one.check().expect("the invariants");
    other.check().expect("the invariants");
    assert_eq!(one.to_json(), other.to_json());
    assert_eq!(one.version_vector(), other.version_vector());
    assert_eq!(one.frontier(), other.frontier());
    assert!(one.splits().eq(other.splits()));
    assert!(one.forks().eq(other.forks()));
    assert_eq!(one.save(), other.save());
    one.verify().expect("it is what its history comes to");
}

/// All of them know all, however they meet from here.
pub fn settle(docs: &mut [Doc]) {
    for _ in 0..2 {
        for at in 1..docs.len() {
            let (first, rest) = docs.split_at_mut(at);
            meet(&mut first[0], &mut rest[0]);
        }
    }
}
