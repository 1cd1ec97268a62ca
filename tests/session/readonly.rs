//! A side that takes nothing of a document: the other may read it alone.
//!
//! - What is sent of it all the same is passed over, and the sender is told; what is written here still comes to it.
//! - Other documents go on, and so does the session, whatever was begun with when.
//! - A fork that a reader shows splits nobody.

use support::pair::Pair;
use support::small::{doc, push, typed};
use syncline::sync::{Event, Options, Workspace};

use crate::one_way::OneWay;

const READ: &str = "rules";

fn body(workspace: &Workspace, name: &str) -> String {
    let doc = workspace.get(name);
    doc.map(|doc| doc.text("body").to_string())
        .unwrap_or_default()
}

/// How often the reader was told that it may only read.
fn told(pair: &Pair<Workspace, OneWay>) -> usize {
    pair.count(|event| matches!(event, Event::ReadOnly { document } if document == READ))
}

fn pair(documents: &[&str]) -> Pair<Workspace, OneWay> {
    let mut there = Workspace::new();
    there.insert(READ, typed(2, "be kind"));
    let mut here = Workspace::new();
    for (name, nth) in documents.iter().zip(10..) {
        here.insert(name, typed(nth, "mine"));
    }
    let mut pair = Pair::new(here, OneWay::not_taking(there, READ));
    pair.run();
    pair
}

#[test]
fn what_was_written_apart_is_passed_over_and_the_rest_comes() {
    let mut pair = pair(&[READ, "notes"]);
    assert!(pair.is_settled());
    assert_eq!(told(&pair), 1);
    assert_eq!(body(&pair.there.workspace, READ), "be kind");
    assert_eq!(body(&pair.there.workspace, "notes"), "mine");
    // The reader has both, its own beside.
    assert_eq!(body(&pair.here, READ).len(), "be kindmine".len());
    push(pair.there.workspace.open(READ), "!");
    push(pair.here.open("notes"), "!");
    pair.run();
    assert!(body(&pair.here, READ).contains('!'));
    assert_eq!(body(&pair.there.workspace, "notes"), "mine!");
}

#[test]
fn what_is_typed_by_a_reader_is_passed_over() {
    let mut pair = pair(&[]);
    assert_eq!((told(&pair), pair.is_settled()), (0, true));
    for letter in ["a", "b", "c", "d"] {
        push(pair.here.open(READ), letter);
        // Some of them are on their way when the reader is told.
        pair.send_there();
        push(pair.here.open("notes"), letter);
    }
    pair.run();
    assert_eq!(told(&pair), 1);
    for letter in ["e", "f"] {
        push(pair.here.open(READ), letter);
        push(pair.here.open("notes"), letter);
        push(pair.there.workspace.open(READ), ".");
        pair.run();
    }
    assert_eq!(body(&pair.there.workspace, READ), "be kind..");
    assert_eq!(body(&pair.there.workspace, "notes"), "abcdef");
    let read = body(&pair.here, READ);
    assert_eq!(read.matches('.').count(), 2, "{read}");
    assert_eq!(told(&pair), 1);
    // Who knows it sends nothing any more.
    push(pair.here.open(READ), "g");
    pair.run();
    assert!(pair.messages.is_empty(), "{:?}", pair.messages);
}

#[test]
fn what_only_a_reader_has_of_it_is_not_made() {
    let mut here = Workspace::new();
    here.insert(READ, typed(1, "mine"));
    here.insert("notes", typed(1, "mine"));
    let mut pair = Pair::new(here, OneWay::not_taking(Workspace::new(), READ));
    pair.run();
    assert!(pair.is_settled());
    assert!(pair.there.workspace.get(READ).is_none());
    assert_eq!(body(&pair.there.workspace, "notes"), "mine");
}

#[test]
fn a_reader_splits_nobody() {
    // The same peer wrote something else here.
    let mut here = Workspace::new();
    let mut other = doc(2);
    push(&mut other, "be cruel");
    here.insert(READ, other);
    here.insert("notes", typed(1, "mine"));
    let mut there = Workspace::new();
    there.insert(READ, typed(2, "be kind"));
    let mut pair = Pair::new(here, OneWay::not_taking(there, READ));
    pair.run();
    let guarded = pair.there.workspace.get(READ).expect("it is there");
    assert_eq!(guarded.splits().count(), 0);
    assert_eq!(guarded.text("body").to_string(), "be kind");
    assert_eq!(body(&pair.there.workspace, "notes"), "mine");
    assert!(pair.is_settled());
}

#[test]
fn a_reader_that_was_behind_comes_to_have_all() {
    let mut pair = pair(&[]);
    let mut here = std::mem::take(&mut pair.here);
    let mut there = std::mem::replace(&mut pair.there, OneWay::not_taking(Workspace::new(), READ));
    push(here.open(READ), " mine");
    push(there.workspace.open(READ), ", and theirs");
    let mut pair = Pair::new(here, there);
    pair.run();
    assert!(pair.is_settled());
    assert_eq!(body(&pair.there.workspace, READ), "be kind, and theirs");
    assert!(body(&pair.here, READ).contains(", and theirs"));
}

#[test]
fn who_does_not_know_of_reading_alone_is_told_that_it_is_not_wanted() {
    let mut there = Workspace::new();
    there.insert(READ, typed(2, "be kind"));
    let mut here = Workspace::new();
    here.insert("notes", typed(10, "mine"));
    let mut answers = Options::default();
    answers.tells_read_only = false;
    let mut pair = Pair::with(
        here,
        OneWay::not_taking(there, READ),
        Options::default(),
        answers,
    );
    pair.run();
    // Whoever only reads it notices nothing.
    assert_eq!(body(&pair.here, READ), "be kind");
    push(pair.there.workspace.open(READ), "!");
    pair.run();
    assert_eq!(body(&pair.here, READ), "be kind!");
    push(pair.here.open(READ), " or not");
    pair.run();
    let is_told = |event: &Event| matches!(event, Event::Unwanted { document } if document == READ);
    assert_eq!((pair.count(is_told), told(&pair)), (1, 0));
    assert_eq!(body(&pair.there.workspace, READ), "be kind!");
    push(pair.here.open("notes"), "!");
    pair.run();
    assert_eq!(body(&pair.there.workspace, "notes"), "mine!");
    assert!(!pair.asker.is_over() && !pair.answerer.is_over());
}
