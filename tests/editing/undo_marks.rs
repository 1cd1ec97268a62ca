//! Undo and redo of marks on text.
//!
//! - What was marked shows what it did before, where it stands now; redone, it is marked again.
//! - Marks that others made since stay. Two who take one mark back at once agree.
//! - A refused transaction, a saved document and a document that was opened show the same.

use support::small::{all, doc, send, write};
use syncline::{Attributes, Doc, Error, Expand, OpId, Peer, TextEdit, UndoManager, Value};

fn spans(doc: &Doc) -> Vec<(String, Vec<(String, Value)>)> {
    let own = |(key, value): &(&str, Value)| ((*key).to_owned(), value.clone());
    let spans = doc.text("body").spans().into_iter();
    spans
        .map(|span| (span.text, span.attributes.iter().map(own).collect()))
        .collect()
}

fn plain(text: &str) -> (String, Vec<(String, Value)>) {
    (text.to_owned(), Vec::new())
}

fn with(text: &str, key: &str, value: impl Into<Value>) -> (String, Vec<(String, Value)>) {
    (text.to_owned(), vec![(key.to_owned(), value.into())])
}

fn agree(one: &mut Doc, two: &mut Doc) {
    send(one, two);
    send(two, one);
    assert_eq!(spans(one), spans(two));
    one.verify().expect("its history comes to what it shows");
    two.verify().expect("its history comes to what it shows");
}

/// A document with six letters, and one who marks the middle of them.
fn marked() -> (Doc, UndoManager) {
    let mut doc = doc(1);
    write(&mut doc, |tx| tx.text("body").push("abcdef"));
    let mut undo = UndoManager::new();
    undo.transact(&mut doc, 0, |tx| tx.text("body").mark(2..4, "bold", true))
        .expect("within the text");
    (doc, undo)
}

fn undone(undo: &mut UndoManager, doc: &mut Doc) -> Vec<(TextEdit, Attributes)> {
    let undone = undo.undo(doc).expect("it can be").expect("a step");
    doc.check().expect("a whole document");
    undone.change.marked_text("body")
}

fn redone(undo: &mut UndoManager, doc: &mut Doc) -> Vec<(TextEdit, Attributes)> {
    let redone = undo.redo(doc).expect("it can be").expect("a step");
    doc.check().expect("a whole document");
    redone.change.marked_text("body")
}

fn bold(value: impl Into<Value>) -> Attributes {
    Attributes::from([("bold".to_owned(), value.into())])
}

#[test]
fn a_mark_is_taken_back_and_made_again() {
    let (mut doc, mut undo) = marked();
    let as_marked = [plain("ab"), with("cd", "bold", true), plain("ef")];
    for _ in 0..2 {
        let change = undone(&mut undo, &mut doc);
        assert_eq!(spans(&doc), [plain("abcdef")]);
        let untouched = (TextEdit::Retain(2), Attributes::new());
        assert_eq!(
            change,
            [untouched.clone(), (TextEdit::Retain(2), bold(Value::Null))]
        );
        let change = redone(&mut undo, &mut doc);
        assert_eq!(spans(&doc), as_marked);
        assert_eq!(change, [untouched, (TextEdit::Retain(2), bold(true))]);
    }
    doc.verify().expect("its history comes to what it shows");
}

#[test]
fn steps_over_each_other_come_off_in_turn() {
    let (mut doc, mut undo) = marked();
    for value in ["red", "green", "blue"] {
        undo.end_group();
        undo.transact(&mut doc, 0, |tx| tx.text("body").mark(0..6, "color", value))
            .expect("within the text");
    }
    undo.end_group();
    undo.transact(&mut doc, 0, |tx| tx.text("body").unmark(1..5, "color"))
        .expect("within the text");
    undone(&mut undo, &mut doc);
    let colors = |doc: &Doc| {
        let mut colors: Vec<Value> = spans(doc)
            .into_iter()
            .filter_map(|(_, marks)| Some(marks.into_iter().find(|mark| mark.0 == "color")?.1))
            .collect();
        colors.dedup();
        colors
    };
    for value in ["blue", "green", "red"] {
        assert_eq!(colors(&doc), [Value::from(value)]);
        undone(&mut undo, &mut doc);
    }
    assert!(colors(&doc).is_empty());
    undone(&mut undo, &mut doc);
    assert_eq!(spans(&doc), [plain("abcdef")]);
    while undo.redo(&mut doc).expect("it can be").is_some() {}
    assert_eq!(colors(&doc), [Value::from("blue")]);
    assert_eq!(spans(&doc)[1].0, "b", "unmarked again: {:?}", spans(&doc));
}

#[test]
fn what_stands_there_now_shows_what_it_did() {
    let (mut one, mut undo) = marked();
    let mut two = doc(2);
    agree(&mut one, &mut two);
    write(&mut two, |tx| tx.text("body").insert(3, "xy"));
    write(&mut two, |tx| tx.text("body").mark(0..3, "bold", "very"));
    write(&mut one, |tx| tx.text("body").delete(0..1));
    undone(&mut undo, &mut one);
    agree(&mut one, &mut two);
    assert_eq!(spans(&one), [with("bc", "bold", "very"), plain("xydef")]);
    redone(&mut undo, &mut one);
    agree(&mut one, &mut two);
    let again = [
        with("bc", "bold", "very"),
        with("xyd", "bold", true),
        plain("ef"),
    ];
    assert_eq!(spans(&one), again);
}

#[test]
fn a_mark_that_two_took_back_counts_again_when_both_say_so() {
    let (mut one, mut undo) = marked();
    let mut two = doc(2);
    agree(&mut one, &mut two);
    let mark = OpId {
        peer: Peer::new(1).expect("not zero"),
        seq: 6,
    };
    undone(&mut undo, &mut one);
    let change = two.transact(|tx| tx.restore(mark, 1).map(drop));
    let change = change.expect("it is known").marked_text("body");
    assert_eq!(change[1], (TextEdit::Retain(2), bold(Value::Null)));
    agree(&mut one, &mut two);
    assert_eq!(spans(&one), [plain("abcdef")]);
    // Of what two took back as well there is nothing to show.
    assert!(undo.redo(&mut one).expect("it can be").is_none());
    agree(&mut one, &mut two);
    assert_eq!(spans(&two), [plain("abcdef")]);
    let twos = OpId {
        peer: Peer::new(2).expect("not zero"),
        seq: 0,
    };
    write(&mut two, |tx| tx.restore(twos, 1).map(drop));
    agree(&mut one, &mut two);
    assert_eq!(spans(&one)[1], with("cd", "bold", true));
}

#[test]
fn a_refused_undo_leaves_the_marks_and_their_bytes() {
    let (mut doc, mut undo) = marked();
    undone(&mut undo, &mut doc);
    let before = (spans(&doc), all(&mut doc), doc.save());
    let mark = OpId {
        peer: Peer::new(1).expect("not zero"),
        seq: 7,
    };
    let refused = doc.transact(|tx| {
        tx.restore(mark, 1)?;
        tx.text("body").delete(0..3)?;
        Err(Error::aborted("no"))
    });
    assert!(refused.is_err());
    doc.check().expect("a whole document");
    assert_eq!((spans(&doc), all(&mut doc), doc.save()), before);
}

#[test]
fn an_opened_document_takes_back_and_makes_again() {
    let (mut doc, mut undo) = marked();
    undone(&mut undo, &mut doc);
    let bytes = doc.save();
    let mut opened = Doc::load(&bytes).expect("what was saved");
    assert_eq!(spans(&opened), [plain("abcdef")]);
    assert_eq!(opened.save(), bytes);
    let mut never = support::small::doc(1);
    write(&mut never, |tx| tx.text("body").push("abcdef"));
    assert_eq!(opened.to_json(), never.to_json());
    // The undoing is taken back where the mark itself is not among what shows.
    let undoing = OpId {
        peer: Peer::new(1).expect("not zero"),
        seq: 7,
    };
    opened.set_peer(Peer::new(3).expect("not zero"));
    write(&mut opened, |tx| tx.text("body").insert(3, "x"));
    opened.read_history().expect("it is there");
    write(&mut opened, |tx| tx.restore(undoing, 1).map(drop));
    assert_eq!(
        spans(&opened),
        [plain("ab"), with("cxd", "bold", true), plain("ef")]
    );
    opened.verify().expect("its history comes to what it shows");
    agree(&mut doc, &mut opened);
}

#[test]
fn text_inserted_at_the_end_of_a_mark_taken_back_is_within_it_when_it_counts_again() {
    let mut doc = doc(1);
    write(&mut doc, |tx| tx.text("body").push("ab"));
    let mut undo = UndoManager::new();
    undo.transact(&mut doc, 0, |tx| {
        tx.text("body").mark_with(0..1, "bold", true, Expand::After)
    })
    .expect("within the text");
    undone(&mut undo, &mut doc);
    let mut other = support::small::doc(2);
    agree(&mut doc, &mut other);
    write(&mut other, |tx| tx.text("body").insert(1, "x"));
    agree(&mut doc, &mut other);
    redone(&mut undo, &mut doc);
    agree(&mut doc, &mut other);
    assert_eq!(spans(&doc), [with("ax", "bold", true), plain("b")]);
}
