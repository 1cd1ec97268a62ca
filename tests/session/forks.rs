//! Sessions between replicas that wrote under one peer id: both works are kept, and the session goes on.

use support::engine::peer;
use support::forks::copy_as;
use support::pair::Pair;
use support::small::{doc, push, typed, write};
use syncline::Doc;
use syncline::sync::{Event, Workspace};

#[test]
fn a_restored_backup_and_what_went_on_are_both_kept() {
    for (before, here_more, there_more) in [(5, 1, 1), (5, 3, 8), (200, 90, 20), (0, 2, 2)] {
        let mut here = doc(1);
        for _ in 0..before {
            push(&mut here, "a");
        }
        let mut there = copy_as(&here, 1);
        for _ in 0..here_more {
            push(&mut here, "b");
        }
        for _ in 0..there_more {
            write(&mut there, |tx| tx.text("body").insert(0, "c"));
        }
        let mut pair = Pair::new(here, there);
        pair.run();
        pair.agree();
        assert_eq!(pair.here.operations(), before + here_more + there_more);
        assert_eq!(pair.here.save(), pair.there.save());
        assert!(pair.count(|event| matches!(event, Event::Forked { .. })) > 0);
        assert!(pair.is_settled());
        // Both go on.
        push(&mut pair.here, "d");
        push(&mut pair.there, "e");
        pair.run();
        pair.agree();
        assert_eq!(pair.here.splits().count(), 1);
    }
}

#[test]
fn whoever_meets_both_ends_of_a_fork_ends_the_same() {
    for order in [
        [(0, 1), (1, 2), (0, 2)],
        [(2, 0), (1, 0), (2, 1)],
        [(1, 2), (0, 2), (0, 1)],
    ] {
        let mut first = typed(1, "begun");
        let mut second = copy_as(&first, 1);
        push(&mut first, "-one");
        push(&mut second, "+two");
        let mut third = copy_as(&second, 1);
        push(&mut second, "!");
        push(&mut third, "?");
        let mut all = [first, second, third];
        for _ in 0..2 {
            for (one, other) in order {
                let docs = [one, other].map(|at| std::mem::take(&mut all[at]));
                let [here, there] = docs;
                let mut pair = Pair::new(here, there);
                pair.run();
                pair.agree();
                all[one] = pair.here;
                all[other] = pair.there;
            }
        }
        let saves: Vec<Vec<u8>> = all.iter().map(Doc::save).collect();
        assert!(saves[0] == saves[1] && saves[1] == saves[2]);
        assert_eq!(all[0].operations(), 5 + 4 + 4 + 2);
    }
}

/// One document of many is forked: the others go on all the same.
#[test]
fn a_fork_holds_up_no_other_document() {
    let mut here = Workspace::new();
    let mut there = Workspace::new();
    for name in ["a", "b", "c"] {
        push(here.open(name), name);
        let copy = copy_as(here.open(name), 9);
        there.insert(name, copy);
    }
    let shared = here.open("b").peer().expect("it wrote");
    there.open("b").set_peer(shared);
    push(here.open("b"), "one");
    push(there.open("b"), "two");
    push(here.open("c"), "more");
    let mut pair = Pair::new(here, there);
    pair.run();
    pair.agree();
    assert_eq!(
        pair.here.get("b").expect("both").text("body").len(),
        1 + 3 + 3
    );
}

#[test]
fn a_fork_that_comes_about_while_both_write_is_seen_to() {
    let mut pair = Pair::new(typed(1, "Anna"), doc(2));
    pair.run();
    // Somebody else began to write under her id.
    pair.there.set_peer(peer(1));
    push(&mut pair.there, "twin");
    push(&mut pair.here, "herself");
    pair.run();
    pair.agree();
    assert_eq!(pair.here.text("body").len(), 4 + 4 + 7);
}
