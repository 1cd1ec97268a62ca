//! Undo and redo of what one user did.
//!
//! - Everything undone, and everything redone, is as it was before that, where nobody else wrote.
//! - Whatever others did in between stays. What was deleted comes back once, in place, with its anchors, also where others
//!   wrote there, deleted it too, or brought it back at the same time; replicas agree.
//! - Steps are grouped by time, or by the caller; there are as many as are kept; a cursor comes back with each.
//! - What is gone with its container is passed over, what cannot be is an error with a name: never a panic.

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use support::scenario::Step;
use support::small::{doc, send};
use support::{engine, plan, programs};
use syncline::{
    Anchor, Doc, Error, Origin, SaveOptions, Side, TextEdit, Transaction, UndoManager, Value, value,
};

type Work = fn(&mut Transaction<'_>) -> Result<(), Error>;

/// Makes a transaction that is a step of its own.
fn step(
    undo: &mut UndoManager,
    doc: &mut Doc,
    write: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error>,
) {
    undo.end_group();
    undo.transact(doc, 0, write).expect("within the document");
}

fn undone(undo: &mut UndoManager, doc: &mut Doc) -> Json {
    let undone = undo.undo(doc).expect("it can be").expect("a step");
    assert_eq!(undone.change.origin(), Origin::Undo);
    doc.check().expect("a whole document");
    doc.to_json()
}

fn redone(undo: &mut UndoManager, doc: &mut Doc) -> Json {
    undo.redo(doc).expect("it can be").expect("a step");
    doc.check().expect("a whole document");
    doc.to_json()
}

fn agree(one: &mut Doc, two: &mut Doc) {
    send(one, two);
    send(two, one);
    assert_eq!(one.to_json(), two.to_json());
    one.verify().expect("its history comes to what it shows");
    two.verify().expect("its history comes to what it shows");
}

#[test]
fn each_kind_of_edit_is_taken_back_and_made_again() {
    let mut one = doc(1);
    let mut undo = UndoManager::new();
    let mut shown = vec![one.to_json()];
    let edits: [Work; 14] = [
        |tx| tx.text("body").push("Hello world"),
        |tx| tx.text("body").delete(2..8),
        |tx| tx.text("body").replace(0..2, "é🙂"),
        |tx| tx.list("todo").insert_all(0, (0..6).map(Value::from)),
        |tx| tx.list("todo").set(2, "two"),
        |tx| tx.list("todo").set(2, "deux"),
        |tx| tx.list("todo").move_to(2, 5),
        |tx| tx.list("todo").move_to(5, 0),
        |tx| tx.list("todo").delete(0..3),
        |tx| tx.map("meta").set("title", "first"),
        |tx| tx.map("meta").set("title", value!({"a": [1, 2]})),
        |tx| tx.map("meta").text("notes")?.push("inside"),
        |tx| tx.map("meta").remove("notes"),
        |tx| tx.counter("votes").add(-7),
    ];
    for edit in edits {
        step(&mut undo, &mut one, edit);
        shown.push(one.to_json());
    }
    for _ in 0..2 {
        for before in shown.iter().rev().skip(1) {
            let now = undone(&mut undo, &mut one);
            assert_eq!(without_empty(&now), without_empty(before));
        }
        assert!(undo.undo(&mut one).expect("nothing").is_none());
        for after in &shown[1..] {
            let now = redone(&mut undo, &mut one);
            assert_eq!(without_empty(&now), without_empty(after));
        }
        assert!(undo.redo(&mut one).expect("nothing").is_none());
    }
    let copy = Doc::load(&one.save()).expect("what it saved");
    assert_eq!(copy.to_json(), one.to_json());
}

/// Roots that hold nothing read as if they were not there.
fn without_empty(json: &Json) -> Json {
    let mut json = json.clone();
    if let Some(roots) = json.as_object_mut() {
        roots.retain(|_, held| ![json!(""), json!([]), json!({}), json!(0)].contains(held));
    }
    json
}

#[test]
fn what_others_wrote_in_between_stays() {
    let (mut one, mut two) = (doc(1), doc(2));
    let mut undo = UndoManager::new();
    step(&mut undo, &mut one, |tx| tx.text("body").push("abcdef"));
    step(&mut undo, &mut one, |tx| tx.text("body").delete(2..4));
    agree(&mut one, &mut two);
    two.transact(|tx| tx.text("body").insert(2, "XX")).unwrap();
    two.transact(|tx| tx.text("body").insert(0, ">")).unwrap();
    agree(&mut one, &mut two);
    assert_eq!(one.text("body").to_string(), ">abXXef");
    undone(&mut undo, &mut one);
    assert!([">abXXcdef", ">abcdXXef"].contains(&&*one.text("body").to_string()));
    agree(&mut one, &mut two);
    undone(&mut undo, &mut one);
    assert_eq!(one.text("body").to_string(), ">XX");
    agree(&mut one, &mut two);
    redone(&mut undo, &mut one);
    redone(&mut undo, &mut one);
    assert_eq!(one.text("body").to_string(), ">abXXef");
    agree(&mut one, &mut two);
}

#[test]
fn what_two_bring_back_at_once_comes_back_once() {
    let (mut one, mut two) = (doc(1), doc(2));
    let mut undos = [UndoManager::<()>::new(), UndoManager::new()];
    one.transact(|tx| tx.text("body").push("Hello world"))
        .unwrap();
    agree(&mut one, &mut two);
    let anchor = one.anchor("body", 8, Side::Before).unwrap();
    // Both delete some of it, apart.
    undos[0]
        .transact(&mut one, 0, |tx| tx.text("body").delete(4..9))
        .unwrap();
    undos[1]
        .transact(&mut two, 0, |tx| tx.text("body").delete(6..11))
        .unwrap();
    agree(&mut one, &mut two);
    assert_eq!(one.text("body").to_string(), "Hell");
    undos[0].undo(&mut one).unwrap().unwrap();
    assert_eq!(one.text("body").to_string(), "Hello ");
    undos[1].undo(&mut two).unwrap().unwrap();
    assert_eq!(two.text("body").to_string(), "Hellld");
    agree(&mut one, &mut two);
    assert_eq!(one.text("body").to_string(), "Hello world");
    assert_eq!(two.resolve(&anchor).unwrap(), 8);
    // The same deletion, known to both, restored by both.
    undos[0].redo(&mut one).unwrap().unwrap();
    agree(&mut one, &mut two);
    let newest = one.frontier().iter().next().unwrap();
    let first = syncline::OpId {
        seq: newest.seq - 4,
        ..newest
    };
    two.transact(|tx| tx.restore(first, 5).map(drop)).unwrap();
    undos[0].undo(&mut one).unwrap().unwrap();
    agree(&mut one, &mut two);
    assert_eq!(one.text("body").to_string(), "Hello world");
    // Whoever deletes it again deletes it once.
    undos[0].redo(&mut one).unwrap().unwrap();
    agree(&mut one, &mut two);
    assert_eq!(one.text("body").to_string(), "Hellld");
}

#[test]
fn keys_and_elements_that_others_set_since_are_left_alone() {
    let (mut one, mut two) = (doc(1), doc(2));
    let mut undo = UndoManager::new();
    one.transact(|tx| {
        tx.map("meta").set("title", "old")?;
        tx.list("todo")
            .insert_all(0, ["a", "b", "c"].map(Value::from))
    })
    .unwrap();
    step(&mut undo, &mut one, |tx| {
        tx.map("meta").set("title", "new")?;
        tx.map("meta").set("mine", 1)?;
        tx.list("todo").set(1, "B")?;
        tx.list("todo").set(0, "A")?;
        tx.list("todo").move_to(0, 2)
    });
    agree(&mut one, &mut two);
    two.transact(|tx| {
        tx.map("meta").set("title", "theirs")?;
        tx.list("todo").set(0, "their b")?;
        tx.list("todo").move_to(2, 1)
    })
    .unwrap();
    agree(&mut one, &mut two);
    undone(&mut undo, &mut one);
    let left = json!({"meta": {"title": "theirs"}, "todo": ["their b", "a", "c"]});
    assert_eq!(one.to_json(), left);
    agree(&mut one, &mut two);
    redone(&mut undo, &mut one);
    let again = json!({"meta": {"title": "theirs", "mine": 1}, "todo": ["their b", "A", "c"]});
    assert_eq!(one.to_json(), again);
    agree(&mut one, &mut two);
}

#[test]
fn a_step_of_which_nothing_is_left_is_passed_over() {
    let (mut one, mut two) = (doc(1), doc(2));
    let mut undo = UndoManager::new();
    step(&mut undo, &mut one, |tx| tx.text("body").push("first"));
    step(&mut undo, &mut one, |tx| {
        tx.map("meta").set("a", value!({"b": 1}))
    });
    step(&mut undo, &mut one, |tx| {
        tx.map("meta").map("a")?.set("b", 2)?;
        tx.map("meta").map("a")?.text("t")?.push("within")
    });
    agree(&mut one, &mut two);
    two.transact(|tx| tx.map("meta").remove("a")).unwrap();
    agree(&mut one, &mut two);
    // Of one step nothing is left, of another nothing that shows; the third is what is meant.
    let now = undone(&mut undo, &mut one);
    assert_eq!(without_empty(&now), json!({}));
    assert_eq!((undo.undo_steps(), undo.redo_steps()), (0, 2));
    agree(&mut one, &mut two);
}

#[test]
fn changes_are_grouped_by_time_or_by_the_caller() {
    let mut one = doc(1);
    let mut undo: UndoManager = UndoManager::new().with_gap_ms(100);
    let typed = |undo: &mut UndoManager, doc: &mut Doc, at: u64| {
        undo.transact(doc, at, |tx| tx.text("body").push("x"))
            .unwrap();
    };
    for at in [1000, 1050, 1149, 1249, 1300] {
        typed(&mut undo, &mut one, at);
    }
    assert_eq!(undo.undo_steps(), 2);
    undone(&mut undo, &mut one);
    assert_eq!(one.text("body").to_string(), "xxx");
    // What comes after an undo is a step of its own, and ends what could be redone.
    typed(&mut undo, &mut one, 1301);
    assert_eq!((undo.undo_steps(), undo.redo_steps()), (2, 0));
    undo.group();
    for at in [2000, 3000, 4000] {
        typed(&mut undo, &mut one, at);
    }
    undo.end_group();
    typed(&mut undo, &mut one, 4001);
    assert_eq!(undo.undo_steps(), 4);
    undone(&mut undo, &mut one);
    undone(&mut undo, &mut one);
    assert_eq!(one.text("body").to_string(), "xxxx");
}

#[test]
fn only_so_many_steps_are_kept() {
    let mut one = doc(1);
    let mut undo: UndoManager = UndoManager::new().with_gap_ms(0).with_steps(3);
    for nth in 0..10 {
        undo.transact(&mut one, nth, |tx| tx.text("body").push("x"))
            .unwrap();
    }
    assert_eq!(undo.undo_steps(), 3);
    while undo.undo(&mut one).unwrap().is_some() {}
    assert_eq!(one.text("body").to_string(), "xxxxxxx");
    undo.clear();
    assert!(undo.redo(&mut one).unwrap().is_none());
}

#[test]
fn a_cursor_comes_back_with_its_step() {
    let (mut one, mut two) = (doc(1), doc(2));
    let mut undo: UndoManager<Anchor> = UndoManager::new();
    one.transact(|tx| tx.text("body").push("Hello world"))
        .unwrap();
    let cursor = one.anchor("body", 5, Side::After).unwrap();
    let change = one.transact(|tx| tx.text("body").delete(0..5)).unwrap();
    undo.record_at(&one, &change, 0, cursor);
    agree(&mut one, &mut two);
    two.transact(|tx| tx.text("body").insert(0, ">> ")).unwrap();
    agree(&mut one, &mut two);
    let now = one.anchor("body", 0, Side::After).unwrap();
    let undone = undo.undo_at(&mut one, now).unwrap().unwrap();
    let edits = [TextEdit::Retain(3), TextEdit::Insert("Hello".into())];
    assert_eq!(undone.change.text("body"), edits);
    assert_eq!(one.resolve(&undone.cursor.unwrap()).unwrap(), 8);
    let redone = undo.redo(&mut one).unwrap().unwrap();
    assert_eq!(one.resolve(&redone.cursor.unwrap()).unwrap(), 0);
}

#[test]
fn coming_back_to_a_version_is_a_step_too() {
    let mut one = doc(1);
    let mut undo = UndoManager::new();
    step(&mut undo, &mut one, |tx| tx.text("body").push("To be"));
    let version = one.frontier();
    step(&mut undo, &mut one, |tx| {
        tx.text("body").replace(0..5, "Or not")
    });
    let change = one.revert_to(&version).unwrap();
    undo.end_group();
    undo.record(&one, &change, 0);
    undone(&mut undo, &mut one);
    assert_eq!(one.text("body").to_string(), "Or not");
    undone(&mut undo, &mut one);
    assert_eq!(one.text("body").to_string(), "To be");
}

#[test]
fn what_was_deleted_from_a_loaded_document_comes_back() {
    let mut one = doc(1);
    one.transact(|tx| {
        tx.text("body").push("Hello world")?;
        tx.list("todo").push(value!({"title": "Buy milk"}))
    })
    .unwrap();
    let before = one.to_json();
    // Its history has not been read.
    let mut one = Doc::load(&one.save()).expect("what it saved");
    let mut undo = UndoManager::new();
    step(&mut undo, &mut one, |tx| {
        tx.text("body").delete(0..6)?;
        tx.list("todo").delete(0..1)
    });
    assert_eq!(undone(&mut undo, &mut one), before);
    one.verify().expect("its history comes to what it shows");
}

#[test]
fn what_lies_before_a_cut_is_an_error_with_a_name() {
    let mut one = doc(1);
    one.transact(|tx| tx.text("body").push("Hello world"))
        .unwrap();
    let mut one = Doc::load(&one.save_with(&SaveOptions::new().shallow())).expect("saved");
    let mut undo = UndoManager::new();
    step(&mut undo, &mut one, |tx| tx.text("body").push("!!"));
    step(&mut undo, &mut one, |tx| tx.text("body").delete(10..12));
    step(&mut undo, &mut one, |tx| tx.text("body").push("??"));
    undone(&mut undo, &mut one);
    let before = one.to_json();
    let refused = undo.undo(&mut one);
    assert!(
        matches!(refused, Err(Error::NeedsBase { .. })),
        "{refused:?}"
    );
    assert_eq!(one.to_json(), before);
    // That step is let go of; what came before can still be undone.
    undone(&mut undo, &mut one);
    assert_eq!(one.text("body").to_string(), "Hello worl");
}

#[test]
fn another_document_does_not_know_the_step() {
    let mut mine = doc(1);
    let mut undo = UndoManager::<()>::new();
    step(&mut undo, &mut mine, |tx| tx.text("body").push("mine"));
    let mut other = doc(2);
    other
        .transact(|tx| tx.text("body").push("another"))
        .expect("it fits");
    let refused = undo.undo(&mut other);
    assert!(
        matches!(refused, Err(Error::NotRestorable { .. })),
        "{refused:?}"
    );
    assert_eq!(other.text("body").to_string(), "another");
    // The step is there for the document that it is of.
    assert_eq!(undone(&mut undo, &mut mine), json!({ "body": "" }));
}

#[test]
fn an_undo_that_fails_leaves_everything_as_it_was() {
    let mut one = doc(1);
    let mut undo = UndoManager::new();
    step(&mut undo, &mut one, |tx| {
        tx.text("body").push("Hello")?;
        tx.map("meta").set("big", "x".repeat(100))
    });
    step(&mut undo, &mut one, |tx| {
        tx.text("body").delete(0..5)?;
        tx.map("meta").set("big", "small")
    });
    let before = one.to_json();
    let mut limits = one.limits().clone();
    limits.content_bytes = 50;
    one.set_limits(limits);
    let refused = undo.undo(&mut one);
    assert!(matches!(refused, Err(Error::Limit { .. })), "{refused:?}");
    assert_eq!(one.to_json(), before);
    one.check().expect("a whole document");
    one.set_limits(Default::default());
    undone(&mut undo, &mut one);
    assert_eq!(one.text("body").to_string(), "Hello");
}

#[test]
fn it_can_be_sent_to_another_thread() {
    fn is_sendable<T: Send + Sync>(_: &T) {}
    is_sendable(&UndoManager::<Anchor>::new());
}

proptest! {
    #![proptest_config(programs::config(200, 20_000))]

    /// One writes alone; each of its transactions is a step.
    #[test]
    fn everything_undone_and_redone_is_as_it_was((_, choices) in programs::program(40)) {
        let scenario = plan::scenario(1, &choices);
        let mut one = doc(1);
        let mut undo: UndoManager = UndoManager::new().with_gap_ms(0);
        let mut shown = vec![one.to_json()];
        for step in &scenario.steps {
            if let Step::Do(_, edits, None) = step {
                let change = engine::transact(&mut one, edits).expect("drafted");
                undo.record(&one, &change, 0);
                if change.applied() > 0 {
                    shown.push(one.to_json());
                }
            }
        }
        while undo.undo(&mut one).expect("it can be").is_some() {
            one.check().expect("a whole document");
        }
        prop_assert_eq!(undo.undo_steps(), 0);
        prop_assert_eq!(without_empty(&one.to_json()), without_empty(&shown[0]), "{}", scenario.line());
        while undo.redo(&mut one).expect("it can be").is_some() {
            one.check().expect("a whole document");
        }
        prop_assert_eq!(without_empty(&one.to_json()), without_empty(shown.last().expect("one")), "{}", scenario.line());
        let verified = one.verify();
        prop_assert!(verified.is_ok(), "{verified:?}: {}", scenario.line());
        let mut other = doc(2);
        send(&mut one, &mut other);
        prop_assert_eq!(other.to_json(), one.to_json());
    }
}
