//! One peer id, two histories, and both are kept: peers are split at the first operation that differs.
//!
//! - Whoever meets, in any order, ends with the same document and saves the same bytes.
//! - Nobody's work is lost, also not what others wrote after one of the histories.
//! - What was split is not written under any more, and changes tell what shows differently.

use proptest::collection::vec;
use proptest::prelude::*;
use support::engine::{self, peer};
use support::forks::{COPIED, copy, meet, original, pull, same, settle, split, write};
use support::scenario::{Edit, Step};
use support::{plan, programs};
use syncline::{Doc, OpId, SaveOptions, VersionVector, value};

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

/// Three copies; of two more, one is a copy of a copy that wrote before.
fn branches() -> Vec<Doc> {
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

/// Chain values say what an operation is, whatever it is called.
#[test]
fn splitting_changes_no_chain_value() {
    let mut doc = branches().remove(3);
    write(&mut doc, |tx| tx.text("body").push(&"long ".repeat(60)));
    let count = doc.version_vector().get(peer(COPIED));
    let values = |doc: &mut Doc, ids: &[OpId]| {
        let value = |&id: &OpId| doc.chain_value(id).expect("known").expect("known");
        ids.iter().map(value).collect::<Vec<_>>()
    };
    let ids: Vec<_> = (0..count)
        .map(|seq| OpId {
            peer: peer(COPIED),
            seq,
        })
        .collect();
    let before = values(&mut doc, &ids);
    for cuts in [&[64][..], &[1, 63, 130, 131], &[0, 2, 65, 128, 192]] {
        let splits: Vec<_> = cuts.iter().map(|&seq| (peer(COPIED), seq)).collect();
        split(&mut doc, &splits);
        let ids: Vec<_> = ids
            .iter()
            .map(|id| {
                let fork = doc.forks().filter(|fork| fork.first.seq <= id.seq).last();
                fork.map_or(*id, |fork| OpId {
                    peer: fork.peer,
                    seq: id.seq - fork.first.seq,
                })
            })
            .collect();
        assert_eq!(values(&mut doc, &ids), before);
        // Asked for in another order, and of a document that has just been read.
        let mut again = Doc::load(&doc.save()).expect("what it saved");
        let backwards: Vec<_> = ids.iter().rev().copied().collect();
        let values: Vec<_> = values(&mut again, &backwards).into_iter().rev().collect();
        assert_eq!(values, before);
    }
}

/// Nor those of what others wrote after what is renamed, in whatever order its parents' ids come then.
#[test]
fn who_follows_keeps_chain_values() {
    let mut doc = original();
    write(&mut doc, |tx| tx.list("todo").push(value!({ "by": "7" })));
    let mut friends = [1, 8, 1 << 63].map(|id| Doc::with_peer(peer(id)));
    for friend in &mut friends {
        write(friend, |tx| tx.text("body").push("own"));
    }
    for friend in &mut friends {
        pull(friend, &mut doc).expect("no conflict");
        write(friend, |tx| tx.list("todo").map(1)?.set("read", true));
    }
    for friend in &mut friends {
        pull(&mut doc, friend).expect("no conflict");
    }
    let ids = [1, 8, 1 << 63].map(|id| OpId {
        peer: peer(id),
        seq: 3,
    });
    let before = ids.map(|id| doc.chain_value(id).expect("its history"));
    assert!(before.iter().all(Option::is_some));
    split(&mut doc, &[1, 8, 9].map(|seq| (peer(COPIED), seq)));
    assert_eq!(
        ids.map(|id| doc.chain_value(id).expect("its history")),
        before
    );
    // Who has split and who has not still know each other's work.
    for friend in &mut friends {
        meet(&mut doc, friend);
    }
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

/// The same operation, but in the container of one history or of the other: two operations, and two hashes.
#[test]
fn containers_of_both_histories_are_told_apart() {
    let mut one = original();
    let mut other = copy(&one);
    for (doc, who) in [(&mut one, "1"), (&mut other, "2")] {
        write(doc, |tx| {
            tx.text("who").push(who)?;
            tx.list("todo").push(value!([]))
        });
    }
    meet(&mut one, &mut other);
    let [mut liar, mut twin] = [40, 40].map(|id| support::forks::copy_as(&one, id));
    write(&mut liar, |tx| tx.list("todo").list(1)?.push("x"));
    write(&mut twin, |tx| tx.list("todo").list(2)?.push("x"));
    let id = OpId {
        peer: peer(40),
        seq: 0,
    };
    assert_ne!(liar.chain_value(id), twin.chain_value(id));
    let mut docs = [one, other, liar, twin];
    settle(&mut docs);
    assert_eq!(docs[0].forks().count(), 4);
}

/// Splitting takes no part in summaries but for the names.
#[test]
fn summaries_follow() {
    let mut docs = branches();
    for doc in &mut docs {
        doc.summary().expect("it has its history");
    }
    settle(&mut docs);
    let [one, others @ ..] = &mut docs[..] else {
        panic!("four");
    };
    let root = one.summary().expect("a summary").clone().root();
    one.summary()
        .expect("a summary")
        .check()
        .expect("its invariants");
    for other in others {
        assert!(
            one.summary()
                .expect("one")
                .iter()
                .eq(other.summary().expect("other").iter())
        );
        assert_eq!(other.summary().expect("other").clone().root(), root);
        let mut again = Doc::load(&other.save()).expect("what it saved");
        assert_eq!(again.summary().expect("again").clone().root(), root);
    }
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

/// One step of a random program.
#[derive(Clone, Debug)]
enum Turn {
    /// A transaction, after a mark that no other has.
    Write(usize, Vec<Edit>),
    /// Somebody copies a replica, and goes on under its id, or under one of his own.
    Copy(usize, bool),
    Meet(usize, usize),
    Reload(usize),
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let edits = programs::program(10).prop_map(|(_, choices)| {
        let steps = plan::scenario(1, &choices).steps;
        let done = steps.into_iter().filter_map(|step| match step {
            Step::Do(_, edits, None) => Some(edits),
            _ => None,
        });
        done.flatten().collect::<Vec<_>>()
    });
    let any = 0..1000usize;
    let turn = prop_oneof![
        8 => (any.clone(), edits).prop_map(|(on, edits)| Turn::Write(on, edits)),
        2 => (any.clone(), prop::bool::weighted(0.7)).prop_map(|(of, same)| Turn::Copy(of, same)),
        3 => (any.clone(), any.clone()).prop_map(|(one, other)| Turn::Meet(one, other)),
        1 => any.prop_map(Turn::Reload),
    ];
    vec(turn, 4..24)
}

/// Replicas that are copied, write and meet.
struct Replicas {
    docs: Vec<Doc>,
    /// How many operations were made, and transactions.
    made: u32,
    marks: u32,
    ids: u64,
}

impl Replicas {
    fn play(&mut self, turn: &Turn) {
        let count = self.docs.len();
        match turn {
            Turn::Write(on, edits) => self.write(on % count, edits),
            Turn::Copy(of, same) if count < 5 => {
                let of = &self.docs[of % count];
                let mut copy = Doc::load(&of.save()).expect("what it saved");
                self.ids += 1;
                let own = of.peer().filter(|_| *same);
                copy.set_peer(own.unwrap_or(peer(self.ids)));
                self.docs.push(copy);
            }
            Turn::Meet(one, other) => {
                let (one, other) = (one % count, other % count);
                if let Ok([one, other]) = self.docs.get_disjoint_mut([one, other]) {
                    meet(one, other);
                }
            }
            Turn::Reload(on) => {
                let doc = &mut self.docs[on % count];
                let own = doc.peer();
                *doc = Doc::load(&doc.save()).expect("what it saved");
                own.into_iter().for_each(|own| doc.set_peer(own));
            }
            Turn::Copy(..) => {}
        }
    }

    fn write(&mut self, on: usize, edits: &[Edit]) {
        let doc = &mut self.docs[on];
        if doc.peer().is_none() {
            // So that a failure can be repeated.
            self.ids += 1;
            doc.set_peer(peer(self.ids));
        }
        self.marks += 1;
        let mark = char::from_u32(0x4e00 + self.marks)
            .expect("a letter")
            .to_string();
        let made = doc
            .transact(|tx| tx.text("marks").push(&mark))
            .expect("it fits");
        self.made += made.applied();
        for edit in edits {
            // Drafted on an empty document: what does not fit this one is left out.
            if let Ok(change) = engine::transact(doc, std::slice::from_ref(edit)) {
                self.made += change.applied();
            }
        }
    }
}

proptest! {
    #![proptest_config(programs::config(48, 5_000))]

    #[test]
    fn copies_that_meet_anyhow_end_alike(turns in turns()) {
        let mut replicas = Replicas {
            docs: vec![Doc::with_peer(peer(1)), Doc::with_peer(peer(2))],
            made: 0,
            marks: 0,
            ids: 10,
        };
        for turn in &turns {
            replicas.play(turn);
        }
        settle(&mut replicas.docs);
        for doc in &replicas.docs {
            same(doc, &replicas.docs[0]);
            assert_eq!(doc.operations(), replicas.made, "operations are lost, or known twice");
            assert_eq!(engine::conflicts(doc), engine::conflicts(&replicas.docs[0]));
            let shallow = doc.save_with(&SaveOptions::new().shallow());
            let shallow = Doc::load(&shallow).expect("what it saved");
            assert_eq!(shallow.to_json(), doc.to_json());
            assert!(shallow.splits().eq(doc.splits()));
        }
    }
}
