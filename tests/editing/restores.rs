//! Showing again what operations deleted.
//!
//! - The same elements come back, once, in place, with what holds to them, also if two people restore them apart, others
//!   deleted them too, or edited there.
//! - What was restored is passed over; what was not deleted is an error, and so is what others could not have restored.
//! - A document whose history has not been read, or is not there, says so; a cut leaves what is restored behind it.

use support::small::{all, doc, made, send, shallow, write};
use syncline::{Doc, Error, Expand, OpId, Peer, SaveOptions, Side, Value};

fn id(peer: u64, seq: u32) -> OpId {
    let peer = Peer::new(peer).expect("not zero");
    OpId { peer, seq }
}

fn restore(doc: &mut Doc, first: OpId, len: u32) -> u32 {
    let mut took = 0;
    write(doc, |tx| {
        took = tx.restore(first, len)?;
        Ok(())
    });
    took
}

fn agree(one: &mut Doc, two: &mut Doc) {
    send(one, two);
    send(two, one);
    assert_eq!(one.to_json(), two.to_json());
    assert_eq!(all(one), all(two), "the same bytes");
    for doc in [one, two] {
        doc.check().expect("a whole document");
        doc.verify().expect("its history comes to what it shows");
    }
}

#[test]
fn it_comes_back_once_with_what_holds_to_it() {
    let (mut one, mut two) = (doc(1), doc(2));
    write(&mut one, |tx| tx.text("body").push("Hello world"));
    let anchor = one.anchor("body", 7, Side::Before).unwrap();
    write(&mut one, |tx| tx.text("body").delete(4..9));
    agree(&mut one, &mut two);
    assert_eq!(one.resolve(&anchor).unwrap(), 4);
    // Two bring back overlapping parts, and somebody writes where they stood.
    write(&mut two, |tx| tx.text("body").insert(4, "-"));
    assert_eq!(restore(&mut one, id(1, 11), 3), 3);
    assert_eq!(restore(&mut two, id(1, 12), 4), 4);
    agree(&mut one, &mut two);
    assert_eq!(one.text("body").to_string(), "Hell-o world");
    assert_eq!(two.resolve(&anchor).unwrap(), 8);
    assert_eq!(
        restore(&mut one, id(1, 11), 5),
        0,
        "nothing is left to restore"
    );
}

#[test]
fn each_deletion_of_an_element_has_to_be_restored() {
    let (mut one, mut two) = (doc(1), doc(2));
    write(&mut one, |tx| {
        tx.list("l").insert_all(0, (0..4).map(Value::from))
    });
    agree(&mut one, &mut two);
    write(&mut one, |tx| tx.list("l").delete(1..3));
    write(&mut two, |tx| {
        tx.list("l").set(2, "two")?;
        tx.list("l").move_to(2, 0)?;
        tx.list("l").delete(0..1)
    });
    agree(&mut one, &mut two);
    restore(&mut one, id(1, 4), 2);
    assert_eq!(one.to_json(), serde_json::json!({"l": [0, 1, 3]}));
    // It stands where it was moved, and shows what it was set to.
    restore(&mut two, id(2, 2), 1);
    agree(&mut one, &mut two);
    assert_eq!(one.to_json(), serde_json::json!({"l": ["two", 0, 1, 3]}));
}

#[test]
fn a_container_comes_back_with_what_was_written_in_it_meanwhile() {
    let (mut one, mut two) = (doc(1), doc(2));
    write(&mut one, |tx| tx.list("l").push_text()?.push("inside"));
    agree(&mut one, &mut two);
    write(&mut one, |tx| tx.list("l").delete(0..1));
    write(&mut two, |tx| tx.list("l").text(0)?.push(", and more"));
    agree(&mut one, &mut two);
    restore(&mut two, id(1, 7), 1);
    agree(&mut one, &mut two);
    assert_eq!(
        one.to_json(),
        serde_json::json!({"l": ["inside, and more"]})
    );
}

#[test]
fn what_was_not_deleted_is_an_error() {
    let mut one = doc(1);
    write(&mut one, |tx| {
        tx.text("body").push("abc")?;
        tx.counter("c").add(1)?;
        tx.text("body").delete(0..2)
    });
    let before = one.to_json();
    for (first, len) in [
        (id(1, 0), 1),
        (id(1, 3), 1),
        (id(1, 3), 3),
        (id(1, 5), 2),
        (id(1, 5), u32::MAX),
        (id(9, 0), 1),
    ] {
        let refused = one.transact(|tx| {
            tx.text("body").push("!")?;
            tx.restore(first, len).map(drop)
        });
        assert!(
            matches!(refused, Err(Error::NotRestorable { .. })),
            "{first} {len}: {refused:?}"
        );
        assert_eq!(one.to_json(), before);
        one.check().expect("a whole document");
    }
    restore(&mut one, id(1, 4), 2);
    assert_eq!(one.text("body").to_string(), "abc");
}

#[test]
fn a_transaction_that_fails_leaves_nothing_of_it() {
    let mut one = doc(1);
    write(&mut one, |tx| tx.text("body").push("abc"));
    write(&mut one, |tx| tx.text("body").delete(0..3));
    let saved = one.save();
    let failed = one.transact(|tx| {
        tx.text("body").push("x")?;
        tx.restore(id(1, 3), 3)?;
        assert_eq!(tx.text("body").len(), 4);
        Err(Error::aborted("no"))
    });
    assert!(failed.is_err());
    assert_eq!(one.save(), saved);
    write(&mut one, |tx| tx.text("body").push("y"));
    restore(&mut one, id(1, 3), 3);
    assert_eq!(one.text("body").len(), 4);
    one.verify().expect("its history comes to what it shows");
}

#[test]
fn what_lies_in_a_history_that_was_not_read_says_so() {
    let mut one = doc(1);
    write(&mut one, |tx| tx.text("body").push("Hello"));
    write(&mut one, |tx| tx.text("body").delete(1..3));
    let mut read = Doc::load(&one.save()).expect("what it saved");
    let refused = read.transact(|tx| tx.restore(id(1, 5), 2).map(drop));
    assert!(
        matches!(refused, Err(Error::NeedsBase { .. })),
        "{refused:?}"
    );
    read.read_history().expect("it has one");
    restore(&mut read, id(1, 5), 2);
    assert_eq!(read.text("body").to_string(), "Hello");

    // What others restore reads it by itself; without any, it is an error.
    let mut bare = Doc::load(&shallow(&one)).expect("saved");
    let mut read = Doc::load(&one.save()).expect("saved");
    let delta = made(&mut one, |doc| assert_eq!(restore(doc, id(1, 5), 2), 2));
    read.merge(&delta).expect("it has the history");
    assert_eq!(read.to_json(), one.to_json());
    let refused = bare.merge(&delta);
    assert!(
        matches!(refused, Err(Error::NeedsBase { .. })),
        "{refused:?}"
    );
    bare.check().expect("a whole document");
}

#[test]
fn what_is_restored_behind_a_cut_stands_behind_it() {
    let mut one = doc(1);
    write(&mut one, |tx| tx.text("body").push("before "));
    write(&mut one, |tx| tx.text("body").push("Hello"));
    let version = one.version_vector();
    write(&mut one, |tx| tx.text("body").delete(7..9));
    let later = one.version_vector();
    restore(&mut one, id(1, 12), 2);
    for since in [version, later] {
        let options = SaveOptions::new().shallow_since(since);
        let mut cut = Doc::load(&one.save_with(&options)).expect("it loads");
        assert_eq!(cut.to_json(), one.fork().to_json());
        // Not later than the text was written.
        assert_eq!(cut.cut().get(Peer::new(1).expect("not zero")), 7);
        write(&mut cut, |tx| tx.text("body").push("!"));
        send(&mut cut, &mut one);
        assert_eq!(cut.to_json(), one.to_json());
    }
}

#[test]
fn a_restore_waits_for_its_deletion() {
    let mut one = doc(1);
    write(&mut one, |tx| tx.text("body").push("Hello world"));
    let early = all(&mut one);
    let deletion = made(&mut one, |doc| {
        write(doc, |tx| tx.text("body").delete(2..9))
    });
    let delta = made(&mut one, |doc| assert_eq!(restore(doc, id(1, 12), 3), 3));
    let mut late = doc(2);
    late.merge(&early).expect("a delta");
    assert_eq!(late.merge(&delta).expect("it waits").waiting().len(), 1);
    late.merge(&deletion).expect("a delta");
    assert_eq!(late.to_json(), one.to_json());
    assert_eq!(late.text("body").to_string(), "Helo ld");
}

fn spans(doc: &Doc) -> Vec<(String, bool)> {
    let spans = doc.text("body").spans().into_iter();
    spans
        .map(|span| (span.text.to_string(), !span.attributes.is_empty()))
        .collect()
}

/// A text of which a part is bold, to its end and beyond, is deleted; and the deletion.
fn bold_and_deleted() -> (Doc, OpId) {
    let mut doc = doc(1);
    write(&mut doc, |tx| tx.text("body").push("abcdef"));
    write(&mut doc, |tx| {
        tx.text("body").mark_with(1..4, "bold", true, Expand::None)
    });
    write(&mut doc, |tx| tx.text("body").delete(2..5));
    (doc, id(1, 7))
}

#[test]
fn marked_text_comes_back_with_the_ends_of_its_marks() {
    let (mut one, deletion) = bold_and_deleted();
    let mut two = doc(2);
    agree(&mut one, &mut two);
    write(&mut two, |tx| tx.text("body").insert(2, "-"));
    assert_eq!(restore(&mut one, deletion, 3), 3);
    let bold = |text: &str, is: bool| (text.to_owned(), is);
    let back = [bold("a", false), bold("bcd", true), bold("ef", false)];
    assert_eq!(spans(&one), back);
    agree(&mut one, &mut two);
    assert_eq!(spans(&one), spans(&two));
    // Who reads it whole, and who hears of it as it comes, with nobody else about.
    let mut three = doc(3);
    agree(&mut one, &mut three);
    assert_eq!(spans(&one), spans(&three));
    let (mut four, deletion) = bold_and_deleted();
    let mut five = doc(5);
    agree(&mut four, &mut five);
    restore(&mut four, deletion, 3);
    agree(&mut four, &mut five);
    assert_eq!(spans(&five), back);
}

#[test]
fn marks_stand_where_they_stood_when_a_restore_is_taken_back() {
    let (mut doc, deletion) = bold_and_deleted();
    let before = (spans(&doc), all(&mut doc), doc.save());
    let refused = doc.transact(|tx| {
        tx.restore(deletion, 3)?;
        tx.text("body").mark(0..5, "bold", true)?;
        Err(Error::aborted("no"))
    });
    assert!(refused.is_err());
    doc.check().expect("a whole document");
    doc.verify().expect("its history comes to what it shows");
    assert_eq!((spans(&doc), all(&mut doc), doc.save()), before);
    write(&mut doc, |tx| tx.text("body").insert(2, "x"));
    doc.verify().expect("its history comes to what it shows");
}
