//! Documents whose history has not been read yet.
//!
//! - They go on as if it had been, also as a peer of the past.
//! - What is appended, and what waits, is kept beside the history; whoever needs it has it read.

use support::engine::peer;
use support::small::{agree, doc, loaded, made, send, shallow, type_at, write};
use syncline::{Doc, VersionVector};

#[test]
fn a_peer_of_the_past_goes_on_beside_its_encoded_history() {
    for length in [1, 63, 64, 65] {
        let [mut anna, mut ben] = [1, 2].map(doc);
        for _ in 0..length {
            type_at(&mut anna, 0, "a");
        }
        send(&mut anna, &mut ben);
        type_at(&mut ben, 0, "b");
        let mut again = Doc::load(&ben.save()).expect("a snapshot");
        again.set_peer(peer(1));
        for _ in 0..3 {
            type_at(&mut again, 1, "c");
            send(&mut again, &mut ben);
        }
        let mut saved = Doc::load(&again.save()).expect("what was saved");
        agree(&mut again, &mut ben);
        agree(&mut saved, &mut ben);
    }
}

#[test]
fn pieces_go_on_beside_an_encoded_history() {
    let [mut anna, mut ben] = [1, 2].map(doc);
    type_at(&mut anna, 0, "begun");
    send(&mut anna, &mut ben);
    type_at(&mut ben, 0, "apart ");
    let mut file = anna.save();
    for turn in 0..5 {
        let mut open = Doc::load(&file).expect("a file");
        open.set_peer(peer(10 + turn));
        let point = open.save_point();
        type_at(&mut open, 0, "x");
        if turn == 3 {
            send(&mut ben, &mut open);
        }
        file.extend(open.save_since(&point));
        let mut again = Doc::load(&file).expect("a file");
        agree(&mut again, &mut open);
        let mut merged = Doc::new();
        merged.merge(&file).expect("a file");
        agree(&mut merged, &mut open);
    }
}

/// In the history peers and roots stand in another order than they came in.
#[test]
fn who_wrote_before_the_history_was_read_goes_on_as_before() {
    let mut anna = doc(1);
    type_at(&mut anna, 0, "begun");
    let saved = anna.save();
    let [mut open, mut other] = [loaded(&saved, 9), loaded(&saved, 3)];
    write(&mut open, |tx| tx.text("later").push("L"));
    write(&mut other, |tx| tx.text("earlier").push("E"));
    for turn in 0..3 {
        type_at(&mut open, turn, "o");
        type_at(&mut other, 5 + turn, "t");
        if turn < 2 {
            send(&mut other, &mut open);
        }
    }
    write(&mut open, |tx| tx.text("later").push("?"));
    open.read_history().expect("a history");
    write(&mut open, |tx| tx.text("later").push("!"));
    assert_eq!(open.text("later").to_string(), "L?!");
    assert_eq!(open.version_vector().get(peer(9)), 6);
    send(&mut other, &mut open);
    send(&mut open, &mut other);
    agree(&mut open, &mut other);
    let mut whole = doc(4);
    send(&mut anna, &mut whole);
    send(&mut other, &mut whole);
    agree(&mut open, &mut whole);
}

/// What waits follows something in the middle of the history, besides what is missing.
#[test]
fn what_waits_finds_its_history_again() {
    let [mut anna, mut ben, mut carl] = [1, 2, 3].map(doc);
    type_at(&mut anna, 0, "begun");
    send(&mut anna, &mut ben);
    type_at(&mut anna, 5, ", and gone on");
    type_at(&mut carl, 0, "apart");
    send(&mut carl, &mut ben);
    let waits = made(&mut ben, |ben| type_at(ben, 0, "both "));
    assert_eq!(anna.merge(&waits).expect("it waits").waiting().len(), 1);
    let mut again = loaded(&anna.save(), 4);
    send(&mut carl, &mut again);
    send(&mut anna, &mut ben);
    agree(&mut again, &mut ben);
}

/// A keystroke of which nothing is known yet does not ask for the history.
#[test]
fn what_waits_beside_an_encoded_history_is_kept() {
    let mut anna = doc(1);
    type_at(&mut anna, 0, "begun");
    let saved = anna.save();
    let mut ben = loaded(&saved, 2);
    let first = made(&mut ben, |ben| type_at(ben, 0, "b"));
    let second = made(&mut ben, |ben| type_at(ben, 1, "c"));
    let mut open = loaded(&saved, 3);
    assert_eq!(open.merge(&second).expect("it waits").waiting().len(), 1);
    let mut file = saved.clone();
    file.extend(&second);
    let mut merged = doc(3);
    merged.merge(&file).expect("a file");
    for bytes in [open.save(), shallow(&open), file, merged.save()] {
        let mut again = loaded(&bytes, 3);
        again.merge(&first).expect("what was missing");
        agree(&mut again, &mut ben);
    }
}

#[test]
fn a_document_with_its_history_has_no_cut() {
    let mut anna = doc(1);
    type_at(&mut anna, 0, "begun");
    let mut open = loaded(&anna.save(), 2);
    assert_eq!(open.cut(), VersionVector::new());
    open.read_history().expect("a history");
    assert_eq!(open.cut(), VersionVector::new());
}

/// Many concurrent runs in a text that stood before.
#[test]
fn a_history_of_one_and_then_of_many_is_read() {
    let mut anna = doc(1);
    type_at(&mut anna, 0, &"what stood before ".repeat(9));
    let mut ben = loaded(&anna.save(), 2);
    for turn in 0..60 {
        type_at(&mut anna, 2 * turn, "A");
        write(&mut ben, |tx| tx.text("body").delete(turn..turn + 1));
        type_at(&mut ben, 2 * turn, "B");
    }
    send(&mut ben, &mut anna);
    let mut open = loaded(&anna.save(), 3);
    open.read_history().expect("a history");
    agree(&mut open, &mut anna);
    assert_eq!(anna.verify(), Ok(()));
}
