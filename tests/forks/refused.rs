//! One peer id, two histories: a replica copied with its disk, of which both copies write.
//!
//! - Whichever way the two histories meet, the merge is `Forked`, names the peer, and changes nothing.
//! - That holds for what others wrote on top of the other history, and for healthy operations beside it.
//! - A copy that only fell behind, or wrote nothing of its own, is no fork.

use proptest::prelude::*;
use support::engine::{self, peer};
use support::scenario::{Edit, Step};
use support::{plan, programs};
use syncline::{Doc, Error, Transaction, VersionVector};

const COPIED: u64 = 7;

/// A document of peer 7, and a copy that goes on under the same id.
fn copies() -> (Doc, Doc) {
    let mut original = Doc::with_peer(peer(COPIED));
    write(&mut original, |tx| {
        tx.text("body").insert(0, "shared")?;
        tx.map("meta").set("title", "Notes")
    });
    let copy = copy(&original);
    (original, copy)
}

fn copy(doc: &Doc) -> Doc {
    let mut copy = Doc::load(&doc.save()).expect("what it saved");
    copy.set_peer(peer(COPIED));
    copy
}

fn write(doc: &mut Doc, work: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error>) {
    doc.transact(work).expect("it fits");
}

/// Everything that a merge could change.
fn whole(doc: &Doc) -> (serde_json::Value, VersionVector, Vec<u8>) {
    (doc.to_json(), doc.version_vector(), doc.save())
}

/// Merging is refused as a fork of the copied peer, at an operation that the copies do not share.
fn refuses(doc: &mut Doc, bytes: &[u8], shared: u32) {
    let before = whole(doc);
    match doc.merge(bytes) {
        Err(Error::Forked { peer, seq }) => {
            assert_eq!(peer.get(), COPIED);
            assert!(
                seq >= shared,
                "named operation {seq}, of which both have the same"
            );
        }
        other => panic!("not seen as a fork: {other:?}"),
    }
    assert!(whole(doc) == before, "a refused merge changed something");
    doc.check().expect("the invariants");
}

/// Both ways, with whole deltas and with what each lacks.
fn refuse_each_other(one: &mut Doc, other: &mut Doc, shared: u32) {
    let all = VersionVector::new();
    refuses(one, &other.delta_since(&all), shared);
    refuses(other, &one.delta_since(&all), shared);
    let counts = [&*one, &*other].map(|doc| doc.version_vector().get(peer(COPIED)));
    let lacking = |to: &Doc, from: &mut Doc| from.delta_since(&to.version_vector());
    if counts[0] < counts[1] {
        let bytes = lacking(one, other);
        refuses(one, &bytes, shared);
    } else if counts[1] < counts[0] {
        let bytes = lacking(other, one);
        refuses(other, &bytes, shared);
    }
}

#[test]
fn different_text_under_the_same_ids() {
    let (mut one, mut other) = copies();
    let shared = one.operations();
    write(&mut one, |tx| tx.text("body").insert(0, "one "));
    write(&mut other, |tx| tx.text("body").insert(0, "another "));
    refuse_each_other(&mut one, &mut other, shared);
}

#[test]
fn the_same_number_of_operations() {
    let (mut one, mut other) = copies();
    let shared = one.operations();
    write(&mut one, |tx| tx.text("body").insert(0, "a"));
    write(&mut other, |tx| tx.text("body").insert(0, "b"));
    refuse_each_other(&mut one, &mut other, shared);
}

/// What two copies may do differently with one operation.
#[test]
fn every_part_of_an_operation_counts() {
    type Work = fn(&mut Transaction<'_>) -> Result<(), Error>;
    let works: [Work; 12] = [
        |tx| tx.text("body").insert(0, "a"),
        |tx| tx.text("body").insert(1, "a"),
        |tx| tx.text("other").insert(0, "a"),
        |tx| tx.text("body").delete(0..1),
        |tx| tx.text("body").delete(1..2),
        |tx| tx.map("meta").set("title", "Diary"),
        |tx| tx.map("meta").set("title", 1),
        |tx| tx.map("meta").set("name", 1),
        |tx| tx.map("meta").remove("title"),
        |tx| tx.list("todo").push(1),
        |tx| tx.counter("votes").add(1),
        |tx| tx.counter("votes").add(2),
    ];
    for (index, first) in works.iter().enumerate() {
        for second in &works[index + 1..] {
            let (mut one, mut other) = copies();
            let shared = one.operations();
            write(&mut one, first);
            write(&mut other, second);
            refuse_each_other(&mut one, &mut other, shared);
        }
    }
}

/// The same text at the same place, but one copy knew of somebody else's work.
#[test]
fn other_parents_make_another_history() {
    let (mut one, mut other) = copies();
    let shared = one.version_vector().get(peer(COPIED));
    let mut third = Doc::with_peer(peer(3));
    write(&mut third, |tx| tx.counter("votes").add(1));
    one.merge(&third.delta_since(&VersionVector::new()))
        .expect("no conflict");
    write(&mut one, |tx| tx.text("body").insert(0, "a"));
    write(&mut other, |tx| tx.text("body").insert(0, "a"));
    refuse_each_other(&mut one, &mut other, shared);
    // Also where what it knew is not here.
    refuses(
        &mut other,
        &one.delta_since(&third.version_vector()),
        shared,
    );
}

#[test]
fn work_on_top_of_the_other_history_is_refused() {
    let (mut one, mut other) = copies();
    let shared = one.operations();
    write(&mut one, |tx| tx.text("body").insert(0, "a"));
    write(&mut other, |tx| tx.text("body").insert(0, "b"));
    let mut reader = Doc::with_peer(peer(3));
    reader
        .merge(&other.delta_since(&VersionVector::new()))
        .expect("one side only");
    write(&mut reader, |tx| tx.text("body").push("!"));
    let theirs = reader.delta_since(&one.version_vector());
    refuses(&mut one, &theirs, shared);
}

#[test]
fn healthy_operations_beside_a_fork_are_not_applied() {
    let (mut one, mut other) = copies();
    let shared = one.version_vector().get(peer(COPIED));
    let mut third = Doc::with_peer(peer(3));
    write(&mut third, |tx| tx.map("meta").set("by", "third"));
    other
        .merge(&third.delta_since(&VersionVector::new()))
        .expect("no conflict");
    write(&mut one, |tx| tx.text("body").insert(0, "a"));
    write(&mut other, |tx| tx.text("body").insert(0, "b"));
    refuse_each_other(&mut one, &mut other, shared);
    one.merge(&third.delta_since(&one.version_vector()))
        .expect("healthy by itself");
    assert_eq!(one.get("meta/by"), Some("third".into()));
}

#[test]
fn a_copy_that_fell_behind_is_no_fork() {
    let (mut one, mut other) = copies();
    write(&mut one, |tx| tx.text("body").insert(0, "a"));
    other
        .merge(&one.delta_since(&other.version_vector()))
        .expect("its own work");
    other
        .merge(&one.delta_since(&VersionVector::new()))
        .expect("its own work, again");
    one.merge(&other.delta_since(&VersionVector::new()))
        .expect("nothing new");
    assert_eq!(one.to_json(), other.to_json());
    write(&mut other, |tx| tx.text("body").insert(0, "b"));
    one.merge(&other.delta_since(&one.version_vector()))
        .expect("one line of history");
    assert_eq!(one.text("body").to_string(), "bashared");
}

#[test]
fn both_doing_the_same_is_no_fork() {
    let (mut one, mut other) = copies();
    for doc in [&mut one, &mut other] {
        write(doc, |tx| tx.text("body").insert(0, "a"));
    }
    one.merge(&other.delta_since(&VersionVector::new()))
        .expect("the same history");
    assert_eq!(one.text("body").to_string(), "ashared");
}

/// A delta of the forked history that has to wait is refused when its time comes, not applied.
#[test]
fn a_fork_that_waits_is_not_applied_later() {
    let (mut one, mut other) = copies();
    write(&mut one, |tx| tx.text("body").insert(0, "a"));
    let mut third = Doc::with_peer(peer(3));
    write(&mut third, |tx| tx.counter("votes").add(1));
    let votes = third.delta_since(&VersionVector::new());
    write(&mut other, |tx| tx.text("body").insert(0, "b"));
    let mut reader = Doc::with_peer(peer(4));
    reader
        .merge(&other.delta_since(&VersionVector::new()))
        .expect("one side only");
    reader.merge(&votes).expect("no conflict");
    let before = reader.version_vector();
    write(&mut reader, |tx| tx.text("body").push("!"));
    let waits = reader.delta_since(&before);
    // It follows both the forked operation, which shows at once, and one that is not here yet.
    match one.merge(&waits) {
        Ok(change) => {
            assert_eq!(change.applied(), 0);
            let change = one.merge(&votes).expect("healthy by itself");
            let errors = change.rejected().iter().map(|rejected| &rejected.error);
            assert!(
                errors
                    .into_iter()
                    .any(|error| matches!(error, Error::Forked { .. }))
            );
        }
        Err(Error::Forked { .. }) => drop(one.merge(&votes).expect("healthy by itself")),
        Err(error) => panic!("{error:?}"),
    }
    assert_eq!(one.text("body").to_string(), "ashared");
    assert_eq!(one.version_vector().get(peer(4)), 0);
    one.check().expect("the invariants");
}

/// The transactions of replica 0 in a random program, drafted on what it sees.
fn transactions() -> impl Strategy<Value = Vec<Vec<Edit>>> {
    programs::program(12).prop_map(|(_, choices)| {
        let steps = plan::scenario(1, &choices).steps;
        let done = steps.into_iter().filter_map(|step| match step {
            Step::Do(_, edits, None) => Some(edits),
            _ => None,
        });
        done.collect()
    })
}

proptest! {
    #![proptest_config(programs::config(64, 10_000))]

    #[test]
    fn any_two_different_continuations_are_a_fork(
        first in transactions(), second in transactions(), ahead in 1..4usize
    ) {
        let (mut one, mut other) = copies();
        let shared = one.operations();
        write(&mut one, |tx| tx.text("body").insert(0, "1"));
        write(&mut other, |tx| tx.text("body").insert(0, "2"));
        for (doc, transactions) in [(&mut one, &first), (&mut other, &second)] {
            for edits in transactions.iter().take(ahead) {
                // Drafted on an empty document: what does not fit this one is left out.
                let _ = engine::transact(doc, edits);
            }
        }
        refuse_each_other(&mut one, &mut other, shared);
    }
}
