//! One peer id, two histories, and both are kept: peers are split at the first operation that differs.
//!
//! - Whoever meets, in any order, ends with the same document and saves the same bytes.
//! - Nobody's work is lost, also not what others wrote after one of the histories.
//! - What was split is not written under any more, and changes tell what shows differently.

use support::engine::peer;
use support::forks::{COPIED, branches, copy, meet, original, pull, same, settle, split, write};
use syncline::{Doc, OpId, VersionVector, value};

#[test]
fn a_restored_backup_goes_on() {
    let mut doc = original();
    let backup = doc.save();
    write(&mut doc, |tx| tx.text("body").insert(0, "one "));
    let mut restored = Doc::load(&backup).expect("what it saved");
    restored.set_peer(peer(COPIED));
    write(&mut restored, |tx| {
        tx.text("body").push(" two")?;
        tx.map("meta").set("title", "Diary")
    });
    meet(&mut doc, &mut restored);
    assert_eq!(doc.text("body").to_string(), "one shared two");
    assert_eq!(doc.get("meta/title"), Some("Diary".into()));
    assert_eq!(doc.forks().count(), 2);
    assert_eq!(doc.splits().collect::<Vec<_>>(), [(peer(COPIED), 8)]);
    let mut newcomer = Doc::new();
    newcomer.merge(&doc.save()).expect("what it saved");
    same(&doc, &newcomer);
    let mut newcomer = Doc::new();
    let all = doc.delta_since(&VersionVector::new());
    newcomer.merge(&all).expect("all of it");
    same(&doc, &newcomer);
}

/// Both write on after the split, each as a peer of its own.
#[test]
fn nobody_writes_under_a_split_peer() {
    let mut one = original();
    let mut other = copy(&one);
    write(&mut one, |tx| tx.text("body").insert(0, "1"));
    write(&mut other, |tx| tx.text("body").insert(0, "2"));
    meet(&mut one, &mut other);
    assert_eq!((one.peer(), other.peer()), (None, None));
    for doc in [&mut one, &mut other] {
        doc.set_peer(peer(COPIED));
        write(doc, |tx| tx.text("body").push("!"));
        assert_ne!(doc.peer(), Some(peer(COPIED)));
        let fork = doc.forks().next().expect("two");
        doc.set_peer(fork.peer);
        write(doc, |tx| tx.text("body").push("?"));
        assert_ne!(doc.peer(), Some(fork.peer));
    }
    assert_ne!(one.peer(), other.peer());
    meet(&mut one, &mut other);
    assert_eq!(one.text("body").len(), 12);
}

/// A split of which no operation is known yet closes the peer all the same.
#[test]
fn a_peer_that_is_closed_takes_a_fresh_id() {
    let mut doc = original();
    split(&mut doc, &[(peer(COPIED), 8)]);
    assert_eq!(doc.forks().count(), 0);
    write(&mut doc, |tx| tx.text("body").push("!"));
    assert_eq!(doc.version_vector().get(peer(COPIED)), 8);
    // Nobody has this one here, nor is that needed.
    split(&mut doc, &[(peer(99), 3)]);
    assert_eq!(
        doc.splits().collect::<Vec<_>>(),
        [(peer(COPIED), 8), (peer(99), 3)]
    );
}

/// Histories that differ from the very first operation.
#[test]
fn the_first_operation_differs() {
    let [mut one, mut other] = ["one", "another"].map(|word| {
        let mut doc = Doc::with_peer(peer(COPIED));
        write(&mut doc, |tx| tx.text("body").insert(0, word));
        assert_eq!(doc.summary().expect("its history").len(), 1);
        doc
    });
    meet(&mut one, &mut other);
    assert_eq!(one.version_vector().get(peer(COPIED)), 0);
    assert_eq!(one.summary().expect("its history").len(), 2);
    assert_eq!(one.text("body").len(), 10);
    let fork = one.forks().next().expect("two");
    assert_eq!(
        fork.first,
        OpId {
            peer: peer(COPIED),
            seq: 0
        }
    );
    let again = Doc::load(&one.save()).expect("what it saved");
    same(&again, &one);
}

#[test]
fn branches_meet_in_any_order() {
    let orders = [
        [(0, 1), (2, 3), (0, 2), (1, 3), (0, 3)],
        [(0, 3), (0, 1), (0, 2), (1, 3), (2, 3)],
        [(1, 2), (1, 3), (0, 2), (0, 1), (2, 3)],
        [(2, 3), (1, 3), (0, 3), (1, 2), (0, 1)],
        [(0, 2), (1, 3), (0, 3), (1, 2), (2, 3)],
    ];
    let mut ends: Vec<Vec<u8>> = Vec::new();
    for order in orders {
        let mut docs = branches();
        for (one, other) in order {
            let [one, other] = docs.get_disjoint_mut([one, other]).expect("two of four");
            meet(one, other);
        }
        settle(&mut docs);
        // One of the first letter that two share, then a part each; two parts of each other.
        assert_eq!(docs[0].forks().count(), 7);
        assert_eq!(docs[0].counter("votes").value(), 4);
        assert_eq!(docs[0].list("todo").len(), 5);
        ends.extend(docs.iter().map(Doc::save));
    }
    assert!(ends.iter().all(|end| *end == ends[0]), "some end otherwise");
}

/// Splitting at one operation first and at an earlier one later, and the other way round.
#[test]
fn the_order_of_splits_does_not_matter() {
    let splits = [5, 3, 9, 0, 7].map(|seq| (peer(COPIED), seq));
    let mut ends = Vec::new();
    for first in 0..splits.len() {
        let mut doc = branches().remove(1);
        for at in 0..splits.len() {
            split(&mut doc, &splits[(first + at) % splits.len()..][..1]);
        }
        ends.push(doc);
    }
    let mut at_once = branches().remove(1);
    split(&mut at_once, &splits);
    for end in &ends {
        same(end, &at_once);
    }
    let saved = at_once.save();
    split(&mut at_once, &splits);
    assert_eq!(at_once.save(), saved, "splitting again changed something");
    // The same by the names that the first ones made.
    let mut by_names = branches().remove(1);
    let mut last = peer(COPIED);
    for seq in [0, 3, 2, 2, 2] {
        split(&mut by_names, &[(last, seq)]);
        last = by_names.forks().last().expect("one at least").peer;
    }
    same(&by_names, &at_once);
}

/// Others wrote after each of the histories; one of them after both.
#[test]
fn others_follow_each_branch() {
    let mut one = original();
    let mut other = copy(&one);
    let [mut anna, mut ben, mut carl] = [21, 22, 23].map(|id| Doc::with_peer(peer(id)));
    write(&mut one, |tx| tx.text("body").insert(0, "one "));
    write(&mut other, |tx| tx.text("body").insert(0, "two "));
    meet(&mut anna, &mut one);
    meet(&mut ben, &mut other);
    for (doc, word) in [(&mut anna, " (Anna)"), (&mut ben, " (Ben)")] {
        write(doc, |tx| tx.text("body").push(word));
        write(doc, |tx| tx.list("todo").set(0, word));
    }
    meet(&mut anna, &mut one);
    write(&mut one, |tx| tx.text("body").push("."));
    let mut docs = [one, other, anna, ben];
    settle(&mut docs);
    meet(&mut carl, &mut docs[3]);
    write(&mut carl, |tx| tx.text("body").delete(0..3));
    meet(&mut carl, &mut docs[0]);
    settle(&mut docs);
    let text = docs[0].text("body").to_string();
    assert_eq!(
        text.len(),
        "one two shared (Anna) (Ben).".len() - 3,
        "{text}"
    );
    assert!(text.contains("(Anna)") && text.contains("(Ben)"), "{text}");
}

/// Both histories made a container with the same operation; what is written into each stays there.
#[test]
fn both_make_a_container_at_the_same_number() {
    let mut one = original();
    let mut other = copy(&one);
    for (doc, word) in [(&mut one, "one"), (&mut other, "other")] {
        write(doc, |tx| {
            tx.text("who").push(if word == "one" { "1" } else { "2" })?;
            tx.list("todo").push(value!({ "by": word, "in": [word] }))
        });
        write(doc, |tx| {
            tx.list("todo").map(1)?.list("in")?.push("own")?;
            tx.map("meta").text("notes")?.push(word)
        });
    }
    let mut friend = Doc::with_peer(peer(30));
    meet(&mut friend, &mut other);
    write(&mut friend, |tx| {
        tx.list("todo").map(1)?.list("in")?.push("friend")
    });
    meet(&mut one, &mut other);
    meet(&mut one, &mut friend);
    // Who knows both writes into both, and is told apart by whom he met.
    for index in [1, 2] {
        write(&mut friend, |tx| {
            tx.list("todo").map(index)?.list("in")?.push("both")
        });
    }
    let mut docs = [one, other, friend];
    settle(&mut docs);
    let todo = docs[0].list("todo").iter().map(|item| item.to_json());
    let mut todo: Vec<_> = todo.map(|item| item.to_string()).collect();
    todo.sort();
    assert_eq!(
        todo,
        [
            r#""Buy milk""#,
            r#"{"by":"one","in":["one","own","both"]}"#,
            r#"{"by":"other","in":["other","own","friend","both"]}"#,
        ]
    );
    assert_eq!(
        docs[0]
            .get("meta/notes")
            .map(|notes| notes.to_json().to_string().len()),
        Some(10)
    );
}

/// What waits for others waits on.
#[test]
fn what_waits_waits_on() {
    let mut one = original();
    let mut other = copy(&one);
    let mut anna = Doc::with_peer(peer(21));
    meet(&mut anna, &mut one);
    write(&mut anna, |tx| tx.text("body").push(" first"));
    let first = anna.delta_since(&one.version_vector());
    let known = anna.version_vector();
    write(&mut anna, |tx| tx.text("body").push(" second"));
    let second = anna.delta_since(&known);
    write(&mut one, |tx| tx.text("body").insert(0, "1"));
    write(&mut other, |tx| tx.text("body").insert(0, "2"));
    let change = one.merge(&second).expect("it waits");
    assert_eq!(change.waiting().len(), 1);
    for doc in [&mut one, &mut other] {
        split(doc, &[(peer(COPIED), 8)]);
    }
    pull(&mut one, &mut other).expect("both histories");
    assert_eq!(one.text("body").to_string().len(), 8);
    let change = one.merge(&first).expect("it came");
    assert_eq!(change.applied(), 13);
    assert!(one.text("body").to_string().ends_with(" first second"));
}
